//! When the CA itself would have a certificate renewed (RFC 9773, ACME Renewal Information).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;

use super::probe::Served;
use crate::domain::text::Clean;

/// The window that a CA suggests for the renewal of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewalWindow {
    /// Its start (UTC).
    pub start: Timestamp,
    /// Its end (UTC), after the start.
    pub end: Timestamp,
    /// A page of the CA that says why; `https` only.
    pub explanation: Option<Clean>,
    /// When it was read (UTC).
    pub at: Timestamp,
    /// How long the answer holds: what the CA asked for, from a minute to a day (RFC 9773, 4.3).
    pub holds: Duration,
}

/// What a window says at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Advice {
    /// The window is to come.
    Wait,
    /// The window is open.
    Renew,
    /// The window has passed: the CA wants the certificate replaced now, as before a revocation.
    ReplaceNow,
}

impl RenewalWindow {
    /// What it says at `now`.
    pub fn advice(&self, now: Timestamp) -> Advice {
        if now < self.start {
            Advice::Wait
        } else if now < self.end {
            Advice::Renew
        } else {
            Advice::ReplaceNow
        }
    }

    /// True while the answer need not be asked for again.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.at.checked_add(self.holds).is_ok_and(|until| now < until)
    }
}

/// The name by which a CA knows a certificate: key identifier of the issuer and serial, both base64url, joined by a dot
/// (RFC 9773, 4.1). `None` for a certificate that does not name its issuer's key.
pub fn certificate_id(served: &Served) -> Option<String> {
    let issuer = unhex(served.authority_key_id.as_ref()?)?;
    let mut serial = unhex(served.serial.digits())?;
    if serial.first().is_some_and(|first| *first >= 0x80) {
        // DER writes a positive number with a clear top bit.
        serial.insert(0, 0);
    }
    Some(format!("{}.{}", URL_SAFE_NO_PAD.encode(issuer), URL_SAFE_NO_PAD.encode(serial)))
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let even = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits.to_owned() };
    if even.is_empty() || !even.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..even.len()).step_by(2).map(|at| u8::from_str_radix(even.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{name::NameSet, serial::Serial, when::When};

    fn served(authority: Option<&str>, serial: &str) -> Served {
        Served {
            serial: Serial::parse(serial).unwrap(),
            names: NameSet::default(),
            issuer: "CN=Test CA".into(),
            not_before: When::Never,
            not_after: When::Never,
            sha256: "00".into(),
            authority_key_id: authority.map(Clean::new),
            trust: Ok(()),
            name_matches: true,
            protocol: "TLS 1.3".into(),
        }
    }

    /// The example of RFC 9773, 4.1.
    #[test]
    fn the_name_of_a_certificate_is_that_of_the_rfc() {
        let id = certificate_id(&served(Some("69885B6B87464041E1B37B847BA0AE2CDE01C8D4"), "00:87:65:43:21"));
        assert_eq!(id.as_deref(), Some("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"));
        assert_eq!(certificate_id(&served(None, "01")), None);
        assert_eq!(certificate_id(&served(Some("zz"), "01")), None);
        assert_eq!(certificate_id(&served(Some("01"), "not hex")), None);
    }

    #[test]
    fn a_window_is_to_come_open_or_past() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let window = RenewalWindow {
            start: at("2026-12-01T00:00:00Z"),
            end: at("2026-12-03T00:00:00Z"),
            explanation: None,
            at: at("2026-11-21T00:00:00Z"),
            holds: Duration::from_hours(6),
        };
        let cases = [
            ("2026-11-30T23:59:59Z", Advice::Wait),
            ("2026-12-01T00:00:00Z", Advice::Renew),
            ("2026-12-02T23:59:59Z", Advice::Renew),
            ("2026-12-03T00:00:00Z", Advice::ReplaceNow),
        ];
        for (now, advice) in cases {
            assert_eq!(window.advice(at(now)), advice, "{now}");
        }
        assert!(window.is_fresh(at("2026-11-21T05:59:59Z")));
        assert!(!window.is_fresh(at("2026-11-21T06:00:00Z")));
    }
}
