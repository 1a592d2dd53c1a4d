//! Requests about CAs.

use super::{
    args::Requests,
    exit::Outcome,
    item::Item,
    listing::{self, Wish},
    session::{Print, Session},
};
use crate::{
    client::{Client, Service},
    domain::ca::{CaRequest, RevocationReason},
};

const KIND: &str = "ca.requests";

/// Runs a `ca requests` command.
pub fn run(what: &Requests, session: &mut Session<'_>) -> Outcome {
    let Requests::List = what;
    let wish = Wish::<CaRequest>::new(session.global())?;
    let data = session.wait(async |client: &Client| client.requests().await)?;
    let exit = session.warn_of(Service::One, &data);
    let rows = wish.rows(&data.rows, session.now());
    let look = session.look();
    let item = |at: usize| rows.get(at).map_or_else(Item::default, |row| item(row));
    let grid = || listing::grid(&rows, &look);
    let nobody = rows.iter().any(|row| row.requested_by.is_none());
    let unknown = if nobody { vec!["items.requested_by_id".to_owned()] } else { Vec::new() };
    let sources = vec![session.source(Service::One, &data)];
    let (total, len) = (data.rows.len(), rows.len());
    session.print(Print { kind: KIND, sources, total, len, item: &item, grid: &grid, unknown, gaps: None })?;
    Ok(exit)
}

fn item(row: &CaRequest) -> Item {
    Item::default()
        .text("id", row.id.as_str())
        .text("type", row.request_type.as_str())
        .text("status", row.status.as_str())
        .text("ca_id", row.ca.as_str())
        .text("ca_name", &row.ca_name)
        .text("requested_by_id", row.requested_by.as_ref().map_or("", |by| by.as_str()))
        .text("requested_by", &row.requested_by_name)
        .when("requested_date", &row.requested)
        .text("revocation_reason", row.reason.as_ref().map_or("", RevocationReason::as_str))
        .text("comment", &row.comment)
}
