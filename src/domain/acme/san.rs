//! A name of a certificate as its list keeps it.

use std::{
    borrow::Cow,
    cmp::Ordering,
    hash::{Hash, Hasher},
};

use crate::domain::{
    name::{Name, NameProblem, NameRef},
    text::Clean,
};

/// A subject alternative name where it stands: whole, or as what it has in front of another name of its certificate.
/// Order and equality are those of [`Name`].
#[derive(Debug, Clone, Copy)]
pub struct San<'a> {
    /// Empty, or whole labels, each with its dot.
    head: &'a str,
    rest: NameRef<'a>,
}

impl<'a> San<'a> {
    /// A plain name in two parts, of which the first is whole labels, each with its dot.
    pub(super) const fn joined(head: &'a str, rest: &'a str) -> Self {
        Self { head, rest: NameRef::plain(rest) }
    }

    /// The name in A-labels, as it is compared and shown first.
    pub fn text(self) -> Cow<'a, str> {
        if self.head.is_empty() { self.rest.as_str().into() } else { [self.head, self.rest.as_str()].concat().into() }
    }

    /// True when there is no text at all.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    const fn len(self) -> usize {
        self.head.len() + self.rest.as_str().len()
    }

    /// True when characters of the raw text are shown escaped.
    pub const fn is_marked(self) -> bool {
        self.rest.is_marked()
    }

    /// A copy that stands by itself.
    pub fn to_name(self) -> Name {
        match self.text() {
            Cow::Borrowed(_) => self.rest.to_name(),
            Cow::Owned(text) => Clean::kept(&text, false).into(),
        }
    }

    /// What keeps this text from being a host name; a leading `*.` is fine.
    pub fn problem(self) -> Option<NameProblem> {
        match self.text() {
            Cow::Borrowed(_) => self.rest.problem(),
            Cow::Owned(text) => NameRef::plain(&text).problem(),
        }
    }

    /// True for a name that begins with `*.`.
    pub fn is_wildcard(self) -> bool {
        self.split().is_some_and(|(label, _)| label == "*")
    }

    /// What lies between its dots.
    pub(super) fn labels(self) -> impl Iterator<Item = &'a str> {
        self.head.split_terminator('.').chain(self.rest.as_str().split('.'))
    }

    /// What follows the `*.` of a wildcard.
    pub(super) fn below(self) -> Option<Self> {
        self.split().filter(|(label, _)| *label == "*").map(|(_, base)| base)
    }

    /// What follows the first label of a name that a wildcard may cover: `*.x` covers one label below x, and not x.
    pub(super) fn base(self) -> Option<Self> {
        self.split().filter(|(label, _)| *label != "*").map(|(_, base)| base)
    }

    /// The first label and what follows it.
    fn split(self) -> Option<(&'a str, Self)> {
        match self.head.split_once('.') {
            Some((label, head)) => Some((label, Self { head, ..self })),
            None => self.rest.as_str().split_once('.').map(|(label, rest)| (label, Self::joined("", rest))),
        }
    }

    fn bytes(self) -> impl Iterator<Item = u8> {
        self.head.bytes().chain(self.rest.as_str().bytes())
    }
}

impl<'a> From<NameRef<'a>> for San<'a> {
    fn from(rest: NameRef<'a>) -> Self {
        Self { head: "", rest }
    }
}

impl<'a> From<&'a Name> for San<'a> {
    fn from(name: &'a Name) -> Self {
        NameRef::from(name).into()
    }
}

impl PartialEq for San<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.head.len() == other.head.len() {
            return self.head == other.head && self.rest == other.rest;
        }
        self.len() == other.len() && self.is_marked() == other.is_marked() && self.bytes().eq(other.bytes())
    }
}

impl Eq for San<'_> {}

impl Hash for San<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.labels().for_each(|label| label.hash(state));
        self.is_marked().hash(state);
    }
}

impl PartialOrd for San<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for San<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.head == other.head {
            return self.rest.cmp(&other.rest);
        }
        self.bytes().cmp(other.bytes()).then_with(|| self.is_marked().cmp(&other.is_marked()))
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher as _;

    use proptest::prelude::*;

    use super::*;

    /// Each way to write a name in two parts.
    fn ways(name: &str) -> Vec<San<'_>> {
        let cuts = name.match_indices('.').map(|(at, _)| at + 1);
        std::iter::once(0).chain(cuts).map(|at| San::joined(&name[..at], &name[at..])).collect()
    }

    proptest! {
        #[test]
        fn a_name_is_the_same_however_it_is_cut(a in r"(\*\.)?[ab.]{0,6}", b in r"(\*\.)?[ab.]{0,6}") {
            let state = foldhash::quality::RandomState::default();
            let whole = NameRef::plain(&a);
            for one in ways(&a) {
                prop_assert_eq!(one.text(), a.as_str());
                prop_assert_eq!((one.to_name(), one.problem()), (whole.to_name(), whole.problem()));
                prop_assert_eq!((one.is_empty(), one.is_wildcard()), (a.is_empty(), a.starts_with("*.")));
                prop_assert_eq!(one.labels().collect::<Vec<_>>(), a.split('.').collect::<Vec<_>>());
                let base = a.split_once('.').filter(|(label, _)| *label != "*").map(|(_, base)| base);
                prop_assert_eq!(one.base().map(|base| base.text().into_owned()), base.map(str::to_owned));
                prop_assert_eq!(one.below().map(|base| base.text().into_owned()), a.strip_prefix("*.").map(str::to_owned));
                for other in ways(&b) {
                    prop_assert_eq!(one == other, a == b);
                    prop_assert_eq!(one.cmp(&other), a.cmp(&b));
                    prop_assert!(a != b || state.hash_one(one) == state.hash_one(other));
                }
            }
        }
    }
}
