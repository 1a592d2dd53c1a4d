//! Whose data a file holds.

use aws_lc_rs::digest::{Context as Digest, SHA256};
use rusqlite::{Connection, OptionalExtension as _};

use super::{
    fault::Fault,
    seal::{hex, member},
};

/// Longest part of a context's name in the name of a file, characters.
const NAME: usize = 40;

/// A context as the store tells it from others: its name and the addresses it reads from.
///
/// A context whose addresses change is another one: what was kept before is never shown under it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContextId {
    name: String,
    id: String,
}

impl ContextId {
    /// The context called `name` in the configuration, with what decides whose data its services give: their
    /// addresses and accounts, in a fixed order. No part of it may be a secret.
    pub fn new<'a>(name: &str, services: impl IntoIterator<Item = &'a str>) -> Self {
        let mut digest = Digest::new(&SHA256);
        member(&mut digest, name.as_bytes());
        services.into_iter().for_each(|service| member(&mut digest, service.as_bytes()));
        Self { name: name.to_owned(), id: hex(digest.finish().as_ref()) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// 64 hexadecimal digits, the same on each machine.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The file of its cache: names that differ give files that differ, also where case does not count.
    pub(super) fn file(&self) -> String {
        self.named("cache")
    }

    /// The file of its audit events.
    pub(super) fn audit_file(&self) -> String {
        self.named("audit")
    }

    /// The file of its snapshots, likewise.
    pub(super) fn snapshots_file(&self) -> String {
        self.named("snapshots")
    }

    /// Writes whose file this is into a new one.
    pub(super) fn own(&self, connection: &Connection) -> Result<(), Fault> {
        connection.execute("INSERT INTO owner VALUES (?1)", [self.id()])?;
        Ok(())
    }

    /// Refuses a file that is another context's, or nobody's.
    pub(super) fn check_owner(&self, connection: &Connection) -> Result<(), Fault> {
        let owner: Option<String> =
            connection.query_row("SELECT context FROM owner", [], |row| row.get(0)).optional()?;
        match owner {
            Some(owner) if owner == self.id() => Ok(()),
            Some(_) => Err(Fault::Foreign),
            None => Err(Fault::Damaged),
        }
    }

    fn named(&self, what: &str) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
        let name: String = self.name.chars().take(NAME).map(safe).collect();
        let mut digest = Digest::new(&SHA256);
        member(&mut digest, self.name.as_bytes());
        let tail: String = hex(digest.finish().as_ref()).chars().take(12).collect();
        format!("{what}-{name}-{tail}.db")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_its_name_and_its_addresses() {
        let one = ContextId::new("prod", ["https://one.example.com", "7"]);
        assert_eq!(one, ContextId::new("prod", ["https://one.example.com", "7"]));
        for other in [
            ContextId::new("prod", ["https://one.example.net", "7"]),
            ContextId::new("prod", ["https://one.example.com7"]),
            ContextId::new("prodhttps://one.example.com", ["7"]),
        ] {
            assert_ne!(one.id(), other.id());
        }
    }

    #[test]
    fn any_name_gives_a_file_of_its_own_in_the_folder() {
        let names = ["prod", "PROD", "../prod", "..", "a/b", "a-b", "", "CON", "é", &"x".repeat(300), &"x".repeat(301)];
        let files: std::collections::BTreeSet<String> =
            names.iter().map(|name| ContextId::new(name, []).file().to_lowercase()).collect();
        assert_eq!(files.len(), names.len());
        for file in files {
            assert!(file.len() < 80 && file.starts_with("cache-") && !file.contains(['/', '\\']), "{file}");
        }
    }
}
