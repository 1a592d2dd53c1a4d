//! The command line: the same client, filter and columns as the screens, without an event loop.
//!
//! Data goes to stdout and nothing else does; words go to stderr, one line each; the exit code says how it ended.

mod acme;
pub mod args;
mod audit;
mod auth;
mod ca;
mod check;
mod config;
pub mod connect;
pub mod console;
mod context;
pub mod dashboard;
#[cfg(feature = "simulator")]
mod demo;
#[cfg(not(feature = "simulator"))]
#[path = "no_demo.rs"]
mod demo;
mod doctor;
pub mod exit;
mod find;
mod grid;
mod harden;
mod interrupts;
mod item;
mod listing;
mod papers;
mod probe;
mod report;
mod requests;
mod session;
mod sheet;
#[cfg(feature = "simulator")]
mod simulator;
pub mod welcome;

use std::ffi::OsString;

use clap::Parser as _;

use self::{
    args::{Args, Command, Format, OptionsAlone},
    console::Console,
    exit::{Exit, Outcome},
    session::Desk,
};
use crate::client::Service;

/// Runs the program with `argv`, whose first word is the program's name.
pub fn run(argv: Vec<OsString>) -> Exit {
    harden::harden();
    let json = wants_json(&argv);
    let private = argv.iter().any(|word| word == "auth");
    let typed = match OptionsAlone::try_parse_from(&argv) {
        Ok(OptionsAlone { global }) => Args { global, command: None },
        Err(_) => match Args::try_parse_from(argv) {
            Ok(typed) => typed,
            Err(error) => return console::usage(&error, json, private),
        },
    };
    let mut console = Console::new(typed.global.output);
    let outcome = dispatch(&typed, &mut console);
    console.end(outcome)
}

fn dispatch(args: &Args, console: &mut Console) -> Outcome {
    let Some(command) = &args.command else {
        return dashboard::open(&args.global, console);
    };
    match command {
        Command::Auth(what) => auth::run(what, &args.global, console),
        Command::Config(what) => config::run(what, &args.global, console),
        Command::Completions { shell } => papers::completions(*shell, console),
        Command::Man => papers::man(console),
        Command::Keys => papers::keys(console),
        Command::Simulator(options) => demo::serve(options, console),
        Command::Context(what) => context::run(what, &args.global, console),
        Command::Doctor => doctor::run(&args.global, console),
        Command::Acme(what) => acme::run(what, &mut Desk::open(&args.global, console, Service::Partner)?),
        Command::Ca(what) => ca::run(what, &mut Desk::open(&args.global, console, Service::One)?),
        Command::Report(what) => report::run(what, &mut Desk::open(&args.global, console, Service::CertCentral)?),
        Command::Audit(what) => audit::run(what, &mut Desk::open(&args.global, console, Service::One)?),
    }
}

/// Whether errors are to be objects, for a command line that cannot be read.
fn wants_json(argv: &[OsString]) -> bool {
    let words: Vec<&str> = argv.iter().filter_map(|word| word.to_str()).collect();
    let json = |form: &str| form == "json" || form == "jsonl";
    let apart = words
        .windows(2)
        .any(|pair| matches!(pair, [flag, form] if (*flag == "-o" || *flag == "--output") && json(form)));
    apart
        || words
            .iter()
            .any(|word| ["-o", "-o=", "--output="].iter().any(|flag| word.strip_prefix(flag).is_some_and(json)))
}

impl Format {
    /// Whether errors are objects.
    const fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}
