//! Looks at the events: some rows, how many there are, one in full.

use std::{
    collections::{BTreeMap, HashSet},
    sync::atomic::{AtomicBool, Ordering},
};

use rusqlite::{Connection, params};

use super::{
    events::EventFile,
    sheets::{self, HOUR, Kept, Records, hour_behind, hour_of, millisecond, number},
    words,
};
use crate::{
    domain::{
        audit::{
            AuditEvent,
            look::{Count, Details, Events, Line, Page, Start, Tally, Wanted},
        },
        filter::Needs,
        subject::View,
    },
    store::fault::Fault,
};

/// Sheets between two looks at whether somebody still wants them.
const PACE: usize = 256;
/// Events of one run of like ones that are shown one by one at most.
const UNFOLDED: usize = 2_000;
/// Events that belong to another one.
const RELATED: usize = 5;

/// Where rows of the file are looked for.
struct Scan<'a> {
    connection: &'a Connection,
    needs: Needs,
    stop: &'a AtomicBool,
}

/// A row of the file.
struct Row {
    id: i64,
    sheet: i64,
    place: usize,
    event: AuditEvent,
}

impl Scan<'_> {
    /// The sheets that have all trigrams of what is needed; `None` when that says nothing.
    fn sheets(&self) -> Result<Option<HashSet<i64>>, Fault> {
        let Some(words) = words::expression(&self.needs.texts) else { return Ok(None) };
        let mut list = self.connection.prepare_cached("SELECT rowid FROM word WHERE word MATCH ?1")?;
        let mut rows = list.query([words])?;
        let mut sheets = HashSet::new();
        while let Some(row) = rows.next()? {
            if sheets.len().is_multiple_of(PACE) {
                self.goes_on()?;
            }
            sheets.insert(row.get(0)?);
        }
        Ok(Some(sheets))
    }

    fn goes_on(&self) -> Result<(), Fault> {
        if self.stop.load(Ordering::Relaxed) { Err(Fault::Stopped) } else { Ok(()) }
    }

    /// Numbers that may match, from the first up to, not including, the second.
    fn within(&self, (from, to): (i64, i64)) -> (i64, i64) {
        let Needs { from: since, to: until, .. } = &self.needs;
        (
            since.map_or(from, |at| from.max(number(at.as_millisecond()))),
            until.map_or(to, |at| to.min(number(at.as_millisecond().saturating_add(1)))),
        )
    }

    /// Shows the sheets that may have such events: in the order of their newest numbers down, or of their oldest ones
    /// up, with that number; until `see` has enough.
    fn each_sheet(
        &self,
        (from, to): (i64, i64),
        is_upwards: bool,
        mut see: impl FnMut(i64, i64) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let sheets = self.sheets()?;
        // All events of a sheet are of one hour.
        let (sql, bound) = if is_upwards {
            (
                "SELECT id, oldest FROM sheet INDEXED BY sheet_by_oldest \
                 WHERE oldest >= ?3 AND oldest < ?2 AND newest >= ?1 ORDER BY oldest",
                hour_of(from),
            )
        } else {
            (
                "SELECT id, newest FROM sheet INDEXED BY sheet_by_newest \
                 WHERE newest < ?3 AND newest >= ?1 AND oldest < ?2 ORDER BY newest DESC",
                hour_behind(to),
            )
        };
        let mut list = self.connection.prepare_cached(sql)?;
        let mut rows = list.query(params![from, to, bound])?;
        while let Some(row) = rows.next()? {
            let sheet = row.get(0)?;
            if sheets.as_ref().is_none_or(|sheets| sheets.contains(&sheet)) {
                self.goes_on()?;
                if !see(sheet, row.get(1)?)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Shows the rows from a number up to, not including, another one that `keep` keeps, one after the other, until
    /// `see` has enough.
    fn each(
        &self,
        range: (i64, i64),
        is_upwards: bool,
        mut keep: impl FnMut(&AuditEvent) -> bool,
        mut see: impl FnMut(Row) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let (from, to) = self.within(range);
        // Sheets of several logs stand across each other: a row waits until no further sheet can be before it.
        let mut waiting: BTreeMap<i64, Row> = BTreeMap::new();
        let mut is_enough = false;
        let mut show = |waiting: &mut BTreeMap<i64, Row>, edge: Option<i64>| {
            loop {
                let next = if is_upwards { waiting.first_entry() } else { waiting.last_entry() };
                let is_due = |id: i64| edge.is_none_or(|edge| if is_upwards { id < edge } else { id > edge });
                let Some(next) = next.filter(|next| is_due(*next.key())) else { return Ok::<_, Fault>(false) };
                if !see(next.remove())? {
                    return Ok(true);
                }
            }
        };
        self.each_sheet((from, to), is_upwards, |sheet, edge| {
            is_enough = show(&mut waiting, Some(edge))?;
            if is_enough {
                return Ok(false);
            }
            for (place, Kept { id, event, .. }) in sheets::read(self.connection, sheet)?.into_iter().enumerate() {
                if id >= from && id < to && keep(&event) {
                    waiting.insert(id, Row { id, sheet, place, event });
                }
            }
            Ok(true)
        })?;
        if !is_enough {
            show(&mut waiting, None)?;
        }
        Ok(())
    }
}

/// Rows of a list.
pub fn page(file: &EventFile, wanted: &Wanted, stop: &AtomicBool) -> Result<Page, Fault> {
    let mut search = wanted.filter.search(wanted.now);
    let connection = file.look()?;
    let scan = Scan { connection: &connection, needs: wanted.filter.needs(wanted.now), stop };
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
    scan.each(
        range,
        is_upwards,
        |event| search.matches(View::from(event)),
        |row| {
            is_end = folds.take(row);
            Ok(is_end)
        },
    )?;
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
pub fn tally(file: &EventFile, wanted: &Count, stop: &AtomicBool) -> Result<Tally, Fault> {
    let connection = file.look()?;
    let mut hours = BTreeMap::new();
    {
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
    let scan = Scan { connection: &connection, needs: wanted.filter.needs(wanted.now), stop };
    let mut tally = Tally { total, ..Tally::default() };
    let (from, to) = scan.within((0, i64::MAX));
    scan.each_sheet((from, to), false, |sheet, _| {
        for Kept { id, event, .. } in sheets::read(&connection, sheet)? {
            if id >= from && id < to && search.matches(View::from(&event)) {
                tally.matched += 1;
                *tally.hours.entry(millisecond(id).div_euclid(HOUR)).or_default() += 1;
            }
        }
        Ok(true)
    })?;
    Ok(tally)
}

/// An event in full.
pub fn details(file: &EventFile, id: i64, stop: &AtomicBool) -> Result<Option<Details>, Fault> {
    let connection = file.look()?;
    let Some((sheet, place, event)) = sheets::find(&connection, id)? else { return Ok(None) };
    let raw = Records::of(&connection).at(sheet, place)?;
    let mut near: Vec<(u64, AuditEvent)> = Vec::new();
    let mut keep = |row: Row, most: usize| {
        let distance = millisecond(row.id).abs_diff(millisecond(id));
        let is_same = |other: &AuditEvent| other.id == row.event.id && other.source == row.event.source;
        if row.id != id && !near.iter().any(|(_, other)| is_same(other)) {
            near.push((distance, row.event));
        }
        Ok(near.len() < most)
    };
    let about = event.resource_id.to_lowercase();
    if about.chars().count() >= 3 {
        let needs = Needs { texts: vec![vec![vec![about]]], ..Needs::default() };
        let scan = Scan { connection: &connection, needs, stop };
        let is_same = |other: &AuditEvent| other.resource_id == event.resource_id;
        for (range, is_upwards, most) in [((0, id), false, RELATED), ((id, i64::MAX), true, 2 * RELATED)] {
            scan.each(range, is_upwards, is_same, |row| keep(row, most))?;
        }
    }
    let scan = Scan { connection: &connection, needs: Needs::default(), stop };
    let (from, to) = (millisecond(id) - HOUR, millisecond(id) + HOUR);
    let by_same = |other: &AuditEvent| event.actor == other.actor && event.actor_id == other.actor_id;
    for (range, is_upwards, most) in [((number(from), id), false, 3 * RELATED), ((id, number(to)), true, 4 * RELATED)] {
        scan.each(range, is_upwards, by_same, |row| keep(row, most))?;
    }
    near.sort_by_key(|(distance, other)| (other.resource_id != event.resource_id, *distance));
    near.truncate(RELATED);
    let mut related: Vec<AuditEvent> = near.into_iter().map(|(_, event)| event).collect();
    related.sort_by_key(|event| std::cmp::Reverse(event.at.at()));
    Ok(Some(Details { id, raw, related }))
}

/// Events with their raw records.
pub fn events(file: &EventFile, wanted: &Events, stop: &AtomicBool) -> Result<(Vec<AuditEvent>, Option<i64>), Fault> {
    let mut search = wanted.filter.search(wanted.now);
    let connection = file.look()?;
    let scan = Scan { connection: &connection, needs: wanted.filter.needs(wanted.now), stop };
    let mut rows = Vec::new();
    scan.each(
        (0, wanted.before.unwrap_or(i64::MAX)),
        false,
        |event| search.matches(View::from(event)),
        |row| {
            rows.push(row);
            Ok(rows.len() < wanted.most)
        },
    )?;
    let next = rows.last().map(|row| row.id).filter(|_| rows.len() >= wanted.most);
    let mut events = Vec::with_capacity(rows.len());
    let mut records = Records::of(&connection);
    for row in rows {
        let raw = records.at(row.sheet, row.place)?;
        events.push(AuditEvent { raw, ..row.event });
    }
    Ok((events, next))
}
