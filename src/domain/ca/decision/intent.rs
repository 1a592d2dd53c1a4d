//! What somebody has decided, written down before anything is sent.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Errand, Operation};
use crate::domain::{
    Clean,
    ca::RevocationReason,
    digest::Digest,
    ids::{CaId, RequestId, UserId},
};

/// Longest snapshot that is written out in the journal, bytes; of a longer one its hash stands there alone.
pub const SHOWN_MOST: usize = 16 << 10;

/// The name of an intent: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IntentId(Box<str>);

impl IntentId {
    /// The name for a number that no other intent has.
    pub fn new(number: u128) -> Self {
        Self(format!("{number:032x}").into())
    }

    /// Reads one; `None` for anything but 32 hexadecimal digits.
    pub fn parse(raw: &str) -> Option<Self> {
        let fits = raw.len() == 32 && raw.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self(raw.to_ascii_lowercase().into()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A decision with all that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its name.
    pub id: IntentId,
    /// What is to be done.
    pub errand: Errand,
    /// Name of the CA, as it was shown.
    pub ca_name: Clean,
    /// Who decides: the user of the key.
    pub actor: UserId,
    /// Name of the user.
    pub actor_name: Clean,
    /// Last four characters of the key; empty for a client certificate.
    pub key_hint: Clean,
    /// Host that it is sent to.
    pub host: Clean,
    /// What was shown: [`super::Snapshot::canonical`].
    pub shown: String,
    /// Its hash.
    pub snapshot: Digest,
    /// Hash of the impact that was shown; `None` where none is asked for.
    pub impact: Option<Digest>,
    /// Hash of the body that is sent.
    pub body: Digest,
    /// The checks, a sentence each.
    pub checks: Vec<Clean>,
    /// When it was decided, by the clock of this machine.
    pub at: Timestamp,
}

impl Intent {
    /// The intent as JSON text, one line.
    pub fn to_json(&self) -> String {
        let errand = &self.errand;
        let shown = if self.shown.len() > SHOWN_MOST { String::new() } else { self.shown.clone() };
        let wire = Wire {
            intent: self.id.to_string(),
            operation: errand.operation.word().into(),
            ca: errand.ca.to_string(),
            request: errand.request.as_ref().map(ToString::to_string),
            reason: errand.reason.as_ref().map(|reason| reason.as_str().into()),
            comment: errand.comment.to_string(),
            ca_name: self.ca_name.to_string(),
            actor: self.actor.to_string(),
            actor_name: self.actor_name.to_string(),
            key_hint: self.key_hint.to_string(),
            host: self.host.to_string(),
            shown,
            snapshot: self.snapshot.to_string(),
            impact: self.impact.as_ref().map(ToString::to_string),
            body: self.body.to_string(),
            checks: self.checks.iter().map(ToString::to_string).collect(),
            at: self.at,
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// Reads what [`Intent::to_json`] wrote; `None` for anything else.
    pub fn from_json(text: &str) -> Option<Self> {
        let wire: Wire = serde_json::from_str(text).ok()?;
        let digest = |raw: &String| Digest::parse(raw);
        Some(Self {
            id: IntentId::parse(&wire.intent)?,
            errand: Errand {
                operation: Operation::parse(&wire.operation)?,
                ca: CaId::new(&wire.ca),
                request: wire.request.as_deref().map(RequestId::new),
                reason: wire.reason.as_deref().map(RevocationReason::parse),
                comment: wire.comment.into(),
            },
            ca_name: wire.ca_name.into(),
            actor: UserId::new(&wire.actor),
            actor_name: wire.actor_name.into(),
            key_hint: wire.key_hint.into(),
            host: wire.host.into(),
            shown: wire.shown,
            snapshot: digest(&wire.snapshot)?,
            impact: wire.impact.as_ref().and_then(digest),
            body: digest(&wire.body)?,
            checks: wire.checks.into_iter().map(Clean::from).collect(),
            at: wire.at,
        })
    }
}

/// An intent as it is written.
#[derive(Serialize, Deserialize)]
struct Wire {
    intent: String,
    operation: String,
    ca: String,
    request: Option<String>,
    reason: Option<String>,
    comment: String,
    ca_name: String,
    actor: String,
    actor_name: String,
    key_hint: String,
    host: String,
    shown: String,
    snapshot: String,
    impact: Option<String>,
    body: String,
    checks: Vec<String>,
    at: Timestamp,
}
