//! A certificate as it leaves the program: what the service says, and what triage found of it.

use super::estate::Judged;
use crate::{
    cli::item::{Item, rfc3339},
    domain::{
        Clean, When,
        acme::{
            AcmeCertificate, CertificateStatus, San,
            note::{Note, Stated, Until},
            probe::{Seen, Verdict},
            triage::Assessment,
        },
        subject::View,
    },
    present,
};

/// Members of a certificate, in order.
pub const MEMBERS: &[&str] = &[
    "account_id",
    "acme_contract_id",
    "domain",
    "status",
    "expiration_date",
    "serial_number",
    "sans",
    "state",
    "tier",
    "reason",
    "next_step",
    "left_seconds",
    "due_at",
    "lifetime_days",
    "lifetime_source",
    "superseded_by",
    "served",
    "triage",
];

/// The members of a row.
pub fn item(row: View<'_, AcmeCertificate>, judged: &Judged<'_>) -> Item {
    let found = row.derived;
    let words = judged.explain(row.index);
    let life = found.and_then(Assessment::lifetime);
    let at = u32::try_from(row.index).ok();
    let newer =
        at.and_then(|at| judged.triage.superseded_by(at, judged.rows)).and_then(|at| judged.rows.get(at as usize));
    let key = row.key();
    let facts = &judged.estate().facts;
    Item::default()
        .text("account_id", row.account().as_str())
        .text("acme_contract_id", row.contract().as_str())
        .text("domain", row.domain().as_str())
        .text("status", row.status().as_str())
        .when("expiration_date", &row.expires())
        .text("serial_number", serial(row.record))
        .texts("sans", row.names().iter().map(San::text))
        .text("state", &present::acme::state_label(row))
        .with("tier", found.map(|found| found.state.tier()))
        .with("reason", words.as_ref().map(|words| words.reason.as_str()))
        .with("next_step", words.as_ref().map(|words| words.next_step.as_str()))
        .with("left_seconds", row.left(judged.now()))
        .with("due_at", found.and_then(Assessment::due).map(rfc3339))
        .with("lifetime_days", life.map(|(days, _)| days))
        .with("lifetime_source", life.map(|(_, source)| source.word()))
        .text("superseded_by", newer.map_or("", |row| serial(row)))
        .item("served", facts.probes.get(&key).map(served))
        .item("triage", facts.notes.get(&key).map(note))
}

/// The members that are null in one of these rows because nothing here can tell.
pub fn unknown(rows: &[View<'_, AcmeCertificate>], judged: &Judged<'_>) -> Vec<String> {
    let estate = judged.estate();
    let any = |is: &dyn Fn(&View<'_, AcmeCertificate>) -> bool| rows.iter().any(is);
    let no_end = any(&|row| row.expires().at().is_none() && *row.status() != CertificateStatus::Pending);
    let by_word = any(&|row| row.derived.and_then(|found| found.proof).is_some_and(|proof| !proof.is_listed()));
    let not_probed = any(&|row| !estate.facts.probes.contains_key(&row.key()));
    let mut members = Vec::new();
    if no_end {
        members.extend(["left_seconds", "due_at", "lifetime_days", "lifetime_source"]);
    }
    members.extend(by_word.then_some("superseded_by"));
    members.extend(not_probed.then_some("served"));
    members.extend((!estate.notes_read && !rows.is_empty()).then_some("triage"));
    members.into_iter().map(|name| format!("items.{name}")).collect()
}

/// The serial as the service wrote it; empty when there is none.
pub fn serial(row: &AcmeCertificate) -> &str {
    row.serial().map_or("", |serial| serial.raw())
}

/// The main name, short enough for a line.
pub fn name(row: &AcmeCertificate) -> String {
    present::short(row.domain().as_str())
}

fn served(seen: &Seen) -> Item {
    let address = seen.address.map(|address| address.to_string());
    Item::default()
        .with("verdict", verdict(seen.verdict))
        .with("address", address)
        .text("serial_number", seen.serial.as_ref().map_or("", |serial| serial.raw()))
        .when("expiration_date", &seen.ends)
        .with("at", rfc3339(seen.at))
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "same",
        Verdict::Older => "older",
        Verdict::Newer => "newer",
        Verdict::Other => "other",
        Verdict::Foreign => "foreign",
        Verdict::Mismatch => "mismatch",
        Verdict::Mixed => "mixed",
        Verdict::Unreachable => "unreachable",
        Verdict::NotVerifiable => "not_verifiable",
    }
}

fn note(note: &Note) -> Item {
    let stated = |of: &Option<Stated<Clean>>| of.as_ref().map(|of| stated(of, of.value.as_str()));
    let until = |until: Until| match until {
        Until::At(at) => rfc3339(at),
        Until::NextSerial => "next serial".to_owned(),
    };
    Item::default()
        .item("acknowledged", stated(&note.acknowledged))
        .item("snoozed_until", note.snooze.as_ref().map(|of| self::stated(of, &until(of.value))))
        .item("owner", stated(&note.owner))
        .item("retired", stated(&note.retired))
}

fn stated<T>(of: &Stated<T>, text: &str) -> Item {
    Item::default().with("text", text).text("by", &of.who).when("at", &When::At(of.at))
}
