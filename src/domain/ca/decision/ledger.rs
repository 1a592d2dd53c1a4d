//! What the journal says of earlier intents.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Class, Fate, Intent, IntentId, Record};
use crate::domain::{Clean, ids::CaId};

/// An intent and all that the journal says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// The intent.
    pub intent: Intent,
    /// When it was about to be sent, and how far the service was ahead then.
    pub sent: Option<(Timestamp, Option<i64>)>,
    /// How the exchange ended.
    pub answer: Option<(Class, Clean)>,
    /// What became of it, as far as that was written.
    pub outcome: Option<Fate>,
}

impl Trail {
    /// What became of it. What was about to be sent and has no outcome may have been carried out.
    pub fn fate(&self) -> Fate {
        match (&self.outcome, self.sent, &self.answer) {
            (Some(fate), ..) => fate.clone(),
            (None, None, _) => Fate::NotSent("certdeck ended before it was sent".into()),
            (None, Some(_), None) => Fate::Unknown("certdeck ended while it was sent".into()),
            (None, Some(_), Some((Class::NotSent, words))) => Fate::NotSent(words.clone()),
            (None, Some(_), Some((Class::Ok, words))) => Fate::Accepted(words.clone()),
            (None, Some(_), Some((Class::Refused | Class::Unknown, words))) => Fate::Unknown(words.clone()),
        }
    }
}

/// All intents of a context, in the order of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    trails: Vec<Trail>,
    places: HashMap<IntentId, usize>,
}

impl Ledger {
    /// Takes the next entry. One about an intent that is not there says nothing.
    pub fn add(&mut self, record: Record) {
        let place = self.places.get(record.intent()).copied();
        let trail = place.and_then(|place| self.trails.get_mut(place));
        match (record, trail) {
            (Record::Intent(intent), None) => {
                self.places.insert(intent.id.clone(), self.trails.len());
                self.trails.push(Trail { intent: *intent, sent: None, answer: None, outcome: None });
            }
            (Record::Sent { at, skew, .. }, Some(trail)) => trail.sent = Some((at, skew)),
            (Record::Answered { class, words, .. }, Some(trail)) => trail.answer = Some((class, words)),
            (Record::Outcome { fate, .. }, Some(trail)) => trail.outcome = Some(fate),
            (Record::Intent(_), Some(_)) | (_, None) => {}
        }
    }

    /// All of them, the oldest first.
    pub fn trails(&self) -> &[Trail] {
        &self.trails
    }

    /// Those whose fate is open, the oldest first: each is looked after at the next start.
    pub fn open(&self) -> impl Iterator<Item = &Trail> {
        self.trails.iter().filter(|trail| !trail.fate().is_settled())
    }

    /// The intent that locks a CA: nothing may be sent about it before it is known what became of that.
    pub fn lock(&self, ca: &CaId) -> Option<&Trail> {
        self.open().find(|trail| trail.intent.errand.ca == *ca)
    }
}

impl FromIterator<Record> for Ledger {
    fn from_iter<I: IntoIterator<Item = Record>>(records: I) -> Self {
        let mut ledger = Self::default();
        records.into_iter().for_each(|record| ledger.add(record));
        ledger
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ca::decision::{By, tests::intent};

    #[test]
    fn d14_an_intent_is_not_sent_and_a_sent_one_without_an_end_is_open() {
        let id = intent().id;
        let at = Timestamp::UNIX_EPOCH;
        let sent = Record::Sent { intent: id.clone(), at, skew: None };
        let answered = |class| Record::Answered { intent: id.clone(), class, words: "204".into() };
        let outcome = |fate| Record::Outcome { intent: id.clone(), fate, seen: None };
        let begun = Record::Intent(Box::new(intent()));
        let of = |records: &[Record]| {
            let ledger: Ledger = records.iter().cloned().collect();
            let locked = ledger.lock(&intent().errand.ca).is_some();
            assert_eq!(locked, ledger.open().next().is_some());
            assert_eq!(ledger.lock(&CaId::new("another")), None);
            (ledger.trails()[0].fate(), locked)
        };
        assert!(matches!(of(std::slice::from_ref(&begun)), (Fate::NotSent(_), false)));
        assert!(matches!(of(&[begun.clone(), sent.clone()]), (Fate::Unknown(_), true)));
        let with = |record| of(&[begun.clone(), sent.clone(), record]);
        assert!(matches!(with(answered(Class::NotSent)), (Fate::NotSent(_), false)));
        assert!(matches!(with(answered(Class::Ok)), (Fate::Accepted(_), true)));
        assert!(matches!(with(answered(Class::Refused)), (Fate::Unknown(_), true)));
        assert!(matches!(with(answered(Class::Unknown)), (Fate::Unknown(_), true)));
        assert_eq!(with(outcome(Fate::Applied(By::Me))), (Fate::Applied(By::Me), false));
        let last = of(&[
            begun.clone(),
            sent.clone(),
            outcome(Fate::StillPending { reads: 3, since: at, last: at }),
            outcome(Fate::Applied(By::NotKnown)),
            begun.clone(),
        ]);
        assert_eq!(last, (Fate::Applied(By::NotKnown), false), "the last word counts, an intent begins once");
        let headless: Ledger = [sent].into_iter().collect();
        assert_eq!(headless.trails(), []);
    }
}
