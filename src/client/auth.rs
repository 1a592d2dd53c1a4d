//! Keys, bound to the one place they may be sent to.

use std::{fmt, net::IpAddr, sync::Arc};

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    error::TransportError,
    pace::Lane,
    transport::{HeaderName, HeaderValue, Request, Url},
};
use crate::{config::ClientCertificate, domain::Clean};

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Origin {
    /// The origin of an address.
    pub fn of(url: &Url) -> Self {
        Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_ascii_lowercase(),
            port: url.port_or_known_default(),
        }
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Host, and port where it is not the usual one; what messages name.
    pub fn place(&self) -> String {
        match (self.scheme.as_str(), self.port) {
            ("https", Some(443)) | ("http", Some(80)) | (_, None) => self.host.clone(),
            (_, Some(port)) => format!("{}:{port}", self.host),
        }
    }

    /// True for this machine itself.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// What proves who asks.
enum Proof {
    /// A secret in a header.
    Header(HeaderName, SecretString),
    /// A certificate, which the handshake shows; nothing of it stands in a request.
    Certificate(ClientCertificate),
    /// Nothing: what is asked is public.
    None,
}

/// A key or a client certificate, the origin it belongs to, and the pace of everything it sends.
pub struct Key {
    proof: Proof,
    origin: Origin,
    /// Pace and pauses; shared by all uses of the same key.
    pub(super) lane: Arc<Lane>,
}

impl Key {
    /// Binds `secret` to `origin`.
    pub(super) const fn new(header: HeaderName, origin: Origin, secret: SecretString, lane: Arc<Lane>) -> Self {
        Self { proof: Proof::Header(header, secret), origin, lane }
    }

    /// Binds `certificate` to `origin`.
    pub(super) const fn certificate(certificate: ClientCertificate, origin: Origin, lane: Arc<Lane>) -> Self {
        Self { proof: Proof::Certificate(certificate), origin, lane }
    }

    /// No key, for what is public at `origin`.
    pub(super) const fn none(origin: Origin, lane: Arc<Lane>) -> Self {
        Self { proof: Proof::None, origin, lane }
    }

    /// True when nothing tells who asks.
    pub(super) const fn is_none(&self) -> bool {
        matches!(self.proof, Proof::None)
    }

    /// Puts the key on a request, last of all and only for its own origin (a key must never follow an address that an
    /// answer made up). A certificate is on the connection; here its origin and, at `now`, its dates are looked at.
    pub(super) fn attach(&self, request: &mut Request, now: Timestamp) -> Result<(), TransportError> {
        if Origin::of(&request.url) != self.origin {
            return Err(TransportError::ForeignOrigin { host: Origin::of(&request.url).host });
        }
        match &self.proof {
            Proof::Header(header, secret) => {
                let mut value = HeaderValue::from_str(secret.expose_secret()).map_err(|_| TransportError::Key)?;
                value.set_sensitive(true);
                request.headers.insert(header.clone(), value);
                Ok(())
            }
            Proof::Certificate(certificate) if now > certificate.ends() => {
                Err(TransportError::OwnCertificateEnded { at: certificate.ends(), now })
            }
            Proof::Certificate(certificate) if now < certificate.starts() => {
                Err(TransportError::OwnCertificateEarly { at: certificate.starts(), now })
            }
            Proof::Certificate(_) | Proof::None => Ok(()),
        }
    }

    /// The certificate, where there is no secret.
    pub(super) const fn own_certificate(&self) -> Option<&ClientCertificate> {
        match &self.proof {
            Proof::Header(..) | Proof::None => None,
            Proof::Certificate(certificate) => Some(certificate),
        }
    }

    /// `text` of an answer without the key, should the service have sent it back.
    pub(super) fn redacted(&self, text: &Clean) -> Clean {
        match &self.proof {
            Proof::Header(_, secret) if !secret.expose_secret().is_empty() && text.contains(secret.expose_secret()) => {
                Clean::from(text.replace(secret.expose_secret(), "(the key)"))
            }
            _ => text.clone(),
        }
    }

    /// The last four characters, by which `GET /api-key` names keys; none of a certificate.
    pub(super) fn last4(&self) -> String {
        let Proof::Header(_, secret) = &self.proof else { return String::new() };
        let tail: Vec<char> = secret.expose_secret().chars().rev().take(4).collect();
        tail.into_iter().rev().collect()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("origin", &self.origin).finish_non_exhaustive()
    }
}
