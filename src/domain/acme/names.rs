//! The names of a certificate where they stand: in a set of their own, or in the text of their list.

use std::{cmp::Ordering, slice};

use super::san::San;
use crate::domain::name::{Name, NameRef, NameSet};

/// Stands in front of each further name of a record in the text of a list. No safe text has this character.
pub(super) const NEXT: char = '\x1f';
/// The same for a name of which only what is in front of the main name is written, a leading `*.` of which does not count.
pub(super) const FRONT: char = '\x1c';

/// The names of a certificate, sorted and without duplicates.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a>(Form<'a>);

#[derive(Debug, Clone, Copy)]
enum Form<'a> {
    Set(&'a NameSet),
    /// Plain names in order.
    List(&'a [&'a str]),
    /// The main name, whether it is among them, and the others in order, each behind [`NEXT`] or [`FRONT`].
    Text {
        main: &'a str,
        own: bool,
        others: &'a str,
    },
}

/// Names in order.
#[derive(Debug, Clone)]
pub struct NamesIter<'a>(Rest<'a>);

#[derive(Debug, Clone)]
enum Rest<'a> {
    Set(slice::Iter<'a, Name>),
    List(slice::Iter<'a, &'a str>),
    Text { main: Option<San<'a>>, next: Option<San<'a>>, base: &'a str, others: &'a str },
}

impl<'a> Names<'a> {
    pub(super) const fn text(main: &'a str, own: bool, others: &'a str) -> Self {
        Self(Form::Text { main, own, others })
    }

    /// Names that are plain, in order and without duplicates.
    pub(super) const fn list(names: &'a [&'a str]) -> Self {
        Self(Form::List(names))
    }

    /// The names in order.
    pub fn iter(self) -> NamesIter<'a> {
        NamesIter(match self.0 {
            Form::Set(set) => Rest::Set(set.iter()),
            Form::List(names) => Rest::List(names.iter()),
            Form::Text { main, own, mut others } => {
                let base = base(main);
                let next = split(&mut others, base);
                Rest::Text { main: own.then(|| San::joined("", main)), next, base, others }
            }
        })
    }

    /// How many.
    pub fn len(self) -> usize {
        match self.0 {
            Form::Set(set) => set.len(),
            Form::List(names) => names.len(),
            Form::Text { own, others, .. } => {
                usize::from(own) + memchr::memchr2_iter(NEXT as u8, FRONT as u8, others.as_bytes()).count()
            }
        }
    }

    /// True when there is none.
    pub fn is_empty(self) -> bool {
        match self.0 {
            Form::Set(set) => set.is_empty(),
            Form::List(names) => names.is_empty(),
            Form::Text { own, others, .. } => !own && others.is_empty(),
        }
    }

    /// A copy that stands by itself.
    pub fn to_set(self) -> NameSet {
        match self.0 {
            Form::Set(set) => set.clone(),
            Form::List(_) | Form::Text { .. } => NameSet::new(self.iter().map(San::to_name)),
        }
    }
}

impl<'a> From<&'a NameSet> for Names<'a> {
    fn from(set: &'a NameSet) -> Self {
        Self(Form::Set(set))
    }
}

impl PartialEq for Names<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Names<'_> {}

impl PartialOrd for Names<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Names<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl<'a> IntoIterator for Names<'a> {
    type Item = San<'a>;
    type IntoIter = NamesIter<'a>;

    fn into_iter(self) -> NamesIter<'a> {
        self.iter()
    }
}

impl<'a> Iterator for NamesIter<'a> {
    type Item = San<'a>;

    fn next(&mut self) -> Option<San<'a>> {
        match &mut self.0 {
            Rest::Set(names) => names.next().map(San::from),
            Rest::List(names) => names.next().map(|name| NameRef::plain(name).into()),
            Rest::Text { main, next, base, others } => {
                let name = match (*main, *next) {
                    (Some(main), Some(other)) if other > main => None,
                    (_, other) => other,
                };
                match name {
                    Some(_) => std::mem::replace(next, split(others, base)),
                    None => main.take(),
                }
            }
        }
    }

    /// A set has its names side by side: each is found at once, also among 10,000.
    fn nth(&mut self, n: usize) -> Option<San<'a>> {
        if let Rest::Set(names) = &mut self.0 {
            return names.nth(n).map(San::from);
        }
        for _ in 0..n {
            self.next()?;
        }
        self.next()
    }
}

/// What the other names of a record with this main name may have behind them.
pub fn base(main: &str) -> &str {
    main.strip_prefix("*.").unwrap_or(main)
}

/// What a name has in front of the main name, with its last dot; `None` when it does not end with it.
pub fn front<'n>(name: &'n str, main: &str) -> Option<&'n str> {
    let base = base(main);
    name.strip_suffix(base).filter(|front| front.ends_with('.') && !base.is_empty())
}

/// Writes the further names of a record with this main name.
pub(super) fn write_others<'n>(text: &mut String, main: &str, names: impl Iterator<Item = &'n str>) {
    for name in names.filter(|name| *name != main) {
        let front = front(name, main);
        text.push(if front.is_some() { FRONT } else { NEXT });
        text.push_str(front.unwrap_or(name));
    }
}

/// Takes the first name off a text of names, some of which have this base behind them.
fn split<'a>(others: &mut &'a str, base: &'a str) -> Option<San<'a>> {
    let text = others.strip_prefix([NEXT, FRONT])?;
    let is_front = others.starts_with(FRONT);
    let end = memchr::memchr2(NEXT as u8, FRONT as u8, text.as_bytes()).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    *others = rest;
    Some(if is_front { San::joined(name, base) } else { San::joined("", name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_its_place_in_each_form() {
        let set = NameSet::new(["a.example", "b.example", "c.example"].map(Name::new));
        let list = ["a.example", "b.example", "c.example"];
        for names in
            [Names::from(&set), Names::list(&list), Names::text("b.example", true, "\u{1f}a.example\u{1f}c.example")]
        {
            for place in 0..4 {
                assert_eq!(names.iter().nth(place), set.iter().nth(place).map(San::from), "{place}");
            }
            let mut iter = names.iter();
            assert_eq!(iter.nth(1), Some((&Name::new("b.example")).into()));
            assert_eq!(iter.next(), Some((&Name::new("c.example")).into()));
        }
    }
}
