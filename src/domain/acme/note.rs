//! Local triage of a certificate: events that are only ever added, and what they come to.
//!
//! A note belongs to a key, and so to a serial: the next certificate of the lineage has none.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::AcmeKey;
use crate::domain::{
    filter,
    ids::{AccountId, ContractId},
    text::Clean,
};

/// A snooze ends this long before the end of the certificate at the latest.
pub const SNOOZE_STOPS: SignedDuration = SignedDuration::from_hours(72);
/// Longest text of a note, an owner or a name of a person, bytes.
pub const TEXT: usize = 2_048;

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteEvent {
    /// The row.
    pub key: AcmeKey,
    /// When (UTC).
    pub at: Timestamp,
    /// Who.
    pub who: Clean,
    /// What.
    pub what: Deed,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Seen, with a note.
    Acknowledge(Clean),
    /// Put off.
    Snooze(Until),
    /// Somebody's, by name or ticket.
    Owner(Clean),
    /// It will not be renewed; why.
    Retire(Clean),
    /// Takes back the last deed that stands.
    Undo,
}

/// How long a snooze lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until this moment.
    At(Timestamp),
    /// Until the lineage has a newer serial.
    NextSerial,
}

/// Why a text is no end of a snooze; one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UntilError {
    /// Not of the grammar.
    #[error("a snooze ends after a time (3d, 72h), on a date (2026-12-01) or with the next serial (next), not {0:?}")]
    Unreadable(Clean),
    /// It has passed.
    #[error("{0} has passed; a snooze ends in the future")]
    Past(Clean),
}

/// What stands of the events of a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// Acknowledged, with this note.
    pub acknowledged: Option<Stated<Clean>>,
    /// Put off.
    pub snooze: Option<Stated<Until>>,
    /// Owner or ticket.
    pub owner: Option<Stated<Clean>>,
    /// It will not be renewed; why.
    pub retired: Option<Stated<Clean>>,
}

/// A thing that somebody stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated<T> {
    /// The thing.
    pub value: T,
    /// When (UTC).
    pub at: Timestamp,
    /// Who.
    pub who: Clean,
}

/// Why a line of the journal is no event; one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not the JSON of an event.
    #[error("this is no note of triage: {0}")]
    Unreadable(Clean),
    /// A text of more than [`TEXT`] bytes.
    #[error("a text of a note has more than {TEXT} bytes")]
    TooLong,
}

impl Until {
    /// Reads `3d`, `72h`, `2026-12-01` (midnight UTC) or `next`.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, UntilError> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("next") {
            return Ok(Self::NextSerial);
        }
        let unreadable = || UntilError::Unreadable(text.into());
        let at = match (filter::duration(text), text.parse::<Date>()) {
            (Some(span), _) => now.checked_add(span).map_err(|_| unreadable())?,
            (None, Ok(day)) => day.to_zoned(TimeZone::UTC).map_err(|_| unreadable())?.timestamp(),
            (None, Err(_)) => return Err(unreadable()),
        };
        if at <= now { Err(UntilError::Past(text.into())) } else { Ok(Self::At(at)) }
    }
}

impl std::fmt::Display for Until {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At(at) => f.pad(&at.to_string()),
            Self::NextSerial => f.pad("next"),
        }
    }
}

impl NoteEvent {
    /// The event as JSON text, one line.
    pub fn to_json(&self) -> String {
        let (what, text) = match &self.what {
            Deed::Acknowledge(note) => ("acknowledge", note.to_string()),
            Deed::Snooze(until) => ("snooze", until.to_string()),
            Deed::Owner(owner) => ("owner", owner.to_string()),
            Deed::Retire(why) => ("retire", why.to_string()),
            Deed::Undo => ("undo", String::new()),
        };
        let wire = Wire {
            account: self.key.account.as_str().into(),
            contract: self.key.contract.as_str().into(),
            key: self.key.tail.as_ref().into(),
            at: self.at,
            who: self.who.as_str().into(),
            what: what.into(),
            text,
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// Reads an event that [`NoteEvent::to_json`] wrote; members that it does not know are left out.
    pub fn from_json(text: &str) -> Result<Self, NoteError> {
        let unreadable = |why: &str| NoteError::Unreadable(why.into());
        let wire: Wire = serde_json::from_str(text).map_err(|error| unreadable(&error.to_string()))?;
        if wire.text.len() > TEXT || wire.who.len() > TEXT {
            return Err(NoteError::TooLong);
        }
        let what = match wire.what.as_str() {
            "acknowledge" => Deed::Acknowledge(wire.text.into()),
            "snooze" if wire.text == "next" => Deed::Snooze(Until::NextSerial),
            "snooze" => {
                Deed::Snooze(Until::At(wire.text.parse().map_err(|_| unreadable("the end of a snooze is no moment"))?))
            }
            "owner" => Deed::Owner(wire.text.into()),
            "retire" => Deed::Retire(wire.text.into()),
            "undo" => Deed::Undo,
            _ => return Err(unreadable("it does a thing that is not known here")),
        };
        let key = AcmeKey {
            account: AccountId::new(&wire.account),
            contract: ContractId::new(&wire.contract),
            tail: Clean::new(&wire.key).as_str().into(),
        };
        Ok(Self { key, at: wire.at, who: wire.who.into(), what })
    }
}

impl Note {
    /// What a series of events comes to, key by key, in the order of the journal. Keys where nothing stands are left out.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a NoteEvent>) -> HashMap<AcmeKey, Self> {
        let mut standing: HashMap<&AcmeKey, Vec<&NoteEvent>> = HashMap::new();
        for event in events {
            let of_key = standing.entry(&event.key).or_default();
            match event.what {
                Deed::Undo => drop(of_key.pop()),
                Deed::Acknowledge(_) | Deed::Snooze(_) | Deed::Owner(_) | Deed::Retire(_) => of_key.push(event),
            }
        }
        let mut notes = HashMap::new();
        for (key, events) in standing.into_iter().filter(|(_, events)| !events.is_empty()) {
            let mut note = Self::default();
            for event in events {
                note.apply(event);
            }
            notes.insert(key.clone(), note);
        }
        notes
    }

    fn apply(&mut self, event: &NoteEvent) {
        match &event.what {
            Deed::Acknowledge(note) => self.acknowledged = Some(event.stated(note.clone())),
            Deed::Snooze(until) => self.snooze = Some(event.stated(*until)),
            Deed::Owner(owner) => self.owner = Some(event.stated(owner.clone())),
            Deed::Retire(why) => self.retired = Some(event.stated(why.clone())),
            Deed::Undo => {}
        }
    }
}

impl NoteEvent {
    fn stated<T>(&self, value: T) -> Stated<T> {
        Stated { value, at: self.at, who: self.who.clone() }
    }
}

/// An event as it is written.
#[derive(Serialize, Deserialize)]
struct Wire {
    account: String,
    contract: String,
    key: String,
    at: Timestamp,
    who: String,
    what: String,
    #[serde(default)]
    text: String,
}

#[cfg(test)]
mod tests;
