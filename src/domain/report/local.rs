//! What is known on this machine of reports, beside what the history says.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{ReportDetails, definition::Schedule};
use crate::domain::{
    ids::{ReportId, RunId},
    when::When,
};

/// A run whose files are on this machine, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalRun {
    /// The report.
    pub report: ReportId,
    /// The run.
    pub run: RunId,
    /// When the first of its files was fetched from here (UTC).
    pub first_at: Timestamp,
    /// Its files, in the order of its parts.
    pub paths: Vec<PathBuf>,
}

/// What is known here of one report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Local {
    /// Its runs whose files are here.
    pub runs: Vec<LocalRun>,
    /// Rows of its runs, as far as their files were read to the end.
    pub rows: Vec<(RunId, u64)>,
    /// When it runs, and the next day; `None` until its definition was read.
    pub plan: Option<(Schedule, When)>,
}

/// What is known here of all reports.
#[derive(Debug, Clone, Default)]
pub struct Locals {
    runs: Vec<LocalRun>,
    rows: Vec<(RunId, u64)>,
    plans: Vec<(ReportId, Schedule, When)>,
}

impl Locals {
    /// Takes all runs whose files are here, in place of those before.
    pub fn keep(&mut self, runs: Vec<LocalRun>) {
        self.runs = runs;
    }

    /// Takes how many rows a run has.
    pub fn count(&mut self, run: RunId, rows: u64) {
        self.rows.retain(|(known, _)| *known != run);
        self.rows.push((run, rows));
    }

    /// Takes when a report runs.
    pub fn learn(&mut self, details: &ReportDetails) {
        self.plans.retain(|(known, ..)| *known != details.id);
        self.plans.push((details.id.clone(), details.definition.schedule.clone(), details.next_run.clone()));
    }

    /// A run whose files are here.
    pub fn run(&self, id: &RunId) -> Option<&LocalRun> {
        self.runs.iter().find(|run| run.run == *id)
    }

    /// The run that has these files.
    pub fn run_at(&self, paths: &[PathBuf]) -> Option<RunId> {
        self.runs.iter().find(|run| run.paths == paths).map(|run| run.run.clone())
    }

    /// What is known of one report.
    pub fn of(&self, report: &ReportId) -> Local {
        Local {
            runs: self.runs.iter().filter(|run| run.report == *report).cloned().collect(),
            rows: self.rows.clone(),
            plan: self.plans.iter().find(|(id, ..)| id == report).map(|(_, when, next)| (when.clone(), next.clone())),
        }
    }
}
