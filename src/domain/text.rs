//! The one sanitizer: text of a service becomes [`Clean`] where it enters the program, once.
//!
//! Controls, bidirectional marks, invisible characters and private-use characters are written out visibly
//! (`^[`, `<U+202E>`), so that what reaches a cell, a log, a title or the clipboard is exactly what is read
//! (Unicode TR36 and TR39; ECMA-48 for the controls).

use std::{borrow::Cow, fmt, sync::Arc};

/// Text that is safe to show: no control, bidirectional, invisible or private-use character is in it.
///
/// Equality and order are those of the shown text. Cloning copies no text: rows are shared between a read under way and
/// the list on the screen.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clean {
    text: Arc<str>,
    marked: bool,
}

impl Clean {
    /// Makes `raw` safe. Escaped characters set [`Clean::is_marked`].
    pub fn new(raw: &str) -> Self {
        match escape(raw) {
            Cow::Borrowed(text) => Self { text: text.into(), marked: false },
            Cow::Owned(text) => Self { text: text.into(), marked: true },
        }
    }

    /// True for text that is shown as it is.
    pub fn is_safe(raw: &str) -> bool {
        matches!(escape(raw), Cow::Borrowed(_))
    }

    /// Makes `raw` safe, at most `most` bytes of it; what is longer ends in an ellipsis.
    pub fn cut(raw: &str, most: usize) -> Self {
        if raw.len() <= most {
            return Self::new(raw);
        }
        let end = raw.floor_char_boundary(most);
        Self::from(format!("{}…", raw.get(..end).unwrap_or_default()))
    }

    /// Text that was safe when it was put away. It is made safe again, since a file can be changed; escapes in it say
    /// nothing of its origin, so `marked` is put away beside it.
    pub fn kept(text: &str, marked: bool) -> Self {
        let clean = Self::new(text);
        Self { marked: clean.marked || marked, ..clean }
    }

    /// The safe text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True when the raw text held characters that could deceive or move the cursor; they are shown escaped.
    pub const fn is_marked(&self) -> bool {
        self.marked
    }

    /// True when nothing is left to show.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl Default for Clean {
    fn default() -> Self {
        Self { text: Arc::from(""), marked: false }
    }
}

impl From<&str> for Clean {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Clean {
    fn from(raw: String) -> Self {
        match escape(&raw) {
            Cow::Owned(text) => Self { text: text.into(), marked: true },
            Cow::Borrowed(_) => Self { text: raw.into(), marked: false },
        }
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}

impl std::ops::Deref for Clean {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl AsRef<str> for Clean {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl PartialEq<str> for Clean {
    fn eq(&self, other: &str) -> bool {
        &*self.text == other
    }
}

impl PartialEq<&str> for Clean {
    fn eq(&self, other: &&str) -> bool {
        &*self.text == *other
    }
}

/// Escapes every unsafe character of `raw`; borrows when there is none.
pub fn escape(raw: &str) -> Cow<'_, str> {
    let plain = |byte: &u8| (0x20..0x7f).contains(byte);
    if raw.as_bytes().iter().all(plain) || !raw.chars().any(is_unsafe) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len() + 16);
    for c in raw.chars() {
        match c {
            '\0'..='\x1f' => {
                out.push('^');
                out.push(char::from(c as u8 ^ 0x40));
            }
            '\x7f' => out.push_str("^?"),
            _ if is_unsafe(c) => {
                use fmt::Write as _;
                // Writing to a String cannot fail.
                let _ = write!(out, "<U+{:04X}>", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Controls, format characters, line separators, fillers, variation and tag characters, private use, noncharacters.
fn is_unsafe(c: char) -> bool {
    let n = u32::from(c);
    match c {
        '\x20'..='\x7e' => false,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' // soft hyphen
        | '\u{34f}' // combining grapheme joiner
        | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{115f}'..='\u{1160}' // Hangul fillers
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' // zero width, marks of direction
        | '\u{2028}'..='\u{202e}' // line and paragraph separators, embeddings and overrides
        | '\u{2060}'..='\u{206f}' // invisible operators, isolates
        | '\u{2800}' // blank braille pattern
        | '\u{3164}' | '\u{ffa0}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d159}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
        | '\u{f0000}'..='\u{10ffff}'
        // Blanks that are not the blank, look-alikes of a separator.
        | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => true,
        _ => (0xfdd0..=0xfdef).contains(&n) || n & 0xfffe == 0xfffe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t01_to_t10_show_what_would_act_or_hide() {
        let cases = [
            ("\x1b]0;PWN\x07", "^[]0;PWN^G"),
            ("\u{9b}31m", "<U+009B>31m"),
            ("a\rb", "a^Mb"),
            ("ac\u{202e}me", "ac<U+202E>me"),
            ("\u{2066}x", "<U+2066>x"),
            ("pay\u{200b}.example.com", "pay<U+200B>.example.com"),
            ("\u{e0041}", "<U+E0041>"),
            ("a\u{2028}b\u{2029}c\u{85}d\ne", "a<U+2028>b<U+2029>c<U+0085>d^Je"),
            ("\x7f\t", "^?^I"),
        ];
        for (raw, shown) in cases {
            let clean = Clean::new(raw);
            assert_eq!(clean.as_str(), shown);
            assert!(clean.is_marked(), "{shown}");
        }
        let plain = Clean::new("münchen 東京 e\u{301}");
        assert!(!plain.is_marked());
        assert_eq!(plain.as_str(), "münchen 東京 e\u{301}");
    }

    #[test]
    fn every_character_comes_out_visible_bounded_and_once() {
        for c in '\0'..=char::MAX {
            let mut alone = String::new();
            alone.push(c);
            let once = escape(&alone).into_owned();
            assert!(once.len() <= 12, "{c:?} grew to {}", once.len());
            assert!(!once.chars().any(is_unsafe), "{c:?} came through as {once:?}");
            assert!(matches!(escape(&once), Cow::Borrowed(_)), "{c:?} is escaped twice");
            let between = format!("a{c}b");
            assert_eq!(escape(&between), format!("a{once}b"));
        }
    }
}
