//! What a command works with: a context, its client, a moment.

use std::{ops::AsyncFnOnce, sync::Arc};

use jiff::Timestamp;

use super::{
    args::{Format, Global},
    connect::{self, Connection},
    console::{self, Console},
    exit::{Exit, Outcome},
    grid::Grid,
    item::Item,
    sheet::{Gap, Head, Sheet, Source},
};
use crate::{
    audit::Logs,
    client::{Client, Service},
    config::{Config, Context, KeyName, KeySource, paths},
    domain::{
        Failure, FailureKind,
        audit::AuditEvent,
        dataset::{Completeness, Dataset},
    },
    downloads::Downloads,
    present::{Look, column::Record as _},
    runtime::Shelf,
    store::{Place, Store},
    writes::{System, Writer},
};

/// Said when the simulator is used because there is nothing else.
pub const UNASKED: &str =
    "no configuration, so this is the built-in simulator; `certdeck context new` connects an account";

/// A context that is open for one command.
pub struct Session {
    now: Timestamp,
    connection: Connection,
    runtime: tokio::runtime::Runtime,
}

/// A session, with what was asked for and where to write.
pub struct Desk<'a> {
    /// Options of the command.
    pub global: &'a Global,
    /// Where to write.
    pub console: &'a mut Console,
    service: Service,
    session: Session,
}

/// What a command hands over to be printed.
pub struct Print<'a> {
    /// Kind of the items.
    pub kind: &'static str,
    /// Where they were read.
    pub sources: Vec<Source>,
    /// Names of the members.
    pub members: &'static [&'static str],
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

impl Session {
    /// Opens the context that the options ask for, with the keys of `services`; a key that cannot be had is told later.
    ///
    /// # Errors
    /// The configuration or the context cannot be used.
    pub fn open_any(global: &Global, services: &[Service]) -> Result<Self, Failure> {
        let connection = connect::open(&connect::Selection::from(global), services)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Failure::new(FailureKind::Internal, format!("no task can be started ({})", error.kind()))
        })?;
        // The simulator's clock stands still, so that two runs of the demo print the same.
        let now = connection.clock.unwrap_or_else(Timestamp::now);
        Ok(Self { now, connection, runtime })
    }

    /// Now.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The context.
    pub const fn context(&self) -> &Context {
        &self.connection.context
    }

    /// The client.
    pub const fn client(&self) -> &Client {
        &self.connection.client
    }

    /// Services without a usable key.
    pub fn failures(&self) -> &[(Service, Failure)] {
        &self.connection.failures
    }

    /// The configuration.
    pub const fn config(&self) -> &Config {
        &self.connection.config
    }

    /// Says that this is only the simulator; or, when the command is done, that keys of `services` come from the
    /// environment.
    pub fn greet(&self, services: &[Service], console: &mut Console) {
        if self.connection.unasked {
            console::warn(UNASKED);
        }
        let context = self.context();
        let variables = context.keys().into_iter().filter_map(|(key, source)| match source {
            KeySource::Env(name) if services.contains(&service(&key)) => Some(name.as_str()),
            _ => None,
        });
        let variables: Vec<&str> = variables.collect();
        if !variables.is_empty() {
            console.remark(format!(
                "keys come from the environment ({}), which programs started beside this one can read; a keyring entry or \
                 a key file is safer",
                variables.join(", ")
            ));
        }
    }

    /// Runs calls to the end.
    ///
    /// # Errors
    /// Those of the calls.
    pub fn wait<T>(&self, calls: impl AsyncFnOnce(&Client) -> Result<T, Failure>) -> Result<T, Failure> {
        self.runtime.block_on(calls(&self.connection.client))
    }

    /// The failure of a service with the context that it belongs to, where that is what has to be looked at.
    fn placed(&self, service: Service, failure: Failure) -> Failure {
        match failure.kind {
            FailureKind::Configuration | FailureKind::NotAuthenticated => {
                let title = format!("context {}, {}: {}", self.context().name, name(service), failure.title);
                Failure { title: title.into(), ..failure }
            }
            _ => failure,
        }
    }
}

impl<'a> Desk<'a> {
    /// Opens the context for a command that needs `service`.
    ///
    /// # Errors
    /// The configuration, the context or a key of the service cannot be used.
    pub fn open(global: &'a Global, console: &'a mut Console, service: Service) -> Result<Self, Failure> {
        let session = Session::open_any(global, &[service])?;
        if let Some((_, failure)) = session.failures().first() {
            return Err(session.placed(service, failure.clone()));
        }
        session.greet(&[service], console);
        Ok(Self { global, console, service, session })
    }

    /// Opens the context for a command that asks no service and needs no key.
    ///
    /// # Errors
    /// The configuration or the context cannot be used.
    pub fn local(global: &'a Global, console: &'a mut Console) -> Result<Self, Failure> {
        let session = Session::open_any(global, &[])?;
        session.greet(&[], console);
        Ok(Self { global, console, service: Service::One, session })
    }

    /// Opens the context for a command that asks all of its services; one whose key cannot be had is told when it is
    /// asked.
    ///
    /// # Errors
    /// The configuration or the context cannot be used.
    pub fn every(global: &'a Global, console: &'a mut Console) -> Result<Self, Failure> {
        let all = [Service::CertCentral, Service::Partner, Service::One];
        let session = Session::open_any(global, &all)?;
        session.greet(&all, console);
        Ok(Self { global, console, service: Service::One, session })
    }

    /// Whether the context has a service.
    pub fn has(&self, service: Service) -> bool {
        let context = self.context();
        match service {
            Service::CertCentral => context.certcentral.is_some(),
            Service::Partner => context.partner.is_some(),
            Service::One => context.one.is_some(),
        }
    }

    /// The configuration.
    pub const fn config(&self) -> &Config {
        self.session.config()
    }

    /// What sends changes of this context; of the demonstration the journal is gone with the program.
    pub fn writer(&self) -> Writer {
        let Connection { client, clock, .. } = &self.session.connection;
        let clock: crate::store::Clock = match *clock {
            Some(still) => Arc::new(move || still),
            None => Arc::new(Timestamp::now),
        };
        let kept = self.place();
        Writer::new(client.clone(), kept.store, kept.context, Arc::new(System::new(clock)))
    }

    /// Now.
    pub const fn now(&self) -> Timestamp {
        self.session.now()
    }

    /// The context.
    pub const fn context(&self) -> &Context {
        self.session.context()
    }

    /// Where the context keeps what lasts; that of the demonstration is gone with the program.
    pub fn place(&self) -> Shelf {
        let still = self.session.connection.clock.unwrap_or_else(Timestamp::now);
        self.shelf().unwrap_or_else(|| Shelf {
            store: Store::open(Place::Memory, Arc::new(move || still)),
            context: connect::kept_as(self.context()),
        })
    }

    /// Where the lists and notes of the context are kept; `None` for the demonstration, which keeps nothing.
    pub fn shelf(&self) -> Option<Shelf> {
        let is_real = self.session.connection.clock.is_none();
        is_real.then(|| Shelf { store: connect::store(), context: connect::kept_as(self.context()) })
    }

    /// The audit events of the context; those of the demonstration are gone with the program.
    pub fn logs(&self) -> Logs {
        let connection = &self.session.connection;
        let Shelf { store, context } = self.shelf().unwrap_or_else(|| Shelf {
            store: Store::open(Place::Memory, Arc::new(Timestamp::now)),
            context: connect::kept_as(self.context()),
        });
        let state = paths::state_dir(&|name| std::env::var_os(name)).filter(|_| connection.clock.is_none());
        let downloads = state.map(|state| Downloads::new(&state, &self.context().name));
        let index = store.index(&context, AuditEvent::FIELDS);
        Logs { index, store, context, downloads, keep: connect::audit_keep(self.config()) }
    }

    /// Runs calls to the end.
    ///
    /// # Errors
    /// Those of the calls.
    pub fn wait<T>(&self, calls: impl AsyncFnOnce(&Client) -> Result<T, Failure>) -> Result<T, Failure> {
        self.session.wait(calls).map_err(|failure| self.session.placed(self.service, failure))
    }

    /// As [`Desk::wait`], of another service than that of the command.
    ///
    /// # Errors
    /// Its key cannot be had, or those of the calls.
    pub fn wait_for<T>(
        &self,
        service: Service,
        calls: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let without =
            self.session.failures().iter().find(|(of, _)| *of == service && !self.session.client().has(service));
        let done = match without {
            Some((_, failure)) => Err(failure.clone()),
            None => self.session.wait(calls),
        };
        done.map_err(|failure| self.session.placed(service, failure))
    }

    /// How cells are written.
    pub fn look(&self) -> Look {
        Look { ascii: self.console.ascii(), ..Look::utc(self.session.now) }
    }

    /// Writes items to stdout.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn print(&mut self, print: Print<'_>) -> Outcome {
        let head = self.head(print.kind, print.sources, print.total, print.unknown, print.gaps);
        let sheet = Sheet { head, members: print.members, len: print.len, item: print.item, grid: print.grid };
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
        let source = Source {
            name: "one",
            as_of: Some(super::item::rfc3339(self.session.now)),
            complete: true,
            error: None,
            notes: Vec::new(),
        };
        let grid = Grid::default;
        let sources = vec![source];
        self.print(Print {
            kind,
            members: &[],
            sources,
            total: 1,
            len: 1,
            item: &item,
            grid: &grid,
            unknown: Vec::new(),
            gaps: None,
        })
    }

    fn head(
        &self,
        kind: &'static str,
        sources: Vec<Source>,
        total: usize,
        unknown: Vec<String>,
        gaps: Option<Vec<Gap>>,
    ) -> Head {
        let context = self.session.context();
        Head {
            kind,
            context: Some(context.name.clone()),
            environment: Some(context.environment.as_str()),
            generated_at: self.session.now,
            sources,
            total,
            unknown,
            gaps,
            sections: None,
        }
    }
}

/// Tells on stderr what is missing from a list or odd about it; the exit code that goes with it.
pub fn warn_of<T>(name: &str, data: &Dataset<T>) -> Exit {
    for note in &data.notes {
        console::warn(&format!("{name}: {note}"));
    }
    let Completeness::Partial { read, of, why } = &data.completeness else { return Exit::Done };
    let of = of.map_or_else(String::new, |of| format!(" of {of}"));
    console::warn(&format!("{name}: not complete, {read}{of} parts were read: {why}"));
    match why.kind {
        // An account that the configuration leaves out is known and does not fail.
        FailureKind::Configuration => Exit::Done,
        kind => Exit::of(kind),
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

/// The service that a key is for.
pub const fn service(key: &KeyName) -> Service {
    match key {
        KeyName::CertCentral => Service::CertCentral,
        KeyName::PartnerParent | KeyName::Subaccount(_) => Service::Partner,
        KeyName::One => Service::One,
    }
}
