//! Audit events of all sources in one form.

use super::{
    ids::{EventId, UserId},
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
}

impl AuditSource {
    /// Short name for a column.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PrivateCa => "CA",
            Self::AccountManager => "one",
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
    /// Free text, with the cause of a failure.
    pub description: Clean,
    /// Address of the caller.
    pub ip_address: Clean,
    /// The whole record as sent, pretty-printed, one safe line each; keys are masked by the service.
    pub raw: Box<[Clean]>,
}
