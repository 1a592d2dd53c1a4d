//! What became of a decision: the item on stdout, and the exit code.

use super::super::{
    exit::{Exit, Trouble},
    grid::Grid,
    item::Item,
    session::{Desk, Print},
    sheet::Source,
};
use crate::{
    client::Prepared,
    domain::ca::decision::{By, Fate, Intent, Process},
};

const KIND: &str = "ca.decision";
const MEMBERS: &[&str] = &["intent", "operation", "ca_id", "request_id", "fate", "sent"];

/// The code for what became of a decision.
pub const fn exit(fate: &Fate) -> Exit {
    match fate {
        Fate::Applied(By::Me) => Exit::Done,
        Fate::Stopped { .. } | Fate::Applied(_) | Fate::Decided { .. } => Exit::Interlock,
        Fate::NotSent(_) => Exit::Network,
        Fate::Refused { .. }
        | Fate::UnderWay
        | Fate::Accepted(_)
        | Fate::Unknown(_)
        | Fate::StillPending { .. }
        | Fate::Conflict { .. } => Exit::Failed,
    }
}

/// Prints the item of a decision; `process` is `None` for one that was not sent.
pub fn print(
    intent: &Intent,
    process: Option<&Process>,
    prepared: &Prepared,
    desk: &mut Desk<'_>,
) -> Result<(), Trouble> {
    let fate = process.map(Process::fate);
    let sent = fate.is_some_and(|fate| !matches!(fate, Fate::NotSent(_) | Fate::Stopped { .. }));
    let changed = match fate {
        Some(Fate::Stopped { changed, .. }) => changed.as_slice(),
        _ => &[],
    };
    let changed = changed.iter().map(|one| format!("{}: {} -> {}", one.member, one.was, one.is));
    let made = Item::default()
        .text("intent", if process.is_some() { intent.id.as_str() } else { "" })
        .text("operation", intent.errand.operation.word())
        .text("ca_id", intent.errand.ca.as_str())
        .text("ca_name", &intent.ca_name)
        .text("request_id", intent.errand.request.as_ref().map_or("", |request| request.as_str()))
        .with("sent", sent)
        .text("fate", &fate.map(Fate::sentence).unwrap_or_default())
        .with("changed", changed.collect::<Vec<_>>())
        .text("method", &prepared.method)
        .text("host", &prepared.host)
        .text("path", &prepared.path)
        .text("body", &prepared.body);
    let source = Source {
        name: "one",
        as_of: Some(super::super::item::rfc3339(intent.at)),
        complete: true,
        error: None,
        notes: Vec::new(),
    };
    let names = ["intent", "fate"];
    let unknown = names.iter().filter(|name| made.is_null(name)).map(|name| format!("items.{name}")).collect();
    let item = |_: usize| made.clone();
    let grid = || Grid::facts(std::slice::from_ref(&made));
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources: vec![source],
        total: 1,
        len: 1,
        item: &item,
        grid: &grid,
        unknown,
        gaps: None,
    })?;
    Ok(())
}
