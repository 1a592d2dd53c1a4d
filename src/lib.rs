//! certdeck

#[cfg(feature = "simulator")]
pub mod simulator;
