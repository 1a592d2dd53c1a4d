//! What a file is, by its first bytes; names of files say nothing.

use super::scan::{Dialect, QUOTE, Scanner};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// Rows of cells; they begin at this byte.
    Rows(Dialect, usize),
    /// Rows of cells in UTF-16; little end first or not.
    Utf16 {
        /// The little end comes first.
        little: bool,
    },
    /// JSON: an array of objects, an object that has one, or objects one behind the other.
    Json,
    /// A ZIP archive, which an XLSX is too.
    Archive,
    /// Something else, in a word or two.
    Other(&'static str),
}

/// Delimiters that are looked for.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Tells what a file is by its first bytes.
pub fn sniff(sample: &[u8]) -> Sniffed {
    match sample {
        [] => return Sniffed::Other("empty"),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => return Sniffed::Archive,
        [0xff, 0xfe, ..] => return Sniffed::Utf16 { little: true },
        [0xfe, 0xff, ..] => return Sniffed::Utf16 { little: false },
        [b'%', b'P', b'D', b'F', ..] => return Sniffed::Other("a PDF"),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Sniffed::Other("an old Excel file (.xls)"),
        [0x1f, 0x8b, ..] => return Sniffed::Other("packed with gzip"),
        _ => {}
    }
    let start = if sample.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
    let text = sample.get(start..).unwrap_or_default();
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    let second = text.iter().filter(|byte| !byte.is_ascii_whitespace()).nth(1);
    match (first, second) {
        (Some(b'['), Some(b'{' | b']')) | (Some(b'{'), Some(b'"' | b'}')) => return Sniffed::Json,
        (Some(b'<'), _) => return Sniffed::Other("HTML or XML"),
        _ => {}
    }
    let end =
        if memchr::memchr(b'\n', text).is_none() && memchr::memchr(b'\r', text).is_some() { b'\r' } else { b'\n' };
    // A first line `sep=;` is how spreadsheets are told.
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter, behind @ ..] = text
        && *delimiter != QUOTE
        && let Some(line) = behind.iter().position(|byte| *byte == end)
        && behind.get(..line).is_some_and(|rest| matches!(rest, [] | b"\r"))
    {
        return Sniffed::Rows(Dialect { delimiter: *delimiter, end }, start + 5 + line + 1);
    }
    Sniffed::Rows(Dialect { delimiter: delimiter(text, end), end }, start)
}

/// The delimiter that tells the most cells of the first row apart, outside quotes; a comma when none does.
fn delimiter(text: &[u8], end: u8) -> u8 {
    let count = |delimiter: u8| {
        let dialect = Dialect { delimiter, end };
        let row = Scanner::new(dialect).next(text).and_then(|row| text.get(..row)).unwrap_or(text);
        super::line::Line::new(row, dialect).len()
    };
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_says_what_a_file_is() {
        let rows = |delimiter, end, start| Sniffed::Rows(Dialect { delimiter, end }, start);
        let cases: [(&[u8], Sniffed); 13] = [
            (b"a,b\n1,2\n", rows(b',', b'\n', 0)),
            (b"\xef\xbb\xbfa;b;c\r\n", rows(b';', b'\n', 3)),
            (b"a\tb,c\td\n", rows(b'\t', b'\n', 0)),
            (b"\"a;b;c\",d\n", rows(b',', b'\n', 0)),
            (b"sep=;\r\na,b\n", rows(b';', b'\n', 7)),
            (b"a,b\r1,2\r", rows(b',', b'\r', 0)),
            (b"alone\n", rows(b',', b'\n', 0)),
            (b" [ {\"a\":1}]", Sniffed::Json),
            (b"{\"a\":1}\n{\"a\":2}", Sniffed::Json),
            (b"PK\x03\x04", Sniffed::Archive),
            (b"\xff\xfea\0", Sniffed::Utf16 { little: true }),
            (b"<!DOCTYPE html>", Sniffed::Other("HTML or XML")),
            (b"", Sniffed::Other("empty")),
        ];
        for (sample, what) in cases {
            assert_eq!(sniff(sample), what, "{}", String::from_utf8_lossy(sample));
        }
    }
}
