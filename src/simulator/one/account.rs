//! Account Manager: users, accounts, roles, API tokens.

use serde_json::{Value, json};

use super::{Session, audit, missing, refuse, unknown_path};
use crate::simulator::answer::{Answer, Ask, put, text};
use crate::simulator::auth::{AM_WORDS, CM_WORDS};
use crate::simulator::clock::DAY;
use crate::simulator::noise::wide;
use crate::simulator::options::Accounts;
use crate::simulator::world::{Person, World, read_id};

pub(super) fn answer(world: &mut World, ask: &Ask, session: &Session, path: &[&str]) -> Answer {
    match (ask.method.as_str(), path) {
        ("GET", ["user"]) if session.may("VIEW_AM_USER") => users(world, ask),
        ("GET", ["user", "me"]) => user(world, ask, session, &session.name),
        ("GET", ["user", id]) if session.may("VIEW_AM_USER") => {
            let found = read_id(id).and_then(|id| world.people.iter().find(|person| person.id == id));
            match found.map(|person| person.name.clone()) {
                Some(name) => user(world, ask, session, &name),
                None => missing(world, ask),
            }
        }
        ("GET", ["account"]) => Answer::json(200, &Value::from(accounts(world))),
        ("GET", ["account", id]) => {
            let found = accounts(world).into_iter().find(|account| text(account, "id").eq_ignore_ascii_case(id));
            found.map_or_else(|| missing(world, ask), |account| Answer::json(200, &account))
        }
        ("GET", ["role"]) if session.may("VIEW_AM_ROLE") => roles(world, ask),
        ("GET", ["user" | "role", ..]) => refuse(world, ask, 403, "access_denied", "The permission is missing."),
        ("GET", ["audit-log"]) => audit::account(world, ask, session),
        (_, ["api-access-token", rest @ ..]) => tokens(world, ask, session, rest),
        _ => unknown_path(),
    }
}

pub(super) fn ids(world: &World) -> Vec<String> {
    let second = || world.id(wide(world.seed, "account", 1));
    let two = world.switches.accounts == Accounts::Two;
    std::iter::once(super::ca::account(world)).chain(two.then(second)).collect()
}

fn accounts(world: &World) -> Vec<Value> {
    let named = [("Acme Corp", "4410275"), ("Acme Labs", "4410276")];
    let account = |(id, (name, number)): (String, (&str, &str))| {
        json!({
            "id": id,
            "name": name,
            "active": true,
            "service_period": {"from": "2024-01-01", "to": "2028-12-31"},
            "friendly_identifier": number,
            "locale": "en_US",
        })
    };
    ids(world).into_iter().zip(named).map(account).collect()
}

fn record(world: &World, person: &Person, words: &[&str]) -> Value {
    let of = |family: &str| -> Vec<&str> { words.iter().copied().filter(|word| word.contains(family)).collect() };
    let applications: Vec<Value> = [("CA Manager", "_CM_"), ("Account Manager", "_AM_"), ("Enterprise PKI Manager", "_EM_")]
        .iter()
        .zip(1u64..)
        .filter(|((_, family), _)| !of(family).is_empty())
        .map(|((name, family), n)| {
            json!({"id": world.id(wide(world.seed, "application", n)), "name": name, "permissions": of(family)})
        })
        .collect();
    let mut record = json!({
        "id": world.id(person.id),
        "email": person.email,
        "status": "ACTIVE",
        "access_scope": "account",
        "primary_account_id": super::ca::account(world),
        "created_at": world.instant(world.start - 500 * DAY),
        "user_type": person.kind,
        "locale": "en_US",
        "applications": applications,
        "accounts": accounts(world),
    });
    if person.kind == "service" {
        put(&mut record, "friendly_name", person.name.as_str());
        put(&mut record, "description", "Service user");
    } else {
        put(&mut record, "first_name", person.first.as_str());
        put(&mut record, "last_name", person.last.as_str());
    }
    record
}

/// Words of a person by role, for records of others.
fn words(role: &str) -> Vec<&'static str> {
    let all = || CM_WORDS.iter().chain(&AM_WORDS).copied();
    match role {
        "PKI_MANAGER" => all().collect(),
        "READ_ONLY" => all().filter(|word| word.starts_with("VIEW_")).collect(),
        "ISSUANCE" => vec!["VIEW_CM_CERTIFICATE", "CREATE_CM_CERTIFICATE"],
        _ => Vec::new(),
    }
}

fn users(world: &World, ask: &Ask) -> Answer {
    let wanted = ask.query("user_type");
    let all: Vec<Value> = world
        .people
        .iter()
        .filter(|person| wanted.is_none_or(|kind| person.kind == kind))
        .map(|person| record(world, person, &words(&person.role)))
        .collect();
    let offset = ask.number("offset").ok().flatten().unwrap_or(0);
    let limit = ask.number("limit").ok().flatten().unwrap_or(super::PAGE);
    let page: Vec<Value> = all
        .into_iter()
        .skip(usize::try_from(offset).unwrap_or(usize::MAX))
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .collect();
    Answer::json(200, &Value::from(page))
}

fn user(world: &World, ask: &Ask, session: &Session, name: &str) -> Answer {
    let Some(person) = world.person(name) else {
        return missing(world, ask);
    };
    let own = name == session.name;
    let words = if own { session.words.clone() } else { words(&person.role) };
    Answer::json(200, &record(world, person, &words))
}

fn roles(world: &World, ask: &Ask) -> Answer {
    let roles = [
        ("certificate_authority", "PKI_MANAGER", "PKI manager"),
        ("certificate_authority", "READ_ONLY", "Read only"),
        ("certificate_authority", "KEY_ESCROW", "Key escrow"),
        ("account_manager", "AM_ACCOUNT_ADMIN", "Account administrator"),
        ("account_manager", "AM_VIEW_ONLY", "View only"),
    ];
    let wanted = ask.query("application_code");
    let list: Vec<Value> = roles
        .iter()
        .zip(1u64..)
        .filter(|((code, ..), _)| wanted.is_none_or(|wanted| wanted == *code))
        .map(|((code, name, label), n)| {
            json!({
                "id": world.id(wide(world.seed, "role", n)), "name": name, "display_name": label,
                "description": label, "application_code": code, "permissions": words(name)
            })
        })
        .collect();
    Answer::json(200, &Value::from(list))
}

/// The tokens of a user: those of the demo keys, and what was changed since.
fn all_tokens(world: &World) -> Vec<Value> {
    let made = [
        ("ops-one", "certdeck", Some(34)),
        ("ops-two", "laptop", None),
        ("svc-mdm", "mdm", Some(9)),
        ("svc-mdm", "mdm old", Some(-20)),
    ];
    let mut list: Vec<Value> = made
        .iter()
        .zip(1u64..)
        .filter_map(|((who, name, days), n)| {
            let person = world.person(who)?;
            let ended = days.is_some_and(|days| days < 0);
            let mut token = json!({
                "id": world.id(wide(world.seed, "token", n)),
                "name": name,
                "user_id": world.id(person.id),
                "status": if ended { "expired" } else { "enabled" },
                "enabled": !ended,
                "created_at": world.instant(world.start - 330 * DAY),
                "last_used_at": world.instant(world.start - 60),
            });
            if let Some(days) = days {
                // Keys stop at midnight of their end date.
                let end = world.start + days * DAY;
                put(&mut token, "expires_at", world.instant(end - end.rem_euclid(DAY)));
            }
            Some(token)
        })
        .collect();
    for changed in &world.tokens {
        list.retain(|token| token["id"] != changed["id"]);
        if changed.get("deleted").is_none() {
            list.push(changed.clone());
        }
    }
    list
}

fn tokens(world: &mut World, ask: &Ask, session: &Session, path: &[&str]) -> Answer {
    if !session.may("VIEW_AM_USER") {
        return refuse(world, ask, 403, "access_denied", "The permission is missing.");
    }
    let all = all_tokens(world);
    let found =
        path.first().and_then(|id| all.iter().find(|token| text(token, "id").eq_ignore_ascii_case(id)).cloned());
    match (ask.method.as_str(), path, found) {
        ("GET", [], _) => match ask.query("user_id") {
            Some(user) => {
                let own: Vec<&Value> =
                    all.iter().filter(|token| text(token, "user_id").eq_ignore_ascii_case(user)).collect();
                Answer::json(200, &json!(own))
            }
            None => refuse(world, ask, 400, "invalid_request", "user_id is needed."),
        },
        ("POST", [], _) => {
            let mut token = ask.json().filter(Value::is_object).unwrap_or_else(|| json!({}));
            let n = u64::try_from(world.tokens.len()).unwrap_or(0) + 100;
            put(&mut token, "id", world.id(wide(world.seed, "token", n)));
            put(&mut token, "status", "enabled");
            world.tokens.push(token.clone());
            Answer::json(201, &token)
        }
        ("GET", [_], Some(token)) => Answer::json(200, &token),
        ("PUT", [_], Some(mut token)) => {
            for (name, value) in ask.json().unwrap_or_default().as_object().into_iter().flatten() {
                if name != "id" {
                    put(&mut token, name, value.clone());
                }
            }
            world.tokens.push(token.clone());
            Answer::json(200, &token)
        }
        ("DELETE", [_], Some(mut token)) => {
            put(&mut token, "deleted", true);
            world.tokens.push(token);
            Answer::empty(204)
        }
        (_, [_], None) => missing(world, ask),
        _ => unknown_path(),
    }
}
