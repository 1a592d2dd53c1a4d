//! Hashes over several members, none of which can be moved into the next.

use aws_lc_rs::digest::Context as Digest;

/// Adds a member with its length in bytes (64 bits, little-endian) before it.
pub fn member(digest: &mut Digest, bytes: &[u8]) {
    digest.update(&(bytes.len() as u64).to_le_bytes());
    digest.update(bytes);
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}
