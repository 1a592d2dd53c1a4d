//! Work on all rows of a table, piece by piece, on two threads.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use super::{
    error::TableError,
    limits::{BLOCK, PAGE, PIECE, STRIDE, THREADS},
    line::Line,
    part::{Part, Table},
    stop::Stop,
    walk::Walk,
};

/// Rows of one part that are worked on at once.
#[derive(Debug)]
pub struct Unit<'a> {
    /// Their part.
    pub part: &'a Part,
    /// Their groups.
    pub groups: Range<usize>,
    /// The first row that counts.
    pub from: u32,
    /// The rows that count, in their order; `None` for all.
    pub wanted: Option<&'a [u32]>,
    table: &'a Table,
}

/// The rows from `from` on in pieces; of `wanted` alone when that is given, which is in order.
pub fn units<'a>(table: &'a Table, from: u32, wanted: Option<&'a [u32]>) -> Vec<Unit<'a>> {
    let mut units = Vec::new();
    for part in table.parts.iter().filter(|part| part.numbers().end > from) {
        let groups = part.index.groups();
        let mut start = (from.saturating_sub(part.first) / STRIDE) as usize;
        while start < groups {
            let limit = part.index.place(start) + PIECE as u64;
            let mut end = start + 1;
            while end < groups && part.index.place(end + 1) <= limit {
                end += 1;
            }
            let number = |group: usize| {
                let number = part.first + u32::try_from(group).unwrap_or(u32::MAX).saturating_mul(STRIDE);
                number.min(part.numbers().end)
            };
            let rows = number(start)..number(end);
            let wanted = wanted.map(|wanted| {
                let place = |row: u32| wanted.partition_point(|wanted| *wanted < row);
                wanted.get(place(rows.start)..place(rows.end)).unwrap_or_default()
            });
            if wanted.is_none_or(|wanted| !wanted.is_empty()) {
                units.push(Unit { part, groups: start..end, from, wanted, table });
            }
            start = end;
        }
    }
    units
}

/// Does `work` on each piece and hands the results over in the order of the pieces. The buffer is that of the thread: fresh
/// memory for each piece would cost more than what is done with it.
pub fn over<U: Sync, R: Send>(
    units: &[U],
    stop: &Stop,
    work: impl Fn(&U, &mut Vec<u8>) -> Result<R, TableError> + Sync,
    each: &mut dyn FnMut(R),
) -> Result<(), TableError> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS).min(units.len());
    if threads < 2 {
        let mut buffer = Vec::new();
        return units.iter().try_for_each(|unit| {
            if stop.is_set() {
                return Err(TableError::Stopped);
            }
            work(unit, &mut buffer).map(&mut *each)
        });
    }
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (sender, done) = mpsc::sync_channel(2 * threads);
        let (work, next) = (&work, &next);
        for _ in 0..threads {
            let sender = sender.clone();
            scope.spawn(move || {
                let mut buffer = Vec::new();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(unit) = units.get(at) else { break };
                    let result = if stop.is_set() { Err(TableError::Stopped) } else { work(unit, &mut buffer) };
                    if sender.send((at, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let (mut waiting, mut due) = (BTreeMap::new(), 0);
        for (at, result) in done {
            waiting.insert(at, result?);
            while let Some(result) = waiting.remove(&due) {
                each(result);
                due += 1;
            }
        }
        Ok(())
    })
}

impl Unit<'_> {
    /// The bytes between which its rows are.
    fn range(&self) -> Range<u64> {
        self.part.index.place(self.groups.start)..self.part.index.place(self.groups.end)
    }

    /// The number of the first row of a group.
    pub fn number(&self, group: usize) -> u32 {
        self.part.first + u32::try_from(group).unwrap_or(u32::MAX).saturating_mul(STRIDE)
    }

    /// Its groups, as many at once as a block holds, and one at least.
    pub fn blocks(&self) -> impl Iterator<Item = Range<usize>> {
        let mut start = self.groups.start;
        std::iter::from_fn(move || {
            let first = start;
            let limit = self.part.index.place(first) + BLOCK as u64;
            start = (first + 1).min(self.groups.end);
            while start < self.groups.end && self.part.index.place(start + 1) <= limit {
                start += 1;
            }
            (first < start).then_some(first..start)
        })
    }

    /// Hands over the rows that count, with their numbers. One that is gone from its file is empty.
    pub fn rows(&self, buffer: &mut Vec<u8>, mut each: impl FnMut(u32, Line<'_>, bool)) -> Result<(), TableError> {
        let nothing = Line::new(&[], self.part.dialect);
        if let Some(wanted) = self.wanted.filter(|wanted| wanted.len() < self.groups.len()) {
            return self.table.visit(wanted, PAGE, |number, line, _| {
                let (line, cut) = line.unwrap_or((nothing, false));
                each(number, line, cut);
            });
        }
        let mut wanted = self.wanted.map(<[u32]>::iter);
        let mut next = wanted.as_mut().map(Iterator::next);
        let mut walk = Walk::between(&self.part.bytes, self.part.dialect, self.range(), BLOCK, std::mem::take(buffer));
        for number in self.number(self.groups.start)..self.number(self.groups.end).min(self.part.numbers().end) {
            let row = walk.next().map_err(|error| TableError::io(&self.part.name, &error))?;
            let (line, cut) = row.unwrap_or((nothing, false));
            match &mut next {
                None if number >= self.from => each(number, line, cut),
                Some(Some(due)) if **due == number => {
                    each(number, line, cut);
                    next = wanted.as_mut().map(Iterator::next);
                }
                None | Some(_) => {}
            }
        }
        *buffer = walk.into_buffer();
        Ok(())
    }
}
