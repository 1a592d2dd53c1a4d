//! certdeck: one calm terminal for a DigiCert estate.

pub mod app;
pub mod cli;
pub mod client;
pub mod config;
pub mod domain;
pub mod flow;
pub mod keymap;
pub mod present;
pub mod runtime;
pub mod screens;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod ui;
