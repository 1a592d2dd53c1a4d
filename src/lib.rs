//! certdeck: one calm terminal for a DigiCert estate.

pub mod domain;
pub mod present;
