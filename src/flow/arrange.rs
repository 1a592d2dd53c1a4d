//! Sorting and filtering: the work, which may be done outside the loop, and what came of it.

use std::{
    sync::{Arc, LazyLock},
    thread,
};

use jiff::Timestamp;

use super::{
    group::{self, Group},
    rows::Rows,
};
use crate::{
    domain::{
        filter::Filter,
        subject::{Subject, View},
    },
    present::column::{self, Column, Grouping, Record},
};

/// Lists up to this length are arranged at once; longer ones outside the loop.
pub const INLINE_ROWS: usize = 4_000;
/// Of a list of which more than one row in so many is to be looked at all are, as they stand in memory: going from one to
/// another takes longer.
const MANY: usize = 8;
/// Threads that filter a long list: more would take the processor from the loop.
static THREADS: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from).min(4));

/// Column and direction.
pub struct Sort<T: Subject> {
    /// The column.
    pub column: &'static Column<T>,
    /// Largest first.
    pub reversed: bool,
}

impl<T: Subject> Clone for Sort<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Subject> Copy for Sort<T> {}

impl<T: Subject> PartialEq for Sort<T> {
    fn eq(&self, other: &Self) -> bool {
        self.column.name == other.column.name && self.reversed == other.reversed
    }
}

impl<T: Subject> std::fmt::Debug for Sort<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.reversed { "-" } else { "" }, self.column.name)
    }
}

/// Tells the rows that a list leaves out until they are asked for, whatever the filter says.
pub type Hidden<T> = for<'a> fn(View<'a, T>) -> bool;

/// Which rows are wanted, and in which order.
pub struct Wish<T: Subject> {
    /// What rows have to match.
    pub filter: Filter<T>,
    /// What is left out besides.
    pub hidden: Option<Hidden<T>>,
    /// The order.
    pub sort: Sort<T>,
    /// What they are grouped by.
    pub grouping: Option<&'static Grouping<T>>,
    /// The moment that durations count from.
    pub now: Timestamp,
}

impl<T: Subject> std::fmt::Debug for Wish<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let by = self.grouping.map(|by| by.name);
        write!(f, "Wish({:?}, {:?}, {by:?})", self.filter, self.sort)
    }
}

impl<T: Subject> Clone for Wish<T> {
    fn clone(&self) -> Self {
        Self { filter: self.filter.clone(), ..*self }
    }
}

impl<T: Subject> Wish<T> {
    /// True when no row is wanted that `wider` leaves out.
    fn narrows(&self, wider: &Self) -> bool {
        let hides = wider.hidden.is_none() || self.hidden.is_some();
        let lasts = self.now == wider.now || !wider.filter.depends_on_time();
        hides && lasts && self.filter.narrows(&wider.filter)
    }
}

/// Rows to sort and filter.
#[derive(Clone)]
pub struct Job<T: Record> {
    rows: Rows<T>,
    wish: Box<Wish<T>>,
    /// Rows among which the wanted ones are, and whether they stand in the wanted order.
    among: Option<(Arc<[u32]>, bool)>,
    /// A row whose place is asked for.
    sought: Option<T::Key>,
}

impl<T: Record> PartialEq for Job<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rows.same(&other.rows)
            && self.wish.filter == other.wish.filter
            && self.wish.sort == other.wish.sort
            && self.wish.hidden.is_some() == other.wish.hidden.is_some()
            && self.wish.grouping.map(|by| by.name) == other.wish.grouping.map(|by| by.name)
    }
}

impl<T: Record> std::fmt::Debug for Job<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({} rows, {:?}, {:?})", self.rows.len(), self.wish.filter, self.wish.sort)
    }
}

impl<T: Record> Job<T> {
    /// The work of finding the wanted ones of `rows`. What `shown` has is not looked for again where it says enough.
    pub(super) fn new(rows: &Rows<T>, wish: Wish<T>, shown: &Arrangement<T>, sought: Option<T::Key>) -> Self {
        let known = shown.asked.as_ref().filter(|asked| shown.rows.same(rows) && wish.narrows(asked));
        let among = known.map(|asked| (Arc::clone(&shown.order), asked.sort == wish.sort && asked.grouping.is_none()));
        Self { rows: rows.clone(), wish: Box::new(wish), among, sought }
    }

    /// True when it is done before anybody notices.
    pub(super) const fn is_small(&self) -> bool {
        self.rows.len() <= INLINE_ROWS
    }

    /// How many rows it has to look at.
    pub fn work(&self) -> usize {
        self.few().map_or(self.rows.len(), |(few, _)| few.len())
    }

    /// The rows among which the wanted ones are, when they are so few that they are looked at one by one.
    fn few(&self) -> Option<&(Arc<[u32]>, bool)> {
        self.among.as_ref().filter(|(among, _)| among.len() <= self.rows.len() / MANY)
    }

    /// Does the work: O(n) for the filter, O(k log k) for the k rows it keeps unless they are in order already.
    pub fn run(self) -> Arrangement<T> {
        let all = |this: &Self| this.kept(this.rows.len(), |at| u32::try_from(at).ok());
        let (mut order, is_sorted) = match (self.few(), &self.among) {
            (Some((few, is_sorted)), _) => (self.kept(few.len(), |at| few.get(at).copied()), *is_sorted),
            (None, Some((among, true))) => (self.in_order_of(among, &all(&self)), true),
            (None, _) => (all(&self), false),
        };
        let Self { rows, wish, sought, .. } = self;
        if !is_sorted {
            column::sort(|at| rows.view(at as usize), &mut order, wish.sort.column, wish.sort.reversed);
        }
        let (order, groups) = match wish.grouping {
            Some(by) => group::gather(&rows, &order, by),
            None => (order, Vec::new()),
        };
        let is = |key: &T::Key, at: u32| rows.get(at as usize).is_some_and(|row| row.has_key(key));
        let found = sought.map(|key| (order.iter().position(|at| is(&key, *at)), key));
        Arrangement { order: order.into(), groups: groups.into(), asked: Some(wish), found, rows }
    }

    /// The wanted rows in the order of `among`, where each of them stands.
    fn in_order_of(&self, among: &[u32], wanted: &[u32]) -> Vec<u32> {
        let mut is_wanted = vec![false; self.rows.len()];
        for at in wanted {
            if let Some(wanted) = is_wanted.get_mut(*at as usize) {
                *wanted = true;
            }
        }
        let wanted = |at: &&u32| is_wanted.get(**at as usize).is_some_and(|wanted| *wanted);
        among.iter().filter(wanted).copied().collect()
    }

    /// The wanted ones of `count` rows, in their order.
    fn kept(&self, count: usize, row: impl Fn(usize) -> Option<u32> + Sync) -> Vec<u32> {
        let Wish { filter, hidden, now, .. } = &*self.wish;
        let part = |range: std::ops::Range<usize>| -> Vec<u32> {
            let mut search = filter.search(*now);
            let mut keeps = |at: &u32| {
                let Some(view) = self.rows.view(*at as usize) else { return false };
                hidden.is_none_or(|hidden| !hidden(view)) && search.matches(view)
            };
            range.filter_map(&row).filter(|at| keeps(at)).collect()
        };
        let shares = count / INLINE_ROWS;
        if shares < 2 || *THREADS < 2 || (filter.is_all() && hidden.is_none()) {
            return part(0..count);
        }
        let threads = shares.min(*THREADS);
        let size = count.div_ceil(threads);
        let ranges = (0..threads).map(|n| n * size..(n * size + size).min(count));
        thread::scope(|scope| {
            let part = &part;
            let parts: Vec<_> = ranges.map(|range| scope.spawn(move || part(range))).collect();
            let mut kept = Vec::new();
            for part in parts {
                match part.join() {
                    Ok(rows) => kept.extend(rows),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            kept
        })
    }
}

/// Sorted and filtered rows.
#[derive(Debug)]
pub struct Arrangement<T: Record> {
    pub(super) rows: Rows<T>,
    pub(super) order: Arc<[u32]>,
    pub(super) groups: Arc<[Group]>,
    /// What they were asked for.
    asked: Option<Box<Wish<T>>>,
    /// The row whose place was asked for, and its place.
    found: Option<(Option<usize>, T::Key)>,
}

impl<T: Record> Arrangement<T> {
    /// The place of a row.
    pub(super) fn place(&self, key: &T::Key) -> Option<usize> {
        match &self.found {
            Some((place, sought)) if sought == key => *place,
            _ => self.order.iter().position(|at| self.rows.get(*at as usize).is_some_and(|row| row.has_key(key))),
        }
    }
}

impl<T: Record> Clone for Arrangement<T> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            order: Arc::clone(&self.order),
            groups: Arc::clone(&self.groups),
            asked: self.asked.clone(),
            found: self.found.clone(),
        }
    }
}

impl<T: Record> Default for Arrangement<T> {
    fn default() -> Self {
        Self { rows: Rows::default(), order: Arc::default(), groups: Arc::default(), asked: None, found: None }
    }
}

#[cfg(test)]
mod tests;
