//! What several tests need: an app on a stage, sample data, dumps of frames.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod checks;
pub mod dump;
#[cfg(feature = "simulator")]
pub mod rig;
pub mod sample;
pub mod stage;
pub mod svg;
