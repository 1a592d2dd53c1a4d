//! Work on files for the viewer, on threads that may block; dropping a call ends it.

use std::{
    io::{self, BufWriter},
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::perform::Replies;
use crate::{
    domain::{Clean, Failure, FailureKind},
    flow::{
        Msg, Reply,
        table::{TableReply, TableWork},
    },
    priority,
    table::{self, Diff, Export, ExportError, Files, Form, Stop, Table, TableError},
};

/// Shortest time between two reports of a search.
const PROGRESS: Duration = Duration::from_millis(34);

/// Rows of the first page, whatever the screen is.
const FIRST: u32 = 120;
/// Why a name is not taken.
const STAYS: &str = "there is a file of that name, and it stays";

/// Does it; what is found on the way goes to the loop 30 times a second at most.
pub async fn work(work: TableWork, replies: &Replies) -> Result<Reply, Failure> {
    let (stop, _guard) = Stop::guarded();
    let replies = replies.clone();
    let (sender, done) = oneshot::channel();
    let is_shown = matches!(work, TableWork::Rows(..));
    let job = move || {
        // A call that was dropped takes nothing.
        let _ = sender.send(run(work, &stop, &replies));
    };
    if is_shown {
        tokio::task::spawn_blocking(job);
    } else {
        // Without the thread nobody holds the other end, which is told below.
        let _ = thread::Builder::new().name("table".to_owned()).spawn(move || {
            // What goes through all rows takes every core.
            priority::give_way();
            priority::crew_gives_way();
            job();
        });
    }
    let fault = |_| Failure::new(FailureKind::Internal, "reading the file failed: a fault of this program");
    done.await.map_err(fault)?.map(Reply::Table)
}

fn run(work: TableWork, stop: &Stop, replies: &Replies) -> Result<TableReply, Failure> {
    match work {
        TableWork::Open(files) => {
            let mut begun = false;
            let mut told = |table: Arc<Table>| {
                let is_first = !begun && table.rows() > 0;
                begun |= is_first;
                let numbers = || (0..table.rows().min(FIRST)).collect::<Vec<u32>>();
                let rows = if is_first { table.rows_at(&numbers()).ok() } else { None };
                tell(
                    replies,
                    match rows {
                        Some(rows) => TableReply::Begun(table, rows),
                        None => TableReply::Grown(table),
                    },
                );
            };
            Ok(TableReply::Read(open(files, stop, &mut told)?))
        }
        TableWork::Compare { before, after, column } => {
            let key = after.columns().get(column).map(|column| column.name.clone()).into_iter().collect();
            let before = open(before, stop, &mut |_| {})?;
            Ok(TableReply::Compared(Box::new(Diff { before, after, key }.run(stop)?)))
        }
        TableWork::Rows(table, place, numbers) => Ok(TableReply::Rows(place, table.rows_at(&numbers)?)),
        TableWork::Search(search) => {
            let mut last = Instant::now();
            let mut found = |rows: &[u32]| {
                if last.elapsed() >= PROGRESS {
                    last = Instant::now();
                    tell(replies, TableReply::Finding(rows.to_vec()));
                }
            };
            Ok(TableReply::Found(search.run(stop, &mut found)?))
        }
        TableWork::Sort(sorting) => Ok(TableReply::Sorted(sorting.run(stop)?)),
        TableWork::Count(count) => Ok(TableReply::Counted(Box::new(count.run(stop)?))),
        TableWork::Write(export, form, path) => write(&export, form, &path, stop),
    }
}

/// Reads files; this program itself reads their sheets.
fn open(files: Files, stop: &Stop, told: &mut dyn FnMut(Arc<Table>)) -> Result<Arc<Table>, TableError> {
    table::open(&Files { program: std::env::current_exe().ok(), ..files }, stop, told)
}

/// A loop that is busy takes the next one.
fn tell(replies: &Replies, reply: TableReply) {
    let msg = Msg::Reply { key: replies.key, generation: replies.generation, result: Ok(Reply::Table(reply)) };
    let _ = replies.queue.try_send(msg);
}

/// Writes rows to a new file, readable by this user alone. It has no name until it is whole, and takes none that is there.
fn write(export: &Export, form: Form, path: &str, stop: &Stop) -> Result<TableReply, Failure> {
    let shown = Clean::new(path);
    let refused = |why: &str| {
        Failure::new(FailureKind::Refused, format!("{shown} was not written: {why}")).hint("w takes another name")
    };
    let failed = |error: &io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => refused(STAYS),
        kind => refused(&kind.to_string()),
    };
    let path = Path::new(path);
    // Rows are not read for a name that cannot be had; a link is a name too.
    if path.symlink_metadata().is_ok() {
        return Err(refused(STAYS));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = tempfile::Builder::new().prefix(".certdeck-").tempfile_in(folder);
    let mut out = BufWriter::new(place.map_err(|error| failed(&error))?);
    let rows = export.write(form, stop, &mut out).map_err(|error| match error {
        ExportError::Read(TableError::Stopped) => TableError::Stopped.into(),
        ExportError::Read(error) => refused(&error.to_string()),
        ExportError::Write(error) => failed(&error),
    })?;
    let place = out.into_inner().map_err(|error| failed(error.error()))?;
    place.as_file().sync_all().map_err(|error| failed(&error))?;
    place.persist_noclobber(path).map_err(|error| failed(&error.error))?;
    Ok(TableReply::Written(shown, rows))
}
