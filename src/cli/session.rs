//! What a command works with: a context, its client, a moment.

use std::future::Future;

use jiff::Timestamp;

use super::{
    args::Global,
    connect::{self, Connection},
    console::{self, Console},
    exit::{Exit, Outcome},
    grid::Grid,
    item::Item,
    sheet::{Gap, Head, Sheet, Source},
};
use crate::{
    client::Client,
    domain::{Failure, FailureKind, dataset::{Completeness, Dataset}},
    present::Look,
};

/// A context that is open for one command.
pub struct Session<'a> {
    /// Options of the command.
    pub global: &'a Global,
    /// Now; the simulator's clock stands still, so that two runs of the demo give the same.
    pub now: Timestamp,
    /// The context and what it stands on.
    pub connection: Connection,
    console: &'a mut Console,
    runtime: tokio::runtime::Runtime,
}

/// What a command hands over to be printed.
pub struct Print<'a> {
    /// Kind of the items.
    pub kind: &'static str,
    /// Rows before the filter.
    pub total: usize,
    /// Items.
    pub len: usize,
    /// Makes an item.
    pub item: &'a dyn Fn(usize) -> Item,
    /// The items for people.
    pub grid: &'a dyn Fn() -> Grid,
    /// Paths of what is not known.
    pub unknown: Vec<String>,
    /// Gaps, for kinds that have them.
    pub gaps: Option<Vec<Gap>>,
}

impl<'a> Session<'a> {
    /// Opens the context that the options ask for.
    ///
    /// # Errors
    /// The configuration or a key cannot be used.
    pub fn open(global: &'a Global, console: &'a mut Console) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
            Failure::new(FailureKind::Internal, format!("no task can be started ({})", error.kind()))
        })?;
        let connection = runtime.block_on(async { connect::open(global) })?;
        if connection.unasked {
            console::warn(
                "no configuration, so this is the built-in simulator; `certdeck config template` prints a file to start from",
            );
        }
        let now = connection.clock.unwrap_or_else(Timestamp::now);
        Ok(Self { global, now, connection, console, runtime })
    }

    /// Runs calls to the end.
    pub fn wait<'s, F, Fut, T>(&'s self, calls: F) -> Result<T, Failure>
    where
        F: FnOnce(&'s Client) -> Fut,
        Fut: Future<Output = Result<T, Failure>> + 's,
    {
        self.runtime.block_on(calls(&self.connection.client))
    }

    /// How cells are written.
    pub fn look(&self) -> Look {
        Look { ascii: self.console.ascii(), ..Look::utc(self.now) }
    }

    /// What stands in `sources` for a list.
    pub fn source<T>(&self, name: &'static str, data: &Dataset<T>) -> Source {
        let at = if self.connection.clock.is_some() { self.now } else { data.read_at };
        Source::read(name, at, &data.completeness)
    }

    /// Tells on stderr what is missing from a list or odd about it; the exit code that goes with it.
    pub fn warn_of<T>(&self, name: &str, data: &Dataset<T>) -> Exit {
        for note in &data.notes {
            console::warn(&format!("{name}: {note}"));
        }
        let Completeness::Partial { read, of, why } = &data.completeness else { return Exit::Done };
        let of = of.map_or_else(String::new, |of| format!(" of {of}"));
        console::warn(&format!("{name}: not complete, {read}{of} parts were read: {why}"));
        Exit::of(why.kind)
    }

    /// Writes items to stdout.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn print(&mut self, sources: Vec<Source>, print: Print<'_>) -> Outcome {
        let context = &self.connection.context;
        let head = Head {
            kind: print.kind,
            context: Some(context.name.clone()),
            environment: Some(context.environment.as_str()),
            generated_at: self.now,
            sources,
            total: print.total,
            unknown: print.unknown,
            gaps: print.gaps,
        };
        let sheet = Sheet { head, len: print.len, item: print.item, grid: print.grid };
        sheet.write(self.console.format(), self.console.out())?;
        Ok(Exit::Done)
    }
}
