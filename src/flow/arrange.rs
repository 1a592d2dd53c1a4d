//! Sorting and filtering: the work, which may be done outside the loop, and what came of it.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::Timestamp;
use rayon::prelude::*;

use super::{
    group::{self, Group},
    rows::Rows,
};
use crate::{
    domain::{
        filter::{Filter, Search},
        subject::{Subject, View},
    },
    present::column::{self, Column, Grouping, Record},
};

/// Lists up to this length are arranged at once; longer ones outside the loop.
pub const INLINE_ROWS: usize = 4_000;
/// Of a list of which more than one row in so many is to be looked at all are, as they stand in memory: going from one to
/// another takes longer.
const MANY: usize = 8;
/// Wanted rows of a long list that show before all of it was looked at.
const HEAD: usize = 256;
/// Rows of a long list that are filtered at once, on one thread.
const SHARE: usize = 32_768;

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
    /// All rows in the wanted order, as they were arranged before.
    all: Option<Whole<T>>,
    /// A row whose place is asked for, and its place in the list where that is known.
    sought: Option<(T::Key, Option<u32>)>,
    stop: Stop,
}

/// Ends the work of a job whose rows nobody wants any more; what comes of it all the same is known by this.
#[derive(Debug, Clone, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(super) fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Rows that no filter left any out of, and what they were asked for.
type Whole<T> = (Box<Wish<T>>, Arc<[u32]>);

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
    pub(super) fn new(
        rows: &Rows<T>,
        wish: Wish<T>,
        shown: &Arrangement<T>,
        sought: Option<(T::Key, Option<u32>)>,
    ) -> Self {
        let is_same = shown.rows.same(rows);
        let all = shown.all.as_ref().filter(|(asked, _)| is_same && asked.sort == wish.sort).cloned();
        let known = shown.asked.as_ref().filter(|asked| is_same && wish.narrows(asked));
        let among = known.map(|asked| (Arc::clone(&shown.order), asked.sort == wish.sort && asked.grouping.is_none()));
        let sorted = || all.as_ref().filter(|(asked, _)| wish.narrows(asked)).map(|(_, all)| (Arc::clone(all), true));
        let among = match among {
            Some((few, false)) if few.len() > rows.len() / MANY => sorted().or(Some((few, false))),
            among => among.or_else(sorted),
        };
        let sought = sought.map(|(key, at)| (key, at.filter(|_| is_same)));
        Self { rows: rows.clone(), wish: Box::new(wish), among, all, sought, stop: Stop::default() }
    }

    /// What ends its work.
    pub(super) fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// True when it is done before anybody notices.
    pub(super) fn is_small(&self) -> bool {
        let is_placed = self.sought.as_ref().is_none_or(|(_, at)| at.is_some());
        self.rows.len() <= INLINE_ROWS || (is_placed && self.known().is_some())
    }

    /// The rows it wants, when they were all found before.
    fn known(&self) -> Option<&Arc<[u32]>> {
        let Wish { filter, hidden, grouping, .. } = &*self.wish;
        let is_asked =
            |asked: &Wish<T>| filter.is_all() && grouping.is_none() && hidden.is_some() == asked.hidden.is_some();
        self.all.as_ref().filter(|(asked, _)| is_asked(asked)).map(|(_, all)| all)
    }

    /// How many rows it has to look at.
    pub fn work(&self) -> usize {
        self.few().map_or(self.rows.len(), |(few, _)| few.len())
    }

    /// The rows among which the wanted ones are, when they are so few that they are looked at one by one.
    fn few(&self) -> Option<&(Arc<[u32]>, bool)> {
        self.among.as_ref().filter(|(among, _)| among.len() <= self.rows.len() / MANY)
    }

    /// Whether the rows it keeps are to be sorted; else they are known in the wanted order.
    fn sorts(&self) -> bool {
        self.among.as_ref().is_none_or(|(_, is_sorted)| !is_sorted)
    }

    /// The first of the wanted rows, found at once where the order of all is known; `None` where none is near, or where the
    /// selected row, at this place of the list, would not stay under the cursor when the work is done.
    pub(super) fn head(&self, cursor: usize) -> Option<Arrangement<T>> {
        let (among, _) = self.among.as_ref().filter(|(_, is_sorted)| *is_sorted && self.wish.grouping.is_none())?;
        let mut search = self.wish.filter.search(self.wish.now);
        let order: Vec<u32> =
            among.iter().copied().take(INLINE_ROWS).filter(|at| self.keeps(*at, &mut search)).take(HEAD).collect();
        let is_steady = match &self.sought {
            None => true,
            Some((_, Some(at))) => order.contains(at) || cursor < order.len() && !self.keeps(*at, &mut search),
            Some((_, None)) => false,
        };
        let all = self.all.clone();
        let rows = self.rows.clone();
        (is_steady && !order.is_empty()).then(|| Arrangement {
            rows,
            order: order.into(),
            all,
            ..Arrangement::default()
        })
    }

    /// Does the work: O(n) for the filter, O(k log k) for the k rows it keeps unless they are in order already.
    pub fn run(self) -> Arrangement<T> {
        if let Some(all) = self.known() {
            let order = Arc::clone(all);
            return self.arranged(order, Vec::new());
        }
        let sorts = self.sorts();
        let mut order = match (self.few(), &self.among) {
            (Some((few, _)), _) => self.kept_of(few),
            (None, Some((among, true))) => self.in_order_of(among, &self.kept_of_all()),
            (None, _) => self.kept_of_all(),
        };
        if self.stop.is_set() {
            return Arrangement { stop: self.stop, ..Arrangement::default() };
        }
        let Self { rows, wish, .. } = &self;
        if sorts {
            column::sort(|at| rows.view(at as usize), &mut order, wish.sort.column, wish.sort.reversed);
        }
        let (order, groups) = match wish.grouping {
            Some(by) => group::gather(rows, &order, by),
            None => (order, Vec::new()),
        };
        self.arranged(order.into(), groups)
    }

    /// The wanted rows in their order, and where the row is whose place is asked for.
    fn arranged(self, order: Arc<[u32]>, groups: Vec<Group>) -> Arrangement<T> {
        let Self { rows, wish, sought, all, stop, .. } = self;
        let is = |key: &T::Key, at: u32| rows.get(at as usize).is_some_and(|row| row.has_key(key));
        let found = sought.map(|(key, known)| {
            let place = order.iter().position(|at| known.map_or_else(|| is(&key, *at), |known| known == *at));
            (place, key)
        });
        let is_all = wish.filter.is_all() && wish.grouping.is_none();
        let all = if is_all { Some((wish.clone(), Arc::clone(&order))) } else { all };
        Arrangement { order, groups: groups.into(), asked: Some(wish), all, found, rows, stop }
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

    /// The wanted ones of these rows, in their order.
    fn kept_of(&self, few: &[u32]) -> Vec<u32> {
        let mut search = self.wish.filter.search(self.wish.now);
        few.iter().copied().filter(|at| self.keeps(*at, &mut search)).collect()
    }

    /// The wanted ones of all rows, as they stand in memory.
    fn kept_of_all(&self) -> Vec<u32> {
        let count = self.rows.len();
        let part = |part: Range<usize>| -> Vec<u32> {
            if self.stop.is_set() {
                return Vec::new();
            }
            let mut search = self.wish.filter.sweep(self.wish.now);
            part.filter_map(|at| u32::try_from(at).ok()).filter(|at| self.keeps(*at, &mut search)).collect()
        };
        if count <= SHARE {
            return part(0..count);
        }
        let parts: Vec<Vec<u32>> = (0..count.div_ceil(SHARE))
            .into_par_iter()
            .map(|share| part(share * SHARE..count.min((share + 1) * SHARE)))
            .collect();
        parts.concat()
    }

    fn keeps(&self, at: u32, search: &mut Search<'_, T>) -> bool {
        let Some(view) = self.rows.view(at as usize) else { return false };
        search.matches(view) && self.wish.hidden.is_none_or(|hidden| !hidden(view))
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
    /// All rows in this order, if they were arranged so since it was asked for.
    all: Option<Whole<T>>,
    /// The row whose place was asked for, and its place.
    found: Option<(Option<usize>, T::Key)>,
    /// Set when nobody wants it any more.
    pub(super) stop: Stop,
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
            all: self.all.clone(),
            found: self.found.clone(),
            stop: self.stop.clone(),
        }
    }
}

impl<T: Record> Default for Arrangement<T> {
    fn default() -> Self {
        Self {
            rows: Rows::default(),
            order: Arc::default(),
            groups: Arc::default(),
            asked: None,
            all: None,
            found: None,
            stop: Stop::default(),
        }
    }
}

#[cfg(test)]
mod tests;
