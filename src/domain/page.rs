//! Web addresses, and pages of web consoles.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for the id of a row in an address.
const ID: &str = "{id}";

/// Bytes of an id that an address cannot hold as they are: all but those that RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The host of an address that may be asked, and whether it is this machine: `https`, or `http` on this machine only.
///
/// # Errors
/// One line that says what is wrong; it does not repeat the address, which may hold a password.
pub fn host(url: &url::Url) -> Result<(String, bool), &'static str> {
    let (host, loopback) = match url.host() {
        Some(url::Host::Domain(name)) => (name.to_owned(), name == "localhost"),
        Some(url::Host::Ipv4(ip)) => (ip.to_string(), ip.is_loopback()),
        Some(url::Host::Ipv6(ip)) => (ip.to_string(), ip.is_loopback()),
        None => return Err("the address has no host"),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err("http is accepted for this machine only, use https"),
        _ => return Err("the address must start with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the address must not hold a user or password");
    }
    Ok((host, loopback))
}

/// The address of a page, in which `{id}` stands for the id of a row: `https`, or `http` on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page(String);

impl Page {
    /// Reads an address.
    ///
    /// # Errors
    /// One line that says what is wrong; it does not repeat the address, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let [read, other] = ["0", "1"].map(|id| url::Url::parse(&text.replace(ID, id)));
        let (Ok(read), Ok(other)) = (read, other) else { return Err("this is not a web address") };
        host(&read)?;
        if read.origin() != other.origin() {
            return Err("{id} stands behind the host");
        }
        if text.replace(ID, "").contains(['{', '}']) {
            return Err("the address may hold {id} and no other braces");
        }
        Ok(Self(text.to_owned()))
    }

    /// The page about the row with this id; an id adds nothing to the address but itself. `None` when the page needs an
    /// id and there is none.
    pub fn about(&self, id: Option<&str>) -> Option<String> {
        match id {
            Some(id) => Some(self.0.replace(ID, &utf8_percent_encode(id, RESERVED).to_string())),
            None => (!self.0.contains(ID)).then(|| self.0.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_adds_nothing_to_an_address_but_itself() {
        let page = Page::parse("https://one.example.com/ca/{id}?of={id}").unwrap();
        let about = page.about(Some("../a b?c#d\u{202e}")).unwrap();
        assert_eq!(about, "https://one.example.com/ca/..%2Fa%20b%3Fc%23d%E2%80%AE?of=..%2Fa%20b%3Fc%23d%E2%80%AE");
        assert_eq!(page.about(None), None);
        let whole = Page::parse("https://one.example.com/").unwrap();
        assert_eq!(whole.about(None), whole.about(Some("a")));
    }

    #[test]
    fn an_address_that_could_lead_elsewhere_is_refused() {
        for bad in [
            "one.example.com",
            "http://one.example.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://user:secret@one.example.com/",
            "https://{id}.example.com/",
            "https://one.example.com/{ca}",
            "https://one.example.com:{id}/",
        ] {
            assert!(Page::parse(bad).is_err(), "{bad}");
        }
        assert!(Page::parse("http://127.0.0.1:8080/{id}").is_ok());
    }
}
