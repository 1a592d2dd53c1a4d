//! The simulator inside this process.

use jiff::Timestamp;

pub use super::simulator::run as serve;

use crate::{
    config::{
        Context,
        demo::{DemoKey, DemoKeys},
    },
    domain::{Failure, FailureKind},
    simulator::{self, Options, Simulator},
};

/// A simulator that runs until this is dropped.
pub struct Running {
    simulator: Simulator,
    clock: Timestamp,
}

/// Starts a simulator on a free port of the loopback, with a fixed seed and a clock that stands still.
///
/// # Errors
/// No port can be had.
pub fn start() -> Result<Running, Failure> {
    // Its rate limits would only make a demonstration wait.
    let options = Options { running: false, limits: false, ..Options::default() };
    let clock = options.start;
    Ok(Running { simulator: spawn(options)?, clock })
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
    /// Where its clock stands.
    pub const fn clock(&self) -> Timestamp {
        self.clock
    }

    /// The context of its four services.
    ///
    /// # Errors
    /// It is not on this machine, which would be a fault of this program.
    pub fn context(&self) -> Result<Context, Failure> {
        Context::demo(&format!("http://{}", self.simulator.addr()), keys())
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
