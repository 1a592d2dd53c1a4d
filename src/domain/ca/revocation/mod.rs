//! What CRLs and OCSP responders say of a CA, as they are met from here, and the judgement of it (RFC 5280, RFC 6960).

mod judge;

use std::{fmt, net::SocketAddr, time::Duration};

use jiff::Timestamp;

pub use self::judge::Verdict;
use super::{Ca, Crl, OcspResponder, RevocationReason};
use crate::domain::{ids::CaId, serial::Serial, text::Clean, when::When};

/// What is to be checked of a CA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationJob {
    /// The CA.
    pub ca: CaId,
    /// The CA that signed it, as its record says.
    pub issuer: Option<CaId>,
    /// Addresses of the CRLs that it publishes, each once.
    pub crls: Vec<Clean>,
    /// Addresses of its OCSP responders, each once.
    pub responders: Vec<Clean>,
    /// Serial number of a CA that it signed: what its responders are asked about; without one, about an invented one.
    pub issued: Option<Serial>,
}

impl RevocationJob {
    /// What the lists know of `ca`.
    pub fn of<'a>(
        ca: &Ca,
        cas: impl IntoIterator<Item = &'a Ca>,
        crls: impl IntoIterator<Item = &'a Crl>,
        responders: impl IntoIterator<Item = &'a OcspResponder>,
    ) -> Self {
        let below = |other: &&Ca| other.issuer.as_ref() == Some(&ca.id);
        Self {
            ca: ca.id.clone(),
            issuer: ca.issuer.clone(),
            crls: once(crls.into_iter().filter(|crl| crl.ca == ca.id).map(|crl| &crl.url)),
            responders: once(responders.into_iter().filter(|one| one.ca == ca.id).map(|one| &one.url)),
            issued: cas.into_iter().filter(below).find_map(|other| other.serial.clone()),
        }
    }
}

/// A check that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationCheck {
    /// The CA.
    pub ca: CaId,
    /// When it began, UTC.
    pub at: Timestamp,
    /// What each address said, in the order in which they were asked.
    pub answers: Vec<Answer>,
    /// What could not be asked, one sentence each: a root is in no CRL.
    pub notes: Vec<Clean>,
}

/// Whom an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The certificates that the CA issues: it publishes this itself.
    Issued,
    /// The certificate of the CA: its issuer publishes this.
    Own,
}

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A CRL.
    Crl,
    /// An OCSP responder.
    Ocsp,
}

impl Source {
    /// Its name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Crl => "CRL",
            Self::Ocsp => "OCSP",
        }
    }
}

/// How an address was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// By a connection from here.
    Direct(SocketAddr),
    /// Through a proxy: host and port.
    Proxy(Clean),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct(address) => write!(f, "from {address}"),
            Self::Proxy(proxy) => write!(f, "through the proxy {proxy}"),
        }
    }
}

/// What one address said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whom it is about.
    pub about: About,
    /// What was asked.
    pub source: Source,
    /// The address.
    pub url: Clean,
    /// The certificate that was asked about; `None` when who signs, and when, was all that was looked at.
    pub serial: Option<Serial>,
    /// How it was reached; `None` when it was not.
    pub path: Option<Path>,
    /// How long it took.
    pub took: Duration,
    /// What it said.
    pub said: Said,
}

/// What an address said, or why it said nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It was not asked, and why.
    NotAsked(Clean),
    /// No whole answer came, and why.
    Nothing(Clean),
    /// What came is neither a CRL nor an answer of OCSP, and why not.
    Unreadable(Clean),
    /// The responder refuses, and how (RFC 6960, 4.2.1).
    Refused(Refusal),
    /// The responder answered about other certificates only.
    OtherCertificate,
    /// A CRL.
    Crl(Box<CrlFacts>),
    /// A status.
    Ocsp(Box<OcspFacts>),
}

/// Why a responder gives no status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `malformedRequest`
    Malformed,
    /// `internalError`
    Internal,
    /// `tryLater`
    TryLater,
    /// `sigRequired`
    SignatureRequired,
    /// `unauthorized`
    Unauthorized,
}

impl Refusal {
    /// The word of RFC 6960, and what it means.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Malformed => "malformedRequest: it does not understand the question",
            Self::Internal => "internalError: it cannot answer now",
            Self::TryLater => "tryLater: it is too busy to answer",
            Self::SignatureRequired => "sigRequired: it answers signed questions alone",
            Self::Unauthorized => "unauthorized: it does not answer about this certificate, or not to us",
        }
    }
}

/// What came of checking a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// It is that of the CA, or of a responder that the CA has put in its place.
    Good,
    /// It is not, and why.
    Wrong(Clean),
    /// It could not be checked, and why.
    Unchecked(Clean),
}

/// What is said of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It is not revoked, as far as this source says.
    Good,
    /// It is revoked.
    Revoked {
        /// Since when.
        at: When,
        /// Why, where it is said.
        reason: Option<RevocationReason>,
    },
    /// The source does not know it, or is not made for certificates like it.
    Unknown,
}

impl Status {
    /// A word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked { .. } => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

/// A CRL that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlFacts {
    /// Bytes as they came.
    pub bytes: usize,
    /// Its issuer, RFC 4514 text.
    pub issuer: Clean,
    /// CRL number, decimal; `None` when it has none.
    pub number: Option<Clean>,
    /// When it was made.
    pub this_update: When,
    /// When the next one is due.
    pub next_update: When,
    /// Certificates in it.
    pub entries: usize,
    /// Signature algorithm.
    pub algorithm: Clean,
    /// Its signature, judged with the certificate of the CA.
    pub signature: Signature,
    /// What it says of the certificate that was looked for; `None` when none was.
    pub status: Option<Status>,
}

/// A status that a responder gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspFacts {
    /// Who signed.
    pub signer: Signer,
    /// When it was signed.
    pub produced_at: When,
    /// From when on the status is known to be right.
    pub this_update: When,
    /// When a newer one is due; [`When::Never`]: always.
    pub next_update: When,
    /// Signature algorithm.
    pub algorithm: Clean,
    /// Its signature, and the right to sign.
    pub signature: Signature,
    /// What became of the nonce.
    pub nonce: Nonce,
    /// The status.
    pub status: Status,
}

/// Who signed an answer of OCSP (RFC 6960, 4.2.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// The CA itself.
    Ca,
    /// Another one, by its certificate.
    Delegate {
        /// Its subject, RFC 4514 text.
        name: Clean,
        /// The end of its certificate.
        ends: When,
        /// What is known of its own revocation.
        lasting: Lasting,
    },
    /// The answer holds no certificate of it.
    Unknown,
}

/// What is known of the revocation of a responder's own certificate (RFC 6960, 4.2.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// The CA says in it that it is not to be checked: `id-pkix-ocsp-nocheck`.
    NoCheck,
    /// It names where that is told, which is not asked from here.
    NotAsked,
    /// It says nothing of it.
    NotTold,
}

impl Lasting {
    /// What is not known, in half a sentence; `None` where nothing is missing.
    pub const fn gap(self) -> Option<&'static str> {
        match self {
            Self::NoCheck => None,
            Self::NotAsked => Some("whether the certificate of its responder is revoked was not asked"),
            Self::NotTold => Some("whether the certificate of its responder is revoked cannot be told"),
        }
    }
}

/// What became of the nonce of the question (RFC 9654).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonce {
    /// The answer holds it: it was made for this question.
    Echoed,
    /// The answer holds none: it may have been made before, as most are.
    Absent,
    /// The answer holds another one: it was made for another question.
    Other,
}

/// Each address once, in order; empty ones are left out.
fn once<'a>(urls: impl Iterator<Item = &'a Clean>) -> Vec<Clean> {
    let mut out: Vec<Clean> = Vec::new();
    for url in urls.filter(|url| !url.is_empty()) {
        if !out.contains(url) {
            out.push(url.clone());
        }
    }
    out
}
