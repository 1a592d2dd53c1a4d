//! Audit events.

use jiff::SignedDuration;

use super::{
    args::Audit,
    exit::Outcome,
    item::{Item, rfc3339},
    listing::{self, Wish},
    session::{Print, Session},
    sheet::Gap,
};
use crate::{
    client::{AuditQuery, Client, Service, Silent},
    domain::{
        audit::{AuditEvent, AuditSource},
        dataset::Completeness,
    },
};

const KIND: &str = "audit.events";

/// Runs an `audit` command.
pub fn run(what: &Audit, session: &mut Session<'_>) -> Outcome {
    let Audit::List { since, limit } = what;
    let wish = Wish::<AuditEvent>::new(session.global())?;
    let since = SignedDuration::try_from(*since).ok().and_then(|back| session.now().checked_sub(back).ok());
    let query = AuditQuery { since, limit: *limit as usize, ..AuditQuery::default() };
    let mut data = session.wait(async |client: &Client| client.audit(&query, &mut Silent).await)?;
    if let Some(since) = since {
        // The service filters by day, if at all.
        data.rows.retain(|event| event.at.at().is_none_or(|at| at >= since));
    }
    let exit = session.warn_of(Service::One, &data);
    let rows = wish.rows(&data.rows, session.now());
    let look = session.look();
    let item = |at: usize| rows.get(at).map_or_else(Item::default, |row| item(row));
    let grid = || listing::grid(&rows, &look);
    let gaps = match &data.completeness {
        Completeness::Complete => Vec::new(),
        Completeness::Partial { why, .. } => {
            vec![Gap { source: "one", from: since.map(rfc3339), to: None, reason: why.to_string() }]
        }
    };
    let sources = vec![session.source(Service::One, &data)];
    let (total, len) = (data.rows.len(), rows.len());
    let unknown = Vec::new();
    session.print(Print { kind: KIND, sources, total, len, item: &item, grid: &grid, unknown, gaps: Some(gaps) })?;
    Ok(exit)
}

fn item(event: &AuditEvent) -> Item {
    let source = match event.source {
        AuditSource::PrivateCa => "private_ca",
        AuditSource::AccountManager => "account_manager",
    };
    Item::default()
        .with("source", source)
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
