//! Hashes over several members, none of which can be moved into the next.

use aws_lc_rs::digest::{Context as Digest, SHA256};

use super::context::ContextId;

pub use crate::domain::digest::hex;

/// Adds a member with its length in bytes (64 bits, little-endian) before it.
pub fn member(digest: &mut Digest, bytes: &[u8]) {
    digest.update(&(bytes.len() as u64).to_le_bytes());
    digest.update(bytes);
}

/// What bytes of this context, place and form have beside them: 32 bytes.
pub fn sealed(context: &ContextId, what: &str, format: u32, bytes: &[u8]) -> Vec<u8> {
    let mut digest = Digest::new(&SHA256);
    member(&mut digest, context.id().as_bytes());
    member(&mut digest, what.as_bytes());
    member(&mut digest, &format.to_le_bytes());
    member(&mut digest, bytes);
    digest.finish().as_ref().to_vec()
}
