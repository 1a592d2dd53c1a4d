//! Configuration: the file, its contexts, where keys come from and where things are kept.
//!
//! The file never holds a key, only where to find it; reading a configuration therefore runs no command and opens no
//! key store. Knows the domain only.

mod complaint;
pub mod console;
pub mod contexts;
pub mod credentials;
pub mod demo;
pub mod file;
mod keys;
pub mod paths;
pub mod probe;
pub mod settings;
pub mod template;
pub mod url;

use std::{collections::BTreeMap, path::Path};

pub use self::{
    console::Console,
    contexts::{Context, Environment, Partner},
    credentials::{ClientCertificate, KeySource},
    file::View,
    keys::KeyName,
    settings::{Approve, Io, Pace, Ui},
    url::ServiceUrl,
};
use crate::domain::{Failure, FailureKind};

/// A configuration that was read and found sound.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The context to use when none is named.
    pub default_context: Option<String>,
    /// Looks.
    pub ui: Ui,
    /// Intervals of single sources.
    pub refresh: settings::Refresh,
    /// How audit events are kept.
    pub audit: settings::Audit,
    /// Mouse, clipboard, notifications.
    pub io: Io,
    /// Limits of an approval, never looser than the built-in ones.
    pub approve: Approve,
    /// Requests per second of each key.
    pub pace: Pace,
    /// Contexts by name.
    pub contexts: BTreeMap<String, Context>,
    /// Saved views: screen, then name.
    pub views: BTreeMap<String, BTreeMap<String, View>>,
    /// Keys by the id of their binding; an empty list takes the key away.
    pub keys: BTreeMap<String, Vec<String>>,
}

impl Config {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// One line that names the file, and line and column where there is one: unreadable, writable by others, not of
    /// this user, larger than 1 MiB, or its content is not sound.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let text = paths::read_config(path)?;
        Self::parse(&text, path)
    }

    /// Reads the text of a configuration that stands in `path`; relative files in it start from that folder.
    ///
    /// # Errors
    /// As [`Config::load`], for the content.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Failure> {
        let file: file::File = toml::from_str(text).map_err(|error| complaint::of(&error, text, path))?;
        contexts::resolve(file, path)
    }

    /// The context called `name`; else the default one; else the only one.
    ///
    /// # Errors
    /// No such context, or several and none is the default; the message lists them.
    pub fn context(&self, name: Option<&str>) -> Result<&Context, Failure> {
        let known = || self.contexts.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        match (name.or(self.default_context.as_deref()), self.contexts.len()) {
            (Some(name), _) => self.contexts.get(name).ok_or_else(|| {
                let failure = Failure::new(
                    FailureKind::Configuration,
                    format!("no context is called {}", complaint::quoted(name)),
                );
                failure.hint(format!("the configuration has: {}", known()))
            }),
            (None, 0) => {
                let failure = Failure::new(FailureKind::Configuration, "the configuration has no context");
                Err(failure.hint("`certdeck config template` prints one to start from"))
            }
            (None, 1) => self
                .contexts
                .values()
                .next()
                .ok_or_else(|| Failure::new(FailureKind::Internal, "a configuration of one context has none")),
            (None, _) => {
                let failure = Failure::new(FailureKind::Configuration, "several contexts, and none is the default");
                Err(failure.hint(format!("name one with --context or default_context: {}", known())))
            }
        }
    }
}

#[cfg(test)]
mod tests;
