//! What a change of a CA would touch.

use super::{
    exit::{Exit, Outcome},
    grid::Grid,
    item::Item,
    session::{Desk, Print},
    sheet::Source,
};
use crate::{
    client::Client,
    domain::{
        Clean, When,
        ca::{Ca, impact::Impact},
        ids::{CaId, RecordId, RequestId},
    },
    writes::survey,
};

const KIND: &str = "ca.impact";
const MEMBERS: &[&str] =
    &["ca_id", "subtree", "unexpired", "issued_7d", "templates", "open_requests", "hash", "counted_at"];

/// Counts and prints the impact on a CA; what cannot be counted is told, and is null.
pub fn run(ca: &Ca, desk: &mut Desk<'_>) -> Outcome {
    let now = desk.now();
    let impact = desk.wait(async |client: &Client| survey(client, &ca.id, now).await)?;
    for gap in &impact.gaps {
        super::console::warn(&format!("impact: {gap}"));
    }
    let made = item(ca, &impact);
    let names = ["unexpired", "issued_7d", "templates", "open_requests", "latest", "next_crl"];
    let unknown = names.iter().filter(|name| made.is_null(name)).map(|name| format!("items.{name}")).collect();
    let notes: Vec<String> = impact.gaps.iter().map(Clean::to_string).collect();
    let source = Source {
        name: "one",
        as_of: Some(super::item::rfc3339(impact.counted_at)),
        complete: notes.is_empty(),
        error: None,
        notes,
    };
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
    Ok(Exit::Done)
}

fn item(ca: &Ca, impact: &Impact) -> Item {
    let base = Item::default()
        .text("ca_id", impact.ca.as_str())
        .text("ca_name", &ca.name)
        .texts("subtree", impact.below.iter().map(CaId::as_str))
        .with("unexpired", impact.unexpired.all())
        .with("issued_7d", impact.issued_7d.all())
        .when("latest", &impact.latest);
    let base = if impact.templates_missing == 0 {
        base.texts("templates", impact.templates.iter().map(RecordId::as_str))
    } else {
        base.nulls(&["templates"])
    };
    let base = match &impact.open_requests {
        Some(open) => base.texts("open_requests", open.iter().map(RequestId::as_str)),
        None => base.nulls(&["open_requests"]),
    };
    base.when("next_crl", &impact.next_crl)
        .text("way_back", impact.way_back.sentence())
        .texts("gaps", impact.gaps.iter().map(Clean::as_str))
        .text("hash", impact.digest().as_str())
        .when("counted_at", &When::At(impact.counted_at))
}
