//! Audit events.

use std::{path::Path, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    args::Audit,
    console::warn,
    exit::{Exit, Outcome, Trouble},
    grid::Grid,
    item::{Item, rfc3339},
    listing::{self, Wish},
    session::{Desk, Print, warn_of},
    sheet::{Gap, Source},
};
use crate::{
    audit::LISTED,
    client::{AuditQuery, Client, Silent},
    domain::{
        audit::{
            AuditEvent, AuditSource,
            look::{Events, Extract},
            standing::{LogStanding, Standing},
        },
        dataset::Completeness,
        filter::Filter,
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
const SYNCED: &str = "audit.logs";
const OF_SYNC: &[&str] = &["source", "as_of", "events", "gaps", "error"];
const EXPORTED: &str = "audit.export";
const OF_EXPORT: &[&str] = &["file", "manifest", "events", "sha256", "gaps"];

/// Runs an `audit` command.
pub fn run(what: &Audit, desk: &mut Desk<'_>) -> Outcome {
    match what {
        Audit::List { since, limit, kept: false } => list(*since, *limit, desk),
        Audit::List { since, limit, kept: true } => kept(*since, *limit, desk),
        Audit::Sync => sync(desk),
        Audit::Export { file, since } => export(file, *since, desk),
    }
}

fn back(since: Duration, desk: &Desk<'_>) -> Option<Timestamp> {
    SignedDuration::try_from(since).ok().and_then(|back| desk.now().checked_sub(back).ok())
}

/// Asks the services, and keeps nothing.
fn list(since: Duration, limit: u32, desk: &mut Desk<'_>) -> Outcome {
    let wish = Wish::<AuditEvent>::new(desk.global)?;
    let since = back(since, desk);
    let most = usize::try_from(limit).ok();
    let query = |source| AuditQuery { most, since, ..AuditQuery::all(source) };
    let mut data = Vec::new();
    for source in LISTED {
        data.push(desk.wait(async |client: &Client| Ok(client.audit(&query(source), &mut Silent).await))?);
    }
    // One log that answers is worth showing; none is a failure.
    if let [Err(first), Err(_)] = data.as_slice() {
        return Err(first.clone().into());
    }
    let (mut events, mut exit, mut sources, mut gaps) = (Vec::new(), Exit::Done, Vec::new(), Vec::new());
    for (source, list) in LISTED.into_iter().map(AuditSource::word).zip(data) {
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
                warn(&format!("{source}: not read: {why}"));
                exit = exit.max(Exit::of(why.kind));
                sources.push(Source::failed(source, &why));
                why
            }
        };
        gaps.push(Gap { source, from: since.map(rfc3339), to: None, reason: why.to_string() });
    }
    events.sort_by(Record::tie);
    events.truncate(most.unwrap_or(usize::MAX));
    print(&events, &wish, (sources, gaps), desk)?;
    Ok(exit)
}

/// Prints what is kept.
fn kept(since: Duration, limit: u32, desk: &mut Desk<'_>) -> Outcome {
    let wish = Wish::<AuditEvent>::new(desk.global)?;
    let (logs, now, since) = (desk.logs(), desk.now(), back(since, desk));
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let text = desk.global.filter.clone().unwrap_or_default();
    let filter =
        Filter::parse(&text, AuditEvent::FIELDS).map_err(|error| Trouble::usage(format!("--filter: {error}")))?;
    let (events, standing) = desk.wait(async |_: &Client| {
        let wanted = Events { filter, now, before: None, most };
        let (mut events, _) = logs.index.events(wanted).await?;
        events.retain(|event| since.is_none_or(|since| event.at.at().is_none_or(|at| at >= since)));
        Ok((events, logs.standing(now).await?))
    })?;
    let told = of(&standing);
    print(&events, &wish, told, desk)?;
    if standing.logs.is_empty() {
        warn("no audit events are kept yet: `certdeck audit sync` reads them");
    }
    Ok(Exit::Done)
}

/// Sources and gaps of what is kept.
fn of(standing: &Standing) -> (Vec<Source>, Vec<Gap>) {
    let source = |log: &LogStanding| Source {
        name: log.source.word(),
        as_of: log.read_at.map(rfc3339),
        complete: log.failure.is_none() && log.gaps.is_empty(),
        error: log.failure.as_ref().map(ToString::to_string),
        notes: (!log.origin.is_empty()).then(|| format!("from {}", log.origin)).into_iter().collect(),
    };
    let gaps = standing.gaps().map(|(source, gap)| {
        let (from, to) = gap.ends();
        Gap { source: source.word(), from: Some(rfc3339(from)), to: Some(rfc3339(to)), reason: gap.why.to_string() }
    });
    (standing.logs.iter().map(source).collect(), gaps.collect())
}

fn print(
    events: &[AuditEvent],
    wish: &Wish<AuditEvent>,
    (sources, gaps): (Vec<Source>, Vec<Gap>),
    desk: &mut Desk<'_>,
) -> Outcome {
    let rows = wish.rows(events.iter().map(View::from), desk.now());
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
    })
}

/// Reads all logs, and says how each stands.
fn sync(desk: &mut Desk<'_>) -> Outcome {
    let (logs, now) = (desk.logs(), desk.now());
    let (synced, standing, health) = desk.wait(async |client: &Client| {
        let synced = logs.sync(client, now, &mut |_| {}).await?;
        Ok((synced, logs.standing(now).await?, logs.index.health().await))
    })?;
    for why in health.0.why().into_iter().chain(&health.1) {
        warn(&why.to_string());
    }
    let mut exit = Exit::Done;
    for (source, why) in &synced.failures {
        warn(&format!("{}: {why}", source.word()));
        exit = exit.max(Exit::of(why.kind));
    }
    let (sources, gaps) = of(&standing);
    let items: Vec<Item> = standing
        .logs
        .iter()
        .map(|log| {
            Item::default()
                .with("source", log.source.word())
                .with("as_of", log.read_at.map(rfc3339))
                .with("events", log.events)
                .with("gaps", log.gaps.len())
                .with("error", log.failure.as_ref().map(ToString::to_string))
        })
        .collect();
    whole((SYNCED, OF_SYNC), &items, (sources, gaps), desk)?;
    Ok(exit)
}

/// Writes what is kept.
fn export(file: &Path, since: Option<Duration>, desk: &mut Desk<'_>) -> Outcome {
    let mut words = desk.global.filter.clone().unwrap_or_default();
    if let Some(since) = since.and_then(|since| back(since, desk)) {
        words.push_str(" time>=");
        words.push_str(&rfc3339(since));
    }
    let filter =
        Filter::parse(&words, AuditEvent::FIELDS).map_err(|error| Trouble::usage(format!("--filter: {error}")))?;
    let (logs, now) = (desk.logs(), desk.now());
    let extract = Extract { filter, words, now };
    let (written, standing) =
        desk.wait(async |_: &Client| Ok((logs.write(file, extract).await?, logs.standing(now).await?)))?;
    if standing.logs.is_empty() {
        warn("no audit events are kept yet: `certdeck audit sync` reads them");
    }
    let item = Item::default()
        .text("file", &file.display().to_string())
        .text("manifest", &written.manifest.display().to_string())
        .with("events", written.events)
        .with("sha256", written.sha256)
        .with("gaps", written.gaps);
    whole((EXPORTED, OF_EXPORT), &[item], of(&standing), desk)
}

fn whole(
    (kind, members): (&'static str, &'static [&'static str]),
    items: &[Item],
    (sources, gaps): (Vec<Source>, Vec<Gap>),
    desk: &mut Desk<'_>,
) -> Outcome {
    let item = |at: usize| items.get(at).cloned().unwrap_or_default();
    let grid = || Grid::facts(items);
    desk.print(Print {
        kind,
        members,
        sources,
        total: items.len(),
        len: items.len(),
        item: &item,
        grid: &grid,
        unknown: Vec::new(),
        gaps: Some(gaps),
    })
}

fn item(event: &AuditEvent) -> Item {
    Item::default()
        .with("source", event.source.word())
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
