//! A row as it is shown.

use super::{
    limits::{COLUMNS, SHOWN, SHOWN_ROW},
    line::{self, Line},
    part::{Part, Table},
};
use crate::domain::Clean;

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It has fewer or more cells than there are columns.
    Ragged,
    /// Some of its bytes are no UTF-8; they are replaced.
    Encoding,
    /// It is longer than 1 MiB, and cut.
    Cut,
    /// It could not be read as what the file is, and stands as it is.
    Odd,
    /// The file has become shorter since it was opened.
    Gone,
}

impl Fault {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ragged => "not as many cells as columns",
            Self::Encoding => "not UTF-8: odd bytes are replaced",
            Self::Cut => "longer than 1 MiB: cut",
            Self::Odd => "cannot be read as its file: shown as it is",
            Self::Gone => "the file has become shorter",
        }
    }
}

/// A row of a table, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 0.
    pub number: u32,
    /// Its cells, as many as it has, up to 4,096; each cut to 4,096 characters. Behind the first 64 KiB of a row a cell
    /// that is not empty is an ellipsis.
    pub cells: Vec<Clean>,
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

impl Row {
    /// The row in `line`, and what is wrong with it.
    pub(super) fn new(number: u32, (line, cut): (Line<'_>, bool), part: &Part, table: &Table) -> Self {
        let mut room = SHOWN_ROW;
        let cell = |cell| {
            let text = line::text(cell);
            let text = shown(&text);
            let clean = if text.len() <= room { Clean::new(text) } else { "…".into() };
            room = room.saturating_sub(clean.len());
            clean
        };
        let cells = line.cells().take(COLUMNS).map(cell).collect();
        Self { number, cells, fault: fault(number, (line, cut), part, table.columns().len()) }
    }

    /// A row that is not there any more.
    pub(super) const fn gone(number: u32) -> Self {
        Self { number, cells: Vec::new(), fault: Some(Fault::Gone) }
    }

    /// The cell of a column; empty where there is none.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", Clean::as_str)
    }
}

/// What is wrong with a row.
pub(super) fn fault(number: u32, (line, cut): (Line<'_>, bool), part: &Part, columns: usize) -> Option<Fault> {
    let cells = line.len();
    if cut {
        Some(Fault::Cut)
    } else if part.odd.binary_search(&(number - part.first)).is_ok() {
        Some(Fault::Odd)
    } else if std::str::from_utf8(line.raw()).is_err() || has_replaced(line.raw()) {
        Some(Fault::Encoding)
    } else if cells > columns || (cells < columns && !part.spooled) {
        Some(Fault::Ragged)
    } else {
        None
    }
}

/// Whether bytes were replaced before, by this program or by who wrote the file.
fn has_replaced(raw: &[u8]) -> bool {
    memchr::memmem::find(raw, "\u{fffd}".as_bytes()).is_some()
}

fn shown(text: &str) -> &str {
    if text.len() <= SHOWN {
        return text;
    }
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or_default()
}
