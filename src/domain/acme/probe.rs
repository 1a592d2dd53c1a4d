//! What the servers of a name were seen to serve.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::domain::{serial::Serial, when::When};

/// How what is served compares with a certificate record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The certificate of the record.
    Same,
    /// An earlier certificate of the same lineage: the server was not reloaded.
    Older,
    /// A later one of the lineage, which the API does not list yet.
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
