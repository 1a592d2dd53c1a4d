//! Fetching, keeping and forgetting keys in the places that a configuration names.

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{KEY_MAX, KeyEntry, KeySource, Keyring, READ_MAX, Refusal, secret_file};
use crate::{
    config::paths::Env,
    domain::{Failure, FailureKind},
};

/// The places outside of files and commands, passed in so that a test brings its own.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    /// The environment.
    pub env: Env<'a>,
    /// The key store.
    pub keyring: &'a Keyring,
}

impl Places<'static> {
    /// Those of this process and this system.
    pub fn system() -> Self {
        Self { env: &|name| std::env::var_os(name), keyring: Keyring::system() }
    }
}

impl Places<'_> {
    /// Fetches a key. Blocks: a command may take 30 s, the key store 10 s.
    ///
    /// # Errors
    /// `Configuration`: names the source and what is wrong with it, never any part of the key.
    pub fn fetch(&self, source: &KeySource) -> Result<SecretString, Failure> {
        let key = match source {
            KeySource::Env(name) => self.variable(name),
            KeySource::File(path) => {
                secret_file::read(path, READ_MAX).and_then(|content| accept(without_line_end(&content)))
            }
            KeySource::Command(command) => command.run((self.env)("PATH").as_deref()).and_then(|output| {
                let first = output.split(|byte| *byte == b'\n').next().unwrap_or_default();
                accept(first.strip_suffix(b"\r").unwrap_or(first))
            }),
            KeySource::Keyring(entry) => self.keyring.get(entry).and_then(|key| accept(without_line_end(&key))),
            KeySource::Demo(key) => Ok(key.secret()),
        };
        key.map_err(|refusal| failure(source, FailureKind::Configuration, refusal))
    }

    /// The key in an entry of the key store; `None` when there is no such entry. Blocks for 10 s at most.
    ///
    /// # Errors
    /// As [`Places::fetch`]: there is no store that can be used, or no key in the entry.
    pub fn find(&self, entry: &KeyEntry) -> Result<Option<SecretString>, Failure> {
        let found = self.keyring.get(entry).and_then(|key| accept(without_line_end(&key)));
        match found {
            Ok(key) => Ok(Some(key)),
            Err(refusal) if refusal.missing => Ok(None),
            Err(refusal) => Err(failure(&KeySource::Keyring(entry.clone()), FailureKind::Configuration, refusal)),
        }
    }

    /// Whether a key can be kept in `source`, as far as that can be told before there is one.
    ///
    /// # Errors
    /// `Configuration`: it is no place of this program's, or the file there must not be replaced.
    pub fn may_keep(&self, source: &KeySource) -> Result<(), Failure> {
        let fits = match source {
            KeySource::Keyring(_) => Ok(()),
            KeySource::File(path) => secret_file::may_write(path),
            elsewhere => Err(kept_elsewhere(elsewhere, "set the key")),
        };
        fits.map_err(|refusal| failure(source, FailureKind::Configuration, refusal))
    }

    /// Keeps `key` in `source`, in place of another one. Blocks for 10 s at most.
    ///
    /// # Errors
    /// As [`Places::may_keep`], and `Configuration` when it cannot be written.
    pub fn keep(&self, source: &KeySource, key: &SecretString) -> Result<(), Failure> {
        let bytes = key.expose_secret().as_bytes();
        let kept = match source {
            KeySource::Keyring(entry) => self.keyring.set(entry, Zeroizing::new(bytes.to_vec())),
            KeySource::File(path) => secret_file::write(path, bytes),
            elsewhere => Err(kept_elsewhere(elsewhere, "set the key")),
        };
        kept.map_err(|refusal| failure(source, FailureKind::Configuration, refusal))
    }

    /// Deletes the key in `source`. Blocks for 10 s at most.
    ///
    /// # Errors
    /// `NotFound` when there is none; `Configuration` when it is no place of this program's or cannot be deleted.
    pub fn forget(&self, source: &KeySource) -> Result<(), Failure> {
        let forgotten = match source {
            KeySource::Keyring(entry) => self.keyring.delete(entry),
            KeySource::File(path) => secret_file::remove(path),
            elsewhere => Err(kept_elsewhere(elsewhere, "delete it")),
        };
        forgotten.map_err(|refusal| {
            let kind = if refusal.missing { FailureKind::NotFound } else { FailureKind::Configuration };
            failure(source, kind, refusal)
        })
    }

    fn variable(&self, name: &str) -> Result<SecretString, Refusal> {
        let value = (self.env)(name);
        let value = value.ok_or_else(|| Refusal::new("is not set").hint("set it, or use keyring, file or command"))?;
        accept(&Zeroizing::new(value.into_encoded_bytes()))
    }
}

/// Takes a key that was typed or piped in: one line that can stand in a header as it is.
///
/// # Errors
/// `Configuration`: what is wrong with it, never any part of it.
pub fn typed(line: &[u8]) -> Result<SecretString, Failure> {
    let refused = |refusal: Refusal| Failure::new(FailureKind::Configuration, refusal.cause);
    accept(without_line_end(line)).map_err(refused)
}

/// The last four characters of a key, by which people know it; `None` for a key of fewer than 12, of which they would
/// be too much.
pub fn last4(key: &SecretString) -> Option<String> {
    let text = key.expose_secret();
    let start = text.len().checked_sub(4).filter(|_| text.len() >= 12)?;
    text.get(start..).map(str::to_owned)
}

/// Where another program keeps the key.
fn kept_elsewhere(source: &KeySource, what: &str) -> Refusal {
    let cause = "certdeck keeps no key there";
    match source {
        KeySource::Env(_) => Refusal::new(cause).hint(format!("{what} where the variable is made")),
        KeySource::Command(_) => Refusal::new(cause).hint(format!("{what} with the program that keeps it")),
        _ => Refusal::new(cause).hint("the simulator brings its keys"),
    }
}

fn failure(source: &KeySource, kind: FailureKind, refusal: Refusal) -> Failure {
    let failure = Failure::new(kind, format!("{}: {}", source.describe(), refusal.cause));
    match refusal.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn without_line_end(content: &[u8]) -> &[u8] {
    let line = content.strip_suffix(b"\n").unwrap_or(content);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Takes a key that can stand in a header as it is.
fn accept(key: &[u8]) -> Result<SecretString, Refusal> {
    if key.is_empty() {
        return Err("the key is empty".into());
    }
    if key.len() > KEY_MAX {
        return Err("the key is longer than 4096 bytes".into());
    }
    if key.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return Err("the key holds a line break".into());
    }
    if !key.iter().all(u8::is_ascii) {
        return Err("the key holds a character that is not ASCII".into());
    }
    if !key.iter().all(u8::is_ascii_graphic) {
        return Err("the key holds a blank or a control character".into());
    }
    let text = Zeroizing::new(String::from_utf8(key.to_vec()).map_err(|_| "the key is not text")?);
    Ok(SecretString::from(text.as_str()))
}
