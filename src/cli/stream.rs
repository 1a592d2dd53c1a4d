//! Rows of files on stdout while the files are still read.
//!
//! Who reads a file tells what is there, and waits until that is written: what waits in between is a few blocks, however
//! long the file is. Rows that are sorted come when all are known, and so do those of objects, whose columns are known at
//! their end; unless the columns were named.

use std::{
    io::{self, Write},
    sync::Arc,
};

use jiff::Timestamp;
use unicode_width::UnicodeWidthStr as _;

use super::{args::Format, exit::Trouble, grid::clipped, item::rfc3339, sheet::SCHEMA};
use crate::{
    domain::{Clean, Failure, filter::ColumnFilter},
    table::{Export, ExportError, Form, Guard, Order, Search, Sorting, Stop, Table, TableError, Writing},
};

/// Widest column of a table for people.
const WIDEST: usize = 60;

/// What is asked for of files.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Names of columns in their order; none for all.
    pub columns: &'a [String],
    /// The filter as typed; empty for every row.
    pub filter: &'a str,
    /// A column, `-price` or `price:desc` for the largest first; `None` for the order of the file.
    pub sort: Option<&'a str>,
    /// In which form.
    pub format: Format,
}

/// The rows on their way to stdout.
pub struct Stream<'a> {
    asked: Asked<'a>,
    out: Option<&'a mut dyn Write>,
    begun: Option<Begun<'a>>,
    /// Ends the reading when nobody takes the rows.
    guard: Option<Guard>,
    trouble: Option<Trouble>,
}

/// What is written once the columns are known.
struct Begun<'a> {
    output: Output<'a>,
    filter: ColumnFilter,
    columns: Vec<usize>,
    /// Columns of the table when it was begun.
    known: usize,
    /// The row that comes next.
    next: u32,
}

impl<'a> Stream<'a> {
    /// Rows for `out`; `guard` is dropped when it takes no more.
    pub fn new(asked: Asked<'a>, out: &'a mut dyn Write, guard: Guard) -> Self {
        Self { asked, out: Some(out), begun: None, guard: Some(guard), trouble: None }
    }

    /// Writes what is new in a longer snapshot, if that can be known yet.
    pub fn told(&mut self, table: &Arc<Table>) {
        // Without a row not even the heading is certain.
        let waits = table.rows() == 0 || self.asked.sort.is_some() || (table.grows() && self.asked.columns.is_empty());
        if self.trouble.is_some() || waits {
            return;
        }
        match self.rows(table) {
            // A column that is not there yet may come.
            Err(Trouble::Usage(_)) if table.grows() => {}
            Err(trouble) => {
                self.trouble = Some(trouble);
                self.guard = None;
            }
            Ok(()) => {}
        }
    }

    /// Why it was ended before all was read.
    pub fn trouble(&mut self) -> Option<Trouble> {
        self.trouble.take()
    }

    /// Writes the rest of a table that is read whole; how many columns came too late to be written.
    pub fn end(mut self, table: &Arc<Table>) -> Result<usize, Trouble> {
        let sort = self.asked.sort.map(|text| by(text, table)).transpose()?;
        match sort {
            None => self.rows(table)?,
            Some((column, reversed)) => {
                let begun = self.begin(table)?;
                let stop = Stop::default();
                let rows = begun.matching(table, &stop)?;
                let sorting = Sorting { table: Arc::clone(table), rows, column };
                let rows = sorting.run(&stop).map_err(told)?;
                begun.write(table, Order { rows: Some(rows.into()), reversed })?;
            }
        }
        let Some(begun) = self.begun else { return Ok(0) };
        begun.output.end(table)?;
        Ok(if self.asked.columns.is_empty() { table.columns().len() - begun.known } else { 0 })
    }

    /// Writes the rows that were not there before.
    fn rows(&mut self, table: &Arc<Table>) -> Result<(), Trouble> {
        let begun = self.begin(table)?;
        if begun.next >= table.rows() {
            return Ok(());
        }
        let fresh: Arc<[u32]> = (begun.next..table.rows()).collect();
        let rows = begun.matching(table, &Stop::default())?.unwrap_or(fresh);
        begun.next = table.rows();
        begun.write(table, Order { rows: Some(rows), reversed: false })
    }

    /// What is written, begun with the columns of `table` unless it is.
    fn begin(&mut self, table: &Arc<Table>) -> Result<&mut Begun<'a>, Trouble> {
        if let Some(out) = self.out.take() {
            match prepared(table, &self.asked) {
                Ok((filter, columns)) => {
                    let output = Output::begin(self.asked.format, table, &columns, out)?;
                    let known = table.columns().len();
                    self.begun = Some(Begun { output, filter, columns, known, next: 0 });
                }
                Err(trouble) => {
                    self.out = Some(out);
                    return Err(trouble);
                }
            }
        }
        self.begun.as_mut().ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe).into())
    }
}

impl Begun<'_> {
    /// The rows from the next one on that match; `None` for all.
    fn matching(&self, table: &Arc<Table>, stop: &Stop) -> Result<Option<Arc<[u32]>>, Trouble> {
        if self.filter.is_all() {
            return Ok(None);
        }
        let (table, filter) = (Arc::clone(table), self.filter.clone());
        let search = Search { table, filter, from: self.next, among: None, now: Timestamp::now() };
        Ok(Some(search.run(stop, &mut |_| {}).map_err(told)?.into()))
    }

    fn write(&mut self, table: &Arc<Table>, order: Order) -> Result<(), Trouble> {
        let export = Export { table: Arc::clone(table), order, columns: self.columns.clone() };
        match self.output.rows(&export) {
            Ok(()) => Ok(()),
            Err(ExportError::Write(error)) => Err(error.into()),
            Err(ExportError::Read(error)) => Err(told(error)),
        }
    }
}

/// The filter and the columns that are asked for.
fn prepared(table: &Table, asked: &Asked<'_>) -> Result<(ColumnFilter, Vec<usize>), Trouble> {
    let filter = table.filter(asked.filter).map_err(|error| Trouble::usage(format!("--filter: {error}")))?;
    let columns = match asked.columns {
        [] => (0..table.columns().len()).collect(),
        names => names.iter().map(|name| column(table, "--columns", name)).collect::<Result<_, _>>()?,
    };
    Ok((filter, columns))
}

/// The column to sort by, and whether its largest comes first.
fn by(text: &str, table: &Table) -> Result<(usize, bool), Trouble> {
    let (text, reversed) = text.strip_prefix('-').map_or((text, false), |text| (text, true));
    let (name, reversed) = text.strip_suffix(":desc").map_or((text, reversed), |name| (name, true));
    column(table, "--sort", name.strip_suffix(":asc").unwrap_or(name)).map(|column| (column, reversed))
}

fn column(table: &Table, option: &str, name: &str) -> Result<usize, Trouble> {
    table.column(name).map_err(|error| Trouble::usage(format!("{option}: {error}")))
}

/// What went wrong with a file.
pub fn told(error: TableError) -> Trouble {
    Trouble::Failure(Failure::from(error))
}

/// Rows in a form of the command line.
enum Output<'a> {
    Plain(Writing<'a>),
    /// The items of one object.
    Envelope(Writing<'a>),
    Lines(Lines<'a>),
}

impl<'a> Output<'a> {
    fn begin(format: Format, table: &Table, columns: &[usize], out: &'a mut dyn Write) -> io::Result<Self> {
        Ok(match format {
            Format::Csv => Self::Plain(Writing::begin(Form::Csv, table, columns, out)?),
            Format::Jsonl => Self::Plain(Writing::begin(Form::JsonLines, table, columns, out)?),
            Format::Json => {
                let now = rfc3339(Timestamp::now());
                write!(out, "{{\"schema\":\"{SCHEMA}\",\"kind\":\"report.rows\",\"context\":null,")?;
                write!(out, "\"environment\":null,\"generated_at\":\"{now}\",\"sources\":[],\"items\":")?;
                Self::Envelope(Writing::begin(Form::Json, table, columns, out)?)
            }
            Format::Table => Self::Lines(Lines::begin(table, columns, out)?),
        })
    }

    fn rows(&mut self, export: &Export) -> Result<(), ExportError> {
        let stop = Stop::default();
        match self {
            Self::Plain(writing) | Self::Envelope(writing) => writing.rows(export, &stop),
            Self::Lines(lines) => {
                export.rows(&stop, &mut |cells| lines.line(&cells))?;
                Ok(lines.out.flush()?)
            }
        }
    }

    /// The end; how many rows there are is known now.
    fn end(self, table: &Table) -> io::Result<()> {
        match self {
            Self::Plain(writing) => writing.end().map(|_| ()),
            Self::Envelope(writing) => {
                let (_, out) = writing.end()?;
                writeln!(out, ",\"total\":{},\"unknown\":[]}}", table.rows())
            }
            Self::Lines(lines) => lines.out.flush(),
        }
    }
}

/// Rows as columns for people; widths are those of the first rows.
struct Lines<'a> {
    widths: Vec<usize>,
    out: &'a mut dyn Write,
}

impl<'a> Lines<'a> {
    fn begin(table: &Table, columns: &[usize], out: &'a mut dyn Write) -> io::Result<Self> {
        let columns = columns.iter().filter_map(|at| table.columns().get(*at));
        let (titles, widths): (Vec<String>, Vec<usize>) = columns
            .map(|column| {
                let title = column.title.to_string();
                let width = usize::from(column.width).max(title.width()).clamp(1, WIDEST);
                (title, width)
            })
            .unzip();
        let mut lines = Self { widths, out };
        lines.line(&titles)?;
        Ok(lines)
    }

    fn line(&mut self, cells: &[String]) -> io::Result<()> {
        let mut text = String::new();
        for (cell, width) in cells.iter().zip(&self.widths) {
            let cell = clipped(&Clean::new(cell), *width);
            let fill = width.saturating_sub(cell.width()) + 2;
            text.push_str(&cell);
            text.extend(std::iter::repeat_n(' ', fill));
        }
        writeln!(self.out, "{}", text.trim_end())
    }
}
