//! How often each value stands in a column.

use std::{collections::HashMap, sync::Arc};

use super::{
    error::TableError,
    line::text,
    part::Table,
    stop::Stop,
    units::{self, Unit},
};
use crate::domain::{
    Clean,
    filter::{Kind, number},
};

/// Values that are told apart; further ones are counted together.
const VALUES: usize = 10_000;
/// Bytes by which values are told apart.
const LONGEST: usize = 256;

/// Cells to be counted.
#[derive(Debug, Clone)]
pub struct Count {
    /// Of this one.
    pub table: Arc<Table>,
    /// These rows, in order; `None` for all.
    pub rows: Option<Arc<[u32]>>,
    /// Of this column.
    pub column: usize,
}

/// How often each value stands in a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// The column.
    pub column: usize,
    /// Values, the most frequent first.
    pub values: Vec<(Clean, usize)>,
    /// Cells with values beyond the first 10,000 different ones.
    pub others: usize,
    /// The smallest and the largest number or moment, as they stand there; `None` in a column of text.
    pub span: Option<(Clean, Clean)>,
}

/// What was counted in a piece.
#[derive(Default)]
struct Tally {
    values: HashMap<Vec<u8>, usize>,
    others: usize,
    least: Option<(f64, String)>,
    most: Option<(f64, String)>,
}

impl Count {
    /// Counts.
    ///
    /// # Errors
    /// A file cannot be read, or it was stopped.
    pub fn run(&self, stop: &Stop) -> Result<Counts, TableError> {
        let kind = self.table.columns().get(self.column).map_or(Kind::Text, |column| column.kind);
        let units = units::units(&self.table, 0, self.rows.as_deref());
        let piece = |unit: &Unit<'_>, buffer: &mut Vec<u8>| {
            let mut tally = Tally::default();
            unit.rows(buffer, |_, line, _| tally.cell(&line.cell(self.column), kind))?;
            Ok(tally)
        };
        let mut all = Tally::default();
        units::over(&units, stop, piece, &mut |tally| all.join(tally))?;
        let shown = |bytes: Vec<u8>| Clean::new(&text(bytes.into()));
        let mut values: Vec<(Clean, usize)> =
            all.values.into_iter().map(|(value, times)| (shown(value), times)).collect();
        values.sort_by(|(a, often), (b, times)| times.cmp(often).then_with(|| a.cmp(b)));
        let span = all.least.zip(all.most).map(|((_, least), (_, most))| (Clean::from(least), Clean::from(most)));
        Ok(Counts { column: self.column, values, others: all.others, span })
    }
}

impl Tally {
    fn cell(&mut self, cell: &[u8], kind: Kind) {
        self.add(cell.get(..LONGEST).unwrap_or(cell), 1);
        let Ok(text) = std::str::from_utf8(cell) else { return };
        let size = match kind {
            Kind::Number | Kind::Decimal => number(text),
            #[expect(clippy::cast_precision_loss, reason = "moments of two centuries in seconds have 10 digits")]
            Kind::Time => super::column::moment(text).map(|at| at.as_second() as f64),
            Kind::Text | Kind::Word => None,
        };
        if let Some(size) = size {
            self.span((size, text.to_owned()));
        }
    }

    fn add(&mut self, value: &[u8], times: usize) {
        if let Some(known) = self.values.get_mut(value) {
            *known += times;
        } else if self.values.len() < VALUES {
            self.values.insert(value.to_vec(), times);
        } else {
            self.others += times;
        }
    }

    fn span(&mut self, value: (f64, String)) {
        if self.most.as_ref().is_none_or(|(most, _)| value.0 > *most) {
            self.most = Some(value.clone());
        }
        if self.least.as_ref().is_none_or(|(least, _)| value.0 < *least) {
            self.least = Some(value);
        }
    }

    fn join(&mut self, other: Self) {
        other.values.into_iter().for_each(|(value, times)| self.add(&value, times));
        self.others += other.others;
        other.least.into_iter().chain(other.most).for_each(|value| self.span(value));
    }
}
