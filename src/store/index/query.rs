//! Looks at the events: some rows, how many there are, one in full.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use rusqlite::{OptionalExtension as _, params};

use super::{
    events::{EventFile, HOUR, millisecond, number},
    words,
};
use crate::{
    domain::{
        audit::{
            AuditEvent,
            look::{Count, Details, Events, Line, Page, Start, Tally, Wanted},
        },
        filter::{Needs, Search},
        subject::View,
    },
    store::{codec::decode_one, fault::Fault},
};

/// Rows between two looks at whether somebody still wants them.
const PACE: usize = 256;
/// Events of one run of like ones that are shown one by one at most.
const UNFOLDED: usize = 2_000;
/// Events that belong to another one.
const RELATED: usize = 5;

/// Where rows of the file are looked for.
struct Scan<'a> {
    file: &'a EventFile,
    needs: Needs,
    stop: &'a AtomicBool,
}

/// A row of the file.
struct Row {
    id: i64,
    sheet: i64,
    place: i64,
    event: AuditEvent,
}

impl Scan<'_> {
    /// Shows rows from `from` up to, not including, `to` that may match, until `see` has enough.
    fn each(
        &self,
        (from, to): (i64, i64),
        is_upwards: bool,
        mut see: impl FnMut(Row) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let needs = &self.needs;
        let from = needs.from.map_or(from, |at| from.max(number(at.as_millisecond())));
        let to = needs.to.map_or(to, |at| to.min(number(at.as_millisecond().saturating_add(1))));
        let order = if is_upwards { "ASC" } else { "DESC" };
        let words = words::expression(&needs.texts);
        let sql = if words.is_some() {
            format!(
                "SELECT event.id, event.sheet, event.place, event.body FROM word CROSS JOIN event ON event.id = word.rowid \
                 WHERE word MATCH ?3 AND word.rowid >= ?1 AND word.rowid < ?2 ORDER BY word.rowid {order}"
            )
        } else {
            format!(
                "SELECT id, sheet, place, body FROM event WHERE id >= ?1 AND id < ?2 AND ?3 IS NULL ORDER BY id {order}"
            )
        };
        let mut list = self.file.file.connection.prepare_cached(&sql)?;
        let mut rows = list.query(params![from, to, words])?;
        let mut seen = 0_usize;
        while let Some(row) = rows.next()? {
            if seen.is_multiple_of(PACE) && self.stop.load(Ordering::Relaxed) {
                return Err(Fault::Stopped);
            }
            seen += 1;
            let body = row.get_ref(3)?.as_blob().map_err(|_| Fault::Damaged)?;
            let event = decode_one(body).ok_or(Fault::Damaged)?;
            if !see(Row { id: row.get(0)?, sheet: row.get(1)?, place: row.get(2)?, event })? {
                break;
            }
        }
        Ok(())
    }
}

fn matches(search: &mut Search<'_, AuditEvent>, event: &AuditEvent) -> bool {
    search.matches(View::from(event))
}

/// Rows of a list.
pub fn page(file: &mut EventFile, wanted: &Wanted, stop: &AtomicBool) -> Result<Page, Fault> {
    let mut search = wanted.filter.search(wanted.now);
    let scan = Scan { file, needs: wanted.filter.needs(wanted.now), stop };
    let range = match wanted.start {
        Start::Newest | Start::Oldest => (0, i64::MAX),
        Start::Before(id) => (0, id),
        Start::After(id) => (id.saturating_add(1), i64::MAX),
        Start::Until(at) => (0, number(at.as_millisecond())),
        Start::Since(at) => (number(at.as_millisecond()), i64::MAX),
    };
    let is_upwards = wanted.start.is_upwards();
    let mut folds = Folds { lines: Vec::new(), run: Vec::new(), more: 0, wanted };
    let mut is_end = true;
    scan.each(range, is_upwards, |row| {
        if matches(&mut search, &row.event) && !folds.take(row) {
            is_end = false;
            return Ok(false);
        }
        Ok(true)
    })?;
    folds.close();
    let mut lines = folds.lines;
    lines.truncate(wanted.most);
    if is_upwards {
        lines.reverse();
    }
    Ok(Page { lines, is_end })
}

/// Rows on their way into lines, in the direction of the scan.
struct Folds<'a> {
    lines: Vec<Line>,
    /// The run that is being read: its first and its last row, or all that were read when they may be wanted.
    run: Vec<Row>,
    /// Rows of the run that are not held.
    more: usize,
    wanted: &'a Wanted,
}

impl Folds<'_> {
    /// Takes a row; false when there is enough without it.
    fn take(&mut self, row: Row) -> bool {
        if self.run.last().is_some_and(|last| !last.event.is_like(&row.event)) {
            self.close();
        }
        if self.run.is_empty() && self.lines.len() >= self.wanted.most {
            return false;
        }
        let keeps_all = !self.wanted.unfolded.is_empty() && self.run.len() < UNFOLDED;
        if self.run.len() > 1 && !keeps_all {
            self.run.pop();
            self.more += 1;
        }
        self.run.push(row);
        true
    }

    /// The run is over.
    fn close(&mut self) {
        let (mut run, more) = (std::mem::take(&mut self.run), std::mem::take(&mut self.more));
        let is_upwards = self.wanted.start.is_upwards();
        if is_upwards {
            run.reverse();
        }
        let (Some(head), count) = (run.first().map(|row| row.id), run.len()) else { return };
        if count > 1 && self.wanted.unfolded.contains(&head) && more == 0 {
            let line = |row: Row| Line {
                id: row.id,
                last: (row.id, row.event.at.clone()),
                event: row.event,
                more: 0,
                of: Some(head),
            };
            let lines = run.into_iter().map(line);
            if is_upwards {
                self.lines.extend(lines.rev());
            } else {
                self.lines.extend(lines);
            }
            return;
        }
        let last = run.last().map(|row| (row.id, row.event.at.clone())).unwrap_or_default();
        self.lines.extend(run.into_iter().next().map(|row| Line {
            id: row.id,
            event: row.event,
            more: count - 1 + more,
            last,
            of: None,
        }));
    }
}

/// How many match.
pub fn tally(file: &mut EventFile, wanted: &Count, stop: &AtomicBool) -> Result<Tally, Fault> {
    let mut hours = BTreeMap::new();
    {
        let connection = &file.file.connection;
        let mut all = connection.prepare_cached("SELECT hour, sum(events) FROM hour GROUP BY hour")?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            hours.insert(row.get(0)?, usize::try_from(row.get::<_, i64>(1)?).unwrap_or_default());
        }
    }
    let total = hours.values().sum();
    if wanted.filter.is_all() {
        return Ok(Tally { matched: total, total, hours, ..Tally::default() });
    }
    let mut search = wanted.filter.search(wanted.now);
    let scan = Scan { file, needs: wanted.filter.needs(wanted.now), stop };
    let mut tally = Tally { total, ..Tally::default() };
    scan.each((0, i64::MAX), false, |row| {
        if matches(&mut search, &row.event) {
            tally.matched += 1;
            *tally.hours.entry(millisecond(row.id).div_euclid(HOUR)).or_default() += 1;
        }
        Ok(true)
    })?;
    Ok(tally)
}

/// An event in full.
pub fn details(file: &mut EventFile, id: i64, stop: &AtomicBool) -> Result<Option<Details>, Fault> {
    let row = file
        .file
        .connection
        .prepare_cached("SELECT sheet, place, body FROM event WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?)));
    let Some((sheet, place, body)) = row.optional()? else { return Ok(None) };
    let event: AuditEvent = decode_one(&body).ok_or(Fault::Damaged)?;
    let raw = file.raw(sheet, usize::try_from(place).unwrap_or(usize::MAX))?;
    let mut near: Vec<(u64, AuditEvent)> = Vec::new();
    let mut keep = |row: Row, is_related: bool, most: usize| {
        let distance = millisecond(row.id).abs_diff(millisecond(id));
        if is_related
            && row.id != id
            && !near.iter().any(|(_, other)| other.id == row.event.id && other.source == row.event.source)
        {
            near.push((distance, row.event));
        }
        Ok(near.len() < most)
    };
    let about = event.resource_id.to_lowercase();
    if about.chars().count() >= 3 {
        let needs = Needs { texts: vec![vec![vec![about]]], ..Needs::default() };
        let scan = Scan { file, needs, stop };
        for (range, is_upwards, most) in [((0, id), false, RELATED), ((id, i64::MAX), true, 2 * RELATED)] {
            scan.each(range, is_upwards, |row| {
                let is_same = row.event.resource_id == event.resource_id;
                keep(row, is_same, most)
            })?;
        }
    }
    let scan = Scan { file, needs: Needs::default(), stop };
    let (from, to) = (millisecond(id) - HOUR, millisecond(id) + HOUR);
    let by_same = |row: &Row| row.event.actor == event.actor && row.event.actor_id == event.actor_id;
    for (range, is_upwards, most) in [((number(from), id), false, 3 * RELATED), ((id, number(to)), true, 4 * RELATED)] {
        scan.each(range, is_upwards, |row| {
            let is_same = by_same(&row);
            keep(row, is_same, most)
        })?;
    }
    near.sort_by_key(|(distance, other)| (other.resource_id != event.resource_id, *distance));
    near.truncate(RELATED);
    let mut related: Vec<AuditEvent> = near.into_iter().map(|(_, event)| event).collect();
    related.sort_by_key(|event| std::cmp::Reverse(event.at.at()));
    Ok(Some(Details { id, raw, related }))
}

/// Events with their raw records.
pub fn events(
    file: &mut EventFile,
    wanted: &Events,
    stop: &AtomicBool,
) -> Result<(Vec<AuditEvent>, Option<i64>), Fault> {
    let mut search = wanted.filter.search(wanted.now);
    let scan = Scan { file, needs: wanted.filter.needs(wanted.now), stop };
    let mut rows = Vec::new();
    scan.each((0, wanted.before.unwrap_or(i64::MAX)), false, |row| {
        if matches(&mut search, &row.event) {
            rows.push(row);
        }
        Ok(rows.len() < wanted.most)
    })?;
    let next = rows.last().map(|row| row.id).filter(|_| rows.len() >= wanted.most);
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let raw = file.raw(row.sheet, usize::try_from(row.place).unwrap_or(usize::MAX))?;
        events.push(AuditEvent { raw, ..row.event });
    }
    Ok((events, next))
}
