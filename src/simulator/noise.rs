//! Deterministic noise: everything the world invents comes from the seed, a label and a number.

/// One step of splitmix64 (Steele, Lea, Flood 2014).
pub(super) const fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The `n`th number of the series `label`.
pub(super) fn hash(seed: u64, label: &str, n: u64) -> u64 {
    let fnv = label
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    mix(mix(seed ^ fnv).wrapping_add(n))
}

/// A number in `0..below` (0 when `below` is 0).
pub(super) fn under(seed: u64, label: &str, n: u64, below: u64) -> u64 {
    hash(seed, label, n).checked_rem(below).unwrap_or(0)
}

/// A number in `0..below` as seconds or days.
pub(super) fn signed(seed: u64, label: &str, n: u64, below: u32) -> i64 {
    i64::try_from(under(seed, label, n, u64::from(below))).unwrap_or(0)
}

/// One of `items`; the empty default when there is none.
pub(super) fn pick<T: Copy + Default>(items: &[T], number: u64) -> T {
    let count = u64::try_from(items.len()).unwrap_or(0);
    let at = number.checked_rem(count).unwrap_or(0);
    items.get(usize::try_from(at).unwrap_or(0)).copied().unwrap_or_default()
}

/// 128 bits, for identifiers and serial numbers.
pub(super) fn wide(seed: u64, label: &str, n: u64) -> u128 {
    let high = u128::from(hash(seed, label, n));
    let low = u128::from(mix(hash(seed, label, n) ^ 0x5DEE_CE66));
    (high << 64) | low
}

/// `count` bytes, for private keys of the invented authorities.
pub(super) fn bytes(seed: u64, label: &str, count: usize) -> Vec<u8> {
    (0u64..).flat_map(|n| hash(seed, label, n).to_be_bytes()).take(count).collect()
}

/// Upper-case hexadecimal without separators.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// The bytes of hexadecimal text; `None` when it is not that.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()))
        .collect::<Option<_>>()?;
    if digits.len() % 2 == 1 {
        return None;
    }
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0u8, |byte, digit| (byte << 4) | digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::{bytes, hash, hex, unhex, wide};

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        assert_eq!(hash(7, "a", 1), hash(7, "a", 1));
        assert_ne!(hash(7, "a", 1), hash(7, "b", 1));
        assert_ne!(hash(7, "a", 1), hash(8, "a", 1));
        assert_ne!(wide(7, "a", 1), wide(7, "a", 2));
        assert_eq!(bytes(7, "key", 48).len(), 48);
    }

    #[test]
    fn hexadecimal_reads_back() {
        assert_eq!(hex(&[0, 255, 16]), "00FF10");
        assert_eq!(unhex("00ff10"), Some(vec![0, 255, 16]));
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("zz"), None);
    }
}
