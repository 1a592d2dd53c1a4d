//! Why a row is in its state and what to do next, in one sentence each.

use jiff::Timestamp;

use super::{
    AcmeCertificate,
    beside::{Beside, OfRow},
    case::Case,
    facts::{ContractFacts, Facts},
    lineage::end,
    note::Until,
    probe::{Seen, Verdict},
    register::number,
    scopes,
    state::{Proof, Reason, State},
    triage::{Assessment, Triage},
};
use crate::domain::{
    serial::SerialRef,
    when::{age, distance},
};

/// Longest text of a service or a note within a sentence, characters.
const WITHIN: usize = 120;

/// A row in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Why, in one sentence.
    pub reason: String,
    /// What to do next, in one sentence.
    pub next_step: String,
    /// The lifetime and where it comes from; `None` without a readable end.
    pub lifetime: Option<String>,
    /// How the last two renewals of the lineage came; `None` when that is not known.
    pub habit: Option<String>,
}

/// Explains the row with this index; `triage` is what [`super::triage::assess`] made of the same rows and facts.
/// `None` when there is no such row.
pub fn explain(
    index: usize,
    rows: &[AcmeCertificate],
    triage: &Triage,
    facts: &Facts,
    now: Timestamp,
) -> Option<Explanation> {
    let row = rows.get(index)?;
    let found = triage.assessments.get(index)?;
    let beside = Beside::by_key(facts);
    let contract = beside.contract(row);
    let case =
        Case { index: number(index), row, lineage: found.lineage(), rows, lineages: &triage.lineages, beside: &beside };
    let habit = case.habit(contract).map(|(last, before)| habit(last, before));
    let newer = triage.superseded_by(number(index), rows).and_then(|row| rows.get(row as usize));
    let told = Told { row, found, newer, contract, of: beside.row(row), habit, beside: &beside, now };
    Some(Explanation {
        reason: told.reason(),
        next_step: told.next_step(),
        lifetime: found.lifetime().map(|(days, source)| format!("{days} d, by the {}", source.words())),
        habit: told.habit.map(|habit| format!("The {habit}.")),
    })
}

/// All that a sentence draws on.
struct Told<'a> {
    row: &'a AcmeCertificate,
    found: &'a Assessment,
    /// The row that supersedes it.
    newer: Option<&'a AcmeCertificate>,
    contract: Option<&'a ContractFacts>,
    of: OfRow<'a>,
    habit: Option<String>,
    beside: &'a Beside<'a>,
    now: Timestamp,
}

impl Told<'_> {
    fn reason(&self) -> String {
        let nothing_newer = "no newer certificate has these names";
        match self.found.reason {
            Reason::Ended => format!("It ended {} ago, and {nothing_newer}.", self.since(end(self.row))),
            Reason::SaidEnded => format!("The service says that it ended, and {nothing_newer}."),
            Reason::ServesEnded => {
                format!("{}, which ended {} ago.", self.serves("serves"), self.since(self.served_end()))
            }
            Reason::ServesRevoked => format!("{}, which is revoked.", self.serves("serves")),
            Reason::ServesOther => format!("{} serves a certificate that does not have the name.", self.server()),
            Reason::ServesOlder | Reason::StillServed => format!("{}{}.", self.serves("still serves"), self.replaced()),
            Reason::NothingNewer => {
                let due = match (&self.habit, self.found.due()) {
                    (Some(habit), _) => format!("the {habit}"),
                    (None, due) => format!("the renewal was due {} ago", self.since(due.map(Timestamp::as_second))),
                };
                format!("No newer certificate has these names; {due}.")
            }
            Reason::Cancelled
            | Reason::NotPaid
            | Reason::NoCredential
            | Reason::NotValidated
            | Reason::NotInContract
            | Reason::PendingLong => match self.found.state {
                State::Overdue => format!("No newer certificate has these names, and {}.", self.block()),
                _ if self.found.reason == Reason::PendingLong => format!("It is not issued, and {}.", self.block()),
                _ => format!("It cannot be renewed: {}.", self.block()),
            },
            Reason::NotIssued => match self.of.first_seen {
                Some(seen) => format!("It is not issued yet; first seen here {} ago.", self.since(Some(seen))),
                None => "It is not issued yet.".to_owned(),
            },
            Reason::NotRenewed => match self.row.left(self.now) {
                Some(left) => format!("The service says that it will not be renewed, and {} are left.", distance(left)),
                None => "The service says that it will not be renewed.".to_owned(),
            },
            Reason::NoEnd => {
                "The service gives no end that can be read, so nothing is known of its renewal.".to_owned()
            }
            Reason::Fine => match self.found.due() {
                Some(due) => format!("The renewal is due on {}, {} before the end.", day(due), self.reserve(due)),
                None => "The renewal is not due.".to_owned(),
            },
            Reason::Newer => self.newer(),
            Reason::Revoked if self.found.is_superseded() => "It is revoked, and a newer one was issued.".to_owned(),
            Reason::Revoked => format!("It is revoked, and {nothing_newer}."),
            Reason::Snoozed => self.snoozed(),
            Reason::Retired => match self.of.note.and_then(|note| note.retired.as_ref()) {
                Some(why) if !why.value.is_empty() => {
                    format!("{} says that it will not be renewed: {}.", clip(&why.who), sentence_end(&why.value))
                }
                Some(why) => format!("{} says that it will not be renewed.", clip(&why.who)),
                None => "It will not be renewed.".to_owned(),
            },
        }
    }

    fn next_step(&self) -> String {
        let text = match self.found.reason {
            Reason::Ended | Reason::SaidEnded => "Renew it in the ACME client, or retire it with a note.",
            Reason::ServesEnded | Reason::ServesRevoked if self.found.is_superseded() => {
                "Reload the server now: a newer one was issued."
            }
            Reason::ServesEnded | Reason::ServesRevoked => "Install a valid certificate on the server now.",
            Reason::ServesOther => "Install a certificate that has the name, or correct the address of the name.",
            Reason::ServesOlder | Reason::StillServed => "Reload the server, then probe again.",
            Reason::NothingNewer if self.found.state == State::Due => return self.wait(),
            Reason::NothingNewer => "Look at the ACME client that renews it: its timer and its log.",
            Reason::Cancelled => "Order its names under another contract, or retire it with a note.",
            Reason::NotPaid => "Continue the coverage of the contract, or order its names under another one.",
            Reason::NoCredential => "Create an ACME credential for the contract and give it to the client.",
            Reason::NotValidated => "Have the organization validated.",
            Reason::NotInContract => "Add the name to the contract, or retire the certificate with a note.",
            Reason::PendingLong => "Look for a failed validation in the log of the ACME client.",
            Reason::NotIssued => "Wait for the validation of its names.",
            Reason::NotRenewed => "Decide: renew it, or retire it with a note.",
            Reason::NoEnd => "Look at it in the web console.",
            Reason::Fine => "Nothing to do.",
            Reason::Newer if self.deployed() || self.found.proof == Some(Proof::Probe) => "Nothing to do.",
            Reason::Newer if self.of.seen.is_some_and(|seen| seen.verdict == Verdict::Same) => {
                "Reload the server, then probe again."
            }
            Reason::Newer => "Probe it to see what is served.",
            Reason::Revoked if self.found.is_superseded() => "Probe it to see what is served.",
            Reason::Revoked => "Order a new one if its names are still used.",
            Reason::Snoozed => "Nothing until then.",
            Reason::Retired => "Take its names out of service.",
        };
        text.to_owned()
    }

    /// What keeps it from being renewed, as the end of a sentence.
    fn block(&self) -> String {
        let contract = clip(self.row.contract().as_str());
        let facts = self.contract;
        let when = |when: Option<Timestamp>, past: &str, ahead: &str| match when {
            Some(at) => format!("{} {}", if at <= self.now { past } else { ahead }, day(at)),
            None => past.trim_end_matches(" on").to_owned(),
        };
        match self.found.reason {
            Reason::Cancelled => {
                let at = facts.and_then(|facts| facts.canceled.at());
                format!("contract {contract} {}", when(at, "was cancelled on", "will be cancelled on"))
            }
            Reason::NotPaid => {
                let at = facts.and_then(|facts| facts.valid_till.at());
                format!(
                    "the paid coverage of contract {contract} {} and is not continued",
                    when(at, "ended on", "ends on")
                )
            }
            Reason::NoCredential => format!("contract {contract} has no active ACME credential"),
            Reason::NotValidated => format!("the organization of contract {contract} is not validated"),
            Reason::PendingLong => format!("was first seen here {} ago", self.since(self.of.first_seen)),
            _ => {
                let names = facts.and_then(|facts| facts.names.as_ref());
                let absent = names.and_then(|names| scopes::absent(self.row, names));
                let name = absent.map_or_else(|| "one of its names".to_owned(), |name| clip(&name.text()));
                format!("contract {contract} does not hold {name} any more")
            }
        }
    }

    /// How it is superseded, and whether that is served.
    fn newer(&self) -> String {
        let ends =
            self.newer.and_then(|row| row.expires().at()).map_or_else(String::new, |at| format!(" ends {}", day(at)));
        let issued = match self.found.proof {
            Some(Proof::SameNames) => format!("A newer one with the same names was issued,{ends}"),
            Some(Proof::Wider) => format!("A newer one with these names and others was issued,{ends}"),
            Some(Proof::Wildcard) => format!("A newer one that has these names by a wildcard was issued,{ends}"),
            Some(Proof::Several) => {
                format!("Newer ones that have these names together were issued; the first of them{ends}")
            }
            Some(Proof::Probe) => {
                return format!("{}, a newer one that the service does not list yet.", self.serves("serves"));
            }
            Some(Proof::Status) | None => {
                "The service says that a newer one was issued, which is not listed".to_owned()
            }
        };
        let served = match self.of.seen {
            _ if self.deployed() => "a probe met it",
            Some(seen) if seen.verdict == Verdict::Same => "the last probe met the old one",
            Some(_) => "the last probe did not meet it",
            None => "not probed",
        };
        format!("{issued}; {served}.")
    }

    /// True when a probe met the newer certificate.
    fn deployed(&self) -> bool {
        let Some(by) = self.newer else { return false };
        let own = self.of.seen.is_some_and(|seen| {
            seen.verdict == Verdict::Newer && seen.serial.as_ref().map(SerialRef::from) == by.serial()
        });
        let its_own = || self.beside.row(by).seen.is_some_and(|seen| seen.verdict == Verdict::Same);
        by.serial().is_some() && self.found.proof != Some(Proof::Several) && (own || its_own())
    }

    fn snoozed(&self) -> String {
        let Some(snooze) = self.of.note.and_then(|note| note.snooze.as_ref()) else {
            return "It is put off.".to_owned();
        };
        let until = match snooze.value {
            Until::At(at) => format!("until {}", day(at)),
            Until::NextSerial => "until the next serial".to_owned(),
        };
        format!("{} put it off {until}, and at the latest to 72 h before the end.", clip(&snooze.who))
    }

    fn wait(&self) -> String {
        match self.found.overdue() {
            Some(at) => format!("Wait for the ACME client; it is overdue from {} on.", day(at)),
            None => "Wait for the ACME client.".to_owned(),
        }
    }

    fn server(&self) -> String {
        let address = self.of.seen.and_then(|seen| seen.address);
        address.map_or_else(|| "A server".to_owned(), |address| format!("The server {address}"))
    }

    /// `The server 192.0.2.7 serves serial ...71`.
    fn serves(&self, verb: &str) -> String {
        let serial = self.of.seen.and_then(|seen: &Seen| seen.serial.as_ref());
        let serial =
            serial.map_or_else(|| "a certificate".to_owned(), |serial| format!("serial ...{}", serial.tail(2)));
        format!("{} {verb} {serial}", self.server())
    }

    /// `, replaced 5 d ago`, by the first sight of the newer row.
    fn replaced(&self) -> String {
        let newer = if self.found.reason == Reason::StillServed { self.newer } else { Some(self.row) };
        match newer.and_then(|row| self.beside.row(row).first_seen) {
            Some(seen) => format!(", replaced {} ago", self.since(Some(seen))),
            None => ", which was replaced".to_owned(),
        }
    }

    fn served_end(&self) -> Option<i64> {
        self.of.seen.and_then(|seen| seen.ends.at()).map(Timestamp::as_second)
    }

    fn since(&self, second: Option<i64>) -> String {
        age(second.map_or(0, |second| self.now.as_second().saturating_sub(second)))
    }

    fn reserve(&self, due: Timestamp) -> String {
        age(end(self.row).map_or(0, |end| end.saturating_sub(due.as_second())))
    }
}

fn habit(last: i64, before: i64) -> String {
    if age(last) == age(before) {
        format!("last 2 renewals came with {} left", distance(last))
    } else {
        format!("last 2 renewals came with {} and {} left", distance(before), distance(last))
    }
}

/// `24 Nov 2026`, UTC.
fn day(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %b %Y").to_string()
}

/// Text within a sentence.
fn clip(text: &str) -> String {
    let mut short: String = text.chars().take(WITHIN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A note as the end of a sentence.
fn sentence_end(text: &str) -> String {
    clip(text).trim_end_matches('.').to_owned()
}
