//! Where rows begin: the place of every 64th one.

use std::sync::Arc;

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

impl Builder {
    /// An index of rows that begin at byte `start`.
    pub fn new(dialect: Dialect, start: u64) -> Self {
        let (full, tail) = (Vec::new(), Vec::new());
        Self { dialect, scanner: Scanner::new(dialect), full, tail, rows: 0, start, next: start, last: 0 }
    }

    /// Goes on with the next bytes.
    pub fn push(&mut self, block: &[u8]) {
        let mut at = 0;
        while let Some(ended) = block.get(at..).and_then(|rest| self.scanner.next(rest)) {
            at += ended;
            let before = at.checked_sub(2).and_then(|before| block.get(before)).copied().unwrap_or(self.last);
            self.row(self.next + at as u64, before);
        }
        self.next += block.len() as u64;
        self.last = block.last().copied().unwrap_or(self.last);
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
            if self.tail.len() == CHUNK {
                self.full.push(std::mem::take(&mut self.tail).into());
            }
            self.tail.push(self.start);
        }
        self.rows = self.rows.saturating_add(1);
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
