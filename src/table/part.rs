//! A table: parts of the same columns, one behind the other.

use std::{io, ops::Range, sync::Arc};

use super::{
    bytes::Bytes,
    column::{self, Column},
    error::TableError,
    index::{Builder, Index},
    limits::{PAGE, ROWS, STRIDE},
    line::Line,
    row::Row,
    scan::Dialect,
    walk::Walk,
};
use crate::domain::{
    Clean, Failure,
    filter::{ColumnFilter, FilterError},
};

/// A file, or what was read from one, as rows.
#[derive(Debug, Clone)]
pub struct Part {
    /// Of what it is; safe.
    pub name: Clean,
    /// Its bytes.
    pub bytes: Arc<Bytes>,
    /// How its cells are told apart.
    pub dialect: Dialect,
    /// Where its rows begin.
    pub index: Index,
    /// The number of its first row.
    pub first: u32,
    /// This program wrote it: rows may have fewer cells than there are columns.
    pub spooled: bool,
    /// Rows that could not be read as what the file is, counted from the first of the part; in order.
    pub odd: Arc<[u32]>,
}

/// How far a table is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Progress {
    /// Rows come: so many bytes of so many are read.
    Reading {
        /// Bytes that were read.
        read: u64,
        /// Bytes of all files.
        of: u64,
    },
    /// All rows are here.
    #[default]
    Complete,
    /// Rows are missing, and this is why.
    Broken(Failure),
}

/// A snapshot of a table. It never changes; reading goes on in others.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub(super) columns: Arc<[Column]>,
    pub(super) parts: Arc<[Part]>,
    pub(super) rows: u32,
    pub(super) progress: Progress,
    pub(super) bad: u32,
    pub(super) form: &'static str,
    pub(super) remarks: Arc<[Clean]>,
    /// What is being read may have more columns than were seen so far.
    pub(super) grows: bool,
    /// How often each byte stands in the sample: what is rare is looked for first.
    pub(super) bytes: Arc<[u32]>,
}

impl Table {
    /// Its columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows are known.
    pub const fn rows(&self) -> u32 {
        self.rows
    }

    /// How far it is read.
    pub const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Rows that are not as they should be, counted when all are read.
    pub const fn bad(&self) -> u32 {
        self.bad
    }

    /// What its files are: `CSV`, `XLSX`.
    pub const fn form(&self) -> &'static str {
        self.form
    }

    /// Whether further columns may come: objects have theirs as they come.
    pub const fn grows(&self) -> bool {
        self.grows
    }

    /// What else there is to know: sheets that do not show.
    pub fn remarks(&self) -> &[Clean] {
        &self.remarks
    }

    /// Of how many files it is.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The place of the column with that name or title.
    ///
    /// # Errors
    /// There is none; the message lists those that there are.
    pub fn column(&self, asked: &str) -> Result<usize, TableError> {
        let is = |column: &Column| column.name.eq_ignore_ascii_case(asked) || column.title.eq_ignore_ascii_case(asked);
        self.columns.iter().position(is).ok_or_else(|| {
            let known: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
            TableError::Column { asked: Clean::new(asked), known: known.join(" ").into() }
        })
    }

    /// Reads a filter; an empty one keeps every row.
    ///
    /// # Errors
    /// It cannot be read: the message says what there is.
    pub fn filter(&self, text: &str) -> Result<ColumnFilter, FilterError> {
        ColumnFilter::parse(text, &column::fields(&self.columns))
    }

    /// The rows with these numbers, in the order asked for. Numbers behind the last row are left out.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn rows_at(&self, numbers: &[u32]) -> Result<Vec<Row>, TableError> {
        let mut rows = Vec::with_capacity(numbers.len());
        self.visit(numbers, PAGE, |number, line, part| {
            rows.push(line.map_or_else(|| Row::gone(number), |line| Row::new(number, line, part, self)));
        })?;
        Ok(rows)
    }

    /// Hands over the rows with these numbers, in that order; `None` for one that is not in its file any more.
    pub(super) fn visit(
        &self,
        numbers: &[u32],
        block: usize,
        mut each: impl FnMut(u32, Option<(Line<'_>, bool)>, &Part),
    ) -> Result<(), TableError> {
        let mut at: Option<(&Part, Walk<'_>, u32)> = None;
        for number in numbers.iter().copied() {
            let Some(part) = self.part_of(number) else { continue };
            let failed = |error: io::Error| TableError::io(&part.name, &error);
            let goes_on = at
                .take()
                .filter(|(open, _, next)| std::ptr::eq(*open, part) && *next <= number && number - next <= STRIDE);
            let (_, mut walk, mut next) = goes_on.unwrap_or_else(|| {
                let group = (number - part.first) / STRIDE;
                (part, Walk::of(part, group as usize, block), part.first + group * STRIDE)
            });
            while next < number && walk.next().map_err(failed)?.is_some() {
                next += 1;
            }
            each(number, if next == number { walk.next().map_err(failed)? } else { None }, part);
            at = Some((part, walk, number + 1));
        }
        Ok(())
    }

    /// The part with the row of that number.
    pub(super) fn part_of(&self, number: u32) -> Option<&Part> {
        let at = self.parts.partition_point(|part| part.first <= number).checked_sub(1)?;
        self.parts.get(at).filter(|part| number - part.first < part.index.rows)
    }
}

impl Part {
    /// Whether no further row of it could be numbered.
    pub(super) const fn is_full(&self, builder: &Builder) -> bool {
        builder.rows() >= ROWS - self.first
    }

    /// Numbers of its rows.
    pub const fn numbers(&self) -> Range<u32> {
        self.first..self.first + self.index.rows
    }
}
