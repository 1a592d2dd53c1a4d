//! The way into the dashboard.

use std::{
    any::Any,
    sync::{Arc, OnceLock},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    args::Global,
    connect::{self, Plan, Selection},
    console::{self, Console},
    decide, demo,
    exit::{Exit, Outcome},
    papers,
    probe::ALL,
    session::Desk,
    talk::Terminal,
    welcome,
};
use crate::{
    client::Service,
    config::{
        self, Config, Context,
        contexts::DEMO,
        paths,
        settings::{Refresh, Ui},
    },
    domain::{Failure, FailureKind},
    downloads::Downloads,
    runtime::{
        self, Clock, Configured, Contexts, Dashboard, Ending, Environment, Errand, Opened, Opening, Place, Shelf,
        Viewing,
    },
    store::{self, Store},
};

/// Opens the dashboard and returns when it ends.
///
/// # Errors
/// `Cancelled` (exit 3) without a terminal; else what the dashboard ended with.
pub fn open(global: &Global, console: &mut Console) -> Outcome {
    if let Some(stream) = console::not_a_terminal() {
        let title = format!("the dashboard needs a terminal, and {stream} is none");
        let hint = "the commands of `certdeck --help` work without one";
        return Err(Failure::new(FailureKind::Cancelled, title).hint(hint).into());
    }
    if global.plain || std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb") {
        return plain(global, console);
    }
    let plan = Plan::of(&Selection::from(global))?;
    let contexts = Arc::new(Known::of(&plan));
    let dashboard = describe(&plan, global, contexts.places())?;
    match runtime::dashboard(dashboard, contexts)? {
        Ending::Quit => Ok(Exit::Done),
        Ending::Signal(number) => Ok(Exit::signal(number)),
        Ending::Errand(Errand::Template) => papers::template(console),
        Ending::Errand(Errand::Connect) => match welcome::connect(console)? {
            Some(_) => open(global, console),
            None => Ok(Exit::Done),
        },
    }
}

/// Shows files in the viewer alone: no service is opened, and no context.
///
/// # Errors
/// The configuration cannot be used; else what the dashboard ended with.
pub fn view(global: &Global, viewing: Viewing) -> Outcome {
    let config = match Plan::of(&Selection::from(global))? {
        Plan::Demo { .. } => Config::default(),
        Plan::Configured { config, .. } => *config,
    };
    // No source is read, so no clock has to run beside it.
    let ui = Ui { refresh: Duration::ZERO, ..config.ui };
    let config = Config { ui, refresh: Refresh::default(), ..config };
    let place = Place {
        read_only: Some("only files are shown".into()),
        ..runtime::place("files", Environment::Files, &[], None)
    };
    let dashboard = Dashboard {
        config,
        places: vec![place.clone()],
        place,
        theme: theme(global)?,
        ascii: !console::is_utf8(),
        greeting: None,
        welcome: false,
        view: Some(viewing),
    };
    match runtime::dashboard(dashboard, Arc::new(Nowhere))? {
        Ending::Signal(number) => Ok(Exit::signal(number)),
        Ending::Quit | Ending::Errand(_) => Ok(Exit::Done),
    }
}

/// No context at all.
struct Nowhere;

impl Contexts for Nowhere {
    fn clock(&self, _: &str) -> Clock {
        Arc::new(Timestamp::now)
    }

    fn shelf(&self, _: &Opening) -> Option<Shelf> {
        None
    }

    fn key_variables(&self) -> Vec<String> {
        Vec::new()
    }

    fn open(&self, _: &Opening) -> Result<Opened, Failure> {
        Err(Failure::new(FailureKind::Configuration, "only files are shown, and no service is asked"))
    }
}

/// The requests that wait, line by line: what needs an answer on a terminal that cannot be drawn on.
fn plain(global: &Global, console: &mut Console) -> Outcome {
    console::say(
        "certdeck, line by line: CA requests. `certdeck acme list`, `ca tree`, `report list` and `audit list` print",
    );
    console::say("the rest as plain text, and `certdeck check` says what is due.");
    let mut desk = Desk::open(global, console, Service::One)?;
    let mut terminal = Terminal::open("a request is reviewed", "`certdeck ca requests --help` shows the commands")?;
    decide::ask(&mut terminal, &mut desk)
}

/// The contexts of the configuration, and the simulator.
struct Known {
    config: Config,
    /// Opened with the first context: the first frame does not wait for it, nor share the processor with it.
    store: OnceLock<Store>,
    /// Whether anything is kept: not by the demonstration.
    keeps: bool,
}

impl Known {
    fn of(plan: &Plan) -> Self {
        let (config, keeps) = match plan {
            Plan::Demo { .. } => (Config::default(), false),
            Plan::Configured { config, .. } => ((**config).clone(), true),
        };
        Self { config, store: OnceLock::new(), keeps }
    }

    fn store(&self) -> &Store {
        let open = || {
            if self.keeps { connect::store() } else { Store::open(store::Place::Memory, Arc::new(Timestamp::now)) }
        };
        self.store.get_or_init(open)
    }

    fn places(&self) -> Vec<Place> {
        let simulator = !self.config.contexts.contains_key(DEMO) && cfg!(feature = "simulator");
        self.config.contexts.values().map(place).chain(simulator.then(demo_place)).collect()
    }

    /// A context of the configuration, with the account that is to be read; `None` for the simulator.
    fn context(&self, at: &Opening) -> Option<Context> {
        let mut context = self.config.contexts.get(&at.context)?.clone();
        if let Some(one) = &mut context.one {
            one.account_id.clone_from(&at.account);
        }
        Some(context)
    }
}

impl Contexts for Known {
    fn clock(&self, name: &str) -> Clock {
        if self.config.contexts.contains_key(name) { Arc::new(Timestamp::now) } else { demo::clock(true) }
    }

    fn shelf(&self, at: &Opening) -> Option<Shelf> {
        let context = self.context(at)?;
        Some(Shelf { store: self.store().clone(), context: connect::kept_as(&context) })
    }

    fn key_variables(&self) -> Vec<String> {
        self.config.contexts.values().flat_map(Context::key_variables).collect()
    }

    fn audit_keep(&self) -> jiff::SignedDuration {
        connect::audit_keep(&self.config)
    }

    fn open(&self, at: &Opening) -> Result<Opened, Failure> {
        let plan = match self.context(at) {
            Some(context) => Plan::Configured { config: Box::new(self.config.clone()), context: Box::new(context) },
            None => Plan::Demo { unasked: false },
        };
        let connection = plan.open(&ALL, true)?;
        let (client, failures) = (connection.client.clone(), connection.failures.clone());
        // What is fetched of the simulator goes with it; without a place for that nothing is kept.
        let brief = connection.clock.as_ref().and_then(|_| tempfile::Builder::new().prefix("certdeck-").tempdir().ok());
        let state = match (&connection.clock, &brief) {
            (Some(_), brief) => brief.as_ref().map(|folder| folder.path().to_owned()),
            (None, _) => paths::state_dir(&|name| std::env::var_os(name)),
        };
        let downloads = state.map(|state| Downloads::new(&state, &connection.context.name));
        Ok(Opened { client, failures, downloads, keep: Box::new((connection, brief)) as Box<dyn Any + Send> })
    }
}

fn demo_place() -> Place {
    let servers = demo::server_names().into_iter().collect();
    let configured = Configured { servers, servers_only: true, ..Configured::default() };
    Place { configured: Arc::new(configured), ..runtime::place(DEMO, Environment::Demo, &ALL, None) }
}

fn place(context: &Context) -> Place {
    let has = [
        (context.certcentral.is_some(), Service::CertCentral),
        (context.partner.is_some(), Service::Partner),
        (context.one.is_some(), Service::One),
    ];
    let environment = match context.environment {
        config::Environment::Production => Environment::Production,
        config::Environment::Demo => Environment::Test,
    };
    let services: Vec<Service> = has.into_iter().filter(|(has, _)| *has).map(|(_, service)| service).collect();
    let account = context.one.as_ref().and_then(|one| one.account_id.as_deref());
    let configured = Arc::new(runtime::configured(context));
    let read_only = context.read_only.then(|| "the configuration says so".into());
    let consoles = runtime::consoles(context);
    Place { read_only, configured, consoles, ..runtime::place(&context.name, environment, &services, account) }
}

fn theme(global: &Global) -> Result<Option<config::settings::Theme>, Failure> {
    let named = global.theme.as_deref().map(config::settings::Theme::parse).transpose();
    named.map_err(|why| Failure::new(FailureKind::Configuration, format!("--theme: {why}")))
}

fn describe(plan: &Plan, global: &Global, places: Vec<Place>) -> Result<Dashboard, Failure> {
    let theme = theme(global)?;
    let (config, place) = match plan {
        Plan::Demo { .. } => (Config::default(), demo_place()),
        Plan::Configured { config, context } => ((**config).clone(), place(context)),
    };
    let never = |place: Place| {
        let why = global.read_only.then(|| "--read-only was given".into());
        Place { read_only: place.read_only.clone().or(why), ..place }
    };
    let (place, places) = (never(place), places.into_iter().map(never).collect());
    let greeting = matches!(plan, Plan::Demo { .. })
        .then(|| "This is the built-in simulator. `certdeck context new` connects an account.".to_owned());
    let welcome = matches!(plan, Plan::Demo { unasked: true });
    Ok(Dashboard { config, place, places, theme, ascii: !console::is_utf8(), greeting, welcome, view: None })
}
