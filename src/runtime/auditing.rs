//! Audit events: their logs as a source, looks at them, and writing them.

use std::{path::Path, time::Duration};

use jiff::Timestamp;
use tokio::sync::watch;

use super::{perform::Replies, run::Ready};
use crate::{
    audit::Logs,
    domain::{
        Clean, Failure, FailureKind,
        audit::{AuditEvent, look::Extract},
        dataset::{Completeness, Dataset},
    },
    flow::{Look, Msg, Reply},
};

/// Events that every screen can see, newest first; the index has the others.
const EVENTS: usize = 500;
/// Between two words to the screen of what is being read.
const PACE: Duration = Duration::from_secs(1);

/// Reads the logs into the index; the newest events are what others see of them.
pub async fn read(ready: &Ready, replies: &Replies) -> Result<Dataset<AuditEvent>, Failure> {
    let (logs, now) = (&ready.logs, ready.client.now());
    let (tell, mut told) = watch::channel(0_usize);
    let mut step = |_| tell.send_modify(|pages| *pages += 1);
    let show = async {
        let mut shown = false;
        while told.changed().await.is_ok() {
            // The first page is what somebody waits for; later ones are told of now and then.
            let rows = if shown { Vec::new() } else { first(logs, now).await };
            shown |= !rows.is_empty();
            let Replies { queue, key, generation } = replies;
            let reply = Msg::Reply { key: *key, generation: *generation, result: Ok(Reply::AuditRows(rows)) };
            // A loop that is busy is told with the next one; one that has ended takes none.
            let _ = queue.try_send(reply);
            tokio::time::sleep(PACE).await;
        }
        std::future::pending::<()>().await;
    };
    let synced = tokio::select! {
        biased;
        synced = logs.sync(&ready.client, now, &mut step) => synced?,
        () = show => return Err(Failure::new(FailureKind::Internal, "reading the audit logs was ended")),
    };
    let list = logs.newest(now, EVENTS).await?;
    let mut list = list.unwrap_or_else(|| Dataset::complete(Vec::new(), now));
    list.read_at = now;
    if let Some((source, why)) = synced.failures.into_iter().next() {
        let why = Failure { title: format!("{}: {}", source.name(), why.title).into(), ..why };
        list.completeness = Completeness::Partial { read: 1, of: Some(2), why };
    }
    Ok(list)
}

async fn first(logs: &Logs, now: Timestamp) -> Vec<AuditEvent> {
    let all = crate::domain::audit::look::Events {
        filter: crate::domain::filter::Filter::all(&[]),
        now,
        before: None,
        most: EVENTS,
    };
    logs.index.events(all).await.map(|(rows, _)| rows).unwrap_or_default()
}

/// What was kept of an earlier run.
pub async fn recall(logs: &Logs, now: Timestamp) -> Result<Reply, Failure> {
    Ok(logs.newest(now, EVENTS).await?.map_or(Reply::Nothing, Reply::Audit))
}

/// Looks at the events.
pub async fn look(logs: &Logs, look: Look, now: Timestamp) -> Result<Reply, Failure> {
    match look {
        Look::Page(wanted) => logs.index.page(wanted).await.map(Reply::Events),
        Look::Count(count) => {
            logs.index.tally(count, logs.floor(now)).await.map(|tally| Reply::Tallied(Box::new(tally)))
        }
        Look::Details(id) => logs.index.details(id).await.map(|details| Reply::Event(details.map(Box::new))),
    }
}

/// Writes events and their manifest to new files.
pub async fn write(logs: &Logs, path: &str, events: Extract) -> Result<Reply, Failure> {
    let written = logs.write(Path::new(path), events).await?;
    let gaps = match written.gaps {
        0 => String::new(),
        1 => ", 1 gap".to_owned(),
        count => format!(", {count} gaps"),
    };
    let sum: String = written.sha256.chars().take(12).collect();
    Ok(Reply::Written(Clean::new(&format!(
        "{path}: {} events{gaps}, SHA-256 {sum}…, manifest beside it",
        written.events
    ))))
}
