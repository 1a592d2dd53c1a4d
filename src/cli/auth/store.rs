//! Keys into the places that the configuration names, and out of them.

use std::io::{self, IsTerminal as _, Read as _};

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::{choose, context};
use crate::{
    cli::{
        agree::Question,
        args::Global,
        console,
        exit::{Exit, Outcome},
        interrupts::Interrupts,
    },
    config::{
        KeyName, KeySource,
        credentials::{Places, READ_MAX, typed},
    },
    domain::{Failure, FailureKind, text::escape},
};

/// Runs `auth set`.
pub fn set(wanted: Option<&KeyName>, global: &Global) -> Outcome {
    let context = context(global)?;
    let (name, source) = choose(&context, wanted)?;
    let places = Places::system();
    places.may_keep(source)?;
    if matches!(source, KeySource::File(_)) {
        let place = source.describe();
        console::warn(&format!(
            "the key will be plain text in {place}, for you alone (mode 0600); a keyring encrypts it"
        ));
    }
    let key = ask(&format!("Key of {name} in context {}: ", context.name))?;
    places.keep(source, &key)?;
    let place = source.describe();
    console::warn(&format!("the key of {name} is kept in {place}; `certdeck auth status {name}` asks the service"));
    Ok(Exit::Done)
}

/// Runs `auth clear`.
pub fn clear(wanted: Option<&KeyName>, yes: bool, global: &Global) -> Outcome {
    let context = context(global)?;
    let (name, source) = choose(&context, wanted)?;
    let place = source.describe();
    if !matches!(source, KeySource::Keyring(_) | KeySource::File(_)) {
        // Says why, before a question that would be for nothing.
        Places::system().forget(source)?;
    }
    if !yes {
        let text = format!("Delete the key of {name} in context {}, {place}? [y/N] ", context.name);
        let (otherwise, without) = ("nothing was deleted", "--yes deletes without asking");
        Question { text: &text, otherwise, without }.agree()?;
    }
    Places::system().forget(source)?;
    console::warn(&format!(
        "the key of {name} is deleted ({place}); the service still accepts it until it is revoked there"
    ));
    Ok(Exit::Done)
}

/// A key from a prompt without echo, or one line of stdin when that is no terminal.
fn ask(prompt: &str) -> Result<SecretString, Failure> {
    let line = if io::stdin().is_terminal() { prompted(prompt)? } else { piped()? };
    typed(&line)
}

fn prompted(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |error: &io::Error| match error.kind() {
        io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof => {
            Failure::new(FailureKind::Cancelled, "cancelled; nothing was stored")
        }
        kind => Failure::new(FailureKind::Cancelled, format!("the terminal cannot be read ({kind})"))
            .hint("pipe the key into stdin"),
    };
    let _guard = Interrupts::catch().map_err(|error| failed(&error))?;
    let line = rpassword::prompt_password(escape(prompt)).map_err(|error| failed(&error));
    // The line end that was typed is not echoed either.
    console::say("");
    Ok(Zeroizing::new(line?.into_bytes()))
}

fn piped() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut line = Zeroizing::new(Vec::with_capacity(READ_MAX + 1));
    io::stdin().lock().take(READ_MAX as u64 + 1).read_to_end(&mut line).map_err(|error| {
        Failure::new(FailureKind::Configuration, format!("stdin cannot be read ({})", error.kind()))
    })?;
    if line.len() > READ_MAX {
        let title = format!("stdin holds more than {READ_MAX} bytes, which is no key");
        return Err(Failure::new(FailureKind::Configuration, title));
    }
    Ok(line)
}
