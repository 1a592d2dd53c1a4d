//! Hashes over several members, none of which can be moved into the next.

use aws_lc_rs::digest::Context as Digest;

pub use crate::domain::digest::hex;

/// Adds a member with its length in bytes (64 bits, little-endian) before it.
pub fn member(digest: &mut Digest, bytes: &[u8]) {
    digest.update(&(bytes.len() as u64).to_le_bytes());
    digest.update(bytes);
}
