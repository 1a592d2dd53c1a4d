//! Files of reports on the command line: what the viewer shows, as a stream.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};

use jiff::Timestamp;
use unicode_width::UnicodeWidthStr as _;

use super::{
    args::{Format, Global},
    console::{self, Console},
    dashboard,
    exit::{Exit, Outcome, Trouble},
    grid::clipped,
    item::rfc3339,
    sheet::SCHEMA,
};
use crate::{
    domain::{Clean, Failure, FailureKind},
    runtime::Viewing,
    table::{self, Export, ExportError, Files, Form, Order, Progress, Search, Sorting, Stop, Table, TableError},
};

/// Widest column of a table for people.
const WIDEST: usize = 60;

/// Shows files: in the viewer on a terminal when nothing else is asked for, else on stdout.
///
/// # Errors
/// A file, a filter or a column cannot be used.
pub fn view(files: &[PathBuf], columns: &[String], global: &Global, console: &mut Console) -> Outcome {
    let asks = global.output.is_some() || global.filter.is_some() || global.sort.is_some() || !columns.is_empty();
    if !asks && !global.plain && console::not_a_terminal().is_none() {
        let names: Vec<String> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
        return dashboard::view(global, Viewing::new(names.join(", "), files.to_vec()));
    }
    let stop = Stop::default();
    let table = read(files, &stop)?;
    let export = chosen(&table, columns, global, &stop)?;
    let rows = export.order.len(&table);
    let format = console.format();
    let out = console.out();
    let written = match format {
        Format::Csv => export.write(Form::Csv, &stop, out),
        Format::Jsonl => export.write(Form::JsonLines, &stop, out),
        Format::Json => envelope(&export, rows, &stop, out),
        Format::Table => lines(&export, &stop, out),
    };
    match written {
        Ok(_) => {}
        Err(ExportError::Write(error)) => return Err(error.into()),
        Err(ExportError::Read(error)) => return Err(told(error)),
    }
    for remark in table.remarks() {
        console.remark(remark.to_string());
    }
    if table.bad() > 0 {
        console.remark(format!("{} of {} rows are not as they should be", table.bad(), table.rows()));
    }
    match table.progress() {
        Progress::Broken(why) => {
            console::warn(&format!("rows are missing: {why}"));
            Ok(Exit::of(why.kind))
        }
        Progress::Complete | Progress::Reading { .. } => Ok(Exit::Done),
    }
}

/// Reads files as one table.
///
/// # Errors
/// They cannot be read as one.
pub fn read(files: &[PathBuf], stop: &Stop) -> Result<Arc<Table>, Trouble> {
    let files = Files { paths: files.to_vec(), program: std::env::current_exe().ok() };
    table::open(&files, stop, &mut |_| {}).map_err(told)
}

/// The rows and columns that are asked for.
fn chosen(table: &Arc<Table>, columns: &[String], global: &Global, stop: &Stop) -> Result<Export, Trouble> {
    let text = global.filter.as_deref().unwrap_or_default();
    let filter = table.filter(text).map_err(|error| Trouble::usage(format!("--filter: {error}")))?;
    let column = |option: &'static str, name: &str| {
        table.column(name).map_err(|error| Trouble::usage(format!("{option}: {error}")))
    };
    let sort = global.sort.as_deref().map(|text| {
        let (text, reversed) = text.strip_prefix('-').map_or((text, false), |text| (text, true));
        let (name, reversed) = text.strip_suffix(":desc").map_or((text, reversed), |name| (name, true));
        column("--sort", name.strip_suffix(":asc").unwrap_or(name)).map(|column| (column, reversed))
    });
    let sort = sort.transpose()?;
    let columns = match columns {
        [] => (0..table.columns().len()).collect(),
        names => names.iter().map(|name| column("--columns", name)).collect::<Result<_, _>>()?,
    };
    let mut order = Order::default();
    if !filter.is_all() {
        let search = Search { table: Arc::clone(table), filter, from: 0, among: None, now: Timestamp::now() };
        order.rows = Some(search.run(stop, &mut |_| {}).map_err(told)?.into());
    }
    if let Some((column, reversed)) = sort {
        let sorting = Sorting { table: Arc::clone(table), rows: order.rows.take(), column };
        order = Order { rows: Some(sorting.run(stop).map_err(told)?.into()), reversed };
    }
    Ok(Export { table: Arc::clone(table), order, columns })
}

fn told(error: TableError) -> Trouble {
    Trouble::Failure(Failure::from(error))
}

/// The rows as items of one object.
fn envelope(export: &Export, rows: usize, stop: &Stop, out: &mut dyn Write) -> Result<usize, ExportError> {
    let now = rfc3339(Timestamp::now());
    write!(out, "{{\"schema\":\"{SCHEMA}\",\"kind\":\"report.rows\",\"context\":null,\"environment\":null,")?;
    write!(out, "\"generated_at\":\"{now}\",\"sources\":[],\"total\":{},\"items\":", export.table.rows())?;
    export.write(Form::Json, stop, out)?;
    writeln!(out, ",\"unknown\":[]}}")?;
    Ok(rows)
}

/// The rows as columns for people; widths are those of the first rows.
fn lines(export: &Export, stop: &Stop, out: &mut dyn Write) -> Result<usize, ExportError> {
    let columns = export.columns.iter().filter_map(|at| export.table.columns().get(*at));
    let (titles, widths): (Vec<String>, Vec<usize>) = columns
        .map(|column| {
            let title = column.title.to_string();
            let width = usize::from(column.width).max(title.width()).clamp(1, WIDEST);
            (title, width)
        })
        .unzip();
    let mut line = |cells: &[String]| -> io::Result<()> {
        let mut text = String::new();
        for (cell, width) in cells.iter().zip(&widths) {
            let cell = clipped(&Clean::new(cell), *width);
            let fill = width.saturating_sub(cell.width()) + 2;
            text.push_str(&cell);
            text.extend(std::iter::repeat_n(' ', fill));
        }
        writeln!(out, "{}", text.trim_end())
    };
    line(&titles)?;
    let mut rows = 0;
    export.rows(stop, &mut |cells| {
        rows += 1;
        line(&cells)
    })?;
    Ok(rows)
}

/// Reads the sheets of the file that is stdin, with little memory and time: the child of a table that is read.
///
/// # Errors
/// stdin is no file, or stdout takes no more.
pub fn read_sheets(console: &mut Console) -> Outcome {
    limit();
    let file = stdin().map_err(|error| {
        let title = format!("stdin cannot be read as a file ({})", error.kind());
        Failure::new(FailureKind::Configuration, title)
    })?;
    table::sheet::write(file, console.out())?;
    Ok(Exit::Done)
}

#[cfg(unix)]
fn stdin() -> io::Result<std::fs::File> {
    use std::os::fd::AsFd as _;
    io::stdin().as_fd().try_clone_to_owned().map(Into::into)
}

#[cfg(windows)]
fn stdin() -> io::Result<std::fs::File> {
    use std::os::windows::io::AsHandle as _;
    io::stdin().as_handle().try_clone_to_owned().map(Into::into)
}

/// 512 MiB of memory and 60 s of processor; whoever asks for more is ended by the system.
fn limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let most = |limit| Rlimit { current: Some(limit), maximum: Some(limit) };
        let _ = setrlimit(Resource::As, most(512 << 20));
        let _ = setrlimit(Resource::Cpu, most(60));
    }
}
