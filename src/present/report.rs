//! Reports as rows.

use std::{borrow::Cow, cmp::Ordering};

use jiff::{SignedDuration, Timestamp};

use super::{
    column::{Align, Column, Look, Record, Tone, muted, plain},
    moment,
};
use crate::domain::{
    Clean,
    filter::{Field, Kind, Value},
    ids::ReportId,
    report::{Frequency, Report, ReportStatus, Usual, definition::Schedule},
    when::When,
};

/// Result files are kept this long when nobody downloads them: 6 months and 30 days, here 183 + 30 days
/// (contract `behaviour.md`). An estimate.
const KEPT_UNTOUCHED: SignedDuration = SignedDuration::from_hours((183 + 30) * 24);

/// Tone of a status.
pub fn status_tone(status: &ReportStatus) -> Tone {
    match status {
        ReportStatus::Ready => Tone::Ok,
        ReportStatus::Generating => Tone::Pending,
        ReportStatus::Failed => Tone::Ended,
        ReportStatus::Scheduled => Tone::Muted,
        ReportStatus::Unknown(_) => Tone::Stale,
    }
}

/// Glyph and word of a status.
pub fn status(status: &ReportStatus, look: &Look) -> String {
    let glyph = match status {
        ReportStatus::Generating => {
            if look.ascii {
                "@"
            } else {
                "⟳"
            }
        }
        other => look.glyph(status_tone(other)),
    };
    let word = if status.as_str().is_empty() { "unknown" } else { status.as_str() };
    format!("{glyph} {word}")
}

/// `once`, `weekly`, `monthly`.
pub fn schedule(frequency: &Frequency) -> &str {
    match frequency {
        Frequency::OnDemand => "once",
        Frequency::Weekly => "weekly",
        Frequency::Monthly => "monthly",
        Frequency::Unknown(word) => word.as_str(),
    }
}

/// A schedule in words: `every 2 weeks, SATURDAY`, `every month, THIRD THURSDAY, until 2027-01-31`.
pub fn when(schedule: &Schedule) -> String {
    let unit = match schedule.frequency.as_str() {
        "WEEKLY" => "week",
        "MONTHLY" => "month",
        "ON_DEMAND" => return "once".to_owned(),
        other => return Clean::new(other).to_string(),
    };
    let mut words = vec![match schedule.every {
        0 | 1 => format!("every {unit}"),
        n => format!("every {n} {unit}s"),
    }];
    let days = [schedule.week.as_str(), schedule.weekday.as_str()].join(" ");
    if !days.trim().is_empty() {
        words.push(Clean::new(days.trim()).to_string());
    }
    match (schedule.last_day, schedule.date) {
        (true, _) => words.push("last day of the month".to_owned()),
        (false, 0) => {}
        (false, date) => words.push(format!("day {date}")),
    }
    if !schedule.until.is_empty() {
        words.push(format!("until {}", Clean::new(&schedule.until)));
    }
    words.join(", ")
}

/// How long runs usually take: `Usual 18 m to 44 m over 6 runs`.
pub fn usual(usual: &Usual) -> String {
    let Usual { shortest, longest, runs } = usual;
    let noun = if *runs == 1 { "run" } else { "runs" };
    format!("Usual {} to {} over {runs} {noun}", moment::age(*shortest), moment::age(*longest))
}

/// When the newest run's files are deleted if nobody downloads them; an estimate from the retention rules.
pub fn kept_until(report: &Report) -> Option<Timestamp> {
    let run = report.runs.first().filter(|run| run.status == ReportStatus::Ready)?;
    run.ended.at().or(run.started.at())?.checked_add(KEPT_UNTOUCHED).ok()
}

fn last_run<'a>(report: &'a Report, look: &Look) -> Cow<'a, str> {
    match report.runs.first() {
        Some(run) if run.status == ReportStatus::Generating => match run.started.at() {
            Some(at) => format!("running {}", moment::age(look.now.as_second() - at.as_second())).into(),
            None => "running".into(),
        },
        Some(run) => moment::short(if run.ended == When::Never { &run.started } else { &run.ended }, look).into(),
        None => "not yet".into(),
    }
}

fn newest(report: &Report) -> Option<Timestamp> {
    report.runs.first().and_then(|run| run.started.at())
}

impl Record for Report {
    type Key = ReportId;

    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            name: "status",
            title: "STATUS",
            width: 12,
            grow: false,
            align: Align::Left,
            text: |r, look| status(&r.record.status, look).into(),
            tone: |r, _| status_tone(&r.status),
            compare: |a, b| a.status.cmp(&b.status),
        },
        Column {
            name: "name",
            title: "NAME",
            width: 24,
            grow: true,
            align: Align::Left,
            text: |r, _| r.record.name.as_str().into(),
            tone: |r, _| if r.name.is_marked() { Tone::Critical } else { Tone::Text },
            compare: |a, b| a.name.cmp(&b.name),
        },
        Column {
            name: "type",
            title: "TYPE",
            width: 15,
            grow: false,
            align: Align::Left,
            text: |r, _| r.record.report_type.as_str().into(),
            tone: plain,
            compare: |a, b| a.report_type.cmp(&b.report_type),
        },
        Column {
            name: "schedule",
            title: "SCHEDULE",
            width: 10,
            grow: false,
            align: Align::Left,
            text: |r, _| schedule(&r.record.schedule).into(),
            tone: plain,
            compare: |a, b| a.schedule.cmp(&b.schedule),
        },
        Column {
            name: "format",
            title: "FORMAT",
            width: 6,
            grow: false,
            align: Align::Left,
            text: |r, _| r.record.format.as_str().into(),
            tone: muted,
            compare: |a, b| a.format.cmp(&b.format),
        },
        Column {
            name: "last",
            title: "LAST RUN",
            width: 14,
            grow: false,
            align: Align::Left,
            text: |row, look| last_run(row.record, look),
            tone: |r, _| if r.status == ReportStatus::Generating { Tone::Pending } else { Tone::Text },
            compare: |a, b| newest(&a).cmp(&newest(&b)),
        },
        Column {
            name: "runs",
            title: "RUNS",
            width: 5,
            grow: false,
            align: Align::Right,
            text: |r, _| r.record.runs.len().to_string().into(),
            tone: muted,
            compare: |a, b| a.runs.len().cmp(&b.runs.len()),
        },
        Column {
            name: "files",
            title: "FILES",
            width: 5,
            grow: false,
            align: Align::Right,
            text: |r, look| match r.record.runs.first() {
                Some(run) if run.status == ReportStatus::Ready => run.parts.max(1).to_string().into(),
                _ => moment::dash(look).into(),
            },
            tone: plain,
            compare: |a, b| {
                let parts = |r: &Report| r.runs.first().map(|run| run.parts);
                parts(&a).cmp(&parts(&b))
            },
        },
        Column {
            name: "kept",
            title: "KEPT UNTIL (est.)",
            width: 17,
            grow: false,
            align: Align::Left,
            text: |r, look| {
                kept_until(&r).map_or_else(|| moment::dash(look).into(), |at| moment::short(&When::At(at), look).into())
            },
            tone: muted,
            compare: |a, b| kept_until(&a).cmp(&kept_until(&b)),
        },
    ];

    const FIELDS: &'static [Field<Self>] = &[
        Field { name: "name", kind: Kind::Text, shown: true, any: |r, f| f(Value::Text(&r.name)) },
        Field { name: "status", kind: Kind::Word, shown: true, any: |r, f| f(Value::Text(r.status.as_str())) },
        Field { name: "type", kind: Kind::Word, shown: true, any: |r, f| f(Value::Text(&r.report_type)) },
        Field { name: "schedule", kind: Kind::Word, shown: true, any: |r, f| f(Value::Text(schedule(&r.schedule))) },
        Field { name: "format", kind: Kind::Word, shown: true, any: |r, f| f(Value::Text(&r.format)) },
        Field {
            name: "started",
            kind: Kind::Time,
            shown: true,
            any: |r, f| r.runs.first().is_some_and(|run| f(Value::Time(&run.started))),
        },
        Field { name: "id", kind: Kind::Text, shown: false, any: |r, f| f(Value::Text(r.id.as_str())) },
    ];

    fn key(&self) -> ReportId {
        self.id.clone()
    }

    fn has_key(&self, key: &ReportId) -> bool {
        self.id == *key
    }

    fn id_text(&self) -> &str {
        self.id.as_str()
    }

    fn tie(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name).then_with(|| self.id.cmp(&other.id))
    }
}
