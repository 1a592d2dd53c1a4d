//! An ACME server's directory and its renewal information (RFC 9773), for the certificates of the world's records.

use serde_json::json;

use super::answer::{Answer, Ask};
use super::clock::{DAY, HOUR, rfc3339};
use super::noise::hex;
use super::pki::unbase64;
use super::world::World;

/// The name whose CA wants it replaced at once, with a page that says why.
const INCIDENT: &str = "login.acme-corp.example";

/// Answers below `/acme`.
pub(super) fn answer(world: &World, ask: &Ask, path: &[&str]) -> Answer {
    let base = &world.base;
    match (ask.method.as_str(), path) {
        ("GET", ["directory"]) => Answer::json(
            200,
            &json!({
                "newNonce": format!("{base}/acme/new-nonce"),
                "newAccount": format!("{base}/acme/new-account"),
                "newOrder": format!("{base}/acme/new-order"),
                "revokeCert": format!("{base}/acme/revoke-cert"),
                "renewalInfo": format!("{base}/acme/renewal-info"),
            }),
        ),
        ("GET", ["renewal-info", id]) => window(world, id),
        _ => problem(404, "no such resource"),
    }
}

fn window(world: &World, id: &str) -> Answer {
    let serial = id.split_once('.').and_then(|(_, serial)| {
        let standard: String = serial
            .chars()
            .map(|c| {
                if c == '-' {
                    '+'
                } else if c == '_' {
                    '/'
                } else {
                    c
                }
            })
            .collect();
        unbase64(&standard)
    });
    let serial = serial.map(|bytes| hex(&bytes)).unwrap_or_default();
    let Some(row) = world.acme.of_serial(&serial) else { return problem(404, "no such certificate") };
    let now = world.clock.now();
    let (start, end) = match row.end() {
        Some(_) if row.domain == INCIDENT => (now - 2 * DAY, now - DAY),
        Some(end) => (end - 30 * DAY, end - 28 * DAY),
        None => return problem(404, "no such certificate"),
    };
    let mut body = json!({"suggestedWindow": {"start": rfc3339(start), "end": rfc3339(end)}});
    if row.domain == INCIDENT {
        super::answer::put(&mut body, "explanationURL", "https://ca.example/incidents/2026-11");
    }
    Answer::json(200, &body).with("retry-after", (6 * HOUR).to_string())
}

fn problem(status: u16, detail: &str) -> Answer {
    Answer::json(status, &json!({"type": "urn:ietf:params:acme:error:malformed", "detail": detail, "status": status}))
}
