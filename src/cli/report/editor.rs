//! A text in the editor of the user.

use std::{
    io::{IsTerminal as _, Write as _},
    process::Command,
};

use crate::{
    cli::session::Desk,
    config::KeySource,
    domain::{Clean, Failure, FailureKind},
};

/// Opens `text` in `$VISUAL` or `$EDITOR` and waits; the text as it was left. The editor gets none of the variables
/// that hold keys.
///
/// # Errors
/// `Cancelled` without a terminal; else why there is no text.
pub fn edit(text: &str, desk: &Desk<'_>) -> Result<String, Failure> {
    let failed = |why: &str| Failure::new(FailureKind::Configuration, Clean::new(&format!("the editor: {why}")));
    if !std::io::stdin().is_terminal() {
        let failure = Failure::new(FailureKind::Cancelled, "there is no terminal for an editor, so nothing was sent");
        return Err(failure.hint("-f takes the definition from a file"));
    }
    let chosen = ["VISUAL", "EDITOR"].into_iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    let Some(chosen) = chosen else {
        return Err(failed("neither VISUAL nor EDITOR is set").hint("set one, or use -f FILE"));
    };
    let words = shell_words::split(&chosen).map_err(|_| failed("its command has an open quote"))?;
    let Some((program, arguments)) = words.split_first() else { return Err(failed("its command is empty")) };
    let io = |error: std::io::Error| failed(&error.kind().to_string());
    let mut file = tempfile::Builder::new().prefix("certdeck-report-").suffix(".toml").tempfile().map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(io)?;
    let mut command = Command::new(program);
    command.args(arguments).arg(file.path());
    for (_, source) in desk.context().keys() {
        if let KeySource::Env(name) = source {
            command.env_remove(name.as_str());
        }
    }
    let status = command.status().map_err(|error| failed(&format!("{program} does not start ({})", error.kind())))?;
    if !status.success() {
        return Err(Failure::new(FailureKind::Cancelled, "the editor was left with an error, so nothing was sent"));
    }
    // Some editors put a new file in the place of the old one.
    std::fs::read_to_string(file.path()).map_err(io)
}
