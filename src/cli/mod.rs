//! The command line: the same client, filter and columns as the screens, without an event loop.
//!
//! Data goes to stdout and nothing else does; words go to stderr, one line each; the exit code says how it ended.

mod acme;
mod agree;
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
mod decide;
#[cfg(feature = "simulator")]
mod demo;
#[cfg(not(feature = "simulator"))]
#[path = "no_demo.rs"]
mod demo;
mod differences;
mod doctor;
mod evidence;
pub mod exit;
mod find;
mod grid;
mod harden;
mod impact;
mod interrupts;
mod item;
mod listing;
mod monitor;
mod papers;
mod pem;
mod probe;
mod report;
mod requests;
mod revocation;
mod rows;
mod session;
mod sheet;
#[cfg(feature = "simulator")]
mod simulator;
mod stream;
mod sys;
pub mod talk;
mod welcome;

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};

use self::{
    args::{Acme, Args, Audit, Command, Form, Format, OptionsAlone, Report},
    console::Console,
    exit::{Exit, Outcome, Trouble},
    session::Desk,
};
use crate::client::Service;

/// Runs the program with `argv`, whose first word is the program's name.
pub fn run(argv: &[OsString]) -> Exit {
    harden::harden();
    sys::give_back_freed_memory();
    let json = wants_json(argv);
    let private = argv.iter().any(|word| word == "auth");
    let typed = match OptionsAlone::try_parse_from(argv) {
        Ok(OptionsAlone { global }) => Args { global, command: None },
        Err(_) => match Args::try_parse_from(argv) {
            Ok(typed) => typed,
            Err(error) => {
                let exit = console::usage(&error, json, private);
                return if exit == Exit::Usage && is_check(argv) { Exit::UNKNOWN } else { exit };
            }
        },
    };
    let form = typed.global.output;
    let mut console = Console::new(form.and_then(Form::items).unwrap_or(Format::Table));
    let outcome = match form.and_then(|form| refused(form, typed.command.as_ref())) {
        Some(trouble) => Err(trouble),
        None => dispatch(&typed, &mut console),
    };
    match typed.command {
        Some(Command::Check(_)) => console.end_check(outcome),
        _ => console.end(outcome),
    }
}

/// Why a command does not print in this form.
fn refused(form: Form, command: Option<&Command>) -> Option<Trouble> {
    let (word, only) = match (form, command) {
        (Form::Jsonl | Form::Csv, Some(Command::Check(_))) => {
            return Some(Trouble::usage("-o: a check is nagios, openmetrics, json or table"));
        }
        (Form::Table | Form::Json | Form::Jsonl | Form::Csv, _)
        | (Form::Ics, Some(Command::Acme(Acme::Calendar)))
        | (Form::Nagios | Form::Openmetrics, Some(Command::Check(_))) => return None,
        (Form::Ics, _) => ("ics", "acme calendar"),
        (Form::Nagios, _) => ("nagios", "check"),
        (Form::Openmetrics, _) => ("openmetrics", "check"),
    };
    Some(Trouble::usage(format!(
        "-o {word}: only `certdeck {only}` prints this; others take table, json, jsonl or csv"
    )))
}

/// Whether a command line that cannot be read asks for a check.
fn is_check(argv: &[OsString]) -> bool {
    let read = Args::command().ignore_errors(true).try_get_matches_from(argv);
    read.is_ok_and(|read| read.subcommand_name() == Some("check"))
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
        Command::Check(options) => monitor::run(options, &args.global, console),
        Command::Acme(what) => acme::run(what, &mut Desk::open(&args.global, console, Service::Partner)?),
        Command::Ca(what) => ca::run(what, &mut Desk::open(&args.global, console, Service::One)?),
        Command::Evidence(what) => evidence::run(what, &mut Desk::local(&args.global, console)?),
        Command::Report(Report::View { files, columns, sheet }) => {
            let files = rows::files(files, sheet.as_deref());
            rows::view(&files, columns, &args.global, console)
        }
        Command::Report(Report::Diff { before, after, key }) => differences::run(before, after, key, console),
        Command::ReadSheets => rows::read_sheets(console),
        Command::Report(what) => report::run(what, &mut Desk::open(&args.global, console, Service::CertCentral)?),
        Command::Audit(what @ (Audit::List { kept: true, .. } | Audit::Export { .. })) => {
            audit::run(what, &mut Desk::local(&args.global, console)?)
        }
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
