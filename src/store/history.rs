//! Snapshots of one context: the newest of each topic whole, the others as what the next one has otherwise.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{
    codec::{CHUNK, Chunk, Row, decode},
    context::ContextId,
    fault::Fault,
    file::{self, Bounds, Kind, Opened},
    listing::{Parts, Prepared, Sides, part_of},
    migrations,
    seal::sealed,
};
use crate::domain::delta::{Compared, Course, Delta, Entry, Since, Span, Topic, baseline, diff};

const KIND: Kind<'_> = Kind { steps: migrations::SNAPSHOTS, durable: false };

/// How long a snapshot is kept after it was true last.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);
/// Changes that are read for one answer at most; who wants more asks for a shorter time.
pub const MOST: u64 = 300_000;

/// The open file of one context.
#[derive(Debug)]
pub struct History {
    file: Opened,
    context: ContextId,
    /// The first moment that is still told, when older ones had to make room.
    cut: Option<Timestamp>,
}

/// What is known of a snapshot beside its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    id: i64,
    span: Span,
    rows: i64,
    parts: Parts,
    /// What the next one has otherwise.
    deltas: u64,
}

impl Head {
    /// What it has beside it: 32 bytes.
    fn seal(&self, context: &ContextId, topic: Topic) -> Vec<u8> {
        let Self { id: _, span, rows, parts, deltas } = self;
        let text = format!("{} {} {rows} {} {deltas}", second(span.first), second(span.last), parts.count());
        sealed(context, topic.word(), Entry::FORMAT, text.as_bytes())
    }
}

impl History {
    /// Opens or makes the file of `context`.
    pub fn open(folder: &Path, context: &ContextId, bounds: Bounds) -> Result<Self, Fault> {
        let name = context.snapshots_file();
        let file = file::open(folder, &name, &KIND, bounds, |connection| context.own(connection))?;
        context.check_owner(&file.connection)?;
        let mut this = Self { file, context: context.clone(), cut: None };
        if !this.is_read_only() {
            let most = file::bound(&this.file.connection, bounds.bytes)?;
            // One that has outgrown the bound loses its oldest first.
            while this.pages()? > most && this.make_room()? {}
            // A bound below the size of the file had no effect before.
            file::bound(&this.file.connection, bounds.bytes)?;
        }
        Ok(this)
    }

    /// One that is gone with the program.
    pub fn in_memory(context: &ContextId, bounds: Bounds) -> Result<Self, Fault> {
        let file = file::in_memory(migrations::SNAPSHOTS)?;
        context.own(&file.connection)?;
        file::bound(&file.connection, bounds.bytes)?;
        Ok(Self { file, context: context.clone(), cut: None })
    }

    /// True when nothing can be put.
    pub const fn is_read_only(&self) -> bool {
        self.file.read_only
    }

    /// True when another instance has set the file aside.
    pub fn is_gone(&self) -> bool {
        self.file.is_gone()
    }

    /// The first moment that is told, when older snapshots had to make room since this was asked last.
    pub const fn cut(&mut self) -> Option<Timestamp> {
        self.cut.take()
    }

    /// Puts a snapshot behind the last of its topic, when it is another one; all of it or nothing. One that was read
    /// before the last is not put.
    pub fn put(&mut self, prepared: &Prepared, now: Timestamp) -> Result<(), Fault> {
        loop {
            match self.insert(prepared, now) {
                Err(fault) if fault.is_full() && self.make_room()? => {}
                done => return done,
            }
        }
    }

    /// What is other in the records of a topic since a moment; until another, or the newest snapshot.
    pub fn compare(
        &self,
        topic: Topic,
        since: Since,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Compared, Fault> {
        let heads = self.heads(topic)?;
        let states: Vec<Span> = heads.iter().map(|head| head.span).collect();
        let nothing = Compared { topic, span: None, deltas: Vec::new(), renewals: None };
        let Some((from, at)) = baseline(since, &states, now) else { return Ok(nothing) };
        let to = match until {
            None => states.len().checked_sub(1),
            Some(until) => states.iter().rposition(|state| state.first <= until),
        };
        let Some((to, end)) = to.and_then(|to| Some((to, states.get(to)?.last))) else { return Ok(nothing) };
        let between = heads.get(from..to.max(from)).unwrap_or_default();
        let deltas: u64 = between.iter().map(|head| head.deltas).sum();
        if deltas > MOST {
            return Err(Fault::TooMany(deltas));
        }
        let mut course = Course::default();
        for head in between {
            course.then(self.deltas(topic, head)?);
        }
        let end = until.map_or(end, |until| until.min(end)).max(at);
        Ok(Compared { span: Some((at, end)), deltas: course.end(), ..nothing })
    }

    /// The snapshots of a topic, the oldest first.
    fn heads(&self, topic: Topic) -> Result<Vec<Head>, Fault> {
        let mut all = self.file.connection.prepare_cached(
            "SELECT id, first, last, row_count, part_count, delta_count, seal FROM snapshot \
             WHERE topic = ?1 ORDER BY id",
        )?;
        let rows = all.query_map([topic.word()], raw)?;
        rows.map(|row| read(row?, &self.context, topic)).collect()
    }

    fn deltas(&self, topic: Topic, head: &Head) -> Result<Vec<Delta>, Fault> {
        let mut steps =
            self.file.connection.prepare_cached("SELECT seal, body FROM step WHERE snapshot = ?1 ORDER BY number")?;
        let rows = steps.query_map([head.id], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let mut out = Vec::new();
        for (number, row) in rows.enumerate() {
            let (seal, body) = row?;
            if seal != step_seal(&self.context, topic, head.span, number, &body) {
                return Err(Fault::Damaged);
            }
            let sides: Vec<Sides> = decode(&body).ok_or(Fault::Damaged)?;
            out.extend(sides.into_iter().filter_map(|Sides(before, after)| Delta::new(topic, before, after)));
        }
        if u64::try_from(out.len()).is_ok_and(|found| found == head.deltas) { Ok(out) } else { Err(Fault::Damaged) }
    }

    fn insert(&mut self, prepared: &Prepared, now: Timestamp) -> Result<(), Fault> {
        let topic = prepared.topic();
        let context = self.context.clone();
        let change = self.file.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let last = newest(&change, &context, topic)?;
        if last.is_some_and(|last| second(last.span.last) > second(prepared.read_at)) {
            return Ok(());
        }
        let deltas = advance(&change, prepared, last)?;
        if let Some(old) = last {
            if deltas.is_empty() {
                let span = Span { last: prepared.read_at, ..old.span };
                write(&change, &context, topic, &Head { span, parts: prepared.parts, ..old })?;
                return Ok(change.commit()?);
            }
            // Its span is part of the seals of its steps.
            let counted = u64::try_from(deltas.len()).unwrap_or(u64::MAX);
            write(&change, &context, topic, &Head { deltas: counted, ..old })?;
            for (number, some) in deltas.chunks(CHUNK).enumerate() {
                let sides: Vec<Sides> = some.iter().map(Sides::from).collect();
                let body = Chunk::of(&sides).0;
                let seal = step_seal(&context, topic, old.span, number, &body);
                let number = i64::try_from(number).map_err(|_| Fault::TooLarge)?;
                change
                    .prepare_cached("INSERT INTO step VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![old.id, number, seal, body])?;
            }
        }
        let span = Span { first: prepared.read_at, last: prepared.read_at };
        let rows = i64::try_from(prepared.rows()).map_err(|_| Fault::TooLarge)?;
        write(&change, &context, topic, &Head { id: 0, span, rows, parts: prepared.parts, deltas: 0 })?;
        let oldest = now.checked_sub(KEPT).map_or(i64::MIN, second);
        let pruned = change
            .prepare_cached(
                "DELETE FROM snapshot WHERE last < ?1 AND id NOT IN (SELECT max(id) FROM snapshot GROUP BY topic)",
            )?
            .execute([oldest])?;
        change.commit()?;
        if pruned > 0 {
            self.shrink()?;
        }
        Ok(())
    }

    /// Removes the oldest quarter of all snapshots; false when only the newest of each topic are left.
    fn make_room(&mut self) -> Result<bool, Fault> {
        const OLD: &str = "FROM snapshot WHERE id NOT IN (SELECT max(id) FROM snapshot GROUP BY topic)";
        let connection = &self.file.connection;
        let count: i64 = connection.query_row(&format!("SELECT count(*) {OLD}"), [], |row| row.get(0))?;
        if count == 0 {
            return Ok(false);
        }
        let some = (count / 4).max(1);
        let sql = format!("DELETE FROM snapshot WHERE id IN (SELECT id {OLD} ORDER BY id LIMIT ?1)");
        connection.execute(&sql, [some])?;
        let first: i64 = connection.query_row("SELECT min(first) FROM snapshot", [], |row| row.get(0))?;
        self.cut = Some(Timestamp::from_second(first).map_err(|_| Fault::Damaged)?);
        self.shrink()?;
        Ok(true)
    }

    fn pages(&self) -> Result<i64, Fault> {
        Ok(self.file.connection.pragma_query_value(None, "page_count", |row| row.get(0))?)
    }

    /// Gives pages that are free back.
    fn shrink(&self) -> Result<(), Fault> {
        // Each row of the answer is a page that was given back.
        self.file.connection.pragma(None, "incremental_vacuum", 0, |_| Ok(()))?;
        self.file.connection.pragma(None, "wal_checkpoint", "truncate", |_| Ok(()))?;
        Ok(())
    }
}

/// Brings the parts of a topic to what was prepared; what is other since. Only parts that differ are read and written.
fn advance(change: &Transaction<'_>, prepared: &Prepared, last: Option<Head>) -> Result<Vec<Delta>, Fault> {
    let topic = prepared.topic();
    let Some(old) = last else {
        change.execute("DELETE FROM part WHERE topic = ?1", [topic.word()])?;
        for part in 0..prepared.parts.count() {
            put_part(change, prepared, part)?;
        }
        return Ok(Vec::new());
    };
    let coarse = old.parts.min(prepared.parts);
    let mut deltas = Vec::new();
    for number in 0..coarse.count() {
        let (was, is) = (old.parts.within(number, coarse), prepared.parts.within(number, coarse));
        if old.parts == prepared.parts
            && stored_seal(change, topic, number)?.as_ref() == prepared.seals.get(number as usize)
        {
            continue;
        }
        let mut before = Vec::new();
        for part in was.clone() {
            before.extend(entries(change, prepared, old.parts, part)?);
        }
        let after: Vec<Entry> = is.clone().flat_map(|part| prepared.entries(part)).collect();
        deltas.extend(diff(topic, &before, &after));
        if old.parts == prepared.parts {
            change.execute("DELETE FROM part WHERE topic = ?1 AND number = ?2", params![topic.word(), number])?;
            put_part(change, prepared, number)?;
        }
    }
    if old.parts != prepared.parts {
        change.execute("DELETE FROM part WHERE topic = ?1", [topic.word()])?;
        for part in 0..prepared.parts.count() {
            put_part(change, prepared, part)?;
        }
    }
    Ok(deltas)
}

fn put_part(change: &Transaction<'_>, prepared: &Prepared, part: u32) -> Result<(), Fault> {
    let entries = prepared.entries(part);
    if entries.len() > CHUNK {
        return Err(Fault::TooLarge);
    }
    let body = Chunk::of(&entries).0;
    let seal = prepared.seal(part, &body);
    change.prepare_cached("INSERT INTO part VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        prepared.topic().word(),
        part,
        seal,
        body
    ])?;
    Ok(())
}

fn stored_seal(change: &Transaction<'_>, topic: Topic, part: u32) -> Result<Option<Vec<u8>>, Fault> {
    let mut seal = change.prepare_cached("SELECT seal FROM part WHERE topic = ?1 AND number = ?2")?;
    Ok(seal.query_row(params![topic.word(), part], |row| row.get(0)).optional()?)
}

/// The entries of a part as they were stored.
fn entries(change: &Transaction<'_>, prepared: &Prepared, parts: Parts, part: u32) -> Result<Vec<Entry>, Fault> {
    let topic = prepared.topic();
    let mut found = change.prepare_cached("SELECT seal, body FROM part WHERE topic = ?1 AND number = ?2")?;
    let (seal, body): (Vec<u8>, Vec<u8>) = found
        .query_row(params![topic.word(), part], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or(Fault::Damaged)?;
    if seal != sealed(&prepared.context, &part_of(topic, parts, part), Entry::FORMAT, &body) {
        return Err(Fault::Damaged);
    }
    decode(&body).ok_or(Fault::Damaged)
}

fn newest(change: &Transaction<'_>, context: &ContextId, topic: Topic) -> Result<Option<Head>, Fault> {
    let mut last = change.prepare_cached(
        "SELECT id, first, last, row_count, part_count, delta_count, seal FROM snapshot \
         WHERE topic = ?1 ORDER BY id DESC LIMIT 1",
    )?;
    let row = last.query_row([topic.word()], raw).optional()?;
    row.map(|row| read(row, context, topic)).transpose()
}

type Raw = (i64, (i64, i64), i64, u32, i64, Vec<u8>);

fn raw(row: &rusqlite::Row<'_>) -> rusqlite::Result<Raw> {
    Ok((row.get(0)?, (row.get(1)?, row.get(2)?), row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
}

fn read(row: Raw, context: &ContextId, topic: Topic) -> Result<Head, Fault> {
    let (id, (first, last), rows, parts, deltas, seal) = row;
    let moment = |second| Timestamp::from_second(second).map_err(|_| Fault::Damaged);
    let head = Head {
        id,
        span: Span { first: moment(first)?, last: moment(last)? },
        rows,
        parts: Parts::new(parts).ok_or(Fault::Damaged)?,
        deltas: u64::try_from(deltas).map_err(|_| Fault::Damaged)?,
    };
    if head.seal(context, topic) == seal { Ok(head) } else { Err(Fault::Damaged) }
}

/// Writes what is known of a snapshot; one with the id 0 is a new one.
fn write(change: &Transaction<'_>, context: &ContextId, topic: Topic, head: &Head) -> Result<(), Fault> {
    let seal = head.seal(context, topic);
    let (first, last) = (second(head.span.first), second(head.span.last));
    let deltas = i64::try_from(head.deltas).map_err(|_| Fault::TooLarge)?;
    let sql = if head.id == 0 {
        "INSERT INTO snapshot VALUES (NULL, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    } else {
        "UPDATE snapshot SET topic = ?2, first = ?3, last = ?4, row_count = ?5, part_count = ?6, delta_count = ?7, \
         seal = ?8 WHERE id = ?1"
    };
    let parts = head.parts.count();
    change.prepare_cached(sql)?.execute(params![head.id, topic.word(), first, last, head.rows, parts, deltas, seal])?;
    Ok(())
}

fn step_seal(context: &ContextId, topic: Topic, span: Span, number: usize, body: &[u8]) -> Vec<u8> {
    let what = format!("{} {} {} step {number}", topic.word(), second(span.first), second(span.last));
    sealed(context, &what, Sides::FORMAT, body)
}

/// As moments stand in the file.
fn second(at: Timestamp) -> i64 {
    at.as_second()
}

#[cfg(test)]
mod tests;
