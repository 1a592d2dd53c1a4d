//! Addresses of services.

use std::fmt;

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::domain::page;

/// The base address of a service: `https`, or `http` on this machine only; no trailing slash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServiceUrl {
    text: String,
    host: String,
    loopback: bool,
}

impl ServiceUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// One line that says what is wrong; it does not repeat the address, which may hold a password.
    pub fn parse(raw: &str) -> Result<Self, &'static str> {
        let url = url::Url::parse(raw.trim()).map_err(|_| "this is not a web address")?;
        let (host, loopback) = page::host(&url)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err("the address must end with its path, without ? and #");
        }
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), host, loopback })
    }

    /// The address, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, for messages.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// True for this machine: no pace is kept there.
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl<'de> Deserialize<'de> for ServiceUrl {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(input)?).map_err(D::Error::custom)
    }
}

/// The address of a proxy: `http`, `https` or `socks5`, without user and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyUrl(String);

impl ProxyUrl {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for ProxyUrl {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let url = url::Url::parse(String::deserialize(input)?.trim())
            .map_err(|_| D::Error::custom("this is not the address of a proxy"))?;
        if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") || url.host().is_none() {
            return Err(D::Error::custom("a proxy is http://, https:// or socks5:// and a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(D::Error::custom("a password never stands in the file; use HTTPS_PROXY for such a proxy"));
        }
        Ok(Self(url.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_this_machine_only() {
        let fine =
            ["https://one.digicert.com", "http://127.0.0.1:8080/services/v2/", "http://[::1]:1", "http://localhost:9"];
        for raw in fine {
            assert!(ServiceUrl::parse(raw).is_ok(), "{raw}");
        }
        let bad = [
            "http://one.digicert.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "ftp://127.0.0.1",
            "one.digicert.com",
            "https://user:secret@one.digicert.com",
            "https://one.digicert.com/?key=secret",
            "https://one.digicert.com/#x",
            "",
        ];
        for raw in bad {
            let error = ServiceUrl::parse(raw).expect_err(raw);
            assert!(!error.contains("secret"));
        }
        assert_eq!(ServiceUrl::parse("https://One.Digicert.com/").unwrap().as_str(), "https://one.digicert.com");
    }
}
