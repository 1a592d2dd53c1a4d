//! XLSX: the cells of its sheets as a stream, made by a child of this program that may take little and is ended in time.
//!
//! A file of a kilobyte can ask for a sheet of 550 GB, and what cannot be had ends a process at once; so it is a process
//! that nobody misses. It gets the file as stdin, no environment, and writes rows to stdout.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use calamine::{DataRef, Reader as _, Xlsx};

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
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rows);
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
            Some(b"row") => sheets.row(&cells().collect::<Vec<_>>(), false, reader),
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
    let mut out = csv::WriterBuilder::new().flexible(true).from_writer(BufWriter::new(out));
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
        let mut row = Row::default();
        while let Some(cell) = cells.next_cell().map_err(damaged)? {
            seen += 1;
            if seen > CELLS {
                return Err(Broken::File("its sheets have more than 5,000,000 cells".to_owned()));
            }
            let (number, column) = cell.get_position();
            if number != row.number {
                row.write(out)?;
                row = Row { number, ..Row::default() };
            }
            row.add(column, text(cell.get_value()));
        }
        row.write(out)?;
    }
    Ok(())
}

/// Cells of one row; rows without any are left out.
#[derive(Default)]
struct Row {
    number: u32,
    cells: Vec<String>,
    bytes: usize,
    /// A cell stands too far to the right, or there is too much.
    odd: bool,
}

impl Row {
    fn add(&mut self, column: u32, mut text: String) {
        let at = column as usize;
        if let Some((end, _)) = text.char_indices().nth(CELL) {
            text.truncate(end);
        }
        self.bytes += text.len();
        if at >= COLUMNS || self.bytes > ROW {
            self.odd = true;
            return;
        }
        if self.cells.len() <= at {
            self.cells.resize(at + 1, String::new());
        }
        if let Some(cell) = self.cells.get_mut(at) {
            *cell = text;
        }
    }

    fn write<W: Write>(&mut self, out: &mut csv::Writer<W>) -> Result<(), Broken> {
        let is_empty = self.cells.iter().all(String::is_empty) && !self.odd;
        if !is_empty {
            let word = if self.odd { "odd" } else { "row" };
            out.write_record(std::iter::once(word).chain(self.cells.iter().map(String::as_str)))?;
        }
        Ok(())
    }
}

/// A cell as text: whole numbers without a fraction, dates as in ISO 8601.
fn text(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(at) if at.is_duration() => at.as_f64().to_string(),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) { date } else { format!("{date} {hour:02}:{minute:02}:{second:02}") }
        }
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}
