//! certdeck: one calm terminal for a DigiCert estate.

pub mod client;
pub mod domain;
