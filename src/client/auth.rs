//! Keys, bound to the one place they may be sent to.

use std::{fmt, net::IpAddr, sync::Arc};

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    error::TransportError,
    pace::Lane,
    transport::{HeaderName, HeaderValue, Request, Url},
};
use crate::domain::Clean;

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

    /// True for this machine itself.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// A key, its header, the origin it belongs to, and the pace of everything it sends.
pub struct Key {
    header: HeaderName,
    origin: Origin,
    secret: SecretString,
    /// Pace and pauses; shared by all uses of the same key.
    pub(super) lane: Arc<Lane>,
}

impl Key {
    /// Binds `secret` to the origin of `base`.
    pub(super) const fn new(header: HeaderName, origin: Origin, secret: SecretString, lane: Arc<Lane>) -> Self {
        Self { header, origin, secret, lane }
    }

    /// Puts the key on a request, last of all and only for its own origin (a key must never follow an address that an
    /// answer made up).
    pub(super) fn attach(&self, request: &mut Request) -> Result<(), TransportError> {
        if Origin::of(&request.url) != self.origin {
            return Err(TransportError::ForeignOrigin { host: Origin::of(&request.url).host });
        }
        let mut value = HeaderValue::from_str(self.secret.expose_secret()).map_err(|_| TransportError::Key)?;
        value.set_sensitive(true);
        request.headers.insert(self.header.clone(), value);
        Ok(())
    }

    /// `text` of an answer without the key, should the service have sent it back.
    pub(super) fn redacted(&self, text: &Clean) -> Clean {
        let secret = self.secret.expose_secret();
        if secret.is_empty() || !text.contains(secret) {
            return text.clone();
        }
        Clean::from(text.replace(secret, "(the key)"))
    }

    /// The last four characters, by which `GET /api-key` names keys.
    pub(super) fn last4(&self) -> String {
        let tail: Vec<char> = self.secret.expose_secret().chars().rev().take(4).collect();
        tail.into_iter().rev().collect()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("header", &self.header).field("origin", &self.origin).finish_non_exhaustive()
    }
}
