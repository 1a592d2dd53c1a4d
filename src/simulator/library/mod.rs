//! `CertCentral` report library: `/reports/v1`.

mod check;
mod download;
mod history;

use serde_json::{Value, json};

use super::answer::{Answer, Ask, errors, flat, put, text};
use super::auth::{self, Role};
use super::clock::spaced;
use super::options::{ReportsBadKey, RunAnswer, RunFate, UserIdAs};
use super::world::{Report, World, next_run};

pub(super) fn answer(world: &mut World, ask: &Ask, path: &[&str]) -> Answer {
    let Some((role, user)) = auth::certcentral(ask.header("x-dc-devkey")) else {
        let status = match world.switches.reports_bad_key {
            ReportsBadKey::Unauthorized => 401,
            ReportsBadKey::Forbidden => 403,
        };
        return flat(status, "user_authentication_error", "The key was not accepted.");
    };
    let reading = ask.method == "GET";
    if role == Role::Manager || (role == Role::ViewOnly && !reading) {
        return errors(403, "access_denied|missing_permission", "Not allowed with this key.");
    }
    match (ask.method.as_str(), path) {
        ("POST", ["report"]) => create(world, ask, user),
        ("GET", ["report", "history"]) => history::answer(world, ask),
        ("GET", ["report", id]) => match world.reports.find(id) {
            Some(report) => Answer::json(200, &json!({"report": details(world, report)})),
            None => missing(),
        },
        ("PUT", ["report", id]) => edit(world, ask, id),
        ("DELETE", ["report", id]) => delete(world, id),
        ("POST", ["report", id, "run"]) => run(world, id),
        ("GET", ["report", id, run, "json"]) => download::json_rows(world, id, run),
        ("GET", ["report", id, run, "download"]) => download::file(world, ask, id, run),
        _ => missing(),
    }
}

fn missing() -> Answer {
    flat(404, "not_found", "Nothing by that identifier.")
}

fn user_id(world: &World, report: &Report) -> Value {
    match world.switches.user_id_as {
        UserIdAs::Number => Value::from(report.by.0),
        UserIdAs::Text => Value::from(report.by.0.to_string()),
    }
}

/// A schedule as the service gives it back: what does not apply is `""` or 0.
fn full_schedule(schedule: &Value) -> Value {
    let mut full = json!({
        "frequency": "ON_DEMAND", "weekday_to_run": "", "weekday_frequency": "", "run_until": "",
        "repeat_every": 0, "repeat_on": "",
        "repeat_on_date": {"date": 0, "last_day_of_the_month": false}
    });
    for (name, value) in schedule.as_object().into_iter().flatten() {
        if !value.is_null() {
            put(&mut full, name, value.clone());
        }
    }
    full
}

fn details(world: &World, report: &Report) -> Value {
    json!({
        "report_display_name": report.name,
        "report_identifier": report.id,
        "created_by_user_id": user_id(world, report),
        "created_by_user_name": report.by.1,
        "created_date": report.created,
        "report_metadata": report.metadata,
        "schedule": full_schedule(&report.schedule),
        "next_run_date": report.next.clone().unwrap_or_default(),
        "format": [report.format],
        "status": "ACTIVE",
        "notification_emails": report.emails,
    })
}

/// The parts of a definition that a client writes.
struct Written {
    name: String,
    metadata: Value,
    schedule: Value,
    format: String,
    emails: Value,
}

fn written(world: &World, ask: &Ask) -> Result<Written, Answer> {
    let Some(body) = ask.json() else {
        return Err(flat(400, "invalid_request: body", "The body is not JSON."));
    };
    check::definition(&body, world.clock.now()).map_err(|(code, message)| flat(400, &code, message))?;
    let mut metadata = body.get("report_metadata").cloned().unwrap_or_default();
    let sources = metadata.get("sources").filter(|sources| sources.as_object().is_some_and(|all| !all.is_empty()));
    if sources.is_none() {
        put(
            &mut metadata,
            "sources",
            json!({
                "division_filter_type": "INCLUDE_ALL_DIVISIONS", "divisions": null,
                "sub_account_filter_type": "EXCLUDE_ALL_SUB_ACCOUNTS", "sub_accounts": null
            }),
        );
    }
    Ok(Written {
        name: text(&body, "display_name").to_owned(),
        metadata,
        schedule: body.get("schedule").cloned().unwrap_or_default(),
        format: body.pointer("/format/0").and_then(Value::as_str).unwrap_or_default().to_owned(),
        emails: body.get("notification_emails").cloned().unwrap_or_default(),
    })
}

fn create(world: &mut World, ask: &Ask, user: i64) -> Answer {
    let written = match written(world, ask) {
        Ok(written) => written,
        Err(refusal) => return refusal,
    };
    let now = world.clock.now();
    let id = world.reports.id();
    let person = if user == 8_801_442 { "ops-one" } else { "ops-two" };
    let at_once = text(&written.schedule, "frequency") == "ON_DEMAND";
    world.reports.list.push(Report {
        id: id.clone(),
        name: written.name,
        next: next_run(&written.schedule, now),
        metadata: written.metadata,
        schedule: written.schedule,
        format: written.format,
        emails: written.emails,
        by: (user, person.to_owned()),
        created: spaced(now),
        runs: Vec::new(),
    });
    if at_once {
        start(world, &id);
    }
    Answer::json(201, &json!({"report_identifier": id, "message": "Definition stored."}))
}

fn edit(world: &mut World, ask: &Ask, id: &str) -> Answer {
    if world.reports.find(id).is_none() {
        return missing();
    }
    let written = match written(world, ask) {
        Ok(written) => written,
        Err(refusal) => return refusal,
    };
    let now = world.clock.now();
    let mut at_once = false;
    if let Some(report) = world.reports.find_mut(id) {
        let before = report.frequency() == "ON_DEMAND";
        report.name = written.name;
        report.next = next_run(&written.schedule, now);
        report.metadata = written.metadata;
        report.schedule = written.schedule;
        report.format = written.format;
        report.emails = written.emails;
        at_once = !before && report.frequency() == "ON_DEMAND";
    }
    if at_once {
        start(world, id);
    }
    Answer::empty(204)
}

fn delete(world: &mut World, id: &str) -> Answer {
    let before = world.reports.list.len();
    world.reports.list.retain(|report| report.id != id);
    if world.reports.list.len() == before { missing() } else { Answer::empty(204) }
}

fn start(world: &mut World, id: &str) -> Option<String> {
    let seconds = i64::from(world.switches.run_seconds);
    let split = world.switches.split_rows;
    let run = world.reports.run(id, world.clock.now(), seconds, split)?;
    let begun = world.reports.find_mut(id).and_then(|report| report.runs.first_mut());
    if let Some(begun) = begun {
        begun.failed = world.switches.run_fate == RunFate::Failed;
    }
    Some(run)
}

fn run(world: &mut World, id: &str) -> Answer {
    let Some(run) = start(world, id) else {
        return missing();
    };
    match world.switches.run_answer {
        RunAnswer::Ok => Answer::json(200, &json!({})),
        RunAnswer::Created => Answer::json(201, &json!({"message": "Started."})),
        RunAnswer::CreatedWithId => Answer::json(201, &json!({"report_run_identifier": run})),
    }
}
