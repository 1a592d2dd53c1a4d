//! What a calendar has of certificates: when the renewal of each is due, and when it ends.

use aws_lc_rs::digest::{Context as Digest, SHA256};
use jiff::Timestamp;

use super::{
    acme::Row,
    ics::{self, Event},
    short,
};
use crate::domain::{
    acme::{San, explain::Explanation, state::State, triage::Assessment},
    serial::SerialRef,
};

/// Names told in a description; the rest is counted.
const NAMES: usize = 20;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A renewal is due.
    Due,
    /// A certificate ends.
    End,
}

/// Something that happens to a certificate.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// What.
    pub what: What,
    /// When (UTC).
    pub at: Timestamp,
    /// The certificate.
    pub row: Row<'a>,
}

/// The entries of a certificate; none of one that is superseded, revoked or not to be renewed.
pub fn entries(row: Row<'_>) -> impl Iterator<Item = Entry<'_>> {
    let wanted =
        |found: &&Assessment| !found.is_superseded() && !matches!(found.state, State::Revoked | State::Retired);
    let found = row.derived.filter(wanted);
    let due = found.and_then(Assessment::due).map(|at| (What::Due, at));
    let end = found.and_then(|_| row.expires().at()).map(|at| (What::End, at));
    due.into_iter().chain(end).map(move |(what, at)| Entry { what, at, row })
}

/// Writes entries, each with its certificate in words, as iCalendar text (RFC 5545). `now` is the moment at which it is
/// made.
///
/// # Errors
/// Those of `out`.
pub fn write<'a>(
    entries: impl IntoIterator<Item = (Entry<'a>, Option<Explanation>)>,
    now: Timestamp,
    out: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    ics::write(entries.into_iter().map(|(entry, words)| entry.event(words)), now, out)
}

impl Entry<'_> {
    /// `due` or `end`.
    pub const fn word(&self) -> &'static str {
        match self.what {
            What::Due => "due",
            What::End => "end",
        }
    }

    /// In a line.
    pub fn summary(&self) -> String {
        let name = short(self.row.domain().as_str());
        match self.what {
            What::Due => format!("Renewal due: {name}"),
            What::End => format!("Certificate ends: {name}"),
        }
    }

    /// By the key of the certificate, so that a later calendar has the same entry again.
    pub fn uid(&self) -> String {
        let key = self.row.key();
        let mut digest = Digest::new(&SHA256);
        for part in [self.word(), key.account.as_str(), key.contract.as_str(), &key.tail] {
            digest.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let digest = digest.finish();
        let half: [u8; 16] = digest.as_ref().first_chunk().copied().unwrap_or_default();
        format!("{:032x}@certdeck", u128::from_be_bytes(half))
    }

    fn event(&self, words: Option<Explanation>) -> Event {
        let names = self.row.names().iter().take(NAMES).map(San::text).collect::<Vec<_>>().join(", ");
        let more = self.row.names().len().saturating_sub(NAMES);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let words = words.map_or_else(String::new, |words| format!("{} {}\n", words.reason, words.next_step));
        let serial = self.row.serial().map_or("", SerialRef::raw);
        Event {
            uid: self.uid(),
            at: self.at,
            summary: self.summary(),
            description: format!("{words}Names: {names}{more}\nContract {}, serial {serial}", self.row.contract()),
            category: self.word(),
        }
    }
}
