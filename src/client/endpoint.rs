//! A base address with the key that belongs to it.

use std::sync::Arc;

use super::{auth::Key, transport::Url};
use crate::domain::{Failure, FailureKind};

/// A base address and its key.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Address without a trailing slash.
    pub base: Url,
    /// The key.
    pub key: Arc<Key>,
}

/// Reads a base address: https, or http on the loopback; no query, no password.
pub fn base(raw: &str) -> Result<Url, Failure> {
    let unusable = |why: &str| {
        Failure::new(FailureKind::Configuration, format!("the address {} cannot be used: {why}", place(raw)))
            .hint("correct the address in the configuration")
    };
    let url = Url::parse(raw.trim()).map_err(|_| unusable("it is no URL"))?;
    let loopback = super::auth::Origin::of(&url).is_loopback();
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err(unusable("http is for the loopback only")),
        _ => return Err(unusable("it must begin with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(unusable("it must not hold a user, a password or a query"));
    }
    Ok(url)
}

/// `base` with `segments` below it and `query` behind it.
///
/// Segments are escaped. One that is empty, `.` or `..` would name another path than the one meant and is refused.
pub fn join(base: &Url, segments: &[&str], query: &[(&str, String)]) -> Result<Url, Failure> {
    let refused = |why: &str| Failure::new(FailureKind::Refused, format!("the id cannot be asked for: {why}"));
    if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
        return Err(refused("it is empty or a path"));
    }
    let mut url = base.clone();
    url.path_segments_mut().map_err(|()| refused("the address has no path"))?.pop_if_empty().extend(segments);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

/// The place that `target` means, seen from `here`, as it may be shown: scheme, host, port and path.
pub fn target(here: &Url, target: &str) -> String {
    here.join(target).map_or_else(|_| "a place that is no address".to_owned(), shown)
}

/// An address as it may be shown.
fn place(raw: &str) -> String {
    Url::parse(raw).map_or_else(|_| "in the configuration".to_owned(), shown)
}

fn shown(mut url: Url) -> String {
    url.set_query(None);
    url.set_fragment(None);
    // Addresses without a host have no user to remove.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.as_str().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_the_loopback_is_a_base() {
        for fine in ["https://one.example.com", "http://127.0.0.1:8080/x", "http://[::1]:1", "http://localhost:1/"] {
            assert!(base(fine).is_ok(), "{fine}");
        }
        let refused = [
            "http://one.example.com",
            "ftp://example.com",
            "nonsense",
            "https://u:p@example.com",
            "https://e.com/?k=v",
        ];
        for raw in refused {
            let failure = base(raw).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Configuration);
            assert!(!failure.to_string().contains("u:p") && !failure.to_string().contains("k=v"), "{failure}");
        }
    }

    #[test]
    fn ids_stay_inside_their_segment() {
        let base = base("https://one.example.com/api/").unwrap();
        let url = join(&base, &["ca", "a/b?c#d e"], &[("limit", "5".into())]).unwrap();
        assert_eq!(url.as_str(), "https://one.example.com/api/ca/a%2Fb%3Fc%23d%20e?limit=5");
        for id in ["", ".", ".."] {
            assert!(join(&base, &["ca", id], &[]).is_err(), "{id:?}");
        }
    }
}
