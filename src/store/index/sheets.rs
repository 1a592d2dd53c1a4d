//! Sheets of events: some of one log and one hour side by side, their raw records beside them.
//!
//! The number of an event is its moment in milliseconds, 20 bits further left, and a count within that millisecond: the
//! order of numbers is the order of time.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::Hasher as _,
    io::{Read as _, Write as _},
};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use siphasher::sip::SipHasher13;

use crate::{
    domain::{
        audit::{AuditEvent, AuditSource, sync::Sight},
        filter::{Field, Filter},
        ids::EventId,
        raw::Raw,
        subject::View,
    },
    store::{
        codec::{Chunk, Reader, Row, Stored, Writer, decode},
        fault::Fault,
    },
};

/// Events of a sheet at most.
const MOST: usize = 32;
/// One with no more than these is filled up by later ones.
const FEW: i64 = 16;
/// Sheets that are removed in one step.
const STEP: usize = 64;
/// Bits of a number below its millisecond.
const BELOW: u32 = 20;
/// The last millisecond that has a number: in the year 2248.
const LAST: i64 = (1 << 43) - 1;
/// Milliseconds of an hour.
pub const HOUR: i64 = 3_600_000;
/// Bytes of unpacked raw records of one sheet: no page of a service is longer.
const RECORDS: u64 = 64 << 20;
/// Bytes of a text that the full-text index can tell from others.
const TRIGRAM: usize = 3;

/// The first number of a millisecond.
pub fn number(ms: i64) -> i64 {
    ms.clamp(0, LAST) << BELOW
}

/// The millisecond of a number.
pub const fn millisecond(number: i64) -> i64 {
    number >> BELOW
}

/// The first number of the hour of one.
pub fn hour_of(id: i64) -> i64 {
    number(millisecond(id).div_euclid(HOUR) * HOUR)
}

/// The first number behind the hour of one.
pub fn hour_behind(id: i64) -> i64 {
    if millisecond(id) > LAST - HOUR { i64::MAX } else { number((millisecond(id).div_euclid(HOUR) + 1) * HOUR) }
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

/// An event of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub id: i64,
    /// Hash of the raw record of one that has no id in its log, else 0.
    pub digest: u64,
    /// Without its raw record.
    pub event: AuditEvent,
}

impl Stored for Kept {
    fn write<'a>(&'a self, out: &mut Writer<'a>) {
        self.event.write(out);
        out.signed(self.id.wrapping_sub(near(&self.event)));
        out.number(self.digest);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let event = AuditEvent::read(input)?;
        let id = near(&event).checked_add(input.signed()?)?;
        Some(Self { id, digest: input.number()?, event })
    }
}

impl Row for Kept {
    const SOURCE: &'static str = "audit-sheet";
    const FORMAT: u32 = 1;
}

/// What the number of a dated event is close to.
fn near(event: &AuditEvent) -> i64 {
    event.at.at().map_or(0, |at| number(at.as_millisecond()))
}

/// What tells an event from others of its log: its id, or the whole record of one without.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    id: EventId,
    digest: u64,
}

impl Key {
    fn of(event: &AuditEvent) -> Self {
        let digest = if event.id.is_empty() { hash(event.raw.as_sent()) } else { 0 };
        Self { id: event.id.clone(), digest }
    }

    fn text(&self) -> String {
        format!("{:x} {}", self.digest, self.id)
    }

    fn sight(&self) -> u64 {
        if self.id.is_empty() { self.digest } else { hash(self.id.as_str()) }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// A sheet without its events.
#[derive(Debug, Clone, Copy)]
struct Head {
    id: i64,
    source: i64,
    newest: i64,
    oldest: i64,
    events: i64,
}

impl Head {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, source: row.get(1)?, newest: row.get(2)?, oldest: row.get(3)?, events: row.get(4)? })
    }
}

/// The sheets that may have numbers from `from` up to, not including, `to`, which is of the same hour or its end.
fn heads(connection: &Connection, from: i64, to: i64) -> Result<Vec<Head>, Fault> {
    let mut list = connection.prepare_cached(
        "SELECT id, source, newest, oldest, events FROM sheet INDEXED BY sheet_by_newest \
         WHERE newest >= ?1 AND newest < ?2 AND oldest < ?3",
    )?;
    let heads = list.query_map(params![from, hour_behind(from), to], Head::of)?;
    Ok(heads.collect::<Result<_, _>>()?)
}

/// The events of a sheet in the order of their numbers; none when it is gone.
pub fn read(connection: &Connection, sheet: i64) -> Result<Vec<Kept>, Fault> {
    let mut body = connection.prepare_cached("SELECT body FROM sheet WHERE id = ?1")?;
    let mut rows = body.query([sheet])?;
    let Some(row) = rows.next()? else { return Ok(Vec::new()) };
    decode(row.get_ref(0)?.as_blob().map_err(|_| Fault::Damaged)?).ok_or(Fault::Damaged)
}

/// The event of a number, its sheet, and its place there.
pub fn find(connection: &Connection, id: i64) -> Result<Option<(i64, usize, AuditEvent)>, Fault> {
    for head in heads(connection, id, id.saturating_add(1))? {
        let mut events = read(connection, head.id)?.into_iter().enumerate();
        if let Some((place, kept)) = events.find(|(_, kept)| kept.id == id) {
            return Ok(Some((head.id, place, kept.event)));
        }
    }
    Ok(None)
}

/// Raw records of events; those of the sheet that was asked for last are unpacked once.
pub struct Records<'a> {
    connection: &'a Connection,
    last: Option<(i64, Vec<Raw>)>,
}

impl<'a> Records<'a> {
    /// Has unpacked nothing yet.
    pub const fn of(connection: &'a Connection) -> Self {
        Self { connection, last: None }
    }

    /// The record at a place of a sheet; empty when it is gone.
    pub fn at(&mut self, sheet: i64, place: usize) -> Result<Raw, Fault> {
        if self.last.as_ref().is_none_or(|(id, _)| *id != sheet) {
            let mut packed = self.connection.prepare_cached("SELECT body FROM record WHERE sheet = ?1")?;
            let packed: Option<Vec<u8>> = packed.query_row([sheet], |row| row.get(0)).optional()?;
            self.last = Some((sheet, unpack(&packed.unwrap_or_default())?));
        }
        Ok(self.last.as_ref().and_then(|(_, all)| all.get(place)).cloned().unwrap_or_default())
    }
}

/// How many events of a log are here from a millisecond up to, not including, another one.
pub fn count(connection: &Connection, source: AuditSource, from: i64, to: i64) -> Result<usize, Fault> {
    let (from, to) = (from.clamp(0, LAST), to.clamp(0, LAST));
    let part = |from: i64, to: i64| -> Result<i64, Fault> {
        let (from, to) = (number(from), number(to));
        let mut all = 0;
        if from >= to {
            return Ok(all);
        }
        for head in heads(connection, from, to)?.iter().filter(|head| head.source == code(source)) {
            all += if head.oldest >= from && head.newest < to {
                head.events
            } else {
                let events = read(connection, head.id)?;
                let inside = events.iter().filter(|kept| kept.id >= from && kept.id < to).count();
                i64::try_from(inside).map_err(|_| Fault::TooLarge)?
            };
        }
        Ok(all)
    };
    let (first, last) = (from.div_euclid(HOUR) + i64::from(from % HOUR != 0), to.div_euclid(HOUR));
    let all = if first > last {
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

/// What stands around the events of a page.
#[derive(Default)]
struct Near {
    /// Of the same log.
    keys: HashSet<Key>,
    /// The largest number of a millisecond, of all logs.
    largest: HashMap<i64, i64>,
}

impl Near {
    /// Takes what is here from a millisecond to another one of the same hour.
    fn look(&mut self, connection: &Connection, source: AuditSource, from: i64, to: i64) -> Result<(), Fault> {
        for head in heads(connection, number(from), number(to + 1))? {
            for kept in read(connection, head.id)? {
                let largest = self.largest.entry(millisecond(kept.id)).or_insert(kept.id);
                *largest = kept.id.max(*largest);
                if kept.event.source == source {
                    self.keys.insert(Key { id: kept.event.id, digest: kept.digest });
                }
            }
        }
        Ok(())
    }

    /// A number of a millisecond that no event has.
    fn free(&mut self, connection: &Connection, source: AuditSource, mut ms: i64) -> Result<i64, Fault> {
        loop {
            let free = self.largest.get(&ms).map_or_else(|| number(ms), |last| last + 1);
            if millisecond(free) == ms {
                self.largest.insert(ms, free);
                return Ok(free);
            }
            // More than a million in one millisecond.
            ms += 1;
            self.look(connection, source, ms, ms)?;
        }
    }
}

/// Adds those of the events that are not here; where each stands, in their order.
pub fn insert(
    change: &Transaction<'_>,
    fields: &'static [Field<AuditEvent>],
    source: AuditSource,
    events: &[AuditEvent],
) -> Result<Vec<Sight>, Fault> {
    // An event without a moment stands beside the one listed before it.
    let mut beside = events.iter().find_map(|event| event.at.at()).map_or(0, Timestamp::as_millisecond);
    let mut sights = Vec::with_capacity(events.len());
    let mut ranges: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    let keys: Vec<Key> = events.iter().map(Key::of).collect();
    for (event, key) in events.iter().zip(&keys) {
        beside = event.at.at().map_or(beside, Timestamp::as_millisecond).clamp(0, LAST);
        let (oldest, newest) = ranges.entry(beside.div_euclid(HOUR)).or_insert((beside, beside));
        (*oldest, *newest) = (beside.min(*oldest), beside.max(*newest));
        sights.push(Sight { key: key.sight(), at: beside, known: false });
    }
    let mut near = Near::default();
    for (oldest, newest) in ranges.into_values() {
        near.look(change, source, oldest, newest)?;
    }
    let has_undated = change.prepare_cached("SELECT 1 FROM undated WHERE source = ?1")?.exists([code(source)])?;
    for (sight, key) in sights.iter_mut().zip(&keys) {
        sight.known = near.keys.contains(key)
            || has_undated
                && change
                    .prepare_cached("SELECT 1 FROM undated WHERE source = ?1 AND key = ?2")?
                    .exists(params![code(source), key.text()])?;
    }
    let mut hours: BTreeMap<i64, Vec<(Kept, Raw)>> = BTreeMap::new();
    // The oldest first: of one millisecond the one listed first has the largest number.
    for ((event, key), sight) in events.iter().zip(keys).zip(&sights).rev().filter(|(_, sight)| !sight.known) {
        if !near.keys.insert(key.clone()) {
            continue;
        }
        let id = near.free(change, source, sight.at)?;
        if event.at.at().is_none() {
            change.prepare_cached("INSERT INTO undated VALUES (?1, ?2, ?3)")?.execute(params![
                code(source),
                key.text(),
                id
            ])?;
        }
        let kept = Kept { id, digest: key.digest, event: AuditEvent { raw: Raw::default(), ..event.clone() } };
        hours.entry(millisecond(id).div_euclid(HOUR)).or_default().push((kept, event.raw.clone()));
    }
    for (hour, mut rows) in hours {
        change
            .prepare_cached(
                "INSERT INTO hour VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET events = events + excluded.events",
            )?
            .execute(params![code(source), hour, i64::try_from(rows.len()).map_err(|_| Fault::TooLarge)?])?;
        let first = number(hour * HOUR);
        let few: Option<i64> = change
            .prepare_cached(
                "SELECT id FROM sheet INDEXED BY sheet_by_newest \
                 WHERE newest >= ?1 AND newest < ?2 AND source = ?3 AND events <= ?4 LIMIT 1",
            )?
            .query_row(params![first, hour_behind(first), code(source), FEW], |row| row.get(0))
            .optional()?;
        if let Some(few) = few {
            rows.extend(take_out(change, few)?);
        }
        rows.sort_unstable_by_key(|(kept, _)| kept.id);
        for rows in rows.chunks(MOST) {
            write(change, fields, source, rows)?;
        }
    }
    Ok(sights)
}

/// Writes a sheet; its rows are in the order of their numbers.
fn write(
    change: &Transaction<'_>,
    fields: &'static [Field<AuditEvent>],
    source: AuditSource,
    rows: &[(Kept, Raw)],
) -> Result<(), Fault> {
    let (Some((first, _)), Some((last, _))) = (rows.first(), rows.last()) else { return Ok(()) };
    let events = i64::try_from(rows.len()).map_err(|_| Fault::TooLarge)?;
    let Chunk(body) = Chunk::of(rows.iter().map(|(kept, _)| kept));
    change.prepare_cached("INSERT INTO sheet VALUES (NULL, ?1, ?2, ?3, ?4, ?5)")?.execute(params![
        code(source),
        last.id,
        first.id,
        events,
        body
    ])?;
    let sheet = change.last_insert_rowid();
    let records = pack(rows.iter().map(|(_, raw)| raw.as_sent()))?;
    change.prepare_cached("INSERT INTO record VALUES (?1, ?2)")?.execute(params![sheet, records])?;
    let mut texts = BTreeSet::new();
    for (kept, _) in rows {
        Filter::texts_of(fields, View::from(&kept.event), &mut texts);
    }
    let texts: Vec<String> = texts.into_iter().filter(|text| text.len() >= TRIGRAM).collect();
    change
        .prepare_cached("INSERT INTO word (rowid, text) VALUES (?1, ?2)")?
        .execute(params![sheet, texts.join("\n")])?;
    Ok(())
}

/// Removes a sheet; its events.
fn take_out(change: &Transaction<'_>, sheet: i64) -> Result<Vec<(Kept, Raw)>, Fault> {
    let (events, mut records) = (read(change, sheet)?, Records::of(change));
    let rows = events.into_iter().enumerate().map(|(place, kept)| Ok((kept, records.at(sheet, place)?)));
    let rows = rows.collect::<Result<_, Fault>>()?;
    remove(change, sheet)?;
    Ok(rows)
}

fn remove(change: &Transaction<'_>, sheet: i64) -> Result<(), Fault> {
    for sql in
        ["DELETE FROM word WHERE rowid = ?1", "DELETE FROM record WHERE sheet = ?1", "DELETE FROM sheet WHERE id = ?1"]
    {
        change.prepare_cached(sql)?.execute([sheet])?;
    }
    Ok(())
}

/// Removes some of what happened before a moment; how many events that were, and whether there may be more.
pub fn prune(change: &Transaction<'_>, fields: &'static [Field<AuditEvent>], floor: i64) -> Result<(i64, bool), Fault> {
    let floor = number(floor);
    let old: Vec<Head> = {
        let mut list = change.prepare_cached(
            "SELECT id, source, newest, oldest, events FROM sheet INDEXED BY sheet_by_oldest \
             WHERE oldest < ?1 ORDER BY oldest LIMIT ?2",
        )?;
        let heads = list.query_map(params![floor, i64::try_from(STEP).unwrap_or(i64::MAX)], Head::of)?;
        heads.collect::<Result<_, _>>()?
    };
    let mut all = 0;
    for head in &old {
        let mut gone = head.events;
        if head.newest < floor {
            remove(change, head.id)?;
        } else {
            let mut rows = take_out(change, head.id)?;
            rows.retain(|(kept, _)| kept.id >= floor);
            gone -= i64::try_from(rows.len()).map_err(|_| Fault::TooLarge)?;
            if let Some(source) = rows.first().map(|(kept, _)| kept.event.source) {
                write(change, fields, source, &rows)?;
            }
        }
        change
            .prepare_cached("UPDATE hour SET events = events - ?3 WHERE source = ?1 AND hour = ?2")?
            .execute(params![head.source, millisecond(head.oldest).div_euclid(HOUR), gone])?;
        all += gone;
    }
    let is_more = old.len() >= STEP;
    if !is_more {
        change.execute("DELETE FROM hour WHERE events <= 0", [])?;
        change.execute("DELETE FROM undated WHERE event < ?1", [floor])?;
    }
    Ok((all, is_more))
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
    DeflateDecoder::new(packed).take(RECORDS).read_to_end(&mut bytes).map_err(|_| Fault::Damaged)?;
    let (mut rest, mut all) = (bytes.as_slice(), Vec::new());
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Fault::Damaged)?;
        let (text, behind) = behind.split_at_checked(length).ok_or(Fault::Damaged)?;
        all.push(Raw::new(std::str::from_utf8(text).map_err(|_| Fault::Damaged)?));
        rest = behind;
    }
    Ok(all)
}
