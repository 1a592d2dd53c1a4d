//! What the program knows about certificates, CAs, reports and audit events: plain values and pure rules.
//!
//! Nothing here does I/O, reads a clock or knows another module of the crate.

pub mod acme;
pub mod audit;
pub mod ca;
pub mod dataset;
pub mod delta;
pub mod digest;
pub mod failure;
pub mod filter;
pub mod identity;
pub mod ids;
mod lookalike;
pub mod name;
pub mod page;
pub mod raw;
pub mod report;
pub mod serial;
pub mod spreadsheet;
pub mod subject;
pub mod text;
pub mod when;
mod word;

pub use failure::{Failure, FailureKind};
pub use text::Clean;
pub use when::When;

/// A map that is made anew of thousands of records while somebody types: hashed fast, with another seed in each run.
pub type Map<K, V> = std::collections::HashMap<K, V, foldhash::quality::RandomState>;
