//! Reports as rows.

use std::{borrow::Cow, cmp::Ordering};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::{
    column::{Align, Column, Look, Record, Tone, muted, plain},
    moment,
};
use crate::domain::{
    Clean,
    filter::{Field, Kind, Value},
    ids::ReportId,
    report::{Frequency, HistoryRecord, Report, ReportStatus, Usual, definition::Schedule, local::LocalRun},
    subject::View,
    when::When,
};

/// Result files are kept this long when nobody downloads them: 6 months and 30 days, here 183 + 30 days
/// (contract `behaviour.md`). An estimate.
const KEPT_UNTOUCHED: SignedDuration = SignedDuration::from_hours((183 + 30) * 24);

/// And this long after their first download.
const KEPT_FETCHED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What is deleted within this time is marked.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

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

/// When a report runs, as far as it is known: `Sat 13:40` by its newest run that its schedule started, `1st, 00:10` and
/// `3rd Thu` by its definition once that was read, or by what its last two runs have in common; else the word for how
/// often.
pub fn timetable(row: View<'_, Report>, look: &Look) -> String {
    let started = row.runs.iter().filter(|run| run.manual == Some(false)).map(|run| &run.started);
    let started = started.filter(|started| started.at().is_some()).max();
    let plan = row.derived.and_then(|local| local.plan.as_ref()).map(|(schedule, _)| schedule);
    match (&row.schedule, started, plan) {
        (Frequency::Weekly, Some(at), _) => moment::weekday(at, look),
        (Frequency::Weekly, None, Some(plan)) => three(&plan.weekday),
        (Frequency::Monthly, at, Some(plan)) => {
            let day = match plan {
                Schedule { last_day: true, .. } => "last".to_owned(),
                Schedule { date: 0, week, weekday, .. } => {
                    let nth = ["FIRST", "SECOND", "THIRD", "FOURTH"].iter().position(|word| word == week);
                    return format!(
                        "{} {}",
                        nth.map_or("last", |at| NTH.get(at).copied().unwrap_or("")),
                        three(weekday)
                    );
                }
                Schedule { date, .. } => format!("{date}{}", ending(*date)),
            };
            at.map_or_else(|| day.clone(), |at| format!("{day}, {}", moment::clock(at, look)))
        }
        (Frequency::Monthly, Some(at), None) => {
            let day = in_common(&row).map(|day| format!("{day}, {}", moment::clock(at, look)));
            day.unwrap_or_else(|| schedule(&row.schedule).to_owned())
        }
        _ => schedule(&row.schedule).to_owned(),
    }
}

/// The day of the month on which the last two runs began that the schedule started: `1st`, `last`, `3rd Thu`. Runs are
/// started by UTC.
fn in_common(report: &Report) -> Option<String> {
    let started = report.runs.iter().filter(|run| run.manual == Some(false)).filter_map(|run| run.started.at());
    let days: Vec<Date> = started.take(2).map(|at| at.to_zoned(TimeZone::UTC).date()).collect();
    let [a, b] = days.as_slice() else { return None };
    let nth = |day: &Date| usize::from(day.day().unsigned_abs().saturating_sub(1) / 7);
    if a.last_of_month() == *a && b.last_of_month() == *b {
        Some("last".to_owned())
    } else if a.day() == b.day() {
        let day = u32::from(a.day().unsigned_abs());
        Some(format!("{day}{}", ending(day)))
    } else if (a.weekday(), nth(a)) == (b.weekday(), nth(b)) {
        Some(format!("{} {}", NTH.get(nth(a)).copied().unwrap_or("last"), a.strftime("%a")))
    } else {
        None
    }
}

const NTH: [&str; 4] = ["1st", "2nd", "3rd", "4th"];

fn ending(number: u32) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

/// `Sat` of `SATURDAY`.
fn three(weekday: &str) -> String {
    let lower = weekday.chars().skip(1).take(2).flat_map(char::to_lowercase);
    Clean::new(&weekday.chars().take(1).chain(lower).collect::<String>()).to_string()
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

/// The run in progress beside those before it: a bar of `cells`, and what it means. No service tells how far it is.
pub fn progress(elapsed: i64, usual: &Usual, cells: usize, look: &Look) -> (String, Tone) {
    let (full, rest) = if look.ascii { ("#", "-") } else { ("━", "─") };
    let whole = usize::try_from(usual.longest).unwrap_or(usize::MAX).max(1);
    let done = (usize::try_from(elapsed).unwrap_or(0).saturating_mul(cells) / whole).min(cells);
    let bar = format!("{}{}", full.repeat(done), rest.repeat(cells - done));
    if elapsed > usual.longest {
        return (format!("{bar}  ! longer than the slowest run; the API reports no progress"), Tone::Due);
    }
    (format!("{bar}  elapsed against the slowest run; the API reports no progress"), Tone::Pending)
}

/// Runs that ended: `14 Nov 23 m 8,802 rows`, `31 Oct failed`; rows are told of those whose files were read.
pub fn ended(run: &HistoryRecord, rows: Option<u64>, look: &Look) -> String {
    let day = moment::day(&run.started, look);
    if run.status != ReportStatus::Ready {
        return format!("{day} {}", run.status.as_str().to_lowercase());
    }
    let took = match (run.started.at(), run.ended.at()) {
        (Some(from), Some(to)) => format!(" {}", span(to.as_second() - from.as_second())),
        _ => String::new(),
    };
    let rows = rows.map_or_else(String::new, |rows| format!(" {} rows", grouped(rows)));
    format!("{day}{took}{rows}")
}

/// Rows of a run, when its files were read.
pub fn rows_of(row: View<'_, Report>, run: &HistoryRecord) -> Option<u64> {
    let id = run.run.as_ref()?;
    row.derived?.rows.iter().find(|(known, _)| known == id).map(|(_, rows)| *rows)
}

/// `412,077`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How long something takes: `40 s`, `21 m`, `1 h 5 m`.
pub fn span(seconds: i64) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, _) => format!("{minutes} m"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} m"),
    }
}

/// How long runs usually take: `usual 18 to 44 m`.
pub fn usual(usual: &Usual) -> String {
    let (shortest, longest) = (span(usual.shortest), span(usual.longest));
    if shortest == longest {
        return format!("usual {longest}");
    }
    // One unit is said once.
    let both = shortest.split_once(' ').zip(longest.split_once(' '));
    match both {
        Some(((least, unit), (_, other))) if unit == other => format!("usual {least} to {longest}"),
        _ => format!("usual {shortest} to {longest}"),
    }
}

/// Over how many runs that is told: `over 6 runs`.
pub fn over(usual: &Usual) -> String {
    format!("over {} {}", usual.runs, if usual.runs == 1 { "run" } else { "runs" })
}

/// When the newest run's files are deleted: an estimate from the retention rules and, where files were fetched from
/// here, the first time of that. What others have fetched is not known.
pub fn kept_until(report: View<'_, Report>) -> Option<Timestamp> {
    let run = report.record.runs.first().filter(|run| run.status == ReportStatus::Ready)?;
    if let Some(local) = here(report) {
        return local.first_at.checked_add(KEPT_FETCHED).ok();
    }
    run.ended.at().or(run.started.at())?.checked_add(KEPT_UNTOUCHED).ok()
}

/// Until when the files of the newest run are kept: `14 Feb`, `27 Nov ▴` for the next two weeks, and `not taken here`
/// where it is not known when the clock of that began: others may have taken them.
fn kept(report: View<'_, Report>, look: &Look) -> String {
    let Some(at) = kept_until(report) else { return moment::dash(look).to_owned() };
    let mark = if ends_soon(report, look) { format!(" {}", look.glyph(Tone::Due)) } else { String::new() };
    if mark.is_empty() && here(report).is_none() {
        return "not taken here".to_owned();
    }
    format!("{}{mark}", moment::day(&When::At(at), look))
}

fn ends_soon(report: View<'_, Report>, look: &Look) -> bool {
    kept_until(report).is_some_and(|at| at.duration_since(look.now) < SOON)
}

/// The files of the newest run, when they are here.
fn here(report: View<'_, Report>) -> Option<&LocalRun> {
    let run = report.record.runs.first()?.run.as_ref()?;
    report.derived?.runs.iter().find(|local| local.run == *run)
}

fn last_run<'a>(report: View<'a, Report>, look: &Look) -> Cow<'a, str> {
    let next = report.derived.and_then(|local| local.plan.as_ref()).map(|(_, next)| next);
    match report.record.runs.first() {
        Some(run) if run.status == ReportStatus::Generating => match run.started.at() {
            Some(at) => match (look.now.as_second() - at.as_second()).max(0) {
                seconds @ 0..3_600 => format!("running {}", span(seconds)).into(),
                seconds => format!("running {} h", seconds / 3_600).into(),
            },
            None => "running".into(),
        },
        Some(run) => moment::short(if run.ended == When::Never { &run.started } else { &run.ended }, look).into(),
        None => match next {
            Some(next @ When::At(_)) => format!("next {}", moment::day(next, look)).into(),
            _ => "not yet".into(),
        },
    }
}

fn newest_rows(row: View<'_, Report>) -> Option<u64> {
    rows_of(row, row.record.runs.first()?)
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
            width: 11,
            grow: false,
            align: Align::Left,
            text: |r, look| timetable(r, look).into(),
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
            text: |row, look| last_run(row, look),
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
            name: "rows",
            title: "ROWS",
            width: 7,
            grow: false,
            align: Align::Right,
            text: |r, look| newest_rows(r).map_or_else(|| moment::dash(look).into(), |rows| grouped(rows).into()),
            tone: plain,
            compare: |a, b| newest_rows(a).cmp(&newest_rows(b)),
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
            title: "KEPT UNTIL",
            width: 14,
            grow: false,
            align: Align::Left,
            text: |r, look| kept(r, look).into(),
            tone: |r, look| if ends_soon(r, look) { Tone::Due } else { Tone::Muted },
            compare: |a, b| kept_until(a).cmp(&kept_until(b)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monthly_report_shows_the_day_that_its_last_two_runs_have_in_common() {
        let run = |started: &&str| HistoryRecord {
            report: ReportId::new("r"),
            run: Some(crate::domain::ids::RunId::new(started)),
            name: "r".into(),
            report_type: "orders".into(),
            created_by: None,
            created: When::Never,
            started: When::parse(started),
            ended: When::Never,
            schedule: Frequency::Monthly,
            format: "CSV".into(),
            status: ReportStatus::Ready,
            manual: Some(false),
            parts: 0,
        };
        let shown = |starts: &[&str]| {
            let runs: Vec<HistoryRecord> = starts.iter().map(run).collect();
            let report = crate::domain::report::group(&runs).remove(0);
            timetable(View::from(&report), &Look::utc(Timestamp::UNIX_EPOCH))
        };
        assert_eq!(shown(&["2026-11-01 00:10:00", "2026-10-01 00:10:00"]), "1st, 00:10");
        assert_eq!(shown(&["2026-11-30 05:00:00", "2026-10-31 05:00:00"]), "last, 05:00");
        assert_eq!(shown(&["2026-09-17 02:00:00", "2026-06-18 02:00:00"]), "3rd Thu, 02:00");
        assert_eq!(shown(&["2026-09-17 02:00:00"]), "monthly");
        assert_eq!(shown(&["2026-09-17 02:00:00", "2026-08-02 02:00:00"]), "monthly");
    }

    #[test]
    fn spans_and_usual_times_say_a_unit_once() {
        assert_eq!([0, 59, 60, 3_599, 3_600, 3_900].map(span), ["0 s", "59 s", "1 m", "59 m", "1 h", "1 h 5 m"]);
        let of = |shortest, longest| usual(&Usual { shortest, longest, runs: 6 });
        assert_eq!(of(1_080, 2_640), "usual 18 to 44 m");
        assert_eq!(of(40, 2_640), "usual 40 s to 44 m");
        assert_eq!(of(1_380, 1_390), "usual 23 m");
    }
}
