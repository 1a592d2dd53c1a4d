//! Where rows end: quotes and line ends, block by block.

use memchr::{memchr, memchr2};

/// How rows and cells are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Between cells.
    pub delimiter: u8,
    /// Behind a row: a line feed, before which a carriage return belongs to the end; or a carriage return alone.
    pub end: u8,
}

/// Opens and closes a cell that may hold delimiters and line ends; twice for one of its own (RFC 4180, 2).
pub const QUOTE: u8 = b'"';

impl Dialect {
    /// Whether a row of so many bytes with its end, and with this byte before the end, is an empty line and no row.
    pub const fn is_blank(self, length: u64, before: u8) -> bool {
        length == 1 || (length == 2 && before == b'\r' && self.end == b'\n')
    }

    /// What of a row is not its end.
    pub fn content(self, row: &[u8]) -> &[u8] {
        let row = row.strip_suffix(&[self.end]).unwrap_or(row);
        if self.end == b'\n' { row.strip_suffix(b"\r").unwrap_or(row) } else { row }
    }
}

/// Finds the ends of rows in bytes that come in blocks of any size. A quote opens a cell where the cell begins, and
/// nowhere else.
#[derive(Debug, Clone)]
pub struct Scanner {
    dialect: Dialect,
    /// Inside quotes.
    quoted: bool,
    /// The last byte closed quotes.
    closed: bool,
    /// The last byte.
    before: u8,
}

impl Scanner {
    /// At the start of a row.
    pub const fn new(dialect: Dialect) -> Self {
        Self::behind(dialect, dialect.end)
    }

    /// Behind the byte `before`, where no quote is open and none was closed just now.
    pub const fn behind(dialect: Dialect, before: u8) -> Self {
        Self { dialect, quoted: false, closed: false, before }
    }

    /// True when it knows no more than that.
    pub const fn is_as_behind(&self, before: u8) -> bool {
        !self.quoted && !self.closed && self.before == before
    }

    /// How rows and cells are told apart.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether a quote is open.
    pub const fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// Goes on with `block`: bytes up to and with the end of the row, or `None` when the row goes on behind it.
    pub fn next(&mut self, block: &[u8]) -> Option<usize> {
        let Dialect { delimiter, end } = self.dialect;
        let (mut at, mut closed) = (0, self.closed.then_some(0));
        while let Some(rest) = block.get(at..).filter(|rest| !rest.is_empty()) {
            if self.quoted {
                let Some(found) = memchr(QUOTE, rest) else { break };
                at += found + 1;
                self.quoted = false;
                closed = Some(at);
                continue;
            }
            let Some(found) = memchr2(QUOTE, end, rest) else { break };
            let place = at + found;
            at = place + 1;
            if block.get(place) == Some(&end) {
                *self = Self::new(self.dialect);
                return Some(at);
            }
            let before = place.checked_sub(1).and_then(|before| block.get(before)).copied().unwrap_or(self.before);
            self.quoted = closed == Some(place) || before == delimiter || before == end;
        }
        self.closed = !self.quoted && closed == Some(block.len());
        self.before = block.last().copied().unwrap_or(self.before);
        None
    }
}
