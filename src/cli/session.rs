//! What a command works with: a context, its client, a moment.

use std::ops::AsyncFnOnce;

use jiff::Timestamp;

use super::{
    args::{Format, Global},
    connect::Connection,
    console::{self, Console},
    exit::{Exit, Outcome},
    grid::Grid,
    item::Item,
    sheet::{Gap, Head, Sheet, Source},
};
use crate::{
    client::{Client, Service},
    domain::{
        Failure,
        dataset::{Completeness, Dataset},
    },
    present::Look,
};

/// A context that is open for one command.
pub struct Session<'a> {
    global: &'a Global,
    now: Timestamp,
    connection: Connection,
    console: &'a mut Console,
    runtime: tokio::runtime::Runtime,
}

/// What a command hands over to be printed.
pub struct Print<'a> {
    /// Kind of the items.
    pub kind: &'static str,
    /// Where they were read.
    pub sources: Vec<Source>,
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
    /// A session on `connection`. The simulator's clock stands still, so that two runs of the demo print the same.
    pub fn new(
        global: &'a Global,
        console: &'a mut Console,
        connection: Connection,
        runtime: tokio::runtime::Runtime,
    ) -> Self {
        let now = connection.clock.unwrap_or_else(Timestamp::now);
        Self { global, now, connection, console, runtime }
    }

    /// Options of the command.
    pub const fn global(&self) -> &'a Global {
        self.global
    }

    /// Now.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Runs calls to the end.
    ///
    /// # Errors
    /// Those of the calls.
    pub fn wait<T>(&self, calls: impl AsyncFnOnce(&Client) -> Result<T, Failure>) -> Result<T, Failure> {
        self.runtime.block_on(calls(&self.connection.client))
    }

    /// How cells are written.
    pub fn look(&self) -> Look {
        Look { ascii: self.console.ascii(), ..Look::utc(self.now) }
    }

    /// What stands in `sources` for a list.
    pub fn source<T>(&self, service: Service, data: &Dataset<T>) -> Source {
        Source::read(name(service), data.read_at, &data.completeness)
    }

    /// Tells on stderr what is missing from a list or odd about it; the exit code that goes with it.
    pub fn warn_of<T>(&self, service: Service, data: &Dataset<T>) -> Exit {
        let name = name(service);
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
    pub fn print(&mut self, print: Print<'_>) -> Outcome {
        let head = self.head(print.kind, print.sources, print.total, print.unknown, print.gaps);
        let sheet = Sheet { head, len: print.len, item: print.item, grid: print.grid };
        sheet.write(self.console.format(), self.console.out())?;
        Ok(Exit::Done)
    }

    /// Writes a text as it is, or the item that holds it.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn print_text(&mut self, text: &str, kind: &'static str, item: &Item) -> Outcome {
        if self.console.format() == Format::Table {
            self.console.out().write_all(text.as_bytes())?;
            return Ok(Exit::Done);
        }
        let item = |_: usize| item.clone();
        let source = Source { name: "one", as_of: Some(super::item::rfc3339(self.now)), complete: true, error: None };
        let grid = Grid::default;
        let sources = vec![source];
        self.print(Print { kind, sources, total: 1, len: 1, item: &item, grid: &grid, unknown: Vec::new(), gaps: None })
    }

    fn head(
        &self,
        kind: &'static str,
        sources: Vec<Source>,
        total: usize,
        unknown: Vec<String>,
        gaps: Option<Vec<Gap>>,
    ) -> Head {
        let context = &self.connection.context;
        Head {
            kind,
            context: Some(context.name.clone()),
            environment: Some(context.environment.as_str()),
            generated_at: self.now,
            sources,
            total,
            unknown,
            gaps,
        }
    }
}

/// Name of a service in `sources` and in messages.
pub const fn name(service: Service) -> &'static str {
    match service {
        Service::CertCentral => "certcentral",
        Service::Partner => "partner",
        Service::One => "one",
    }
}
