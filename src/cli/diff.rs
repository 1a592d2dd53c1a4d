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
struct Told<'a, 'd> {
    options: &'a DiffArgs,
    desk: &'a Desk<'d>,
    shelf: Shelf,
    sources: Vec<Source>,
    compared: Vec<Compared>,
    exit: Option<Exit>,
}

/// Runs `diff`.
pub fn run(options: &DiffArgs, global: &Global, console: &mut Console) -> Outcome {
    let wish = Wish::<Delta>::new(global)?;
    let mut desk = if options.until.is_some() { Desk::local(global, console)? } else { Desk::every(global, console)? };
    let mut told =
        Told { options, desk: &desk, shelf: desk.place(), sources: Vec::new(), compared: Vec::new(), exit: None };
    for topic in Topic::ALL.into_iter().filter(|topic| desk.has(service(*topic))) {
        told.topic(topic)?;
    }
    let Told { sources, compared, exit, .. } = told;
    if let Some(exit) = exit.filter(|_| compared.is_empty()) {
        return Ok(exit);
    }
    baseline(options, &compared);
    let deltas = || compared.iter().flat_map(|of| &of.deltas);
    let rows = wish.rows(deltas().map(View::from), desk.now());
    let look = desk.look();
    let span = |topic| compared.iter().find(|of| of.topic == topic).and_then(|of| of.span);
    let item = |at: usize| rows.get(at).map_or_else(Item::default, |row| item(row, span(row.topic)));
    let grid = || listing::grid(&rows, &look);
    let (total, len) = (deltas().count(), rows.len());
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources,
        total,
        len,
        item: &item,
        grid: &grid,
        unknown: Vec::new(),
        gaps: None,
    })?;
    Ok(exit.unwrap_or(Exit::Done))
}

impl Told<'_, '_> {
    fn ends(&mut self, exit: Exit) {
        self.exit = self.exit.max(Some(exit));
    }

    /// Reads what is of a topic, keeps a snapshot of it, and compares that with the baseline.
    fn topic(&mut self, topic: Topic) -> Result<(), Trouble> {
        let mut certificates = Rows::default();
        let until = self.options.until;
        let kept = match topic {
            _ if until.is_some() => true,
            Topic::Certificate => {
                let read = self.read(topic, async |client| client.acme_certificates(&mut Silent).await);
                certificates = read.as_ref().map(|read| Rows::from(read.rows.clone())).unwrap_or_default();
                self.keep(read)
            }
            Topic::Ca => {
                let read = self.read(topic, async |client| client.cas(&mut Silent).await);
                self.keep(read)
            }
            Topic::Request => {
                let read = self.read(topic, async |client| requests::read(client).await.map(|(list, _)| list));
                self.keep(read)
            }
            Topic::Report => {
                let read = self.read(topic, async |client| client.report_history(&mut Silent).await);
                self.keep(read)
            }
            Topic::Template => {
                let read = self.read(topic, Client::templates);
                self.keep(read)
            }
        };
        if !kept {
            return Ok(());
        }
        let since = self.options.since;
        let place = &self.shelf;
        let compared = self.desk.wait(async |_: &Client| place.changes(topic, since, until, certificates).await)?;
        if let (Some(_), Some((_, until))) = (until, compared.span) {
            let notes = vec![topic.noun().to_owned()];
            let as_of = Some(rfc3339(until));
            self.sources.push(Source { name: "here", as_of, complete: true, error: None, notes });
        }
        self.compared.push(compared);
        Ok(())
    }

    /// A list of the service of a topic; `None` when it was not read whole, which was said then.
    fn read<T>(
        &mut self,
        topic: Topic,
        ask: impl AsyncFnOnce(&Client) -> Result<Dataset<T>, Failure>,
    ) -> Option<Dataset<T>> {
        let service = service(topic);
        let (mut source, list) = match self.desk.wait_for(service, ask) {
            Ok(list) => {
                self.ends(warn_of(topic.noun(), &list));
                if !list.is_complete() {
                    console::warn(&format!("{}: not compared, since they were not read whole", topic.noun()));
                }
                (Source::read(name(service), &list), Some(list))
            }
            Err(why) => {
                console::warn(&format!("{}: not read: {why}", topic.noun()));
                self.ends(Exit::of(why.kind));
                (Source::failed(name(service), &why), None)
            }
        };
        source.notes.insert(0, topic.noun().to_owned());
        self.sources.push(source);
        list.filter(Dataset::is_complete)
    }

    /// Keeps a snapshot; false when there is nothing to compare.
    fn keep<T>(&mut self, read: Option<Dataset<T>>) -> bool
    where
        T: Tracked + Send + Sync + 'static,
    {
        let Some(Dataset { rows, read_at, .. }) = read else { return false };
        let records: Arc<dyn Records> = Arc::new(rows);
        let place = &self.shelf;
        let kept = self.desk.wait(async |_: &Client| place.note_down(records, read_at).await);
        if let Err(why) = kept {
            console::warn(&format!("{}: not compared: {why}", T::TOPIC.noun()));
            self.ends(Exit::of(FailureKind::Configuration));
            return false;
        }
        true
    }
}

/// Says what is compared with what.
fn baseline(options: &DiffArgs, compared: &[Compared]) {
    let without: Vec<&str> = compared.iter().filter(|of| of.span.is_none()).map(|of| of.topic.noun()).collect();
    if let Some((since, until)) = compared.iter().filter_map(|of| of.span).min() {
        console::say(&format!("between {} and {}", rfc3339(since), rfc3339(until)));
    }
    if !without.is_empty() {
        let noun = if without.len() == compared.len() { String::new() } else { format!(" of {}", without.join(", ")) };
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
