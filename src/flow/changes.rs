//! What is other since the baseline, topic by topic, as one list.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{rows::Rows, source::Source};
use crate::domain::delta::{Compared, Delta, Since, Topic};

/// What the store told of one topic.
#[derive(Debug, Clone, Default)]
struct Told {
    span: Option<(Timestamp, Timestamp)>,
    rows: Rows<Delta>,
    renewals: Option<usize>,
}

/// What is other since the baseline.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    since: Since,
    topics: BTreeMap<Topic, Told>,
    all: Source<Delta>,
}

impl Changes {
    /// The baseline that is asked for.
    pub const fn since(&self) -> Since {
        self.since
    }

    /// Asks for another baseline; what was told against the one before goes.
    pub fn ask(&mut self, since: Since) {
        *self = Self { since, ..Self::default() };
    }

    /// Takes what the store told against `since`; an answer to an earlier question changes nothing. True when the list
    /// is another one.
    pub fn accept(&mut self, since: Since, told: Vec<Compared>) -> bool {
        if since != self.since || told.is_empty() {
            return false;
        }
        let mut news = self.all.read_at().is_none();
        for Compared { topic, span, deltas, renewals } in told {
            let known = self.topics.entry(topic).or_default();
            news |= known.span.is_some() != span.is_some() || !known.rows.iter().eq(deltas.iter());
            news |= known.renewals != renewals;
            known.span = span;
            known.renewals = renewals.or(known.renewals);
            if !known.rows.iter().eq(deltas.iter()) {
                known.rows = Rows::from(deltas);
            }
        }
        if news {
            let mut all = Rows::default();
            self.topics.values().for_each(|told| all.extend(&told.rows));
            let ends = self.topics.values().filter_map(|told| told.span).map(|(_, end)| end);
            self.all.hold(all, ends.max().unwrap_or(Timestamp::UNIX_EPOCH));
        }
        news
    }

    /// All of them; not read while the store was not asked.
    pub const fn list(&self) -> &Source<Delta> {
        &self.all
    }

    /// The earliest baseline of all topics; `None` when none has one.
    pub fn baseline(&self) -> Option<Timestamp> {
        self.topics.values().filter_map(|told| told.span).map(|(at, _)| at).min()
    }

    /// The moments that are compared of a topic; `None` without a baseline.
    pub fn span(&self, topic: Topic) -> Option<(Timestamp, Timestamp)> {
        self.topics.get(&topic)?.span
    }

    /// How many of the new certificates follow one with the same names; `None` when that is not known.
    pub fn renewals(&self) -> Option<usize> {
        self.topics.get(&Topic::Certificate)?.renewals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delta::Entry;

    fn told(topic: Topic, keys: &[&str]) -> Compared {
        let entry = |key: &&str| Entry { key: (*key).into(), name: (*key).into(), facts: Vec::new() };
        let deltas = keys.iter().filter_map(|key| Delta::new(topic, None, Some(entry(key)))).collect();
        let at = |second| Timestamp::from_second(second).unwrap();
        Compared { topic, span: Some((at(100), at(200))), deltas, renewals: None }
    }

    #[test]
    fn topics_come_apart_and_are_one_list() {
        let mut changes = Changes::default();
        assert!(changes.accept(Since::Yesterday, vec![told(Topic::Ca, &["a", "b"])]));
        assert!(changes.accept(Since::Yesterday, vec![told(Topic::Certificate, &["c"])]));
        let keys = |changes: &Changes| changes.list().rows().iter().map(|d| d.key().to_owned()).collect::<Vec<_>>();
        assert_eq!(keys(&changes), ["c", "a", "b"]);
        let revision = changes.list().revision();
        assert!(!changes.accept(Since::Yesterday, vec![told(Topic::Ca, &["a", "b"])]), "the same again");
        assert_eq!(changes.list().revision(), revision);
        let week = Since::parse("7d").unwrap();
        changes.ask(week);
        assert!(!changes.accept(Since::Yesterday, vec![told(Topic::Ca, &["a"])]), "an answer to another question");
        assert!(changes.accept(week, vec![told(Topic::Ca, &["z"])]));
        assert_eq!(keys(&changes), ["z"]);
    }
}
