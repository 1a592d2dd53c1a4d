//! CRL configurations and OCSP responders, and what they publish at the addresses in the certificates.

use serde_json::{Value, json};

use super::{list, missing, refuse, unknown_path};
use crate::simulator::answer::{Answer, Ask, put, text};
use crate::simulator::clock::DAY;
use crate::simulator::noise::{hash, pick, signed};
use crate::simulator::pki::{Alg, CrlInput, Entry, Known, Recipe, reply, unbase64};
use crate::simulator::world::{Parent, World, read_id};

pub(super) fn answer(world: &mut World, ask: &Ask, path: &[&str]) -> Answer {
    match (ask.method.as_str(), path) {
        ("GET", [kind @ ("crl" | "ocsp-responder")]) => {
            let found = wanted(world, ask, kind);
            list(world, ask, found.len(), |n| found.get(n).cloned())
        }
        ("GET", [kind @ ("crl" | "ocsp-responder"), id]) => {
            let all = wanted(world, ask, kind);
            match all.iter().find(|one| text(one, "id").eq_ignore_ascii_case(id)) {
                Some(one) => Answer::json(200, one),
                None => missing(world, ask),
            }
        }
        ("POST", ["crl"]) => make(world, ask, "crl"),
        ("POST", ["ocsp-responder"]) => make(world, ask, "ocsp-responder"),
        _ => unknown_path(),
    }
}

fn wanted(world: &World, ask: &Ask, kind: &str) -> Vec<Value> {
    let only = ask.query("ca_id").map(|id| read_id(id).and_then(|id| world.cas.place(id)));
    let places: Vec<usize> = match only {
        Some(place) => place.into_iter().collect(),
        None => (0..world.cas.list.len()).collect(),
    };
    let made = world.made.iter().filter(|(other, record)| {
        *other == kind
            && only.is_none_or(|place| {
                place.and_then(|place| world.cas.get(place)).is_some_and(|ca| world.id(ca.id) == text(record, "ca_id"))
            })
    });
    places
        .into_iter()
        .flat_map(|place| if kind == "crl" { crls(world, place) } else { responders(world, place) })
        .chain(made.map(|(_, record)| record.clone()))
        .collect()
}

fn crls(world: &World, place: usize) -> Vec<Value> {
    let Some((ca, rhythm)) = world.cas.get(place).and_then(|ca| Some((ca, ca.rhythm.as_ref()?))) else {
        return Vec::new();
    };
    let now = world.clock.now();
    vec![json!({
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
    })]
}

fn number(this_update: i64) -> u64 {
    u64::try_from(this_update / 3_600).unwrap_or(0)
}

fn responders(world: &World, place: usize) -> Vec<Value> {
    let Some(ca) = world.cas.get(place) else {
        return Vec::new();
    };
    (2u128..)
        .zip(&ca.ocsp)
        .map(|(n, days)| {
            json!({
                "id": world.id(ca.id ^ n),
                "name": format!("OCSP {} of {}", n - 1, ca.name),
                "ca_id": world.id(ca.id),
                "url": format!("{}/ocsp/{:032x}", world.base, ca.id),
                "status": "active",
                "valid_from": world.instant(world.start - 100 * DAY),
                "valid_to": world.instant(world.start + days * DAY),
            })
        })
        .collect()
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
    match world.pki.crl(&recipe, &input) {
        Ok(der) => Answer::text(200, "application/pkix-crl", der),
        Err(error) => super::ca::failed(world, ask, &error),
    }
}

fn ocsp(world: &mut World, ask: &Ask, place: usize, request: &[u8]) -> Answer {
    let now = world.clock.now();
    let Some(authority) = world.cas.recipe(place, &world.base) else {
        return unknown_path();
    };
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
