//! What the journal holds of an intent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Class, Fate, Intent, IntentId, fate::Wire as FateWire};
use crate::domain::{Clean, digest::Digest};

/// An entry of the journal about an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// It was decided. Before it stands, nothing is read again.
    Intent(Box<Intent>),
    /// It is about to be sent. Before it stands, no byte leaves.
    Sent {
        /// Which.
        intent: IntentId,
        /// When, by the clock of this machine.
        at: Timestamp,
        /// Seconds by which the service was ahead, as far as that was known.
        skew: Option<i64>,
    },
    /// The exchange ended.
    Answered {
        /// Which.
        intent: IntentId,
        /// How.
        class: Class,
        /// What was said.
        words: Clean,
    },
    /// What became of it; the last one counts.
    Outcome {
        /// Which.
        intent: IntentId,
        /// What.
        fate: Fate,
        /// Hash of the state that was read back, when there was one.
        seen: Option<Digest>,
    },
}

impl Record {
    /// The kinds of such entries.
    pub const KINDS: [&'static str; 4] = ["intent", "sent", "answer", "outcome"];

    /// The kind of the entry.
    pub const fn kind(&self) -> &'static str {
        let [intent, sent, answer, outcome] = Self::KINDS;
        match self {
            Self::Intent(_) => intent,
            Self::Sent { .. } => sent,
            Self::Answered { .. } => answer,
            Self::Outcome { .. } => outcome,
        }
    }

    /// The intent that it is about.
    pub const fn intent(&self) -> &IntentId {
        match self {
            Self::Intent(intent) => &intent.id,
            Self::Sent { intent, .. } | Self::Answered { intent, .. } | Self::Outcome { intent, .. } => intent,
        }
    }

    /// The entry as JSON text, one line.
    pub fn to_json(&self) -> String {
        let text = match self {
            Self::Intent(intent) => return intent.to_json(),
            Self::Sent { intent, at, skew } => {
                serde_json::to_string(&Sent { intent: intent.to_string(), at: *at, skew: *skew })
            }
            Self::Answered { intent, class, words } => serde_json::to_string(&Answered {
                intent: intent.to_string(),
                class: class.word().into(),
                words: words.to_string(),
            }),
            Self::Outcome { intent, fate, seen } => serde_json::to_string(&Outcome {
                intent: intent.to_string(),
                seen: seen.as_ref().map(ToString::to_string),
                fate: fate.wire(),
            }),
        };
        text.unwrap_or_default()
    }

    /// Reads an entry of a kind; `None` for what this program does not know.
    pub fn from_json(kind: &str, text: &str) -> Option<Self> {
        let [of_intent, sent, answer, outcome] = Self::KINDS;
        if kind == of_intent {
            return Intent::from_json(text).map(|intent| Self::Intent(Box::new(intent)));
        }
        if kind == sent {
            let wire: Sent = serde_json::from_str(text).ok()?;
            return Some(Self::Sent { intent: IntentId::parse(&wire.intent)?, at: wire.at, skew: wire.skew });
        }
        if kind == answer {
            let wire: Answered = serde_json::from_str(text).ok()?;
            let (intent, class) = (IntentId::parse(&wire.intent)?, Class::parse(&wire.class)?);
            return Some(Self::Answered { intent, class, words: wire.words.into() });
        }
        if kind == outcome {
            let wire: Outcome = serde_json::from_str(text).ok()?;
            let (intent, fate) = (IntentId::parse(&wire.intent)?, Fate::read(wire.fate)?);
            return Some(Self::Outcome { intent, fate, seen: wire.seen.as_deref().and_then(Digest::parse) });
        }
        None
    }
}

#[derive(Serialize, Deserialize)]
struct Sent {
    intent: String,
    at: Timestamp,
    skew: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Answered {
    intent: String,
    class: String,
    words: String,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    intent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<String>,
    #[serde(flatten)]
    fate: FateWire,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ca::{
        RequestStatus,
        decision::{By, Difference, tests::intent},
    };

    #[test]
    fn every_entry_reads_back_as_it_was_written() {
        let at = Timestamp::UNIX_EPOCH;
        let id = intent().id;
        let difference = Difference { member: "ca.name".into(), was: "a".into(), is: "b".into() };
        let fates = [
            Fate::UnderWay,
            Fate::NotSent("refused".into()),
            Fate::Stopped { why: "it changed".into(), changed: vec![difference] },
            Fate::Applied(By::Me),
            Fate::Applied(By::Other("ops-two".into())),
            Fate::Decided { status: RequestStatus::Rejected, by: By::NotKnown },
            Fate::Refused { said: "no".into(), seen: "pending".into() },
            Fate::Accepted("pending".into()),
            Fate::Unknown("cut".into()),
            Fate::StillPending { reads: 3, since: at, last: at },
            Fate::Conflict { told: "a".into(), seen: "b".into(), open: true },
        ];
        let seen = Some(Digest::of("x"));
        let outcomes = fates.into_iter().map(|fate| Record::Outcome { intent: id.clone(), fate, seen: seen.clone() });
        let mut records: Vec<Record> = outcomes.collect();
        records.push(Record::Intent(Box::new(intent())));
        records.push(Record::Sent { intent: id.clone(), at, skew: Some(-3) });
        for class in [Class::NotSent, Class::Refused, Class::Ok, Class::Unknown] {
            records.push(Record::Answered { intent: id.clone(), class, words: "204".into() });
        }
        for record in records {
            assert_eq!(Record::from_json(record.kind(), &record.to_json()), Some(record.clone()), "{record:?}");
            assert_eq!(record.intent(), &id);
            assert_eq!(Record::from_json("triage", &record.to_json()), None);
        }
        assert_eq!(Record::from_json("outcome", r#"{"intent":"00","fate":"applied"}"#), None);
    }
}
