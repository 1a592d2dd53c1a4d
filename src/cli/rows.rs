//! Files of reports on the command line: what the viewer shows, as a stream.

use std::{io, path::PathBuf, sync::Arc};

use super::{
    args::Global,
    console::{self, Console},
    dashboard,
    exit::{Exit, Outcome, Trouble},
    stream::{Asked, Stream, told},
};
use crate::{
    domain::{Failure, FailureKind},
    runtime::Viewing,
    table::{self, Files, Progress, Stop, Table},
};

/// Shows files: in the viewer on a terminal when nothing else is asked for, else on stdout.
///
/// # Errors
/// A file, a filter or a column cannot be used.
pub fn view(files: &Files, columns: &[String], global: &Global, console: &mut Console) -> Outcome {
    let asks = global.output.is_some() || global.filter.is_some() || global.sort.is_some() || !columns.is_empty();
    if !asks && !global.plain && console::not_a_terminal().is_none() {
        let names: Vec<String> = files.paths.iter().map(|file| file.to_string_lossy().into_owned()).collect();
        let viewing = Viewing::new(names.join(", "), files.paths.clone());
        return dashboard::view(global, Viewing { sheet: files.sheet.clone(), ..viewing });
    }
    let filter = global.filter.as_deref().unwrap_or_default();
    let asked = Asked { columns, filter, sort: global.sort.as_deref(), format: console.format() };
    let (stop, guard) = Stop::guarded();
    let mut stream = Stream::new(asked, console.out(), guard);
    let read = table::open(files, &stop, &mut |table| stream.told(&table));
    if let Some(trouble) = stream.trouble() {
        return Err(trouble);
    }
    let table = read.map_err(told)?;
    let late = stream.end(&table)?;
    for remark in table.remarks() {
        console.remark(remark.to_string());
    }
    if late > 0 {
        console.remark(format!("{late} columns came when rows were written already, and are left out"));
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
    table::open(&self::files(files, None), stop, &mut |_| {}).map_err(told)
}

/// Files to be read by this program, and the sheet of a workbook that is wanted.
pub fn files(paths: &[PathBuf], sheet: Option<&str>) -> Files {
    Files { paths: paths.to_vec(), program: std::env::current_exe().ok(), sheet: sheet.map(str::to_owned) }
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
