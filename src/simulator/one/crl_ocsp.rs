//! CRL configurations and OCSP responders, and what they publish at the addresses in the certificates.
//!
//! All of it is signed, and nearly all is in order. The exceptions are always the same, by `assets/simulator/cas.json`:
//! the CRLs of "Acme Device CA 3" (for four hours) and "Acme S/MIME CA 1" (for weeks) are late; that of "Acme Kiosk CA 1"
//! is signed with the key of a stranger, as is the certificate of the responder of the CA of München; the responder of
//! "Acme `IoT` CA 7" repeats an answer of the day before yesterday. Authorities of others publish nothing here.

use serde_json::{Value, json};

use super::{list, missing, refuse, unknown_path};
use crate::simulator::answer::{Answer, Ask, put, text};
use crate::simulator::clock::DAY;
use crate::simulator::noise::{hash, pick, signed};
use crate::simulator::pki::{Alg, CrlInput, Entry, Known, Recipe, reply, unbase64};
use crate::simulator::world::{Blemish, Parent, World, read_id, stranger};

pub(super) fn answer(world: &mut World, ask: &Ask, path: &[&str]) -> Answer {
    match (ask.method.as_str(), path) {
        ("GET", [kind @ ("crl" | "ocsp-responder")]) => {
            let found = wanted(world, ask, kind);
            list(world, ask, found.len(), |n| found.get(n).and_then(|row| row.record(world)))
        }
        ("GET", [kind @ ("crl" | "ocsp-responder"), id]) => {
            let all = wanted(world, ask, kind);
            let mut records = all.iter().filter_map(|row| row.record(world));
            match records.find(|one| text(one, "id").eq_ignore_ascii_case(id)) {
                Some(one) => Answer::json(200, &one),
                None => missing(world, ask),
            }
        }
        ("POST", ["crl"]) => make(world, ask, "crl"),
        ("POST", ["ocsp-responder"]) => make(world, ask, "ocsp-responder"),
        _ => unknown_path(),
    }
}

/// A record of a list. What it says is made for the page that shows it alone: a list of 20,000 authorities is asked for
/// in 200 pages, and every other request waits while one is made.
#[derive(Clone, Copy)]
enum Row {
    /// Of the authority at a place.
    Crl(usize),
    /// The responder of this number of the authority at a place.
    Responder(usize, usize),
    /// Made since the start.
    Made(usize),
}

impl Row {
    fn record(self, world: &World) -> Option<Value> {
        match self {
            Self::Crl(place) => crl_record(world, place),
            Self::Responder(place, n) => responder_record(world, place, n),
            Self::Made(n) => world.made.get(n).map(|(_, record)| record.clone()),
        }
    }
}

fn wanted(world: &World, ask: &Ask, kind: &str) -> Vec<Row> {
    let only = ask.query("ca_id").map(|id| read_id(id).and_then(|id| world.cas.place(id)));
    let places = match only {
        Some(place) => place.map_or(0..0, |place| place..place + 1),
        None => 0..world.cas.list.len(),
    };
    let made = world.made.iter().enumerate().filter(|(_, (other, record))| {
        *other == kind
            && only.is_none_or(|place| {
                place.and_then(|place| world.cas.get(place)).is_some_and(|ca| world.id(ca.id) == text(record, "ca_id"))
            })
    });
    let of = |place: usize| {
        let ca = world.cas.get(place);
        let responders = if kind == "crl" { 0 } else { ca.map_or(0, |ca| ca.ocsp.len()) };
        let crl = kind == "crl" && ca.is_some_and(|ca| ca.rhythm.is_some());
        let crl = crl.then_some(Row::Crl(place));
        crl.into_iter().chain((0..responders).map(move |n| Row::Responder(place, n)))
    };
    places.flat_map(of).chain(made.map(|(n, _)| Row::Made(n))).collect()
}

fn crl_record(world: &World, place: usize) -> Option<Value> {
    let ca = world.cas.get(place)?;
    let rhythm = ca.rhythm.as_ref()?;
    let now = world.clock.now();
    Some(json!({
        "id": world.id(ca.id ^ 1),
        "name": format!("CRL of {}", ca.name),
        "ca_id": world.id(ca.id),
        "url": format!("{}/crl/{:032x}.crl", world.base, ca.id),
        "validity_hours": rhythm.hours,
        "frequency_hours": rhythm.hours,
        "status": "active",
        "this_update": world.instant(rhythm.this_update(now)),
        "next_update": world.instant(rhythm.next_update(now)),
        "crl_number": number(rhythm.this_update(now)),
    }))
}

fn number(this_update: i64) -> u64 {
    u64::try_from(this_update / 3_600).unwrap_or(0)
}

fn responder_record(world: &World, place: usize, n: usize) -> Option<Value> {
    let ca = world.cas.get(place)?;
    let days = ca.ocsp.get(n)?;
    Some(json!({
        "id": world.id(ca.id ^ u128::try_from(n + 2).ok()?),
        "name": format!("OCSP {} of {}", n + 1, ca.name),
        "ca_id": world.id(ca.id),
        "url": format!("{}/ocsp/{:032x}", world.base, ca.id),
        "status": "active",
        "valid_from": world.instant(world.start - 100 * DAY),
        "valid_to": world.instant(world.start + days * DAY),
    }))
}

fn make(world: &mut World, ask: &Ask, kind: &'static str) -> Answer {
    let Some(mut body) = ask.json().filter(Value::is_object) else {
        return refuse(world, ask, 400, "invalid_request", "The body is not JSON.");
    };
    if read_id(text(&body, "ca_id")).and_then(|id| world.cas.place(id)).is_none() {
        return missing(world, ask);
    }
    let id = world.id(crate::simulator::noise::wide(world.seed, kind, u64::try_from(world.made.len()).unwrap_or(0)));
    put(&mut body, "id", id);
    put(&mut body, "status", "active");
    world.made.push((kind, body.clone()));
    Answer::json(201, &body)
}

/// The plain addresses in the certificates: CRL, OCSP, issuer.
pub(in crate::simulator) fn public(world: &mut World, ask: &Ask, path: &[&str]) -> Answer {
    let found = |world: &World, name: &str| read_id(name).and_then(|id| world.cas.place(id));
    match (ask.method.as_str(), path) {
        ("GET", ["crl", name]) => match found(world, name.trim_end_matches(".crl")) {
            Some(place) => crl(world, ask, place),
            None => unknown_path(),
        },
        ("GET", ["cacerts", name]) => {
            let recipe =
                found(world, name.trim_end_matches(".crt")).and_then(|place| world.cas.recipe(place, &world.base));
            match recipe.map(|recipe| world.pki.authority(&recipe)) {
                Some(Ok(built)) => Answer::text(200, "application/pkix-cert", built.der.clone()),
                Some(Err(error)) => super::ca::failed(world, ask, &error),
                None => unknown_path(),
            }
        }
        ("POST", ["ocsp", name]) => match found(world, name) {
            Some(place) => ocsp(world, ask, place, &ask.body),
            None => unknown_path(),
        },
        // RFC 6960, A.1: the request in base64, escaped for an address; it may hold slashes.
        ("GET", ["ocsp", name, rest @ ..]) => {
            let request = unbase64(&rest.join("/")).unwrap_or_default();
            match found(world, name) {
                Some(place) => ocsp(world, ask, place, &request),
                None => unknown_path(),
            }
        }
        _ => unknown_path(),
    }
}

fn crl(world: &mut World, ask: &Ask, place: usize) -> Answer {
    let now = world.clock.now();
    let rhythm = world.cas.get(place).and_then(|ca| ca.rhythm.clone());
    let (Some(rhythm), Some(recipe)) = (rhythm, world.cas.recipe(place, &world.base)) else {
        return unknown_path();
    };
    let this_update = rhythm.this_update(now);
    let old = (0..rhythm.entries).map(|n| {
        let mut serial = world.leaf_serial(place, n);
        // These end-entity certificates have ended their use long ago; the mark tells them from living ones.
        if let Some(first) = serial.first_mut() {
            *first = 0x29;
        }
        let reason: &str =
            pick(&["key_compromise", "superseded", "cessation_of_operation"], hash(world.seed, "old", n));
        Entry {
            serial,
            at: world.start - 8 * DAY - signed(world.seed, "gone", n, 30_000_000),
            reason: reason.to_owned(),
        }
    });
    let leaves = world.revoked.iter().filter(|(ca, ..)| *ca == place).map(|(ca, n, at, reason)| Entry {
        serial: world.leaf_serial(*ca, *n),
        at: *at,
        reason: reason.clone(),
    });
    let below = world.cas.children(place).filter_map(|ca| {
        let (at, reason) = ca.revoked.clone()?;
        Some(Entry { serial: ca.serial.clone(), at, reason })
    });
    let entries = old.chain(leaves).chain(below).filter(|entry| entry.at <= this_update).collect();
    let input = CrlInput { this_update, next_update: rhythm.next_update(now), number: number(this_update), entries };
    let strange = world.cas.get(place).is_some_and(|ca| ca.blemish == Blemish::StrangeCrl);
    let signer = if strange { stranger(&recipe) } else { recipe };
    match world.pki.crl(&signer, &input) {
        Ok(der) => Answer::text(200, "application/pkix-crl", der),
        Err(error) => super::ca::failed(world, ask, &error),
    }
}

fn ocsp(world: &mut World, ask: &Ask, place: usize, request: &[u8]) -> Answer {
    let blemish = world.cas.get(place).map_or(Blemish::None, |ca| ca.blemish);
    let now = world.clock.now() - if blemish == Blemish::LateOcsp { 2 * DAY } else { 0 };
    let Some(authority) = world.cas.recipe(place, &world.base) else {
        return unknown_path();
    };
    let authority = if blemish == Blemish::StrangeOcsp { stranger(&authority) } else { authority };
    // The responder whose certificate ends first signs: that is the one a check should notice.
    let soonest = world.cas.get(place).and_then(|ca| ca.ocsp.iter().min().copied());
    let Some(days) = soonest else {
        return unknown_path();
    };
    let responder = Recipe {
        number: place,
        name: format!("{} OCSP", authority.organization),
        alg: Alg::P256,
        serial: vec![0x44, 0x10, u8::try_from(place % 256).unwrap_or(0)],
        from: world.start - 100 * DAY,
        to: world.start + days * DAY,
        issuer: None,
        crl: None,
        ocsp: None,
        certificate: None,
        policies: Vec::new(),
        names: Vec::new(),
        held: None,
        ..authority.clone()
    };
    let mut pki = std::mem::take(&mut world.pki);
    let answer = reply(&mut pki, &authority, &responder, request, now, |serial| known(world, place, serial));
    world.pki = pki;
    match answer {
        Ok(der) => Answer::text(200, "application/ocsp-response", der),
        Err(error) => super::ca::failed(world, ask, &error),
    }
}

fn known(world: &World, place: usize, serial: &[u8]) -> Known {
    let child = world.cas.list.iter().find(|ca| ca.parent == Parent::At(place) && same(&ca.serial, serial));
    if let Some(ca) = child {
        return match &ca.revoked {
            Some((at, reason)) => Known::Revoked(*at, reason.clone()),
            None => Known::Good,
        };
    }
    match world.leaf_of(serial) {
        Some((ca, n)) if ca == place => world
            .revoked
            .iter()
            .find(|(other, number, ..)| (*other, *number) == (ca, n))
            .map_or(Known::Good, |(_, _, at, reason)| Known::Revoked(*at, reason.clone())),
        _ => Known::Unknown,
    }
}

/// Serial numbers are integers: a sign octet in front does not count.
fn same(a: &[u8], b: &[u8]) -> bool {
    let bare = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
    bare(a) == bare(b)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::simulator::{Options, clock::Clock, options::Switches, world::Plan};

    /// Of 2,000 rows and more, none is a record before a page asks for it.
    #[test]
    fn a_page_of_a_long_list_makes_its_own_records_alone() {
        let clock = Arc::new(Clock::new(Options::default().start, false));
        let plan = Plan { seed: 1, scale: 20, clock, switches: Switches::default(), base: String::new() };
        let world = World::build(plan);
        let query = [("offset", "100"), ("limit", "10")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let ask = Ask {
            method: "GET".to_owned(),
            path: "/certificate-authority/api/v1/crl".to_owned(),
            query: query.to_vec(),
            headers: Vec::new(),
            body: Vec::new(),
            subject: None,
        };
        for kind in ["crl", "ocsp-responder"] {
            let rows = wanted(&world, &ask, kind);
            assert!(rows.len() > 1_000, "{}", rows.len());
            let made = std::cell::Cell::new(0);
            let answer = list(&world, &ask, rows.len(), |n| {
                made.set(made.get() + 1);
                rows.get(n).and_then(|row| row.record(&world))
            });
            assert_eq!((answer.status, made.get()), (200, 10));
        }
    }
}
