//! The rows that are kept, member by member.
//!
//! A member that a type gains does not compile until it is named here; then the format of its list goes up by one, as
//! it does when members change their order or meaning (`the_stored_form_is_the_one_of_its_number`).

use jiff::Timestamp;

use super::codec::{Reader, Row, Stored, Writer};
use crate::domain::{
    Clean, When,
    acme::{AcmeCertificate, CertificateRecord, CertificateStatus, Contract, Subaccount, probe::Probe, sight::Sight},
    audit::{AuditEvent, AuditResult, AuditSource, Change},
    ca::{
        Ca, CaRequest, CaStatus, CertType, Crl, HostedType, NamedRef, OcspResponder, RequestStatus, RequestType,
        RevocationReason, Template,
    },
    identity::{CertCentralUser, OneUser},
    ids::{AccountId, CaId, ContractId, EventId, RecordId, ReportId, RequestId, RunId, UserId},
    name::{Name, NameSet},
    raw::Raw,
    report::{Frequency, HistoryRecord, ReportStatus},
    serial::Serial,
};

/// A probe in the form in which it is kept: one JSON object.
#[derive(Debug)]
pub struct KeptProbe(Clean);

impl From<&Probe> for KeptProbe {
    fn from(probe: &Probe) -> Self {
        Self(probe.to_json().into())
    }
}

impl KeptProbe {
    /// The probe; `None` when it is none that this program can read.
    pub fn read(&self) -> Option<Probe> {
        Probe::from_json(&self.0)
    }
}

/// A record: its members in this order.
macro_rules! record {
    ($($name:ident { $($member:ident),+ $(,)? })+) => {$(
        impl Stored for $name {
            fn write<'a>(&'a self, out: &mut Writer<'a>) {
                $(self.$member.write(out);)+
            }

            fn read(input: &mut Reader<'_>) -> Option<Self> {
                Some(Self { $($member: Stored::read(input)?),+ })
            }
        }
    )+};
}

/// A word of a service; an unknown one as it was shown.
macro_rules! word {
    ($($name:ident),+ $(,)?) => {$(
        impl Stored for $name {
            fn write<'a>(&'a self, out: &mut Writer<'a>) {
                let marked = matches!(self, Self::Unknown(word) if word.is_marked());
                out.text(self.as_str(), marked);
            }

            fn read(input: &mut Reader<'_>) -> Option<Self> {
                let word = input.text()?;
                Some(match Self::parse(&word) {
                    Self::Unknown(_) => Self::Unknown(word),
                    known => known,
                })
            }
        }
    )+};
}

/// An identifier or a name: its text.
macro_rules! text {
    ($($name:ident),+ $(,)?) => {$(
        impl Stored for $name {
            fn write<'a>(&'a self, out: &mut Writer<'a>) {
                self.text().write(out);
            }

            fn read(input: &mut Reader<'_>) -> Option<Self> {
                input.text().map(Self::from)
            }
        }
    )+};
}

macro_rules! row {
    ($($name:ident = $source:literal, format $format:literal;)+) => {$(
        impl Row for $name {
            const SOURCE: &'static str = $source;
            const FORMAT: u32 = $format;
        }
    )+};
}

row! {
    KeptProbe = "acme-probes", format 1;
    Sight = "acme-sights", format 1;
    Subaccount = "subaccounts", format 1;
    Ca = "cas", format 1;
    CaRequest = "requests", format 2;
    Crl = "crls", format 1;
    OcspResponder = "responders", format 1;
    Template = "templates", format 1;
    HistoryRecord = "history", format 1;
    CertCentralUser = "certcentral-user", format 1;
    OneUser = "one-user", format 2;
}

impl Row for AcmeCertificate {
    const SOURCE: &'static str = "acme";
    const FORMAT: u32 = 1;

    fn read_all(input: &mut Reader<'_>, count: usize) -> Option<Vec<Self>> {
        let records: Option<Vec<CertificateRecord>> = (0..count).map(|_| Stored::read(input)).collect();
        records.map(Self::pack)
    }
}

record! {
    CertificateRecord { account, contract, domain, status, expires, serial, names, oddities }
    Contract {
        id, account, product, names, created, valid_till, auto_renew, canceled, organization, organization_validated,
    }
    Subaccount { id, name, contracts, has_key }
    Sight { digest, first, gone }
    NamedRef { id, name }
    Ca {
        id, name, status, cert_type, hosted_type, issuer, issuer_name, serial, sha256, valid_from, valid_to, key,
        is_revoked, revoked_date, revoked_reason, pending_request, templates, oddities,
    }
    CaRequest {
        id, request_type, status, ca, ca_name, reason, comment, requested_by, requested_by_name, requested,
        reviewed_by, reviewed_by_name, reviewed, review_comment,
    }
    Crl { id, ca, name, url, frequency_hours, this_update, next_update, number, status }
    OcspResponder { id, ca, name, url, status, valid_to }
    Template { id, name, cert_type, status, accounts }
    HistoryRecord {
        report, run, name, report_type, created_by, created, started, ended, schedule, format, status, manual, parts,
    }
    CertCentralUser { id, username, name, account, roles, language }
    OneUser { id, name, email, user_type, status, accounts, permissions, key_ends }
}

word! {
    CertificateStatus, CaStatus, CertType, HostedType, RevocationReason, RequestType, RequestStatus, AuditResult,
    ReportStatus, Frequency,
}

text! { AccountId, ContractId, CaId, RequestId, UserId, ReportId, RunId, EventId, RecordId, Name }

impl Stored for AcmeCertificate {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        if let Some(record) = self.as_record() {
            return record.write(out);
        }
        self.account().write(out);
        self.contract().write(out);
        out.text(self.domain().as_str(), self.domain().is_marked());
        self.status().write(out);
        out.number(u64::from(self.ends().is_some()));
        if let Some(second) = self.ends() {
            out.signed(second);
            out.signed(0);
        }
        out.number(u64::from(self.serial().is_some()));
        if let Some(serial) = self.serial() {
            out.text(serial.raw(), false);
            out.text(serial.digits(), false);
        }
        out.count(self.names().len());
        for name in self.names() {
            out.text(name.text(), name.is_marked());
        }
        out.count(self.oddities().len());
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        CertificateRecord::read(input).map(Self::from)
    }
}

impl Stored for Clean {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.text(self.as_str(), self.is_marked());
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        input.text()
    }
}

impl Stored for KeptProbe {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        self.0.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        input.text().map(Self)
    }
}

impl Stored for Serial {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        self.raw().write(out);
        out.text(self.digits(), false);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let raw = input.text()?;
        Some(Self::kept(raw, &input.text()?))
    }
}

impl Stored for NameSet {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.count(self.len());
        for name in self {
            name.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Vec::read(input).map(Self::new)
    }
}

impl Stored for When {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        match self {
            Self::Never => out.number(0),
            Self::At(at) => {
                out.number(1);
                at.write(out);
            }
            Self::Odd(text) => {
                out.number(2);
                text.write(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        match input.number()? {
            0 => Some(Self::Never),
            1 => Stored::read(input).map(Self::At),
            2 => input.text().map(Self::Odd),
            _ => None,
        }
    }
}

impl Stored for Timestamp {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.signed(self.as_second());
        out.signed(i64::from(self.subsec_nanosecond()));
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let second = input.signed()?;
        Self::new(second, i32::try_from(input.signed()?).ok()?).ok()
    }
}

/// Without its raw record, which stands apart.
impl Stored for AuditEvent {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        let Self {
            source,
            id,
            at,
            actor_id,
            actor,
            action,
            resource_type,
            resource_id,
            resource_name,
            result,
            code,
            change,
            description,
            ip_address,
            raw: _,
        } = self;
        source.write(out);
        id.write(out);
        at.write(out);
        actor_id.write(out);
        for text in [actor, action, resource_type, resource_id, resource_name] {
            text.write(out);
        }
        result.write(out);
        out.number(u64::from(code.unwrap_or_default()));
        out.count(usize::from(change.is_some()));
        for text in change.iter().flat_map(|change| [&change.field, &change.before, &change.after]) {
            text.write(out);
        }
        description.write(out);
        ip_address.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            source: Stored::read(input)?,
            id: Stored::read(input)?,
            at: Stored::read(input)?,
            actor_id: Stored::read(input)?,
            actor: Stored::read(input)?,
            action: Stored::read(input)?,
            resource_type: Stored::read(input)?,
            resource_id: Stored::read(input)?,
            resource_name: Stored::read(input)?,
            result: Stored::read(input)?,
            code: Some(u16::try_from(input.number()?).ok()?).filter(|code| *code > 0),
            change: match input.number()? {
                0 => None,
                1 => {
                    let [field, before, after] = [input.text()?, input.text()?, input.text()?];
                    Some(Box::new(Change { field, before, after }))
                }
                _ => return None,
            },
            description: Stored::read(input)?,
            ip_address: Stored::read(input)?,
            raw: Raw::default(),
        })
    }
}

impl Stored for AuditSource {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.number(match self {
            Self::PrivateCa => 0,
            Self::AccountManager => 1,
            Self::Report => 2,
            Self::Here => 3,
        });
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        match input.number()? {
            0 => Some(Self::PrivateCa),
            1 => Some(Self::AccountManager),
            2 => Some(Self::Report),
            3 => Some(Self::Here),
            _ => None,
        }
    }
}

impl Stored for i64 {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.signed(*self);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        input.signed()
    }
}

impl Stored for u64 {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.number(*self);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        input.number()
    }
}

impl Stored for u32 {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.number(u64::from(*self));
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Self::try_from(input.number()?).ok()
    }
}

impl Stored for bool {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.number(u64::from(*self));
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        match input.number()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl<T: Stored> Stored for Option<T> {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.number(u64::from(self.is_some()));
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        if bool::read(input)? { T::read(input).map(Some) } else { Some(None) }
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.count(self.len());
        for value in self {
            value.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        (0..input.count()?).map(|_| T::read(input)).collect()
    }
}

impl Stored for Box<[Clean]> {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        out.count(self.len());
        for value in self {
            value.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Vec::read(input).map(Vec::into_boxed_slice)
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Some((A::read(input)?, B::read(input)?))
    }
}

#[cfg(test)]
mod tests;
