//! ACME certificates.

use jiff::Timestamp;

use super::{
    args::Acme,
    exit::Outcome,
    find::absent,
    grid::Grid,
    item::Item,
    listing::{self, Wish},
    session::{Desk, Print, warn_of},
    sheet::Source,
};
use crate::{
    client::{Client, Silent},
    domain::{
        acme::{AcmeCertificate, facts::Facts, triage::assess},
        name::Name,
        serial::Serial,
        subject::View,
    },
    present,
};

const KIND: &str = "acme.certificates";
const MEMBERS: &[&str] = &[
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
const SOURCE: &str = "partner";

/// What triage will derive; null until then.
const UNKNOWN: &[&str] =
    &["tier", "reason", "next_step", "due_at", "lifetime_days", "lifetime_source", "superseded_by", "served", "triage"];

/// Runs an `acme` command.
pub fn run(what: &Acme, desk: &mut Desk<'_>) -> Outcome {
    let wish = Wish::<AcmeCertificate>::new(desk.global)?;
    let data = desk.wait(async |client: &Client| client.acme_certificates(&mut Silent).await)?;
    let now = desk.now();
    let facts = Facts::default();
    let all: Vec<&AcmeCertificate> = data.rows.iter().collect();
    let triage = assess(&all, &facts, now);
    let views = all.iter().zip(triage.assessments.iter()).enumerate();
    let views = views.map(|(index, (record, found))| View { record: *record, derived: Some(found), index });
    let mut rows = wish.rows(views, now);
    if let Acme::Show { subject } = what {
        rows.retain(|row| is_about(row, subject));
    }
    let exit = warn_of(SOURCE, &data);
    if let (Acme::Show { subject }, true) = (what, rows.is_empty()) {
        return absent("certificate has the name or serial number", subject, "`certdeck acme list`", exit);
    }
    let item = |at: usize| rows.get(at).map_or_else(Item::default, |row| item(row, now));
    let look = desk.look();
    let grid = || match what {
        Acme::List => listing::grid(&rows, &look),
        Acme::Show { .. } => Grid::facts(&(0..rows.len()).map(item).collect::<Vec<_>>()),
    };
    let sources = vec![Source::read(SOURCE, &data)];
    let unknown = UNKNOWN.iter().map(|name| format!("items.{name}")).collect();
    let len = rows.len();
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources,
        total: data.rows.len(),
        len,
        item: &item,
        grid: &grid,
        unknown,
        gaps: None,
    })?;
    Ok(exit)
}

fn is_about(row: &AcmeCertificate, subject: &str) -> bool {
    let name = Name::new(subject);
    let named = row.domain == name || row.names.iter().any(|known| *known == name);
    named || Serial::parse(subject).is_some_and(|serial| row.serial.as_ref() == Some(&serial))
}

fn item(row: &View<'_, AcmeCertificate>, now: Timestamp) -> Item {
    let (before, behind) = UNKNOWN.split_at(3);
    Item::default()
        .text("account_id", row.account.as_str())
        .text("acme_contract_id", row.contract.as_str())
        .text("domain", row.domain.as_str())
        .text("status", row.status.as_str())
        .when("expiration_date", &row.expires)
        .text("serial_number", row.serial.as_ref().map_or("", |serial| serial.raw().as_str()))
        .texts("sans", row.names.iter().map(Name::as_str))
        .text("state", &present::acme::state_label(*row))
        .nulls(before)
        .with("left_seconds", row.left(now))
        .nulls(behind)
}
