//! `certdeck acme calendar`: when renewals are due and certificates end, for a calendar.

use super::{SOURCE, estate::Estate, one_order, row};
use crate::{
    cli::{
        args::Form,
        exit::Outcome,
        grid::Grid,
        item::{Item, rfc3339},
        listing::Wish,
        session::{Desk, Print, warn_of},
        sheet::Source,
    },
    domain::acme::AcmeCertificate,
    present::{
        self, Align,
        calendar::{self, Entry},
    },
};

const KIND: &str = "acme.calendar";
const MEMBERS: &[&str] =
    &["uid", "event", "at", "domain", "serial_number", "acme_contract_id", "account_id", "state", "summary"];
/// Runs `acme calendar`.
pub fn run(wish: &Wish<AcmeCertificate>, desk: &mut Desk<'_>) -> Outcome {
    one_order(desk.global, "a calendar")?;
    let estate = Estate::read(desk)?;
    let exit = warn_of(SOURCE, &estate.data);
    let judged = estate.judged();
    let now = judged.now();
    let kept = wish.rows(judged.views(), now);
    let mut entries: Vec<Entry<'_>> = kept.iter().flat_map(|row| calendar::entries(*row)).collect();
    entries.sort_by_key(|entry| entry.at);
    if desk.global.output.unwrap_or(Form::Ics) == Form::Ics {
        let told = entries.into_iter().map(|entry| (entry, judged.explain(entry.row.index)));
        calendar::write(told, now, desk.console.out())?;
        return Ok(exit);
    }
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources: vec![Source::read(SOURCE, &estate.data)],
        total: entries.len(),
        len: entries.len(),
        item: &|at| entries.get(at).map_or_else(Item::default, item),
        grid: &|| Grid {
            columns: ["AT (UTC)", "EVENT", "NAME", "STATE", "CONTRACT"].map(|title| (title, Align::Left)).to_vec(),
            rows: entries.iter().map(cells).collect(),
            whole: false,
        },
        unknown: Vec::new(),
        gaps: None,
    })?;
    Ok(exit)
}

fn item(entry: &Entry<'_>) -> Item {
    let row = entry.row;
    Item::default()
        .with("uid", entry.uid())
        .with("event", entry.word())
        .with("at", rfc3339(entry.at))
        .text("domain", row.domain().as_str())
        .text("serial_number", row::serial(row.record))
        .text("acme_contract_id", row.contract().as_str())
        .text("account_id", row.account().as_str())
        .text("state", &present::acme::state_label(row))
        .text("summary", &entry.summary())
}

fn cells(entry: &Entry<'_>) -> Vec<String> {
    let state = present::acme::state_label(entry.row).into_owned();
    let name = entry.row.domain().to_string();
    vec![rfc3339(entry.at), entry.word().to_owned(), name, state, entry.row.contract().to_string()]
}
