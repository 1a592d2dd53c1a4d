//! Writing rows as other programs read them.

use std::{
    borrow::Cow,
    io::{self, Write},
    sync::Arc,
};

use super::{batch::Batch, error::TableError, limits::COLUMNS, part::Table, stop::Stop, view::Order};
use crate::domain::{Clean, spreadsheet, text::escape};

/// A form in which rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated; cells that a spreadsheet would run are made text.
    Csv,
    /// One JSON array of objects; every text as it is in the file.
    Json,
    /// The same objects, one a line.
    JsonLines,
    /// A Markdown table, for people.
    Markdown,
}

impl Form {
    /// By the ending of a file name.
    pub fn of(path: &str) -> Option<Self> {
        match path.rsplit('.').next()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "md" | "markdown" => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// Rows to be written.
#[derive(Debug, Clone)]
pub struct Export {
    /// Of this one.
    pub table: Arc<Table>,
    /// Which, in which order.
    pub order: Order,
    /// Which columns, in which order.
    pub columns: Vec<usize>,
}

/// Why rows were not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// They cannot be read.
    #[error(transparent)]
    Read(#[from] TableError),
    /// The other side does not take them.
    #[error("{0}")]
    Write(#[from] io::Error),
}

impl Export {
    /// Writes all rows, a few thousand at a time; returns how many.
    ///
    /// # Errors
    /// A file cannot be read, `out` takes no more, or it was stopped.
    pub fn write(&self, form: Form, stop: &Stop, out: &mut dyn Write) -> Result<usize, ExportError> {
        let mut writing = Writing::begin(form, &self.table, &self.columns, out)?;
        writing.rows(self, stop)?;
        Ok(writing.end()?.0)
    }

    /// Hands over the cells of every row as they are in the file.
    ///
    /// # Errors
    /// As [`Export::write`].
    pub fn rows(&self, stop: &Stop, each: &mut dyn FnMut(Vec<String>) -> io::Result<()>) -> Result<(), ExportError> {
        let mut first = 0;
        let mut batch = Batch::for_rows_of(&self.table);
        loop {
            let numbers = self.order.numbers(first, batch.rows, &self.table);
            if numbers.is_empty() {
                return Ok(());
            }
            if stop.is_set() {
                return Err(TableError::Stopped.into());
            }
            if !batch.read(&numbers, &self.table)? {
                continue;
            }
            for line in batch.lines() {
                let cells: Vec<_> = line.cells().take(COLUMNS).collect();
                let text = |at: &usize| cells.get(*at).cloned().map(super::line::text).unwrap_or_default().into_owned();
                each(self.columns.iter().map(text).collect())?;
            }
            first += numbers.len();
        }
    }
}

/// Rows on their way into a form: a heading, rows as they come, an end.
pub struct Writing<'a> {
    form: Form,
    keys: Vec<String>,
    out: Out<'a>,
    written: usize,
}

enum Out<'a> {
    Csv(Box<csv::Writer<&'a mut dyn Write>>),
    Text(&'a mut dyn Write),
}

impl<'a> Writing<'a> {
    /// Writes what stands before the rows of these columns of a table.
    ///
    /// # Errors
    /// `out` takes no more.
    pub fn begin(form: Form, table: &Table, columns: &[usize], out: &'a mut dyn Write) -> io::Result<Self> {
        let title = |at: &usize| table.columns().get(*at).map_or("", |column| column.title.as_str());
        let titles: Vec<&str> = columns.iter().map(title).collect();
        let keys: Vec<String> = titles.iter().map(|title| json(title)).collect();
        let out = match form {
            Form::Csv => {
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(titles.iter().map(|title| guarded(title).into_owned()))?;
                Out::Csv(Box::new(csv))
            }
            Form::Markdown => {
                markdown(titles.iter().map(|title| (*title).to_owned()), out)?;
                writeln!(out, "|{}", "--|".repeat(titles.len()))?;
                Out::Text(out)
            }
            Form::Json => {
                write!(out, "[")?;
                Out::Text(out)
            }
            Form::JsonLines => Out::Text(out),
        };
        Ok(Self { form, keys, out, written: 0 })
    }

    /// Writes rows, whose columns are those it was begun with; nothing of them waits when it returns.
    ///
    /// # Errors
    /// As [`Export::write`].
    pub fn rows(&mut self, export: &Export, stop: &Stop) -> Result<(), ExportError> {
        let Self { form, keys, out, written } = self;
        export.rows(stop, &mut |cells| {
            let comma = if *written > 0 { "," } else { "" };
            *written += 1;
            match (&mut *out, &*form) {
                (Out::Csv(csv), _) => Ok(csv.write_record(cells.iter().map(|cell| guarded(cell).into_owned()))?),
                (Out::Text(out), Form::Markdown) => markdown(cells.into_iter(), *out),
                (Out::Text(out), Form::JsonLines) => writeln!(out, "{}", object(keys, &cells)),
                (Out::Text(out), Form::Csv | Form::Json) => write!(out, "{comma}\n{}", object(keys, &cells)),
            }
        })?;
        match out {
            Out::Csv(csv) => csv.flush()?,
            Out::Text(out) => out.flush()?,
        }
        Ok(())
    }

    /// Writes what stands behind the rows; how many there were, and where they went.
    ///
    /// # Errors
    /// `out` takes no more.
    pub fn end(self) -> io::Result<(usize, &'a mut dyn Write)> {
        let out = match self.out {
            Out::Csv(csv) => csv.into_inner().map_err(|error| io::Error::from(error.error().kind()))?,
            Out::Text(out) => out,
        };
        if self.form == Form::Json {
            writeln!(out, "\n]")?;
        }
        out.flush()?;
        Ok((self.written, out))
    }
}

/// A cell that no spreadsheet runs and no terminal acts on. Nearly every cell is as it may stay.
fn guarded(cell: &str) -> Cow<'_, str> {
    let is_plain = cell.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if is_plain && cell.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return Cow::Borrowed(cell);
    }
    Cow::Owned(safe(&spreadsheet::guarded(cell.to_owned())))
}

fn markdown(cells: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "|")?;
    for cell in cells {
        write!(out, " {} |", Clean::from(cell).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;"))?;
    }
    writeln!(out)
}

/// A cell whose lines stay, and in which nothing acts on a terminal.
fn safe(cell: &str) -> String {
    let lines: Vec<_> = cell
        .split('\n')
        .map(|line| {
            let (line, end) = line.strip_suffix('\r').map_or((line, ""), |line| (line, "\r"));
            let parts: Vec<_> = line.split('\t').map(escape).collect();
            parts.join("\t") + end
        })
        .collect();
    lines.join("\n")
}

fn object(keys: &[String], cells: &[String]) -> String {
    let members: Vec<String> = keys.iter().zip(cells).map(|(key, cell)| format!("{key}:{}", json(cell))).collect();
    format!("{{{}}}", members.join(","))
}

/// A JSON string that reads as `text`; what could act on a terminal is written as `\u202e`.
fn json(text: &str) -> String {
    use std::fmt::Write as _;
    let plain = serde_json::Value::from(text).to_string();
    if plain.is_ascii() && !plain.contains('\x7f') {
        return plain;
    }
    let mut out = String::with_capacity(plain.len());
    let mut units = [0; 2];
    for c in plain.chars() {
        if matches!(escape(c.encode_utf8(&mut [0; 4])), std::borrow::Cow::Owned(_)) {
            for unit in c.encode_utf16(&mut units) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}
