//! The simulator inside this process.

use jiff::Timestamp;

pub use super::simulator::run as serve;

use crate::{
    config::{
        Context,
        demo::{DemoKey, DemoKeys, DemoServers},
        probe::Named,
    },
    domain::{Failure, FailureKind, acme::probe::StartTls, name::Name},
    simulator::{self, Options, Simulator},
};

/// A simulator that runs until this is dropped.
pub struct Running {
    simulator: Simulator,
}

/// Starts a simulator on a free port of the loopback, with a fixed seed. Its clock stands still, so that one command
/// prints the same each time, or runs from the same fixed start.
///
/// # Errors
/// No port can be had.
pub fn start(running: bool) -> Result<Running, Failure> {
    // Its rate limits would only make a demonstration wait.
    let options = Options { running, limits: false, servers: true, ..Options::default() };
    Ok(Running { simulator: spawn(options)? })
}

/// The clock that goes with [`start`].
pub fn clock(running: bool) -> std::sync::Arc<dyn Fn() -> Timestamp + Send + Sync> {
    let (start, began) = (Options::default().start, std::time::Instant::now());
    std::sync::Arc::new(move || {
        let passed = if running { began.elapsed() } else { std::time::Duration::ZERO };
        start.checked_add(passed).unwrap_or(start)
    })
}

/// Starts a simulator.
///
/// # Errors
/// It cannot listen there.
pub fn spawn(options: Options) -> Result<Simulator, Failure> {
    let listen = options.listen;
    Simulator::spawn(options).map_err(|error| {
        let title = format!("the simulator cannot listen on {listen} ({})", error.kind());
        Failure::new(FailureKind::Network, title).hint("choose another address with --listen")
    })
}

impl Running {
    /// The context of its four services.
    ///
    /// # Errors
    /// It is not on this machine, which would be a fault of this program.
    pub fn context(&self) -> Result<Context, Failure> {
        Context::demo(&format!("http://{}", self.simulator.addr()), keys(), servers(&self.simulator))
    }
}

fn keys() -> DemoKeys {
    let keys = simulator::demo_keys();
    let subaccount = |account: simulator::SubaccountKey| {
        let contracts = account.contracts.iter().filter_map(|id| u64::try_from(*id).ok()).collect();
        (account.name, DemoKey::new(&account.key), contracts)
    };
    DemoKeys {
        certcentral: DemoKey::new(&keys.certcentral),
        partner_parent: DemoKey::new(&keys.partner_parent),
        subaccounts: keys.partner_subaccounts.into_iter().map(subaccount).collect(),
        one: DemoKey::new(&keys.one),
    }
}

/// Names with a server in the demonstration; its ports are known when it runs.
pub fn server_names() -> Vec<Name> {
    simulator::server_names().map(Name::new).collect()
}

/// Every contract of the demonstration has the same CA.
fn servers(simulator: &Simulator) -> DemoServers {
    let named = |server: &simulator::Server| Named {
        name: Name::new(server.name),
        hosts: server.hosts.iter().map(|host| host.to_string().into()).collect(),
        port: server.port,
        start_tls: server.start_tls.and_then(StartTls::parse),
    };
    let accounts = simulator::demo_keys().partner_subaccounts;
    let contracts = accounts.iter().flat_map(|account| &account.contracts).filter_map(|id| u64::try_from(*id).ok());
    DemoServers {
        names: simulator.servers().iter().map(named).collect(),
        directories: contracts.map(|id| (id, "/acme/directory".to_owned())).collect(),
    }
}
