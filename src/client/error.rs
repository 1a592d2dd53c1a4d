//! What can go wrong between a request and its decoded answer, and how it is told.
//!
//! No text here holds a key or the query of an address; text of a service becomes safe when the [`Failure`] is made.

use jiff::Timestamp;

use crate::domain::{Clean, Failure, FailureKind};

pub use super::transport::{ProxyProblem, TransportError};

use super::{refusal::Refusal, tls::TlsProblem, transport::Service};

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClientError {
    /// No answer, or not a whole one.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The service refused or failed.
    #[error("{0}")]
    Refusal(Box<Refusal>),
    /// The answer points elsewhere; it is not followed and no key is sent there.
    #[error("the service points to {target} ({status}), which is not followed")]
    Redirect {
        /// Status code.
        status: u16,
        /// The place, without query, fragment and password.
        target: String,
    },
    /// HTML or another type where JSON is due: a captive portal, a gateway.
    #[error("not a DigiCert answer ({kind})")]
    NotDigiCert {
        /// The content type.
        kind: String,
    },
    /// Compressed in a way that was not offered.
    #[error("the answer is encoded as {0}, which was not asked for")]
    Encoding(String),
    /// Larger than the limit.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// Not UTF-8.
    #[error("the answer is not UTF-8 at byte {0}")]
    Utf8(u64),
    /// A member stands twice in an object: which one counts cannot be known.
    #[error("the answer has the member {0} twice")]
    Duplicate(String),
    /// Nested deeper than the limit.
    #[error("the answer is nested deeper than {0} levels")]
    Depth(usize),
    /// An array longer than the limit.
    #[error("the answer has more than {limit} entries at {path}")]
    Entries {
        /// Where.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// What came could not be kept on this machine.
    #[error("it could not be kept here ({0})")]
    NotKept(Clean),
    /// JSON of another form than the contract's.
    #[error("the answer has another form than expected at {path}: {why}")]
    Shape {
        /// JSON path, `items[3].id`.
        path: String,
        /// What was found.
        why: String,
    },
}

/// Whose failure an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Nothing was sent: a setting, a key or a certificate of this side.
    Us,
    /// The place did not answer, not to the end, or with 5xx.
    Place,
    /// It was an answer.
    Nobody,
}

impl ClientError {
    /// Whose failure it is.
    pub const fn blames(&self) -> Blame {
        match self {
            Self::Transport(
                TransportError::ForeignOrigin { .. }
                | TransportError::Key
                | TransportError::OwnCertificateEnded { .. }
                | TransportError::OwnCertificateEarly { .. }
                | TransportError::Settings(_),
            )
            | Self::NotKept(_) => Blame::Us,
            Self::Transport(_) => Blame::Place,
            Self::Refusal(refusal) if refusal.status >= 500 => Blame::Place,
            _ => Blame::Nobody,
        }
    }

    /// The cause alone, safe and short.
    pub fn cause(&self) -> Clean {
        match self {
            Self::Refusal(refusal) => line(&format!("it answered {refusal}")),
            other => line(&other.to_string()),
        }
    }

    /// Of what kind the failure is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Refusal(refusal) => refusal.kind(),
            Self::Transport(error) => error.kind(),
            Self::NotKept(_) => FailureKind::Configuration,
            _ => FailureKind::BadAnswer,
        }
    }

    /// True when a second try may fare better.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Transport(error) => error.is_passing(),
            Self::Refusal(refusal) => refusal.is_passing(),
            _ => false,
        }
    }

    /// True when a date did not fit the clock of this machine, which may be the one that is wrong.
    pub const fn is_about_time(&self) -> bool {
        matches!(
            self,
            Self::Transport(
                TransportError::Tls { problem: TlsProblem::Expired | TlsProblem::NotYetValid, .. }
                    | TransportError::OwnCertificateEnded { .. }
                    | TransportError::OwnCertificateEarly { .. }
            )
        )
    }

    /// The status code of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refusal(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// What the user is told when `what` ("CA list") did not work.
    pub fn failure(&self, what: &str, service: Service) -> Failure {
        match self {
            Self::Refusal(refusal) => refusal.failure(what, service),
            Self::Transport(error) => {
                let failure = Failure::new(error.kind(), line(&format!("{what}: {error}"))).hint(error.hint());
                match error {
                    TransportError::Tls { problem, shown: Some(shown), .. } => {
                        failure.detail(line(&problem.facts(shown)))
                    }
                    _ => failure,
                }
            }
            Self::Redirect { .. } => bad(what, self).hint("check the address in the configuration; no key was sent on"),
            Self::NotDigiCert { .. } => {
                bad(what, self).hint("a login page of the network or a proxy may answer in its place")
            }
            Self::TooLarge(_) | Self::Encoding(_) | Self::Utf8(_) | Self::Depth(_) | Self::Entries { .. } => {
                bad(what, self).hint("nothing of this answer is used")
            }
            Self::NotKept(_) => {
                Failure::new(self.kind(), line(&format!("{what}: {self}"))).hint("make room, or mend the state folder")
            }
            Self::Duplicate(_) | Self::Shape { .. } => {
                bad(what, self).hint("the service may have changed: look for a newer certdeck")
            }
        }
    }
}

fn bad(what: &str, error: &ClientError) -> Failure {
    Failure::new(FailureKind::BadAnswer, line(&format!("{what}: {error}")))
}

/// A moment as messages show it: `2026-11-21 14:02 UTC`.
pub fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Text for one line: cut at 300 characters, so that no service can fill the screen with an error.
pub fn line(text: &str) -> Clean {
    const MOST: usize = 300;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => Clean::from(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Clean::new(text),
    }
}
