//! CertCentral reports: definitions and their runs (contract `report-library.openapi.yaml`).

pub mod catalogue;
pub mod change;
pub mod definition;
pub mod field;
mod file;
pub mod local;
pub mod rules;
pub mod trail;

pub use self::{definition::Definition, field::Field, rules::Complaint};
use super::{
    ids::{ReportId, RunId, UserId},
    text::Clean,
    when::When,
    word::words,
};

words! {
    /// State of a history record.
    ReportStatus {
        /// A definition that waits for its time.
        Scheduled = "SCHEDULED",
        /// A run in progress.
        Generating = "GENERATING",
        /// A finished run.
        Ready = "READY",
        /// A run that did not finish; the service says no reason.
        Failed = "FAILED",
    }
}

words! {
    /// How often a report runs.
    Frequency {
        /// Once, by hand.
        OnDemand = "ON_DEMAND",
        /// Every one or two weeks.
        Weekly = "WEEKLY",
        /// Every one to three months.
        Monthly = "MONTHLY",
    }
}

/// One record of the history: a waiting definition (no run id) or a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRecord {
    /// The definition.
    pub report: ReportId,
    /// The run; `None` for a waiting definition.
    pub run: Option<RunId>,
    /// Display name.
    pub name: Clean,
    /// Type word, `orders`.
    pub report_type: Clean,
    /// Who made it.
    pub created_by: Option<(UserId, Clean)>,
    /// When it was made; the zone is doubtful, read as UTC.
    pub created: When,
    /// Start of the run.
    pub started: When,
    /// End of the run.
    pub ended: When,
    /// How often it runs.
    pub schedule: Frequency,
    /// Format word, `CSV`.
    pub format: Clean,
    /// State.
    pub status: ReportStatus,
    /// Started by hand.
    pub manual: Option<bool>,
    /// Files of the run; 0 means one file that is not split.
    pub parts: u32,
}

/// A report: its definition record, if the history has one, and its runs, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The definition.
    pub id: ReportId,
    /// Display name.
    pub name: Clean,
    /// Type word.
    pub report_type: Clean,
    /// How often it runs.
    pub schedule: Frequency,
    /// Format word.
    pub format: Clean,
    /// State of the newest run, or `Scheduled` when there is none.
    pub status: ReportStatus,
    /// The waiting definition, when the history lists it.
    pub definition: Option<HistoryRecord>,
    /// Runs, newest first; records without a readable start last.
    pub runs: Vec<HistoryRecord>,
}

/// Groups history records by report. Duplicates (same report and run) are dropped, the first one stays.
///
/// Reports with a run in progress come first, then by their newest start, then by name; so the order does not depend
/// on that of the service.
pub fn group(records: &[HistoryRecord]) -> Vec<Report> {
    use std::collections::{BTreeMap, BTreeSet};
    let mut seen = BTreeSet::new();
    let mut reports: BTreeMap<&ReportId, Vec<&HistoryRecord>> = BTreeMap::new();
    for record in records {
        if seen.insert((&record.report, &record.run)) {
            reports.entry(&record.report).or_default().push(record);
        }
    }
    let mut out: Vec<Report> = reports.into_values().filter_map(|records| assemble(&records)).collect();
    let newest = |report: &Report| report.runs.first().and_then(|run| run.started.at());
    out.sort_by(|a, b| {
        let waiting = |r: &Report| r.status != ReportStatus::Generating;
        waiting(a)
            .cmp(&waiting(b))
            .then_with(|| newest(b).cmp(&newest(a)))
            .then_with(|| a.name.cmp(&b.name))
            .then_with(|| a.id.cmp(&b.id))
    });
    out
}

/// How long the runs of a report took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// The shortest, seconds.
    pub shortest: i64,
    /// The longest, seconds.
    pub longest: i64,
    /// Runs that were READY, with both times.
    pub runs: usize,
}

/// How long the runs of a report took that came to their end; `None` without one.
pub fn usual(report: &Report) -> Option<Usual> {
    let took = |run: &HistoryRecord| {
        let (from, to) = (run.started.at()?, run.ended.at()?);
        let seconds = to.as_second() - from.as_second();
        (run.status == ReportStatus::Ready && seconds >= 0).then_some(seconds)
    };
    let all: Vec<i64> = report.runs.iter().filter_map(took).collect();
    Some(Usual { shortest: *all.iter().min()?, longest: *all.iter().max()?, runs: all.len() })
}

/// Seconds until the history is read again for a run in progress: 10, and 30 for one that is in progress for five
/// minutes; `None` when none is.
pub fn pace<'a>(reports: impl IntoIterator<Item = &'a Report>, now: i64) -> Option<i64> {
    let newest = |report: &Report| {
        let running = report.runs.iter().filter(|run| run.status == ReportStatus::Generating);
        running.filter_map(|run| run.started.at()).map(|at| now.saturating_sub(at.as_second())).min()
    };
    let youngest = reports.into_iter().filter(|report| report.status == ReportStatus::Generating);
    let youngest = youngest.filter_map(newest).min()?;
    Some(if youngest < 300 { 10 } else { 30 })
}

fn assemble(records: &[&HistoryRecord]) -> Option<Report> {
    let mut runs: Vec<HistoryRecord> = records.iter().filter(|r| r.run.is_some()).map(|r| (*r).clone()).collect();
    runs.sort_by(|a, b| b.started.at().cmp(&a.started.at()).then_with(|| a.run.cmp(&b.run)));
    let definition = records.iter().find(|r| r.run.is_none()).map(|r| (*r).clone());
    let head = definition.as_ref().or_else(|| runs.first())?;
    Some(Report {
        id: head.report.clone(),
        name: head.name.clone(),
        report_type: head.report_type.clone(),
        schedule: head.schedule.clone(),
        format: head.format.clone(),
        status: runs.first().map_or_else(|| head.status.clone(), |run| run.status.clone()),
        definition,
        runs,
    })
}

/// A report as `GET /report/{id}` gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportDetails {
    /// The definition's id.
    pub id: ReportId,
    /// What was defined.
    pub definition: Definition,
    /// Members that are not known here; an edit would lose them.
    pub unknown: Vec<Clean>,
    /// Next day of a run.
    pub next_run: When,
    /// State word of the definition, `ACTIVE`.
    pub status: Clean,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(report: &str, run: Option<&str>, started: &str, status: &str) -> HistoryRecord {
        HistoryRecord {
            report: ReportId::new(report),
            run: run.map(RunId::new),
            name: Clean::new(report),
            report_type: Clean::new("orders"),
            created_by: None,
            created: When::Never,
            started: When::parse(started),
            ended: When::Never,
            schedule: Frequency::Weekly,
            format: Clean::new("CSV"),
            status: ReportStatus::parse(status),
            manual: None,
            parts: 0,
        }
    }

    #[test]
    fn a_run_in_progress_is_looked_at_every_10_seconds_and_every_30_after_five_minutes() {
        let of = |status: &str| group(&[record("a", Some("1"), "2026-11-01 00:00:00", status)]);
        let start = of("READY")[0].runs[0].started.at().unwrap().as_second();
        assert_eq!(pace(&of("READY"), start), None);
        let running = of("GENERATING");
        let paces: Vec<_> = [0, 299, 300, 9_000].into_iter().map(|age| pace(&running, start + age)).collect();
        assert_eq!(paces, [Some(10), Some(10), Some(30), Some(30)]);
    }

    #[test]
    fn usual_is_what_runs_took_that_were_ready() {
        let run = |id: &str, seconds: i64, status: &str| {
            let mut run = record("a", Some(id), "2026-11-01 00:00:00", status);
            run.ended = When::At(run.started.at().unwrap() + jiff::SignedDuration::from_secs(seconds));
            run
        };
        let runs = [run("1", 60, "READY"), run("2", 180, "READY"), run("3", 9, "FAILED"), run("4", -5, "READY")];
        let expected = Usual { shortest: 60, longest: 180, runs: 2 };
        assert_eq!(usual(&group(&runs)[0]), Some(expected));
        assert_eq!(usual(&group(&runs[2..3])[0]), None);
    }

    #[test]
    fn runs_are_grouped_newest_first_without_duplicates() {
        let records = [
            record("a", None, "", "SCHEDULED"),
            record("a", Some("1"), "2026-11-01 00:00:00", "READY"),
            record("a", Some("2"), "2026-11-08 00:00:00", "FAILED"),
            record("a", Some("1"), "2026-11-01 00:00:00", "READY"),
            record("b", Some("9"), "2026-10-01 00:00:00", "GENERATING"),
            record("c", None, "", "SCHEDULED"),
        ];
        let reports = group(&records);
        let shown: Vec<_> = reports.iter().map(|r| (r.id.as_str(), r.status.as_str(), r.runs.len())).collect();
        assert_eq!(shown, [("b", "GENERATING", 1), ("a", "FAILED", 2), ("c", "SCHEDULED", 0)]);
        let mut backwards = records.to_vec();
        backwards.reverse();
        assert_eq!(group(&backwards), reports);
    }
}
