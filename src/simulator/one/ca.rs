//! Authorities: list, record, download.

use serde_json::{Value, json};

use super::ca_changes::{blob, create, import, recertify, update};
use super::{Session, list, missing, person, refuse, unknown_path};
use crate::simulator::answer::{Answer, Ask, put};
use crate::simulator::clock::DAY;
use crate::simulator::noise::{hex, wide};
use crate::simulator::options::{RevokedAs, SerialCase};
use crate::simulator::pki::{Alg, PkiError, Recipe, base64, pem};
use crate::simulator::world::{Ca, Parent, World, read_id};

pub(super) fn answer(world: &mut World, ask: &Ask, session: &Session, path: &[&str]) -> Answer {
    match (ask.method.as_str(), path) {
        ("GET", []) => cas(world, ask),
        ("POST", []) => create(world, ask, session),
        ("POST", ["import"]) => import(world, ask, session),
        (_, [id, rest @ ..]) => match read_id(id).and_then(|id| world.cas.place(id)) {
            Some(place) => one(world, ask, session, place, rest),
            None => missing(world, ask),
        },
        _ => unknown_path(),
    }
}

fn one(world: &mut World, ask: &Ask, session: &Session, place: usize, path: &[&str]) -> Answer {
    match (ask.method.as_str(), path) {
        ("GET", []) => detail(world, ask, place),
        ("PUT", []) => update(world, ask, session, place),
        ("GET", ["download"]) => download(world, ask, place),
        ("GET", ["csr"]) => csr(world, ask, place),
        ("POST", ["blob"]) => blob(world, ask, session, place),
        ("POST", ["recertify"]) => recertify(world, ask, session, place),
        _ => unknown_path(),
    }
}

fn cas(world: &World, ask: &Ask) -> Answer {
    let issuer = ask.query("issuer_id").map(read_id);
    let name = ask.query("name").unwrap_or_default().to_lowercase();
    let places: Vec<usize> = world
        .cas
        .list
        .iter()
        .enumerate()
        .filter(|(_, ca)| {
            let kind = if ca.parent == Parent::Itself { "root" } else { "intermediate" };
            let parent = match ca.parent {
                Parent::At(parent) => world.cas.get(parent).map(|parent| parent.id),
                _ => None,
            };
            ask.query("status").is_none_or(|word| word == status(world, ca))
                && ask.query("cert_type").is_none_or(|word| word == kind)
                && ask.query("hosted_type").is_none_or(|word| word == ca.hosted)
                && issuer.is_none_or(|id| id.is_some() && id == parent)
                && (name.is_empty() || ca.name.to_lowercase().contains(&name))
        })
        .map(|(place, _)| place)
        .collect();
    list(world, ask, places.len(), |n| places.get(n).and_then(|place| summary(world, *place)))
}

fn status<'a>(world: &World, ca: &'a Ca) -> &'a str {
    let flag = world.switches.revoked_as == RevokedAs::Flag;
    if flag && ca.status == "revoked" { "active" } else { &ca.status }
}

/// A serial number in the letter case of the switches.
pub(super) fn serial(world: &World, bytes: &[u8]) -> String {
    let text = hex(bytes);
    match world.switches.serial_case {
        SerialCase::Upper => text,
        SerialCase::Lower => text.to_lowercase(),
    }
}

/// `{id, name}` of an authority.
pub(super) fn reference(world: &World, place: usize) -> Value {
    world.cas.get(place).map(|ca| json!({"id": world.id(ca.id), "name": ca.name})).unwrap_or_default()
}

/// The record as lists show it: all that needs no certificate to be made.
pub(super) fn summary(world: &World, place: usize) -> Option<Value> {
    let ca = world.cas.get(place)?;
    let mut record = json!({
        "id": world.id(ca.id),
        "name": ca.name,
        "status": status(world, ca),
        "cert_type": if ca.parent == Parent::Itself { "root" } else { "intermediate" },
        "hosted_type": ca.hosted,
        "subject": {"common_name": ca.name, "organization_name": ca.organization, "country": ca.country},
        "is_revoked": ca.revoked.is_some(),
        "account_id": account(world),
        "accounts": [{"id": account(world), "name": "Acme Corp"}],
        "issue_intermediates": ca.intermediates || ca.leaves == Some(0),
        "created_date": world.instant(ca.created),
        "created_by": person(world, "ops-one"),
        "modified_date": world.instant(ca.modified),
    });
    match ca.parent {
        Parent::At(parent) if ca.key == "kiosk" => {
            // One record shows the flat form of the reference.
            put(&mut record, "issuer_id", reference(world, parent)["id"].clone());
        }
        Parent::At(parent) => put(&mut record, "issuer", reference(world, parent)),
        Parent::Hidden => {
            let id = world.id(wide(world.seed, "hidden", 0));
            put(&mut record, "issuer", json!({"id": id, "name": "Harbor Root 1"}));
        }
        // Of the two documented habits for roots, one root shows each: itself, or nothing.
        Parent::Itself if ca.key == "r1" => put(&mut record, "issuer", reference(world, place)),
        Parent::Itself => {}
    }
    if let Some((from, to)) = ca.validity {
        put(&mut record, "serial_number", serial(world, &ca.serial));
        put(&mut record, "valid_from", world.instant(from));
        put(&mut record, "valid_to", world.instant(to));
    }
    if let Some((at, reason)) = &ca.revoked {
        put(&mut record, "revoked_date", world.instant(*at));
        put(&mut record, "revoked_reason", super::requests::reason(world, reason));
    }
    key(&mut record, ca);
    attached(world, &mut record, ca);
    if let Some(open) = world.requests.open(place) {
        put(&mut record, "pending_request", json!({"id": open.id, "type": open.kind.word(), "status": open.status}));
    }
    Some(record)
}

pub(super) fn account(world: &World) -> String {
    world.id(wide(world.seed, "account", 0))
}

fn key(record: &mut Value, ca: &Ca) {
    let (kind, size, curve, signature) = match ca.alg {
        Alg::Ed25519 => ("ED25519", None, None, "ED25519"),
        Alg::P256 => ("ECDSA", Some(json!(256)), Some("P-256"), "SHA256_WITH_ECDSA"),
        // Text in place of a number has been recorded in a sibling manager.
        Alg::P384 => ("ECDSA", Some(json!("384")), Some("P-384"), "SHA384_WITH_ECDSA"),
        Alg::Rsa => ("RSA", Some(json!(if ca.key == "partner" { 3072 } else { 2048 })), None, "SHA256_WITH_RSA"),
    };
    put(record, "key_type", kind);
    put(record, "signature_algorithm", signature);
    if let Some(size) = size {
        put(record, "key_size", size);
    }
    if let Some(curve) = curve {
        put(record, "curve", curve);
    }
}

fn attached(world: &World, record: &mut Value, ca: &Ca) {
    if ca.rhythm.is_some() {
        put(record, "crl", json!([{"id": world.id(ca.id ^ 1), "name": format!("CRL of {}", ca.name)}]));
    }
    if !ca.ocsp.is_empty() {
        let list: Vec<Value> = (2u128..)
            .zip(&ca.ocsp)
            .map(|(n, _)| json!({"id": world.id(ca.id ^ n), "name": format!("OCSP {} of {}", n - 1, ca.name)}))
            .collect();
        put(record, "ocsp_responders", list);
    }
    if !ca.templates.is_empty() {
        let list: Vec<Value> = ca
            .templates
            .iter()
            .map(|name| json!({"id": super::supporting::template_id(world, name), "name": name}))
            .collect();
        put(record, "templates", list);
    }
    if ca.hosted == "online" {
        put(record, "hsm_partition", super::supporting::partition(world, 4));
    }
}

fn detail(world: &mut World, ask: &Ask, place: usize) -> Answer {
    let Some(mut record) = summary(world, place) else {
        return missing(world, ask);
    };
    if let Some(recipe) = world.cas.recipe(place, &world.base) {
        let made = world.pki.authority(&recipe).and_then(|built| {
            let mut chain = Vec::new();
            let mut next = recipe.issuer.as_deref();
            while let Some(issuer) = next {
                let kind = if issuer.issuer.is_none() { "root" } else { "intermediate" };
                let visible = issuer.number != usize::MAX;
                if visible {
                    let der = &world.pki.authority(issuer)?.der;
                    chain.push(json!({"cert_type": kind, "blob": base64(der)}));
                }
                next = issuer.issuer.as_deref();
            }
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &built.der);
            put(&mut record, "subject_key_id", hex(&built.key_id));
            put(&mut record, "thumbprint_sha256", hex(digest.as_ref()));
            put(&mut record, "blob", base64(&built.der));
            put(&mut record, "chain", chain);
            Ok(())
        });
        if let Err(error) = made {
            return failed(world, ask, &error);
        }
    }
    Answer::json(200, &record)
}

/// A certificate that could not be made is a fault of the simulator, and told as one.
pub(super) fn failed(world: &World, ask: &Ask, error: &PkiError) -> Answer {
    refuse(world, ask, 500, "internal_error", &error.to_string())
}

fn download(world: &mut World, ask: &Ask, place: usize) -> Answer {
    let Some(recipe) = world.cas.recipe(place, &world.base) else {
        return refuse(world, ask, 404, "resource_not_found", "The CA has no certificate yet.");
    };
    let armoured = match ask.query("format") {
        Some("der") => false,
        Some("pem") => true,
        Some(_) => return refuse(world, ask, 400, "invalid_request", "format is pem or der."),
        None => ask.header("accept").is_none_or(|accept| !accept.contains("pkix-cert")),
    };
    match world.pki.authority(&recipe) {
        Ok(built) if armoured => Answer::text(200, "application/x-pem-file", pem("CERTIFICATE", &built.der)),
        Ok(built) => Answer::text(200, "application/pkix-cert", built.der.clone()),
        Err(error) => failed(world, ask, &error),
    }
}

fn csr(world: &mut World, ask: &Ask, place: usize) -> Answer {
    let waiting = world.cas.get(place).is_some_and(|ca| ca.status == "pending_sign");
    if !waiting {
        return refuse(world, ask, 409, "invalid_state", "The CA does not wait for a signature.");
    }
    match waiting_recipe(world, place).map(|recipe| world.pki.request(&recipe)) {
        Some(Ok(text)) => Answer::text(200, "application/x-pem-file", text),
        Some(Err(error)) => failed(world, ask, &error),
        None => missing(world, ask),
    }
}

/// The recipe that a waiting authority will have.
fn waiting_recipe(world: &mut World, place: usize) -> Option<Recipe> {
    let now = world.clock.now();
    world.cas.list.get_mut(place)?.validity = Some((now, now + 3_650 * DAY));
    let recipe = world.cas.recipe(place, &world.base);
    world.cas.list.get_mut(place)?.validity = None;
    recipe
}
