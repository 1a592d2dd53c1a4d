//! Private keys that follow from the seed.

use rcgen::KeyPair;

use super::{Alg, PkiError};
use crate::simulator::noise;

/// The key number `number` of the series `label`.
pub(in crate::simulator) fn derive(seed: u64, alg: Alg, label: &str, number: usize) -> Result<KeyPair, PkiError> {
    let seed = noise::hash(seed, label, u64::try_from(number).unwrap_or(0));
    let der = match alg {
        Alg::Ed25519 => {
            let head = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20];
            [&head[..], &noise::bytes(seed, "ed25519", 32)].concat()
        }
        Alg::P256 => {
            let head = [0x30, 0x31, 2, 1, 1, 4, 0x20];
            let curve = [0xA0, 0x0A, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
            [&head[..], &scalar(seed, 32), &curve[..]].concat()
        }
        Alg::P384 => {
            let head = [0x30, 0x3E, 2, 1, 1, 4, 0x30];
            let curve = [0xA0, 7, 6, 5, 0x2B, 0x81, 4, 0, 0x22];
            [&head[..], &scalar(seed, 48), &curve[..]].concat()
        }
        Alg::Rsa => return Err(PkiError::NoKey),
    };
    Ok(KeyPair::try_from(der.as_slice())?)
}

/// A private scalar below the order of the curve: the top bit stays clear, the last one is set.
fn scalar(seed: u64, count: usize) -> Vec<u8> {
    let mut bytes = noise::bytes(seed, "ec", count);
    if let Some(first) = bytes.first_mut() {
        *first &= 0x7F;
    }
    if let Some(last) = bytes.last_mut() {
        *last |= 1;
    }
    bytes
}
