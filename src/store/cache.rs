//! The last good data of one context.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, TransactionBehavior, params};

use super::{
    codec::Body,
    context::ContextId,
    fault::Fault,
    file::{self, Bounds, Kind, Opened},
    migrations,
    seal::sealed,
};
use crate::domain::ca::RequestSource;

/// Datasets that are kept of a source: the last one, and the one before, which may still be on its way to the screen.
const KEPT: u32 = 2;

/// Removes all but the last list of each source.
const OLDER: &str = "DELETE FROM dataset WHERE id NOT IN (SELECT max(id) FROM dataset GROUP BY source)";

const KIND: Kind<'_> = Kind { steps: migrations::CACHE, durable: false };

/// A list that was put away, without its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// When its read ended.
    pub read_at: Timestamp,
    /// False when pages were missing.
    pub complete: bool,
    /// From where open requests were read; `None` for other lists.
    pub origin: Option<RequestSource>,
}

/// A list that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its id in the file.
    pub id: i64,
    /// What is known of it.
    pub saved: Saved,
    /// How many rows.
    pub rows: u32,
    /// How many chunks.
    pub chunks: u32,
}

impl Found {
    /// What a list of this context, source and form has beside it: 32 bytes.
    fn seal(&self, context: &ContextId, source: &str, format: u32) -> Vec<u8> {
        let Saved { read_at, complete, origin } = &self.saved;
        let text = format!("{read_at} {complete} {origin:?} {} {}", self.rows, self.chunks);
        sealed(context, source, format, text.as_bytes())
    }
}

/// The open file of one context.
#[derive(Debug)]
pub struct Cache {
    file: Opened,
    context: ContextId,
}

impl Cache {
    /// Opens or makes the file of `context`.
    pub fn open(folder: &Path, context: &ContextId, bounds: Bounds) -> Result<Self, Fault> {
        let file = file::open(folder, &context.file(), &KIND, bounds, |connection| context.own(connection))?;
        context.check_owner(&file.connection)?;
        let cache = Self { file, context: context.clone() };
        if !cache.is_read_only() {
            cache.shrink(bounds.bytes)?;
        }
        Ok(cache)
    }

    /// One that is gone with the program.
    pub fn in_memory(context: &ContextId, bounds: Bounds) -> Result<Self, Fault> {
        let file = file::in_memory(migrations::CACHE)?;
        context.own(&file.connection)?;
        let cache = Self { file, context: context.clone() };
        cache.shrink(bounds.bytes)?;
        Ok(cache)
    }

    /// True when nothing can be put.
    pub const fn is_read_only(&self) -> bool {
        self.file.read_only
    }

    /// True when another instance has set the file aside.
    pub fn is_gone(&self) -> bool {
        self.file.is_gone()
    }

    /// Bytes of the file and its log.
    pub fn bytes(&self) -> u64 {
        let path = self.file.connection.path().map_or(Path::new(""), Path::new);
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        size(path) + size(&path.with_extension("db-wal"))
    }

    /// Puts a list in the place of the one before, all of it or nothing.
    pub fn put(&mut self, saved: &Saved, body: &Body) -> Result<(), Fault> {
        match self.insert(saved, body) {
            Err(fault) if fault.is_full() && self.drop_older()? > 0 => self.insert(saved, body),
            done => done,
        }
    }

    /// The newest list of a source whose rows have this form.
    pub fn find(&self, source: &str, format: u32) -> Result<Option<Found>, Fault> {
        let mut newest = self.file.connection.prepare_cached(
            "SELECT id, format, read_at, complete, origin, row_count, chunk_count, seal FROM dataset \
             WHERE context = ?1 AND source = ?2 ORDER BY id DESC LIMIT 1",
        )?;
        let found = newest.query_row(params![self.context.id(), source], |row| {
            let saved = (row.get::<_, String>(2)?, row.get(3)?, row.get::<_, Option<String>>(4)?);
            let size = (row.get::<_, u32>(5)?, row.get(6)?);
            Ok((row.get(0)?, row.get::<_, u32>(1)?, saved, size, row.get::<_, Vec<u8>>(7)?))
        });
        let Some((id, kept, (read_at, complete, origin), (rows, chunks), seal)) = found.optional()? else {
            return Ok(None);
        };
        if kept != format {
            return Ok(None);
        }
        let read_at = read_at.parse().map_err(|_| Fault::Damaged)?;
        let origin = origin.map(|word| request_source(&word).ok_or(Fault::Damaged)).transpose()?;
        let found = Found { id, saved: Saved { read_at, complete, origin }, rows, chunks };
        if seal == found.seal(&self.context, source, format) { Ok(Some(found)) } else { Err(Fault::Damaged) }
    }

    /// A chunk of a list that was found; `None` when the list is gone.
    pub fn chunk(&self, source: &str, format: u32, id: i64, number: u32) -> Result<Option<Vec<u8>>, Fault> {
        let mut chunk =
            self.file.connection.prepare_cached("SELECT seal, body FROM chunk WHERE dataset = ?1 AND number = ?2")?;
        let found =
            chunk.query_row(params![id, number], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?)));
        let Some((seal, body)) = found.optional()? else { return Ok(None) };
        if seal == chunk_seal(&self.context, source, format, number, &body) {
            Ok(Some(body))
        } else {
            Err(Fault::Damaged)
        }
    }

    fn insert(&mut self, saved: &Saved, body: &Body) -> Result<(), Fault> {
        let too_large = |_| Fault::TooLarge;
        let rows = u32::try_from(body.rows).map_err(too_large)?;
        let chunks = u32::try_from(body.len()).map_err(too_large)?;
        let seal = Found { id: 0, saved: saved.clone(), rows, chunks }.seal(&self.context, body.source, body.format);
        let change = self.file.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        change.prepare_cached("INSERT INTO dataset VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?.execute(
            params![
                self.context.id(),
                body.source,
                body.format,
                saved.read_at.to_string(),
                saved.complete,
                saved.origin.map(origin_word),
                rows,
                chunks,
                seal,
            ],
        )?;
        let id = change.last_insert_rowid();
        for (number, chunk) in (0_u32..).zip(body.chunks()) {
            let seal = chunk_seal(&self.context, body.source, body.format, number, &chunk);
            change
                .prepare_cached("INSERT INTO chunk VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![id, number, seal, chunk])?;
        }
        change
            .prepare_cached(
                "DELETE FROM dataset WHERE source = ?1 AND id NOT IN \
                 (SELECT id FROM dataset WHERE source = ?1 ORDER BY id DESC LIMIT ?2)",
            )?
            .execute(params![body.source, KEPT])?;
        change.commit()?;
        Ok(())
    }

    /// Removes all but the last list of each source; how many there were.
    fn drop_older(&self) -> Result<usize, Fault> {
        Ok(self.file.connection.execute(OLDER, [])?)
    }

    /// Bounds the file; one that has outgrown the bound loses older lists first, then all.
    fn shrink(&self, limit: u64) -> Result<(), Fault> {
        let number = |name: &str| -> Result<i64, Fault> {
            Ok(self.file.connection.pragma_query_value(None, name, |row| row.get(0))?)
        };
        let most = file::bound(&self.file.connection, limit)?;
        if number("page_count")? > most {
            for sql in [OLDER, "DELETE FROM dataset"] {
                if number("page_count")? - number("freelist_count")? > most {
                    self.file.connection.execute(sql, [])?;
                }
            }
            // Each row of the answer is a page that was given back.
            self.file.connection.pragma(None, "incremental_vacuum", 0, |_| Ok(()))?;
            self.file.connection.pragma(None, "wal_checkpoint", "truncate", |_| Ok(()))?;
            // A bound below the size of the file had no effect before.
            file::bound(&self.file.connection, limit)?;
        }
        Ok(())
    }
}

/// What a chunk of this context, source, form and place has beside it: 32 bytes.
fn chunk_seal(context: &ContextId, source: &str, format: u32, number: u32, chunk: &[u8]) -> Vec<u8> {
    sealed(context, &format!("{source} {number}"), format, chunk)
}

const fn origin_word(origin: RequestSource) -> &'static str {
    match origin {
        RequestSource::Queue => "queue",
        RequestSource::PerCa => "per-ca",
        RequestSource::Record => "record",
    }
}

fn request_source(word: &str) -> Option<RequestSource> {
    let all = [RequestSource::Queue, RequestSource::PerCa, RequestSource::Record];
    all.into_iter().find(|origin| origin_word(*origin) == word)
}

#[cfg(test)]
mod tests;
