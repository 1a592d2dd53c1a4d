//! How records are shown: columns with titles, widths, texts and sort keys. The table widget, the command line and
//! exports read the same rows of this module.

pub mod acme;
pub mod audit;
pub mod ca;
pub mod column;
pub mod moment;
pub mod report;

pub use column::{Align, Column, Look, Tone};
