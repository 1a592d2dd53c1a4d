//! In place of the simulator, in a build without it.

use jiff::Timestamp;

use super::{args::SimulatorArgs, console::Console, exit::Outcome};
use crate::{
    config::Context,
    domain::{Failure, FailureKind, name::Name},
};

/// A simulator that there is not.
pub enum Running {}

fn absent() -> Failure {
    Failure::new(FailureKind::Configuration, "this build has no simulator")
        .hint("`certdeck config template` connects an account")
}

/// Starts nothing.
///
/// # Errors
/// Always.
pub fn start(_: bool) -> Result<Running, Failure> {
    Err(absent())
}

/// The clock of this machine.
pub fn clock(_: bool) -> std::sync::Arc<dyn Fn() -> Timestamp + Send + Sync> {
    std::sync::Arc::new(Timestamp::now)
}

/// None.
pub fn server_names() -> Vec<Name> {
    Vec::new()
}

/// Serves nothing.
pub fn serve(_: &SimulatorArgs, _: &mut Console) -> Outcome {
    Err(absent().into())
}

impl Running {
    /// Never called.
    ///
    /// # Errors
    /// None.
    pub const fn context(&self) -> Result<Context, Failure> {
        match *self {}
    }
}
