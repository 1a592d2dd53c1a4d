//! ACME certificates as rows.

use std::{borrow::Cow, cmp::Ordering};

use super::{
    column::{Align, Column, Look, Record, Tone, muted, plain},
    moment,
};
use crate::domain::{
    acme::{AcmeCertificate, AcmeKey, CertificateStatus},
    filter::{Field, Kind, Value},
};

/// Word of the state column: the service's status in capitals; a new word as it was sent.
pub fn state_label(certificate: &AcmeCertificate) -> Cow<'_, str> {
    match &certificate.status {
        CertificateStatus::Issued => "ISSUED".into(),
        CertificateStatus::Pending => "PENDING".into(),
        CertificateStatus::Renewed => "RENEWED".into(),
        CertificateStatus::NotRenewed => "UNRENEWED".into(),
        CertificateStatus::Expired => "EXPIRED".into(),
        CertificateStatus::Revoked => "REVOKED".into(),
        CertificateStatus::Unknown(word) if word.is_empty() => "unknown".into(),
        CertificateStatus::Unknown(word) => word.as_str().into(),
    }
}

/// Tone of the state: by the date where it contradicts the status.
pub fn state_tone(certificate: &AcmeCertificate, look: &Look) -> Tone {
    let ended = certificate.left(look.now).is_some_and(|left| left < 0);
    match certificate.status {
        CertificateStatus::Issued if ended => Tone::Ended,
        CertificateStatus::Issued => Tone::Ok,
        CertificateStatus::Pending => Tone::Pending,
        CertificateStatus::Renewed => Tone::Info,
        CertificateStatus::NotRenewed => Tone::Critical,
        CertificateStatus::Expired | CertificateStatus::Revoked => Tone::Ended,
        CertificateStatus::Unknown(_) => Tone::Stale,
    }
}

fn state<'a>(certificate: &'a AcmeCertificate, look: &Look) -> Cow<'a, str> {
    let glyph = if certificate.status == CertificateStatus::Revoked {
        if look.ascii { "%" } else { "⊘" }
    } else {
        look.glyph(state_tone(certificate, look))
    };
    let doubt = if certificate.contradicts(look.now) { "!" } else { "" };
    format!("{glyph} {}{doubt}", state_label(certificate)).into()
}

/// A name that holds hidden characters, or is easily mistaken for another one, stands out.
fn name_tone(certificate: &AcmeCertificate, _: &Look) -> Tone {
    let deceptive = certificate.domain.text().is_marked() || certificate.domain.looks_like().is_some();
    if deceptive { Tone::Critical } else { Tone::Text }
}

/// Less than this is left: somebody has to act today.
const NOW_OR_NEVER: i64 = 72 * 3_600;
/// Less than this is left: it is time to look.
const SOON: i64 = 14 * 86_400;

/// Tone of the time left: by the date alone, and quiet where a newer certificate exists or none is needed.
fn left_tone(certificate: &AcmeCertificate, look: &Look) -> Tone {
    let state = state_tone(certificate, look);
    if !matches!(certificate.status, CertificateStatus::Issued | CertificateStatus::NotRenewed) {
        return state;
    }
    match certificate.left(look.now) {
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
    if certificate.status == CertificateStatus::Pending && certificate.expires.at().is_none() {
        return "not issued".into();
    }
    moment::short(&certificate.expires, look).into()
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
            text: |row, look| state(row.record, look),
            tone: |row, look| state_tone(row.record, look),
            compare: |a, b| a.status.cmp(&b.status),
        },
        Column {
            name: "name",
            title: "NAME",
            width: 24,
            grow: true,
            align: Align::Left,
            text: |c, _| c.record.domain.as_str().into(),
            tone: |row, look| name_tone(row.record, look),
            compare: |a, b| a.domain.cmp(&b.domain),
        },
        Column {
            name: "left",
            title: "LEFT",
            width: 9,
            grow: false,
            align: Align::Right,
            text: |row, look| left(row.record, look),
            tone: |row, look| left_tone(row.record, look),
            compare: |a, b| a.expires.cmp(&b.expires),
        },
        Column {
            name: "expires",
            title: "EXPIRES (UTC)",
            width: 13,
            grow: false,
            align: Align::Left,
            text: |row, look| expires(row.record, look),
            tone: |c, _| moment::tone(&c.expires),
            compare: |a, b| a.expires.cmp(&b.expires),
        },
        Column {
            name: "sans",
            title: "SANS",
            width: 5,
            grow: false,
            align: Align::Right,
            text: |c, _| c.record.names.len().to_string().into(),
            tone: plain,
            compare: |a, b| a.names.len().cmp(&b.names.len()),
        },
        Column {
            name: "contract",
            title: "CONTRACT",
            width: 9,
            grow: false,
            align: Align::Left,
            text: |c, _| c.record.contract.as_str().into(),
            tone: muted,
            compare: |a, b| a.contract.cmp(&b.contract),
        },
        Column {
            name: "serial",
            title: "SERIAL",
            width: 34,
            grow: false,
            align: Align::Left,
            text: |c, look| c.record.serial.as_ref().map_or_else(|| moment::dash(look).into(), |s| s.digits().into()),
            tone: |c, _| if c.serial.as_ref().is_some_and(|s| !s.is_hex()) { Tone::Stale } else { Tone::Muted },
            compare: |a, b| a.serial.cmp(&b.serial),
        },
    ];

    const FIELDS: &'static [Field<Self>] = &[
        Field {
            name: "name",
            kind: Kind::Text,
            shown: true,
            any: |c, f| f(Value::Text(c.domain.as_str())) || c.names.iter().any(|name| f(Value::Text(name.as_str()))),
        },
        Field { name: "domain", kind: Kind::Text, shown: true, any: |c, f| f(Value::Text(c.domain.as_str())) },
        Field { name: "status", kind: Kind::Word, shown: true, any: |c, f| f(Value::Text(c.status.as_str())) },
        Field { name: "expires", kind: Kind::Time, shown: true, any: |c, f| f(Value::Time(&c.expires)) },
        Field {
            name: "sans",
            kind: Kind::Number,
            shown: false,
            any: |c, f| f(Value::Number(i64::try_from(c.names.len()).unwrap_or(i64::MAX))),
        },
        Field { name: "contract", kind: Kind::Word, shown: true, any: |c, f| f(Value::Text(c.contract.as_str())) },
        Field { name: "account", kind: Kind::Word, shown: true, any: |c, f| f(Value::Text(c.account.as_str())) },
        Field {
            name: "serial",
            kind: Kind::Text,
            shown: true,
            any: |c, f| c.serial.as_ref().is_some_and(|s| f(Value::Text(s.digits())) || f(Value::Text(s.raw()))),
        },
    ];

    fn key(&self) -> AcmeKey {
        Self::key(self)
    }

    fn has_key(&self, key: &AcmeKey) -> bool {
        let same_tail = || match &self.serial {
            Some(serial) => serial.digits() == &*key.tail,
            None => key.tail.starts_with('-') && Self::key(self).tail == key.tail,
        };
        self.contract == key.contract && self.account == key.account && same_tail()
    }

    fn id_text(&self) -> &str {
        self.domain.as_str()
    }

    fn tie(&self, other: &Self) -> Ordering {
        self.expires
            .cmp(&other.expires)
            .then_with(|| self.domain.cmp(&other.domain))
            .then_with(|| self.contract.cmp(&other.contract))
            .then_with(|| self.serial.cmp(&other.serial))
    }
}
