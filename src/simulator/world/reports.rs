//! Report definitions and their runs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::rows;
use crate::simulator::answer::text;
use crate::simulator::clock::{DAY, at, date, day, midnight, spaced, weekday};
use crate::simulator::noise::{under, wide};

/// Days that a result is kept after its first download, and without any (six months and thirty days).
const KEPT: (i64, i64) = (90, 212);

#[derive(Deserialize)]
struct MadeRun {
    start: String,
    end: String,
    rows: u64,
    #[serde(default)]
    failed: bool,
    #[serde(default)]
    manual: bool,
    #[serde(default)]
    parts: u64,
    #[serde(default)]
    downloaded: Option<String>,
}

#[derive(Deserialize)]
struct Made {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    format: String,
    by: String,
    created: String,
    schedule: Value,
    #[serde(default)]
    next: Option<String>,
    #[serde(default)]
    filters: Vec<Value>,
    runs: Vec<MadeRun>,
}

/// One execution of a report.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct Run {
    pub(in crate::simulator) id: String,
    pub(in crate::simulator) start: i64,
    /// When it is finished; before that it is generating.
    pub(in crate::simulator) end: i64,
    pub(in crate::simulator) failed: bool,
    pub(in crate::simulator) manual: bool,
    pub(in crate::simulator) rows: u64,
    /// Files; 0 when it is not split.
    pub(in crate::simulator) parts: u64,
    pub(in crate::simulator) downloaded: Option<i64>,
}

impl Run {
    pub(in crate::simulator) fn status(&self, now: i64) -> &'static str {
        if now < self.end {
            "GENERATING"
        } else if self.failed {
            "FAILED"
        } else {
            "READY"
        }
    }

    /// Whether its files have been deleted by the rules of retention.
    pub(in crate::simulator) fn gone(&self, now: i64) -> bool {
        let (after_download, never) = KEPT;
        let kept = self.downloaded.map_or(self.end + never * DAY, |first| first + after_download * DAY);
        now > kept
    }
}

/// A definition and its runs, newest first.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct Report {
    pub(in crate::simulator) id: String,
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) metadata: Value,
    pub(in crate::simulator) schedule: Value,
    pub(in crate::simulator) format: String,
    pub(in crate::simulator) emails: Value,
    pub(in crate::simulator) by: (i64, String),
    pub(in crate::simulator) created: String,
    pub(in crate::simulator) next: Option<String>,
    pub(in crate::simulator) runs: Vec<Run>,
}

impl Report {
    pub(in crate::simulator) fn kind(&self) -> &str {
        text(&self.metadata, "report_type")
    }

    pub(in crate::simulator) fn frequency(&self) -> &str {
        text(&self.schedule, "frequency")
    }

    pub(in crate::simulator) fn columns(&self) -> Vec<String> {
        let list = self.metadata.get("columns").and_then(Value::as_array);
        list.into_iter().flatten().map(|column| text(column, "identifier").to_owned()).collect()
    }
}

/// The account's reports.
pub(in crate::simulator) struct Reports {
    seed: u64,
    pub(in crate::simulator) list: Vec<Report>,
    /// Identifiers given out.
    given: u64,
}

impl Reports {
    pub(in crate::simulator) fn build(seed: u64) -> Self {
        let made: Vec<Made> =
            serde_json::from_str(include_str!("../../../assets/simulator/reports.json")).unwrap_or_default();
        let mut reports = Self { seed, list: Vec::new(), given: 0 };
        for one in made {
            let report = reports.made(one);
            reports.list.push(report);
        }
        reports
    }

    /// A new identifier.
    pub(in crate::simulator) fn id(&mut self) -> String {
        self.given += 1;
        uuid(wide(self.seed, "report", self.given))
    }

    fn made(&mut self, one: Made) -> Report {
        let columns: Vec<Value> = rows::columns(&one.kind)
            .iter()
            .filter(|column| **column != "certificate_pem_format" || one.name == "Weekly orders")
            .map(|column| json!({"identifier": column}))
            .collect();
        let runs = one.runs.into_iter().map(|run| Run {
            id: self.id(),
            start: at(&run.start),
            end: at(&run.end),
            failed: run.failed,
            manual: run.manual,
            rows: run.rows,
            parts: run.parts,
            downloaded: run.downloaded.as_deref().map(at),
        });
        let runs = runs.collect();
        let user = match one.by.as_str() {
            "ops-one" => 8_801_442,
            "ops-two" => 8_801_443,
            _ => 8_801_444,
        };
        Report {
            id: self.id(),
            name: one.name,
            metadata: json!({
                "report_type": one.kind,
                "columns": columns,
                "filters": if one.filters.is_empty() { Value::Null } else { Value::from(one.filters) },
                "sources": {
                    "division_filter_type": "INCLUDE_ALL_DIVISIONS", "divisions": null,
                    "sub_account_filter_type": "EXCLUDE_ALL_SUB_ACCOUNTS", "sub_accounts": null
                }
            }),
            schedule: one.schedule,
            format: one.format,
            emails: Value::Null,
            by: (user, one.by),
            created: one.created,
            next: one.next,
            runs,
        }
    }

    pub(in crate::simulator) fn find(&self, id: &str) -> Option<&Report> {
        self.list.iter().find(|report| report.id == id)
    }

    pub(in crate::simulator) fn find_mut(&mut self, id: &str) -> Option<&mut Report> {
        self.list.iter_mut().find(|report| report.id == id)
    }

    /// Starts a run that takes `seconds`; its identifier.
    pub(in crate::simulator) fn run(&mut self, id: &str, now: i64, seconds: i64, split: u64) -> Option<String> {
        let run_id = self.id();
        let rows = 200 + under(self.seed, "rows", self.given, 900);
        let report = self.find_mut(id)?;
        let limit = if split > 0 { split } else { threshold(report) };
        let parts = if rows > limit && report.kind() != "fqdn" { rows.div_ceil(limit) } else { 0 };
        report.runs.insert(
            0,
            Run {
                id: run_id.clone(),
                start: now,
                end: now + seconds,
                failed: false,
                manual: true,
                rows,
                parts,
                downloaded: None,
            },
        );
        Some(run_id)
    }
}

/// Rows per file, as the contract's `x-split-thresholds` gives them.
pub(in crate::simulator) fn threshold(report: &Report) -> u64 {
    let heavy = report.columns().iter().any(|column| column == "certificate_pem_format");
    match report.kind() {
        "orders" if heavy => 10_000,
        "orders" => 200_000,
        "domains" => 50_000,
        _ => 1_000_000,
    }
}

/// A UUID as the services write it.
pub(in crate::simulator) fn uuid(id: u128) -> String {
    let text = format!("{id:032x}");
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default().to_owned();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

/// The next day a schedule runs on, after `now`; a plain reading of the rules.
pub(in crate::simulator) fn next_run(schedule: &Value, now: i64) -> Option<String> {
    let every = schedule.get("repeat_every").and_then(Value::as_i64).unwrap_or(1).clamp(1, 3);
    match text(schedule, "frequency") {
        "WEEKLY" => {
            let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
            let wanted = days.iter().position(|day| *day == text(schedule, "weekday_to_run"))?;
            let ahead = (i64::try_from(wanted).ok()? - weekday(now) + 6).rem_euclid(7) + 1;
            Some(day(now + ahead * DAY))
        }
        "MONTHLY" => {
            let first = date(now).first_of_month();
            let month = first.saturating_add(jiff::Span::new().months(every));
            let wanted = schedule.pointer("/repeat_on_date/date").and_then(Value::as_i64).unwrap_or(1).max(1);
            Some(day(midnight(month) + (wanted - 1) * DAY))
        }
        _ => None,
    }
}

/// The dates of a run in the report library's form.
pub(in crate::simulator) fn stamp(second: i64) -> String {
    spaced(second)
}
