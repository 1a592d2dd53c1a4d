//! A key press, apart from any terminal library.

use std::{fmt, str::FromStr};

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A character, as typed.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key.
    F(u8),
}

/// A key with its modifiers. Shift is part of the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// With Control.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
}

impl Chord {
    /// A key without modifiers.
    pub const fn plain(key: Key) -> Self {
        Self { key, ctrl: false, alt: false }
    }

    /// A character with Control.
    pub const fn ctrl(c: char) -> Self {
        Self { key: Key::Char(c), ctrl: true, alt: false }
    }
}

const NAMES: &[(Key, &str)] = &[
    (Key::Enter, "Enter"),
    (Key::Esc, "Esc"),
    (Key::Tab, "Tab"),
    (Key::BackTab, "shift-Tab"),
    (Key::Backspace, "Backspace"),
    (Key::Delete, "Del"),
    (Key::Up, "↑"),
    (Key::Down, "↓"),
    (Key::Left, "←"),
    (Key::Right, "→"),
    (Key::Home, "Home"),
    (Key::End, "End"),
    (Key::PageUp, "PgUp"),
    (Key::PageDown, "PgDn"),
    (Key::Char(' '), "space"),
];

const ALIASES: &[(&str, Key)] = &[
    ("up", Key::Up),
    ("down", Key::Down),
    ("left", Key::Left),
    ("right", Key::Right),
    ("escape", Key::Esc),
    ("return", Key::Enter),
    ("delete", Key::Delete),
    ("pageup", Key::PageUp),
    ("pagedown", Key::PageDown),
    ("backtab", Key::BackTab),
];

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        match (NAMES.iter().find(|(key, _)| *key == self.key), self.key) {
            (Some((_, name)), _) => f.write_str(name),
            (None, Key::Char(c)) => write!(f, "{c}"),
            (None, Key::F(n)) => write!(f, "F{n}"),
            (None, _) => Ok(()),
        }
    }
}

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut rest, mut ctrl, mut alt) = (text, false, false);
        loop {
            if let Some(tail) = rest.strip_prefix("ctrl-").filter(|tail| !tail.is_empty()) {
                (rest, ctrl) = (tail, true);
            } else if let Some(tail) = rest.strip_prefix("alt-").filter(|tail| !tail.is_empty()) {
                (rest, alt) = (tail, true);
            } else {
                break;
            }
        }
        let lower = rest.to_lowercase();
        let mut chars = rest.chars();
        let key = match (chars.next(), chars.next()) {
            (Some(c), None) => NAMES.iter().find(|(_, name)| *name == rest).map_or(Key::Char(c), |(key, _)| *key),
            _ => NAMES
                .iter()
                .find(|(_, name)| name.to_lowercase() == lower)
                .map(|(key, _)| *key)
                .or_else(|| ALIASES.iter().find(|(name, _)| *name == lower).map(|(_, key)| *key))
                .or_else(|| lower.strip_prefix('f').and_then(|n| n.parse().ok()).map(Key::F))
                .ok_or_else(|| format!("{text:?} is no key"))?,
        };
        Ok(Self { key, ctrl, alt })
    }
}

/// Reads a sequence: keys divided by blanks (`g g`), or a run of plain characters (`gg`).
pub fn sequence(text: &str) -> Result<Vec<Chord>, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return Err("an empty text is no key".to_owned());
    }
    if let [word] = words.as_slice()
        && word.chars().count() == 2
        && word.chars().all(|c| c.is_ascii_alphanumeric())
        && !word.starts_with(['f', 'F'])
    {
        return Ok(word.chars().map(|c| Chord::plain(Key::Char(c))).collect());
    }
    words.into_iter().map(str::parse).collect()
}

/// Writes a sequence as people read it: `gg`, `ctrl-d`.
pub fn written(chords: &[Chord]) -> String {
    chords.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_as_written() {
        for text in ["j", "ctrl-d", "alt-←", "Enter", "space", "F1", "shift-Tab", "PgDn", "/", "-", "?"] {
            assert_eq!(text.parse::<Chord>().map(|c| c.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(sequence("gg").map(|s| s.len()), Ok(2));
        assert_eq!(sequence("g h").map(|s| written(&s)), Ok("gh".into()));
        assert_eq!(sequence("F1").map(|s| s.len()), Ok(1));
        assert!("nokey".parse::<Chord>().is_err());
    }
}
