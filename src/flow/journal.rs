//! What this program did to CAs and reports, as its journal tells.

use jiff::Timestamp;

use crate::domain::{
    Clean,
    ca::decision::{Errand, Fate, IntentId, Process, Trail},
    ids::CaId,
    report::trail::ChangeTrail,
};

/// All changes that were decided here in a context, and whether the journal is whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deeds {
    /// The changes of CAs, the newest first.
    pub trails: Vec<Trail>,
    /// Those of reports, the newest first.
    pub reports: Vec<ChangeTrail>,
    /// Entries about changes that this program cannot read.
    pub unreadable: usize,
    /// Sound entries of the whole journal, from the first on.
    pub sound: u64,
    /// The first entry that is not what was written, or stands where another one is missing.
    pub broken: Option<i64>,
}

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed<'a> {
    /// Of a CA.
    Ca(&'a Trail),
    /// Of a report.
    Report(&'a ChangeTrail),
}

impl Deed<'_> {
    /// Its name in the journal.
    pub const fn intent(&self) -> &IntentId {
        match self {
            Self::Ca(trail) => &trail.intent.id,
            Self::Report(trail) => &trail.intent,
        }
    }

    fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Ca(trail) => Some(trail.intent.at),
            Self::Report(trail) => trail.at,
        }
    }
}

impl Deeds {
    /// All changes, the newest first.
    pub fn all(&self) -> Vec<Deed<'_>> {
        let mut all: Vec<Deed<'_>> =
            self.trails.iter().map(Deed::Ca).chain(self.reports.iter().map(Deed::Report)).collect();
        all.sort_by_key(|deed| std::cmp::Reverse(deed.at()));
        all
    }

    /// The last change that was decided about the request of `errand`, or, when it decides none, of the same kind about
    /// its CA.
    pub fn last_of(&self, errand: &Errand) -> Option<&Trail> {
        let same = |other: &Errand| match &errand.request {
            Some(request) => other.request.as_ref() == Some(request),
            None => other.ca == errand.ca && other.operation == errand.operation,
        };
        self.trails.iter().find(|trail| same(&trail.intent.errand))
    }
}

/// A change that may have been carried out or not: its CA is locked here until that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Its CA.
    pub ca: CaId,
    /// Name of the CA, as it was shown.
    pub ca_name: Clean,
    /// What was to be done: `approve the revocation`.
    pub verb: &'static str,
}

impl Open {
    /// What a process leaves open; `None` while it is on its way, and when its end is known.
    pub fn of(process: &Process) -> Option<Self> {
        let is_open = !process.is_sending() && !process.fate().is_settled() && *process.fate() != Fate::UnderWay;
        let intent = process.intent();
        is_open.then(|| Self {
            ca: intent.errand.ca.clone(),
            ca_name: intent.ca_name.clone(),
            verb: intent.errand.operation.verb(),
        })
    }
}
