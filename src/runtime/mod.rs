//! The loop: terminal events, timers and replies become messages; effects become work.
//!
//! The first frame is drawn before anything else is opened: no configuration of keys, no client, no worker.

mod auditing;
mod authors;
mod browser;
mod editor;
mod frames;
mod hangup;
mod ink;
mod input;
mod palette;
mod perform;
mod probing;
mod run;
mod sending;
mod setting;
mod shelf;
mod signals;
mod tabling;
mod tasks;
mod terminal;
mod tty;

use std::{any::Any, sync::Arc};

use jiff::{SignedDuration, Timestamp};

pub use self::{
    editor::Editor,
    frames::{Frames, Headless},
    palette::palette,
    run::{Ending, Ready, Runtime},
    setting::{Dashboard, configured, consoles, place},
    shelf::Shelf,
};
use crate::{
    app::App,
    client::{Client, Service},
    domain::{Failure, FailureKind},
    downloads::Downloads,
};
pub use crate::{
    app::{Environment, Place},
    flow::{Configured, Errand, Opening, Rows, Viewing},
};

/// The clock of the loop.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// An open context.
pub struct Opened {
    /// Its client.
    pub client: Client,
    /// Services without a usable key, and why.
    pub failures: Vec<(Service, Failure)>,
    /// Where files of reports are kept; `None` for what keeps none.
    pub downloads: Option<Downloads>,
    /// What must live as long as the client: the simulator of the demo.
    pub keep: Box<dyn Any + Send>,
}

/// The contexts that can be opened, by name.
pub trait Contexts: Send + Sync {
    /// The clock of a context: that of this machine, or the simulator's.
    fn clock(&self, name: &str) -> Clock;

    /// Where the lists of a context are kept; `None` for one that keeps nothing.
    fn shelf(&self, at: &Opening) -> Option<Shelf>;

    /// Names of the environment variables that hold keys, of any context: no child may have them.
    fn key_variables(&self) -> Vec<String>;

    /// How far back audit events are read and kept.
    fn audit_keep(&self) -> SignedDuration {
        SignedDuration::from_hours(90 * 24)
    }

    /// Opens a context: reads keys, starts the simulator. It may block, and runs outside the loop.
    ///
    /// # Errors
    /// It cannot be opened at all; a service without a key is no such case.
    fn open(&self, at: &Opening) -> Result<Opened, Failure>;
}

/// Shows the dashboard until it ends. Needs a terminal on stdin and stdout.
///
/// # Errors
/// The terminal cannot be used, or the program found a fault of its own; the terminal is restored in any case.
pub fn dashboard(dashboard: Dashboard, contexts: Arc<dyn Contexts>) -> Result<Ending, Failure> {
    let ascii = dashboard.ascii;
    let now = contexts.clock(&dashboard.place.name)();
    let setting = dashboard.setting(now)?;
    let here = run::shell::Here::new()?;
    let terminal = terminal::Terminal::enter().map_err(|error| no_terminal(&error))?;
    let size = terminal::size().map_err(|error| no_terminal(&error))?;
    let mut frames = frames::Screen::new(size, ascii);
    let mut app = App::new(setting, size);
    if app.asks_background() {
        frames.ask_background();
    }
    frames::draw(&mut app, &mut frames);
    let ending = run::shell::terminal_loop(app, frames, contexts, here);
    drop(terminal);
    ending
}

fn no_terminal(error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::Internal, format!("the terminal cannot be used ({})", error.kind()))
        .hint("the commands of `certdeck --help` work without one")
}
