//! A row as bytes, and its cells.

use std::borrow::Cow;

use memchr::memchr;

use super::scan::{Dialect, QUOTE};
use crate::domain::filter::Cells;

/// The bytes of a row, without its end.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    raw: &'a [u8],
    dialect: Dialect,
    plain: bool,
}

impl<'a> Line<'a> {
    /// The row in `raw`.
    pub fn new(raw: &'a [u8], dialect: Dialect) -> Self {
        Self { raw, dialect, plain: memchr(QUOTE, raw).is_none() }
    }

    /// Its bytes.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// How many cells it has; at least one.
    pub fn len(&self) -> usize {
        if self.plain {
            return memchr::memchr_iter(self.dialect.delimiter, self.raw).count() + 1;
        }
        self.cells().count()
    }

    /// Its cells in order, as bytes.
    pub fn cells(&self) -> impl Iterator<Item = Cow<'a, [u8]>> {
        let Self { dialect: Dialect { delimiter, .. }, plain, .. } = *self;
        let mut rest = Some(self.raw);
        std::iter::from_fn(move || {
            let from = rest?;
            let end =
                if plain || from.first() != Some(&QUOTE) { memchr(delimiter, from) } else { quoted(from, delimiter) };
            let (cell, behind) = match end {
                Some(end) => (from.get(..end)?, from.get(end + 1..)),
                None => (from, None),
            };
            rest = behind;
            Some(unquoted(cell))
        })
    }

    /// The cell of a column, as bytes; empty where the row has none.
    pub fn cell(&self, column: usize) -> Cow<'a, [u8]> {
        self.cells().nth(column).unwrap_or_default()
    }

    /// The cell of a column; bytes that are no UTF-8 are replaced.
    pub fn text(&self, column: usize) -> Cow<'a, str> {
        text(self.cell(column))
    }
}

impl Cells for Line<'_> {
    fn count(&self) -> usize {
        self.len()
    }

    fn text(&self, column: usize) -> Cow<'_, str> {
        Line::text(self, column)
    }
}

/// Text of bytes; what is no UTF-8 is replaced.
pub fn text(cell: Cow<'_, [u8]>) -> Cow<'_, str> {
    match cell {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Cow::Owned(text),
            Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        },
    }
}

/// The end of a cell that begins with a quote.
fn quoted(from: &[u8], delimiter: u8) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr(QUOTE, from.get(at..)?)? + 1;
        if from.get(at) != Some(&QUOTE) {
            return memchr(delimiter, from.get(at..)?).map(|found| at + found);
        }
        at += 1;
    }
}

/// A cell without its quotes. What stands behind the closing one belongs to it, as in the crate `csv`.
fn unquoted(cell: &[u8]) -> Cow<'_, [u8]> {
    let Some(inside) = cell.strip_prefix(&[QUOTE]) else { return Cow::Borrowed(cell) };
    if let Some(end) = memchr(QUOTE, inside)
        && end + 1 == inside.len()
    {
        return Cow::Borrowed(inside.get(..end).unwrap_or_default());
    }
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(found) = memchr(QUOTE, rest) {
        let (text, behind) = rest.split_at(found);
        out.extend_from_slice(text);
        let Some(more) = behind.strip_prefix(&[QUOTE, QUOTE]) else {
            out.extend_from_slice(behind.get(1..).unwrap_or_default());
            return Cow::Owned(out);
        };
        out.push(QUOTE);
        rest = more;
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}
