//! The history: definitions that wait and runs, in one list.

use serde_json::{Value, json};

use super::user_id;
use crate::simulator::answer::{Answer, Ask, flat, put, text};
use crate::simulator::options::{EmptyList, Generating, RunEnd};
use crate::simulator::world::{Report, Run, World, stamp};

pub(super) fn answer(world: &World, ask: &Ask) -> Answer {
    let offset = match ask.number("offset") {
        Ok(offset) => offset.unwrap_or(0),
        Err(()) => return flat(400, "invalid_offset", "offset is below 0."),
    };
    let limit = match ask.number("limit") {
        Ok(limit) => limit.unwrap_or(100),
        Err(()) => 0,
    };
    if limit == 0 {
        return flat(400, "invalid_limit", "limit has to be positive.");
    }
    let rows: Vec<Value> = rows(world).into_iter().filter(|row| wanted(row, ask)).collect();
    if rows.is_empty() && world.switches.empty_list == EmptyList::NoContent {
        return Answer::empty(204);
    }
    let total = rows.len();
    let page: Vec<Value> = rows
        .into_iter()
        .skip(usize::try_from(offset).unwrap_or(usize::MAX))
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .collect();
    Answer::json(200, &json!({"page": {"total": total, "limit": limit, "offset": offset}, "report_history": page}))
}

fn rows(world: &World) -> Vec<Value> {
    let now = world.clock.now();
    let mut rows = Vec::new();
    for report in &world.reports.list {
        if report.frequency() != "ON_DEMAND" {
            rows.push(common(world, report));
        }
        for run in report.runs.iter().filter(|run| !run.gone(now)) {
            let hidden = world.switches.generating == Generating::Hidden;
            if hidden && run.status(now) == "GENERATING" {
                continue;
            }
            rows.push(row(world, report, run, now));
        }
    }
    rows
}

fn common(world: &World, report: &Report) -> Value {
    json!({
        "report_display_name": report.name,
        "report_identifier": report.id,
        "created_by_user_id": user_id(world, report),
        "created_by_user_name": report.by.1,
        "created_date": report.created,
        "report_type": report.kind(),
        "report_type_display_name": display(report.kind()),
        "schedule": report.frequency(),
        "format": [report.format],
        "status": "SCHEDULED",
        "manually_triggered": false,
        "split_report_count": 0,
    })
}

fn row(world: &World, report: &Report, run: &Run, now: i64) -> Value {
    let mut row = common(world, report);
    let status = run.status(now);
    put(&mut row, "report_run_identifier", run.id.clone());
    put(&mut row, "created_date", stamp(run.start));
    put(&mut row, "report_start_date", stamp(run.start));
    put(&mut row, "status", status);
    put(&mut row, "manually_triggered", run.manual);
    if status == "GENERATING" {
        match world.switches.run_end {
            RunEnd::Absent => {}
            RunEnd::Null => put(&mut row, "report_end_date", Value::Null),
            RunEnd::Empty => put(&mut row, "report_end_date", ""),
        }
    } else {
        put(&mut row, "report_end_date", stamp(run.end));
    }
    if status == "READY" {
        let parts = if run.parts == 0 { u64::from(world.switches.unsplit_count) } else { run.parts };
        put(&mut row, "split_report_count", parts);
    }
    row
}

fn display(kind: &str) -> &'static str {
    match kind {
        "orders" => "Orders",
        "domains" => "Domains",
        "balance-history" => "Balance history",
        "audit-logs" => "Audit logs",
        "organizations" => "Organizations",
        "users" => "Users",
        _ => "FQDN",
    }
}

/// Commas separate alternatives, different filters are all needed.
fn wanted(row: &Value, ask: &Ask) -> bool {
    let fits = |filter: &str, member: &str| {
        ask.query(filter).is_none_or(|list| list.split(',').any(|one| one == text(row, member)))
    };
    let search = ask.query("search").unwrap_or_default().to_lowercase();
    fits("report_display_name", "report_display_name")
        && fits("schedule", "schedule")
        && fits("status", "status")
        && fits("report_type", "report_type")
        && text(row, "report_display_name").to_lowercase().contains(&search)
}
