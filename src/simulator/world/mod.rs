//! The seeded world that the services speak of, and what changes in it.

mod acme;
mod audit;
mod cas;
mod partner;
mod people;
mod reports;
mod requests;
mod rows;

use std::sync::Arc;

use super::clock::Clock;
use super::options::{IdStyle, Switches, Zone};
use super::pki::Pki;
use super::{clock, noise};

pub(super) use acme::{Acme, Row};
pub(super) use audit::{ACCOUNT_GAP, AuditLog, Event};
pub(super) use cas::{Blemish, Ca, Cas, Parent, stranger};
pub(super) use partner::PartnerWorld;
pub(super) use people::Person;
pub(super) use reports::{Report, Reports, Run, next_run, stamp, threshold, uuid};
pub(super) use requests::{CaRequest, Kind, Requests};
pub(super) use rows::{cell, columns, line, object, sheet_row};

/// Everything the services know.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) start: i64,
    pub(super) clock: Arc<Clock>,
    pub(super) switches: Switches,
    /// `http://127.0.0.1:port`, for the addresses in certificates.
    pub(super) base: String,
    pub(super) partner: PartnerWorld,
    pub(super) acme: Arc<Acme>,
    pub(super) people: Vec<Person>,
    pub(super) cas: Cas,
    pub(super) requests: Requests,
    pub(super) audit: AuditLog,
    pub(super) reports: Reports,
    pub(super) pki: Pki,
    /// End-entity certificates revoked since the start: authority, number, time, reason.
    pub(super) revoked: Vec<(usize, u64, i64, String)>,
    /// CRL configurations and OCSP responders made since the start.
    pub(super) made: Vec<(&'static str, serde_json::Value)>,
    /// API tokens changed since the start.
    pub(super) tokens: Vec<serde_json::Value>,
}

/// What a world is built from.
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) scale: u32,
    pub(super) clock: Arc<Clock>,
    pub(super) switches: Switches,
    pub(super) base: String,
}

impl World {
    pub(super) fn build(plan: Plan) -> Self {
        let Plan { seed, scale, clock, switches, base } = plan;
        let start = clock.now();
        let acme = Acme::build(seed, scale);
        let cas = Cas::build(seed, scale);
        Self {
            start,
            partner: PartnerWorld::build(&acme),
            acme: Arc::new(acme),
            people: people::build(seed),
            requests: Requests::build(&cas),
            audit: AuditLog::build(seed, scale, start, &cas),
            reports: Reports::build(seed),
            pki: Pki::new(seed),
            revoked: Vec::new(),
            made: Vec::new(),
            tokens: Vec::new(),
            seed,
            clock,
            switches,
            base,
            cas,
        }
    }

    /// An identifier in the style of the switches.
    pub(super) fn id(&self, id: u128) -> String {
        match self.switches.id_style {
            IdStyle::Uuid => uuid(id),
            IdStyle::Hex => format!("{id:032X}"),
        }
    }

    /// An instant in the style of the switches.
    pub(super) fn instant(&self, second: i64) -> String {
        let text = clock::rfc3339(second);
        match self.switches.zone {
            Zone::Utc => text,
            Zone::Missing => text.trim_end_matches('Z').to_owned(),
        }
    }

    pub(super) fn person(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.name == name)
    }

    /// Serial number of an end-entity certificate; authority and number can be read back from it.
    pub(super) fn leaf_serial(&self, ca: usize, n: u64) -> Vec<u8> {
        let place = u32::try_from(ca).unwrap_or(0);
        let number = u32::try_from(n).unwrap_or(0);
        let mark = noise::hash(self.seed, "leaf", (u64::from(place) << 32) | u64::from(number));
        let [.., a, b, c] = mark.to_be_bytes();
        let mut serial = vec![0x2A];
        serial.extend(place.to_be_bytes());
        serial.extend(number.to_be_bytes());
        serial.extend([a, b, c]);
        serial
    }

    /// Authority and number of an end-entity serial; `None` when this world issued no such certificate.
    pub(super) fn leaf_of(&self, serial: &[u8]) -> Option<(usize, u64)> {
        let (place, rest) = serial.strip_prefix(&[0x2A])?.split_first_chunk::<4>()?;
        let (number, _) = rest.split_first_chunk::<4>()?;
        let ca = usize::try_from(u32::from_be_bytes(*place)).ok()?;
        let n = u64::from(u32::from_be_bytes(*number));
        let known = self.cas.get(ca)?.leaves.unwrap_or(0) > n;
        (known && self.leaf_serial(ca, n) == serial).then_some((ca, n))
    }
}

/// The 128 bits of an identifier in either style.
pub(super) fn read_id(text: &str) -> Option<u128> {
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    (digits.len() == 32).then(|| u128::from_str_radix(&digits, 16).ok()).flatten()
}
