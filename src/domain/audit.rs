//! Audit events of all sources in one form.

pub mod look;
pub mod standing;
pub mod sync;

use super::{
    ids::{EventId, UserId},
    raw::Raw,
    text::Clean,
    when::When,
    word::words,
};

/// Where an event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuditSource {
    /// DigiCert ONE Private CA, `GET /certificate-authority/api/v1/audit`.
    PrivateCa,
    /// DigiCert ONE Account Manager, `GET /account/api/v1/audit-log`.
    AccountManager,
    /// CertCentral, by an `audit-logs` report whose files are on this machine.
    Report,
    /// What this program did itself, by its journal.
    Here,
}

impl AuditSource {
    /// All sources.
    pub const ALL: [Self; 4] = [Self::PrivateCa, Self::AccountManager, Self::Report, Self::Here];

    /// Short name for a column.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PrivateCa => "CA",
            Self::AccountManager => "one",
            Self::Report => "cc",
            Self::Here => "here",
        }
    }

    /// Name in the output of commands.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PrivateCa => "private_ca",
            Self::AccountManager => "account_manager",
            Self::Report => "certcentral_report",
            Self::Here => "here",
        }
    }

    /// Name in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PrivateCa => "Private CA",
            Self::AccountManager => "Account Manager",
            Self::Report => "CertCentral report",
            Self::Here => "certdeck on this machine",
        }
    }
}

words! {
    /// How the event ended.
    AuditResult {
        /// It was done.
        Success = "success",
        /// It was done with a warning.
        Warning = "warning",
        /// It was refused or failed.
        Failure = "failure",
    }
}

/// One event. Members that a source does not send are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Where it comes from.
    pub source: AuditSource,
    /// Its id, unique within the source.
    pub id: EventId,
    /// When it happened.
    pub at: When,
    /// Who did it: id and name, either may be empty.
    pub actor_id: UserId,
    /// Name of who did it.
    pub actor: Clean,
    /// Verb.
    pub action: Clean,
    /// Kind of the record it concerns.
    pub resource_type: Clean,
    /// Id of that record.
    pub resource_id: Clean,
    /// Name of that record.
    pub resource_name: Clean,
    /// How it ended.
    pub result: AuditResult,
    /// HTTP status of a call that was refused, where the record tells it.
    pub code: Option<u16>,
    /// A setting that is other since, where the record tells it.
    pub change: Option<Box<Change>>,
    /// Free text, with the cause of a failure.
    pub description: Clean,
    /// Address of the caller.
    pub ip_address: Clean,
    /// The whole record as sent; keys are masked by the service. Empty where only the members were read.
    pub raw: Raw,
}

/// A setting that is other since an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name: `crl.interval`.
    pub field: Clean,
    /// Its value before.
    pub before: Clean,
    /// Its value since.
    pub after: Clean,
}

impl AuditEvent {
    /// Whether this is the same deed once more: who, what and how it ended.
    pub fn is_like(&self, other: &Self) -> bool {
        self.source == other.source
            && self.action == other.action
            && self.actor_id == other.actor_id
            && self.actor == other.actor
            && self.resource_type == other.resource_type
            && self.result == other.result
            && self.code == other.code
            && self.change == other.change
    }
}
