//! ACME certificates as rows.

use std::{borrow::Cow, cmp::Ordering};

use super::{
    column::{Align, Column, Grouping, Look, Numbers, Record, Tone, muted, plain},
    moment,
};
use crate::domain::{
    acme::{AcmeCertificate, AcmeKey, CertificateStatus, group::registrable, state::State, triage::Assessment},
    filter::{Field, Kind, Value},
    subject::View,
    when::When,
};

/// A certificate with what triage found of it.
pub type Row<'a> = View<'a, AcmeCertificate>;

/// Word of the state column: that of triage; until it is known, the service's status.
pub fn state_label(row: Row<'_>) -> Cow<'_, str> {
    row.derived.map_or_else(|| row.record.status().state_word(), |found| found.state.word()).into()
}

/// Tone of a state of triage.
pub const fn tone_of(state: State) -> Tone {
    match state {
        State::Expired | State::Revoked => Tone::Ended,
        State::Stale | State::Overdue | State::Blocked | State::Decide => Tone::Critical,
        State::Due => Tone::Due,
        State::Pending => Tone::Pending,
        State::Ok => Tone::Ok,
        State::Renewed => Tone::Info,
        State::Snoozed | State::Retired => Tone::Muted,
    }
}

/// Glyph of a state of triage.
pub const fn glyph_of(state: State, look: &Look) -> &'static str {
    match state {
        State::Stale => {
            if look.ascii {
                "@"
            } else {
                "↺"
            }
        }
        State::Revoked => {
            if look.ascii {
                "%"
            } else {
                "⊘"
            }
        }
        State::Snoozed | State::Retired => "z",
        state => look.glyph(tone_of(state)),
    }
}

/// Tone of the state: that of triage; until it is known, by the date where it contradicts the status.
pub fn state_tone(row: Row<'_>, look: &Look) -> Tone {
    if let Some(found) = row.derived {
        return tone_of(found.state);
    }
    let ended = row.left(look.now).is_some_and(|left| left < 0);
    match row.status() {
        CertificateStatus::Issued if ended => Tone::Ended,
        CertificateStatus::Issued => Tone::Ok,
        CertificateStatus::Pending => Tone::Pending,
        CertificateStatus::Renewed => Tone::Info,
        CertificateStatus::NotRenewed => Tone::Critical,
        CertificateStatus::Expired | CertificateStatus::Revoked => Tone::Ended,
        CertificateStatus::Unknown(_) => Tone::Stale,
    }
}

/// Glyph of the state.
pub fn state_glyph(row: Row<'_>, look: &Look) -> &'static str {
    match row.derived {
        Some(found) => glyph_of(found.state, look),
        None if *row.status() == CertificateStatus::Revoked => glyph_of(State::Revoked, look),
        None => look.glyph(state_tone(row, look)),
    }
}

fn state<'a>(row: Row<'a>, look: &Look) -> Cow<'a, str> {
    // A status that this program does not know is told by its word in the details.
    let unknown = row.derived.is_some() && matches!(row.status(), CertificateStatus::Unknown(_));
    let doubt = match (row.contradicts(look.now), unknown) {
        (true, _) => "!",
        (false, true) => "?",
        (false, false) => "",
    };
    format!("{} {}{doubt}", state_glyph(row, look), state_label(row)).into()
}

/// Worst first; what triage has not seen stands behind, by its end.
fn by_state(a: Row<'_>, b: Row<'_>) -> Ordering {
    let rank = |row: Row<'_>| row.derived.map_or((u8::MAX, i64::MAX), Assessment::rank);
    rank(a).cmp(&rank(b)).then_with(|| a.expires().cmp(&b.expires())).then_with(|| a.domain().cmp(&b.domain()))
}

/// As [`by_state`] compares: the tier and the deadline, which is far from 2^54 seconds away; the end; the name.
fn numbers_of_state(row: Row<'_>, n: usize) -> u64 {
    const FAR: i64 = 1 << 54;
    match (n, row.derived) {
        (0, Some(found)) => {
            let (tier, deadline) = found.rank();
            u64::from(tier) << 56 | (deadline.clamp(-FAR, FAR) + FAR).unsigned_abs()
        }
        (0, None) => u64::MAX,
        (1 | 2, _) => numbers_of_end(row, n - 1),
        _ if matches!(row.expires(), When::Odd(_)) => 0,
        _ => word_of(row.domain().as_str(), n - 3),
    }
}

/// As ends are compared: by time in whole seconds and the rest of one, then what cannot be read, then what never ends.
fn numbers_of_end(row: Row<'_>, n: usize) -> u64 {
    match (n, row.ends()) {
        (0, end) => end.map_or(u64::MAX, |second| second.cast_unsigned() ^ 1 << 63),
        (1, Some(_)) => row.expires().at().map_or(0, |at| i64::from(at.subsec_nanosecond()).cast_unsigned() ^ 1 << 63),
        (1, None) => u64::from(row.expires() == When::Never),
        _ => 0,
    }
}

/// The `n`th eight bytes of a text, which has no zero in it.
fn word_of(text: &str, n: usize) -> u64 {
    let mut word = [0; 8];
    let rest = text.as_bytes().get(n * 8..).unwrap_or_default();
    for (slot, byte) in word.iter_mut().zip(rest) {
        *slot = *byte;
    }
    u64::from_be_bytes(word)
}

/// How much of the time between due and end has passed, in five steps.
fn urgency<'a>(row: Row<'a>, look: &Look) -> Cow<'a, str> {
    const STEPS: usize = 5;
    let Some(found) = row.derived.filter(|found| found.urgency > 0) else { return "".into() };
    let full = (usize::from(found.urgency) * STEPS).div_ceil(255);
    let (on, off) = if look.ascii { ("#", ".") } else { ("█", "░") };
    format!("{}{}", on.repeat(full), off.repeat(STEPS - full.min(STEPS))).into()
}

/// The main name as it is stored; behind it what people read, where that is another text.
fn name<'a>(certificate: &'a AcmeCertificate, look: &Look) -> Cow<'a, str> {
    let domain = certificate.domain();
    let unicode = if look.ascii { None } else { domain.unicode() };
    unicode.map_or_else(|| domain.as_str().into(), |unicode| format!("{domain} {unicode}").into())
}

/// A name that holds hidden characters, or is easily mistaken for another one, stands out.
fn name_tone(certificate: &AcmeCertificate, _: &Look) -> Tone {
    let deceptive = certificate.domain().is_marked() || certificate.domain().looks_like().is_some();
    if deceptive { Tone::Critical } else { Tone::Text }
}

/// Less than this is left: somebody has to act today.
const NOW_OR_NEVER: i64 = 72 * 3_600;
/// Less than this is left: it is time to look.
const SOON: i64 = 14 * 86_400;

/// Tone of the time left: that of the state; until it is known by the date alone, and quiet where a newer certificate
/// exists or none is needed.
fn left_tone(row: Row<'_>, look: &Look) -> Tone {
    let state = state_tone(row, look);
    if let Some(found) = row.derived {
        return if found.state == State::Ok { Tone::Text } else { state };
    }
    if !matches!(row.status(), CertificateStatus::Issued | CertificateStatus::NotRenewed) {
        return state;
    }
    match row.left(look.now) {
        Some(left) if left < 0 => Tone::Ended,
        Some(left) if left < NOW_OR_NEVER => Tone::Critical,
        Some(left) if left < SOON => Tone::Due,
        Some(_) => Tone::Text,
        None => state,
    }
}

fn left<'a>(certificate: &'a AcmeCertificate, look: &Look) -> Cow<'a, str> {
    certificate.left(look.now).map_or_else(|| moment::dash(look).into(), |left| moment::distance(left).into())
}

fn expires<'a>(certificate: &'a AcmeCertificate, look: &Look) -> Cow<'a, str> {
    if *certificate.status() == CertificateStatus::Pending && certificate.expires().at().is_none() {
        return "not issued".into();
    }
    moment::short(&certificate.expires(), look).into()
}

impl Record for AcmeCertificate {
    type Key = AcmeKey;

    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            name: "state",
            title: "STATE",
            width: 12,
            grow: false,
            align: Align::Left,
            text: state,
            tone: state_tone,
            compare: by_state,
        },
        Column {
            name: "name",
            title: "NAME",
            width: 24,
            grow: true,
            align: Align::Left,
            text: |c, look| name(c.record, look),
            tone: |row, look| name_tone(row.record, look),
            compare: |a, b| a.domain().cmp(&b.domain()),
        },
        Column {
            name: "left",
            title: "LEFT",
            width: 9,
            grow: false,
            align: Align::Right,
            text: |row, look| left(row.record, look),
            tone: left_tone,
            compare: |a, b| a.expires().cmp(&b.expires()),
        },
        Column {
            name: "expires",
            title: "EXPIRES (UTC)",
            width: 13,
            grow: false,
            align: Align::Left,
            text: |row, look| expires(row.record, look),
            tone: |c, _| moment::tone(&c.expires()),
            compare: |a, b| a.expires().cmp(&b.expires()),
        },
        Column {
            name: "urgency",
            title: "LATE",
            width: 5,
            grow: false,
            align: Align::Left,
            text: urgency,
            tone: state_tone,
            compare: |a, b| {
                let of = |row: Row<'_>| row.derived.map_or(0, |found| found.urgency);
                of(b).cmp(&of(a))
            },
        },
        Column {
            name: "sans",
            title: "SANS",
            width: 5,
            grow: false,
            align: Align::Right,
            text: |c, _| c.record.names().len().to_string().into(),
            tone: plain,
            compare: |a, b| a.names().len().cmp(&b.names().len()),
        },
        Column {
            name: "contract",
            title: "CONTRACT",
            width: 9,
            grow: false,
            align: Align::Left,
            text: |c, _| c.record.contract().as_str().into(),
            tone: muted,
            compare: |a, b| a.contract().cmp(b.contract()),
        },
        Column {
            name: "serial",
            title: "SERIAL",
            width: 34,
            grow: false,
            align: Align::Left,
            text: |c, look| c.record.serial().map_or_else(|| moment::dash(look).into(), |s| s.digits().into()),
            tone: |c, _| if c.serial().is_some_and(|s| !s.is_hex()) { Tone::Stale } else { Tone::Muted },
            compare: |a, b| a.serial().cmp(&b.serial()),
        },
    ];

    const GROUPINGS: &'static [Grouping<Self>] = &[
        Grouping { name: "state", of: state_label, is_private: false },
        Grouping { name: "account", of: |row| row.record.account().as_str().into(), is_private: false },
        Grouping { name: "contract", of: |row| row.record.contract().as_str().into(), is_private: false },
        Grouping { name: "domain", of: |row| registrable(row.record.domain()).into(), is_private: true },
    ];

    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "name",
            kind: Kind::Text,
            shown: true,
            any: |c, f| {
                f(Value::Text(c.domain().as_str())) || c.names().iter().any(|name| f(Value::Text(&name.text())))
            },
        },
        Field { name: "domain", kind: Kind::Text, shown: true, any: |c, f| f(Value::Text(c.domain().as_str())) },
        Field { name: "state", kind: Kind::Word, shown: true, any: |c, f| f(Value::Text(&state_label(c))) },
        Field {
            name: "tier",
            kind: Kind::Number,
            shown: false,
            any: |c, f| c.derived.is_some_and(|found| f(Value::Number(found.state.tier().into()))),
        },
        Field {
            name: "due",
            kind: Kind::Time,
            shown: false,
            any: |c, f| c.derived.and_then(Assessment::due).is_some_and(|at| f(Value::Time(&When::At(at)))),
        },
        Field {
            name: "lineage",
            kind: Kind::Word,
            shown: false,
            any: |c, f| {
                let marks = c.derived.map(|found| [(found.is_live(), "live"), (found.is_last(), "last")]);
                marks.into_iter().flatten().any(|(holds, word)| holds && f(Value::Text(word)))
            },
        },
        Field { name: "status", kind: Kind::Word, shown: true, any: |c, f| f(Value::Text(c.status().as_str())) },
        Field { name: "expires", kind: Kind::Time, shown: true, any: |c, f| f(Value::Time(&c.expires())) },
        Field {
            name: "sans",
            kind: Kind::Number,
            shown: false,
            any: |c, f| f(Value::Number(i64::try_from(c.names().len()).unwrap_or(i64::MAX))),
        },
        Field { name: "contract", kind: Kind::Word, shown: true, any: |c, f| f(Value::Text(c.contract().as_str())) },
        Field { name: "account", kind: Kind::Word, shown: true, any: |c, f| f(Value::Text(c.account().as_str())) },
        Field {
            name: "serial",
            kind: Kind::Text,
            shown: true,
            any: |c, f| c.serial().is_some_and(|s| f(Value::Text(s.digits())) || f(Value::Text(s.raw()))),
        },
    ];

    fn key(&self) -> AcmeKey {
        Self::key(self)
    }

    fn has_key(&self, key: &AcmeKey) -> bool {
        let same_tail = || match self.serial() {
            Some(serial) => serial.digits() == &*key.tail,
            None => key.tail.starts_with('-') && Self::key(self).tail == key.tail,
        };
        *self.contract() == key.contract && *self.account() == key.account && same_tail()
    }

    fn id_text(&self) -> &str {
        self.domain().as_str()
    }

    fn numbers(column: &Column<Self>) -> Option<Numbers<Self>> {
        match column.name {
            "state" => Some(numbers_of_state),
            "name" => Some(|row, n| word_of(row.domain().as_str(), n)),
            "left" | "expires" => Some(numbers_of_end),
            _ => None,
        }
    }

    fn tie(&self, other: &Self) -> Ordering {
        self.expires()
            .cmp(&other.expires())
            .then_with(|| self.domain().cmp(&other.domain()))
            .then_with(|| self.contract().cmp(other.contract()))
            .then_with(|| self.serial().cmp(&other.serial()))
    }
}
