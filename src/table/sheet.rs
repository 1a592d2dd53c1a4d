//! XLSX: the cells of its sheets as a stream, made by a child of this program that may take little and is ended in time.
//!
//! A file of a kilobyte can ask for a sheet of 550 GB, and what cannot be had ends a process at once; so it is a process
//! that nobody misses. It gets the file as stdin, no environment, and writes rows to stdout.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Write},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use calamine::{DataRef, Reader as _, Xlsx};
use csv::StringRecord;

use super::{
    bytes::Bytes,
    error::TableError,
    limits::{COLUMNS, ROW},
    open::Reader,
    spool::Spool,
};
use crate::domain::Clean;

/// The hidden command that reads sheets.
pub const COMMAND: &str = "read-sheets";
/// Cells of all sheets.
const CELLS: u64 = 5_000_000;
/// How long the child may take, whatever it does.
const DEADLINE: Duration = Duration::from_mins(2);
/// How often it is asked whether anybody still waits.
const LOOK: Duration = Duration::from_millis(50);
/// Characters of a cell (the most that Excel takes are 32,767).
const CELL: usize = 32_767;
/// Bytes that wait for the pipe, which holds as many.
const BUFFER: usize = 64 << 10;
/// Before the cells of a row that is as it should be.
const GOOD: &str = "row";
const NOT_ENOUGH: &str = "its sheets need more memory or time than they may: 512 MiB, 60 s";

/// Reads the sheets of an XLSX file: the first one that has rows and those with the same columns are one table, or the
/// one that is wanted; others are told.
pub(super) fn read(reader: &mut Reader<'_>, bytes: &Bytes, name: &Clean) -> Result<(), TableError> {
    let failed = |error: io::Error| TableError::io(name, &error);
    let Some(program) = reader.sheets() else {
        return Err(TableError::content(name, "sheets cannot be read: this program does not know where it is"));
    };
    let mut command = Command::new(program);
    command.arg(COMMAND).env_clear().stdin(bytes.file().map_err(failed)?).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    let Some(rows) = child.stdout.take() else { return Err(TableError::content(name, NOT_ENOUGH)) };
    let watch = Watch::new(child, reader);
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(BUFFER).from_reader(rows);
    let mut record = csv::ByteRecord::new();
    let mut sheets = Sheets { spool: None, heading: None, taken: false, names: Vec::new() };
    let result = loop {
        match rows.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) | Err(_) => break Err(TableError::content(name, NOT_ENOUGH)),
        }
        let cells = || record.iter().skip(1);
        let done = match record.get(0) {
            Some(b"sheet") => sheets.sheet(name, &String::from_utf8_lossy(record.get(1).unwrap_or_default()), reader),
            Some(word) if word == GOOD.as_bytes() => sheets.row(&cells().collect::<Vec<_>>(), false, reader),
            Some(b"odd") => sheets.row(&cells().collect::<Vec<_>>(), true, reader),
            Some(b"end") => break Ok(()),
            _ => {
                let why = String::from_utf8_lossy(record.get(1).unwrap_or_default()).into_owned();
                break Err(TableError::content(name, why));
            }
        };
        if let Err(error) = done.and_then(|()| reader.check()) {
            break Err(error);
        }
    };
    drop(watch);
    sheets.end(reader)?;
    if let Some(wanted) = reader.sheet().filter(|wanted| !sheets.names.iter().any(|name| name == wanted))
        && result.is_ok()
    {
        let why = format!("there is no sheet {wanted:?}; there are: {}", sheets.names.join(", "));
        return Err(TableError::content(name, why));
    }
    result
}

/// The sheets as they come.
struct Sheets {
    spool: Option<Spool>,
    /// The name of the sheet that begins.
    heading: Option<String>,
    /// Its rows are of the table.
    taken: bool,
    /// Those that came.
    names: Vec<String>,
}

impl Sheets {
    fn sheet(&mut self, file: &Clean, sheet: &str, reader: &mut Reader<'_>) -> Result<(), TableError> {
        self.end(reader)?;
        self.spool = Some(reader.spool(&Clean::new(&format!("{file}: {sheet}")))?);
        self.heading = Some(sheet.to_owned());
        self.names.push(sheet.to_owned());
        Ok(())
    }

    fn row(&mut self, cells: &[&[u8]], is_odd: bool, reader: &mut Reader<'_>) -> Result<(), TableError> {
        if let Some(sheet) = self.heading.take() {
            let titles: Vec<_> = cells.iter().map(|cell| String::from_utf8_lossy(cell)).collect();
            let is_wanted = reader.sheet().is_none_or(|wanted| wanted == sheet);
            self.taken = is_wanted && reader.takes(&titles);
            if is_wanted && !self.taken && reader.is_without_rows() {
                // A sheet of a heading alone gives way: a summary, or one that waits to be filled.
                reader.replaces(&titles);
                self.taken = true;
            }
            if is_wanted && !self.taken {
                let sheet = Clean::new(&sheet);
                reader.remark(format!("the sheet {sheet} has other columns and is not shown").into());
            }
            return Ok(());
        }
        let Some(spool) = self.spool.as_mut().filter(|_| self.taken) else { return Ok(()) };
        if is_odd {
            spool.marked(cells)?;
        } else {
            spool.row(cells)?;
        }
        let (part, builder) = spool.so_far();
        reader.publish(part, builder, 0, false);
        Ok(())
    }

    fn end(&mut self, reader: &mut Reader<'_>) -> Result<(), TableError> {
        let Some(spool) = self.spool.take().filter(|_| self.taken) else { return Ok(()) };
        self.taken = false;
        let (part, builder) = spool.finish()?;
        reader.add(part, &builder);
        Ok(())
    }
}

/// Ends the child when its time is over, when nobody waits for it, and when this is dropped.
struct Watch {
    child: Arc<Mutex<Child>>,
    over: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Watch {
    fn new(child: Child, reader: &Reader<'_>) -> Self {
        let (child, over, stop) =
            (Arc::new(Mutex::new(child)), Arc::new(AtomicBool::new(false)), reader.stop().clone());
        let (watched, ends, began) = (Arc::clone(&child), Arc::clone(&over), Instant::now());
        let thread = thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                if stop.is_set() || began.elapsed() > DEADLINE {
                    let _ = watched.lock().unwrap_or_else(PoisonError::into_inner).kill();
                    return;
                }
                thread::park_timeout(LOOK);
            }
        });
        Self { child, over, thread: Some(thread) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// What the child does: writes the rows of all sheets of `file` to `out`, each with a word before it. Its limits are set
/// by who calls it.
///
/// # Errors
/// `out` takes no more; what is wrong with the file is a row.
pub fn write(file: File, out: &mut dyn Write) -> io::Result<()> {
    let mut out = csv::WriterBuilder::new().flexible(true).buffer_capacity(BUFFER).from_writer(out);
    match sheets(file, &mut out) {
        Ok(()) => out.write_record(["end"])?,
        Err(Broken::Pipe(error)) => return Err(error),
        Err(Broken::File(why)) => out.write_record(["broken", &why])?,
    }
    out.flush()
}

enum Broken {
    Pipe(io::Error),
    File(String),
}

impl From<csv::Error> for Broken {
    fn from(error: csv::Error) -> Self {
        Self::Pipe(error.into())
    }
}

fn sheets<W: Write>(file: File, out: &mut csv::Writer<W>) -> Result<(), Broken> {
    let damaged = |_| Broken::File("the file is damaged or cut".to_owned());
    let mut book = Xlsx::new(file).map_err(damaged)?;
    let mut seen = 0;
    for sheet in book.sheet_names() {
        // A sheet that is a drawing has no cells.
        let Ok(mut cells) = book.worksheet_cells_reader(&sheet) else { continue };
        out.write_record(["sheet", &sheet])?;
        let mut row = Row::new();
        while let Some(cell) = cells.next_cell().map_err(damaged)? {
            seen += 1;
            if seen > CELLS {
                return Err(Broken::File("its sheets have more than 5,000,000 cells".to_owned()));
            }
            let (number, column) = cell.get_position();
            if number != row.number {
                row.end(number, out)?;
            }
            row.add(column, cell.get_value());
        }
        row.end(0, out)?;
    }
    Ok(())
}

/// One row as it is written: a word, and its cells.
struct Row {
    number: u32,
    record: StringRecord,
    /// No cell has text.
    is_empty: bool,
    bytes: usize,
    /// A cell stands too far to the right, or there is too much.
    odd: bool,
    /// What a cell that is no text reads as.
    text: String,
}

impl Row {
    fn new() -> Self {
        let record = StringRecord::from(vec![GOOD]);
        Self { number: 0, record, is_empty: true, bytes: 0, odd: false, text: String::new() }
    }

    fn add(&mut self, column: u32, cell: &DataRef<'_>) {
        let text = text(cell, &mut self.text);
        let end = if text.len() <= CELL { None } else { text.char_indices().nth(CELL) };
        let text = end.and_then(|(end, _)| text.get(..end)).unwrap_or(text);
        self.bytes += text.len();
        let column = column as usize;
        if column >= COLUMNS || self.bytes > ROW {
            self.odd = true;
            return;
        }
        self.is_empty &= text.is_empty();
        let place = column + 1;
        while self.record.len() < place {
            self.record.push_field("");
        }
        if self.record.len() == place {
            self.record.push_field(text);
        } else {
            // The cells of the file are not in order.
            let cells = self.record.iter().enumerate();
            self.record = cells.map(|(at, own)| if at == place { text } else { own }).collect();
        }
    }

    /// Writes the row, unless it has nothing, and begins another.
    fn end<W: Write>(&mut self, number: u32, out: &mut csv::Writer<W>) -> Result<(), Broken> {
        if self.odd {
            out.write_record(std::iter::once("odd").chain(self.record.iter().skip(1)))?;
        } else if !self.is_empty {
            out.write_byte_record(self.record.as_byte_record())?;
        }
        self.record.truncate(1);
        (self.number, self.is_empty, self.bytes, self.odd) = (number, true, 0, false);
        Ok(())
    }
}

/// A cell as text: whole numbers without a fraction, dates as in ISO 8601. What is no text is put into `out`.
fn text<'a>(cell: &'a DataRef<'_>, out: &'a mut String) -> &'a str {
    out.clear();
    // Writing to a String cannot fail.
    let _ = match cell {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => return text,
        DataRef::SharedString(text) => return text,
        DataRef::Empty => return "",
        DataRef::Int(number) => write!(out, "{number}"),
        DataRef::Float(number) => write!(out, "{number}"),
        DataRef::Bool(truth) => write!(out, "{truth}"),
        DataRef::Error(error) => write!(out, "{error}"),
        DataRef::DateTime(at) if at.is_duration() => write!(out, "{}", at.as_f64()),
        DataRef::DateTime(at) => match at.to_ymd_hms_milli() {
            (year, month, day, 0, 0, 0, _) => write!(out, "{year:04}-{month:02}-{day:02}"),
            (year, month, day, hour, minute, second, _) => {
                write!(out, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
        },
    };
    out
}
