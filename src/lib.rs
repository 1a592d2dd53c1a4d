//! certdeck: one calm terminal for a DigiCert estate.

pub mod config;
pub mod domain;
pub mod present;
