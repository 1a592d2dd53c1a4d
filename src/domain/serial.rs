//! Certificate serial numbers, compared as numbers.

use std::sync::Arc;

use super::text::Clean;

/// A serial number as sent, and its digits for comparing.
///
/// Services differ in case, colons, a `0x` and leading zeros (contract `behaviour.md`), so equality, order and hash
/// use the normalised hexadecimal digits; text that is not hexadecimal compares as text.
#[derive(Debug, Clone)]
pub struct Serial {
    raw: Clean,
    digits: Digits,
}

/// Digits for comparing.
#[derive(Debug, Clone)]
enum Digits {
    /// The raw text is what is compared.
    AsSent,
    /// Normalised.
    Other(Arc<str>),
    /// Not hexadecimal.
    Not,
}

impl Serial {
    /// Reads hexadecimal text; `None` for empty text.
    pub fn parse(raw: &str) -> Option<Self> {
        let text = raw.trim();
        if text.is_empty() {
            return None;
        }
        // Most serials come as they are compared; lists of 100,000 rows feel the difference.
        let is_digit = |b: &u8| matches!(b, b'0'..=b'9' | b'A'..=b'F');
        if text.len() == raw.len() && !text.starts_with('0') && text.as_bytes().iter().all(is_digit) {
            return Some(Self { raw: Clean::new(raw), digits: Digits::AsSent });
        }
        let bare = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        let digits: String = bare.chars().filter(|c| !matches!(c, ':' | ' ')).map(|c| c.to_ascii_uppercase()).collect();
        let hex = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let digits = hex.then(|| {
            let trimmed = digits.trim_start_matches('0');
            if trimmed.is_empty() { "0" } else { trimmed }.into()
        });
        Some(Self { raw: Clean::new(raw), digits: digits.map_or(Digits::Not, Digits::Other) })
    }

    /// A serial that was read before, from its [`Serial::raw`] and [`Serial::digits`].
    pub fn kept(raw: Clean, digits: &str) -> Self {
        let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'A'..=b'F');
        let digits = match digits {
            text if text.is_empty() || !text.bytes().all(is_digit) => Digits::Not,
            text if text == raw.as_str() => Digits::AsSent,
            text => Digits::Other(text.into()),
        };
        Self { raw, digits }
    }

    /// As the service wrote it.
    pub const fn raw(&self) -> &Clean {
        &self.raw
    }

    /// Upper-case hexadecimal digits without leading zeros, or the raw text when it is not hexadecimal.
    pub fn digits(&self) -> &str {
        match &self.digits {
            Digits::Other(digits) => digits,
            Digits::AsSent | Digits::Not => &self.raw,
        }
    }

    /// False when the text is not hexadecimal; it is then shown marked.
    pub const fn is_hex(&self) -> bool {
        !matches!(self.digits, Digits::Not)
    }

    /// The last `most` digits, which tell it from others beside it.
    pub fn tail(&self, most: usize) -> &str {
        SerialRef::from(self).tail(most)
    }

    /// Digits in groups of four, read from the left: `0A1B 2C3D`.
    pub fn grouped(&self) -> String {
        SerialRef::from(self).grouped()
    }
}

/// A serial number where it stands, without a copy of its text; equality and order are those of [`Serial`].
#[derive(Debug, Clone, Copy)]
pub struct SerialRef<'a> {
    raw: &'a str,
    digits: &'a str,
    hex: bool,
}

impl<'a> SerialRef<'a> {
    /// A serial that is hexadecimal.
    pub(super) const fn hex(raw: &'a str, digits: &'a str) -> Self {
        Self { raw, digits, hex: true }
    }

    /// As the service wrote it, safe to show.
    pub const fn raw(self) -> &'a str {
        self.raw
    }

    /// Upper-case hexadecimal digits without leading zeros, or the raw text when it is not hexadecimal.
    pub const fn digits(self) -> &'a str {
        self.digits
    }

    /// False when the text is not hexadecimal; it is then shown marked.
    pub const fn is_hex(self) -> bool {
        self.hex
    }

    /// The last `most` digits, which tell it from others beside it.
    pub fn tail(self, most: usize) -> &'a str {
        let from = self.digits.char_indices().rev().take(most).last();
        from.and_then(|(from, _)| self.digits.get(from..)).unwrap_or_default()
    }

    /// Digits in groups of four, read from the left: `0A1B 2C3D`.
    pub fn grouped(self) -> String {
        if !self.hex {
            return self.raw.to_owned();
        }
        let mut out = String::new();
        let even = if self.digits.len() % 2 == 1 { format!("0{}", self.digits) } else { self.digits.to_owned() };
        for (i, c) in even.chars().enumerate() {
            if i > 0 && i % 4 == 0 {
                out.push(' ');
            }
            out.push(c);
        }
        out
    }
}

impl<'a> From<&'a Serial> for SerialRef<'a> {
    fn from(serial: &'a Serial) -> Self {
        Self { raw: &serial.raw, digits: serial.digits(), hex: serial.is_hex() }
    }
}

impl PartialEq for SerialRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.digits == other.digits
    }
}

impl Eq for SerialRef<'_> {}

impl std::hash::Hash for SerialRef<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.digits.hash(state);
    }
}

impl PartialOrd for SerialRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SerialRef<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.digits.len().cmp(&other.digits.len()).then_with(|| self.digits.cmp(other.digits))
    }
}

impl PartialEq for Serial {
    fn eq(&self, other: &Self) -> bool {
        SerialRef::from(self) == SerialRef::from(other)
    }
}

impl Eq for Serial {}

impl std::hash::Hash for Serial {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        SerialRef::from(self).hash(state);
    }
}

impl PartialOrd for Serial {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Serial {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        SerialRef::from(self).cmp(&SerialRef::from(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j07_serials_compare_as_numbers_and_keep_their_text() {
        let same = ["0A1B2C", "0a:1b:2c", "0x0a1b2c", "A1B2C", "00 0A 1B 2C"];
        for raw in same {
            let serial = Serial::parse(raw);
            assert_eq!(serial, Serial::parse("A1B2C"), "{raw}");
            assert_eq!(serial.map(|s| s.raw().to_string()), Some(raw.to_owned()));
        }
        assert_eq!(Serial::parse(""), None);
        let odd = Serial::parse("not hex");
        assert_eq!(odd.as_ref().map(Serial::is_hex), Some(false));
        let long = "F".repeat(48);
        assert_eq!(Serial::parse(&long).map(|s| s.digits().len()), Some(48));
        assert!(Serial::parse("FF") < Serial::parse("100"));
        assert_eq!(Serial::parse("A1B2C").map(|s| s.grouped()), Some("0A1B 2C".into()));
        let tail = |text: &str, most| Serial::parse(text).map(|s| s.tail(most).to_owned());
        assert_eq!(tail("0A1B2C", 4), Some("1B2C".into()));
        assert_eq!(
            (tail("F1", 4), tail("F1", 0), tail("αβγ", 2)),
            (Some("F1".into()), Some(String::new()), Some("βγ".into()))
        );
        assert_eq!(Serial::parse("0000").map(|s| s.digits().to_owned()), Some("0".into()));
    }
}
