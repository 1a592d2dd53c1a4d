//! What is other since the baseline, as rows.

use std::fmt::Write as _;

use super::{
    column::{Align, Column, Grouping, Look, Record, Tone, muted, plain},
    moment,
};
use crate::domain::{
    When,
    acme::CertificateStatus,
    ca::{CaStatus, RequestStatus},
    delta::{Delta, Member, Topic, Way},
    filter::{Field, Kind, Value},
    report::ReportStatus,
};

/// How bad that is.
pub fn tone(delta: &Delta) -> Tone {
    let status = delta.fact(Member::Status);
    let turned = delta.way() == Way::New || delta.turned(Member::Status);
    match delta.topic {
        Topic::Certificate if turned && status == CertificateStatus::NotRenewed.as_str() => Tone::Critical,
        Topic::Certificate if turned && status == CertificateStatus::Revoked.as_str() => Tone::Ended,
        Topic::Certificate if turned && status == CertificateStatus::Expired.as_str() => Tone::Ended,
        Topic::Ca if turned && status == CaStatus::Revoked.as_str() => Tone::Ended,
        Topic::Request if delta.way() == Way::New && status == RequestStatus::Pending.as_str() => Tone::Critical,
        Topic::Report if turned && status == ReportStatus::Failed.as_str() => Tone::Ended,
        _ => match delta.way() {
            Way::New => Tone::Ok,
            Way::Gone => Tone::Muted,
            Way::Changed => Tone::Text,
        },
    }
}

/// `+`, `-` or `~`: in each character set the same.
pub fn glyph(delta: &Delta) -> &'static str {
    match delta.way() {
        Way::New => "+",
        Way::Gone => "-",
        Way::Changed => "~",
    }
}

/// A value of a member as people read it.
pub fn value(value: &str, look: &Look) -> String {
    if value.is_empty() {
        return moment::dash(look).to_owned();
    }
    match When::parse(value) {
        When::At(at) if value.ends_with('Z') => moment::full(&When::At(at), look),
        _ => value.to_owned(),
    }
}

/// What is other, in a line: `status issued > renewed`; of a record that came or went what it is.
pub fn words(delta: &Delta, look: &Look) -> String {
    let arrow = if look.ascii { "->" } else { "→" };
    let mut out = String::new();
    for turn in delta.turns() {
        let gap = if out.is_empty() { "" } else { ", " };
        let (before, after) = (value(turn.before, look), value(turn.after, look));
        // Writing to a text does not fail.
        let _ = write!(out, "{gap}{} {before} {arrow} {after}", turn.member.label());
    }
    let by = delta.fact(Member::By);
    if delta.topic == Topic::Template && delta.way() == Way::Changed && !by.is_empty() {
        out.push_str(", by ");
        out.push_str(by);
    }
    if delta.way() != Way::Changed {
        let known = [Member::RequestType, Member::Status, Member::CaName, Member::By];
        let known = known.map(|member| delta.fact(member)).into_iter().filter(|text| !text.is_empty());
        out.push_str(&known.collect::<Vec<_>>().join(" "));
    }
    out
}

impl Record for Delta {
    type Key = (Topic, Box<str>);

    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            name: "change",
            title: "CHANGE",
            width: 9,
            grow: false,
            align: Align::Left,
            text: |row, _| format!("{} {}", glyph(row.record), row.way().word()).into(),
            tone: |row, _| tone(row.record),
            compare: |a, b| a.way().cmp(&b.way()),
        },
        Column {
            name: "kind",
            title: "KIND",
            width: 11,
            grow: false,
            align: Align::Left,
            text: |row, _| row.topic.word().into(),
            tone: muted,
            compare: |a, b| a.topic.cmp(&b.topic),
        },
        Column {
            name: "name",
            title: "NAME",
            width: 30,
            grow: true,
            align: Align::Left,
            text: |row, _| row.record.name().into(),
            tone: plain,
            compare: |a, b| a.name().cmp(b.name()),
        },
        Column {
            name: "what",
            title: "WHAT",
            width: 34,
            grow: true,
            align: Align::Left,
            text: |row, look| words(row.record, look).into(),
            tone: muted,
            compare: |a, b| a.fact(Member::Status).cmp(b.fact(Member::Status)),
        },
    ];

    const GROUPINGS: &'static [Grouping<Self>] = &[
        Grouping { name: "kind", of: |row| row.topic.word().into(), is_private: false },
        Grouping { name: "change", of: |row| row.way().word().into(), is_private: false },
    ];

    const FIELDS: &'static [Field<Self>] = &[
        Field { name: "kind", kind: Kind::Word, shown: true, any: |d, f| f(Value::Text(d.topic.word())) },
        Field { name: "change", kind: Kind::Word, shown: true, any: |d, f| f(Value::Text(d.way().word())) },
        Field { name: "name", kind: Kind::Text, shown: true, any: |d, f| f(Value::Text(d.record.name())) },
        Field { name: "id", kind: Kind::Text, shown: true, any: |d, f| f(Value::Text(d.record.key())) },
        Field { name: "status", kind: Kind::Word, shown: true, any: |d, f| f(Value::Text(d.fact(Member::Status))) },
        Field {
            name: "member",
            kind: Kind::Word,
            shown: false,
            any: |d, f| d.turns().any(|turn| f(Value::Text(turn.member.word()))),
        },
        Field {
            name: "was",
            kind: Kind::Text,
            shown: false,
            any: |d, f| d.turns().any(|turn| f(Value::Text(turn.before))),
        },
    ];

    fn key(&self) -> Self::Key {
        (self.topic, Self::key(self).into())
    }

    fn has_key(&self, key: &Self::Key) -> bool {
        self.topic == key.0 && Self::key(self) == &*key.1
    }

    fn id_text(&self) -> &str {
        self.name()
    }

    fn tie(&self, other: &Self) -> std::cmp::Ordering {
        self.topic.cmp(&other.topic).then_with(|| self.way().cmp(&other.way())).then_with(|| {
            let (a, b): (&Self, &Self) = (self, other);
            a.name().cmp(b.name()).then_with(|| Self::key(a).cmp(Self::key(b)))
        })
    }
}
