//! Rows of other forms, put on the disk as the engine reads them.

use std::{
    fs::File,
    io::{self, Write},
    sync::Arc,
};

use super::{bytes::Bytes, error::TableError, index::Builder, part::Part, scan::Dialect};
use crate::domain::Clean;

/// Bytes that wait for the disk.
const BUFFER: usize = 64 << 10;
/// Odd rows that are marked; there may be more.
const ODD: usize = 100_000;
const DIALECT: Dialect = Dialect { delimiter: b',', end: b'\n' };

/// A file without a name, gone with the table; rows are indexed as they are written.
pub struct Spool {
    csv: csv::Writer<Sink>,
    part: Part,
    odd: Vec<u32>,
    rows: u32,
}

struct Sink {
    file: File,
    builder: Builder,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.builder.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Spool {
    /// An empty one for what `name` holds; `first` is the number of its first row.
    pub fn new(name: &Clean, first: u32) -> Result<Self, TableError> {
        let failed = |error: io::Error| TableError::io(name, &error);
        let file = tempfile::tempfile().map_err(failed)?;
        let bytes = Arc::new(Bytes::new(file.try_clone().map_err(failed)?));
        let builder = Builder::new(DIALECT, 0);
        let (name, index) = (name.clone(), builder.index());
        let part = Part { name, bytes, dialect: DIALECT, index, first, spooled: true, odd: Arc::default() };
        let csv = csv::WriterBuilder::new().flexible(true).buffer_capacity(BUFFER).from_writer(Sink { file, builder });
        Ok(Self { csv, part, odd: Vec::new(), rows: 0 })
    }

    /// Adds a row.
    pub fn row<C: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = C>) -> Result<(), TableError> {
        self.rows += 1;
        let written = self.csv.write_record(cells);
        written.map_err(|error| TableError::io(&self.part.name, &error.into()))
    }

    /// Adds what is no row of its form, as it stands, with a mark.
    pub fn odd(&mut self, text: &[u8]) -> Result<(), TableError> {
        self.marked(&[text])
    }

    /// Adds a row that is not as it should be, with a mark.
    pub fn marked(&mut self, cells: &[&[u8]]) -> Result<(), TableError> {
        if self.odd.len() < ODD {
            self.odd.push(self.rows);
        }
        if cells.is_empty() { self.row([b""]) } else { self.row(cells) }
    }

    /// What is on the disk so far.
    pub fn so_far(&self) -> (&Part, &Builder) {
        (&self.part, &self.csv.get_ref().builder)
    }

    /// All of it is on the disk.
    pub fn finish(mut self) -> Result<(Part, Builder), TableError> {
        let name = self.part.name.clone();
        let failed = |error: io::Error| TableError::io(&name, &error);
        let sink = self.csv.into_inner().map_err(|error| failed(io::Error::from(error.error().kind())))?;
        self.part.odd = self.odd.into();
        Ok((self.part, sink.builder))
    }
}
