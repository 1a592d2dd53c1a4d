//! Where keys come from. A key is read when a client is made, and lives in a [`SecretString`] from then on.

mod client_certificate;
mod command;
mod keyring;
mod places;
mod program;
mod refusal;
mod secret_file;

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};

use self::refusal::Refusal;
pub use self::{
    client_certificate::ClientCertificate,
    command::KeyCommand,
    keyring::{KeyEntry, KeyStore, Keyring, StoreProblem},
    places::{Places, last4, typed},
};
use super::{complaint, demo::DemoKey};
use crate::domain::Failure;

/// Longest key that is taken, bytes.
pub const KEY_MAX: usize = 4096;
/// Most that is read of a key file, of stdin or of the output of a key command, bytes.
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
    /// An entry of the system's key store.
    Keyring(KeyEntry),
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
            Self::Keyring(entry) => format!("keyring entry {}", complaint::quoted(&entry.to_string())),
            Self::Demo(_) => "simulator key".to_owned(),
        }
    }

    /// Fetches the key from the places of this system. Blocks: a command may take 30 s, the key store 10 s.
    ///
    /// # Errors
    /// As [`Places::fetch`].
    pub fn resolve(&self) -> Result<SecretString, Failure> {
        Places::system().fetch(self)
    }
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
            "keyring" => KeySource::Keyring(map.next_value::<Text>()?.entry()?),
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

    fn entry<E: serde::de::Error>(self) -> Result<KeyEntry, E> {
        KeyEntry::parse(&self.0).ok_or_else(|| E::custom("keyring takes the name of an entry, service/name"))
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
