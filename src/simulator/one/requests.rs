//! Revocation and reinstatement: a request, and a decision by a second person.

use serde_json::{Value, json};

use super::ca::reference;
use super::{Note, Session, list, missing, person, record, refuse, unknown_path};
use crate::simulator::answer::{Answer, Ask, put, text};
use crate::simulator::options::{ApprovalAnswer, ApprovalPath, FourEyes, Queue, ReasonAs};
use crate::simulator::world::{CaRequest, Kind, World, read_id};

const REASONS: [(&str, u8); 10] = [
    ("unspecified", 0),
    ("key_compromise", 1),
    ("ca_compromise", 2),
    ("affiliation_changed", 3),
    ("superseded", 4),
    ("cessation_of_operation", 5),
    ("certificate_hold", 6),
    ("remove_from_crl", 8),
    ("privilege_withdrawn", 9),
    ("aa_compromise", 10),
];

/// A reason as the switches want it: word or number of RFC 5280.
pub(super) fn reason(world: &World, name: &str) -> Value {
    let number = REASONS.iter().find(|(known, _)| *known == name);
    match (world.switches.reason_as, number) {
        (ReasonAs::Number, Some((_, number))) => Value::from(*number),
        _ => Value::from(name),
    }
}

pub(super) fn known_reason(word: &str) -> bool {
    REASONS.iter().any(|(name, _)| *name == word)
}

fn kind(segment: &str) -> Option<Kind> {
    match segment {
        "revocation-request" | "revocation-approval" => Some(Kind::Revocation),
        "reinstatement-request" | "reinstatement-approval" => Some(Kind::Reinstatement),
        _ => None,
    }
}

/// Whether a path below the service speaks of requests.
pub(super) fn concerns(path: &[&str]) -> bool {
    match path {
        ["ca", _, segment, ..] | [segment, ..] => kind(segment).is_some(),
        [] => false,
    }
}

pub(super) fn answer(world: &mut World, ask: &Ask, session: &Session, path: &[&str]) -> Answer {
    let method = ask.method.as_str();
    match path {
        ["ca", id, segment, rest @ ..] => {
            let Some(place) = read_id(id).and_then(|id| world.cas.place(id)) else {
                return missing(world, ask);
            };
            let Some(kind) = kind(segment) else {
                return unknown_path();
            };
            match (method, rest) {
                ("GET", []) => all(world, ask, kind, Some(place)),
                ("POST", []) if !segment.ends_with("approval") => create(world, ask, session, kind, place),
                ("GET", [id]) => one(world, ask, kind, place, id),
                _ => decide_at(world, ask, session, kind, place, segment, rest),
            }
        }
        ["revocation-request"] if method == "GET" && world.switches.queue == Queue::Present => {
            all(world, ask, Kind::Revocation, None)
        }
        [segment, id, verb] if method == "PUT" && world.switches.approval_path == ApprovalPath::PutGlobal => {
            match (kind(segment), world.requests.find(id).map(|one| one.ca)) {
                (Some(kind), Some(place)) => decide(world, ask, session, kind, place, id, verb),
                _ => missing(world, ask),
            }
        }
        _ => unknown_path(),
    }
}

/// Finds the decision in the path, in the one form that the switches allow.
fn decide_at(
    world: &mut World,
    ask: &Ask,
    session: &Session,
    kind: Kind,
    place: usize,
    segment: &str,
    rest: &[&str],
) -> Answer {
    let open = world.requests.open(place).map(|one| one.id.clone()).unwrap_or_default();
    let body = ask.json().unwrap_or_default();
    match (world.switches.approval_path, ask.method.as_str(), rest) {
        (ApprovalPath::PutRequest, "PUT", [id, verb])
        | (ApprovalPath::PostRequest, "POST", [id, verb])
        | (ApprovalPath::PutVerbFirst, "PUT", [verb, id]) => decide(world, ask, session, kind, place, id, verb),
        (ApprovalPath::PutCa, "PUT", [verb]) => decide(world, ask, session, kind, place, &open, verb),
        (ApprovalPath::PostApproval, "POST", []) if segment.ends_with("approval") => {
            let verb = if text(&body, "status") == "rejected" { "reject" } else { "approve" };
            decide(world, ask, session, kind, place, &open, verb)
        }
        _ => unknown_path(),
    }
}

fn shown(world: &World, one: &CaRequest) -> Value {
    let ca = reference(world, one.ca);
    let mut record = json!({
        "id": one.id,
        "type": one.kind.word(),
        "status": one.status,
        "ca_id": ca.get("id").cloned().unwrap_or_default(),
        "ca": ca,
        "requested_by": person(world, &one.by),
        "requested_date": world.instant(one.at),
    });
    if let Some(reason) = &one.reason {
        // The contract has words only here; the number form is for `revoked_reason`.
        put(&mut record, "revocation_reason", reason.as_str());
    }
    if let Some(comment) = &one.comment {
        put(&mut record, "comment", comment.as_str());
    }
    if let Some((name, at, note)) = &one.review {
        put(&mut record, "reviewed_by", person(world, name));
        put(&mut record, "reviewed_date", world.instant(*at));
        if let Some(note) = note {
            put(&mut record, "review_comment", note.as_str());
        }
    }
    record
}

fn all(world: &World, ask: &Ask, kind: Kind, place: Option<usize>) -> Answer {
    let found: Vec<&CaRequest> = world
        .requests
        .list
        .iter()
        .filter(|one| one.kind == kind && place.is_none_or(|place| one.ca == place))
        .filter(|one| ask.query("status").is_none_or(|status| one.status == status))
        .collect();
    list(world, ask, found.len(), |n| found.get(n).map(|one| shown(world, one)))
}

fn one(world: &World, ask: &Ask, kind: Kind, place: usize, id: &str) -> Answer {
    match world.requests.find(id) {
        Some(one) if one.ca == place && one.kind == kind => Answer::json(200, &shown(world, one)),
        _ => missing(world, ask),
    }
}

fn create(world: &mut World, ask: &Ask, session: &Session, kind: Kind, place: usize) -> Answer {
    let body = ask.json().unwrap_or_default();
    let wanted = text(&body, "revocation_reason").to_owned();
    if kind == Kind::Revocation && !known_reason(&wanted) {
        return refuse(world, ask, 400, "invalid_request", "revocation_reason is none of the known words.");
    }
    let state = world.cas.get(place).map(|ca| ca.status.clone()).unwrap_or_default();
    let fits = match kind {
        Kind::Revocation => matches!(state.as_str(), "active" | "disabled"),
        Kind::Reinstatement => state == "revoked",
    };
    let (id, now) = (world.requests.next_id(kind), world.clock.now());
    let open = world.requests.open(place).is_some();
    let noun = kind.word();
    let event = format!("{noun}_request");
    let success = fits && !open;
    let description = if success { format!("CA {noun} requested") } else { format!("CA {noun} request refused") };
    record(
        world,
        session,
        Note {
            action: "request",
            kind: &event,
            ca: Some(place),
            name: if success { &id } else { "" },
            success,
            description: &description,
            data: Some(body.clone()),
        },
    );
    if open {
        return refuse(world, ask, 409, "duplicate_error", "An open request exists.");
    }
    if !fits {
        return refuse(world, ask, 409, "invalid_state", &format!("The CA is {state}."));
    }
    let request = CaRequest {
        id,
        kind,
        status: "pending".to_owned(),
        ca: place,
        reason: (kind == Kind::Revocation).then_some(wanted),
        comment: body.get("comment").and_then(Value::as_str).map(ToOwned::to_owned),
        by: session.name.clone(),
        at: now,
        review: None,
    };
    let answer = shown(world, &request);
    world.requests.list.push(request);
    Answer::json(201, &answer)
}

fn decide(world: &mut World, ask: &Ask, session: &Session, kind: Kind, place: usize, id: &str, verb: &str) -> Answer {
    let approve = match verb {
        "approve" => true,
        "reject" => false,
        _ => return unknown_path(),
    };
    let Some(found) = world.requests.find(id).filter(|one| one.ca == place && one.kind == kind) else {
        return missing(world, ask);
    };
    let own = found.by == session.name && world.switches.four_eyes == FourEyes::Enforced;
    let decided = found.status != "pending";
    let status = found.status.clone();
    let (noun, name) = (kind.word(), found.id.clone());
    let success = !own && !decided;
    let outcome = match (success, approve) {
        (false, _) => "decision refused",
        (true, true) => "approved",
        (true, false) => "rejected",
    };
    let description = format!("CA {noun} request {outcome}");
    let event = format!("{noun}_request");
    let body = ask.json();
    record(
        world,
        session,
        Note {
            action: verb,
            kind: &event,
            ca: Some(place),
            name: &name,
            success,
            description: &description,
            data: body.clone(),
        },
    );
    if decided {
        return refuse(world, ask, 409, "invalid_state", &format!("The request is {status}."));
    }
    if own {
        return refuse(world, ask, 403, "access_denied", "The requester may not decide.");
    }
    let note = body.as_ref().and_then(|body| body.get("comment")).and_then(Value::as_str);
    apply(world, &name, approve, &session.name, note);
    match (world.switches.approval_answer, world.requests.find(&name)) {
        (ApprovalAnswer::Record, Some(one)) => Answer::json(200, &shown(world, one)),
        _ => Answer::empty(204),
    }
}

/// Carries a decision out: the request, and on approval the authority.
pub(in crate::simulator) fn apply(world: &mut World, id: &str, approve: bool, who: &str, note: Option<&str>) {
    let now = world.clock.now();
    let Some(request) = world.requests.find_mut(id) else {
        return;
    };
    if approve { "approved" } else { "rejected" }.clone_into(&mut request.status);
    request.review = Some((who.to_owned(), now, note.map(ToOwned::to_owned)));
    let (kind, place, reason) = (request.kind, request.ca, request.reason.clone());
    if let Some(ca) = world.cas.list.get_mut(place).filter(|_| approve) {
        ca.modified = now;
        (ca.status, ca.revoked) = match kind {
            Kind::Revocation => ("revoked".to_owned(), Some((now, reason.unwrap_or_default()))),
            Kind::Reinstatement => ("active".to_owned(), None),
        };
    }
}
