//! The rows that are open beside those of the run before, told apart by one column.

use std::sync::Arc;

use super::{Viewer, call, said};
use crate::{
    flow::{
        Availability,
        table::{TableSlot, TableWork},
    },
    screens::Step,
    table::{Differences, Progress},
    ui::text::{count, plural},
};

/// How far the comparison is.
#[derive(Debug, Default)]
pub enum Comparison {
    /// Nobody compares.
    #[default]
    Off,
    /// The run before is being read; rows are told apart by this column.
    Running(usize),
    /// What is other, and the rows of it that show, in order.
    Known(usize, Box<Differences>, Arc<[u32]>),
}

impl Viewer {
    /// Whether there is something to compare with.
    pub(super) fn can_compare(&self) -> Availability {
        match (&self.viewing.before, self.table.progress()) {
            (None, _) => Availability::No("no earlier run of this report has its files here"),
            (Some(_), Progress::Complete) if self.table.rows() > 0 => Availability::Yes,
            (Some(_), _) => Availability::No("the rows are not all read"),
        }
    }

    /// Compares with the run before by the column of the cursor, or ends that.
    pub(super) fn compare(&mut self) -> Step {
        if !matches!(self.comparison, Comparison::Off) {
            return self.compare_no_more();
        }
        let Some((before, column)) = self.viewing.before.as_ref().zip(self.columns.current()) else {
            return said("There is no earlier run to compare with.");
        };
        self.comparison = Comparison::Running(column);
        let files = crate::table::Files { sheet: self.viewing.sheet.clone(), ..before.files() };
        let work = TableWork::Compare { before: files, after: Arc::clone(&self.table), column };
        Step::effects([call(TableSlot::Compare, work)])
    }

    /// All rows show again.
    pub(super) fn compare_no_more(&mut self) -> Step {
        self.comparison = Comparison::Off;
        self.recount();
        let ends = crate::flow::Effect::Cancel(crate::flow::CallKey::Table(TableSlot::Compare));
        Step::effects(std::iter::once(ends).chain(self.arranged()))
    }

    /// Takes what is other.
    pub(super) fn compared(&mut self, found: Differences) -> Step {
        let Comparison::Running(column) = self.comparison else { return Step::none() };
        let mut rows: Vec<u32> = found.added.iter().copied().chain(found.changed.iter().map(|(_, new)| *new)).collect();
        rows.sort_unstable();
        self.comparison = Comparison::Known(column, Box::new(found), rows.into());
        self.recount();
        Step::effects(self.arranged())
    }

    /// The rows that may show: those that match the filter, and of a comparison those that are other; `None` for all.
    pub(super) fn chosen(&self) -> Option<Arc<[u32]>> {
        match (&self.comparison, &self.sieve.found) {
            (Comparison::Known(_, _, other), None) => Some(Arc::clone(other)),
            (Comparison::Known(_, _, other), Some(found)) => {
                Some(other.iter().copied().filter(|row| found.binary_search(row).is_ok()).collect())
            }
            (_, found) => found.clone(),
        }
    }

    /// What happened to a row: `+` when it is new, `~` when it has changed.
    pub(super) fn change_of(&self, row: u32) -> Option<&'static str> {
        let Comparison::Known(_, found, rows) = &self.comparison else { return None };
        rows.binary_search(&row).ok()?;
        Some(if found.added.binary_search(&row).is_ok() { "+" } else { "~" })
    }

    /// What is other, in a line; `None` when nobody compares.
    pub(super) fn differences(&self) -> Option<String> {
        let before = &self.viewing.before.as_ref()?.title;
        let by = |column: usize| self.table.columns().get(column).map_or("", |column| column.title.as_str());
        match &self.comparison {
            Comparison::Off => None,
            Comparison::Running(column) => Some(format!("comparing with {before} by {}…", by(*column))),
            Comparison::Known(column, found, _) => {
                let (added, gone, changed) = (found.added.len(), found.gone.len(), found.changed.len());
                let (gone, changed) = (count(gone), count(changed));
                let by = by(*column);
                Some(format!("compare with {before}: + {}, - {gone}, {changed} changed, by {by}", plural(added, "row")))
            }
        }
    }
}
