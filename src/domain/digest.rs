//! SHA-256 of texts, as they are compared, written and typed.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256, digest};

/// A SHA-256, 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(Box<str>);

impl Digest {
    /// The digest of a text.
    pub fn of(text: &str) -> Self {
        Self(hex(digest(&SHA256, text.as_bytes()).as_ref()).into())
    }

    /// Reads 64 hexadecimal digits in either case; `None` for anything else.
    pub fn parse(raw: &str) -> Option<Self> {
        let fits = raw.len() == 64 && raw.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self(raw.to_ascii_lowercase().into()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A digest of bytes that come piece by piece.
pub struct Digester(Context);

impl Default for Digester {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Digester {
    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all of them.
    pub fn end(self) -> Digest {
        Digest(hex(self.0.finish().as_ref()).into())
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_digest_of_fips_180_and_reads_back() {
        let abc = Digest::of("abc");
        assert_eq!(abc.as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let mut pieces = Digester::default();
        pieces.add(b"a");
        pieces.add(b"bc");
        assert_eq!(pieces.end(), abc);
        assert_eq!(Digest::parse(&abc.as_str().to_ascii_uppercase()), Some(abc));
        for odd in ["", "ba78", &"g".repeat(64), &"a".repeat(65)] {
            assert_eq!(Digest::parse(odd), None);
        }
    }
}
