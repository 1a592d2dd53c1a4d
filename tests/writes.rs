//! Changes of CAs: sent once, their fate known and written down, whatever crashes and whatever the network does.
#![cfg(feature = "simulator")]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed setup is a failed test")]

#[path = "writes/admins.rs"]
mod admins;
#[path = "writes/delivery.rs"]
mod delivery;
#[path = "writes/kill.rs"]
mod kill;
#[path = "writes/matrix.rs"]
mod matrix;
#[path = "writes/model.rs"]
mod model;
#[path = "writes/rig.rs"]
mod rig;
#[path = "writes/wire.rs"]
mod wire;
