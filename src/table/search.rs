//! The rows that match a filter.

use std::{ops::Range, sync::Arc};

use jiff::Timestamp;
use memchr::{memchr, memchr2, memmem};

use super::{
    error::TableError,
    line::Line,
    part::Table,
    scan::{QUOTE, Scanner},
    stop::Stop,
    units::{self, Unit},
};
use crate::domain::filter::ColumnFilter;

/// Bytes of 64 rows that are looked through at once; longer ones are taken apart row by row.
const LONGEST: usize = 4 << 20;

/// Rows to be found.
#[derive(Debug, Clone)]
pub struct Search {
    /// Among the rows of this one.
    pub table: Arc<Table>,
    /// What they have to match.
    pub filter: ColumnFilter,
    /// The first row that counts.
    pub from: u32,
    /// Rows that a wider filter has found, in order: only they can match.
    pub among: Option<Arc<[u32]>>,
    /// The moment that durations count from.
    pub now: Timestamp,
}

impl Search {
    /// The numbers of the rows that match, in order. `found` is told what was found so far, after each piece.
    ///
    /// Bytes are looked through for the longest word of the filter; only rows that have it are taken apart.
    ///
    /// # Errors
    /// A file cannot be read, or it was stopped.
    pub fn run(&self, stop: &Stop, found: &mut dyn FnMut(&[u32])) -> Result<Vec<u32>, TableError> {
        let units = units::units(&self.table, self.from, self.among.as_deref());
        let words = self.filter.words().filter(|word| self.stands_alone(word));
        let needle = words.max_by_key(|word| word.len()).map(|word| Needle::new(word, &self.table.bytes));
        let mut all = Vec::new();
        let piece = |unit: &Unit<'_>, buffer: &mut Vec<u8>| match &needle {
            Some(needle) if unit.wanted.is_none() => self.hits(unit, needle, stop, buffer),
            _ => self.matches(unit, buffer),
        };
        units::over(&units, stop, piece, &mut |rows| {
            all.extend(rows);
            found(&all);
        })?;
        Ok(all)
    }

    /// Whether the word stands in the bytes of a row as it stands in a cell.
    fn stands_alone(&self, word: &str) -> bool {
        let splits = |byte: u8| byte == QUOTE || self.table.parts.iter().any(|part| part.dialect.delimiter == byte);
        !word.is_empty() && word.bytes().all(|byte| (0x20..0x7f).contains(&byte) && !splits(byte))
    }

    /// Takes every row apart.
    fn matches(&self, unit: &Unit<'_>, buffer: &mut Vec<u8>) -> Result<Vec<u32>, TableError> {
        let mut rows = Vec::new();
        unit.rows(buffer, |number, line, _| {
            if self.filter.matches(&line, self.now) {
                rows.push(number);
            }
        })?;
        Ok(rows)
    }

    /// Looks for the needle in the bytes of all rows at once.
    fn hits(
        &self,
        unit: &Unit<'_>,
        needle: &Needle,
        stop: &Stop,
        buffer: &mut Vec<u8>,
    ) -> Result<Vec<u32>, TableError> {
        let mut rows = Vec::new();
        for groups in unit.blocks() {
            if stop.is_set() {
                return Err(TableError::Stopped);
            }
            let part = unit.part;
            let (start, end) = (part.index.place(groups.start), part.index.place(groups.end));
            let length = usize::try_from(end - start).unwrap_or(usize::MAX);
            if length > LONGEST {
                return self.matches(unit, buffer);
            }
            let read = part.bytes.block(start, length, buffer);
            self.hits_in(read.map_err(|error| TableError::io(&part.name, &error))?, groups, unit, needle, &mut rows);
        }
        Ok(rows)
    }

    /// Looks for the needle in the bytes of some groups.
    fn hits_in(&self, bytes: &[u8], groups: Range<usize>, unit: &Unit<'_>, needle: &Needle, rows: &mut Vec<u32>) {
        let Unit { part, .. } = unit;
        let is_word_alone = self.filter.bare_word().is_some();
        let first = part.index.place(groups.start);
        let mut group = groups.start;
        // Where a row begins, and its number; where the next hit may be.
        let (mut start, mut number, mut at) = (0, unit.number(group), 0);
        while let Some(hit) = bytes.get(at..).and_then(|rest| needle.find(rest)).map(|found| at + found) {
            while group + 1 < groups.end && part.index.place(group + 1) - first <= hit as u64 {
                group += 1;
            }
            let place = usize::try_from(part.index.place(group) - first).unwrap_or_default();
            if place > start {
                start = place;
                number = unit.number(group);
            }
            let row = loop {
                let rest = bytes.get(start..).unwrap_or_default();
                let length = Scanner::new(part.dialect).next(rest).unwrap_or(rest.len());
                let row = rest.get(..length).unwrap_or_default();
                let before = length.checked_sub(2).and_then(|before| row.get(before)).copied().unwrap_or_default();
                let is_row = !part.dialect.is_blank(length as u64, before) || row.last() != Some(&part.dialect.end);
                start += length;
                number += u32::from(is_row);
                if start > hit || length == 0 {
                    break part.dialect.content(row);
                }
            };
            at = start.max(at + 1);
            let of_row = number - 1;
            if of_row >= unit.from && (is_word_alone || self.filter.matches(&Line::new(row, part.dialect), self.now)) {
                rows.push(of_row);
            }
        }
    }
}

/// A word in lower case, to be found in any case.
enum Needle {
    /// It has no letters.
    Exact(Box<memmem::Finder<'static>>),
    /// It has; looked for by its rarest byte.
    Folded { word: Vec<u8>, rarest: usize, low: u8, high: u8 },
}

impl Needle {
    fn new(word: &str, bytes: &[u32]) -> Self {
        if !word.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            return Self::Exact(Box::new(memmem::Finder::new(word).into_owned()));
        }
        let often = |byte: u8| bytes.get(usize::from(byte)).copied().unwrap_or_default();
        let times = |byte: u8| {
            let (low, high) = (byte.to_ascii_lowercase(), byte.to_ascii_uppercase());
            often(low) + if low == high { 0 } else { often(high) }
        };
        let word = word.as_bytes().to_ascii_lowercase();
        let rarest = (0..word.len()).min_by_key(|at| word.get(*at).map(|byte| times(*byte))).unwrap_or_default();
        let low = word.get(rarest).copied().unwrap_or_default();
        Self::Folded { word, rarest, low, high: low.to_ascii_uppercase() }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Exact(finder) => finder.find(bytes),
            Self::Folded { word, rarest, low, high } => {
                let mut at = *rarest;
                loop {
                    let rest = bytes.get(at..)?;
                    let found = if low == high { memchr(*low, rest) } else { memchr2(*low, *high, rest) }? + at;
                    let start = found - rarest;
                    let is_it =
                        bytes.get(start..start + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word));
                    if is_it {
                        return Some(start);
                    }
                    at = found + 1;
                }
            }
        }
    }
}
