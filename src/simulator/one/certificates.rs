//! End-entity certificates, made from authority and number.

use serde_json::{Value, json};

use super::ca::{failed, reference, serial};
use super::{Note, Session, list, missing, record, refuse, unknown_path};
use crate::simulator::answer::{Answer, Ask, put, text};
use crate::simulator::clock::{DAY, HOUR};
use crate::simulator::noise::{hash, pick, under, unhex, wide};
use crate::simulator::pki::{Alg, Recipe, base64, pem};
use crate::simulator::world::{World, read_id};

pub(super) fn answer(world: &mut World, ask: &Ask, session: &Session, path: &[&str]) -> Answer {
    match (ask.method.as_str(), path) {
        ("GET", []) => certificates(world, ask),
        ("POST", []) => issue(world, ask, session),
        ("GET", [id]) => one(world, ask, id),
        ("PUT", [id, "revocation"]) => revoke(world, ask, session, id),
        _ => unknown_path(),
    }
}

/// Seconds between the start of the world and the issuance of the `n`th newest certificate.
///
/// The newest is 38 minutes old; `week` of them fall into the last seven days, the others into the days before.
fn age(world: &World, ca: usize, n: u64) -> i64 {
    let week = world.cas.get(ca).map_or(0, |ca| ca.week);
    let newest = 38 * 60;
    let spread = |n: u64, of: u64, seconds: u64| {
        let at = u128::from(n) * u128::from(seconds) / u128::from(of.max(1));
        i64::try_from(at).unwrap_or(i64::MAX)
    };
    if n < week {
        newest + spread(n, week, 604_800 - 3_600)
    } else {
        let rest = world.cas.get(ca).and_then(|ca| ca.leaves).unwrap_or(0).saturating_sub(week);
        7 * DAY + HOUR + spread(n - week, rest, 83 * 86_400)
    }
}

/// An identifier from which authority and number can be read back.
fn id(world: &World, ca: usize, n: u64) -> u128 {
    let mark = u128::from(hash(world.seed, "certificate", n) & 0xFFFF_FFFF);
    let place = u128::from(u32::try_from(ca).unwrap_or(0));
    (mark << 96) | (place << 64) | u128::from(n)
}

fn place(world: &World, text: &str) -> Option<(usize, u64)> {
    if let Some(number) = read_id(text) {
        let ca = usize::try_from((number >> 64) & 0xFFFF_FFFF).ok()?;
        let n = u64::try_from(number & u128::from(u64::MAX)).ok()?;
        let known = world.cas.get(ca)?.leaves? > n;
        return (known && id(world, ca, n) == number).then_some((ca, n));
    }
    // Sample code of the service passes the serial number in place of the id.
    world.leaf_of(&unhex(text)?)
}

fn validity(world: &World, ca: usize, n: u64) -> (i64, i64) {
    let from = world.start - age(world, ca, n);
    (from, from + (100 + i64::try_from(under(world.seed, "life", n, 90)).unwrap_or(0)) * DAY)
}

fn name(world: &World, ca: usize, n: u64) -> String {
    let noise = hash(world.seed, "leaf name", n);
    let role: &str = pick(&["gw", "kiosk", "scanner", "api", "node", "printer", "till"], noise);
    format!("{role}-{ca}-{n}.acme-corp.example")
}

fn shown(world: &World, ca: usize, n: u64) -> Value {
    let (from, to) = validity(world, ca, n);
    let revoked = world.revoked.iter().find(|(place, number, ..)| (*place, *number) == (ca, n));
    let mut record = json!({
        "id": world.id(id(world, ca, n)),
        "serial_number": serial(world, &world.leaf_serial(ca, n)),
        "common_name": name(world, ca, n),
        "issuer": reference(world, ca),
        "status": if revoked.is_some() { "revoked" } else { "issued" },
        "valid_from": world.instant(from),
        "valid_to": world.instant(to),
        "is_revoked": revoked.is_some(),
        "created_date": world.instant(from),
    });
    if let Some((_, _, at, reason)) = revoked {
        put(&mut record, "revoked_date", world.instant(*at));
        put(&mut record, "revoked_reason", super::requests::reason(world, reason));
    }
    record
}

fn certificates(world: &World, ask: &Ask) -> Answer {
    if let Some(text) = ask.query("serial_number") {
        let found = unhex(text).and_then(|serial| world.leaf_of(&serial));
        return list(world, ask, usize::from(found.is_some()), |_| found.map(|(ca, n)| shown(world, ca, n)));
    }
    let places: Vec<usize> = match ask.query("issuer_id") {
        Some(id) => match read_id(id).and_then(|id| world.cas.place(id)) {
            Some(place) => vec![place],
            None => return missing(world, ask),
        },
        None => (0..world.cas.list.len()).collect(),
    };
    let counts: Vec<(usize, u64)> =
        places.iter().filter_map(|place| Some((*place, world.cas.get(*place)?.leaves?))).collect();
    if counts.is_empty() {
        return refuse(world, ask, 403, "access_denied", "The account may not list this CA's certificates.");
    }
    let total: u64 = counts.iter().map(|(_, leaves)| leaves).sum();
    list(world, ask, usize::try_from(total).unwrap_or(usize::MAX), |row| {
        let mut left = u64::try_from(row).ok()?;
        for (place, leaves) in &counts {
            if left < *leaves {
                return Some(shown(world, *place, left));
            }
            left -= leaves;
        }
        None
    })
}

fn recipes(world: &World, ca: usize, n: u64) -> Option<(Recipe, Recipe)> {
    let issuer = world.cas.recipe(ca, &world.base)?;
    let (from, to) = validity(world, ca, n);
    let authority = world.cas.get(ca)?;
    let leaf = Recipe {
        number: usize::try_from(n).ok()?,
        name: name(world, ca, n),
        alg: Alg::P256,
        serial: world.leaf_serial(ca, n),
        from,
        to,
        issuer: None,
        crl: Some(format!("{}/crl/{:032x}.crl", world.base, authority.id)),
        ocsp: Some(format!("{}/ocsp/{:032x}", world.base, authority.id)),
        certificate: Some(format!("{}/cacerts/{:032x}.crt", world.base, authority.id)),
        policies: Vec::new(),
        names: Vec::new(),
        held: None,
        ..issuer.clone()
    };
    Some((issuer, leaf))
}

fn one(world: &mut World, ask: &Ask, id: &str) -> Answer {
    let Some((ca, n)) = place(world, id) else {
        return missing(world, ask);
    };
    let Some((issuer, leaf)) = recipes(world, ca, n) else {
        return missing(world, ask);
    };
    let made = world.pki.leaf(&issuer, &leaf);
    let der = match made {
        Ok(der) => der,
        Err(error) => return failed(world, ask, &error),
    };
    if ask.header("accept").is_some_and(|accept| accept.contains("x-pem-file")) {
        return Answer::text(200, "application/x-pem-file", pem("CERTIFICATE", &der));
    }
    let mut record = shown(world, ca, n);
    put(&mut record, "blob", base64(&der));
    Answer::json(200, &record)
}

fn issue(world: &mut World, ask: &Ask, session: &Session) -> Answer {
    let body = ask.json().unwrap_or_default();
    let issuer = body.pointer("/issuer/id").and_then(Value::as_str).unwrap_or_default();
    if text(&body, "csr").is_empty() || issuer.is_empty() {
        return refuse(world, ask, 400, "invalid_request", "issuer and csr are needed.");
    }
    let Some(place) = read_id(issuer).and_then(|id| world.cas.place(id)) else {
        return missing(world, ask);
    };
    let state = world.cas.get(place).map(|ca| ca.status.clone()).unwrap_or_default();
    let active = state == "active";
    record(
        world,
        session,
        Note {
            action: "issue",
            kind: "certificate",
            ca: Some(place),
            name: "",
            success: active,
            description: if active { "Certificate issued" } else { "Certificate refused" },
            data: None,
        },
    );
    if !active {
        // The contract has no 409 for this call.
        return refuse(world, ask, 400, "invalid_request", &format!("The CA is {state}."));
    }
    // The simulator issues for its own keys; the request is not looked into.
    let record = json!({
        "id": world.id(wide(world.seed, "issued", world.audit.len())),
        "serial_number": serial(world, &world.leaf_serial(place, 0)),
        "issuer": reference(world, place),
    });
    Answer::json(201, &record)
}

fn revoke(world: &mut World, ask: &Ask, session: &Session, id: &str) -> Answer {
    let body = ask.json().unwrap_or_default();
    let reason = text(&body, "revocation_reason").to_owned();
    if !super::requests::known_reason(&reason) {
        return refuse(world, ask, 400, "invalid_request", "revocation_reason is none of the known words.");
    }
    let Some((ca, n)) = place(world, id) else {
        return missing(world, ask);
    };
    let again = world.revoked.iter().any(|(place, number, ..)| (*place, *number) == (ca, n));
    if again {
        return refuse(world, ask, 409, "invalid_state", "The certificate is revoked already.");
    }
    world.revoked.push((ca, n, world.clock.now(), reason));
    record(
        world,
        session,
        Note {
            action: "revoke",
            kind: "certificate",
            ca: Some(ca),
            name: "",
            success: true,
            description: "Certificate revoked",
            data: Some(body),
        },
    );
    Answer::empty(204)
}
