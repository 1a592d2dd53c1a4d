//! Audit logs of the three managers.

use serde_json::{Value, json};

use super::{Session, list, missing, person, refuse, unknown_path};
use crate::simulator::answer::{Answer, Ask, put};
use crate::simulator::clock::{DAY, parse, rfc3339};
use crate::simulator::noise::{hash, pick, wide};
use crate::simulator::world::{ACCOUNT_GAP, Event, World, read_id};

/// Events of Account Manager and of Trust Lifecycle.
const ACCOUNT: u64 = 420;
const LIFECYCLE: u64 = 45;

pub(super) fn answer(world: &World, ask: &Ask, path: &[&str]) -> Answer {
    match path {
        [] => events(world, ask),
        [id] => {
            let wanted = read_id(id);
            let found = (0..world.audit.len())
                .filter_map(|place| world.audit.get(place))
                .find(|event| Some(event.id) == wanted);
            match found {
                Some(event) => Answer::json(200, &shown(world, &event)),
                None => missing(world, ask),
            }
        }
        _ => unknown_path(),
    }
}

fn resource(world: &World, event: &Event) -> String {
    match (event.kind.as_str(), event.ca.and_then(|place| world.cas.get(place))) {
        ("revocation_request" | "reinstatement_request", _) if !event.name.is_empty() => event.name.clone(),
        ("certificate", _) => world.id(event.id ^ 5),
        (_, Some(ca)) => world.id(ca.id),
        _ => world.id(event.id ^ 6),
    }
}

fn shown(world: &World, event: &Event) -> Value {
    let ca = event.ca.and_then(|place| world.cas.get(place));
    let name = match ca {
        Some(ca) if event.name.is_empty() => ca.name.clone(),
        _ => event.name.clone(),
    };
    let mut record = json!({
        "id": world.id(event.id),
        "timestamp": world.instant(event.at),
        "action": event.action,
        "resource_type": event.kind,
        "resource_id": resource(world, event),
        "resource_name": name,
        "status": event.status,
        "description": event.description,
        "user": person(world, &event.who),
        "account": {"id": super::ca::account(world), "name": "Acme Corp"},
    });
    if !event.ip.is_empty() {
        put(&mut record, "ip_address", event.ip.as_str());
    }
    // Detail is text that holds JSON; the authority is always named there, so that its events can be found.
    let mut data: Value =
        event.data.as_deref().and_then(|data| serde_json::from_str(data).ok()).unwrap_or_else(|| json!({}));
    if let Some(ca) = ca {
        put(&mut data, "ca_id", world.id(ca.id));
        put(&mut data, "ca_name", ca.name.as_str());
    }
    put(&mut record, "data", data.to_string());
    record
}

/// First and last second of the filters: days or instants. `Err` names the filter that is neither.
fn period(ask: &Ask) -> Result<(i64, i64), &'static str> {
    let from = ask.query("from").map(|text| parse(text).ok_or("from")).transpose()?;
    let to = ask.query("to").map(|text| {
        let whole_day = if text.len() == 10 { DAY - 1 } else { 0 };
        parse(text).map(|to| to + whole_day).ok_or("to")
    });
    Ok((from.unwrap_or(i64::MIN), to.transpose()?.unwrap_or(i64::MAX)))
}

fn events(world: &World, ask: &Ask) -> Answer {
    let (from, to) = match period(ask) {
        Ok(period) => period,
        Err(name) => {
            return refuse(world, ask, 400, "invalid_request", &format!("{name} is no date."));
        }
    };
    let total = world.audit.len();
    // A log of a million events is not looked through for each page of the last days.
    let total = if from == i64::MIN { total } else { world.audit.since(from) };
    let filtered = ["user_name", "action", "resource_types", "resource_id", "status", "to"]
        .iter()
        .any(|name| ask.query(name).is_some());
    let oldest_first = ask.query("sort").is_some_and(|sort| sort.ends_with("asc") && !sort.starts_with('-'));
    let turn = |n: usize, count: usize| if oldest_first { count - 1 - n } else { n };
    if !filtered {
        let count = usize::try_from(total).unwrap_or(usize::MAX);
        return list(world, ask, count, |n| {
            let place = u64::try_from(turn(n, count)).ok()?;
            world.audit.get(place).map(|event| shown(world, &event))
        });
    }
    let user = ask.query("user_name").unwrap_or_default().to_lowercase();
    let kinds: Option<Vec<&str>> = ask.query("resource_types").map(|list| list.split(',').collect());
    let id = ask.query("resource_id");
    let is = |name: &str, word: &str| ask.query(name).is_none_or(|wanted| wanted.eq_ignore_ascii_case(word));
    let mut found = Vec::new();
    for place in 0..total {
        let Some(event) = world.audit.get(place) else {
            break;
        };
        if event.at < from {
            break;
        }
        let fits = event.at <= to
            && event.who.to_lowercase().contains(&user)
            && is("action", &event.action)
            && is("status", &event.status)
            && kinds.as_ref().is_none_or(|kinds| kinds.contains(&event.kind.as_str()))
            && id.is_none_or(|id| resource(world, &event).eq_ignore_ascii_case(id));
        if fits {
            found.push(place);
        }
    }
    list(world, ask, found.len(), |n| {
        let place = found.get(turn(n, found.len()))?;
        world.audit.get(*place).map(|event| shown(world, &event))
    })
}

/// The log of Account Manager: flat user members, status in upper case, filters by day.
pub(super) fn account(world: &World, ask: &Ask, session: &Session) -> Answer {
    if !session.may("VIEW_AM_AUDIT_LOG") {
        return refuse(world, ask, 403, "access_denied", "The permission VIEW_AM_AUDIT_LOG is missing.");
    }
    let (from, to) = match period(ask) {
        Ok(period) => period,
        Err(name) => {
            return refuse(world, ask, 400, "invalid_request", &format!("{name} is no date."));
        }
    };
    let user = ask.query("user_name").unwrap_or_default().to_lowercase();
    let kinds: Option<Vec<&str>> = ask.query("resource_types").map(|list| list.split(',').collect());
    let exact = ["action", "status", "resource_id", "account_id"];
    let mut found: Vec<Value> = (0..ACCOUNT)
        .filter_map(|n| account_event(world, n, from, to))
        .filter(|event| {
            let value = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
            value("user_name").to_lowercase().contains(&user)
                && kinds.as_ref().is_none_or(|kinds| kinds.contains(&value("resource_type")))
                && exact
                    .iter()
                    .all(|name| ask.query(name).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value(name))))
        })
        .collect();
    if ask.query("sort").is_some_and(|sort| sort.ends_with("asc")) {
        found.reverse();
    }
    list(world, ask, found.len(), |n| found.get(n).cloned())
}

type Pattern = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const PATTERNS: [Pattern; 8] = [
    ("ops-one", "LOGIN", "USER", "SUCCESS", "Signed in", "10.20.4.11"),
    ("ops-two", "LOGIN", "USER", "SUCCESS", "Signed in", "10.20.4.18"),
    ("ops-07", "LOGIN", "USER", "FAILURE", "Signing in failed", "198.51.100.77"),
    ("svc-mdm", "AUTHENTICATE", "API_TOKEN", "SUCCESS", "Token used", "10.30.1.5"),
    ("ops-two", "CREATE", "API_TOKEN", "SUCCESS", "Token made", "10.20.4.18"),
    ("auditor", "VIEW", "AUDIT_LOG", "SUCCESS", "Audit log read", "10.20.9.2"),
    ("ops-07", "UPDATE", "USER", "SUCCESS", "Role changed: \u{202e}nimda\u{202c}", "10.20.4.30"),
    ("svc-report", "AUTHENTICATE", "API_TOKEN", "SUCCESS", "Token used\u{1b}[0m", "10.30.1.9"),
];

fn account_event(world: &World, n: u64, from: i64, to: i64) -> Option<Value> {
    let at = world.start - 600 - i64::try_from(n).ok()? * ACCOUNT_GAP;
    if !(from..=to).contains(&at) {
        return None;
    }
    let (who, action, kind, status, description, ip) = pick(&PATTERNS, hash(world.seed, "account event", n));
    let person = world.person(who)?;
    Some(json!({
        "id": world.id(wide(world.seed, "account event", n)),
        "timestamp": world.instant(at),
        "user_id": world.id(person.id),
        "user_name": who,
        "account_id": super::ca::account(world),
        "action": action,
        "resource_type": kind,
        "resource_id": world.id(person.id),
        "status": status,
        "description": description,
        "ip_address": ip,
    }))
}

/// The log of Trust Lifecycle.
pub(super) fn lifecycle(world: &World, ask: &Ask, session: &Session) -> Answer {
    if !session.may("VIEW_EM_AUDIT_LOG") {
        return refuse(world, ask, 403, "access_denied", "The permission VIEW_EM_AUDIT_LOG is missing.");
    }
    let Ok((from, to)) = period(ask) else {
        return refuse(world, ask, 400, "invalid_request", "from and to are instants.");
    };
    let found: Vec<Value> = (0..LIFECYCLE)
        .filter_map(|n| {
            let at = world.start - 3_000 - i64::try_from(n).ok()? * DAY / 3;
            let (action, kind) = pick(
                &[
                    ("create", "profile"),
                    ("update", "business_unit"),
                    ("revoke", "certificate"),
                    ("expire", "certificate"),
                ],
                hash(world.seed, "em", n),
            );
            (from..=to).contains(&at).then(|| {
                json!({
                    "id": world.id(wide(world.seed, "em", n)),
                    "timestamp": rfc3339(at),
                    "action": action,
                    "resource_type": kind,
                    "resource_id": world.id(wide(world.seed, "em resource", n)),
                    "status": "success",
                    "description": format!("{kind} {action}"),
                    "data": "{}",
                    "user": person(world, "ops-two"),
                    "account": {"id": super::ca::account(world), "name": "Acme Corp"},
                })
            })
        })
        .filter(|event| {
            ["action", "status", "resource_type", "resource_id"].iter().all(|name| {
                ask.query(name).is_none_or(|wanted| event.get(*name).and_then(Value::as_str) == Some(wanted))
            })
        })
        .collect();
    // This list has the envelope form in its own specification.
    let offset = ask.number("offset").ok().flatten().unwrap_or(0);
    let limit = ask.number("limit").ok().flatten().unwrap_or(super::PAGE);
    let (skip, take) = (usize::try_from(offset).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(usize::MAX));
    let total = found.len();
    let items: Vec<Value> = found.into_iter().skip(skip).take(take).collect();
    Answer::json(200, &json!({"total": total, "offset": offset, "limit": limit, "items": items}))
}
