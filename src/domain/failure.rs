//! What the user is told when something did not work.

use std::{fmt, time::Duration};

use super::text::Clean;

/// What kind of thing went wrong; decides the exit code and what may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureKind {
    /// No connection: name not found, refused, reset, cut, too slow.
    Network,
    /// The TLS handshake failed.
    Tls,
    /// The key is missing, wrong, expired or of another product.
    NotAuthenticated,
    /// The key may not do this.
    NotPermitted,
    /// The service knows no such thing.
    NotFound,
    /// The service asks to wait.
    RateLimited,
    /// The service answered 5xx.
    Service,
    /// The answer is not one of this service: HTML, wrong shape, too large, duplicate members.
    BadAnswer,
    /// The service refused the request as such (other 4xx).
    Refused,
    /// The configuration, a credential or a file here cannot be used.
    Configuration,
    /// Cancelled by the user.
    Cancelled,
    /// A fault of this program.
    Internal,
}

/// An error as it is shown: what failed, why, and what to do next. Built at the boundary, all its text is safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// One line: what failed and why.
    pub title: Clean,
    /// More of the cause, as far as it is known.
    pub detail: Option<Clean>,
    /// What to do next.
    pub hint: Option<Clean>,
    /// How long the service asked to wait.
    pub retry_after: Option<Duration>,
    /// The id under which the service's support finds the request (`X-DC-TransactionId`).
    pub transaction: Option<Clean>,
}

impl Failure {
    /// A failure with a title alone.
    pub fn new(kind: FailureKind, title: impl Into<Clean>) -> Self {
        Self { kind, title: title.into(), detail: None, hint: None, retry_after: None, transaction: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Clean>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Clean>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    /// One line: title, detail and hint.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
