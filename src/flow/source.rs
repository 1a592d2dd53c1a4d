//! What is here of one source: rows, their age and completeness, and what is going on.

use std::sync::Arc;

use jiff::Timestamp;

use super::rows::Rows;
use crate::domain::{Clean, Failure, dataset::Completeness, dataset::Dataset, subject::Subject};

/// The state that a screen shows. Empty, failed and not loaded are three different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Nothing was asked yet, or no such service is configured.
    Idle,
    /// The first read is under way; rows may already be here.
    Loading,
    /// Read, and there is nothing.
    Empty,
    /// All rows are here.
    Ready,
    /// All rows are here and a newer read is under way.
    Reloading,
    /// Rows are here, but some pages are missing.
    Partial,
    /// Old rows are here; the last read failed or is overdue.
    Stale,
    /// The read failed and nothing is here.
    Failed,
}

/// Rows of one source with their history. The last value stays while a newer one is read.
#[derive(Debug, Clone)]
pub struct Source<T: Subject> {
    rows: Rows<T>,
    staging: Rows<T>,
    revision: u64,
    loading: bool,
    interval: i64,
    read_at: Option<Timestamp>,
    completeness: Completeness,
    failure: Option<(Failure, Timestamp)>,
    notes: Vec<Clean>,
}

impl<T: Subject> Default for Source<T> {
    fn default() -> Self {
        Self {
            rows: Rows::default(),
            staging: Rows::default(),
            revision: 0,
            loading: false,
            interval: 0,
            read_at: None,
            completeness: Completeness::Complete,
            failure: None,
            notes: Vec::new(),
        }
    }
}

impl<T: Subject> Source<T> {
    /// An empty source that is read by itself every `interval` seconds, 0 is never.
    pub fn every(interval: i64) -> Self {
        Self { interval, ..Self::default() }
    }

    /// A read starts; what is here stays.
    pub fn begin(&mut self) {
        self.loading = true;
        self.staging = Rows::default();
    }

    /// Rows arrive. On a first read they show until its end brings the whole list; later the old ones stay until then.
    pub fn progress(&mut self, batch: Vec<T>) {
        self.staging.push(batch);
        if self.read_at.is_none() {
            self.rows = self.staging.clone();
            self.revision += 1;
        }
    }

    /// A read ended; its data set replaces what is here.
    pub fn finish(&mut self, dataset: Dataset<T>) {
        self.loading = false;
        self.staging = Rows::default();
        self.rows = Rows::from(dataset.rows);
        self.revision += 1;
        self.read_at = Some(dataset.read_at);
        self.completeness = dataset.completeness;
        self.notes = dataset.notes;
        self.failure = None;
    }

    /// Holds rows that no service is asked for; `at` is the moment of which they tell.
    pub fn hold(&mut self, rows: Rows<T>, at: Timestamp) {
        self.rows = rows;
        self.revision += 1;
        self.read_at = Some(at);
    }

    /// Rows that were kept from an earlier run: nothing beside a list that was read now, but more than the beginning of
    /// one that is still being read.
    pub fn recall(&mut self, dataset: Dataset<T>) {
        if self.read_at.is_none() {
            self.rows = Rows::from(dataset.rows);
            self.revision += 1;
            self.read_at = Some(dataset.read_at);
            self.completeness = dataset.completeness;
        }
    }

    /// A read failed at `now`; what is here stays.
    pub fn fail(&mut self, failure: Failure, now: Timestamp) {
        self.loading = false;
        let staged = std::mem::take(&mut self.staging);
        if self.read_at.is_none() && !staged.is_empty() {
            self.completeness = Completeness::Partial { read: 0, of: None, why: failure.clone() };
        }
        self.failure = Some((failure, now));
    }

    /// The rows.
    pub const fn rows(&self) -> &Rows<T> {
        &self.rows
    }

    /// The only row of a source that has one.
    pub fn one(&self) -> Option<&T> {
        self.rows.get(0)
    }

    /// Changes whenever the rows do.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// True while a read is under way.
    pub const fn is_loading(&self) -> bool {
        self.loading
    }

    /// When the rows were read.
    pub const fn read_at(&self) -> Option<Timestamp> {
        self.read_at
    }

    /// Why the last read failed.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref().map(|(failure, _)| failure)
    }

    /// When the last read failed.
    pub fn failed_at(&self) -> Option<Timestamp> {
        self.failure.as_ref().map(|(_, at)| *at)
    }

    /// Seconds that are left of the wait which the service asked for when the last read failed.
    pub fn wait(&self, now: Timestamp) -> Option<i64> {
        let (failure, at) = self.failure.as_ref()?;
        let asked = i64::try_from(failure.retry_after?.as_secs()).unwrap_or(i64::MAX);
        let passed = now.as_second().saturating_sub(at.as_second()).max(0);
        Some(asked.saturating_sub(passed)).filter(|left| *left > 0)
    }

    /// Takes what was worked out about `rows`; false when other rows are here by now.
    pub fn derive(&mut self, rows: &Rows<T>, derived: Arc<Vec<T::Derived>>) -> bool {
        let same = self.rows.have_the_rows_of(rows);
        if same {
            self.rows = std::mem::take(&mut self.rows).with(derived);
            self.revision += 1;
        }
        same
    }

    /// Puts rows that came in parts side by side.
    pub fn join(&mut self)
    where
        T: Clone,
    {
        self.rows = std::mem::take(&mut self.rows).joined();
    }

    /// True when the whole list is here.
    pub fn is_whole(&self) -> bool {
        self.read_at.is_some() && self.completeness == Completeness::Complete
    }

    /// How much of the list is here.
    pub const fn completeness(&self) -> &Completeness {
        &self.completeness
    }

    /// What was odd about the answer.
    pub fn notes(&self) -> &[Clean] {
        &self.notes
    }

    /// Seconds since the rows were read.
    pub fn age(&self, now: Timestamp) -> Option<i64> {
        self.read_at.map(|at| now.as_second().saturating_sub(at.as_second()).max(0))
    }

    /// Seconds between automatic reads, 0 is never.
    pub const fn interval(&self) -> i64 {
        self.interval
    }

    /// True when the rows are older than three intervals.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.interval > 0 && self.age(now).is_some_and(|age| age > self.interval.saturating_mul(3))
    }

    /// What to show at `now`.
    pub fn phase(&self, now: Timestamp) -> Phase {
        let overdue = self.is_overdue(now);
        match (self.read_at.is_some(), self.loading) {
            (false, true) => Phase::Loading,
            (false, false) if self.failure.is_some() && self.rows.is_empty() => Phase::Failed,
            (false, false) if self.failure.is_some() => Phase::Partial,
            (false, false) => Phase::Idle,
            (true, _) if self.failure.is_some() || overdue => Phase::Stale,
            (true, _) if self.completeness != Completeness::Complete => Phase::Partial,
            (true, true) => Phase::Reloading,
            (true, false) if self.rows.is_empty() => Phase::Empty,
            (true, false) => Phase::Ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    #[test]
    fn a_kept_list_stands_until_a_whole_one_was_read() {
        let (old, now) = (Timestamp::constant(1_795_000_000, 0), Timestamp::constant(1_795_528_951, 0));
        let mut source = Source::every(60);
        source.begin();
        source.progress(vec![1]);
        source.recall(Dataset::complete(vec![7, 8, 9], old));
        source.progress(vec![2]);
        assert_eq!((source.rows().len(), source.read_at(), source.phase(now)), (3, Some(old), Phase::Stale));
        source.finish(Dataset::complete(vec![1, 2], now));
        source.recall(Dataset::complete(vec![7, 8, 9], old));
        assert_eq!((source.rows().len(), source.read_at()), (2, Some(now)));
    }

    #[test]
    fn old_rows_stay_until_newer_ones_are_complete() {
        let now = Timestamp::constant(1_795_528_951, 0);
        let later = Timestamp::constant(1_795_528_951 + 181, 0);
        let mut source = Source::every(60);
        assert_eq!(source.phase(now), Phase::Idle);
        source.begin();
        source.progress(vec![1, 2]);
        assert_eq!((source.phase(now), source.rows().len()), (Phase::Loading, 2));
        source.finish(Dataset::complete(vec![1, 2, 3], now));
        assert_eq!((source.phase(now), source.rows().len()), (Phase::Ready, 3));
        source.begin();
        source.progress(vec![9]);
        assert_eq!((source.phase(now), source.rows().len()), (Phase::Reloading, 3));
        source.fail(Failure::new(FailureKind::Network, "cannot find host x"), now);
        assert_eq!((source.phase(now), source.rows().len()), (Phase::Stale, 3));
        source.begin();
        source.finish(Dataset::complete(vec![], now));
        assert_eq!((source.phase(now), source.rows().len()), (Phase::Empty, 0));
        assert_eq!(source.phase(later), Phase::Stale);
        let mut on_demand = Source::<i32>::every(0);
        on_demand.finish(Dataset::complete(vec![], now));
        assert_eq!(on_demand.phase(later), Phase::Empty);
    }
}
