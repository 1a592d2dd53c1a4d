//! Widgets and colours. Everything draws text that is already safe.

pub mod bar;
pub mod detail;
pub mod input;
pub mod placeholder;
pub mod popup;
pub mod table;
pub mod text;
pub mod theme;

pub use theme::{BuiltIn, Role, Theme};
