//! Where rows begin: the place of every 64th one.

use std::{ops::Range, sync::Arc};

use super::{
    limits::STRIDE,
    scan::{Dialect, Scanner},
};

/// Entries that are shared between one snapshot and the next.
const CHUNK: usize = 4_096;

/// The places of rows, as far as they are known.
#[derive(Debug, Clone, Default)]
pub struct Index {
    full: Arc<[Arc<[u64]>]>,
    tail: Arc<[u64]>,
    /// Rows that are known whole.
    pub rows: u32,
    /// The byte behind the last of them.
    pub end: u64,
}

impl Index {
    /// How many entries there are: groups of 64 rows, the last one maybe shorter.
    pub fn groups(&self) -> usize {
        self.full.len() * CHUNK + self.tail.len()
    }

    /// Where a group begins; the end of all rows behind the last one.
    pub fn place(&self, group: usize) -> u64 {
        let chunk = self.full.get(group / CHUNK).unwrap_or(&self.tail);
        let within = if group / CHUNK < self.full.len() { group % CHUNK } else { group - self.full.len() * CHUNK };
        chunk.get(within).copied().unwrap_or(self.end)
    }
}

/// Makes an index of bytes that come block by block.
#[derive(Debug)]
pub struct Builder {
    dialect: Dialect,
    scanner: Scanner,
    full: Vec<Arc<[u64]>>,
    tail: Vec<u64>,
    rows: u32,
    /// Where the row begins that is being read, and the byte that comes next.
    start: u64,
    next: u64,
    /// The last byte of the block before.
    last: u8,
}

/// The rows of some bytes that were looked at by themselves, as if no quote were open where they begin.
#[derive(Debug)]
pub struct Piece {
    /// The byte of the file with which it begins.
    at: u64,
    /// The end of the row that goes on from before it, and the byte in front of that end.
    first: Option<(u32, u8)>,
    /// Where rows begin behind that end and end too; empty lines are no rows.
    starts: Vec<u32>,
    /// Where the row begins that goes on behind it.
    start: u32,
    scanner: Scanner,
    length: u32,
    last: u8,
}

impl Piece {
    /// At byte `at`, behind the byte `last`.
    pub const fn new(dialect: Dialect, at: u64, last: u8) -> Self {
        let scanner = Scanner::behind(dialect, last);
        Self { at, first: None, starts: Vec::new(), start: 0, scanner, length: 0, last }
    }

    /// The bytes of the file that it is about.
    pub const fn range(&self) -> Range<u64> {
        self.at..self.at + self.length as u64
    }

    /// Goes on with the next bytes, 4 GiB in all at most.
    pub fn push(&mut self, block: &[u8]) {
        let Self { first, starts, start, scanner, length, last, .. } = self;
        let dialect = scanner.dialect();
        each_end(scanner, block, *last, |at, before| {
            let end = *length + at;
            if first.is_none() {
                *first = Some((end, before));
            } else if !dialect.is_blank(u64::from(end - *start), before) {
                starts.push(*start);
            }
            *start = end;
        });
        *length += u32::try_from(block.len()).unwrap_or(u32::MAX);
        *last = block.last().copied().unwrap_or(*last);
    }
}

/// Tells where rows end in `block`, and which byte is in front of that.
fn each_end(scanner: &mut Scanner, block: &[u8], last: u8, mut each: impl FnMut(u32, u8)) {
    let mut at = 0;
    while let Some(ended) = block.get(at..).and_then(|rest| scanner.next(rest)) {
        at += ended;
        let before = at.checked_sub(2).and_then(|before| block.get(before)).copied().unwrap_or(last);
        each(u32::try_from(at).unwrap_or(u32::MAX), before);
    }
}

impl Builder {
    /// An index of rows that begin at byte `start`.
    pub fn new(dialect: Dialect, start: u64) -> Self {
        let (full, tail) = (Vec::new(), Vec::new());
        Self { dialect, scanner: Scanner::new(dialect), full, tail, rows: 0, start, next: start, last: dialect.end }
    }

    /// Goes on with the next bytes, 4 GiB at most.
    pub fn push(&mut self, block: &[u8]) {
        let mut scanner = self.scanner.clone();
        let from = self.next;
        each_end(&mut scanner, block, self.last, |at, before| self.row(from + u64::from(at), before));
        self.scanner = scanner;
        self.next += block.len() as u64;
        self.last = block.last().copied().unwrap_or(self.last);
    }

    /// Goes on with bytes that were looked at by themselves. False when that says nothing, and these bytes are to be
    /// pushed: a quote is open where they begin, or other bytes come before them.
    pub fn append(&mut self, piece: &Piece) -> bool {
        if piece.at != self.next || !self.scanner.is_as_behind(self.last) {
            return false;
        }
        if let Some((end, before)) = piece.first {
            self.row(self.next + u64::from(end), before);
            let behind = self.rows % STRIDE;
            let first = if behind == 0 { 0 } else { STRIDE - behind };
            for start in piece.starts.iter().skip(first as usize).step_by(STRIDE as usize) {
                self.note(self.next + u64::from(*start));
            }
            self.rows = self.rows.saturating_add(u32::try_from(piece.starts.len()).unwrap_or(u32::MAX));
            self.start = self.next + u64::from(piece.start);
        }
        self.scanner = piece.scanner.clone();
        self.next += u64::from(piece.length);
        self.last = piece.last;
        true
    }

    /// A row ends there; empty lines are no rows.
    fn row(&mut self, end: u64, before: u8) {
        if !self.dialect.is_blank(end - self.start, before) {
            self.add();
        }
        self.start = end;
    }

    fn add(&mut self) {
        if self.rows.is_multiple_of(STRIDE) {
            self.note(self.start);
        }
        self.rows = self.rows.saturating_add(1);
    }

    /// Notes where a group begins.
    fn note(&mut self, start: u64) {
        if self.tail.len() == CHUNK {
            self.full.push(std::mem::take(&mut self.tail).into());
        }
        self.tail.push(start);
    }

    /// No byte comes any more: what stands behind the last line end is a row too. True when a quote is still open.
    pub fn finish(&mut self) -> bool {
        let length = self.next - self.start;
        if length > 1 || (length == 1 && (self.last != b'\r' || self.scanner.is_quoted())) {
            self.add();
        }
        self.start = self.next;
        self.scanner.is_quoted()
    }

    /// Rows so far.
    pub const fn rows(&self) -> u32 {
        self.rows
    }

    /// The byte that comes next.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// What is known so far.
    pub fn index(&self) -> Index {
        Index { full: self.full.clone().into(), tail: self.tail.clone().into(), rows: self.rows, end: self.start }
    }
}
