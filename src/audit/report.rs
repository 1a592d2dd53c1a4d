//! Events of CertCentral, from all `audit-logs` reports whose files are on this machine.

use std::{collections::HashMap, hash::Hasher as _, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use super::Logs;
use crate::{
    domain::{
        Clean, Failure, FailureKind, When,
        audit::{AuditEvent, AuditResult, AuditSource, sync::Span},
        ids::{EventId, UserId},
        raw::Raw,
    },
    downloads::{Downloads, Kept},
    store::Origin,
    table::{self, Files, Stop, Table},
};

/// The type word of such a report.
const TYPE: &str = "audit-logs";
/// Why something may be missing between two reports.
const BETWEEN: &str = "no report that is here tells of it";
/// Rows that are taken at once.
const ROWS: u32 = 1_000;

/// Names that the columns go by.
const WHEN: &[&str] = &["date", "timestamp", "time", "created", "created_at", "event_date"];
const WHO: &[&str] = &["user", "user_name", "username", "name", "who"];
const WHO_ID: &[&str] = &["user_id", "userid"];
const ACTION: &[&str] = &["action", "event", "activity"];
const WHAT: &[&str] = &["object", "resource", "resource_name", "target", "target_name"];
const WHAT_ID: &[&str] = &["object_id", "resource_id", "target_id"];
const KIND: &[&str] = &["object_type", "resource_type", "type"];
const RESULT: &[&str] = &["result", "status", "outcome"];
const TEXT: &[&str] = &["description", "details", "message", "note"];
const FROM: &[&str] = &["ip_address", "ip", "client_ip"];
const ID: &[&str] = &["id", "event_id", "audit_id"];

/// A report that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    run: String,
    /// When its files came.
    at: Timestamp,
    /// Moments of its oldest and its newest event, milliseconds since 1970; `None` for one without any.
    ends: Option<(i64, i64)>,
}

/// Takes the reports that were not taken before, the oldest first; how many events are new.
pub async fn take(logs: &Logs, now: Timestamp) -> Result<usize, Failure> {
    let Some(downloads) = logs.downloads.clone() else { return Ok(0) };
    let here = move || kept(&downloads);
    let reports = tokio::task::spawn_blocking(here).await.map_err(|_| fault())??;
    let known = logs.index.token(AuditSource::Report).await?;
    let mut taken: Vec<Taken> = serde_json::from_str(&known).unwrap_or_default();
    let floor = logs.floor(now).as_millisecond();
    taken.retain(|one| {
        let is_here = reports.iter().any(|(kept, _)| kept.run.as_str() == one.run);
        is_here || one.ends.is_some_and(|(_, newest)| newest >= floor)
    });
    let mut new = 0;
    for (kept, files) in reports {
        let run = kept.run.to_string();
        if taken.iter().any(|one| one.run == run) {
            continue;
        }
        let (count, ends) = events(logs, files, &spans(&taken, floor)).await?;
        new += count;
        taken.push(Taken { run, at: kept.first_at, ends });
        // Only now all of it is here.
        let newest = taken.iter().map(|one| one.at).max().unwrap_or(kept.first_at).strftime("%-d %b").to_string();
        let shown = match taken.len() {
            1 => format!("the report of {newest}"),
            several => format!("{several} reports, the newest of {newest}"),
        };
        let list = serde_json::to_string(&taken).map_err(|_| fault())?;
        let origin = Origin { shown: shown.into(), token: list, read_at: kept.fetched_at };
        logs.index.add(AuditSource::Report, Vec::new(), spans(&taken, floor), Some(origin)).await?;
    }
    Ok(new)
}

/// Takes the events of a report while `spans` are here; how many are new, and the moments of its ends.
async fn events(logs: &Logs, files: Files, spans: &[Span]) -> Result<(usize, Option<(i64, i64)>), Failure> {
    let (stop, _guard) = Stop::guarded();
    let read = move || table::open(&files, &stop, &mut |_| {}).map_err(Failure::from);
    let table = tokio::task::spawn_blocking(read).await.map_err(|_| fault())??;
    let (mut new, mut seen, mut ends, mut first) = (0, HashMap::new(), None::<(i64, i64)>, 0);
    while first < table.rows() {
        let (part, counts) = (Arc::clone(&table), std::mem::take(&mut seen));
        let rows = move || rows(&part, first, counts);
        let (events, counts) = tokio::task::spawn_blocking(rows).await.map_err(|_| fault())??;
        seen = counts;
        for at in events.iter().filter_map(|event| event.at.at()).map(Timestamp::as_millisecond) {
            let (oldest, newest) = ends.get_or_insert((at, at));
            (*oldest, *newest) = ((*oldest).min(at), (*newest).max(at));
        }
        new += logs.index.add(AuditSource::Report, events, spans.to_vec(), None).await?;
        first = first.saturating_add(ROWS);
    }
    Ok((new, ends))
}

/// The stretches that reports tell of, the newest first. What lies before the oldest one is the limit of what was
/// ordered, and said by the names of the reports; what lies between two of them is a gap.
fn spans(taken: &[Taken], floor: i64) -> Vec<Span> {
    let mut ends: Vec<(i64, i64)> = taken.iter().filter_map(|one| one.ends).collect();
    ends.sort_unstable();
    let mut spans: Vec<Span> = Vec::new();
    for (oldest, newest) in ends {
        match spans.last_mut() {
            Some(last) if oldest <= last.newest => last.newest = last.newest.max(newest),
            _ => spans.push(Span { newest, oldest, why: BETWEEN.into() }),
        }
    }
    if let Some(first) = spans.first_mut() {
        first.oldest = first.oldest.min(floor.saturating_sub(1));
    }
    spans.reverse();
    spans
}

/// The reports whose files are here, the oldest first.
fn kept(downloads: &Downloads) -> Result<Vec<(Kept, Files)>, Failure> {
    let mut reports = downloads.kept()?;
    reports.retain(|kept| kept.report_type.as_str() == TYPE && kept.is_complete());
    reports.sort_by_key(|kept| kept.fetched_at);
    let files =
        |kept: &Kept| Files { paths: downloads.paths(kept), program: std::env::current_exe().ok(), sheet: None };
    Ok(reports.into_iter().map(|kept| (kept.clone(), files(&kept))).collect())
}

/// Where each member stands in a row.
struct Columns<'a> {
    table: &'a Table,
}

impl Columns<'_> {
    fn at(&self, names: &[&str]) -> Option<usize> {
        let is = |name: &&str| self.table.columns().iter().position(|column| column.name == **name);
        names.iter().find_map(is)
    }
}

/// How often each row came; a report may hold the same line twice, and each is an event.
type Counts = HashMap<u64, u32>;

fn rows(table: &Table, first: u32, mut seen: Counts) -> Result<(Vec<AuditEvent>, Counts), Failure> {
    let columns = Columns { table };
    let [when, who, who_id, action, what, what_id, kind, result, text, from, id] =
        [WHEN, WHO, WHO_ID, ACTION, WHAT, WHAT_ID, KIND, RESULT, TEXT, FROM, ID].map(|names| columns.at(names));
    let numbers: Vec<u32> = (first..table.rows().min(first.saturating_add(ROWS))).collect();
    let rows = table.rows_at(&numbers).map_err(Failure::from)?;
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let cell = |at: Option<usize>| at.map_or("", |at| row.cell(at));
        let members = table
            .columns()
            .iter()
            .enumerate()
            .map(|(at, column)| (column.title.to_string(), serde_json::Value::from(row.cell(at))));
        let raw = serde_json::Value::Object(members.collect()).to_string();
        let mut hasher = SipHasher13::new();
        hasher.write(raw.as_bytes());
        let hash = hasher.finish();
        let count = seen.entry(hash).or_default();
        *count += 1;
        let own = cell(id);
        let id = if own.is_empty() { format!("{hash:016x}.{count}") } else { own.to_owned() };
        events.push(AuditEvent {
            source: AuditSource::Report,
            id: EventId::new(&id),
            at: When::parse(cell(when)),
            actor_id: UserId::new(cell(who_id)),
            actor: Clean::new(cell(who)),
            action: Clean::new(cell(action)),
            resource_type: Clean::new(cell(kind)),
            resource_id: Clean::new(cell(what_id)),
            resource_name: Clean::new(cell(what)),
            result: AuditResult::parse(cell(result)),
            code: None,
            change: None,
            description: Clean::new(cell(text)),
            ip_address: Clean::new(cell(from)),
            raw: Raw::new(&raw),
        });
    }
    Ok((events, seen))
}

fn fault() -> Failure {
    Failure::new(FailureKind::Internal, "the report could not be read: a fault of this program")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(all: &[Option<(i64, i64)>]) -> Vec<Taken> {
        all.iter().map(|ends| Taken { run: String::new(), at: Timestamp::UNIX_EPOCH, ends: *ends }).collect()
    }

    #[test]
    fn reports_that_overlap_are_one_stretch_and_what_no_report_tells_of_is_a_gap() {
        let of = |all: &[Option<(i64, i64)>]| {
            spans(&taken(all), 10).into_iter().map(|span| (span.oldest, span.newest)).collect::<Vec<_>>()
        };
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[None]), []);
        assert_eq!(of(&[Some((50, 60))]), [(9, 60)]);
        assert_eq!(of(&[Some((50, 60)), Some((20, 50)), None]), [(9, 60)]);
        assert_eq!(of(&[Some((50, 60)), Some((20, 30)), Some((25, 28))]), [(50, 60), (9, 30)]);
        assert_eq!(of(&[Some((1, 5)), Some((50, 60))]), [(50, 60), (1, 5)]);
    }
}
