//! The records of the services as entries. No member of them is a secret.

use std::{collections::HashSet, fmt::Write as _};

use super::{Delta, Entry, Member, Topic, Way};
use crate::domain::{
    acme::{AcmeCertificate, CertificateStatus, San},
    ca::{Ca, CaRequest, RevocationReason, Template},
    ids::{AccountId, CaId, RequestId, UserId},
    report::HistoryRecord,
    serial::Serial,
    text::Clean,
    when::When,
};

/// A record that snapshots have.
pub trait Tracked {
    /// What it is.
    const TOPIC: Topic;

    /// Appends what tells it from others of its topic: safe text.
    fn write_key(&self, out: &mut String);

    /// The record as an entry.
    fn entry(&self) -> Entry;
}

/// A complete list of records, whatever they are.
pub trait Records: Send + Sync {
    /// What they are.
    fn topic(&self) -> Topic;

    /// How many.
    fn len(&self) -> usize;

    /// True when there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the key of the record at a place.
    fn write_key(&self, at: usize, out: &mut String);

    /// The record at a place; `None` when there is none.
    fn entry(&self, at: usize) -> Option<Entry>;
}

impl<T: Tracked + Send + Sync> Records for Vec<T> {
    fn topic(&self) -> Topic {
        T::TOPIC
    }

    fn len(&self) -> usize {
        Self::len(self)
    }

    fn write_key(&self, at: usize, out: &mut String) {
        if let Some(record) = self.get(at) {
            record.write_key(out);
        }
    }

    fn entry(&self, at: usize) -> Option<Entry> {
        self.get(at).map(Tracked::entry)
    }
}

fn key_of<T: Tracked>(record: &T) -> Clean {
    let mut key = String::new();
    record.write_key(&mut key);
    key.into()
}

fn moment(when: &When) -> Clean {
    match when {
        When::At(at) => at.to_string().into(),
        When::Odd(text) => text.clone(),
        When::Never => Clean::default(),
    }
}

fn flag(value: Option<bool>) -> Clean {
    value.map_or_else(Clean::default, |value| if value { "yes" } else { "no" }.into())
}

/// Texts in order, one behind the other.
fn list<T: AsRef<str> + Ord>(texts: impl Iterator<Item = T>) -> Clean {
    let mut texts: Vec<T> = texts.collect();
    texts.sort_unstable();
    texts.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ").into()
}

impl Tracked for AcmeCertificate {
    const TOPIC: Topic = Topic::Certificate;

    /// Account, contract and serial; of a record without one the names behind a `-`.
    fn write_key(&self, out: &mut String) {
        // Writing to a text does not fail.
        let _ = write!(out, "{} {} ", self.account(), self.contract());
        match self.serial() {
            Some(serial) => out.push_str(serial.digits()),
            None => out.push_str(&self.key().tail),
        }
    }

    fn entry(&self) -> Entry {
        Entry {
            key: key_of(self),
            name: Clean::kept(self.domain().as_str(), self.domain().is_marked()),
            facts: vec![
                (Member::Status, self.status().as_str().into()),
                (Member::Ends, moment(&self.expires())),
                (Member::Names, list(self.names().iter().map(San::text))),
            ],
        }
    }
}

impl Tracked for Ca {
    const TOPIC: Topic = Topic::Ca;

    fn write_key(&self, out: &mut String) {
        out.push_str(self.id.as_str());
    }

    fn entry(&self) -> Entry {
        let id = |id: Option<&CaId>| id.map_or_else(Clean::default, |id| id.text().clone());
        let mut facts = vec![
            (Member::Status, self.status.as_str().into()),
            (Member::CertType, self.cert_type.as_str().into()),
            (Member::HostedType, self.hosted_type.as_str().into()),
            (Member::Issuer, id(self.issuer.as_ref())),
            (Member::Serial, self.serial.as_ref().map_or("", Serial::digits).into()),
            (Member::Sha256, self.sha256.clone()),
            (Member::ValidFrom, moment(&self.valid_from)),
            (Member::ValidTo, moment(&self.valid_to)),
            (Member::Key, self.key.clone()),
            (Member::Revoked, flag(self.is_revoked)),
            (Member::RevokedDate, moment(&self.revoked_date)),
            (Member::Reason, self.revoked_reason.as_ref().map_or("", RevocationReason::as_str).into()),
            (Member::Pending, self.pending_request.as_ref().map_or("", RequestId::as_str).into()),
        ];
        // A record that does not say has not lost them.
        if let Some(templates) = &self.templates {
            facts.push((Member::Templates, list(templates.iter().map(|template| template.name.as_str()))));
        }
        Entry { key: self.id.text().clone(), name: self.name.clone(), facts }
    }
}

impl Tracked for CaRequest {
    const TOPIC: Topic = Topic::Request;

    fn write_key(&self, out: &mut String) {
        out.push_str(self.id.as_str());
    }

    fn entry(&self) -> Entry {
        let named = |id: Option<&str>, name: &Clean| {
            if name.is_empty() { id.unwrap_or_default().into() } else { name.clone() }
        };
        Entry {
            key: self.id.text().clone(),
            name: self.id.text().clone(),
            facts: vec![
                (Member::Status, self.status.as_str().into()),
                (Member::Reason, self.reason.as_ref().map_or("", RevocationReason::as_str).into()),
                (Member::RequestType, self.request_type.as_str().into()),
                (Member::Ca, self.ca.text().clone()),
                (Member::CaName, self.ca_name.clone()),
                (Member::Comment, self.comment.clone()),
                (Member::By, named(self.requested_by.as_ref().map(UserId::as_str), &self.requested_by_name)),
                (Member::Requested, moment(&self.requested)),
                (Member::ReviewedBy, named(self.reviewed_by.as_ref().map(UserId::as_str), &self.reviewed_by_name)),
                (Member::Reviewed, moment(&self.reviewed)),
                (Member::ReviewComment, self.review_comment.clone()),
            ],
        }
    }
}

impl Tracked for HistoryRecord {
    const TOPIC: Topic = Topic::Report;

    /// The report and its run; of a definition that waits the report alone.
    fn write_key(&self, out: &mut String) {
        out.push_str(self.report.as_str());
        if let Some(run) = &self.run {
            out.push(' ');
            out.push_str(run.as_str());
        }
    }

    fn entry(&self) -> Entry {
        Entry {
            key: key_of(self),
            name: self.name.clone(),
            facts: vec![
                (Member::Status, self.status.as_str().into()),
                (Member::By, self.created_by.as_ref().map_or_else(Clean::default, |(_, name)| name.clone())),
                (Member::ReportType, self.report_type.clone()),
                (Member::Schedule, self.schedule.as_str().into()),
                (Member::Format, self.format.clone()),
                (Member::Started, moment(&self.started)),
                (Member::Ended, moment(&self.ended)),
                (Member::Parts, self.parts.to_string().into()),
            ],
        }
    }
}

impl Tracked for Template {
    const TOPIC: Topic = Topic::Template;

    fn write_key(&self, out: &mut String) {
        out.push_str(self.id.as_str());
    }

    fn entry(&self) -> Entry {
        Entry {
            key: self.id.text().clone(),
            name: self.name.clone(),
            facts: vec![
                (Member::Status, self.status.clone()),
                (Member::CertType, self.cert_type.clone()),
                (Member::Accounts, list(self.accounts.iter().map(AccountId::as_str))),
            ],
        }
    }
}

impl Delta {
    /// Serial number of a certificate, its CA's id of a CA or request, its report's of a report; `None` where the record
    /// has none, or is gone and its screen has nothing of it.
    pub fn subject(&self) -> Option<&str> {
        let entry = self.last()?;
        match self.topic {
            Topic::Certificate => entry.key.rsplit(' ').next().filter(|tail| !tail.starts_with('-')),
            Topic::Ca | Topic::Template => Some(&entry.key),
            Topic::Request => entry.fact(Member::Ca).map(Clean::as_str).filter(|ca| !ca.is_empty()),
            Topic::Report => entry.key.split(' ').next(),
        }
    }

    /// Whether a certificate is new and issued.
    pub fn is_issue(&self) -> bool {
        self.topic == Topic::Certificate
            && self.way() == Way::New
            && self.fact(Member::Status) == CertificateStatus::Issued.as_str()
    }
}

/// How many of the new certificates of `deltas` follow another one of their contract with the same names among `rows`:
/// one pass over them.
pub fn renewals<'a>(deltas: &[Delta], rows: impl Iterator<Item = &'a AcmeCertificate>) -> usize {
    let issued: Vec<&Delta> = deltas.iter().filter(|delta| delta.is_issue()).collect();
    let domains: HashSet<&str> = issued.iter().map(|delta| delta.name()).collect();
    let new: HashSet<&str> = issued.iter().map(|delta| delta.key()).collect();
    let set = |contract: &str, names: &str| format!("{contract} {names}");
    let mut before = HashSet::new();
    let mut key = String::new();
    for row in rows.filter(|row| domains.contains(row.domain().as_str())) {
        key.clear();
        row.write_key(&mut key);
        if !new.contains(key.as_str()) && row.serial().is_some() {
            let names = list(row.names().iter().map(San::text));
            before.insert(set(row.contract().as_str(), &names));
        }
    }
    let follows = |delta: &&&Delta| {
        let contract = delta.key().split(' ').nth(1).unwrap_or_default();
        before.contains(&set(contract, delta.fact(Member::Names)))
    };
    issued.iter().filter(follows).count()
}
