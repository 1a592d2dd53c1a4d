//! The rows that match what is typed, found while it is typed.

use std::{ops::Range, sync::Arc};

use jiff::Timestamp;

use super::{Viewer, call, find::Find, said};
use crate::{
    domain::filter::{ColumnFilter, Kind},
    flow::{
        CallKey, Cx, Effect,
        table::{TableSlot, TableWork},
    },
    screens::Step,
    table::Search,
};

/// Which rows match what is typed.
#[derive(Debug, Default)]
pub struct Sieve {
    pub(super) text: String,
    pub(super) filter: ColumnFilter,
    /// Why what is typed cannot be used.
    pub(super) error: Option<String>,
    /// Those of the first `searched` rows that match; `None` without a filter.
    pub(super) found: Option<Arc<[u32]>>,
    pub(super) searched: u32,
    /// A search runs, from this row on, over that many rows.
    pub(super) running: Option<Range<u32>>,
    /// What was found of before this search.
    pub(super) before: Vec<u32>,
}

impl Viewer {
    /// Filters as typed so far. What cannot be used is said, and the rows stay.
    pub fn filter(&mut self, text: &str, cx: &Cx<'_>) -> Step {
        let step = self.set_filter(text, cx.look.now);
        self.with_rows(step, cx)
    }

    pub(super) fn set_filter(&mut self, text: &str, now: Timestamp) -> Step {
        if !self.sieve.text.is_empty() && text.is_empty() {
            self.find = Find { text: std::mem::take(&mut self.sieve.text), ..Find::default() };
        }
        text.clone_into(&mut self.sieve.text);
        let filter = match self.table.filter(text) {
            Ok(filter) => filter,
            Err(error) => {
                self.sieve.error = Some(error.to_string());
                return Step::none();
            }
        };
        self.sieve.error = None;
        if filter == self.sieve.filter {
            return Step::none();
        }
        let whole = self.sieve.running.is_none() && self.sieve.searched == self.table.rows();
        let among = self.sieve.found.clone().filter(|_| whole && filter.narrows(&self.sieve.filter));
        self.sieve.filter = filter;
        self.recount();
        let mut effects = vec![Effect::Cancel(CallKey::Table(TableSlot::Search))];
        (self.sieve.before, self.sieve.running) = (Vec::new(), None);
        if self.sieve.filter.is_all() {
            self.sieve.found = None;
            effects.extend(self.arranged());
        } else {
            effects.extend(self.search(0, among, now));
        }
        Step::effects(effects)
    }

    /// Looks through the rows from `from` on.
    pub(super) fn search(&mut self, from: u32, among: Option<Arc<[u32]>>, now: Timestamp) -> Vec<Effect> {
        self.sieve.running = Some(from..self.table.rows());
        let (table, filter) = (Arc::clone(&self.table), self.sieve.filter.clone());
        let search = Search { table, filter, from, among, now };
        vec![call(TableSlot::Search, TableWork::Search(Box::new(search)))]
    }

    /// The filter for rows like the one under the cursor, in this column.
    pub(super) fn same(&mut self, now: Timestamp) -> Step {
        let Some((row, column)) = self.row().zip(self.columns.current()) else { return Step::none() };
        let Some(about) = self.table.columns().get(column) else { return Step::none() };
        let cell = row.cell(column);
        if cell.contains(['"', '|']) {
            return said("This cell has signs that a filter cannot hold.");
        }
        let sign = if about.kind == Kind::Text { '=' } else { ':' };
        let term = format!("{}{sign}\"{cell}\"", about.name);
        let text = if self.sieve.text.is_empty() { term } else { format!("{} {term}", self.sieve.text) };
        self.set_filter(&text, now)
    }

    /// Takes rows that match; `searched` when all of that search are known.
    pub(super) fn found(&mut self, rows: &[u32], searched: Option<u32>) -> Step {
        let all: Arc<[u32]> = self.sieve.before.iter().chain(rows).copied().collect();
        self.sieve.found = Some(all);
        self.sieve.searched = searched.unwrap_or(self.sieve.searched);
        self.recount();
        Step::effects(self.arranged())
    }
}
