//! Templates, licence use and HSM partitions.

use serde_json::{Value, json};

use super::{list, missing, unknown_path};
use crate::simulator::answer::{Answer, Ask, text};
use crate::simulator::clock::DAY;
use crate::simulator::noise::wide;
use crate::simulator::world::World;

/// Name, type, category, JSON body.
const TEMPLATES: [(&str, &str, &str, &str); 9] = [
    (
        "TLS short",
        "end_entity",
        "",
        r#"{"validity":{"max_days":47},"key_usage":["digital_signature"],"extended_key_usage":["server_auth"]}"#,
    ),
    (
        "mTLS edge",
        "end_entity",
        "",
        r#"{"validity":{"max_days":90},"extended_key_usage":["server_auth","client_auth"]}"#,
    ),
    ("Kiosk boot", "end_entity", "", r#"{"validity":{"max_days":365},"extended_key_usage":["client_auth"]}"#),
    ("Device boot", "end_entity", "", r#"{"validity":{"max_days":730},"extended_key_usage":["client_auth"]}"#),
    ("VPN user", "end_entity", "", r#"{"validity":{"max_days":365}}"#),
    ("Code signing", "end_entity", "", r#"{"validity":{"max_days":460},"extended_key_usage":["code_signing"]}"#),
    ("Offline root", "root", "", r#"{"validity":{"max_years":30}}"#),
    ("Issuing CA", "intermediate", "online", r#"{"validity":{"max_years":10},"path_length":1}"#),
    ("Unmanaged sub-CA", "intermediate", "unmanaged", r#"{"validity":{"max_years":5},"path_length":0}"#),
];

pub(super) fn answer(world: &World, ask: &Ask, path: &[&str]) -> Answer {
    match (ask.method.as_str(), path) {
        ("GET", ["template"]) => list(world, ask, TEMPLATES.len(), |n| template(world, n)),
        ("GET", ["template", id]) => {
            let all = (0..TEMPLATES.len()).filter_map(|n| template(world, n));
            match all.into_iter().find(|one| text(one, "id").eq_ignore_ascii_case(id)) {
                Some(one) => Answer::json(200, &one),
                None => missing(world, ask),
            }
        }
        ("GET", ["license"]) => Answer::json(
            200,
            &json!([{
                "id": world.id(wide(world.seed, "license", 0)), "name": "Private CA, 25,000 certificates",
                "valid_from": world.instant(world.start - 200 * DAY), "valid_to": world.instant(world.start + 165 * DAY),
                "total": 25_000, "used": 24_951
            }]),
        ),
        ("GET", ["hsm-partition"]) => Answer::json(200, &json!([partition(world, 4), partition(world, 7)])),
        _ => unknown_path(),
    }
}

/// Identifier of the template of a name.
pub(super) fn template_id(world: &World, name: &str) -> String {
    world.id(wide(world.seed, name, 77))
}

fn template(world: &World, n: usize) -> Option<Value> {
    let (name, kind, category, body) = TEMPLATES.get(n)?;
    let mut record = json!({
        "id": template_id(world, name),
        "name": name,
        "cert_type": kind,
        "template": serde_json::from_str::<Value>(body).unwrap_or_default(),
        "accounts": [{"id": super::ca::account(world), "name": "Acme Corp"}],
        "status": "active",
        "created_date": world.instant(world.start - 400 * DAY),
    });
    if !category.is_empty() {
        crate::simulator::answer::put(&mut record, "category", *category);
    }
    Some(record)
}

/// A partition; its identifier has the hexadecimal form even inside hosted answers, its date no zone.
pub(super) fn partition(world: &World, n: u64) -> Value {
    json!({
        "id": format!("{:032X}", wide(world.seed, "partition", n)),
        "name": format!("partition-{n}"),
        "display_name": format!("HSM partition {n}"),
        "partition_name": format!("p{n}"),
        "hsm_provider": {"name": "Example HSM"},
        "enabled": true,
        "default": n == 4,
        "allowed_uses": ["ca_keys"],
        "security_level": "level_3",
        "created_date": "2023-10-08T15:09:27",
        "account_assignments": null,
    })
}
