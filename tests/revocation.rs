//! CRLs and OCSP of CAs, checked from here: sound ones, odd ones, and servers that are not what they should be.
#![cfg(feature = "simulator")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed setup is a failed test")]

#[path = "revocation/bench.rs"]
mod bench;
#[path = "revocation/crl.rs"]
mod crl;
#[path = "revocation/demo.rs"]
mod demo;
#[path = "revocation/ocsp.rs"]
mod ocsp;
#[path = "revocation/rare.rs"]
mod rare;
#[path = "revocation/responder.rs"]
mod responder;
#[path = "revocation/servers.rs"]
mod servers;
