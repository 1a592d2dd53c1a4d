//! Which proxy stands before a service, so that messages can name it.

use hyper_util::client::proxy::matcher::Matcher;
use secrecy::{ExposeSecret as _, SecretString};

use super::Url;
use crate::client::error::ProxyProblem;

/// A proxy, without its user and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyPlace {
    /// Host and, where one is given, port.
    pub host: String,
    /// The connection to the proxy itself is TLS.
    pub encrypted: bool,
}

impl ProxyPlace {
    /// The proxy that requests to `url` go through: `own` of the service, which counts for all its hosts, else what
    /// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` or the system say. The rules are those of the library that connects.
    pub fn of(own: Option<&SecretString>, url: &Url) -> Option<Self> {
        let matcher = match own {
            Some(own) => Matcher::builder().all(own.expose_secret()).build(),
            None => Matcher::from_system(),
        };
        let found = matcher.intercept(&url.as_str().parse().ok()?)?;
        let uri = found.uri();
        let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        let host = format!("{}{port}", uri.host().unwrap_or_default());
        Some(Self { host, encrypted: uri.scheme_str() == Some("https") })
    }
}

/// What `words`, the causes of an error on the way through a proxy, mean.
pub fn problem(words: &str) -> ProxyProblem {
    if words.contains("proxy authorization required") {
        ProxyProblem::Password
    } else if words.contains("unexpected end of file") || words.contains("io error establishing tunnel") {
        ProxyProblem::Cut
    } else if words.contains("tunnel error: unsuccessful") || words.contains("headers too long") {
        ProxyProblem::Denied
    } else if words.contains("refused") {
        ProxyProblem::Refused
    } else if words.contains("dns error") || words.contains("failed to lookup") {
        ProxyProblem::NotFound
    } else {
        ProxyProblem::Other(words.rsplit(": ").next().unwrap_or_default().to_owned())
    }
}
