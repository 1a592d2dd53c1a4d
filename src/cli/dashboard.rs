//! The way into the dashboard.

use std::path::PathBuf;

use super::{args::Global, console, exit::Exit};
use crate::{
    config::settings::Theme,
    domain::{Failure, FailureKind},
};

/// What the dashboard is opened with: the command line as typed. Nothing has been read yet, so that it can draw first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DashboardOptions {
    /// Use the built-in simulator and read no configuration.
    pub demo: bool,
    /// Name of the context.
    pub context: Option<String>,
    /// Configuration file.
    pub config: Option<PathBuf>,
    /// No write is possible.
    pub read_only: bool,
    /// Linear text.
    pub plain: bool,
    /// Theme name or file; the file has not been read yet.
    pub theme: Option<String>,
}

/// Opens the dashboard and returns when it ends.
///
/// # Errors
/// `Cancelled` (exit 3) without a terminal; else what the dashboard ended with.
pub fn open(global: &Global) -> Result<Exit, Failure> {
    if let Some(stream) = console::not_a_terminal() {
        let title = format!("the dashboard needs a terminal, and {stream} is none");
        let hint = "the commands of `certdeck --help` work without one";
        return Err(Failure::new(FailureKind::Cancelled, title).hint(hint));
    }
    if let Some(Err(cause)) = global.theme.as_deref().map(Theme::parse) {
        return Err(Failure::new(FailureKind::Configuration, format!("--theme: {cause}")));
    }
    run(DashboardOptions {
        demo: global.demo,
        context: global.context.clone(),
        config: global.config.clone(),
        read_only: global.read_only,
        plain: global.plain || std::env::var_os("TERM").is_some_and(|term| term == "dumb"),
        theme: global.theme.clone(),
    })
}

fn run(_: DashboardOptions) -> Result<Exit, Failure> {
    Err(Failure::new(FailureKind::Internal, "the dashboard is not in this build"))
}
