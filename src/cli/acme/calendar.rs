//! `certdeck acme calendar`: when renewals are due and certificates end, for a calendar.

use aws_lc_rs::digest::{Context as Digest, SHA256};
use jiff::Timestamp;

use super::{
    SOURCE,
    estate::{Estate, Judged},
    ics::{self, Event},
    one_order, row,
};
use crate::{
    cli::{
        args::Form,
        exit::Outcome,
        grid::Grid,
        item::{Item, rfc3339},
        listing::Wish,
        session::{Desk, Print, warn_of},
        sheet::Source,
    },
    domain::{
        acme::{AcmeCertificate, state::State, triage::Assessment},
        name::NameRef,
        subject::View,
    },
    present::{self, Align},
};

const KIND: &str = "acme.calendar";
const MEMBERS: &[&str] =
    &["uid", "event", "at", "domain", "serial_number", "acme_contract_id", "account_id", "state", "summary"];
/// Names told in a description; the rest is counted.
const NAMES: usize = 20;

/// What is in the calendar of a certificate.
#[derive(Clone, Copy)]
enum What {
    /// Its renewal is due.
    Due,
    /// It ends.
    End,
}

/// An entry.
struct Entry<'a> {
    what: What,
    at: Timestamp,
    row: View<'a, AcmeCertificate>,
}

/// Runs `acme calendar`.
pub fn run(wish: &Wish<AcmeCertificate>, desk: &mut Desk<'_>) -> Outcome {
    one_order(desk.global, "a calendar")?;
    let estate = Estate::read(desk)?;
    let exit = warn_of(SOURCE, &estate.data);
    let judged = estate.judged();
    let now = judged.now();
    let kept = wish.rows(judged.views(), now);
    let mut entries: Vec<Entry<'_>> = kept.iter().flat_map(|row| entries(*row)).collect();
    entries.sort_by_key(|entry| entry.at);
    if desk.global.output.unwrap_or(Form::Ics) == Form::Ics {
        ics::write(entries.iter().map(|entry| entry.event(&judged)), now, desk.console.out())?;
        return Ok(exit);
    }
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources: vec![Source::read(SOURCE, &estate.data)],
        total: entries.len(),
        len: entries.len(),
        item: &|at| entries.get(at).map_or_else(Item::default, Entry::item),
        grid: &|| Grid {
            columns: ["AT (UTC)", "EVENT", "NAME", "STATE", "CONTRACT"].map(|title| (title, Align::Left)).to_vec(),
            rows: entries.iter().map(Entry::cells).collect(),
            whole: false,
        },
        unknown: Vec::new(),
        gaps: None,
    })?;
    Ok(exit)
}

/// The entries of what is not superseded, and wanted.
fn entries(row: View<'_, AcmeCertificate>) -> impl Iterator<Item = Entry<'_>> {
    let wanted =
        |found: &&Assessment| !found.is_superseded() && !matches!(found.state, State::Revoked | State::Retired);
    let found = row.derived.filter(wanted);
    let due = found.and_then(Assessment::due).map(|at| (What::Due, at));
    let end = found.and_then(|_| row.expires().at()).map(|at| (What::End, at));
    due.into_iter().chain(end).map(move |(what, at)| Entry { what, at, row })
}

impl Entry<'_> {
    const fn word(&self) -> &'static str {
        match self.what {
            What::Due => "due",
            What::End => "end",
        }
    }

    fn summary(&self) -> String {
        let name = row::name(self.row.record);
        match self.what {
            What::Due => format!("Renewal due: {name}"),
            What::End => format!("Certificate ends: {name}"),
        }
    }

    /// By the key of the certificate, so that a later calendar has the same entry again.
    fn uid(&self) -> String {
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

    fn event(&self, judged: &Judged<'_>) -> Event {
        let names = self.row.names().iter().take(NAMES).map(NameRef::as_str).collect::<Vec<_>>().join(", ");
        let more = self.row.names().len().saturating_sub(NAMES);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let words = judged.explain(self.row.index);
        let words = words.map_or_else(String::new, |words| format!("{} {}\n", words.reason, words.next_step));
        let (contract, serial) = (self.row.contract().as_str(), row::serial(self.row.record));
        Event {
            uid: self.uid(),
            at: self.at,
            summary: self.summary(),
            description: format!("{words}Names: {names}{more}\nContract {contract}, serial {serial}"),
            category: self.word(),
        }
    }

    fn item(&self) -> Item {
        Item::default()
            .with("uid", self.uid())
            .with("event", self.word())
            .with("at", rfc3339(self.at))
            .text("domain", self.row.domain().as_str())
            .text("serial_number", row::serial(self.row.record))
            .text("acme_contract_id", self.row.contract().as_str())
            .text("account_id", self.row.account().as_str())
            .text("state", &present::acme::state_label(self.row))
            .text("summary", &self.summary())
    }

    fn cells(&self) -> Vec<String> {
        let state = present::acme::state_label(self.row).into_owned();
        let name = self.row.domain().to_string();
        vec![rfc3339(self.at), self.word().to_owned(), name, state, self.row.contract().to_string()]
    }
}
