//! What this program did, by its journal.

use std::collections::HashMap;

use jiff::Timestamp;

use super::Logs;
use crate::{
    domain::{
        Failure, When,
        acme::note::NoteEvent,
        audit::{AuditEvent, AuditResult, AuditSource, sync::Span},
        ca::decision::{Intent, Record},
        ids::{EventId, UserId},
        raw::Raw,
    },
    store::{Entry, Origin},
};

/// Takes the entries that are new.
pub async fn take(logs: &Logs, now: Timestamp) -> Result<usize, Failure> {
    let last: i64 = logs.index.token(AuditSource::Here).await?.parse().unwrap_or_default();
    let (mut intents, mut events, mut newest) = (HashMap::new(), Vec::new(), last);
    let see = |entry: Entry| {
        if entry.context == logs.context.id() {
            let record = Record::from_json(&entry.kind, &entry.body);
            if let Some(Record::Intent(intent)) = &record {
                intents.insert(intent.id.to_string(), (**intent).clone());
            }
            if entry.id > last {
                newest = newest.max(entry.id);
                let about = record.as_ref().and_then(|record| intents.get(record.intent().as_str()));
                events.push(event(&entry, record.as_ref(), about));
            }
        }
    };
    logs.store.each_entry(see).await?;
    events.reverse();
    let floor = logs.floor(now).as_millisecond();
    let span = Span { newest: now.as_millisecond(), oldest: floor.saturating_sub(1), why: "".into() };
    let origin = Origin { shown: "".into(), token: newest.to_string(), read_at: now };
    logs.index.add(AuditSource::Here, events, vec![span], Some(origin)).await
}

fn event(entry: &Entry, record: Option<&Record>, about: Option<&Intent>) -> AuditEvent {
    let note = NoteEvent::from_json(&entry.body).ok();
    let mut event = AuditEvent {
        source: AuditSource::Here,
        id: EventId::new(&entry.id.to_string()),
        at: When::At(entry.at),
        actor_id: UserId::default(),
        actor: note.map(|note| note.who).unwrap_or_default(),
        action: entry.kind.clone(),
        resource_type: "".into(),
        resource_id: "".into(),
        resource_name: "".into(),
        result: AuditResult::default(),
        code: None,
        change: None,
        description: "".into(),
        ip_address: "".into(),
        raw: Raw::new(&entry.body),
    };
    if let Some(intent) = about {
        event.actor_id = intent.actor.clone();
        event.actor = intent.actor_name.clone();
        event.resource_type = intent.errand.operation.word().into();
        event.resource_id = intent.errand.ca.text().clone();
        event.resource_name = intent.ca_name.clone();
    }
    match record {
        Some(Record::Intent(intent)) => event.description = intent.errand.comment.clone(),
        Some(Record::Answered { words, .. }) => event.description = words.clone(),
        Some(Record::Outcome { fate, .. }) => event.description = fate.sentence(),
        Some(Record::Sent { .. }) | None => {}
    }
    event
}
