//! From the options to a client: configuration and context, or the built-in simulator.

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;

use super::args::Global;
use crate::{
    client::{Client, Service, Settings, transport::Network},
    config::{Config, Context, Pace, contexts::DEMO, paths},
    domain::{Failure, FailureKind},
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

/// Opens a context, with the keys of the `wanted` services. Blocks: a key command may take 30 s.
///
/// Without `demo`, and when no configuration is named and none is found, the simulator is used.
///
/// # Errors
/// The configuration cannot be used, there is no such context, or the simulator does not start.
pub fn open(selection: &Selection, wanted: &[Service]) -> Result<Connection, Failure> {
    let env = |name: &str| std::env::var_os(name);
    if selection.demo {
        return demo(false);
    }
    let named = paths::is_named(selection.config.as_deref(), &env);
    let path = match paths::config_file(selection.config.as_deref(), &env) {
        Some(path) if named || path.exists() => path,
        _ if selection.context.as_deref().is_none_or(|name| name == DEMO) => return demo(true),
        Some(path) => {
            let title = format!("a context is named, but there is no configuration at {}", path.display());
            return Err(Failure::new(FailureKind::Configuration, title).hint("`certdeck config template` prints one"));
        }
        None => return Err(paths::no_home()),
    };
    let config = Config::load(&path)?;
    let context = config.context(selection.context.as_deref())?.clone();
    let (settings, failures) = Settings::from_context(&context, config.pace, wanted);
    let client = Client::new(settings);
    Ok(Connection { client, context, config, clock: None, unasked: false, failures, _simulator: None })
}

fn demo(unasked: bool) -> Result<Connection, Failure> {
    let running = super::demo::start()?;
    let context = running.context()?;
    let all = [Service::CertCentral, Service::Partner, Service::One];
    let (settings, failures) = Settings::from_context(&context, Pace::default(), &all);
    let clock = running.clock();
    let network = Arc::new(Network::new(&settings));
    let client = Client::with_transport(settings, network, Arc::new(move || clock));
    let config = Config::default();
    Ok(Connection { client, context, config, clock: Some(clock), unasked, failures, _simulator: Some(running) })
}
