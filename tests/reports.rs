//! Reports: changes that are sent once, and files that come whole or not at all.
#![cfg(feature = "simulator")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed setup is a failed test")]

#[path = "reports/changes.rs"]
mod changes;
#[path = "reports/downloads.rs"]
mod downloads;
#[path = "reports/rig.rs"]
mod rig;
