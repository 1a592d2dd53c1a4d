//! Reading files as one table, in the background.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    archive,
    bytes::Bytes,
    column::{self, Column, Guess},
    error::TableError,
    index::{Builder, Piece},
    json,
    limits::{BLOCK, COLUMNS, PIECE, PROGRESS, SAMPLE, SAMPLE_ROWS},
    line,
    part::{Part, Progress, Table},
    row,
    scan::Dialect,
    sniff::{Sniffed, sniff},
    spool::Spool,
    stop::Stop,
    units, utf16,
    walk::Walk,
};
use crate::domain::Clean;

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// The files; several are the parts of one table, in this order.
    pub paths: Vec<PathBuf>,
    /// This program, which reads sheets of XLSX files as a child; without it they are not read.
    pub program: Option<PathBuf>,
    /// The sheet of a workbook; without it the first one that has rows, and others with the same columns.
    pub sheet: Option<String>,
}

/// Reads files as one table. `told` gets a longer snapshot as soon as there are rows, and then 30 a second at most; the
/// last one has all rows and how many are bad.
///
/// A file that cannot be read to its end gives a table that says so, as long as there is a row.
///
/// # Errors
/// Nothing can be read at all, or it was stopped.
pub fn open(files: &Files, stop: &Stop, told: &mut dyn FnMut(Arc<Table>)) -> Result<Arc<Table>, TableError> {
    let mut reader = Reader::new(files, stop, told);
    let mut opened = Vec::new();
    for path in &files.paths {
        let name = name(path);
        let failed = |error: &std::io::Error| TableError::io(&name, error);
        let about = std::fs::metadata(path).map_err(|error| failed(&error))?;
        if !about.is_file() {
            return Err(TableError::File { name, why: "not a regular file".to_owned() });
        }
        let file = File::open(path).map_err(|error| failed(&error))?;
        reader.of += about.len();
        opened.push((file, name));
    }
    for (file, name) in opened {
        match reader.file(file, &name) {
            Ok(()) => {}
            Err(TableError::Stopped) => return Err(TableError::Stopped),
            Err(error) if reader.table.rows == 0 => return Err(error),
            Err(error) => {
                reader.table.progress = Progress::Broken(error.into());
                break;
            }
        }
    }
    reader.finish()
}

/// The last part of a path, safe.
fn name(path: &Path) -> Clean {
    Clean::new(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy())
}

/// What is being read.
pub(super) struct Reader<'a> {
    files: &'a Files,
    stop: &'a Stop,
    told: &'a mut dyn FnMut(Arc<Table>),
    last: Option<Instant>,
    pub(super) table: Table,
    pub(super) columns: Vec<Column>,
    parts: Vec<Part>,
    measured: bool,
    /// What is read came out of an archive.
    nested: bool,
    remarks: Vec<Clean>,
    /// Bytes of the files before this one, and of all.
    before: u64,
    of: u64,
}

impl<'a> Reader<'a> {
    fn new(files: &'a Files, stop: &'a Stop, told: &'a mut dyn FnMut(Arc<Table>)) -> Self {
        Self {
            files,
            stop,
            told,
            last: None,
            table: Table::default(),
            columns: Vec::new(),
            parts: Vec::new(),
            measured: false,
            nested: false,
            remarks: Vec::new(),
            before: 0,
            of: 0,
        }
    }

    fn file(&mut self, file: File, name: &Clean) -> Result<(), TableError> {
        let bytes = Bytes::new(file);
        let failed = |error: &std::io::Error| TableError::io(name, error);
        let length = bytes.len().map_err(|error| failed(&error))?;
        self.content(Arc::new(bytes), name)?;
        self.before += length;
        Ok(())
    }

    /// Reads what is in a file.
    pub(super) fn content(&mut self, bytes: Arc<Bytes>, name: &Clean) -> Result<(), TableError> {
        let mut sample = vec![0; SAMPLE];
        let read = bytes.read(0, &mut sample).map_err(|error| TableError::io(name, &error))?;
        sample.truncate(read);
        match sniff(&sample) {
            Sniffed::Rows(dialect, start) => {
                self.form("CSV");
                self.rows(bytes, name, dialect, start, &sample)
            }
            Sniffed::Other("empty") if !self.parts.is_empty() => Ok(()),
            Sniffed::Other(what) => Err(TableError::content(name, format!("the file is {what}, not a table"))),
            Sniffed::Json => {
                self.form("JSON");
                json::read(self, &bytes, name)
            }
            Sniffed::Utf16 { little } => {
                let file = utf16::converted(&bytes, little).map_err(|error| TableError::io(name, &error))?;
                self.nested(Arc::new(Bytes::new(file)), name)
            }
            Sniffed::Archive => archive::read(self, &bytes, name),
        }
    }

    /// Reads what came out of a file.
    pub(super) fn nested(&mut self, bytes: Arc<Bytes>, name: &Clean) -> Result<(), TableError> {
        let before = std::mem::replace(&mut self.nested, true);
        let result = self.content(bytes, name);
        self.nested = before;
        result
    }

    /// Whether no row was taken yet.
    pub(super) fn is_without_rows(&self) -> bool {
        self.parts.iter().all(|part| part.index.rows == 0)
    }

    /// Whether what is read came out of an archive.
    pub(super) const fn is_nested(&self) -> bool {
        self.nested
    }

    /// The program that reads sheets.
    pub(super) fn sheets(&self) -> Option<&'a Path> {
        self.files.program.as_deref()
    }

    /// The sheet that is wanted of a workbook; `None` for the first one that has rows.
    pub(super) fn sheet(&self) -> Option<&'a str> {
        self.files.sheet.as_deref()
    }

    /// What ends the reading.
    pub(super) const fn stop(&self) -> &Stop {
        self.stop
    }

    /// An error when nobody waits any more.
    pub(super) fn check(&self) -> Result<(), TableError> {
        if self.stop.is_set() { Err(TableError::Stopped) } else { Ok(()) }
    }

    /// Something to know of what is shown.
    pub(super) fn remark(&mut self, remark: Clean) {
        self.remarks.push(remark);
    }

    /// A place for rows of another form.
    pub(super) fn spool(&self, name: &Clean) -> Result<Spool, TableError> {
        Spool::new(name, self.parts.last().map_or(0, |part| part.numbers().end))
    }

    /// Takes titles for the columns; false when there are others already.
    pub(super) fn takes(&mut self, titles: &[std::borrow::Cow<'_, str>]) -> bool {
        let columns = column::columns(titles.iter().cloned());
        if self.columns.is_empty() {
            self.columns = columns;
            return true;
        }
        let same = |(own, its): (&Column, &Column)| own.title == its.title;
        columns.len() == self.columns.len() && self.columns.iter().zip(&columns).all(same)
    }

    /// Takes titles in the place of those that are here, which no row has.
    pub(super) fn replaces(&mut self, titles: &[std::borrow::Cow<'_, str>]) {
        self.columns = column::columns(titles.iter().cloned());
    }

    /// What the files are, by the first one.
    pub(super) fn form(&mut self, form: &'static str) {
        if self.table.form.is_empty() {
            self.table.form = form;
        }
    }

    /// Indexes a file of rows of cells where it is.
    fn rows(
        &mut self,
        bytes: Arc<Bytes>,
        name: &Clean,
        dialect: Dialect,
        start: usize,
        sample: &[u8],
    ) -> Result<(), TableError> {
        let failed = |error: std::io::Error| TableError::io(name, &error);
        let length = bytes.len().map_err(failed)?;
        let start = self.heading(&bytes, dialect, start as u64..length).map_err(failed)?;
        let mut builder = Builder::new(dialect, start);
        let part = Part {
            name: name.clone(),
            bytes,
            dialect,
            index: builder.index(),
            first: self.parts.last().map_or(0, |part| part.numbers().end),
            spooled: false,
            odd: Arc::default(),
        };
        let from = usize::try_from(start).ok().and_then(|start| sample.get(start..)).unwrap_or_default();
        builder.push(from);
        self.publish(&part, &builder, builder.next(), false);
        self.pieces(&part, &mut builder, length)?;
        self.read_on(&part, &mut builder, u64::MAX)?;
        builder.finish();
        self.add(part, &builder);
        Ok(())
    }

    /// Indexes a file up to `length`, several pieces at once. Each is looked at as if it began outside of quotes, which is
    /// nearly always so; one that does not is read again.
    fn pieces(&mut self, part: &Part, builder: &mut Builder, length: u64) -> Result<(), TableError> {
        let starts: Vec<u64> = (builder.next()..length).step_by(PIECE).collect();
        let look = |start: &u64, buffer: &mut Vec<u8>| {
            let failed = |error: std::io::Error| TableError::io(&part.name, &error);
            let mut before = [part.dialect.end];
            part.bytes.read(start.saturating_sub(1), &mut before).map_err(failed)?;
            let mut piece = Piece::new(part.dialect, *start, before[0]);
            let end = length.min(start + PIECE as u64);
            while piece.range().end < end {
                let left = usize::try_from(end - piece.range().end).unwrap_or(usize::MAX);
                let block = part.bytes.block(piece.range().end, left.min(BLOCK), buffer).map_err(failed)?;
                piece.push(block);
                if block.is_empty() {
                    break;
                }
            }
            Ok(piece)
        };
        let mut result = Ok(());
        let stop = self.stop;
        units::over(&starts, stop, look, &mut |piece: Piece| {
            let is_due = piece.range().start == builder.next() && !part.is_full(builder);
            if result.is_ok() && is_due {
                if !builder.append(&piece) {
                    result = self.read_on(part, builder, piece.range().end);
                }
                self.publish(part, builder, builder.next(), false);
            }
        })?;
        result
    }

    /// Indexes a file further, up to its end or to `end`.
    fn read_on(&mut self, part: &Part, builder: &mut Builder, end: u64) -> Result<(), TableError> {
        let mut buffer = Vec::new();
        loop {
            self.check()?;
            let left = usize::try_from(end - builder.next()).unwrap_or(usize::MAX);
            let read = part.bytes.block(builder.next(), left.min(BLOCK), &mut buffer);
            let block = read.map_err(|error| TableError::io(&part.name, &error))?;
            if block.is_empty() || part.is_full(builder) {
                return Ok(());
            }
            builder.push(block);
            self.publish(part, builder, builder.next(), false);
        }
    }

    /// Takes the first row for the heading: it names the columns of the first part, and is dropped where it stands again
    /// in a later one. Returns where rows begin.
    fn heading(&mut self, bytes: &Bytes, dialect: Dialect, range: std::ops::Range<u64>) -> std::io::Result<u64> {
        let mut walk = Walk::between(bytes, dialect, range.clone(), SAMPLE, Vec::new());
        let Some((line, _)) = walk.next()? else { return Ok(range.end) };
        let titles: Vec<_> = line.cells().take(COLUMNS).map(line::text).collect();
        if self.takes(&titles) { Ok(walk.place()) } else { Ok(range.start) }
    }

    /// Adds a part that is read whole.
    pub(super) fn add(&mut self, part: Part, builder: &Builder) {
        self.publish(&part, builder, builder.next(), true);
        self.parts.push(Part { index: builder.index(), ..part });
        self.table.parts = self.parts.clone().into();
    }

    /// Tells how far it is, now and then. `read` is the byte of the file that comes next.
    pub(super) fn publish(&mut self, part: &Part, builder: &Builder, read: u64, now: bool) {
        let is_first = self.table.rows == 0 && builder.rows() > 0;
        let is_due = self.last.is_none_or(|last| last.elapsed() >= Duration::from_millis(PROGRESS));
        if !(is_first || is_due || now) {
            return;
        }
        let part = Part { index: builder.index(), ..part.clone() };
        if !self.measured && part.index.rows > 0 {
            self.measured = true;
            self.measure(&part);
        }
        self.table.rows = part.numbers().end;
        self.table.columns = self.columns.clone().into();
        self.table.parts = self.parts.iter().cloned().chain([part]).collect();
        self.table.progress = Progress::Reading { read: self.before + read, of: self.of };
        if is_first || is_due {
            self.last = Some(Instant::now());
            (self.told)(Arc::new(self.table.clone()));
        }
    }

    /// Tells kinds and widths of the columns by the first rows, and how often each byte stands there.
    fn measure(&mut self, part: &Part) {
        let mut guesses = vec![Guess::default(); self.columns.len()];
        let mut bytes = vec![0_u32; 256];
        let mut walk = Walk::of(part, 0, SAMPLE);
        for _ in 0..SAMPLE_ROWS {
            let Ok(Some((line, _))) = walk.next() else { break };
            for byte in line.raw().iter().take(SAMPLE) {
                if let Some(times) = bytes.get_mut(usize::from(*byte)) {
                    *times += 1;
                }
            }
            for ((cell, guess), column) in line.cells().map(line::text).zip(&mut guesses).zip(&mut self.columns) {
                guess.look(&cell);
                let cells = cell.chars().take(200).collect::<String>();
                let cells = u16::try_from(unicode_width::UnicodeWidthStr::width(cells.as_str())).unwrap_or(u16::MAX);
                column.width = column.width.max(cells);
            }
        }
        for (column, guess) in self.columns.iter_mut().zip(guesses) {
            column.kind = guess.kind();
        }
        self.table.bytes = bytes.into();
    }

    /// The end: all rows are told at once, the bad ones are counted after that.
    fn finish(mut self) -> Result<Arc<Table>, TableError> {
        self.table.remarks = self.remarks.into();
        self.table.grows = false;
        self.table.columns = self.columns.clone().into();
        if matches!(self.table.progress, Progress::Reading { .. }) {
            self.table.progress = Progress::Complete;
        }
        let table = Arc::new(self.table);
        (self.told)(Arc::clone(&table));
        let columns = table.columns().len();
        let mut bad = 0;
        let count = |unit: &units::Unit<'_>, buffer: &mut Vec<u8>| {
            let mut bad = 0;
            unit.rows(buffer, |number, line, cut| {
                bad += u32::from(row::fault(number, (line, cut), unit.part, columns).is_some());
            })?;
            Ok(bad)
        };
        units::over(&units::units(&table, 0, None), self.stop, count, &mut |found: u32| bad += found)?;
        Ok(Arc::new(Table { bad, ..(*table).clone() }))
    }
}
