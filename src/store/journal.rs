//! What this program did, entry by entry: only ever added to, each entry synced before it counts.
//!
//! An entry holds the hash of the one before, so a change of an old one shows. Entries that were cut off at the end
//! do not: nothing outside the file says how many there were.

use std::path::Path;

use aws_lc_rs::digest::{Context as Digest, SHA256};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, TransactionBehavior, params};

use super::{
    context::ContextId,
    fault::Fault,
    file::{self, Bounds, Kind, Opened},
    migrations, seal,
};
use crate::domain::Clean;

/// The file.
pub const FILE: &str = "journal.db";
/// Longest body, bytes.
pub const BODY: usize = 64 << 10;

const KIND: Kind<'_> = Kind { steps: migrations::JOURNAL, durable: true };
const MEMBERS: &str = "SELECT id, at, kind, context, body, previous, hash FROM entry";

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number; the first is 1, and none is left out.
    pub id: i64,
    /// When it was added.
    pub at: Timestamp,
    /// What it says, `intent`.
    pub kind: Clean,
    /// The context that it is about: [`ContextId::id`].
    pub context: Clean,
    /// JSON text, as it was added.
    pub body: String,
    /// SHA-256 over all of it and the hash before, 64 hexadecimal digits.
    pub hash: Clean,
}

/// What a look at the whole journal found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Sound entries, from the first on.
    pub sound: u64,
    /// The first entry that is not what was written, or stands where another one is missing.
    pub broken: Option<i64>,
}

/// The open journal.
#[derive(Debug)]
pub struct Journal {
    file: Opened,
}

impl Journal {
    /// Opens or makes the journal.
    pub fn open(folder: &Path, bounds: Bounds) -> Result<Self, Fault> {
        let file = file::open(folder, FILE, &KIND, bounds, |_| Ok(()))?;
        let check: String = file.connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
        if check != "ok" {
            return Err(Fault::Damaged);
        }
        file::bound(&file.connection, bounds.bytes)?;
        Ok(Self { file })
    }

    /// One that is gone with the program.
    pub fn in_memory() -> Result<Self, Fault> {
        Ok(Self { file: file::in_memory(migrations::JOURNAL)? })
    }

    /// True when somebody has moved or removed the file.
    pub fn is_gone(&self) -> bool {
        self.file.is_gone()
    }

    /// True when nothing can be added.
    pub const fn is_read_only(&self) -> bool {
        self.file.read_only
    }

    /// Adds an entry; when this returns it is on the disk.
    pub fn append(&mut self, at: Timestamp, kind: &str, context: &ContextId, body: &str) -> Result<Entry, Fault> {
        if body.len() > BODY || serde_json::from_str::<serde::de::IgnoredAny>(body).is_err() {
            return Err(Fault::Unsound);
        }
        let change = self.file.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let last = change.query_row(&format!("{MEMBERS} ORDER BY id DESC LIMIT 1"), [], Line::read).optional()?;
        if last.as_ref().is_some_and(|line| line.hash != line.sum()) {
            return Err(Fault::Damaged);
        }
        let (id, previous) = last.map_or_else(|| (1, String::new()), |line| (line.id.saturating_add(1), line.hash));
        let (kind, context) = (kind.to_owned(), context.id().to_owned());
        let mut line =
            Line { id, at: at.to_string(), kind, context, body: body.to_owned(), previous, hash: String::new() };
        line.hash = line.sum();
        change.execute(
            "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![line.id, line.at, line.kind, line.context, line.body, line.previous, line.hash],
        )?;
        change.commit()?;
        line.entry()
    }

    /// Up to `most` entries behind the one with the number `after` (0 for the first), in their order.
    pub fn entries(&self, after: i64, most: usize) -> Result<Vec<Entry>, Fault> {
        let mut list = self.file.connection.prepare_cached(&format!("{MEMBERS} WHERE id > ?1 ORDER BY id LIMIT ?2"))?;
        let lines = list.query_map(params![after, i64::try_from(most).unwrap_or(i64::MAX)], Line::read)?;
        lines.map(|line| line?.entry()).collect()
    }

    /// Reads all of it and follows the hashes.
    pub fn verify(&self) -> Result<Verdict, Fault> {
        let mut list = self.file.connection.prepare_cached(&format!("{MEMBERS} ORDER BY id"))?;
        let mut lines = list.query([])?;
        let mut before = String::new();
        let mut sound = 0;
        let mut next = 1;
        while let Some(row) = lines.next()? {
            let line = Line::read(row)?;
            if line.id != next || line.previous != before || line.hash != line.sum() {
                return Ok(Verdict { sound, broken: Some(line.id) });
            }
            before = line.hash;
            sound += 1;
            next += 1;
        }
        Ok(Verdict { sound, broken: None })
    }
}

/// An entry as it stands in the file.
struct Line {
    id: i64,
    at: String,
    kind: String,
    context: String,
    body: String,
    previous: String,
    hash: String,
}

impl Line {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            at: row.get(1)?,
            kind: row.get(2)?,
            context: row.get(3)?,
            body: row.get(4)?,
            previous: row.get(5)?,
            hash: row.get(6)?,
        })
    }

    /// SHA-256 over the members in the order of the table, each with its length.
    fn sum(&self) -> String {
        let mut digest = Digest::new(&SHA256);
        let id = self.id.to_string();
        for text in [&id, &self.at, &self.kind, &self.context, &self.body, &self.previous] {
            seal::member(&mut digest, text.as_bytes());
        }
        seal::hex(digest.finish().as_ref())
    }

    fn entry(self) -> Result<Entry, Fault> {
        Ok(Entry {
            id: self.id,
            at: self.at.parse().map_err(|_| Fault::Damaged)?,
            kind: self.kind.into(),
            context: self.context.into(),
            body: self.body,
            hash: self.hash.into(),
        })
    }
}

#[cfg(test)]
mod tests;
