//! DNS names: A-labels for comparing, U-labels beside them, and what is odd or deceptive about a name.

use std::{collections::BTreeSet, sync::Arc};

use super::{lookalike, text::Clean};

/// A name of a certificate, lower case and in A-labels where the text could be read as a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name(Clean);

/// Why a name is not a host name (RFC 1035, RFC 5890). Such names are shown as sent, never trimmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameProblem {
    /// Nothing at all.
    Empty,
    /// A label is empty or has more than 63 bytes, or the whole more than 253.
    Length,
    /// A character that no host name has.
    Character,
    /// An `xn--` label that does not decode.
    Punycode,
}

impl Name {
    /// Reads a name: lower case, U-labels turned into A-labels (UTS 46). Text that is no name is kept as it is.
    pub fn new(raw: &str) -> Self {
        if raw.is_ascii() {
            return if raw.bytes().any(|b| b.is_ascii_uppercase()) {
                Self(Clean::new(&raw.to_ascii_lowercase()))
            } else {
                Self(Clean::new(raw))
            };
        }
        // UTS 46 drops characters that nobody sees: two names that differ in them would look the same.
        let ascii = Clean::is_safe(raw).then(|| idna::domain_to_ascii(raw).ok()).flatten();
        Self(ascii.map_or_else(|| Clean::new(raw), Clean::from))
    }

    /// The name in A-labels, as it is compared and shown first.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The text with its mark.
    pub const fn text(&self) -> &Clean {
        &self.0
    }

    /// The name in U-labels, when it differs from [`Name::as_str`].
    pub fn unicode(&self) -> Option<Clean> {
        NameRef::from(self).unicode()
    }

    /// What keeps this text from being a host name; a leading `*.` is fine.
    pub fn problem(&self) -> Option<NameProblem> {
        NameRef::from(self).problem()
    }

    /// The plain ASCII name that this one is easily mistaken for (UTS 39 skeleton), if there is one.
    pub fn looks_like(&self) -> Option<Clean> {
        NameRef::from(self).looks_like()
    }
}

impl From<Clean> for Name {
    /// A name that was read before, as [`Name::text`] gave it.
    fn from(text: Clean) -> Self {
        Self(text)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name where it stands, without a copy of its text; order and equality are those of [`Name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameRef<'a> {
    text: &'a str,
    marked: bool,
}

impl<'a> NameRef<'a> {
    /// A name whose text is safe and was never escaped.
    pub(super) const fn plain(text: &'a str) -> Self {
        Self { text, marked: false }
    }

    /// The name in A-labels, as it is compared and shown first.
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// True when characters of the raw text are shown escaped.
    pub const fn is_marked(self) -> bool {
        self.marked
    }

    /// A copy that stands by itself.
    pub fn to_name(self) -> Name {
        Name(Clean::kept(self.text, self.marked))
    }

    /// The name in U-labels, when it differs from [`NameRef::as_str`].
    pub fn unicode(self) -> Option<Clean> {
        if !self.text.contains("xn--") || self.problem().is_some() {
            return None;
        }
        let (unicode, result) = idna::domain_to_unicode(self.text);
        (result.is_ok() && unicode != self.text).then(|| Clean::from(unicode))
    }

    /// What keeps this text from being a host name; a leading `*.` is fine.
    pub fn problem(self) -> Option<NameProblem> {
        let text = self.text.strip_prefix("*.").unwrap_or(self.text);
        if text.is_empty() {
            return Some(NameProblem::Empty);
        }
        if self.marked || !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')) {
            return Some(NameProblem::Character);
        }
        if text.len() > 253 || text.split('.').any(|label| label.is_empty() || label.len() > 63) {
            return Some(NameProblem::Length);
        }
        let undecodable = |label: &str| label.starts_with("xn--") && idna::domain_to_unicode(label).1.is_err();
        text.split('.').any(undecodable).then_some(NameProblem::Punycode)
    }

    /// The plain ASCII name that this one is easily mistaken for (UTS 39 skeleton), if there is one.
    pub fn looks_like(self) -> Option<Clean> {
        let unicode = self.unicode()?;
        let mut twin = String::new();
        for c in unicode.chars() {
            if c.is_ascii() {
                twin.push(c.to_ascii_lowercase());
            } else {
                twin.push_str(lookalike::of(c)?);
            }
        }
        (twin != *unicode && twin != self.text).then(|| Clean::from(twin))
    }
}

impl<'a> From<&'a Name> for NameRef<'a> {
    fn from(name: &'a Name) -> Self {
        Self { text: name.0.as_str(), marked: name.0.is_marked() }
    }
}

impl std::fmt::Display for NameRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.text)
    }
}

/// The names of a certificate: sorted, without duplicates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NameSet(Arc<[Name]>);

impl NameSet {
    /// Collects names; order and repetition do not matter.
    pub fn new(names: impl IntoIterator<Item = Name>) -> Self {
        let mut names: Vec<Name> = names.into_iter().collect();
        if names.len() > 64 {
            names = names.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        } else {
            names.sort_unstable();
            names.dedup();
        }
        Self(names.into())
    }

    /// The names in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Name> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a NameSet {
    type Item = &'a Name;
    type IntoIter = std::slice::Iter<'a, Name>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t13_a_whole_script_look_alike_is_named() {
        let name = Name::new("xn--80ak6aa92e.com");
        assert_eq!(name.as_str(), "xn--80ak6aa92e.com");
        assert_eq!(name.looks_like().map(|c| c.to_string()), Some("apple.com".into()));
        let honest = Name::new("xn--mnchen-3ya.example");
        assert_eq!(honest.unicode().map(|c| c.to_string()), Some("münchen.example".into()));
        assert_eq!(honest.looks_like(), None);
        assert_eq!(Name::new("MÜNCHEN.example"), honest);
    }

    #[test]
    fn t14_what_is_no_name_is_flagged_and_kept() {
        let long = format!("{}.example", "a".repeat(64));
        let cases = [
            ("xn--", NameProblem::Punycode),
            ("xn--a", NameProblem::Punycode),
            (long.as_str(), NameProblem::Length),
            ("a\0b.example", NameProblem::Character),
            ("a b.example", NameProblem::Character),
            ("", NameProblem::Empty),
            ("a..example", NameProblem::Length),
        ];
        for (raw, problem) in cases {
            let name = Name::new(raw);
            assert_eq!(name.problem(), Some(problem), "{raw:?}");
            assert_eq!(name.text(), &Clean::new(raw));
        }
        for fine in ["*.lab.example.com", "pay.example.com", "_acme.example.com", "xn--mnchen-3ya.example"] {
            assert_eq!(Name::new(fine).problem(), None, "{fine}");
        }
    }

    #[test]
    fn t07_what_nobody_sees_is_not_dropped_from_a_name() {
        for hidden in ['\u{200b}', '\u{2060}', '\u{feff}', '\u{ad}', '\u{3164}'] {
            let name = Name::new(&format!("pay{hidden}.example"));
            assert_ne!(name, Name::new("pay.example"), "{hidden:?}");
            assert_eq!(name.problem(), Some(NameProblem::Character), "{hidden:?}");
        }
    }

    #[test]
    fn a_name_set_is_order_free() {
        let set = |names: &[&str]| NameSet::new(names.iter().map(|n| Name::new(n)));
        assert_eq!(set(&["b.example", "A.example", "b.example"]), set(&["a.example", "b.example"]));
        assert_eq!(set(&["b.example", "a.example"]).iter().next().map(Name::as_str), Some("a.example"));
    }
}
