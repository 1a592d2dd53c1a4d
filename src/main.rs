//! The `certdeck` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(certdeck::cli::console::panicked));
    let run = || certdeck::cli::run(&std::env::args_os().collect::<Vec<_>>());
    std::panic::catch_unwind(run).map_or(ExitCode::FAILURE, ExitCode::from)
}
