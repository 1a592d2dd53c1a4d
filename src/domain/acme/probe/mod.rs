//! What the servers of a name were asked, what they were seen to serve, and what that says of a certificate record.

mod judge;
mod kept;

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AcmeCertificate, AcmeKey, San};
use crate::domain::{
    name::{Name, NameSet},
    serial::Serial,
    text::Clean,
    when::When,
};

/// How what is served compares with a certificate record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The certificate of the record.
    Same,
    /// An earlier certificate of the same lineage: the server was not reloaded.
    Older,
    /// A later one of the lineage, whether the API lists it already or lags.
    Newer,
    /// Another certificate of this account.
    Other,
    /// A certificate that no record of this account knows.
    Foreign,
    /// A certificate that does not hold the name.
    Mismatch,
    /// Addresses of the name serve different certificates.
    Mixed,
    /// No address answered.
    Unreachable,
    /// Nothing to connect to: a wildcard without an override. Says nothing about the certificate.
    NotVerifiable,
}

/// A probe as far as triage needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// How what is served compares with the record.
    pub verdict: Verdict,
    /// When (UTC).
    pub at: Timestamp,
    /// The address that decided the verdict.
    pub address: Option<IpAddr>,
    /// Serial of what that address serves.
    pub serial: Option<Serial>,
    /// End of what that address serves.
    pub ends: When,
    /// Start of validity of the record's own certificate, when it was met.
    pub issued: Option<Timestamp>,
    /// True when what is served is known to be revoked.
    pub revoked: bool,
}

/// The protocol in which a connection begins before it turns to TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartTls {
    /// `STARTTLS` of RFC 3207.
    Smtp,
    /// `STARTTLS` of RFC 3501, 6.2.1.
    Imap,
    /// `STLS` of RFC 2595.
    Pop3,
    /// The extended operation of RFC 4511, 4.14.
    Ldap,
    /// `SSLRequest` of the `PostgreSQL` protocol, 55.2.10.
    Postgres,
}

impl StartTls {
    /// The port that IANA has for it.
    pub const fn port(self) -> u16 {
        match self {
            Self::Smtp => 25,
            Self::Imap => 143,
            Self::Pop3 => 110,
            Self::Ldap => 389,
            Self::Postgres => 5432,
        }
    }

    /// All of them.
    pub const ALL: [Self; 5] = [Self::Smtp, Self::Imap, Self::Pop3, Self::Ldap, Self::Postgres];

    /// The one with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// Its word, as the configuration has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
            Self::Ldap => "ldap",
            Self::Postgres => "postgres",
        }
    }
}

/// What is to be probed for a certificate record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The record; its serial is part of the key.
    pub key: AcmeKey,
    /// The name whose servers are asked.
    pub name: Name,
    /// Hosts or addresses to connect to, usually the name itself; empty when the name is not verifiable.
    pub hosts: Vec<Box<str>>,
    /// Port.
    pub port: u16,
    /// How the connection begins; `None` for TLS from the first byte.
    pub start_tls: Option<StartTls>,
}

/// A certificate that an address serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Its serial.
    pub serial: Serial,
    /// Its names.
    pub names: NameSet,
    /// Its issuer, RFC 4514.
    pub issuer: Clean,
    /// Start of its validity.
    pub not_before: When,
    /// End of its validity.
    pub not_after: When,
    /// SHA-256 of its DER, upper-case hexadecimal.
    pub sha256: Clean,
    /// Key identifier of its issuer, upper-case hexadecimal; names it to the CA (RFC 9773).
    pub authority_key_id: Option<Clean>,
    /// Whether this machine trusts it, apart from the name; else why not, in one sentence.
    pub trust: Result<(), Clean>,
    /// Whether it is for the name that was asked for.
    pub name_matches: bool,
    /// Version of TLS, `TLS 1.3`.
    pub protocol: Clean,
}

/// What one address answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The address; `None` when the host was not found.
    pub address: Option<SocketAddr>,
    /// The certificate, or why there is none, in one sentence.
    pub outcome: Result<Served, Clean>,
}

/// All addresses of a name, asked at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The record it was made for.
    pub key: AcmeKey,
    /// The name that was asked for.
    pub name: Name,
    /// When (UTC).
    pub at: Timestamp,
    /// One for each address, in the order of the name service; none when the name is not verifiable.
    pub sightings: Vec<Sighting>,
    /// From the first look-up to the last answer.
    pub took: Duration,
}

/// The name of `row` whose servers are asked: the first that `has_own` one in the configuration, else the main name,
/// unless that is no host name or only names with a server of their own are asked.
pub fn asked_name(row: &AcmeCertificate, has_own: impl Fn(San<'_>) -> bool, own_only: bool) -> Option<San<'_>> {
    let own = std::iter::once(row.domain().into()).chain(row.names()).find(|name| has_own(*name));
    let is_host = !row.domain().as_str().starts_with("*.") && row.domain().problem().is_none();
    own.or_else(|| (is_host && !own_only).then(|| row.domain().into()))
}

/// What probes say of the rows they were made for, in one pass over all rows; nothing of a probe whose row is not there.
pub fn judge_all<'a>(
    probes: impl IntoIterator<Item = &'a Probe>,
    rows: impl IntoIterator<Item = &'a AcmeCertificate>,
) -> HashMap<AcmeKey, Seen> {
    judge::judge_all(probes, rows)
}

impl Probe {
    /// The certificates that were met.
    pub fn served(&self) -> impl Iterator<Item = &Served> {
        self.sightings.iter().filter_map(|sighting| sighting.outcome.as_ref().ok())
    }

    /// True when it was made for exactly this record: a new serial makes it void.
    pub fn is_about(&self, row: &AcmeCertificate) -> bool {
        self.key == row.key()
    }

    /// Seconds since it was made; negative when `now` is before it.
    pub fn age(&self, now: Timestamp) -> i64 {
        now.duration_since(self.at).as_secs()
    }

    /// What it says of `row`; `known` are all records of the same account, `row` among them or not. Pure.
    pub fn judge<'a>(&self, row: &AcmeCertificate, known: impl IntoIterator<Item = &'a AcmeCertificate>) -> Seen {
        judge::judge(self, row, known)
    }

    /// The form that is kept: one JSON object.
    pub fn to_json(&self) -> String {
        kept::write(self)
    }

    /// Reads [`Probe::to_json`]; `None` for anything else.
    pub fn from_json(text: &str) -> Option<Self> {
        kept::read(text)
    }
}
