//! The authority service, Account Manager and Trust Lifecycle behind one address.

mod account;
mod audit;
mod ca;
mod ca_changes;
mod certificates;
mod crl_ocsp;
mod requests;
mod supporting;

use serde_json::{Value, json};

use super::answer::{Answer, Ask, errors, shaped};
use super::auth;
use super::options::{Accounts, EmptyList, ListShape};
use super::world::{Event, World};

pub(super) use crl_ocsp::public;

/// Default number of rows of a page, as a sibling manager records it.
const PAGE: u64 = 20;
/// Most rows that one page gives; the real bound is not public.
const MOST: u64 = 1_000;

/// Who asks, and the words that allow it.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) name: String,
    words: Vec<&'static str>,
}

impl Session {
    pub(super) fn may(&self, word: &str) -> bool {
        self.words.contains(&word)
    }
}

pub(super) fn answer(world: &mut World, ask: &Ask, path: &[&str]) -> Answer {
    match path {
        ["api", "v1", "health"] | ["certificate-authority", "api", "v1", "health"] => {
            return Answer::json(200, &json!({"status": "UP"}));
        }
        ["mpki", "api", "v1", "hello"] => return Answer::text(200, "text/plain", "Hello"),
        ["mpki", "api", "v1", "health", "extensive"] => {
            return Answer::text(200, "text/plain", "UP");
        }
        _ => {}
    }
    let bearer = ask.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let Some((name, words)) = auth::one(ask.header("x-api-key").or(bearer), ask.subject.as_deref()) else {
        return refuse(world, ask, 401, "invalid_api_key", "The key was not accepted.");
    };
    let session = Session { name: name.to_owned(), words };
    match (ask.header("x-dc-accountid"), world.switches.accounts, path) {
        (None, Accounts::Two, ["account", "api", "v1", "user" | "account", ..]) | (None, Accounts::One, _) => {}
        (None, Accounts::Two, _) => {
            return refuse(world, ask, 400, "invalid_request", "X-DC-AccountId is needed: there are several accounts.");
        }
        (Some(id), ..) if account::ids(world).iter().any(|known| known.eq_ignore_ascii_case(id)) => {}
        (Some(_), ..) => {
            return refuse(world, ask, 403, "access_denied", "The credential does not reach that account.");
        }
    }
    match path {
        ["certificate-authority", "api", "v1", rest @ ..] => authority(world, ask, &session, rest),
        ["account", "api", "v1", rest @ ..] => account::answer(world, ask, &session, rest),
        ["mpki", "api", "v1", "audit-log"] if ask.method == "GET" => audit::lifecycle(world, ask, &session),
        _ => unknown_path(),
    }
}

fn authority(world: &mut World, ask: &Ask, session: &Session, path: &[&str]) -> Answer {
    let needed = match (ask.method.as_str(), path) {
        (_, ["ca" | "revocation-request" | "reinstatement-request", ..]) if requests::concerns(path) => {
            "MANAGE_CM_REVOKE_CA"
        }
        ("GET", ["ca", ..]) => "VIEW_CM_CA",
        (_, ["ca", ..]) => "MANAGE_CM_CA",
        ("GET", ["crl", ..]) => "VIEW_CM_CA_CRL",
        (_, ["crl"]) => "MANAGE_CM_CA_CRL",
        ("GET", ["ocsp-responder", ..]) => "VIEW_CM_OCSP_RESPONDER",
        (_, ["ocsp-responder"]) => "MANAGE_CM_OCSP_RESPONDER",
        ("GET", ["template", ..]) => "VIEW_CM_CUSTOM_TEMPLATE",
        ("GET", ["license"]) => "VIEW_CM_LICENSE",
        ("GET", ["hsm-partition"]) => "VIEW_CM_HSM_PARTITION",
        ("GET", ["certificate", ..]) => "VIEW_CM_CERTIFICATE",
        (_, ["certificate", ..]) => "CREATE_CM_CERTIFICATE",
        ("GET", ["audit", ..]) => "VIEW_CM_AUDIT_LOG",
        _ => return unknown_path(),
    };
    // Readers of authorities may read requests; deciding needs the word itself.
    let reading = ask.method == "GET" && needed == "MANAGE_CM_REVOKE_CA" && session.may("VIEW_CM_CA");
    if !reading && !session.may(needed) {
        return refuse(world, ask, 403, "access_denied", &format!("The permission {needed} is missing."));
    }
    if requests::concerns(path) {
        return requests::answer(world, ask, session, path);
    }
    match path {
        ["ca", rest @ ..] => ca::answer(world, ask, session, rest),
        ["crl" | "ocsp-responder", ..] => crl_ocsp::answer(world, ask, path),
        ["certificate", rest @ ..] => certificates::answer(world, ask, session, rest),
        ["audit", rest @ ..] => audit::answer(world, ask, rest),
        _ => supporting::answer(world, ask, path),
    }
}

/// An error in the shape of the switches.
fn refuse(world: &World, ask: &Ask, status: u16, code: &str, message: &str) -> Answer {
    shaped(world.switches.error_shape, status, code, message, &ask.path)
}

fn missing(world: &World, ask: &Ask) -> Answer {
    refuse(world, ask, 404, "resource_not_found", "Nothing has that identifier.")
}

/// The answer to a path that does not exist; the code is as recorded.
pub(super) fn unknown_path() -> Answer {
    errors(404, "INTERNAL_SERVER_ERROR", "Path not found")
}

/// A page of `total` rows in the shape of the switches; the second account has none.
fn list(world: &World, ask: &Ask, total: usize, make: impl Fn(usize) -> Option<Value>) -> Answer {
    let own = ask.header("x-dc-accountid").is_none_or(|id| id.eq_ignore_ascii_case(&ca::account(world)));
    let total = if own { total } else { 0 };
    match page(world, ask, total, make) {
        Ok(answer) => answer,
        Err(name) => refuse(world, ask, 400, "invalid_request", &format!("{name} is no such number.")),
    }
}

fn page(world: &World, ask: &Ask, total: usize, make: impl Fn(usize) -> Option<Value>) -> Result<Answer, &'static str> {
    let offset = ask.number("offset").map_err(|()| "offset")?.unwrap_or(0);
    let limit = ask.number("limit").map_err(|()| "limit")?.unwrap_or(PAGE);
    if limit == 0 {
        return Err("limit");
    }
    let limit = limit.min(MOST);
    let from = usize::try_from(offset).unwrap_or(usize::MAX);
    let to = from.saturating_add(usize::try_from(limit).unwrap_or(0)).min(total);
    let items: Vec<Value> = (from..to).filter_map(make).collect();
    if total == 0 && world.switches.empty_list == EmptyList::NoContent {
        return Ok(Answer::empty(204));
    }
    Ok(match world.switches.list_shape {
        ListShape::Envelope => {
            Answer::json(200, &json!({"total": total, "offset": offset, "limit": limit, "items": items}))
        }
        ListShape::Bare => Answer::json(200, &Value::from(items)),
    })
}

/// `{id, name}` of a user.
fn person(world: &World, name: &str) -> Value {
    match world.person(name) {
        Some(person) => json!({"id": world.id(person.id), "name": person.name}),
        None => json!({"name": name}),
    }
}

/// What an event says besides time and person.
struct Note<'a> {
    action: &'a str,
    kind: &'a str,
    ca: Option<usize>,
    name: &'a str,
    success: bool,
    description: &'a str,
    data: Option<Value>,
}

/// Every change writes an audit event, refused ones too.
fn record(world: &mut World, session: &Session, note: Note<'_>) {
    let at = world.clock.now();
    world.audit.push(Event {
        id: 0,
        at,
        who: session.name.clone(),
        action: note.action.to_owned(),
        kind: note.kind.to_owned(),
        ca: note.ca,
        name: note.name.to_owned(),
        status: if note.success { "success" } else { "failure" }.to_owned(),
        description: note.description.to_owned(),
        ip: "127.0.0.1".to_owned(),
        data: note.data.map(|data| data.to_string()),
    });
}

/// Identifiers of the accounts, for `X-DC-AccountId`.
pub(super) fn account_ids(world: &World) -> Vec<String> {
    account::ids(world)
}

/// Decides a request as somebody else, and writes the event.
pub(super) fn decide_as(world: &mut World, id: &str, approve: bool, who: &str) {
    let Some(found) = world.requests.find(id) else {
        return;
    };
    let (place, kind) = (found.ca, format!("{}_request", found.kind.word()));
    requests::apply(world, id, approve, who, None);
    let session = Session { name: who.to_owned(), words: Vec::new() };
    let action = if approve { "approve" } else { "reject" };
    record(
        world,
        &session,
        Note {
            action,
            kind: &kind,
            ca: Some(place),
            name: id,
            success: true,
            description: "CA request decided",
            data: None,
        },
    );
}
