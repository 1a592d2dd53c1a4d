//! What can go wrong before an answer is whole. No text here holds a key or the query of an address.

use jiff::Timestamp;

use super::Shown;
use crate::{
    client::{error::minute, tls::TlsProblem},
    domain::FailureKind,
};

/// No answer, or not a whole one.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TransportError {
    /// The name does not resolve.
    #[error("cannot find the host {host}")]
    NotFound {
        /// The host.
        host: String,
    },
    /// Nobody listens there.
    #[error("{host} refused the connection")]
    Refused {
        /// The host.
        host: String,
    },
    /// No connection for another reason.
    #[error("cannot connect to {host}: {why}")]
    Unreachable {
        /// The host.
        host: String,
        /// The system's words.
        why: String,
    },
    /// No connection in time.
    #[error("no connection to {host} within {seconds} s")]
    ConnectTimeout {
        /// The host.
        host: String,
        /// The deadline.
        seconds: f64,
    },
    /// No head of an answer in time.
    #[error("no answer within {seconds} s")]
    FirstByte {
        /// The deadline.
        seconds: f64,
    },
    /// Silence inside an answer.
    #[error("the answer stopped for {seconds} s")]
    Idle {
        /// The deadline.
        seconds: f64,
    },
    /// The whole answer took too long.
    #[error("the answer was not complete within {seconds} s")]
    Total {
        /// The deadline.
        seconds: f64,
    },
    /// A streamed answer below the least rate.
    #[error("the answer came too slowly")]
    Slow,
    /// The connection ended inside the answer.
    #[error("the connection was cut before the answer was complete")]
    Cut,
    /// The compressed bytes are damaged.
    #[error("the compressed answer is damaged")]
    Compression,
    /// No TLS connection.
    #[error("{problem} ({host})")]
    Tls {
        /// The host.
        host: String,
        /// Why.
        problem: TlsProblem,
        /// What the server showed, when that is what was refused.
        shown: Option<Box<Shown>>,
    },
    /// The proxy did not let it through.
    #[error("the proxy {proxy} {problem}; {host} was not reached")]
    Proxy {
        /// Host and port of the proxy.
        proxy: String,
        /// The host behind it.
        host: String,
        /// Why.
        problem: ProxyProblem,
    },
    /// More or longer header lines than any service sends.
    #[error("the answer has too many or too long header lines")]
    Headers,
    /// A key was about to go to a host that it does not belong to.
    #[error("the key does not belong to {host}; nothing was sent")]
    ForeignOrigin {
        /// The host.
        host: String,
    },
    /// The key holds characters that no header can.
    #[error("the key holds a character that cannot be sent (a line break, perhaps)")]
    Key,
    /// The client certificate is past its end; nothing was sent.
    #[error("the client certificate ended at {}; the clock of this machine says {}", minute(*at), minute(*now))]
    OwnCertificateEnded {
        /// Its end.
        at: Timestamp,
        /// The clock here.
        now: Timestamp,
    },
    /// The client certificate is before its start; nothing was sent.
    #[error("the client certificate begins at {}; the clock of this machine says {}", minute(*at), minute(*now))]
    OwnCertificateEarly {
        /// Its start.
        at: Timestamp,
        /// The clock here.
        now: Timestamp,
    },
    /// A setting of the connection cannot be used.
    #[error("{0}")]
    Settings(String),
    /// Anything else, in the library's words.
    #[error("the exchange failed: {0}")]
    Other(String),
}

/// Why a proxy did not let a connection through.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProxyProblem {
    /// It answered 407.
    #[error("asks for a user and password (407)")]
    Password,
    /// It answered another code, or nothing that is HTTP.
    #[error("does not let the connection through")]
    Denied,
    /// It closed before it had opened the way.
    #[error("closed the connection before it was through")]
    Cut,
    /// Nobody listens there.
    #[error("refused the connection")]
    Refused,
    /// Its name does not resolve.
    #[error("cannot be found")]
    NotFound,
    /// No way through in time.
    #[error("did not connect within {seconds} s")]
    Timeout {
        /// The deadline.
        seconds: f64,
    },
    /// Anything else, in the library's words.
    #[error("failed: {0}")]
    Other(String),
}

impl TransportError {
    /// True when a second try may fare better.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::NotFound { .. }
            | Self::Refused { .. }
            | Self::Unreachable { .. }
            | Self::ConnectTimeout { .. }
            | Self::FirstByte { .. }
            | Self::Idle { .. }
            | Self::Total { .. }
            | Self::Slow
            | Self::Cut
            | Self::Compression
            | Self::Other(_) => true,
            Self::Proxy { problem, .. } => !matches!(problem, ProxyProblem::Password | ProxyProblem::Denied),
            Self::Tls { .. }
            | Self::Headers
            | Self::ForeignOrigin { .. }
            | Self::Key
            | Self::OwnCertificateEnded { .. }
            | Self::OwnCertificateEarly { .. }
            | Self::Settings(_) => false,
        }
    }

    /// What it comes to.
    pub const fn kind(&self) -> FailureKind {
        match self {
            Self::Tls { .. } => FailureKind::Tls,
            Self::Headers | Self::Compression => FailureKind::BadAnswer,
            Self::ForeignOrigin { .. } | Self::Key | Self::Settings(_) => FailureKind::Configuration,
            Self::OwnCertificateEnded { .. } | Self::OwnCertificateEarly { .. } => FailureKind::NotAuthenticated,
            _ => FailureKind::Network,
        }
    }

    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "check the address in the configuration and the name service",
            Self::Refused { .. } | Self::Unreachable { .. } | Self::ConnectTimeout { .. } => {
                "check the network, VPN and proxy, then try again"
            }
            Self::Tls { problem, .. } => problem.hint(),
            Self::Proxy { problem: ProxyProblem::Password, .. } => {
                "set HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT in the environment; a password never stands in the file"
            }
            Self::Proxy { .. } => "check `proxy` in the configuration, HTTPS_PROXY and NO_PROXY",
            Self::ForeignOrigin { .. } | Self::Key | Self::Settings(_) => "correct the configuration",
            Self::OwnCertificateEnded { .. } => "have a new client certificate issued, or correct the clock",
            Self::OwnCertificateEarly { .. } => "wait until it begins, or correct the clock",
            Self::Headers => "check the address: this does not look like the service",
            _ => "try again; what was read before is still shown",
        }
    }
}
