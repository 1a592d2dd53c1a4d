//! The rows of a list as asked for: filtered and sorted like on the screen.

use jiff::Timestamp;

use super::{args::Global, exit::Trouble, grid::Grid};
use crate::{
    domain::{
        filter::Filter,
        subject::{Subject, View},
    },
    present::{
        Look,
        column::{self, Record},
    },
};

/// What was asked for of a list of `T`; made before anything is read, so that a slip costs no request.
pub struct Wish<T: Subject> {
    filter: Filter<T>,
    sort: Option<(&'static column::Column<T>, bool)>,
}

impl<T: Record> Wish<T> {
    /// Reads `--filter` and `--sort`.
    ///
    /// # Errors
    /// No such field or column; the message lists those that there are.
    pub fn new(global: &Global) -> Result<Self, Trouble> {
        let text = global.filter.as_deref().unwrap_or_default();
        let filter = Filter::parse(text, T::FIELDS).map_err(|error| Trouble::usage(format!("--filter: {error}")))?;
        let sort = global.sort.as_deref().map(|name| {
            let (name, reversed) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
            column::column::<T>(name).map(|column| (column, reversed)).ok_or_else(|| {
                let known: Vec<&str> = T::COLUMNS.iter().map(|column| column.name).collect();
                Trouble::usage(format!("--sort: no column \"{name}\"; there are: {}", known.join(", ")))
            })
        });
        Ok(Self { filter, sort: sort.transpose()? })
    }

    /// True when the rows are to come in an order of their own.
    pub const fn is_sorted(&self) -> bool {
        self.sort.is_some()
    }

    /// Whether a row is kept.
    pub fn keeps(&self, row: View<'_, T>, now: Timestamp) -> bool {
        self.filter.matches(row, now)
    }

    /// The rows that are kept, in order; without a wish in the order of the record.
    pub fn rows<'a>(&self, rows: impl IntoIterator<Item = View<'a, T>>, now: Timestamp) -> Vec<View<'a, T>> {
        let mut kept: Vec<View<'_, T>> = rows.into_iter().filter(|row| self.keeps(*row, now)).collect();
        let Some((column, reversed)) = self.sort else {
            kept.sort_by(|a, b| a.tie(b));
            return kept;
        };
        let mut order: Vec<u32> = (0_u32..).zip(&kept).map(|(index, _)| index).collect();
        column::sort(|at| kept.get(at as usize).copied(), &mut order, column, reversed);
        order.iter().filter_map(|index| kept.get(*index as usize).copied()).collect()
    }
}

/// The columns of a record for people.
pub fn grid<T: Record>(rows: &[View<'_, T>], look: &Look) -> Grid {
    let cells = |row: &View<'_, T>| T::COLUMNS.iter().map(|column| (column.text)(*row, look).into_owned()).collect();
    Grid {
        columns: T::COLUMNS.iter().map(|column| (column.title, column.align)).collect(),
        rows: rows.iter().map(cells).collect(),
        whole: false,
    }
}
