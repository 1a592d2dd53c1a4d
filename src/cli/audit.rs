//! Audit events.

use jiff::SignedDuration;

use super::{
    args::Audit,
    exit::{Exit, Outcome},
    item::{Item, rfc3339},
    listing::{self, Wish},
    session::{Desk, Print, warn_of},
    sheet::{Gap, Source},
};
use crate::{
    client::{AuditQuery, Client, Silent},
    domain::{
        audit::{AuditEvent, AuditSource},
        dataset::Completeness,
        subject::View,
    },
    present::column::Record,
};

const KIND: &str = "audit.events";
const MEMBERS: &[&str] = &[
    "source",
    "id",
    "timestamp",
    "actor",
    "action",
    "resource_type",
    "resource_id",
    "resource_name",
    "result",
    "description",
    "ip_address",
];
const SOURCES: [AuditSource; 2] = [AuditSource::PrivateCa, AuditSource::AccountManager];

/// Runs an `audit` command.
pub fn run(what: &Audit, desk: &mut Desk<'_>) -> Outcome {
    let Audit::List { since, limit } = what;
    let wish = Wish::<AuditEvent>::new(desk.global)?;
    let since = SignedDuration::try_from(*since).ok().and_then(|back| desk.now().checked_sub(back).ok());
    let most = usize::try_from(*limit).ok();
    let query = |source| AuditQuery { most, since, ..AuditQuery::all(source) };
    let mut data = Vec::new();
    for source in SOURCES {
        data.push(desk.wait(async |client: &Client| Ok(client.audit(&query(source), &mut Silent).await))?);
    }
    // One log that answers is worth showing; none is a failure.
    if let [Err(first), Err(_)] = data.as_slice() {
        return Err(first.clone().into());
    }
    let now = desk.now();
    let (mut events, mut exit, mut sources, mut gaps) = (Vec::new(), Exit::Done, Vec::new(), Vec::new());
    for (source, list) in SOURCES.into_iter().map(word).zip(data) {
        let why = match list {
            Ok(list) => {
                exit = exit.max(warn_of(source, &list));
                sources.push(Source::read(source, &list));
                events.extend(list.rows);
                match list.completeness {
                    Completeness::Complete => continue,
                    Completeness::Partial { why, .. } => why,
                }
            }
            Err(why) => {
                super::console::warn(&format!("{source}: not read: {why}"));
                exit = exit.max(Exit::of(why.kind));
                sources.push(Source::failed(source, &why));
                why
            }
        };
        gaps.push(Gap { source, from: since.map(rfc3339), to: None, reason: why.to_string() });
    }
    events.sort_by(Record::tie);
    events.truncate(most.unwrap_or(usize::MAX));
    let rows = wish.rows(events.iter().map(View::from), now);
    let look = desk.look();
    let item = |at: usize| rows.get(at).map_or_else(Item::default, |row| item(row));
    let grid = || listing::grid(&rows, &look);
    let (total, len) = (events.len(), rows.len());
    let unknown = Vec::new();
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources,
        total,
        len,
        item: &item,
        grid: &grid,
        unknown,
        gaps: Some(gaps),
    })?;
    Ok(exit)
}

/// Name of a log in the output.
const fn word(source: AuditSource) -> &'static str {
    match source {
        AuditSource::PrivateCa => "private_ca",
        AuditSource::AccountManager => "account_manager",
    }
}

fn item(event: &AuditEvent) -> Item {
    Item::default()
        .with("source", word(event.source))
        .text("id", event.id.as_str())
        .when("timestamp", &event.at)
        .text("actor", if event.actor.is_empty() { event.actor_id.as_str() } else { &event.actor })
        .text("action", &event.action)
        .text("resource_type", &event.resource_type)
        .text("resource_id", &event.resource_id)
        .text("resource_name", &event.resource_name)
        .text("result", event.result.as_str())
        .text("description", &event.description)
        .text("ip_address", &event.ip_address)
}
