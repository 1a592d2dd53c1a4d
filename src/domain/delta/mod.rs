//! What is other in one snapshot than in another: records that are new, gone or changed, member by member.
//!
//! A snapshot is a set of [`Entry`]s, the records of one [`Topic`] in a form of their own: it outlives the types that a
//! service's answers are read into. A member that one of two entries does not have was not known then, which is no
//! change.

mod baseline;
mod entry;
mod records;

use std::collections::HashMap;

pub use self::{
    baseline::{Since, Span, baseline},
    entry::{Entry, Member, Topic, place},
    records::{Records, Tracked, renewals},
};
use super::text::Clean;
use jiff::Timestamp;

/// One record that is other than it was. At least one side is there, and both have the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// What it is.
    pub topic: Topic,
    /// As it was; `None` for a new record.
    pub before: Option<Entry>,
    /// As it is; `None` for one that is gone.
    pub after: Option<Entry>,
}

/// How a record is other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// It was not there.
    New,
    /// It is not there any more.
    Gone,
    /// Members are other.
    Changed,
}

impl Way {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Changed => "changed",
        }
    }
}

/// A member that is other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn<'a> {
    /// Which one.
    pub member: Member,
    /// As it was.
    pub before: &'a Clean,
    /// As it is.
    pub after: &'a Clean,
}

impl Delta {
    /// The delta of two states of a record; `None` when nothing is other, or neither is there.
    pub fn new(topic: Topic, before: Option<Entry>, after: Option<Entry>) -> Option<Self> {
        let same = match (&before, &after) {
            (Some(before), Some(after)) => before.turns(after).next().is_none(),
            (None, None) => true,
            _ => false,
        };
        (!same).then_some(Self { topic, before, after })
    }

    /// How it is other.
    pub const fn way(&self) -> Way {
        match (&self.before, &self.after) {
            (None, _) => Way::New,
            (_, None) => Way::Gone,
            _ => Way::Changed,
        }
    }

    /// The record as it is, or was last.
    pub fn last(&self) -> Option<&Entry> {
        self.after.as_ref().or(self.before.as_ref())
    }

    /// What tells it from others of its topic.
    pub fn key(&self) -> &str {
        self.last().map_or("", |entry| entry.key.as_str())
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        self.last().map_or("", |entry| entry.name.as_str())
    }

    /// A member of it as it is, or was last; empty when it is not known.
    pub fn fact(&self, member: Member) -> &str {
        self.last().and_then(|entry| entry.fact(member)).map_or("", Clean::as_str)
    }

    /// Adds who made it so, which its records do not say.
    pub fn sign(&mut self, by: Clean) {
        if let Some(entry) = self.after.as_mut().or(self.before.as_mut()) {
            let place = entry.facts.partition_point(|(member, _)| *member < Member::By);
            entry.facts.insert(place, (Member::By, by));
        }
    }

    /// The members that are other, in order; none for a record that is new or gone.
    pub fn turns(&self) -> impl Iterator<Item = Turn<'_>> {
        let both = self.before.as_ref().zip(self.after.as_ref());
        both.into_iter().flat_map(|(before, after)| before.turns(after))
    }

    /// Whether this member is other.
    pub fn turned(&self, member: Member) -> bool {
        self.turns().any(|turn| turn.member == member)
    }
}

/// What is other in `after`, in the order of the keys. The order of the entries does not matter; of several with one key
/// the greatest counts.
pub fn diff(topic: Topic, before: &[Entry], after: &[Entry]) -> Vec<Delta> {
    let mut old: HashMap<&str, &Entry> = HashMap::with_capacity(before.len());
    for entry in before {
        let held = old.entry(&entry.key).or_insert(entry);
        *held = (*held).max(entry);
    }
    let mut new: HashMap<&str, &Entry> = HashMap::with_capacity(after.len());
    for entry in after {
        let held = new.entry(&entry.key).or_insert(entry);
        *held = (*held).max(entry);
    }
    let mut out: Vec<Delta> = Vec::new();
    for (key, now) in &new {
        match old.remove(key) {
            Some(was) if was == *now => {}
            was => out.extend(Delta::new(topic, was.cloned(), Some((*now).clone()))),
        }
    }
    out.extend(old.into_values().filter_map(|gone| Delta::new(topic, Some(gone.clone()), None)));
    out.sort_by(|a, b| a.key().cmp(b.key()));
    out
}

/// Several diffs, each from where the one before ends, as one.
#[derive(Debug, Default)]
pub struct Course(HashMap<Clean, Delta>);

impl Course {
    /// Adds the next diff.
    pub fn then(&mut self, next: Vec<Delta>) {
        for delta in next {
            let Some(key) = delta.last().map(|entry| entry.key.clone()) else { continue };
            match self.0.get_mut(&key) {
                Some(known) => known.after = delta.after,
                None => {
                    self.0.insert(key, delta);
                }
            }
        }
    }

    /// The diff from the first beginning to the last end, in the order of the keys.
    pub fn end(self) -> Vec<Delta> {
        let whole = self.0.into_values().filter_map(|Delta { topic, before, after }| Delta::new(topic, before, after));
        let mut out: Vec<Delta> = whole.collect();
        out.sort_by(|a, b| a.key().cmp(b.key()));
        out
    }
}

/// What is other in the records of one topic since a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Which records.
    pub topic: Topic,
    /// The moment of the baseline and that of what it was compared with; `None` without a baseline.
    pub span: Option<(Timestamp, Timestamp)>,
    /// What is other, in the order of the keys.
    pub deltas: Vec<Delta>,
    /// How many of the new certificates follow one with the same names; `None` when that was not looked at.
    pub renewals: Option<usize>,
}

#[cfg(test)]
mod tests;
