//! Work on files for the viewer, on threads that may block; dropping a call ends it.

use std::{
    io::{self, BufWriter, Write as _},
    sync::Arc,
    time::{Duration, Instant},
};

use super::perform::Replies;
use crate::{
    domain::{Clean, Failure, FailureKind},
    flow::{
        Msg, Reply,
        table::{TableReply, TableWork},
    },
    table::{self, Export, ExportError, Files, Form, Stop, Table, TableError},
};

/// Shortest time between two reports of a search.
const PROGRESS: Duration = Duration::from_millis(34);

/// Does it; what is found on the way goes to the loop 30 times a second at most.
pub async fn work(work: TableWork, replies: &Replies) -> Result<Reply, Failure> {
    let (stop, _guard) = Stop::guarded();
    let replies = replies.clone();
    let done = tokio::task::spawn_blocking(move || run(work, &stop, &replies)).await;
    let fault = |_| Failure::new(FailureKind::Internal, "reading the file failed: a fault of this program");
    done.map_err(fault)?.map(Reply::Table)
}

fn run(work: TableWork, stop: &Stop, replies: &Replies) -> Result<TableReply, Failure> {
    match work {
        TableWork::Open(files) => {
            let mut told = |table: Arc<Table>| tell(replies, TableReply::Grown(table));
            let files = Files { program: std::env::current_exe().ok(), ..files };
            Ok(TableReply::Read(table::open(&files, stop, &mut told)?))
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

/// A loop that is busy takes the next one.
fn tell(replies: &Replies, reply: TableReply) {
    let msg = Msg::Reply { key: replies.key, generation: replies.generation, result: Ok(Reply::Table(reply)) };
    let _ = replies.queue.try_send(msg);
}

/// Writes rows to a new file, readable by this user alone. A file that is not whole does not stay.
fn write(export: &Export, form: Form, path: &str, stop: &Stop) -> Result<TableReply, Failure> {
    let shown = Clean::new(path);
    let refused = |why: String| {
        Failure::new(FailureKind::Refused, format!("{shown} was not written: {why}")).hint("w takes another name")
    };
    let mut open = std::fs::OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    let file = open.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => refused("there is a file of that name, and it stays".to_owned()),
        kind => refused(kind.to_string()),
    })?;
    let mut out = BufWriter::new(file);
    let written = export.write(form, stop, &mut out).and_then(|rows| {
        out.flush()?;
        out.get_ref().sync_all()?;
        Ok(rows)
    });
    match written {
        Ok(rows) => Ok(TableReply::Written(shown, rows)),
        Err(error) => {
            drop(out);
            let _ = std::fs::remove_file(path);
            Err(match error {
                ExportError::Read(TableError::Stopped) => TableError::Stopped.into(),
                ExportError::Read(error) => refused(error.to_string()),
                ExportError::Write(error) => refused(error.kind().to_string()),
            })
        }
    }
}
