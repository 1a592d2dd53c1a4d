//! certdeck: one calm terminal for a DigiCert estate.

pub mod domain;
pub mod flow;
pub mod keymap;
pub mod present;
pub mod ui;
