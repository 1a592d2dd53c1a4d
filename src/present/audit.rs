//! Audit events as rows.

mod phrase;

use std::{borrow::Cow, cmp::Ordering};

use self::phrase::phrase;
use super::{
    column::{Align, Column, Look, Record, Tone, muted, plain},
    moment,
};
use crate::domain::{
    Clean,
    audit::{AuditEvent, AuditResult, AuditSource, Change},
    filter::{Field, Kind, Value},
    ids::EventId,
};

/// Who did it, by name where there is one.
pub fn who(event: &AuditEvent) -> &str {
    if event.actor.is_empty() { event.actor_id.as_str() } else { &event.actor }
}

/// What it was done to: the name, else the id, else the kind of the record.
pub fn what(event: &AuditEvent) -> &str {
    if !event.resource_name.is_empty() {
        &event.resource_name
    } else if !event.description.is_empty() {
        &event.description
    } else if !event.resource_id.is_empty() {
        &event.resource_id
    } else {
        &event.resource_type
    }
}

/// What the event can be looked for by: the name of its record, else the id.
pub fn subject(event: &AuditEvent) -> &str {
    if event.resource_name.is_empty() { event.resource_id.as_str() } else { &event.resource_name }
}

/// What was done, in words.
pub fn action(event: &AuditEvent) -> String {
    phrase(&event.resource_type, &event.action, event.result != AuditResult::Failure)
}

/// A setting that is other since: `crl.interval  12 h → 24 h`.
pub fn change(change: &Change, look: &Look) -> String {
    let value = |text: &Clean| if text.is_empty() { moment::dash(look).to_owned() } else { text.to_string() };
    let arrow = if look.ascii { "->" } else { "→" };
    format!("{}  {} {arrow} {}", change.field, value(&change.before), value(&change.after))
}

fn result_tone(event: &AuditEvent, _: &Look) -> Tone {
    match event.result {
        AuditResult::Success => Tone::Ok,
        AuditResult::Warning => Tone::Due,
        AuditResult::Failure => Tone::Ended,
        AuditResult::Unknown(_) => Tone::Stale,
    }
}

fn result<'a>(event: &'a AuditEvent, look: &Look) -> Cow<'a, str> {
    match &event.result {
        AuditResult::Unknown(word) if word.is_empty() => moment::dash(look).into(),
        AuditResult::Unknown(word) => word.as_str().into(),
        AuditResult::Success | AuditResult::Warning | AuditResult::Failure => {
            let glyph = look.glyph(result_tone(event, look));
            event.code.map_or_else(|| glyph.into(), |code| format!("{glyph} {code}").into())
        }
    }
}

impl Record for AuditEvent {
    type Key = (AuditSource, EventId);

    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            name: "time",
            title: "TIME (UTC)",
            width: 15,
            grow: false,
            align: Align::Left,
            text: |e, look| moment::with_seconds(&e.record.at, look).into(),
            tone: |e, _| moment::tone(&e.at),
            compare: |a, b| a.at.cmp(&b.at),
        },
        Column {
            name: "who",
            title: "WHO",
            width: 9,
            grow: false,
            align: Align::Left,
            text: |e, _| who(e.record).into(),
            tone: plain,
            compare: |a, b| who(&a).cmp(who(&b)),
        },
        Column {
            name: "action",
            title: "ACTION",
            width: 25,
            grow: false,
            align: Align::Left,
            text: |e, _| action(e.record).into(),
            tone: plain,
            compare: |a, b| a.resource_type.cmp(&b.resource_type).then_with(|| a.action.cmp(&b.action)),
        },
        Column {
            name: "result",
            title: "RESULT",
            width: 6,
            grow: false,
            align: Align::Left,
            text: |row, look| result(row.record, look),
            tone: |row, look| result_tone(row.record, look),
            compare: |a, b| a.result.cmp(&b.result),
        },
        Column {
            name: "what",
            title: "WHAT",
            width: 14,
            grow: true,
            align: Align::Left,
            text: |e, _| what(e.record).into(),
            tone: plain,
            compare: |a, b| what(&a).cmp(what(&b)),
        },
        Column {
            name: "source",
            title: "SRC",
            width: 4,
            grow: false,
            align: Align::Left,
            text: |e, _| e.record.source.label().into(),
            tone: muted,
            compare: |a, b| a.source.cmp(&b.source),
        },
    ];

    const FIELDS: &'static [Field<Self>] = &[
        Field { name: "time", kind: Kind::Time, shown: true, any: |e, f| f(Value::Time(&e.at)) },
        Field {
            name: "who",
            kind: Kind::Text,
            shown: true,
            any: |e, f| f(Value::Text(&e.actor)) || f(Value::Text(e.actor_id.as_str())),
        },
        Field {
            name: "action",
            kind: Kind::Text,
            shown: true,
            any: |e, f| f(Value::Text(&e.action)) || f(Value::Text(&action(&e))),
        },
        Field { name: "result", kind: Kind::Word, shown: true, any: |e, f| f(Value::Text(e.result.as_str())) },
        Field { name: "type", kind: Kind::Word, shown: true, any: |e, f| f(Value::Text(&e.resource_type)) },
        Field {
            name: "about",
            kind: Kind::Text,
            shown: true,
            any: |e, f| {
                f(Value::Text(&e.resource_name))
                    || f(Value::Text(&e.resource_id))
                    || f(Value::Text(&e.description))
                    || e.change.as_ref().is_some_and(|change| f(Value::Text(&change.field)))
            },
        },
        Field { name: "ip", kind: Kind::Text, shown: true, any: |e, f| f(Value::Text(&e.ip_address)) },
        Field { name: "source", kind: Kind::Word, shown: true, any: |e, f| f(Value::Text(e.source.label())) },
    ];

    fn key(&self) -> Self::Key {
        (self.source, self.id.clone())
    }

    fn has_key(&self, key: &Self::Key) -> bool {
        self.source == key.0 && self.id == key.1
    }

    fn id_text(&self) -> &str {
        self.id.as_str()
    }

    /// Newest first.
    fn tie(&self, other: &Self) -> Ordering {
        other
            .at
            .at()
            .cmp(&self.at.at())
            .then_with(|| self.source.cmp(&other.source))
            .then_with(|| self.id.cmp(&other.id))
    }
}
