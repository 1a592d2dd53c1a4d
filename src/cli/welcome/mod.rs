//! The first run: a context by questions and answers, line by line, each key tried as it is given. Nothing is written
//! before the end.

mod draft;
mod keep;
mod network;
mod questions;
#[cfg(all(test, feature = "simulator"))]
mod tests;
mod trial;

use std::path::{Path, PathBuf};

use self::{
    draft::{Draft, Entry, Place},
    keep::Writing,
    questions::Questions,
};
use super::{
    console::Console,
    talk::{Stopped, Talk, Terminal, agree},
};
use crate::{
    config::{
        Config,
        credentials::{Keyring, Places},
        paths,
    },
    domain::{Clean, Failure, FailureKind},
};

/// Asks for a context on the terminal, and adds it to the configuration at its usual place, or to the one that
/// `CERTDECK_CONFIG` names. The path of the configuration, which is printed as well; `None` when the person stopped, and
/// then nothing was changed.
///
/// # Errors
/// `Cancelled` without a terminal; `Configuration` when a configuration cannot be read or written.
pub fn connect(console: &mut Console) -> Result<Option<PathBuf>, Failure> {
    create(None, console)
}

/// As [`connect`], for the configuration at `path`.
///
/// # Errors
/// As [`connect`].
pub fn create(path: Option<&Path>, console: &mut Console) -> Result<Option<PathBuf>, Failure> {
    let path = paths::config_file(path, &|name| std::env::var_os(name)).ok_or_else(paths::no_home)?;
    let hint = "`certdeck config template` prints a file to start from";
    let mut terminal = Terminal::open("a context is made", hint)?;
    if !ask(&path, &mut terminal, Keyring::system())? {
        return Ok(None);
    }
    let shown = Clean::new(&path.display().to_string());
    writeln!(console.out(), "{shown}")
        .and_then(|()| console.out().flush())
        .map_err(|error| Failure::new(FailureKind::Internal, format!("stdout cannot be written ({})", error.kind())))?;
    Ok(Some(path))
}

/// The dialogue, from the first question to the file. False when the person stopped.
///
/// # Errors
/// The configuration at `path` cannot be read or written.
fn ask(path: &Path, talk: &mut dyn Talk, keyring: &'static Keyring) -> Result<bool, Failure> {
    let existing = if path.exists() { Some(Existing::read(path)?) } else { None };
    match dialogue(path, existing.as_ref(), talk, keyring) {
        Ok(Ok(())) => Ok(true),
        Ok(Err(failure)) => Err(failure),
        Err(Stopped) => {
            talk.say("Stopped; nothing was changed.");
            Ok(false)
        }
    }
}

/// A configuration that is there.
struct Existing {
    text: String,
    config: Config,
}

impl Existing {
    fn read(path: &Path) -> Result<Self, Failure> {
        let config = Config::load(path)?;
        let text = std::fs::read_to_string(path).map_err(|error| {
            let title = format!("{}: cannot be read ({})", path.display(), error.kind());
            Failure::new(FailureKind::Configuration, title)
        })?;
        draft::check_room(&text, path)?;
        Ok(Self { text, config })
    }
}

fn dialogue(
    path: &Path,
    existing: Option<&Existing>,
    talk: &mut dyn Talk,
    keyring: &'static Keyring,
) -> Result<Result<(), Failure>, Stopped> {
    talk.say("This connects certdeck to a DigiCert account: a few questions, each key tried as you give it.");
    talk.say("An empty line takes what stands in brackets. Ctrl-C stops; nothing is written before the end.");
    let known = existing.map(|existing| &existing.config);
    let draft = Questions::new(path, known, talk, keyring).ask()?;
    if draft.parts.is_empty() {
        talk.say("No service is left, so there is nothing to write.");
        return Err(Stopped);
    }
    talk.say(&format!("The configuration is {}.", path.display()));
    let (text, question) = match existing {
        None => (draft.alone(path), "It is not there yet. Write it?"),
        Some(existing) => {
            let default = opens(&draft, &existing.config, talk)?;
            (draft.joined(&existing.text, path, default), "It is there. Add the context, and leave the rest as it is?")
        }
    };
    let text = match text {
        Ok((text, _)) => text,
        Err(failure) => return Ok(Err(failure)),
    };
    if !agree(talk, question, "yes")? {
        return Err(Stopped);
    }
    let before = existing.map(|existing| existing.text.as_str());
    let places = Places { keyring, ..Places::system() };
    let (keys, entries) = (draft.typed(), draft.entries());
    let written = keep::write(&Writing { path, before, text: &text, keys, entries, places });
    if written.is_ok() {
        thank(&draft, talk);
    }
    Ok(written)
}

/// Whether the new context is the one that opens when none is named. The configuration must not end with several and no
/// word which.
fn opens(draft: &Draft, config: &Config, talk: &mut dyn Talk) -> Result<bool, Stopped> {
    let question =
        |usual: &str| format!("A context opens when none is named; now it is {usual}. Shall it be {}?", draft.name);
    match (&config.default_context, config.contexts.keys().next()) {
        (Some(usual), _) => agree(talk, &question(usual), "no"),
        (None, None) => Ok(true),
        (None, Some(_)) => {
            talk.say(&format!("With several contexts one has to open when none is named: {} from now on.", draft.name));
            talk.say("`default_context` in the configuration changes that.");
            Ok(true)
        }
    }
}

fn thank(draft: &Draft, talk: &mut dyn Talk) {
    talk.say(&format!("Written: the context {}. `certdeck` opens the dashboard.", draft.name));
    talk.say("`certdeck context test` tries its keys again, and `certdeck doctor` tells what is wrong.");
    let later = |place: &Place| matches!(place, Place::Keyring(_, Entry::Later));
    if draft.places().into_iter().any(later) {
        talk.say("`certdeck auth set` stores the keys that are not in the keyring yet.");
    }
}
