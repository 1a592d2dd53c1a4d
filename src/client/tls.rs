//! What a failed TLS handshake means, in one sentence each. None of them is ever answered by checking less.

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

use super::{
    error::minute,
    transport::{Refused, Shown},
};

/// Why no TLS connection came about, as far as it can be told from here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsProblem {
    /// Past its end.
    #[error("the certificate of the server has expired")]
    Expired,
    /// Before its start.
    #[error("the certificate of the server is not valid yet")]
    NotYetValid,
    /// For another host.
    #[error("the certificate of the server is for another host name")]
    WrongName,
    /// No path to a trusted root: an unknown CA, a company's inspecting proxy or a self-signed certificate.
    #[error("the certificate of the server is signed by a CA that this machine does not trust")]
    UnknownCa,
    /// A CA certificate, usually a self-signed one, in place of a server certificate.
    #[error("the server shows a self-signed or CA certificate as its own")]
    SelfSigned,
    /// No common protocol version.
    #[error("the server does not speak TLS 1.2 or 1.3")]
    Version,
    /// The server asks for a client certificate.
    #[error("the server asks for a client certificate")]
    ClientCertificate,
    /// The server does not take the certificate that was shown to it.
    #[error("the server does not accept the client certificate: {0}")]
    OwnCertificate(&'static str),
    /// The server's certificate is revoked.
    #[error("the certificate of the server is revoked")]
    Revoked,
    /// The server refused the handshake.
    #[error("the server refused the TLS handshake")]
    Refused,
    /// Anything else; the text is the library's.
    #[error("the TLS handshake failed: {0}")]
    Other(String),
}

impl TlsProblem {
    /// Sorts an error of rustls; `own` when a client certificate was at hand, so that an alert may be about it.
    pub fn of(error: &Error, own: bool) -> Self {
        match error {
            Error::InvalidCertificate(problem) => match Refused::of(error) {
                Some(refused) if refused.cause == CertificateError::UnknownIssuer && refused.shown.signed_itself() => {
                    Self::SelfSigned
                }
                Some(refused) => Self::of_certificate(&refused.cause),
                None => Self::of_certificate(problem),
            },
            Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::SupportedVersionsExtensionRequired,
            )
            | Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity) => {
                Self::Version
            }
            Error::AlertReceived(alert) if own => about_own(*alert).map_or(Self::Refused, Self::OwnCertificate),
            Error::AlertReceived(
                AlertDescription::CertificateRequired
                | AlertDescription::BadCertificate
                | AlertDescription::NoCertificate
                | AlertDescription::CertificateUnknown,
            ) => Self::ClientCertificate,
            Error::AlertReceived(AlertDescription::CertificateRevoked) => Self::Revoked,
            Error::AlertReceived(_) => Self::Refused,
            other => Self::Other(other.to_string()),
        }
    }

    fn of_certificate(problem: &CertificateError) -> Self {
        match problem {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::WrongName,
            CertificateError::UnknownIssuer => Self::UnknownCa,
            CertificateError::Revoked => Self::Revoked,
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => Self::SelfSigned,
            other => Self::Other(other.to_string()),
        }
    }

    /// What the server showed, in one line; of a date that does not fit, also the clock here.
    pub fn facts(&self, shown: &Shown) -> String {
        const NAMES: usize = 5;
        let mut names: Vec<&str> = shown.names.iter().take(NAMES).map(String::as_str).collect();
        let more = format!("{} more", shown.names.len().saturating_sub(NAMES));
        if shown.names.len() > NAMES {
            names.push(&more);
        }
        let names = if names.is_empty() { "no host name".to_owned() } else { names.join(", ") };
        let dates = shown.validity.map(|(from, to)| format!(", valid {} to {}", minute(from), minute(to)));
        let clock = match self {
            Self::Expired | Self::NotYetValid => shown.now.map(|now| format!("; the clock here says {}", minute(now))),
            _ => None,
        };
        let (subject, issuer) = (short(&shown.subject), short(&shown.issuer));
        let (dates, clock) = (dates.unwrap_or_default(), clock.unwrap_or_default());
        format!("it is for {names}{dates}{clock}; {subject}, signed by {issuer}")
    }

    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Expired | Self::NotYetValid => "check the clock of this machine first, then the address",
            Self::WrongName => "check the address in the configuration",
            Self::UnknownCa | Self::SelfSigned => {
                "behind a company proxy, or with a CA of your own, name its root certificate as ca_file"
            }
            Self::Version => "something between here and the service speaks an outdated TLS",
            Self::ClientCertificate => {
                "this host takes no key alone: use the host without `clientauth.`, or set client_certificate"
            }
            Self::OwnCertificate(_) => {
                "name the certificate and key that DigiCert ONE issued to this user, and the host they belong to"
            }
            Self::Revoked | Self::Refused | Self::Other(_) => "check the address and the proxy, then try again",
        }
    }
}

/// What an alert says of the certificate that was shown (RFC 8446, 6.2); `None` when it is about something else.
const fn about_own(alert: AlertDescription) -> Option<&'static str> {
    Some(match alert {
        AlertDescription::CertificateExpired => "it has expired",
        AlertDescription::CertificateRevoked => "it is revoked",
        AlertDescription::UnknownCA => "it is signed by a CA that the server does not know",
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => "it asks for one of another kind",
        AlertDescription::UnsupportedCertificate => "it is of a kind that the server does not take",
        AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::AccessDenied
        | AlertDescription::DecryptError => "the server gives no reason",
        _ => return None,
    })
}

/// A name of a certificate, short enough for a line.
fn short(name: &str) -> String {
    const MOST: usize = 60;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None if name.is_empty() => "without a name".to_owned(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n19_each_cause_has_its_own_text() {
        let certificate = Error::InvalidCertificate;
        let cases = [
            (certificate(CertificateError::Expired), TlsProblem::Expired),
            (certificate(CertificateError::NotValidYet), TlsProblem::NotYetValid),
            (certificate(CertificateError::NotValidForName), TlsProblem::WrongName),
            (certificate(CertificateError::UnknownIssuer), TlsProblem::UnknownCa),
            (certificate(CertificateError::Revoked), TlsProblem::Revoked),
            (Error::AlertReceived(AlertDescription::ProtocolVersion), TlsProblem::Version),
            (Error::AlertReceived(AlertDescription::CertificateRequired), TlsProblem::ClientCertificate),
            (Error::AlertReceived(AlertDescription::HandshakeFailure), TlsProblem::Refused),
        ];
        let mut texts: Vec<String> = Vec::new();
        for (error, problem) in cases {
            assert_eq!(TlsProblem::of(&error, false), problem);
            texts.push(problem.to_string());
        }
        texts.push(TlsProblem::SelfSigned.to_string());
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 9);
    }
}
