//! From the options to a client: configuration and context, or the built-in simulator.

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;

use super::args::Global;
use crate::{
    client::{Client, Service, Settings, transport::Network},
    config::{Config, Context, Pace, contexts::DEMO, paths},
    domain::{Failure, FailureKind},
    store::{self, ContextId, Store},
};

/// Which context is asked for, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The built-in simulator; no configuration is read.
    pub demo: bool,
    /// Name of the context.
    pub context: Option<String>,
    /// Configuration file.
    pub config: Option<PathBuf>,
}

impl From<&Global> for Selection {
    fn from(global: &Global) -> Self {
        Self { demo: global.demo, context: global.context.clone(), config: global.config.clone() }
    }
}

/// An open context.
pub struct Connection {
    /// Its client.
    pub client: Client,
    /// The context.
    pub context: Context,
    /// The configuration it stands in; the default one in the demo.
    pub config: Config,
    /// The clock of the built-in simulator, which stands still.
    pub clock: Option<Timestamp>,
    /// True when the simulator is used only because there is no configuration.
    pub unasked: bool,
    /// Services of the context without a usable key.
    pub failures: Vec<(Service, Failure)>,
    /// Keeps the simulator running.
    _simulator: Option<super::demo::Running>,
}

/// What will be opened: known from the options and the configuration file alone, so that the dashboard can draw first.
#[derive(Debug, Clone)]
pub enum Plan {
    /// The built-in simulator.
    Demo {
        /// True when it is used only because there is no configuration.
        unasked: bool,
    },
    /// A context of the configuration.
    Configured {
        /// The configuration.
        config: Box<Config>,
        /// The context.
        context: Box<Context>,
    },
}

impl Plan {
    /// Reads the configuration file. Without `demo`, and when no configuration is named and none is found, the
    /// simulator is used.
    ///
    /// # Errors
    /// The configuration cannot be used, or there is no such context.
    pub fn of(selection: &Selection) -> Result<Self, Failure> {
        let env = |name: &str| std::env::var_os(name);
        if selection.demo {
            return Ok(Self::Demo { unasked: false });
        }
        let named = paths::is_named(selection.config.as_deref(), &env);
        let path = match paths::config_file(selection.config.as_deref(), &env) {
            Some(path) if named || path.exists() => path,
            _ if selection.context.as_deref().is_none_or(|name| name == DEMO) => {
                return Ok(Self::Demo { unasked: true });
            }
            Some(path) => {
                let title = format!("a context is named, but there is no configuration at {}", path.display());
                let hint = "`certdeck context new` makes one by questions, `certdeck config template` prints one";
                return Err(Failure::new(FailureKind::Configuration, title).hint(hint));
            }
            None => return Err(paths::no_home()),
        };
        let config = Config::load(&path)?;
        let context = config.context(selection.context.as_deref())?.clone();
        Ok(Self::Configured { config: Box::new(config), context: Box::new(context) })
    }

    /// Opens it, with the keys of the `wanted` services. Blocks: a key command may take 30 s. The clock of the
    /// simulator stands still, or runs from its fixed start when `running`.
    ///
    /// # Errors
    /// The simulator does not start.
    pub fn open(self, wanted: &[Service], running: bool) -> Result<Connection, Failure> {
        match self {
            Self::Demo { unasked } => demo(unasked, running),
            Self::Configured { config, context } => {
                let (settings, failures) = Settings::from_context(&context, config.pace, wanted);
                let client = Client::new(settings);
                let (config, context) = (*config, *context);
                Ok(Connection { client, context, config, clock: None, unasked: false, failures, _simulator: None })
            }
        }
    }
}

/// Opens a context, with the keys of the `wanted` services; the clock of the simulator stands still.
///
/// # Errors
/// As [`Plan::of`] and [`Plan::open`].
pub fn open(selection: &Selection, wanted: &[Service]) -> Result<Connection, Failure> {
    Plan::of(selection)?.open(wanted, false)
}

/// The store of this machine, in the state folder; it opens no file yet.
pub fn store() -> Store {
    let folder = paths::state_dir(&|name| std::env::var_os(name));
    Store::open(folder.map_or(store::Place::NoHome, store::Place::Folder), Arc::new(Timestamp::now))
}

/// How far back audit events are read and kept.
pub fn audit_keep(config: &Config) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(config.audit.keep).unwrap_or(jiff::SignedDuration::MAX)
}

/// A context as the store tells it from others: its name, and the addresses and the account that its data come from.
pub fn kept_as(context: &Context) -> ContextId {
    let certcentral = context.certcentral.iter().flat_map(|s| [s.services_url.to_string(), s.reports_url.to_string()]);
    let partner = context.partner.iter().map(|s| s.url.to_string());
    let one = context.one.iter().flat_map(|s| [s.url.to_string(), s.account_id.clone().unwrap_or_default()]);
    let parts: Vec<String> = certcentral.chain(partner).chain(one).collect();
    ContextId::new(&context.name, parts.iter().map(String::as_str))
}

fn demo(unasked: bool, running: bool) -> Result<Connection, Failure> {
    let simulator = super::demo::start(running)?;
    let context = simulator.context()?;
    let all = [Service::CertCentral, Service::Partner, Service::One];
    let (settings, failures) = Settings::from_context(&context, Pace::default(), &all);
    let clock = super::demo::clock(running);
    let start = clock();
    let network = Arc::new(Network::new(&settings));
    let client = Client::with_transport(settings, network, clock);
    let config = Config::default();
    Ok(Connection { client, context, config, clock: Some(start), unasked, failures, _simulator: Some(simulator) })
}
