//! The file of the events: how they stand in it, and how they get there.

use std::{
    collections::BTreeMap,
    hash::Hasher as _,
    io::{Read as _, Write as _},
    path::Path,
};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use siphasher::sip::SipHasher13;

use super::{Origin, Put};
use crate::{
    domain::{
        Clean,
        audit::{
            AuditEvent, AuditSource,
            standing::{LogStanding, Standing},
            sync::{Coverage, Page, Sight, Span},
        },
        filter::{Field, Filter},
        raw::Raw,
        subject::View,
    },
    store::{
        codec::{decode_one, encode_one},
        context::ContextId,
        fault::Fault,
        file::{self, Bounds, Kind, Opened},
        migrations,
    },
};

const KIND: Kind<'_> = Kind { steps: migrations::AUDIT, durable: false };
/// Bits of a number below its millisecond.
const BELOW: u32 = 20;
/// The last millisecond that has a number: in the year 2248.
const LAST: i64 = (1 << 43) - 1;
/// Milliseconds of an hour.
pub const HOUR: i64 = 3_600_000;
/// Events that are removed in one step.
const STEP: i64 = 2_000;
/// Bytes of unpacked raw records of one sheet: no page of a service is longer.
const SHEET: u64 = 64 << 20;
/// Memory for pages of the file, KiB: the tables of hashes are written all over.
const CACHE: i64 = 16 << 10;

/// The open file of one context.
pub struct EventFile {
    pub(super) file: Opened,
    fields: &'static [Field<AuditEvent>],
    mark: i64,
    /// The sheet that was unpacked last.
    sheet: Option<(i64, Vec<Raw>)>,
}

/// The first number of a millisecond.
pub fn number(ms: i64) -> i64 {
    ms.clamp(0, LAST) << BELOW
}

/// The millisecond of a number.
pub const fn millisecond(number: i64) -> i64 {
    number >> BELOW
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
        file.connection.pragma_update(None, "cache_size", -CACHE)?;
        if !file.read_only {
            file::bound(&file.connection, bounds.bytes)?;
        }
        Ok(Self { file, fields, mark, sheet: None })
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
        let here = |from, to| count(&change, put.source, from, to).unwrap_or_default();
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
        let mut old: Vec<(i64, Vec<u8>)> = Vec::new();
        {
            let mut oldest = change.prepare_cached("SELECT id, body FROM event WHERE id < ?1 ORDER BY id LIMIT ?2")?;
            let mut rows = oldest.query(params![number(floor), STEP])?;
            while let Some(row) = rows.next()? {
                old.push((row.get(0)?, row.get(1)?));
            }
        }
        let is_more = i64::try_from(old.len()).is_ok_and(|gone| gone >= STEP);
        for (id, body) in &old {
            let event: AuditEvent = decode_one(body).ok_or(Fault::Damaged)?;
            change.prepare_cached("DELETE FROM event WHERE id = ?1")?.execute([id])?;
            change.prepare_cached("DELETE FROM word WHERE rowid = ?1")?.execute([id])?;
            // Those behind it in its row of hashes stay found: an empty place would end the search.
            change
                .prepare_cached("UPDATE known SET event = -1 WHERE hash >= ?1 AND hash < ?1 + 16 AND event = ?2")?
                .execute(params![hash(&event), id])?;
            change
                .prepare_cached("UPDATE hour SET events = events - 1 WHERE source = ?1 AND hour = ?2")?
                .execute(params![code(event.source), millisecond(*id).div_euclid(HOUR)])?;
        }
        if !old.is_empty() && !is_more {
            change.execute("DELETE FROM hour WHERE events <= 0", [])?;
            change.execute("DELETE FROM sheet WHERE newest < ?1", [floor])?;
            change.execute("DELETE FROM known WHERE event = -1 AND hash + 1 NOT IN (SELECT hash FROM known)", [])?;
        }
        change.commit()?;
        if !old.is_empty() && !is_more {
            // Each row of the answer is a page that was given back.
            self.file.connection.pragma(None, "incremental_vacuum", 1_000, |_| Ok(()))?;
        }
        Ok(old.len())
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

    /// The raw record of an event.
    pub fn raw(&mut self, sheet: i64, place: usize) -> Result<Raw, Fault> {
        if self.sheet.as_ref().is_none_or(|(id, _)| *id != sheet) {
            let packed: Option<Vec<u8>> = self
                .file
                .connection
                .prepare_cached("SELECT body FROM sheet WHERE id = ?1")?
                .query_row([sheet], |row| row.get(0))
                .optional()?;
            self.sheet = Some((sheet, unpack(&packed.unwrap_or_default())?));
        }
        let raw = self.sheet.as_ref().and_then(|(_, all)| all.get(place));
        Ok(raw.cloned().unwrap_or_default())
    }
}

/// Events of a log from a millisecond up to, not including, another one.
pub fn count(connection: &Connection, source: AuditSource, from: i64, to: i64) -> Result<usize, Fault> {
    let (from, to) = (from.clamp(0, LAST), to.clamp(0, LAST));
    let part = |from: i64, to: i64| -> Result<i64, Fault> {
        if from >= to {
            return Ok(0);
        }
        let mut part =
            connection.prepare_cached("SELECT count(*) FROM event WHERE id >= ?1 AND id < ?2 AND source = ?3")?;
        Ok(part.query_row(params![number(from), number(to), code(source)], |row| row.get(0))?)
    };
    let (first, last) = (from.div_euclid(HOUR) + i64::from(from % HOUR != 0), to.div_euclid(HOUR));
    let all = if first >= last {
        part(from, to)?
    } else {
        let mut hours = connection.prepare_cached(
            "SELECT coalesce(sum(events), 0) FROM hour WHERE source = ?1 AND hour >= ?2 AND hour < ?3",
        )?;
        let whole: i64 = hours.query_row(params![code(source), first, last], |row| row.get(0))?;
        part(from, first * HOUR)? + whole + part(last * HOUR, to)?
    };
    Ok(usize::try_from(all).unwrap_or_default())
}

/// Adds those of the events that are not here; where each stands, in their order.
fn insert(
    change: &Transaction<'_>,
    fields: &'static [Field<AuditEvent>],
    source: AuditSource,
    events: &[AuditEvent],
) -> Result<Vec<Sight>, Fault> {
    let mut sights = Vec::with_capacity(events.len());
    // An event without a moment stands beside the one listed before it.
    let first = events.iter().find_map(|event| event.at.at()).map_or(0, Timestamp::as_millisecond);
    let mut beside = first;
    for event in events {
        beside = event.at.at().map_or(beside, Timestamp::as_millisecond).clamp(0, LAST);
        let known = matches!(find(change, event)?, Found::Here);
        sights.push(Sight { key: hash(event).cast_unsigned(), at: beside, known });
    }
    if sights.iter().all(|sight| sight.known) {
        return Ok(sights);
    }
    let newest = sights.iter().map(|sight| sight.at).max().unwrap_or_default();
    let texts = events.iter().map(|event| event.raw.as_sent());
    change.prepare_cached("INSERT INTO sheet VALUES (NULL, ?1, ?2)")?.execute(params![newest, pack(texts)?])?;
    let sheet = change.last_insert_rowid();
    let mut rows: Vec<(i64, usize)> = Vec::new();
    let mut next: BTreeMap<i64, i64> = BTreeMap::new();
    let mut hours: BTreeMap<i64, i64> = BTreeMap::new();
    // The oldest first: of one millisecond the one listed first has the largest number.
    for (place, (event, sight)) in events.iter().zip(&sights).enumerate().rev().filter(|(_, (_, sight))| !sight.known) {
        let Found::Free(hash) = find(change, event)? else { continue };
        let mut ms = sight.at;
        let id = loop {
            let free = match next.get(&ms) {
                Some(free) => *free,
                None => change
                    .prepare_cached("SELECT max(id) FROM event WHERE id >= ?1 AND id < ?2")?
                    .query_row(params![number(ms), number(ms) + (1 << BELOW)], |row| row.get::<_, Option<i64>>(0))?
                    .map_or_else(|| number(ms), |last| last + 1),
            };
            if millisecond(free) == ms {
                next.insert(ms, free + 1);
                break free;
            }
            // More than a million in one millisecond.
            ms += 1;
        };
        change.prepare_cached("INSERT OR REPLACE INTO known VALUES (?1, ?2)")?.execute(params![hash, id])?;
        change.prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
            id,
            code(source),
            sheet,
            i64::try_from(place).map_err(|_| Fault::TooLarge)?,
            encode_one(event)
        ])?;
        *hours.entry(ms.div_euclid(HOUR)).or_default() += 1;
        rows.push((id, place));
    }
    // The full-text index wants its numbers in their order, or it writes each row apart.
    rows.sort_unstable();
    for (id, place) in rows {
        if let Some(event) = events.get(place) {
            let text = Filter::texts_of(fields, View::from(event));
            change.prepare_cached("INSERT INTO word (rowid, text) VALUES (?1, ?2)")?.execute(params![id, text])?;
        }
    }
    for (hour, events) in hours {
        change
            .prepare_cached(
                "INSERT INTO hour VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET events = events + excluded.events",
            )?
            .execute(params![code(source), hour, events])?;
    }
    Ok(sights)
}

enum Found {
    Here,
    /// The place of its hash.
    Free(i64),
}

fn find(change: &Transaction<'_>, event: &AuditEvent) -> Result<Found, Fault> {
    let (mut place, mut free) = (hash(event), None);
    loop {
        let known = change
            .prepare_cached(
                "SELECT known.event, event.body FROM known LEFT JOIN event ON event.id = known.event WHERE hash = ?1",
            )?
            .query_row([place], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<Vec<u8>>>(1)?)))
            .optional()?;
        match known {
            None => return Ok(Found::Free(free.unwrap_or(place))),
            // The place of one that was removed.
            Some((_, None)) => {
                free.get_or_insert(place);
            }
            Some((_, Some(body))) => {
                let here: AuditEvent = decode_one(&body).ok_or(Fault::Damaged)?;
                if here.source == event.source && here.id == event.id {
                    return Ok(Found::Here);
                }
            }
        }
        place = place.saturating_add(1);
    }
}

/// What tells an event from others: its log and id, or the whole record of one without an id.
fn hash(event: &AuditEvent) -> i64 {
    let mut hasher = SipHasher13::new();
    hasher.write_i64(code(event.source));
    hasher.write(if event.id.is_empty() { event.raw.as_sent() } else { event.id.as_str() }.as_bytes());
    // Room for the places behind it.
    (hasher.finish() >> 2).cast_signed()
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

/// The number of a log in the file.
pub const fn code(source: AuditSource) -> i64 {
    match source {
        AuditSource::PrivateCa => 0,
        AuditSource::AccountManager => 1,
        AuditSource::Report => 2,
        AuditSource::Here => 3,
    }
}

fn own(connection: &Connection, context: &ContextId) -> Result<(), Fault> {
    connection.execute("INSERT INTO owner VALUES (?1, ?2)", params![context.id(), fastrand::i64(..)])?;
    Ok(())
}

/// Records with their lengths before them, packed.
fn pack<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<u8>, Fault> {
    let mut out = DeflateEncoder::new(Vec::new(), Compression::fast());
    for text in texts {
        let length = u32::try_from(text.len()).map_err(|_| Fault::TooLarge)?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(text.as_bytes())?;
    }
    Ok(out.finish()?)
}

fn unpack(packed: &[u8]) -> Result<Vec<Raw>, Fault> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(packed).take(SHEET).read_to_end(&mut bytes).map_err(|_| Fault::Damaged)?;
    let (mut rest, mut all) = (bytes.as_slice(), Vec::new());
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Fault::Damaged)?;
        let (text, behind) = behind.split_at_checked(length).ok_or(Fault::Damaged)?;
        all.push(Raw::new(std::str::from_utf8(text).map_err(|_| Fault::Damaged)?));
        rest = behind;
    }
    Ok(all)
}
