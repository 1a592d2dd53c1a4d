//! Partner subscriptions: `/partner-subscription/api/v1`.

use serde_json::{Value, json};

use super::answer::{Answer, Ask, JSON, errors, text};
use super::auth::Partner;
use super::world::World;

/// Records sent at a time of the list that has no pages.
const BLOCK: usize = 500;

pub(super) fn answer(world: &mut World, ask: &Ask, path: &[&str]) -> Answer {
    let Some(who) = world.partner.who(ask.header("x-partner-apikey")) else {
        return errors(401, "invalid_api_key", "The key was not accepted.");
    };
    let method = ask.method.as_str();
    match (method, path) {
        ("GET", ["account", "reporting"]) => reporting(world, who),
        ("GET", ["account", "settings"]) => Answer::json(200, &world.partner.settings()),
        ("PATCH", ["account", "settings"]) => set(world, ask),
        ("GET", ["account", "emergency-emails"]) => emails(world, who),
        ("PUT" | "DELETE", ["account", "emergency-emails"]) => change_emails(world, who, ask),
        ("GET", ["api-key"]) => Answer::json(200, &json!({"api_keys": world.partner.keys(who)})),
        ("GET", ["api-key", id]) => key(world, who, id),
        ("PUT", ["api-key", id, "status"]) => key_status(world, who, id, ask),
        (_, ["acme", id, rest @ ..]) => acme(world, who, ask, id, rest),
        _ => not_found(),
    }
}

fn not_found() -> Answer {
    errors(404, "not_found|route", "Unknown path.")
}

fn forbidden(message: &str) -> Answer {
    errors(403, "access_denied", message)
}

fn bad(message: &str) -> Answer {
    errors(400, "invalid_request", message)
}

fn reporting(world: &World, who: Partner) -> Answer {
    if who != Partner::Parent {
        return forbidden("A parent key is needed.");
    }
    let accounts: Vec<Value> = world
        .partner
        .accounts
        .iter()
        .map(|account| {
            let contracts: Vec<Value> = world
                .partner
                .contracts
                .iter()
                .filter(|contract| contract.account == account.account_id)
                .map(|contract| {
                    let mut record = contract.record();
                    if let Some(members) = record.as_object_mut() {
                        members.retain(|name, _| {
                            !matches!(
                                name.as_str(),
                                "account_id" | "organization" | "is_organization_validated" | "auto_renew"
                            )
                        });
                    }
                    record
                })
                .collect();
            json!({"account_id": account.account_id, "acme": contracts})
        })
        .collect();
    Answer::json(200, &json!({"accounts": accounts}))
}

fn set(world: &mut World, ask: &Ask) -> Answer {
    let body = ask.json().unwrap_or_default();
    match (text(&body, "name"), text(&body, "value")) {
        ("auto_renew_subscription", value @ ("0" | "1")) => {
            value.clone_into(&mut world.partner.auto_renew_subscription);
            Answer::empty(204)
        }
        _ => bad("name and value are needed."),
    }
}

fn emails(world: &World, who: Partner) -> Answer {
    let list = match who {
        Partner::Parent => vec!["partner@acme-corp.example".to_owned()],
        Partner::Subaccount(id) => world
            .partner
            .accounts
            .iter()
            .find(|account| account.account_id == id)
            .map(|account| account.emails.clone())
            .unwrap_or_default(),
    };
    Answer::json(200, &json!({"emergency_contact_emails": list}))
}

fn change_emails(world: &mut World, who: Partner, ask: &Ask) -> Answer {
    let body = ask.json().unwrap_or_default();
    let Some(list) = body.get("emergency_contact_emails").and_then(Value::as_array) else {
        return bad("emergency_contact_emails is needed.");
    };
    let list: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
    if let Partner::Subaccount(id) = who
        && let Some(account) = world.partner.account_mut(id)
    {
        account.emails.retain(|email| !list.contains(&email.as_str()));
        if ask.method == "PUT" {
            account.emails.extend(list.iter().map(|email| (*email).to_owned()));
        }
    }
    Answer::empty(204)
}

fn key(world: &World, who: Partner, id: &str) -> Answer {
    let Some(record) = world.partner.key(id) else {
        return errors(404, "not_found", "No such key.");
    };
    if world.partner.sees(who, &record) {
        Answer::json(200, &record)
    } else {
        forbidden("The key belongs to another account.")
    }
}

fn key_status(world: &mut World, who: Partner, id: &str, ask: &Ask) -> Answer {
    let body = ask.json().unwrap_or_default();
    let Some(record) = world.partner.key(id) else {
        return errors(404, "not_found", "No such key.");
    };
    if !world.partner.sees(who, &record) {
        return forbidden("The key belongs to another account.");
    }
    match text(&body, "status") {
        status @ ("active" | "inactive") => {
            world.partner.set_key_status(id, status);
            Answer::empty(204)
        }
        _ => bad("status is active or inactive."),
    }
}

fn acme(world: &mut World, who: Partner, ask: &Ask, id: &str, rest: &[&str]) -> Answer {
    let Partner::Subaccount(account) = who else {
        return forbidden("A subaccount key is needed.");
    };
    let contract = id.parse::<i64>().ok();
    let Some(contract) = contract.and_then(|id| world.partner.contract(id).cloned()) else {
        return errors(404, "not_found", "No such contract.");
    };
    if contract.account != account {
        return forbidden("The contract belongs to another account.");
    }
    match (ask.method.as_str(), rest) {
        ("GET", []) => Answer::json(200, &contract.record()),
        ("GET", ["certificates"]) => certificates(world, contract.id),
        ("GET", ["credentials"]) => Answer::json(200, &contract.credentials()),
        ("PATCH" | "PUT", []) => {
            let body = ask.json().unwrap_or_default();
            let sent = body.get("auto_renew").and_then(Value::as_bool);
            // PUT replaces: what is left out becomes false.
            let renew = sent.unwrap_or(ask.method == "PATCH" && contract.auto_renew);
            world.partner.set_auto_renew(contract.id, renew);
            Answer::empty(204)
        }
        ("PUT" | "DELETE", ["sans"]) => change_sans(world, ask, contract.id),
        ("DELETE", []) => {
            if world.partner.cancel(contract.id, world.clock.now()) {
                Answer::empty(204)
            } else {
                bad("A contract can be cancelled during its first 30 days.")
            }
        }
        _ => not_found(),
    }
}

fn change_sans(world: &mut World, ask: &Ask, contract: i64) -> Answer {
    let body = ask.json().unwrap_or_default();
    let Some(list) = body.get("sans").and_then(Value::as_array) else {
        return bad("sans is needed.");
    };
    let names: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
    if world.partner.change_sans(contract, &names, ask.method == "PUT") {
        Answer::empty(204)
    } else {
        bad("The contract is cancelled, or would hold more than 250 names.")
    }
}

fn certificates(world: &World, contract: i64) -> Answer {
    let acme = world.acme.clone();
    let mut next = Some(0);
    let mut first = true;
    let blocks = std::iter::from_fn(move || {
        let n = next?;
        let opening = if first { "{\"certificates\":[" } else { "" };
        Some(if let Some(block) = acme.block(contract, n, BLOCK) {
            let comma = if first { "" } else { "," };
            first = false;
            next = Some(n + 1);
            format!("{opening}{comma}{block}").into_bytes()
        } else {
            next = None;
            format!("{opening}]}}").into_bytes()
        })
    });
    Answer::chunks(JSON, blocks)
}
