//! The stored form of rows: chunks of bytes that can be read one by one.
//!
//! A chunk is a count and the rows. Numbers are LEB128. Each text stands once in a chunk and is a number after that;
//! rows of a list share most of theirs, and share the memory again when they are read. Nothing of a chunk is trusted:
//! a length is checked against what is left, and every text goes through the sanitizer.

use std::{borrow::Cow, collections::HashMap, ops::Range, sync::Arc};

use crate::domain::Clean;

/// Rows of a chunk.
pub const CHUNK: usize = 4_096;

/// A text that stands here for the first time, without and with the mark of [`Clean::is_marked`]; larger numbers are
/// those of earlier texts.
const PLAIN: u64 = 0;
const MARKED: u64 = 1;
const EARLIER: u64 = 2;

/// A value with a stored form.
pub trait Stored: Sized {
    /// Appends it.
    fn write<'a>(&'a self, out: &mut Writer<'a>);

    /// Reads it; `None` when the bytes are not its form.
    fn read(input: &mut Reader<'_>) -> Option<Self>;
}

/// A row of a list that is kept.
pub trait Row: Stored + Send + 'static {
    /// The name of its list in the file.
    const SOURCE: &'static str;
    /// The form of its rows; what has another one is as good as nothing.
    const FORMAT: u32;

    /// Reads so many rows; `None` when the bytes are not their form.
    fn read_all(input: &mut Reader<'_>, count: usize) -> Option<Vec<Self>> {
        (0..count).map(|_| Self::read(input)).collect()
    }
}

/// A list on its way to its stored form: [`CHUNK`] rows a chunk, in the order of the list. A chunk is made when it is
/// put away, so that a long list is never here twice.
#[derive(Clone)]
pub struct Body {
    pub(super) source: &'static str,
    pub(super) format: u32,
    pub(super) rows: usize,
    chunk: Arc<dyn Fn(Range<usize>) -> Chunk + Send + Sync>,
}

/// Rows in their stored form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk(pub(super) Vec<u8>);

impl Chunk {
    /// Encodes rows.
    pub fn of<'a, T: Row>(rows: impl IntoIterator<Item = &'a T>) -> Self {
        let mut out = Writer::default();
        let mut count = 0;
        for row in rows {
            row.write(&mut out);
            count += 1;
        }
        let mut chunk = Vec::with_capacity(out.bytes.len() + 4);
        push_number(&mut chunk, count);
        chunk.extend(out.bytes);
        Self(chunk)
    }
}

impl Body {
    /// A list of `count` rows; `chunk` encodes those of a range.
    pub fn of<T: Row>(count: usize, chunk: impl Fn(Range<usize>) -> Chunk + Send + Sync + 'static) -> Self {
        Self { source: T::SOURCE, format: T::FORMAT, rows: count, chunk: Arc::new(chunk) }
    }

    /// How many chunks.
    pub(super) const fn len(&self) -> usize {
        self.rows.div_ceil(CHUNK)
    }

    /// Its chunks, each made when it is asked for.
    pub(super) fn chunks(&self) -> impl Iterator<Item = Vec<u8>> {
        let range = |start: usize| start..(start + CHUNK).min(self.rows);
        (0..self.rows).step_by(CHUNK).map(move |start| (self.chunk)(range(start)).0)
    }
}

impl<T: Row + Sync> From<Vec<T>> for Body {
    fn from(rows: Vec<T>) -> Self {
        Self::of::<T>(rows.len(), move |range| Chunk::of(rows.get(range).unwrap_or_default()))
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} rows of {})", self.rows, self.source)
    }
}

/// The rows of a chunk; `None` when the bytes are not such rows.
pub fn decode<T: Row>(chunk: &[u8]) -> Option<Vec<T>> {
    let mut input = Reader { bytes: chunk, texts: Vec::new() };
    let count = input.count().filter(|count| *count <= CHUNK)?;
    let rows = T::read_all(&mut input, count)?;
    input.bytes.is_empty().then_some(rows)
}

/// Writes one chunk.
#[derive(Default)]
pub struct Writer<'a> {
    bytes: Vec<u8>,
    texts: HashMap<(Cow<'a, str>, bool), u64>,
}

impl<'a> Writer<'a> {
    /// Appends a number.
    pub fn number(&mut self, number: u64) {
        push_number(&mut self.bytes, number);
    }

    /// Appends a number of either sign; small ones stay short.
    pub fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63).cast_unsigned());
    }

    /// Appends how many values follow.
    pub fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// Appends a text and its mark.
    pub fn text(&mut self, text: impl Into<Cow<'a, str>>, marked: bool) {
        let text = text.into();
        let next = self.texts.len() as u64;
        match self.texts.entry((text, marked)) {
            std::collections::hash_map::Entry::Occupied(known) => {
                let number = *known.get();
                self.number(EARLIER + number);
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                push_number(&mut self.bytes, if marked { MARKED } else { PLAIN });
                let (text, _) = place.key();
                push_number(&mut self.bytes, text.len() as u64);
                self.bytes.extend_from_slice(text.as_bytes());
                place.insert(next);
            }
        }
    }
}

fn push_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Reads one chunk.
pub struct Reader<'a> {
    bytes: &'a [u8],
    texts: Vec<Clean>,
}

impl Reader<'_> {
    /// A number.
    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A number of either sign.
    pub fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// How many values follow: no more than there are bytes.
    pub fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.bytes.len()).then_some(count)
    }

    /// A text.
    pub fn text(&mut self) -> Option<Clean> {
        let kind = self.number()?;
        if kind >= EARLIER {
            return self.texts.get(usize::try_from(kind - EARLIER).ok()?).cloned();
        }
        let length = self.count()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        let text = Clean::kept(std::str::from_utf8(text).ok()?, kind == MARKED);
        self.texts.push(text.clone());
        Some(text)
    }
}
