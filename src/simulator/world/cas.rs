//! Authorities: the 23 hand-made ones and, in a larger world, any number of issuing authorities below them.

use std::collections::HashMap;

use serde::Deserialize;

use crate::simulator::clock::{DAY, HOUR, at};
use crate::simulator::noise::{bytes, hash, pick, signed, under, unhex, wide};
use crate::simulator::pki::{Alg, Recipe};

/// Authorities that each step of the scale adds to the hand-made ones.
const STEP: u32 = 202;

/// Where an authority's issuer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum Parent {
    /// A root.
    Itself,
    /// Place in the list.
    At(usize),
    /// Outside of what the account sees.
    Hidden,
}

/// What is wrong with what an authority publishes, besides being late, which its rhythm says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::simulator) enum Blemish {
    #[default]
    None,
    /// Its CRL is signed with a key of somebody else, under its name.
    StrangeCrl,
    /// The certificate of its OCSP responder is signed with such a key.
    StrangeOcsp,
    /// Its OCSP responder repeats an answer of the day before yesterday.
    LateOcsp,
}

#[derive(Clone, Debug, Deserialize)]
struct Publishing {
    every: i64,
    #[serde(default)]
    hour: Option<i64>,
    #[serde(default)]
    published: Option<String>,
    #[serde(default)]
    entries: u64,
}

#[derive(Clone, Debug, Deserialize)]
struct Revoked {
    at: String,
    reason: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Made {
    key: String,
    name: String,
    #[serde(default)]
    parent: Option<String>,
    hosted: String,
    status: String,
    from: String,
    to: String,
    alg: String,
    #[serde(default)]
    serial: Option<String>,
    c: String,
    #[serde(default)]
    org: Option<String>,
    #[serde(default)]
    leaves: Option<u64>,
    #[serde(default)]
    week: u64,
    #[serde(default)]
    crl: Option<Publishing>,
    #[serde(default)]
    ocsp: Vec<i64>,
    #[serde(default)]
    templates: Vec<String>,
    #[serde(default)]
    constraints: Vec<String>,
    #[serde(default)]
    policies: Vec<String>,
    #[serde(default)]
    intermediates: bool,
    #[serde(default)]
    revoked: Option<Revoked>,
    #[serde(default)]
    pem: Option<String>,
    #[serde(default)]
    blemish: Blemish,
}

/// The rhythm of an authority's CRL.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct Rhythm {
    pub(in crate::simulator) hours: i64,
    hour: i64,
    /// The last one, when none came after it.
    stuck: Option<i64>,
    pub(in crate::simulator) entries: u64,
}

impl Rhythm {
    /// When the CRL that is out now was published.
    pub(in crate::simulator) fn this_update(&self, now: i64) -> i64 {
        let phase = self.hour * HOUR;
        let regular = now - (now - phase).rem_euclid(self.hours.max(1) * HOUR);
        self.stuck.unwrap_or(regular)
    }

    pub(in crate::simulator) fn next_update(&self, now: i64) -> i64 {
        self.this_update(now) + self.hours * HOUR
    }
}

/// An authority.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct Ca {
    pub(in crate::simulator) id: u128,
    /// The word by which fixtures speak of it; empty for a made one.
    pub(in crate::simulator) key: String,
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) parent: Parent,
    pub(in crate::simulator) hosted: String,
    pub(in crate::simulator) status: String,
    /// Validity; `None` while it waits for its signature.
    pub(in crate::simulator) validity: Option<(i64, i64)>,
    pub(in crate::simulator) alg: Alg,
    pub(in crate::simulator) serial: Vec<u8>,
    pub(in crate::simulator) country: String,
    pub(in crate::simulator) organization: String,
    /// End-entity certificates; `None` when the account may not list them.
    pub(in crate::simulator) leaves: Option<u64>,
    /// Of those, issued in the seven days before the world starts.
    pub(in crate::simulator) week: u64,
    pub(in crate::simulator) rhythm: Option<Rhythm>,
    /// Days until the certificate of each OCSP responder ends.
    pub(in crate::simulator) ocsp: Vec<i64>,
    pub(in crate::simulator) templates: Vec<String>,
    constraints: Vec<String>,
    policies: Vec<String>,
    pub(in crate::simulator) intermediates: bool,
    pub(in crate::simulator) revoked: Option<(i64, String)>,
    pub(in crate::simulator) held: Option<&'static str>,
    pub(in crate::simulator) blemish: Blemish,
    pub(in crate::simulator) created: i64,
    pub(in crate::simulator) modified: i64,
}

/// All authorities.
pub(in crate::simulator) struct Cas {
    seed: u64,
    pub(in crate::simulator) list: Vec<Ca>,
    places: HashMap<u128, usize>,
}

impl Cas {
    pub(in crate::simulator) fn build(seed: u64, scale: u32) -> Self {
        let made: Vec<Made> =
            serde_json::from_str(include_str!("../../../assets/simulator/cas.json")).unwrap_or_default();
        let keys: HashMap<String, usize> = made.iter().enumerate().map(|(place, ca)| (ca.key.clone(), place)).collect();
        let mut cas = Self { seed, list: Vec::new(), places: HashMap::new() };
        for ca in made {
            let parent = match ca.parent.as_deref() {
                None => Parent::Itself,
                Some(key) => keys.get(key).map_or(Parent::Hidden, |place| Parent::At(*place)),
            };
            cas.push(hand_made(seed, cas.list.len(), ca, parent));
        }
        let hubs = [1, 8, 12];
        for n in 0..u64::from(STEP * scale.saturating_sub(1)) {
            // Every tenth hangs on a policy authority, the others on the tenth before them.
            let parent =
                if n % 10 == 0 { pick(&hubs, n / 10) } else { cas.list.len() - usize::try_from(n % 10).unwrap_or(1) };
            cas.push(issuing(seed, n, parent));
        }
        cas
    }

    pub(in crate::simulator) fn push(&mut self, ca: Ca) {
        self.places.insert(ca.id, self.list.len());
        self.list.push(ca);
    }

    pub(in crate::simulator) fn place(&self, id: u128) -> Option<usize> {
        self.places.get(&id).copied()
    }

    pub(in crate::simulator) fn by_key(&self, key: &str) -> Option<(usize, &Ca)> {
        self.list.iter().enumerate().find(|(_, ca)| ca.key == key)
    }

    /// The next identifier of a new authority.
    pub(in crate::simulator) fn next_id(&self) -> u128 {
        wide(self.seed, "ca", u64::try_from(self.list.len()).unwrap_or(0))
    }

    /// The name of the authority of a place, for references.
    pub(in crate::simulator) fn get(&self, place: usize) -> Option<&Ca> {
        self.list.get(place)
    }

    pub(in crate::simulator) fn children(&self, place: usize) -> impl Iterator<Item = &Ca> {
        self.list.iter().filter(move |ca| ca.parent == Parent::At(place))
    }

    /// How the certificate of an authority is made; `None` while it waits for its signature.
    pub(in crate::simulator) fn recipe(&self, place: usize, base: &str) -> Option<Recipe> {
        let ca = self.list.get(place)?;
        let (from, to) = ca.validity?;
        let issuer = match ca.parent {
            Parent::At(parent) if parent != place => Some(Box::new(self.recipe(parent, base)?)),
            Parent::Itself | Parent::At(_) => None,
            Parent::Hidden => Some(Box::new(hidden())),
        };
        // The ids in addresses are written without hyphens, whatever the style of the answers.
        let address = |kind: &str, ending: &str| match ca.parent {
            Parent::At(parent) => {
                self.list.get(parent).map(|issuer| format!("{base}/{kind}/{:032x}{ending}", issuer.id))
            }
            Parent::Hidden => Some(format!("http://{kind}.harbor.example/root{ending}")),
            Parent::Itself => None,
        };
        let answers = match ca.parent {
            Parent::At(parent) => self.list.get(parent).is_some_and(|issuer| !issuer.ocsp.is_empty()),
            _ => false,
        };
        Some(Recipe {
            number: place,
            name: ca.name.clone(),
            organization: ca.organization.clone(),
            country: ca.country.clone(),
            alg: ca.alg,
            serial: ca.serial.clone(),
            from,
            to,
            issuer,
            crl: address("crl", ".crl"),
            ocsp: answers.then(|| address("ocsp", "")).flatten(),
            certificate: address("cacerts", ".crt"),
            policies: ca.policies.clone(),
            names: ca.constraints.clone(),
            held: ca.held,
        })
    }
}

/// An authority of the same name and another key: what it signs is of a stranger.
pub(in crate::simulator) fn stranger(authority: &Recipe) -> Recipe {
    Recipe { number: usize::MAX - 1 - authority.number, issuer: None, held: None, ..authority.clone() }
}

/// The issuer that the account does not see.
fn hidden() -> Recipe {
    Recipe {
        number: usize::MAX,
        name: "Harbor Root 1".to_owned(),
        organization: "Harbor Logistics BV".to_owned(),
        country: "NL".to_owned(),
        alg: Alg::Ed25519,
        serial: vec![0x11, 0x22, 0x33],
        from: at("2020-01-01T00:00:00Z"),
        to: at("2040-01-01T00:00:00Z"),
        issuer: None,
        crl: None,
        ocsp: None,
        certificate: None,
        policies: Vec::new(),
        names: Vec::new(),
        held: None,
    }
}

fn alg(word: &str) -> Alg {
    match word {
        "ed25519" => Alg::Ed25519,
        "p384" => Alg::P384,
        "rsa" => Alg::Rsa,
        _ => Alg::P256,
    }
}

fn serial(seed: u64, n: usize) -> Vec<u8> {
    let mut serial = bytes(wideness(seed, n), "ca serial", 10);
    if let Some(first) = serial.first_mut() {
        // Positive, and without leading zeros.
        *first = (*first & 0x7F) | 0x10;
    }
    serial
}

fn wideness(seed: u64, n: usize) -> u64 {
    hash(seed, "ca serial", u64::try_from(n).unwrap_or(0))
}

fn hand_made(seed: u64, place: usize, ca: Made, parent: Parent) -> Ca {
    let number = u64::try_from(place).unwrap_or(0);
    let validity = (!ca.from.is_empty()).then(|| (at(&ca.from), at(&ca.to)));
    let created = validity.map_or(at("2026-11-12T09:41:07Z"), |(from, _)| from);
    let given = ca.serial.as_deref().and_then(unhex);
    let (held, held_serial) = match ca.pem.as_deref() {
        Some("partner-root") => {
            (Some(include_str!("../../../assets/simulator/partner-root.pem")), unhex("2F10A1B2C3D4E5F60718"))
        }
        Some(_) => (Some(include_str!("../../../assets/simulator/partner-issuing.pem")), unhex("11A0B1C2D3E4F5061728")),
        None => (None, None),
    };
    let revoked = ca.revoked.map(|revoked| (at(&revoked.at), revoked.reason));
    Ca {
        id: wide(seed, "ca", number),
        name: ca.name,
        parent,
        hosted: ca.hosted,
        status: ca.status,
        validity,
        alg: alg(&ca.alg),
        serial: given.or(held_serial).unwrap_or_else(|| serial(seed, place)),
        country: ca.c,
        organization: ca.org.unwrap_or_else(|| "Acme Corp".to_owned()),
        leaves: ca.leaves,
        week: ca.week,
        rhythm: ca.crl.map(|crl| Rhythm {
            hours: crl.every,
            hour: crl.hour.unwrap_or(18),
            stuck: crl.published.as_deref().map(at),
            entries: crl.entries,
        }),
        ocsp: ca.ocsp,
        templates: ca.templates,
        constraints: ca.constraints,
        policies: ca.policies,
        intermediates: ca.intermediates,
        modified: revoked.as_ref().map_or(created, |(at, _)| *at),
        revoked,
        held,
        blemish: ca.blemish,
        created,
        key: ca.key,
    }
}

/// One of the many issuing authorities of a larger world.
fn issuing(seed: u64, n: u64, parent: usize) -> Ca {
    let words = ["Plant", "Store", "Vessel", "Depot", "Branch", "Lab", "Tower", "Fleet"];
    let from = at("2024-01-01T00:00:00Z") + signed(seed, "ca from", n, 700) * DAY;
    let word: &str = pick(&words, hash(seed, "ca word", n));
    let place = usize::try_from(n).unwrap_or(0) + 23;
    Ca {
        id: wide(seed, "ca", n + 23),
        key: String::new(),
        name: format!("Acme {word} CA {n}"),
        parent: Parent::At(parent),
        hosted: "online".to_owned(),
        status: "active".to_owned(),
        validity: Some((from, from + 3_650 * DAY)),
        alg: Alg::P256,
        serial: serial(seed, place),
        country: "DE".to_owned(),
        organization: "Acme Corp".to_owned(),
        leaves: Some(under(seed, "ca leaves", n, 400)),
        week: under(seed, "ca week", n, 8),
        rhythm: Some(Rhythm { hours: 24, hour: 18, stuck: None, entries: n % 7 }),
        ocsp: vec![90 + signed(seed, "ca ocsp", n, 200)],
        templates: vec!["mTLS edge".to_owned()],
        constraints: Vec::new(),
        policies: Vec::new(),
        intermediates: true,
        revoked: None,
        held: None,
        blemish: Blemish::None,
        created: from,
        modified: from,
    }
}
