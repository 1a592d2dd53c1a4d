//! Where keys come from. A key is read when a client is made, and lives in a [`SecretString`] from then on.

mod client_certificate;
mod command;
mod secret_file;

use std::{ffi::OsString, path::PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use zeroize::Zeroizing;

pub use self::{client_certificate::ClientCertificate, command::KeyCommand};
use super::{complaint, demo::DemoKey};
use crate::domain::{Failure, FailureKind};

/// Longest key that is taken, bytes.
pub const KEY_MAX: usize = 4096;
/// Most that is read of a key file or of the output of a key command, bytes.
pub const READ_MAX: usize = 8192;

/// Where a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// An environment variable.
    Env(String),
    /// The first line of a file that is this user's alone (0600).
    File(PathBuf),
    /// The first line that a command prints, run without a shell.
    Command(KeyCommand),
    /// An entry of the system's key store, `service/name`.
    Keyring(String),
    /// A key of the built-in simulator; never in a file.
    Demo(DemoKey),
}

impl KeySource {
    /// What the source is called in messages; never the key.
    pub fn describe(&self) -> String {
        match self {
            Self::Env(name) => format!("variable {name}"),
            Self::File(path) => format!("key file {}", path.display()),
            Self::Command(command) => format!("key command {}", command.program()),
            Self::Keyring(entry) => format!("keyring entry {}", complaint::quoted(entry)),
            Self::Demo(_) => "simulator key".to_owned(),
        }
    }

    /// Fetches the key. Blocks: a command may take 30 s.
    ///
    /// # Errors
    /// `Configuration`: names the source and what is wrong with it, never any part of the key.
    pub fn resolve(&self) -> Result<SecretString, Failure> {
        harden();
        self.resolve_in(&|name| std::env::var_os(name))
    }

    /// As [`KeySource::resolve`], with the environment passed in.
    ///
    /// # Errors
    /// As [`KeySource::resolve`].
    pub fn resolve_in(&self, env: &dyn Fn(&str) -> Option<OsString>) -> Result<SecretString, Failure> {
        let fail = |cause: &str| Failure::new(FailureKind::Configuration, format!("{}: {cause}", self.describe()));
        match self {
            Self::Env(name) => {
                let value = env(name).ok_or_else(|| fail("is not set").hint("set it, or use a key file or command"))?;
                let value = Zeroizing::new(value.into_encoded_bytes());
                accept(&value).map_err(fail)
            }
            Self::File(path) => {
                let content = secret_file::read(path, READ_MAX).map_err(|refusal| {
                    let failure = fail(&refusal.cause);
                    refusal.hint.map_or(failure.clone(), |hint| failure.hint(hint))
                })?;
                accept(without_line_end(&content)).map_err(fail)
            }
            Self::Command(command) => {
                let output = command.run().map_err(|cause| fail(&cause))?;
                let first = output.split(|byte| *byte == b'\n').next().unwrap_or_default();
                accept(first.strip_suffix(b"\r").unwrap_or(first)).map_err(fail)
            }
            Self::Keyring(_) => Err(fail("the keyring is not in this version").hint("use env, file or command")),
            Self::Demo(key) => Ok(key.secret()),
        }
    }
}

/// Keeps keys out of core files, and the environment of this process from other programs of the same user.
fn harden() {
    #[cfg(target_os = "linux")]
    // Best effort: an old kernel or a sandbox may refuse, and the program still works.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

fn without_line_end(content: &[u8]) -> &[u8] {
    let line = content.strip_suffix(b"\n").unwrap_or(content);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Takes a key that can stand in a header as it is.
fn accept(key: &[u8]) -> Result<SecretString, &'static str> {
    if key.is_empty() {
        return Err("the key is empty");
    }
    if key.len() > KEY_MAX {
        return Err("the key is longer than 4096 bytes");
    }
    if key.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return Err("the key holds a line break");
    }
    if !key.iter().all(u8::is_ascii) {
        return Err("the key holds a character that is not ASCII");
    }
    if !key.iter().all(u8::is_ascii_graphic) {
        return Err("the key holds a blank or a control character");
    }
    let text = Zeroizing::new(String::from_utf8(key.to_vec()).map_err(|_| "the key is not text")?);
    let secret = SecretString::from(text.as_str());
    debug_assert_eq!(secret.expose_secret().len(), key.len());
    Ok(secret)
}

impl<'de> Deserialize<'de> for KeySource {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(SourceVisitor)
    }
}

/// Reads `{ env = "..." }` and its kind by hand: a derived reader repeats a text that stands in the wrong place, and
/// that text may be the key.
struct SourceVisitor;

const FORMS: &str = "{ env = \"NAME\" }, { file = \"...\" }, { command = \"...\" } or { keyring = \"...\" }";
const SOURCES: &[&str] = &["env", "file", "command", "keyring"];

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = KeySource;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "where the key is: {FORMS}")
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<KeySource, E> {
        Err(E::custom(format!("a key never stands in the file; say where it is: {FORMS}")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<KeySource, A::Error> {
        let Some(kind) = map.next_key::<String>()? else {
            return Err(A::Error::custom(format!("say where the key is: {FORMS}")));
        };
        let source = match kind.as_str() {
            "env" => KeySource::Env(map.next_value::<Text>()?.variable()?),
            "file" => KeySource::File(map.next_value::<Text>()?.0.into()),
            "command" => KeySource::Command(map.next_value()?),
            "keyring" => KeySource::Keyring(map.next_value::<Text>()?.0),
            other => return Err(A::Error::unknown_field(other, SOURCES)),
        };
        if map.next_key::<String>()?.is_some() {
            return Err(A::Error::custom("a key has one source"));
        }
        Ok(source)
    }
}

/// A text whose content no message repeats.
struct Text(String);

impl Text {
    fn variable<E: serde::de::Error>(self) -> Result<String, E> {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let fits = self.0.bytes().all(word) && !self.0.starts_with(|c: char| c.is_ascii_digit());
        if self.0.is_empty() || self.0.len() > 64 || !fits {
            return Err(E::custom("env takes the name of a variable, not the key"));
        }
        Ok(self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input).map_err(|_| D::Error::custom("a text is expected here"))?;
        if text.is_empty() { Err(D::Error::custom("the text is empty")) } else { Ok(Self(text)) }
    }
}

#[cfg(test)]
mod tests;
