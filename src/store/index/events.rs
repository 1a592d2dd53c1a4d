//! The file of the events: how they stand in it, and how they get there.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{
    Origin, Put,
    sheets::{self, code, insert},
};
use crate::{
    domain::{
        Clean,
        audit::{
            AuditEvent, AuditSource,
            standing::{LogStanding, Standing},
            sync::{Coverage, Page, Span},
        },
        filter::Field,
    },
    store::{
        context::ContextId,
        fault::Fault,
        file::{self, Bounds, Kind, Opened},
        migrations,
    },
};

const KIND: Kind<'_> = Kind { steps: migrations::AUDIT, durable: false };
/// Memory for pages of the file, KiB.
const CACHE: i64 = 4 << 10;
/// Statements that are held ready: all there are.
const STATEMENTS: usize = 48;
/// Pages of the log of changes after which its content is moved into the file.
const PAGES: i64 = 4_000;

/// The open file of one context.
pub struct EventFile {
    file: Opened,
    fields: &'static [Field<AuditEvent>],
    mark: i64,
}

impl EventFile {
    /// Opens or makes the file of `context`.
    pub fn open(
        folder: &Path,
        context: &ContextId,
        bounds: Bounds,
        fields: &'static [Field<AuditEvent>],
    ) -> Result<Self, Fault> {
        let file = file::open(folder, &context.audit_file(), &KIND, bounds, |connection| own(connection, context))?;
        Self::of(file, context, bounds, fields)
    }

    /// One that is gone with the program.
    pub fn in_memory(context: &ContextId, bounds: Bounds, fields: &'static [Field<AuditEvent>]) -> Result<Self, Fault> {
        let file = file::in_memory(migrations::AUDIT)?;
        own(&file.connection, context)?;
        Self::of(file, context, bounds, fields)
    }

    fn of(
        file: Opened,
        context: &ContextId,
        bounds: Bounds,
        fields: &'static [Field<AuditEvent>],
    ) -> Result<Self, Fault> {
        let owner =
            file.connection.query_row("SELECT context, mark FROM owner", [], |row| Ok((row.get(0)?, row.get(1)?)));
        let (owner, mark): (String, i64) = owner.optional()?.ok_or(Fault::Damaged)?;
        if owner != context.id() {
            return Err(Fault::Foreign);
        }
        file.connection.set_prepared_statement_cache_capacity(STATEMENTS);
        file.connection.pragma_update(None, "cache_size", -CACHE)?;
        file.connection.pragma_update(None, "wal_autocheckpoint", PAGES)?;
        if !file.read_only {
            file::bound(&file.connection, bounds.bytes)?;
        }
        Ok(Self { file, fields, mark })
    }

    /// Tells this file from one that is made in its place.
    pub const fn mark(&self) -> i64 {
        self.mark
    }

    /// True when nothing can be put.
    pub const fn is_read_only(&self) -> bool {
        self.file.read_only
    }

    /// True when another instance has set the file aside.
    pub fn is_gone(&self) -> bool {
        self.file.is_gone()
    }

    /// What is here at this moment, whatever another thread writes meanwhile.
    pub fn look(&self) -> Result<Transaction<'_>, Fault> {
        Ok(self.file.connection.unchecked_transaction()?)
    }

    /// What is here of a log.
    pub fn coverage(&self, source: AuditSource) -> Result<Coverage, Fault> {
        let connection = &self.file.connection;
        let mut spans = connection.prepare_cached(
            "SELECT newest, oldest, why FROM span WHERE source = ?1 ORDER BY newest DESC, oldest DESC",
        )?;
        let spans = spans.query_map([code(source)], |row| {
            Ok(Span { newest: row.get(0)?, oldest: row.get(1)?, why: Clean::new(&row.get::<_, String>(2)?) })
        })?;
        let spans = spans.collect::<Result<_, _>>()?;
        let counts = connection
            .query_row("SELECT missing, searched FROM log WHERE source = ?1", [code(source)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let (missing, searched): (i64, i64) = counts.unwrap_or_default();
        let count = |number| usize::try_from(number).unwrap_or_default();
        Ok(Coverage { spans, missing: count(missing), searched: count(searched) })
    }

    /// Takes a page, and brings its run forward.
    pub fn put(&mut self, put: &mut Put) -> Result<usize, Fault> {
        let change = self.file.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut plan = put.plan.clone();
        let sights = insert(&change, self.fields, put.source, &put.events)?;
        let new = sights.iter().filter(|sight| !sight.known).count();
        let here = |from, to| sheets::count(&change, put.source, from, to).unwrap_or_default();
        plan.took(&Page::new(sights, put.total), &here);
        save(&change, put.source, &plan.coverage())?;
        change.commit()?;
        put.plan = plan;
        Ok(new)
    }

    /// Takes events that are no page of a list.
    pub fn add(
        &mut self,
        source: AuditSource,
        events: &[AuditEvent],
        spans: &[Span],
        origin: Option<&Origin>,
    ) -> Result<usize, Fault> {
        let change = self.file.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sights = insert(&change, self.fields, source, events)?;
        save(&change, source, &Coverage { spans: spans.to_vec(), ..Coverage::default() })?;
        if let Some(origin) = origin {
            change.execute(
                "UPDATE log SET origin = ?2, token = ?3, read_at = ?4, failure = NULL WHERE source = ?1",
                params![code(source), origin.shown.as_str(), origin.token, origin.read_at.to_string()],
            )?;
        }
        change.commit()?;
        Ok(sights.iter().filter(|sight| !sight.known).count())
    }

    /// What was taken of a log that is no list.
    pub fn token(&self, source: AuditSource) -> Result<String, Fault> {
        let token = self
            .file
            .connection
            .query_row("SELECT token FROM log WHERE source = ?1", [code(source)], |row| row.get(0))
            .optional()?;
        Ok(token.unwrap_or_default())
    }

    /// Takes what a run says at its end.
    pub fn note(
        &mut self,
        source: AuditSource,
        coverage: &Coverage,
        read_at: Option<Timestamp>,
        failure: Option<&Clean>,
    ) -> Result<(), Fault> {
        let change = self.file.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        save(&change, source, coverage)?;
        change.execute(
            "UPDATE log SET read_at = coalesce(?2, read_at), failure = ?3 WHERE source = ?1",
            params![code(source), read_at.map(|at| at.to_string()), failure.map(Clean::as_str)],
        )?;
        change.commit()?;
        Ok(())
    }

    /// Removes some of what happened before a moment; how many that were.
    pub fn prune(&mut self, floor: i64) -> Result<usize, Fault> {
        let change = self.file.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (gone, is_more) = sheets::prune(&change, self.fields, floor)?;
        change.commit()?;
        if gone > 0 && !is_more {
            // Each row of the answer is a page that was given back.
            self.file.connection.pragma(None, "incremental_vacuum", 1_000, |_| Ok(()))?;
        }
        Ok(usize::try_from(gone).unwrap_or_default())
    }

    /// How the logs stand.
    pub fn standing(&self, floor: i64) -> Result<Standing, Fault> {
        let mut logs = Vec::new();
        for source in AuditSource::ALL {
            let log = self.file.connection.query_row(
                "SELECT read_at, failure, origin, (SELECT coalesce(sum(events), 0) FROM hour WHERE source = ?1) FROM log \
                 WHERE source = ?1",
                [code(source)],
                |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?)),
            );
            let Some((read_at, failure, origin, events)) = log.optional()? else { continue };
            logs.push(LogStanding {
                source,
                read_at: read_at.map(|at| at.parse().map_err(|_| Fault::Damaged)).transpose()?,
                failure: failure.map(|why| Clean::new(&why)),
                events: usize::try_from(events).unwrap_or_default(),
                gaps: self.coverage(source)?.gaps(floor),
                origin: Clean::new(&origin),
            });
        }
        Ok(Standing { logs })
    }
}

fn save(change: &Transaction<'_>, source: AuditSource, coverage: &Coverage) -> Result<(), Fault> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    change
        .prepare_cached(
            "INSERT INTO log VALUES (?1, NULL, NULL, ?2, ?3, '', '') \
             ON CONFLICT DO UPDATE SET missing = excluded.missing, searched = excluded.searched",
        )?
        .execute(params![code(source), number(coverage.missing), number(coverage.searched)])?;
    change.prepare_cached("DELETE FROM span WHERE source = ?1")?.execute([code(source)])?;
    for span in &coverage.spans {
        change.prepare_cached("INSERT INTO span VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            code(source),
            span.newest,
            span.oldest,
            span.why.as_str()
        ])?;
    }
    Ok(())
}

fn own(connection: &Connection, context: &ContextId) -> Result<(), Fault> {
    connection.execute("INSERT INTO owner VALUES (?1, ?2)", params![context.id(), fastrand::i64(..)])?;
    Ok(())
}
