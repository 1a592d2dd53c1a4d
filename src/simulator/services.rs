//! `CertCentral` services: `/services/v2`, the little that a report client needs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Ask, errors, put, text};
use super::auth::{self, Role};
use super::clock::{rfc3339, spaced};
use super::options::{LoginDate, ServicesBadKey};
use super::world::World;

#[derive(Deserialize)]
struct User {
    id: i64,
    name: String,
    first: String,
    last: String,
    role: i64,
    #[serde(default)]
    hours: Option<i64>,
}

const PERMISSIONS: [&str; 6] =
    ["view_users", "view_orders", "view_reports", "manage_reports", "add_domains", "place_order"];

pub(super) fn answer(world: &World, ask: &Ask, path: &[&str]) -> Answer {
    let Some((role, me)) = auth::certcentral(ask.header("x-dc-devkey")) else {
        let status = match world.switches.services_bad_key {
            ServicesBadKey::Forbidden => 403,
            ServicesBadKey::Unauthorized => 401,
        };
        return errors(status, "access_denied|access_denied_invalid_key", "Key not accepted.");
    };
    if ask.method != "GET" {
        return errors(404, "not_found|route", "Unknown path.");
    }
    match path {
        ["user"] => list(world, ask),
        ["user", "me"] => one(world, me),
        ["user", id] => one(world, id.parse().unwrap_or(0)),
        ["authorization"] => {
            let all: Vec<Value> = PERMISSIONS.iter().map(|name| permission(name, role)).collect();
            Answer::json(200, &json!({"authorizations": all}))
        }
        ["authorization", name] => Answer::json(200, &permission(name, role)),
        _ => errors(404, "not_found|route", "Unknown path."),
    }
}

fn permission(word: &str, role: Role) -> Value {
    let allowed = match (word, role) {
        ("view_users" | "view_orders", _) | (_, Role::Administrator) => PERMISSIONS.contains(&word),
        ("view_reports", Role::ViewOnly) => true,
        _ => false,
    };
    json!({"permission": word, "authorized": allowed})
}

fn users() -> Vec<User> {
    serde_json::from_str(include_str!("../../assets/simulator/users.json")).unwrap_or_default()
}

/// Number, first name, last name and address of the administrators: only they may be told about reports.
pub(super) fn administrators() -> Vec<(i64, String)> {
    let admins = users().into_iter().filter(|user| user.role == 1);
    admins.map(|user| (user.id, format!("{}@acme-corp.example", user.name))).collect()
}

fn record(world: &World, user: &User) -> Value {
    let names = ["", "Administrator", "Limited user", "Finance Manager", "Manager", "Standard user"];
    let role = usize::try_from(user.role).ok().and_then(|role| names.get(role).copied());
    let mut record = json!({
        "id": user.id,
        "username": format!("{}@acme-corp.example", user.name),
        "account_id": 4_410_275,
        "first_name": user.first,
        "last_name": user.last,
        "email": format!("{}@acme-corp.example", user.name),
        "status": "active",
        "container": container(),
        "access_roles": [{"id": user.role, "name": role.unwrap_or_default()}],
        "type": "standard",
        "has_container_assignments": false,
    });
    // Members without a value are left out rather than sent as null.
    if let Some(hours) = user.hours {
        let at = world.start - hours * 3_600;
        let date = match world.switches.login_date {
            LoginDate::Spaced => spaced(at),
            LoginDate::Iso => rfc3339(at).replace('Z', "+00:00"),
        };
        put(&mut record, "last_login_date", date);
        put(&mut record, "job_title", "PKI operations");
    }
    record
}

fn container() -> Value {
    json!({
        "id": 60_417, "public_id": "w3kq9d0c7tzh2m5xp8rn", "name": "Acme Corp", "parent_id": 0,
        "template_id": 5, "ekey": "7p1z4c9v0sgb", "has_logo": false, "is_active": true
    })
}

fn list(world: &World, ask: &Ask) -> Answer {
    let role: Option<i64> = ask.query("access_role_id").and_then(|role| role.parse().ok());
    let container: Option<i64> = ask.query("container_id").and_then(|id| id.parse().ok());
    let search = ask.query("filters[search]").unwrap_or_default();
    let mut found: Vec<Value> = users()
        .iter()
        .filter(|user| role.is_none_or(|role| user.role == role))
        .filter(|_| container.is_none_or(|id| id == 60_417))
        .map(|user| record(world, user))
        .filter(|record| matches(record, search))
        .collect();
    if ask.query("without_container") == Some("true") {
        for record in &mut found {
            if let Some(members) = record.as_object_mut() {
                members.remove("container");
            }
        }
    }
    let total = found.len();
    let offset = ask.number("offset").ok().flatten().unwrap_or(0);
    let limit = ask.number("limit").ok().flatten().unwrap_or(1_000);
    let page: Vec<Value> = found
        .into_iter()
        .skip(usize::try_from(offset).unwrap_or(usize::MAX))
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .collect();
    if ask.header("accept").is_some_and(|accept| accept.contains("text/csv")) {
        let lines: Vec<String> =
            page.iter().map(|user| format!("{},{}\n", user["id"], text(user, "username"))).collect();
        return Answer::text(200, "text/csv", format!("id,username\n{}", lines.concat()));
    }
    Answer::json(200, &json!({"users": page, "page": {"total": total, "limit": limit, "offset": offset}}))
}

fn matches(record: &Value, search: &str) -> bool {
    let fields = ["username", "first_name", "last_name", "email"].map(|name| text(record, name));
    match search.strip_prefix('%') {
        Some(part) => fields.iter().any(|field| field.contains(part)),
        None => search.is_empty() || fields.contains(&search),
    }
}

fn one(world: &World, id: i64) -> Answer {
    let Some(user) = users().into_iter().find(|user| user.id == id) else {
        return errors(404, "not_found", "No such user.");
    };
    let mut record = record(world, &user);
    put(&mut record, "is_cert_central", true);
    put(&mut record, "is_enterprise", true);
    put(&mut record, "is_saml_sso_only", false);
    put(&mut record, "container_visibility", json!([container()]));
    put(&mut record, "language_id", 1);
    put(&mut record, "account_language_id", 1);
    Answer::json(200, &record)
}
