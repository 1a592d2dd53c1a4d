//! Going through rows of a part in their order.

use std::{io, ops::Range};

use super::{
    bytes::Bytes,
    limits::ROW,
    line::Line,
    part::Part,
    scan::{Dialect, Scanner},
};

/// Rows one after the other, from a buffer that is as large as a block, or as the longest row that is looked at.
pub struct Walk<'a> {
    bytes: &'a Bytes,
    dialect: Dialect,
    scanner: Scanner,
    /// What was read, in the first `filled` bytes; the others are from before.
    buffer: Vec<u8>,
    filled: usize,
    block: usize,
    /// The byte behind the last row, and the one that is read next.
    end: u64,
    next: u64,
    /// Where the row begins that is being read, and how far ends were looked for; in the buffer.
    start: usize,
    scanned: usize,
    /// Bytes of this row that were passed over.
    passed: u64,
}

impl<'a> Walk<'a> {
    /// The rows of the groups from `group` on, read in blocks of `block` bytes.
    pub fn of(part: &'a Part, group: usize, block: usize) -> Self {
        Self::between(&part.bytes, part.dialect, part.index.place(group)..part.index.end, block, Vec::new())
    }

    /// The rows of a range of bytes that begins and ends between rows; `buffer` may have served another walk.
    pub fn between(bytes: &'a Bytes, dialect: Dialect, range: Range<u64>, block: usize, buffer: Vec<u8>) -> Self {
        Self {
            bytes,
            dialect,
            scanner: Scanner::new(dialect),
            buffer,
            filled: 0,
            block,
            end: range.end,
            next: range.start,
            start: 0,
            scanned: 0,
            passed: 0,
        }
    }

    /// The next row, and whether it is cut; `None` behind the last one, or where the file has become shorter.
    pub fn next(&mut self) -> io::Result<Option<(Line<'_>, bool)>> {
        let found = loop {
            let fresh = self.buffer.get(self.scanned..self.filled).unwrap_or_default();
            if let Some(ended) = self.scanner.next(fresh) {
                let row = self.start..self.scanned + ended;
                (self.start, self.scanned) = (row.end, row.end);
                let passed = std::mem::take(&mut self.passed);
                let before = row.end.checked_sub(2).and_then(|at| self.buffer.get(at)).copied().unwrap_or_default();
                if self.dialect.is_blank(row.len() as u64 + passed, before) {
                    continue;
                }
                break Some((row, true, passed > 0));
            }
            self.scanned = self.filled;
            if self.next >= self.end || !self.more()? {
                let row = self.start..self.filled;
                let is_open = self.scanner.is_quoted();
                self.start = row.end;
                let only = row.len() == 1 && (self.buffer.get(row.start) != Some(&b'\r') || is_open);
                let is_row = row.len() > 1 || only;
                break is_row.then_some((row, !is_open, self.passed > 0));
            }
        };
        Ok(found.map(|(row, ended, cut)| {
            let raw = self.buffer.get(row).unwrap_or_default();
            (Line::new(if ended { self.dialect.content(raw) } else { raw }, self.dialect), cut)
        }))
    }

    /// The byte behind the last row that came.
    pub fn place(&self) -> u64 {
        self.next - (self.filled - self.start) as u64
    }

    /// The buffer, for another walk.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Reads on; false where the file has ended before its time.
    fn more(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        self.start = 0;
        if self.filled > ROW {
            // The rest of the row is looked at for its end alone.
            self.passed += (self.filled - ROW) as u64;
            self.filled = ROW;
        }
        self.scanned = self.filled;
        let left = usize::try_from(self.end - self.next).unwrap_or(usize::MAX);
        let wanted = self.filled..self.filled + left.min(self.block);
        if self.buffer.len() < wanted.end {
            self.buffer.resize(wanted.end, 0);
        }
        let read = self.bytes.read(self.next, self.buffer.get_mut(wanted).unwrap_or_default())?;
        self.filled += read;
        self.next += read as u64;
        Ok(read > 0)
    }
}
