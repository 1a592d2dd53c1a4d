//! Rows of one table that are wanted in any order.

use std::ops::Range;

use super::{error::TableError, limits::PAGE, line::Line, part::Table, scan::Dialect};

/// Rows that are taken from the files at once, at most, and about how many bytes of them.
const ROWS: usize = 65_536;
const HELD: usize = 16 << 20;

/// Rows that were read in the order of the files, to be handed over in another: one by one, rows from all over a file
/// would cost a page each.
pub struct Batch {
    /// How many are read at once.
    pub rows: usize,
    bytes: Vec<u8>,
    /// The bytes of each row, in the order wanted, and how its cells are told apart.
    places: Vec<(Range<usize>, Dialect)>,
}

impl Batch {
    /// As many rows as take about [`HELD`] bytes.
    pub fn for_rows_of(table: &Table) -> Self {
        let bytes: u64 = table.parts.iter().map(|part| part.index.end).sum();
        let each = bytes / u64::from(table.rows().max(1));
        let rows = usize::try_from(HELD as u64 / each.max(1)).unwrap_or(ROWS).clamp(1, ROWS);
        Self { rows, bytes: Vec::new(), places: Vec::new() }
    }

    /// Reads rows; false when they are longer than others, and fewer have to be taken.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(&mut self, numbers: &[u32], table: &Table) -> Result<bool, TableError> {
        let mut sorted: Vec<(u32, usize)> = numbers.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        let in_files: Vec<u32> = sorted.iter().map(|(number, _)| *number).collect();
        let nothing = Dialect { delimiter: b',', end: b'\n' };
        self.bytes.clear();
        self.places.clear();
        self.places.resize(numbers.len(), (0..0, nothing));
        let (bytes, places) = (&mut self.bytes, &mut self.places);
        let mut wanted = sorted.iter();
        let mut is_long = false;
        table.visit(&in_files, PAGE, |number, line, part| {
            let Some((_, at)) = wanted.find(|(own, _)| *own == number) else { return };
            is_long |= bytes.len() > 2 * HELD && numbers.len() > 1;
            if let (Some((line, _)), Some(place), false) = (line, places.get_mut(*at), is_long) {
                let start = bytes.len();
                bytes.extend_from_slice(line.raw());
                *place = (start..bytes.len(), part.dialect);
            }
        })?;
        if is_long {
            self.rows = (numbers.len() / 2).max(1);
        }
        Ok(!is_long)
    }

    /// The rows in the order wanted; one that is gone from its file is empty.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.places
            .iter()
            .map(|(place, dialect)| Line::new(self.bytes.get(place.clone()).unwrap_or_default(), *dialect))
    }
}
