//! Events of CertCentral, from the newest `audit-logs` report whose files are on this machine.

use std::{collections::HashMap, hash::Hasher as _, sync::Arc};

use jiff::Timestamp;
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

/// Takes the newest report, unless it was taken before.
pub async fn take(logs: &Logs, now: Timestamp) -> Result<usize, Failure> {
    let Some(downloads) = logs.downloads.clone() else { return Ok(0) };
    let newest = move || newest(&downloads);
    let Some((kept, files)) = tokio::task::spawn_blocking(newest).await.map_err(|_| fault())?? else { return Ok(0) };
    let token = kept.run.to_string();
    if logs.index.token(AuditSource::Report).await? == token {
        return Ok(0);
    }
    let (stop, _guard) = Stop::guarded();
    let read = move || table::open(&files, &stop, &mut |_| {}).map_err(Failure::from);
    let table = tokio::task::spawn_blocking(read).await.map_err(|_| fault())??;
    let (mut new, mut seen, mut span) = (0, HashMap::new(), None::<(i64, i64)>);
    let shown: Clean = format!("the report of {}", kept.first_at.strftime("%-d %b")).into();
    let mut first = 0;
    while first < table.rows() {
        let (part, counts) = (Arc::clone(&table), std::mem::take(&mut seen));
        let rows = move || rows(&part, first, counts);
        let (events, counts) = tokio::task::spawn_blocking(rows).await.map_err(|_| fault())??;
        seen = counts;
        for at in events.iter().filter_map(|event| event.at.at()).map(Timestamp::as_millisecond) {
            let (oldest, newest) = span.get_or_insert((at, at));
            (*oldest, *newest) = ((*oldest).min(at), (*newest).max(at));
        }
        new += logs.index.add(AuditSource::Report, events, Vec::new(), None).await?;
        first = first.saturating_add(ROWS);
    }
    // Only now all of it is here. What the report does not tell of is its own limit, and said by its name.
    let floor = logs.floor(now).as_millisecond().saturating_sub(1);
    let spans = span.map(|(_, newest)| Span { newest, oldest: floor, why: "".into() });
    let origin = Origin { shown, token, read_at: kept.fetched_at };
    logs.index.add(AuditSource::Report, Vec::new(), spans.into_iter().collect(), Some(origin)).await?;
    Ok(new)
}

fn newest(downloads: &Downloads) -> Result<Option<(Kept, Files)>, Failure> {
    let all = downloads.kept()?;
    let reports = all.into_iter().filter(|kept| kept.report_type.as_str() == TYPE && kept.is_complete());
    let newest = reports.max_by_key(|kept| kept.fetched_at);
    Ok(newest.map(|kept| {
        let files = Files { paths: downloads.paths(&kept), program: std::env::current_exe().ok(), sheet: None };
        (kept, files)
    }))
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
