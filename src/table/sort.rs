//! The order of rows by a column.

use std::{ops::Range, sync::Arc};

use rayon::slice::ParallelSliceMut as _;

use super::{
    column,
    error::TableError,
    line::Line,
    part::Table,
    stop::Stop,
    units::{self, Unit},
};
use crate::domain::filter::{Kind, number};

/// Bytes of a text that are compared at once.
const STEP: usize = 8;
/// How often: texts are compared by their first 256 bytes, small letters as large ones.
const STEPS: usize = 32;
/// Behind all numbers and moments: what is none of them, and what is empty.
const ODD: u64 = u64::MAX - 1;
const EMPTY: u64 = u64::MAX;

/// Rows to be sorted.
#[derive(Debug, Clone)]
pub struct Sorting {
    /// Of this one.
    pub table: Arc<Table>,
    /// These rows, by number; `None` for all.
    pub rows: Option<Arc<[u32]>>,
    /// By this column.
    pub column: usize,
}

impl Sorting {
    /// The rows, smallest first; equal ones in the order of the file. Numbers and moments are compared as such, with
    /// others and then empty ones behind them; the opposite order is this one read backwards.
    ///
    /// It takes 12 bytes a row and eight for each row of the table besides, whatever the rows hold.
    ///
    /// # Errors
    /// A file cannot be read, or it was stopped.
    pub fn run(&self, stop: &Stop) -> Result<Vec<u32>, TableError> {
        let kind = self.table.columns().get(self.column).map_or(Kind::Text, |column| column.kind);
        let mut pairs = self.keys(self.rows.as_deref(), &|line| key(line, self.column, kind, 0), stop)?;
        pairs.par_sort_unstable();
        if matches!(kind, Kind::Text | Kind::Word) {
            self.refine(&mut pairs, stop)?;
        }
        Ok(pairs.into_iter().map(|(_, row)| row).collect())
    }

    /// Sorts rows whose texts begin alike by what follows.
    fn refine(&self, pairs: &mut [(u64, u32)], stop: &Stop) -> Result<(), TableError> {
        let mut runs = ties(pairs, 0..pairs.len());
        let mut by_row = Vec::new();
        for step in 1..STEPS {
            if runs.is_empty() {
                break;
            }
            let tied = runs.iter().filter_map(|run| pairs.get(run.clone())).flatten();
            let mut rows: Vec<u32> = tied.map(|(_, row)| *row).collect();
            rows.par_sort_unstable();
            let keys = self.keys(Some(&rows), &|line| key(line, self.column, Kind::Text, step), stop)?;
            by_row.resize(self.table.rows() as usize, 0_u64);
            for (key, row) in keys {
                if let Some(place) = by_row.get_mut(row as usize) {
                    *place = key;
                }
            }
            let mut next = Vec::new();
            for run in runs {
                let Some(tied) = pairs.get_mut(run.clone()) else { continue };
                for (key, row) in tied.iter_mut() {
                    *key = by_row.get(*row as usize).copied().unwrap_or_default();
                }
                tied.par_sort_unstable();
                next.extend(ties(pairs, run));
            }
            runs = next;
        }
        Ok(())
    }

    fn keys(
        &self,
        rows: Option<&[u32]>,
        key: &(dyn Fn(&Line<'_>) -> u64 + Sync),
        stop: &Stop,
    ) -> Result<Vec<(u64, u32)>, TableError> {
        let count = rows.map_or(self.table.rows() as usize, <[u32]>::len);
        let mut pairs = Vec::with_capacity(count);
        let units = units::units(&self.table, 0, rows);
        let piece = |unit: &Unit<'_>, buffer: &mut Vec<u8>| {
            let mut keys = Vec::new();
            unit.rows(buffer, |number, line, _| keys.push((key(&line), number)))?;
            Ok(keys)
        };
        units::over(&units, stop, piece, &mut |keys| pairs.extend(keys))?;
        Ok(pairs)
    }
}

/// Runs of the same key, of texts that go on.
fn ties(pairs: &[(u64, u32)], within: Range<usize>) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = within.start;
    for at in within.clone() {
        let key = |at: usize| pairs.get(at).map(|(key, _)| *key);
        if at + 1 < within.end && key(at) == key(at + 1) {
            continue;
        }
        let goes_on = key(at).is_some_and(|key| key & 0xff != 0);
        if at > start && goes_on {
            runs.push(start..at + 1);
        }
        start = at + 1;
    }
    runs
}

/// The place of a cell in the order: of a text the eight bytes from `step` times eight on.
fn key(line: &Line<'_>, column: usize, kind: Kind, step: usize) -> u64 {
    let cell = line.cell(column);
    let of_text = |read: fn(&str) -> Option<u64>| {
        if cell.is_empty() {
            return EMPTY;
        }
        std::str::from_utf8(&cell).ok().and_then(read).unwrap_or(ODD)
    };
    match kind {
        Kind::Text | Kind::Word => {
            let mut key = [0; STEP];
            let bytes = cell.get(step * STEP..).unwrap_or_default();
            for (place, byte) in key.iter_mut().zip(bytes) {
                *place = byte.to_ascii_lowercase();
            }
            u64::from_be_bytes(key)
        }
        Kind::Number | Kind::Decimal => of_text(|text| number(text).map(of_number)),
        Kind::Time => of_text(|text| column::moment(text).map(|at| at.as_microsecond().cast_unsigned() ^ (1 << 63))),
    }
}

/// Bits that compare as the number does.
fn of_number(number: f64) -> u64 {
    // Both zeros are one.
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 0 { bits | (1 << 63) } else { !bits }
}
