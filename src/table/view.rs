//! Which rows of a table, in which order.

use std::sync::Arc;

use super::part::Table;

/// Rows of a table in an order. Cloning copies no row.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Their numbers; `None` for all rows as they stand in the files.
    pub rows: Option<Arc<[u32]>>,
    /// They are read from the end.
    pub reversed: bool,
}

impl Order {
    /// How many rows of `table` it has.
    pub fn len(&self, table: &Table) -> usize {
        self.rows.as_ref().map_or(table.rows() as usize, |rows| rows.len())
    }

    /// The number of the row at a place.
    pub fn row(&self, place: usize, table: &Table) -> Option<u32> {
        let length = self.len(table);
        let place = if self.reversed { length.checked_sub(place + 1)? } else { place };
        match &self.rows {
            Some(rows) => rows.get(place).copied(),
            None => u32::try_from(place).ok().filter(|row| *row < table.rows()),
        }
    }

    /// The numbers of up to `count` rows from a place on.
    pub fn numbers(&self, first: usize, count: usize, table: &Table) -> Vec<u32> {
        (first..first.saturating_add(count)).map_while(|place| self.row(place, table)).collect()
    }
}
