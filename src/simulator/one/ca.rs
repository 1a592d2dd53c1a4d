//! Authorities: list, record, download, and their changes.

use serde_json::{Map, Value, json};

use super::{Note, Session, list, missing, person, record, refuse, unknown_path};
use crate::simulator::answer::{Answer, Ask, put, text};
use crate::simulator::clock::{DAY, parse};
use crate::simulator::noise::{hex, wide};
use crate::simulator::options::{RevokedAs, SerialCase};
use crate::simulator::pki::{Alg, PkiError, base64, pem, unbase64};
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
                && ca.name.to_lowercase().contains(&name)
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
fn summary(world: &World, place: usize) -> Option<Value> {
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
fn waiting_recipe(world: &mut World, place: usize) -> Option<crate::simulator::pki::Recipe> {
    let now = world.clock.now();
    world.cas.list.get_mut(place)?.validity = Some((now, now + 3_650 * DAY));
    let recipe = world.cas.recipe(place, &world.base);
    world.cas.list.get_mut(place)?.validity = None;
    recipe
}

fn update(world: &mut World, ask: &Ask, session: &Session, place: usize) -> Answer {
    let Some(body) = ask.json().filter(Value::is_object) else {
        return refuse(world, ask, 400, "invalid_request", "The body is not JSON.");
    };
    let Some(before) = world.cas.get(place).map(|ca| ca.status.clone()) else {
        return missing(world, ask);
    };
    let wanted = text(&body, "status").to_owned();
    let (action, fits) = match (before.as_str(), wanted.as_str()) {
        (_, "") => ("update", true),
        ("active", "disabled") => ("disable", true),
        ("disabled", "active") => ("enable", true),
        (_, "disabled") => ("disable", false),
        (_, "active") => ("enable", false),
        _ => {
            return refuse(world, ask, 400, "invalid_request", "status is active or disabled.");
        }
    };
    let description = if fits { format!("CA: {action}") } else { format!("CA is {before}: {action} refused") };
    record(
        world,
        session,
        Note {
            action,
            kind: "ca",
            ca: Some(place),
            name: "",
            success: fits,
            description: &description,
            data: Some(body.clone()),
        },
    );
    if !fits {
        return refuse(world, ask, 409, "invalid_state", &format!("The CA is {before}."));
    }
    let now = world.clock.now();
    if let Some(ca) = world.cas.list.get_mut(place) {
        if !wanted.is_empty() {
            ca.status = wanted;
        }
        if let Some(name) = body.get("name").and_then(Value::as_str) {
            name.clone_into(&mut ca.name);
        }
        if let Some(allowed) = body.get("issue_intermediates").and_then(Value::as_bool) {
            ca.intermediates = allowed;
        }
        ca.modified = now;
    }
    Answer::json(200, &summary(world, place).unwrap_or(Value::Object(Map::new())))
}

/// A new authority; `None` when its issuer is not one that can sign.
fn fresh(world: &World, body: &Value) -> Option<Ca> {
    let named = body.pointer("/issuer/id").and_then(Value::as_str);
    let parent = match named {
        Some(id) => Parent::At(world.cas.place(read_id(id)?)?),
        None => Parent::Itself,
    };
    let mut template = world.cas.get(2)?.clone();
    let now = world.clock.now();
    let until = body.pointer("/validity/valid_to").and_then(Value::as_str).and_then(parse);
    let hosted = text(body, "hosted_type").to_owned();
    let waits = hosted == "offline";
    template.id = world.cas.next_id();
    template.key = String::new();
    text(body, "name").clone_into(&mut template.name);
    template.parent = parent;
    if waits { "pending_sign" } else { "active" }.clone_into(&mut template.status);
    template.validity = (!waits).then(|| (now, until.unwrap_or(now + 3_650 * DAY)));
    template.serial = vec![0x33, u8::try_from(world.cas.list.len() % 256).unwrap_or(0), 0x01];
    template.hosted = hosted;
    template.leaves = Some(0);
    template.week = 0;
    template.rhythm = None;
    template.ocsp = Vec::new();
    template.templates = Vec::new();
    template.created = now;
    template.modified = now;
    Some(template)
}

fn create(world: &mut World, ask: &Ask, session: &Session) -> Answer {
    let body = ask.json().unwrap_or_default();
    if text(&body, "name").is_empty() || text(&body, "hosted_type").is_empty() {
        return refuse(world, ask, 400, "invalid_request", "name and hosted_type are needed.");
    }
    let Some(ca) = fresh(world, &body) else {
        return refuse(world, ask, 404, "resource_not_found", "The issuing CA does not exist.");
    };
    added(world, session, ca, "create")
}

fn added(world: &mut World, session: &Session, ca: Ca, action: &str) -> Answer {
    let place = world.cas.list.len();
    world.cas.push(ca);
    record(
        world,
        session,
        Note { action, kind: "ca", ca: Some(place), name: "", success: true, description: "CA added", data: None },
    );
    Answer::json(201, &summary(world, place).unwrap_or_default())
}

/// The certificate of a body, in PEM or base64 DER.
fn certificate(body: &Value) -> Option<x509_cert::Certificate> {
    use x509_cert::der::{Decode as _, DecodePem as _};
    let text = text(body, "blob");
    if text.starts_with("-----") {
        return x509_cert::Certificate::from_pem(text).ok();
    }
    x509_cert::Certificate::from_der(&unbase64(text)?).ok()
}

fn import(world: &mut World, ask: &Ask, session: &Session) -> Answer {
    let body = ask.json().unwrap_or_default();
    let Some(certificate) = certificate(&body) else {
        return refuse(world, ask, 400, "invalid_request", "blob is no certificate.");
    };
    let serial = certificate.tbs_certificate.serial_number.as_bytes().to_vec();
    if world.cas.list.iter().any(|ca| ca.serial == serial) {
        return refuse(world, ask, 409, "duplicate_error", "The certificate is there already.");
    }
    let mut named = body.clone();
    if text(&body, "name").is_empty() {
        put(&mut named, "name", certificate.tbs_certificate.subject.to_string());
    }
    put(&mut named, "hosted_type", "external");
    let Some(mut ca) = fresh(world, &named) else {
        return missing(world, ask);
    };
    ca.serial = serial;
    added(world, session, ca, "import")
}

fn blob(world: &mut World, ask: &Ask, session: &Session, place: usize) -> Answer {
    let body = ask.json().unwrap_or_default();
    let Some(state) = world.cas.get(place).map(|ca| ca.status.clone()) else {
        return missing(world, ask);
    };
    if state != "pending_sign" {
        return refuse(world, ask, 409, "invalid_state", &format!("The CA is {state}."));
    }
    let Some(certificate) = certificate(&body) else {
        return refuse(world, ask, 400, "invalid_request", "blob is no certificate.");
    };
    let now = world.clock.now();
    if let Some(ca) = world.cas.list.get_mut(place) {
        "active".clone_into(&mut ca.status);
        ca.serial = certificate.tbs_certificate.serial_number.as_bytes().to_vec();
        ca.validity = Some((now, now + 3_650 * DAY));
        ca.modified = now;
    }
    changed(world, session, place, "sign", "Signed certificate uploaded");
    Answer::json(200, &summary(world, place).unwrap_or_default())
}

fn changed(world: &mut World, session: &Session, place: usize, action: &str, description: &str) {
    record(
        world,
        session,
        Note { action, kind: "ca", ca: Some(place), name: "", success: true, description, data: None },
    );
}

fn recertify(world: &mut World, ask: &Ask, session: &Session, place: usize) -> Answer {
    let body = ask.json().unwrap_or_default();
    let active = world.cas.get(place).is_some_and(|ca| ca.status == "active" && ca.held.is_none());
    if !active {
        return refuse(world, ask, 409, "invalid_state", "Only an active CA can be recertified.");
    }
    let now = world.clock.now();
    let until = body.pointer("/validity/valid_to").and_then(Value::as_str).and_then(parse);
    if let Some(ca) = world.cas.list.get_mut(place) {
        ca.validity = Some((now, until.unwrap_or(now + 3_650 * DAY)));
        ca.serial.push(0x01);
        ca.modified = now;
    }
    world.pki.forget(place);
    changed(world, session, place, "recertify", "CA recertified");
    Answer::json(201, &summary(world, place).unwrap_or_default())
}
