//! CAs and their requests as rows.

use std::{borrow::Cow, cmp::Ordering};

use super::{
    column::{Align, Column, Look, Record, Tone, muted, plain},
    moment,
};
use crate::domain::{
    ca::{Ca, CaRequest, EffectiveState, HostedType, RequestStatus},
    filter::{Field, Kind, Value},
    ids::{CaId, RequestId},
};

/// Tone of the state that counts.
pub fn state_tone(ca: &Ca, look: &Look) -> Tone {
    match ca.effective_state(look.now).0 {
        EffectiveState::Active => Tone::Ok,
        EffectiveState::Pending => Tone::Pending,
        EffectiveState::Disabled => Tone::Muted,
        EffectiveState::Revoked | EffectiveState::Expired => Tone::Ended,
        EffectiveState::Trust => Tone::Info,
        EffectiveState::Unknown(_) => Tone::Stale,
    }
}

/// Glyph of the state that counts.
pub fn state_glyph(ca: &Ca, look: &Look) -> &'static str {
    match ca.effective_state(look.now).0 {
        EffectiveState::Revoked if look.ascii => "%",
        EffectiveState::Revoked => "⊘",
        EffectiveState::Disabled if look.ascii => "-",
        EffectiveState::Disabled => "·",
        _ => look.glyph(state_tone(ca, look)),
    }
}

/// Word of the hosting type.
pub fn hosted(ca: &Ca) -> &str {
    match &ca.hosted_type {
        HostedType::Online => "online",
        HostedType::Offline => "offline",
        HostedType::External => "external",
        HostedType::ThirdParty => "3rd party",
        HostedType::Unknown(word) if word.is_empty() => "",
        HostedType::Unknown(word) => word.as_str(),
    }
}

fn state<'a>(ca: &'a Ca, look: &Look) -> Cow<'a, str> {
    ca.effective_state(look.now).0.label().to_owned().into()
}

impl Record for Ca {
    type Key = CaId;

    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            name: "name",
            title: "NAME",
            width: 28,
            grow: true,
            align: Align::Left,
            text: |ca, _| ca.record.name.as_str().into(),
            tone: |ca, _| if ca.name.is_marked() { Tone::Critical } else { Tone::Text },
            compare: |a, b| a.name.cmp(&b.name),
        },
        Column {
            name: "state",
            title: "STATE",
            width: 8,
            grow: false,
            align: Align::Left,
            text: |row, look| state(row.record, look),
            tone: |row, look| state_tone(row.record, look),
            compare: |a, b| a.status.cmp(&b.status),
        },
        Column {
            name: "hosted",
            title: "HOSTED",
            width: 9,
            grow: false,
            align: Align::Left,
            text: |ca, _| hosted(ca.record).into(),
            tone: muted,
            compare: |a, b| a.hosted_type.cmp(&b.hosted_type),
        },
        Column {
            name: "until",
            title: "UNTIL",
            width: 5,
            grow: false,
            align: Align::Right,
            text: |ca, look| moment::year(&ca.record.valid_to, look).into(),
            tone: |ca, _| moment::tone(&ca.valid_to),
            compare: |a, b| a.valid_to.cmp(&b.valid_to),
        },
        Column {
            name: "key",
            title: "KEY",
            width: 12,
            grow: false,
            align: Align::Left,
            text: |ca, _| ca.record.key.as_str().into(),
            tone: muted,
            compare: |a, b| a.key.cmp(&b.key),
        },
    ];

    const FIELDS: &'static [Field<Self>] = &[
        Field { name: "name", kind: Kind::Text, shown: true, any: |ca, f| f(Value::Text(&ca.name)) },
        Field { name: "status", kind: Kind::Word, shown: true, any: |ca, f| f(Value::Text(ca.status.as_str())) },
        Field { name: "hosted", kind: Kind::Word, shown: true, any: |ca, f| f(Value::Text(ca.hosted_type.as_str())) },
        Field { name: "type", kind: Kind::Word, shown: true, any: |ca, f| f(Value::Text(ca.cert_type.as_str())) },
        Field { name: "until", kind: Kind::Time, shown: true, any: |ca, f| f(Value::Time(&ca.valid_to)) },
        Field { name: "key", kind: Kind::Text, shown: true, any: |ca, f| f(Value::Text(&ca.key)) },
        Field {
            name: "serial",
            kind: Kind::Text,
            shown: true,
            any: |ca, f| ca.serial.as_ref().is_some_and(|s| f(Value::Text(s.digits())) || f(Value::Text(s.raw()))),
        },
        Field { name: "id", kind: Kind::Text, shown: false, any: |ca, f| f(Value::Text(ca.id.as_str())) },
        Field { name: "issuer", kind: Kind::Text, shown: false, any: |ca, f| f(Value::Text(&ca.issuer_name)) },
    ];

    fn key(&self) -> CaId {
        self.id.clone()
    }

    fn has_key(&self, key: &CaId) -> bool {
        self.id == *key
    }

    fn id_text(&self) -> &str {
        self.id.as_str()
    }

    fn tie(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name).then_with(|| self.id.cmp(&other.id))
    }
}

/// Tone of a request's state.
pub fn request_tone(request: &CaRequest, _: &Look) -> Tone {
    match request.status {
        RequestStatus::Pending => Tone::Critical,
        RequestStatus::Approved => Tone::Ok,
        RequestStatus::Rejected | RequestStatus::Cancelled => Tone::Muted,
        RequestStatus::Unknown(_) => Tone::Stale,
    }
}

impl Record for CaRequest {
    type Key = RequestId;

    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            name: "id",
            title: "ID",
            width: 8,
            grow: false,
            align: Align::Left,
            text: |r, _| r.record.id.as_str().into(),
            tone: plain,
            compare: |a, b| a.id.cmp(&b.id),
        },
        Column {
            name: "ca",
            title: "CA",
            width: 22,
            grow: true,
            align: Align::Left,
            text: |r, _| {
                if r.record.ca_name.is_empty() { r.record.ca.as_str() } else { r.record.ca_name.as_str() }.into()
            },
            tone: |r, _| if r.ca_name.is_marked() { Tone::Critical } else { Tone::Text },
            compare: |a, b| a.ca_name.cmp(&b.ca_name),
        },
        Column {
            name: "by",
            title: "ASKED BY",
            width: 9,
            grow: false,
            align: Align::Left,
            text: |r, _| match &r.record.requested_by {
                _ if !r.requested_by_name.is_empty() => r.record.requested_by_name.as_str().into(),
                Some(id) => id.as_str().into(),
                None => "not known".into(),
            },
            tone: plain,
            compare: |a, b| a.requested_by_name.cmp(&b.requested_by_name),
        },
        Column {
            name: "age",
            title: "AGE",
            width: 5,
            grow: false,
            align: Align::Left,
            text: |r, look| {
                let away = r.requested.seconds_from(look.now);
                away.map_or_else(|| moment::dash(look).into(), |s| moment::age(-s).into())
            },
            tone: plain,
            compare: |a, b| a.requested.cmp(&b.requested),
        },
        Column {
            name: "reason",
            title: "REASON",
            width: 20,
            grow: false,
            align: Align::Left,
            text: |r, look| {
                r.record.reason.as_ref().map_or_else(|| moment::dash(look).into(), |reason| reason.rfc_name().into())
            },
            tone: plain,
            compare: |a, b| a.reason.cmp(&b.reason),
        },
        Column {
            name: "type",
            title: "TYPE",
            width: 13,
            grow: false,
            align: Align::Left,
            text: |r, _| r.record.request_type.as_str().into(),
            tone: muted,
            compare: |a, b| a.request_type.cmp(&b.request_type),
        },
        Column {
            name: "status",
            title: "STATUS",
            width: 9,
            grow: false,
            align: Align::Left,
            text: |r, _| r.record.status.to_string().into(),
            tone: |row, look| request_tone(row.record, look),
            compare: |a, b| a.status.cmp(&b.status),
        },
    ];

    const FIELDS: &'static [Field<Self>] = &[
        Field { name: "id", kind: Kind::Text, shown: true, any: |r, f| f(Value::Text(r.id.as_str())) },
        Field {
            name: "ca",
            kind: Kind::Text,
            shown: true,
            any: |r, f| f(Value::Text(&r.ca_name)) || f(Value::Text(r.ca.as_str())),
        },
        Field { name: "by", kind: Kind::Text, shown: true, any: |r, f| f(Value::Text(&r.requested_by_name)) },
        Field { name: "status", kind: Kind::Word, shown: true, any: |r, f| f(Value::Text(r.status.as_str())) },
        Field { name: "type", kind: Kind::Word, shown: true, any: |r, f| f(Value::Text(r.request_type.as_str())) },
        Field {
            name: "reason",
            kind: Kind::Word,
            shown: true,
            any: |r, f| r.reason.as_ref().is_some_and(|reason| f(Value::Text(reason.as_str()))),
        },
        Field { name: "requested", kind: Kind::Time, shown: true, any: |r, f| f(Value::Time(&r.requested)) },
    ];

    fn key(&self) -> RequestId {
        self.id.clone()
    }

    fn has_key(&self, key: &RequestId) -> bool {
        self.id == *key
    }

    fn id_text(&self) -> &str {
        self.id.as_str()
    }

    fn tie(&self, other: &Self) -> Ordering {
        other.requested.at().cmp(&self.requested.at()).then_with(|| self.id.cmp(&other.id))
    }
}
