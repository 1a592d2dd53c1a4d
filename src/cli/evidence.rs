//! What this program did: the journal, in the forms that others can read.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    args::Evidence,
    console::warn,
    exit::{Exit, Outcome},
    find,
    grid::Grid,
    item::Item,
    session::{Desk, Print},
    sheet::Source,
};
use crate::{
    client::Client,
    domain::{
        Failure, FailureKind, When,
        ca::decision::{Record, Trail},
        report::{change::ChangeRecord, trail::ChangeTrail},
    },
    runtime::Shelf,
    store::Entry,
};

const INTENTS: &str = "evidence.intents";
const ENTRIES: &str = "evidence.entries";
const CHAIN: &str = "evidence.chain";
const OF_INTENT: &[&str] = &["intent", "at", "operation", "ca_id", "request_id", "actor", "fate", "settled"];
const OF_ENTRY: &[&str] = &["id", "at", "kind", "context", "body", "hash"];
const OF_CHAIN: &[&str] = &["sound", "broken"];
/// What evidence is worth.
const WORTH: &str = "this proves what certdeck did on this machine, not what the service did";

/// Runs an `evidence` command.
pub fn run(what: &Evidence, desk: &mut Desk<'_>) -> Outcome {
    let Some(shelf) = desk.shelf() else {
        let failure = Failure::new(FailureKind::Configuration, "the demonstration keeps no journal");
        return Err(failure.hint("name a context of the configuration").into());
    };
    match what {
        Evidence::List => list(desk),
        Evidence::Show { intent } => {
            let entries = read(&shelf, desk)?;
            let about = |entry: &&Entry| {
                let of_ca = Record::from_json(&entry.kind, &entry.body).map(|record| record.intent().clone());
                let named = of_ca.or_else(|| ChangeRecord::intent_of(&entry.kind, &entry.body));
                entry.context == shelf.context.id()
                    && named.is_some_and(|named| named.as_str().eq_ignore_ascii_case(intent))
            };
            let found: Vec<Entry> = entries.iter().filter(about).cloned().collect();
            if found.is_empty() {
                return find::absent("change has the id", intent, "`certdeck evidence list`", Exit::Done);
            }
            print_entries(&found, desk)
        }
        Evidence::Verify => verify(&shelf, desk),
        Evidence::Export => {
            let entries = read(&shelf, desk)?;
            warn(WORTH);
            print_entries(&entries, desk)
        }
    }
}

fn read(shelf: &Shelf, desk: &Desk<'_>) -> Result<Vec<Entry>, Failure> {
    desk.wait(async |_: &Client| {
        let mut all = Vec::new();
        shelf.store.each_entry(|entry| all.push(entry)).await?;
        Ok(all)
    })
}

fn list(desk: &mut Desk<'_>) -> Outcome {
    let writer = desk.writer();
    let (ledger, reports) =
        desk.wait(async |_: &Client| Ok((writer.ledger().await?, writer.report_trails().await?)))?;
    let of_cas = ledger.trails().iter().map(|trail| (Some(trail.intent.at), intent(trail)));
    let mut all: Vec<(Option<Timestamp>, Item)> =
        of_cas.chain(reports.iter().map(|trail| (trail.at, of_report(trail)))).collect();
    all.sort_by_key(|(at, _)| *at);
    let items: Vec<Item> = all.into_iter().map(|(_, item)| item).collect();
    let open = ledger.open().count();
    if open > 0 {
        warn(&format!(
            "what became of {open} is open: certdeck reads it when it is opened, and locks the CA until then"
        ));
    }
    print(INTENTS, OF_INTENT, &items, desk)
}

fn intent(trail: &Trail) -> Item {
    let Trail { intent, .. } = trail;
    let fate = trail.fate();
    Item::default()
        .text("intent", intent.id.as_str())
        .when("at", &When::At(intent.at))
        .text("operation", intent.errand.operation.word())
        .text("ca_id", intent.errand.ca.as_str())
        .text("ca_name", &intent.ca_name)
        .text("request_id", intent.errand.request.as_ref().map_or("", |request| request.as_str()))
        .text("report_identifier", "")
        .text("report_display_name", "")
        .text("actor", &intent.actor_name)
        .text("key_hint", &intent.key_hint)
        .text("host", &intent.host)
        .text("comment", &intent.errand.comment)
        .with("sent", trail.sent.is_some())
        .text("fate", &fate.sentence())
        .with("settled", fate.is_settled())
}

fn of_report(trail: &ChangeTrail) -> Item {
    Item::default()
        .text("intent", trail.intent.as_str())
        .when("at", &trail.at.map_or(When::Never, When::At))
        .text("operation", trail.change.word())
        .text("ca_id", "")
        .text("ca_name", "")
        .text("request_id", "")
        .text("report_identifier", trail.change.report().map_or("", |report| report.as_str()))
        .text("report_display_name", &trail.change.name())
        .text("actor", "")
        .text("key_hint", &trail.key_hint)
        .text("host", &trail.host)
        .text("comment", "")
        .with("sent", trail.sent.is_some())
        .text("fate", &trail.sentence())
        .with("settled", trail.is_settled())
}

fn print_entries(entries: &[Entry], desk: &mut Desk<'_>) -> Outcome {
    let item = |entry: &Entry| {
        Item::default()
            .with("id", entry.id)
            .with("at", entry.at.to_string())
            .text("kind", &entry.kind)
            .text("context", &entry.context)
            .text("body", &entry.body)
            .text("hash", &entry.hash)
    };
    let items: Vec<Item> = entries.iter().map(item).collect();
    print(ENTRIES, OF_ENTRY, &items, desk)
}

fn verify(shelf: &Shelf, desk: &mut Desk<'_>) -> Outcome {
    let verdict = desk.wait(async |_: &Client| shelf.store.verify().await)?;
    let item = Item::default().with("sound", verdict.sound).with("broken", verdict.broken);
    print(CHAIN, OF_CHAIN, std::slice::from_ref(&item), desk)?;
    let Some(broken) = verdict.broken else { return Ok(Exit::Done) };
    warn(&format!("entry {broken} is not what was written, or the one before it is missing"));
    Ok(Exit::Failed)
}

fn print(kind: &'static str, members: &'static [&'static str], items: &[Item], desk: &mut Desk<'_>) -> Outcome {
    let source = Source {
        name: "here",
        as_of: Some(super::item::rfc3339(desk.now())),
        complete: true,
        error: None,
        notes: vec![WORTH.to_owned()],
    };
    let names: BTreeSet<&str> =
        items.iter().flat_map(|item| item.0.iter().map(|(name, _)| *name).filter(|name| item.is_null(name))).collect();
    let item = |at: usize| items.get(at).cloned().unwrap_or_default();
    let grid = || Grid::facts(items);
    desk.print(Print {
        kind,
        members,
        sources: vec![source],
        total: items.len(),
        len: items.len(),
        item: &item,
        grid: &grid,
        unknown: names.into_iter().map(|name| format!("items.{name}")).collect(),
        gaps: None,
    })
}
