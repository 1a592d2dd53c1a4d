//! Characters that are easily taken for ASCII ones, by the confusables of UTS 39.
//!
//! Only those are kept, and as text without pointers: the full table of the library costs a sixth of a start-up.

use std::{collections::HashMap, sync::LazyLock};

/// A line a character: its code point in hex, a blank, and what it looks like, in lower case.
const TABLE: &str = include_str!("../../assets/lookalikes.txt");

static LOOKALIKES: LazyLock<HashMap<char, &str>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter_map(|line| line.split_once(' '));
    lines.filter_map(|(c, ascii)| Some((char::from_u32(u32::from_str_radix(c, 16).ok()?)?, ascii))).collect()
});

/// The ASCII text, in lower case, that `c` is easily taken for.
pub fn of(c: char) -> Option<&'static str> {
    LOOKALIKES.get(&c).copied()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use unicode_security::confusable_detection::skeleton;

    use super::*;

    /// `CERTDECK_BLESS=1` writes the table anew.
    #[test]
    fn t13_the_table_is_that_of_the_library() {
        let mut wanted = String::new();
        for c in ('\u{80}'..=char::MAX).filter(|c| !c.is_control()) {
            let ascii: String = skeleton(c.encode_utf8(&mut [0; 4])).collect();
            let ascii = ascii.to_ascii_lowercase();
            if !ascii.is_empty() && ascii.bytes().all(|b| b.is_ascii_graphic()) {
                let _ = writeln!(wanted, "{:04X} {ascii}", u32::from(c));
            }
        }
        if std::env::var_os("CERTDECK_BLESS").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/lookalikes.txt");
            std::fs::write(path, &wanted).unwrap();
        } else {
            assert!(wanted == TABLE, "assets/lookalikes.txt is not what the library says");
        }
        assert!(wanted.lines().count() > 1_000);
    }

    #[test]
    fn a_letter_of_another_script_has_its_twin_and_others_have_none() {
        assert_eq!(of('а'), Some("a"));
        assert_eq!(of('é'), None);
        assert_eq!(of('京'), None);
    }
}
