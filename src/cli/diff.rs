//! `certdeck diff`: what is new, gone or changed since a snapshot of this machine.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    args::{DiffArgs, Global},
    console::{self, Console},
    exit::{Exit, Outcome, Trouble},
    item::{Item, rfc3339},
    listing::{self, Wish},
    requests,
    session::{Desk, Print, name, warn_of},
    sheet::Source,
};
use crate::{
    client::{Client, Service, Silent},
    domain::{
        Failure, FailureKind,
        dataset::Dataset,
        delta::{Compared, Delta, Member, Records, Topic, Tracked},
        subject::View,
    },
    runtime::{Rows, Shelf},
};

const KIND: &str = "diff";
const MEMBERS: &[&str] = &["kind", "change", "id", "name", "status", "members", "since", "until"];

/// What was read and told so far.
#[derive(Default)]
struct Told {
    sources: Vec<Source>,
    compared: Vec<Compared>,
    exit: Option<Exit>,
}

impl Told {
    fn ends(&mut self, exit: Exit) {
        self.exit = self.exit.max(Some(exit));
    }
}

/// Runs `diff`.
pub fn run(options: &DiffArgs, global: &Global, console: &mut Console) -> Outcome {
    let wish = Wish::<Delta>::new(global)?;
    let mut desk = if options.until.is_some() { Desk::local(global, console)? } else { Desk::every(global, console)? };
    let shelf = desk.place();
    let mut told = Told::default();
    for topic in Topic::ALL.into_iter().filter(|topic| desk.has(service(*topic))) {
        one(topic, options, &shelf, &desk, &mut told)?;
    }
    if told.compared.is_empty()
        && let Some(exit) = told.exit
    {
        return Ok(exit);
    }
    baseline(options, &told);
    let deltas: Vec<(&Compared, &Delta)> =
        told.compared.iter().flat_map(|of| of.deltas.iter().map(move |delta| (of, delta))).collect();
    let rows = wish.rows(deltas.iter().map(|(_, delta)| View::from(*delta)), desk.now());
    let look = desk.look();
    let span = |topic| told.compared.iter().find(|of| of.topic == topic).and_then(|of| of.span);
    let item = |at: usize| rows.get(at).map_or_else(Item::default, |row| item(row, span(row.topic)));
    let grid = || listing::grid(&rows, &look);
    let (total, len) = (deltas.len(), rows.len());
    let Told { sources, exit, .. } = &told;
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources: sources.clone(),
        total,
        len,
        item: &item,
        grid: &grid,
        unknown: Vec::new(),
        gaps: None,
    })?;
    Ok(exit.unwrap_or(Exit::Done))
}

/// Reads what is of a topic, keeps a snapshot of it, and compares that with the baseline.
fn one(topic: Topic, options: &DiffArgs, shelf: &Shelf, desk: &Desk<'_>, told: &mut Told) -> Result<(), Trouble> {
    let mut certificates = Rows::default();
    if options.until.is_none() {
        let kept = match topic {
            Topic::Certificate => {
                let read = read(topic, desk, told, async |client| client.acme_certificates(&mut Silent).await);
                certificates = read.as_ref().map(|read| Rows::from(read.rows.clone())).unwrap_or_default();
                keep(read, shelf, desk, told)
            }
            Topic::Ca => keep(read(topic, desk, told, async |client| client.cas(&mut Silent).await), shelf, desk, told),
            Topic::Request => {
                let all = async |client: &Client| requests::read(client).await.map(|(list, _)| list);
                keep(read(topic, desk, told, all), shelf, desk, told)
            }
            Topic::Report => {
                let history = async |client: &Client| client.report_history(&mut Silent).await;
                keep(read(topic, desk, told, history), shelf, desk, told)
            }
            Topic::Template => keep(read(topic, desk, told, Client::templates), shelf, desk, told),
        };
        if !kept {
            return Ok(());
        }
    }
    let compared =
        desk.wait(async |_: &Client| shelf.changes(topic, options.since, options.until, certificates).await)?;
    if let (Some(_), Some((_, until))) = (options.until, compared.span) {
        let notes = vec![topic.noun().to_owned()];
        let as_of = Some(rfc3339(until));
        told.sources.push(Source { name: "here", as_of, complete: true, error: None, notes });
    }
    told.compared.push(compared);
    Ok(())
}

/// A list of the service of a topic; `None` when it was not read whole, which was said then.
fn read<T>(
    topic: Topic,
    desk: &Desk<'_>,
    told: &mut Told,
    ask: impl AsyncFnOnce(&Client) -> Result<Dataset<T>, Failure>,
) -> Option<Dataset<T>> {
    let service = service(topic);
    match desk.wait_for(service, ask) {
        Ok(list) => {
            told.ends(warn_of(topic.noun(), &list));
            let mut source = Source::read(name(service), &list);
            source.notes.insert(0, topic.noun().to_owned());
            told.sources.push(source);
            if list.is_complete() {
                return Some(list);
            }
            console::warn(&format!("{}: not compared, since they were not read whole", topic.noun()));
        }
        Err(why) => {
            console::warn(&format!("{}: not read: {why}", topic.noun()));
            told.ends(Exit::of(why.kind));
            let mut source = Source::failed(name(service), &why);
            source.notes.insert(0, topic.noun().to_owned());
            told.sources.push(source);
        }
    }
    None
}

/// Keeps a snapshot; false when there is nothing to compare.
fn keep<T>(read: Option<Dataset<T>>, shelf: &Shelf, desk: &Desk<'_>, told: &mut Told) -> bool
where
    T: Tracked + Send + Sync + 'static,
{
    let Some(Dataset { rows, read_at, .. }) = read else { return false };
    let records: Arc<dyn Records> = Arc::new(rows);
    let kept = desk.wait(async |_: &Client| shelf.note_down(records, read_at).await);
    if let Err(why) = kept {
        console::warn(&format!("{}: not compared: {why}", T::TOPIC.noun()));
        told.ends(Exit::of(FailureKind::Configuration));
        return false;
    }
    true
}

/// Says what is compared with what.
fn baseline(options: &DiffArgs, told: &Told) {
    let spans = told.compared.iter().filter_map(|of| of.span.map(|span| (of.topic, span)));
    let without: Vec<&str> = told.compared.iter().filter(|of| of.span.is_none()).map(|of| of.topic.noun()).collect();
    if let Some((_, (since, until))) = spans.min_by_key(|(_, (since, _))| *since) {
        console::say(&format!("between {} and {}", rfc3339(since), rfc3339(until)));
    }
    if !without.is_empty() && !told.compared.is_empty() {
        let noun =
            if without.len() == told.compared.len() { String::new() } else { format!(" of {}", without.join(", ")) };
        let hint = if options.until.is_some() { "" } else { "; what was read now is kept, and told against tomorrow" };
        console::warn(&format!("no baseline yet{noun}{hint}"));
    }
}

/// The service that has the records of a topic.
const fn service(topic: Topic) -> Service {
    match topic {
        Topic::Certificate => Service::Partner,
        Topic::Ca | Topic::Request | Topic::Template => Service::One,
        Topic::Report => Service::CertCentral,
    }
}

fn item(delta: &Delta, span: Option<(Timestamp, Timestamp)>) -> Item {
    let member = |member: Member, before: Option<&str>, after: Option<&str>| {
        let text = |item: Item, name, text: Option<&str>| item.text(name, text.unwrap_or_default());
        let item = Item::default().with("member", member.word());
        text(text(item, "before", before), "after", after)
    };
    let mut members: Vec<Item> =
        delta.turns().map(|turn| member(turn.member, Some(turn.before.as_str()), Some(turn.after.as_str()))).collect();
    if members.is_empty() {
        let is_new = delta.after.is_some();
        let facts = delta.last().map(|entry| entry.facts.as_slice()).unwrap_or_default();
        members.extend(facts.iter().map(|(name, value)| {
            let value = Some(value.as_str());
            if is_new { member(*name, None, value) } else { member(*name, value, None) }
        }));
    }
    Item::default()
        .with("kind", delta.topic.word())
        .with("change", delta.way().word())
        .with("id", delta.key())
        .text("name", delta.name())
        .text("status", delta.fact(Member::Status))
        .items("members", members)
        .with("since", span.map(|(since, _)| rfc3339(since)))
        .with("until", span.map(|(_, until)| rfc3339(until)))
}
