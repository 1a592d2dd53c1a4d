//! Changes of authorities: disable and enable, create, import, signed certificate, recertification.

use serde_json::{Map, Value};

use super::ca::summary;
use super::{Note, Session, missing, record, refuse};
use crate::simulator::answer::{Answer, Ask, put, text};
use crate::simulator::clock::{DAY, parse};
use crate::simulator::pki::unbase64;
use crate::simulator::world::{Ca, Parent, World, read_id};

pub(super) fn update(world: &mut World, ask: &Ask, session: &Session, place: usize) -> Answer {
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

pub(super) fn create(world: &mut World, ask: &Ask, session: &Session) -> Answer {
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

pub(super) fn import(world: &mut World, ask: &Ask, session: &Session) -> Answer {
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

pub(super) fn blob(world: &mut World, ask: &Ask, session: &Session, place: usize) -> Answer {
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

pub(super) fn recertify(world: &mut World, ask: &Ask, session: &Session, place: usize) -> Answer {
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
