//! Which part of a log is here, and which page of it to ask for next.
//!
//! A log is a list in pages, the newest event first, which moves while it is read. A page counts as the continuation of
//! what was read only where it overlaps it; what lies between two stretches that do not is a [`Gap`]. The newest events
//! are read first, then the gaps from the newest to the oldest. At the end the service's own count tells whether an
//! event came in late between others, and where.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::domain::Clean;

/// Rows of a page that are asked for again with the next one.
const OVERLAP: usize = 10;
/// Pages beyond those of the list itself that one run may cost: a list that moves faster than it is read has no end.
const SPARE: usize = 200;
/// Pages that one run looks at for events that came late; what it has not found by then the next one looks for.
const LOOKS: usize = 100;
/// Why the end of a log is not here when nothing went wrong.
const NOT_YET: &str = "not read yet";

/// A stretch of time of which every listed event is here. Moments are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Moment of its newest event.
    pub newest: i64,
    /// Moment of its oldest event; where all is here down to a moment, the one before that.
    pub oldest: i64,
    /// Why what lies below is not here.
    pub why: Clean,
}

/// A stretch of time of which events may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its older end, milliseconds since 1970.
    pub from: i64,
    /// Its newer end.
    pub to: i64,
    /// Why.
    pub why: Clean,
}

impl Gap {
    /// Its ends, the older first; a moment that is out of range is the first one there is.
    pub fn ends(&self) -> (Timestamp, Timestamp) {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap_or_default();
        (at(self.from), at(self.to))
    }
}

/// What is here of one log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Stretches that are here, the newest first; none touches another.
    pub spans: Vec<Span>,
    /// Events that the service counts and that were not found.
    pub missing: usize,
    /// So many of them were looked for in the whole list, in vain.
    pub searched: usize,
}

impl Coverage {
    /// What is not here between the newest event and `floor`, the newest first.
    pub fn gaps(&self, floor: i64) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for (at, span) in self.spans.iter().enumerate() {
            let from = self.spans.get(at + 1).map_or(floor, |next| next.newest);
            if span.oldest >= floor {
                gaps.push(Gap { from: from.max(floor), to: span.oldest, why: span.why.clone() });
            }
        }
        if let Some(first) = self.spans.first().filter(|_| self.missing > 0) {
            let why = format!("the service counts {} more than were found", self.missing);
            gaps.push(Gap { from: floor, to: first.newest, why: why.into() });
        }
        gaps
    }
}

/// A row of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// What tells it from other rows of its log.
    pub key: u64,
    /// Its moment, milliseconds since 1970.
    pub at: i64,
    /// It was here before the page came.
    pub known: bool,
}

/// A page as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    sights: Vec<Sight>,
    total: Option<usize>,
}

impl Page {
    /// The rows in the order of the list, and how many rows the list has when the service says.
    pub fn new(mut sights: Vec<Sight>, total: Option<usize>) -> Self {
        // A late event may be listed by its arrival: its place in time is that of the rows behind it.
        let mut newest = i64::MIN;
        for sight in sights.iter_mut().rev() {
            newest = newest.max(sight.at);
            sight.at = newest;
        }
        Self { sights, total }
    }
}

/// How many events of the log are here with a moment from the first up to, not including, the second.
pub type Count<'a> = &'a dyn Fn(i64, i64) -> usize;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mode {
    /// From the newest down.
    Reading,
    /// Between these places of the list an event is missing; so many pages were looked at.
    Recounting { from: usize, to: usize, looks: usize },
    /// Nothing more is asked.
    Ended,
}

/// What was done about a count of the service that is larger than what is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    /// Nothing yet.
    None,
    /// The newest events were read again: some may have come since the run began.
    Top,
    /// The place was looked for.
    Place,
    /// All is read again.
    Whole,
}

/// One run over a log.
#[derive(Debug, Clone)]
pub struct Plan {
    floor: i64,
    limit: usize,
    /// Stretches that this run has left behind, and the one it is reading on.
    above: Vec<Span>,
    open: Option<Span>,
    /// Stretches of earlier runs that it has not come to.
    below: Vec<Span>,
    /// Rows of the last page.
    keys: HashSet<u64>,
    offset: usize,
    mode: Mode,
    asked: usize,
    total: Option<usize>,
    missing: usize,
    searched: usize,
    search: Search,
    /// The list stood still since all is read again, and had nothing new.
    is_still: bool,
    /// The stretch that holds all, while all is read again.
    whole: Option<Span>,
    /// The service lists what is older than it was asked for, so that its count says nothing.
    is_deeper: bool,
    failure: Option<Clean>,
}

impl Plan {
    /// Goes on from `coverage` down to the moment `floor`, `limit` rows a page.
    pub fn new(coverage: Coverage, floor: i64, limit: usize) -> Self {
        Self {
            floor,
            limit: limit.max(2),
            above: Vec::new(),
            open: None,
            below: coverage.spans,
            keys: HashSet::new(),
            offset: 0,
            mode: Mode::Reading,
            asked: 0,
            total: None,
            missing: coverage.missing,
            searched: coverage.searched,
            search: Search::None,
            is_still: false,
            whole: None,
            is_deeper: false,
            failure: None,
        }
    }

    /// The first row of the page to ask for; `None` when the run is over.
    pub fn next(&self) -> Option<usize> {
        (self.mode != Mode::Ended).then_some(self.offset)
    }

    /// How many rows to ask for: what is new since the last run is mostly little.
    pub fn rows(&self) -> usize {
        if self.asked == 0 && !self.below.is_empty() { (self.limit / 10).max(2) } else { self.limit }
    }

    /// Where the page behind the one asked for will likely begin when that has so many rows of so many, so that it can
    /// be asked for meanwhile.
    pub fn likely(&self, rows: usize, total: Option<usize>) -> Option<usize> {
        let goes_on = self.mode == Mode::Reading && self.open.is_some() && rows > self.overlap();
        let next = (self.offset + rows).saturating_sub(self.overlap());
        (goes_on && total.is_some_and(|total| self.offset + rows < total)).then_some(next)
    }

    /// What is here now.
    pub fn coverage(&self) -> Coverage {
        let spans = match &self.whole {
            Some(whole) => vec![whole.clone()],
            None => self.above.iter().chain(&self.open).chain(&self.below).cloned().collect(),
        };
        Coverage { spans, missing: self.missing, searched: self.searched }
    }

    /// Why the run ended early.
    pub const fn failure(&self) -> Option<&Clean> {
        self.failure.as_ref()
    }

    /// Takes the page that was asked for, whose rows are kept by now; `count` knows them too.
    pub fn took(&mut self, page: &Page, count: Count<'_>) {
        self.asked += 1;
        self.is_still &= self.total == page.total && page.sights.iter().all(|sight| sight.known);
        self.total = page.total;
        let pages = page.total.unwrap_or_default() / (self.limit - self.overlap()).max(1);
        if self.asked > pages.saturating_mul(2) + SPARE && page.total.is_some() {
            return self.stop("the list moves faster than it can be read".into());
        }
        match self.mode {
            Mode::Reading => self.read(page, count),
            Mode::Recounting { from, to, looks } if looks < LOOKS => self.recount(page, (from, to), looks, count),
            Mode::Recounting { .. } => self.mode = Mode::Ended,
            Mode::Ended => {}
        }
    }

    /// The page that was asked for did not come. `goes_on` when the next one may.
    pub fn failed(&mut self, why: Clean, goes_on: bool) {
        self.asked += 1;
        let Some(mut open) = self.open.take().filter(|_| self.whole.is_none()) else { return self.stop(why) };
        open.why = why.clone();
        self.above.push(open);
        if goes_on && self.mode == Mode::Reading {
            self.offset += self.limit;
        } else {
            self.stop(why);
        }
    }

    fn stop(&mut self, why: Clean) {
        self.failure = Some(why);
        self.mode = Mode::Ended;
    }

    fn overlap(&self) -> usize {
        OVERLAP.min(self.limit / 2)
    }

    fn read(&mut self, page: &Page, count: Count<'_>) {
        // A row that stands twice in a page may stand in the place of another one.
        let keys: HashSet<u64> = page.sights.iter().map(|sight| sight.key).collect();
        let (rows, is_top) = (keys.len(), self.offset == 0);
        let is_last = match page.total {
            Some(total) => self.offset + rows >= total,
            // A service that says no total may send fewer rows than it was asked for: few, and none of them new, is
            // the end.
            None => page.sights.len() < self.limit && !self.keys.is_empty() && keys.is_subset(&self.keys),
        };
        let (Some(first), Some(last)) = (page.sights.first(), page.sights.last()) else {
            return self.ended(is_top, count);
        };
        self.is_deeper |= last.at < self.floor.saturating_sub(2 * 86_400_000);
        if self.open.is_none() {
            self.reopen(first.at);
        }
        let continues = |open: &Span, keys: &HashSet<u64>| {
            first.at > open.oldest || page.sights.iter().any(|sight| keys.contains(&sight.key))
        };
        match &mut self.open {
            Some(open) if is_top || continues(open, &self.keys) => {
                open.newest = open.newest.max(first.at);
                if last.at <= open.oldest {
                    open.oldest = last.at;
                    open.why = NOT_YET.into();
                }
            }
            Some(_) => return self.step_back(),
            None => self.open = Some(Span { newest: first.at, oldest: last.at, why: NOT_YET.into() }),
        }
        self.keys = keys;
        let jump = self.join(last.at, count);
        if is_last && let Some(open) = &mut self.open {
            open.oldest = open.oldest.min(self.floor.saturating_sub(1));
        }
        if is_last || self.open.as_ref().is_some_and(|open| open.oldest < self.floor) {
            return self.check(count);
        }
        let behind = self.offset + rows + jump;
        self.offset = behind.saturating_sub(self.overlap()).max(self.offset + 1);
    }

    /// The list has no rows from here on.
    fn ended(&mut self, is_empty: bool, count: Count<'_>) {
        match &self.open {
            _ if is_empty => {
                let end = self.floor.saturating_sub(1);
                self.open.get_or_insert_with(|| Span { newest: end, oldest: end, why: NOT_YET.into() });
                self.check(count);
            }
            Some(_) => self.step_back(),
            // The last page is the one that did not come.
            None => self.mode = Mode::Ended,
        }
    }

    /// Rows went away above: the place where it goes on is further up.
    fn step_back(&mut self) {
        self.offset = self.offset.saturating_sub(self.limit - self.overlap());
    }

    /// A page came after one that did not, and begins at this moment.
    fn reopen(&mut self, first: i64) {
        while self.below.first().is_some_and(|span| span.oldest > first) {
            self.above.push(self.below.remove(0));
        }
        if self.above.last().is_some_and(|span| span.oldest < first) {
            self.open = self.above.pop();
        }
    }

    /// Takes the stretches that the page has reached; how many rows of them need not be asked for.
    fn join(&mut self, last: i64, count: Count<'_>) -> usize {
        let Some(open) = &mut self.open else { return 0 };
        let mut jump = 0;
        while let Some(next) = self.below.first().filter(|next| last < next.newest) {
            open.newest = open.newest.max(next.newest);
            if next.oldest < open.oldest {
                jump = count(next.oldest.saturating_add(1), last);
                (open.oldest, open.why) = (next.oldest, next.why.clone());
                self.keys.clear();
            }
            self.below.remove(0);
        }
        jump
    }

    /// All is read: does the service count more?
    fn check(&mut self, count: Count<'_>) {
        self.mode = Mode::Ended;
        if let (Some(whole), Some(open)) = (&mut self.whole, &self.open) {
            whole.newest = whole.newest.max(open.newest);
        }
        if self.open.as_ref().is_some_and(|open| open.oldest < self.floor) {
            self.below.clear();
        }
        if !self.above.is_empty() || !self.below.is_empty() {
            return;
        }
        self.missing = self.short(count);
        if self.missing == 0 {
            self.searched = 0;
            return;
        }
        self.search = match self.search {
            Search::None if self.asked > 1 => {
                self.below.extend(self.open.take());
                self.mode = Mode::Reading;
                Search::Top
            }
            Search::None | Search::Top => {
                self.mode = Mode::Recounting { from: 0, to: self.total.unwrap_or_default(), looks: 0 };
                Search::Place
            }
            Search::Place | Search::Whole => {
                self.searched = if self.is_still { self.missing } else { 0 };
                return;
            }
        };
        self.offset = 0;
    }

    /// The place was not found. The whole list is read again, unless that was in vain before.
    fn search_all(&mut self) {
        self.mode = Mode::Ended;
        if self.missing != self.searched {
            self.whole = self.open.take();
            self.search = Search::Whole;
            self.is_still = true;
            self.mode = Mode::Reading;
            self.offset = 0;
        }
    }

    fn short(&self, count: Count<'_>) -> usize {
        match self.total {
            Some(total) if !self.is_deeper => total.saturating_sub(count(self.floor, i64::MAX)),
            _ => 0,
        }
    }

    fn recount(&mut self, page: &Page, (from, to): (usize, usize), looks: usize, count: Count<'_>) {
        let first = page.sights.first().map_or(i64::MIN, |sight| sight.at);
        if let (0, Some(open)) = (self.offset, &mut self.open) {
            open.newest = open.newest.max(first);
        }
        self.is_deeper |= page.sights.last().is_some_and(|last| last.at < self.floor.saturating_sub(2 * 86_400_000));
        self.missing = self.short(count);
        if self.missing == 0 {
            (self.mode, self.searched) = (Mode::Ended, 0);
            return;
        }
        let has_new = page.sights.iter().any(|sight| !sight.known);
        let (mut from, mut to) = if has_new { (0, self.total.unwrap_or_default()) } else { (from, to) };
        if !has_new {
            // Behind the last change of the moment all rows before it are counted.
            let changes = page.sights.windows(2).enumerate().rev();
            let change = changes.into_iter().find_map(|(at, pair)| match pair {
                [a, b] if a.at != b.at => Some((self.offset + at + 1, b.at)),
                _ => None,
            });
            match change {
                Some((place, at)) if place > count(at.saturating_add(1), i64::MAX) => to = to.min(place),
                Some((place, _)) => from = from.max(place),
                None if self.offset > count(first, i64::MAX) => to = to.min(self.offset),
                None => from = from.max(self.offset + page.sights.len()),
            }
        }
        let next = if to.saturating_sub(from) <= self.limit / 2 {
            from.saturating_sub(self.overlap())
        } else {
            // In the middle of what is left, and never without coming closer.
            from + (to - from).saturating_sub(self.limit) / 2
        };
        if to <= from || (next == self.offset && !has_new) {
            return self.search_all();
        }
        self.offset = next;
        self.mode = Mode::Recounting { from, to, looks: looks + 1 };
    }
}

#[cfg(test)]
mod tests;
