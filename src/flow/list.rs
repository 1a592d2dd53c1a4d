//! The state of a list: which rows show, in which order, and which one is selected, by its key.

use std::{collections::HashSet, sync::Arc};

use jiff::Timestamp;

pub use super::arrange::{Arrangement, Hidden, INLINE_ROWS, Job, Sort, Wish};
use super::{action::Action, arrange::Stop, group::Group, handover::Chosen, rows::Rows, source::Source};
use crate::{
    domain::{
        filter::{Filter, FilterError},
        subject::View,
    },
    present::column::{Column, Grouping, Record},
};

/// A list that is still being read is arranged again when it has so many times the rows.
const GROWTH: usize = 4;

/// A list of records: filter, order, cursor.
pub struct ListState<T: Record> {
    shown: Arrangement<T>,
    cursor: usize,
    selected: Option<T::Key>,
    sort: Sort<T>,
    grouping: Option<&'static Grouping<T>>,
    filter: Filter<T>,
    filter_text: String,
    hidden: Option<Hidden<T>>,
    marks: Arc<HashSet<T::Key>>,
    /// Where the last mark was set, for ranges.
    anchor: usize,
    busy: bool,
    again: bool,
    /// Only the first rows show yet.
    partial: bool,
    /// The filter that is at work, and what ends its work.
    working: Option<(Filter<T>, Stop)>,
}

impl<T: Record> ListState<T> {
    /// An empty list with its usual order.
    pub fn new(column: &'static Column<T>, reversed: bool) -> Self {
        Self {
            shown: Arrangement::default(),
            cursor: 0,
            selected: None,
            sort: Sort { column, reversed },
            grouping: None,
            filter: Filter::all(T::FIELDS),
            filter_text: String::new(),
            hidden: None,
            marks: Arc::default(),
            anchor: 0,
            busy: false,
            again: false,
            partial: false,
            working: None,
        }
    }

    /// Rows that show.
    pub fn len(&self) -> usize {
        self.shown.order.len()
    }

    /// True when none shows.
    pub fn is_empty(&self) -> bool {
        self.shown.order.is_empty()
    }

    /// Position of the cursor among the rows that show.
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// The row at a position.
    pub fn row(&self, position: usize) -> Option<View<'_, T>> {
        self.shown.order.get(position).and_then(|index| self.shown.rows.view(*index as usize))
    }

    /// The selected row.
    pub fn selected(&self) -> Option<View<'_, T>> {
        self.row(self.cursor)
    }

    /// The whole list, and the places in it of the rows that show, in their order.
    pub const fn shown(&self) -> (&Rows<T>, &Arc<[u32]>) {
        (&self.shown.rows, &self.shown.order)
    }

    /// The selected record.
    pub fn record(&self) -> Option<&T> {
        self.selected().map(|view| view.record)
    }

    /// Order.
    pub const fn sort(&self) -> Sort<T> {
        self.sort
    }

    /// The filter as typed.
    pub fn filter_text(&self) -> &str {
        &self.filter_text
    }

    /// True while a long list is being sorted or filtered elsewhere.
    pub const fn is_busy(&self) -> bool {
        self.busy
    }

    /// True while only the first rows show, and their number says nothing yet.
    pub const fn is_partial(&self) -> bool {
        self.partial
    }

    /// What its rows are grouped by.
    pub const fn grouping(&self) -> Option<&'static Grouping<T>> {
        self.grouping
    }

    /// Groups the rows, or not; the caller arranges afterwards.
    pub const fn set_grouping(&mut self, by: Option<&'static Grouping<T>>) {
        self.grouping = by;
    }

    /// The groups of the rows that show, in their order; empty while they are not grouped.
    pub fn groups(&self) -> &[Group] {
        &self.shown.groups
    }

    /// Sets the order; the caller arranges afterwards.
    pub fn set_sort(&mut self, column: &'static Column<T>, reversed: bool) {
        self.sort = Sort { column, reversed };
    }

    /// Sets the filter; a bad one changes nothing. The caller arranges afterwards.
    pub fn set_filter(&mut self, text: &str) -> Result<(), FilterError> {
        self.filter = Filter::parse(text, T::FIELDS)?;
        text.clone_into(&mut self.filter_text);
        Ok(())
    }

    /// Takes rows that arrived in `source`. While a long list is still being read it is arranged again only when it
    /// has grown fourfold, so that all arranging together costs a third more than the last one.
    pub fn grown(&mut self, source: &Source<T>, now: Timestamp) -> Option<Job<T>> {
        let known = self.shown.rows.len();
        if source.is_loading() && known > 0 && source.rows().len() < known * GROWTH && source.rows().len() >= known {
            return None;
        }
        self.arrange(source, now)
    }

    /// Sorts and filters the rows of `source`: at once when they are few, else by the returned job, before which the first
    /// rows show where they are near.
    pub fn arrange(&mut self, source: &Source<T>, now: Timestamp) -> Option<Job<T>> {
        let wish =
            Wish { filter: self.filter.clone(), hidden: self.hidden, sort: self.sort, grouping: self.grouping, now };
        let sought = self.selected.clone().map(|key| {
            let at = self.shown.order.get(self.cursor).copied();
            let is_there = |at: &u32| self.shown.rows.get(*at as usize).is_some_and(|row| row.has_key(&key));
            (key.clone(), at.filter(is_there))
        });
        let job = Job::new(source.rows(), wish, &self.shown, sought);
        if job.is_small() {
            if let Some((_, stop)) = self.working.take() {
                stop.stop();
            }
            (self.busy, self.again) = (false, false);
            self.show(job.run());
            return None;
        }
        if let Some(head) = job.head(self.cursor) {
            self.show(head);
            self.partial = true;
        }
        if self.busy {
            self.again = true;
            // Rows that come while a list is read would never let it end; another filter may.
            if let Some((_, stop)) = self.working.as_ref().filter(|(filter, _)| *filter != self.filter) {
                stop.stop();
            }
            return None;
        }
        self.busy = true;
        self.working = Some((self.filter.clone(), job.stopper()));
        Some(job)
    }

    /// Takes a finished job; returns true when another one is due because something changed meanwhile.
    #[must_use]
    pub fn arranged(&mut self, arrangement: Arrangement<T>) -> bool {
        self.working = None;
        self.busy = false;
        if !arrangement.stop.is_set() {
            self.show(arrangement);
        }
        std::mem::take(&mut self.again)
    }

    fn show(&mut self, arrangement: Arrangement<T>) {
        self.shown = arrangement;
        self.partial = false;
        if let Some(key) = &self.selected {
            self.cursor = self.shown.place(key).unwrap_or(self.cursor);
        }
        self.settle();
    }

    fn settle(&mut self) {
        self.cursor = self.cursor.min(self.len().saturating_sub(1));
    }

    /// Leaves rows out, or none; the caller arranges afterwards.
    pub fn hide(&mut self, hidden: Option<Hidden<T>>) {
        self.hidden = hidden;
    }

    /// Marks the selected row or takes its mark away, and goes on to the next.
    pub fn mark(&mut self) {
        let Some(key) = self.record().map(Record::key) else { return };
        let marks = Arc::make_mut(&mut self.marks);
        if !marks.remove(&key) {
            marks.insert(key);
        }
        self.anchor = self.cursor;
        self.go(self.cursor.saturating_add(1));
    }

    /// Marks all rows from the last mark to the cursor.
    pub fn mark_range(&mut self) {
        let (from, to) = (self.anchor.min(self.cursor), self.anchor.max(self.cursor));
        let keys: Vec<T::Key> = (from..=to).filter_map(|at| self.row(at).map(|row| row.key())).collect();
        Arc::make_mut(&mut self.marks).extend(keys);
        self.anchor = self.cursor;
    }

    /// Marks all rows that show.
    pub fn mark_all(&mut self) {
        let keys: Vec<T::Key> = (0..self.len()).filter_map(|at| self.row(at).map(|row| row.key())).collect();
        Arc::make_mut(&mut self.marks).extend(keys);
    }

    /// Takes all marks away.
    pub fn clear_marks(&mut self) {
        self.marks = Arc::default();
    }

    /// How many rows are marked.
    pub fn marked(&self) -> usize {
        self.marks.len()
    }

    /// Whether a row is marked.
    pub fn is_marked(&self, row: &T) -> bool {
        !self.marks.is_empty() && self.marks.contains(&row.key())
    }

    /// What a report is about: the marked rows, else all that show.
    pub fn chosen(&self) -> Chosen<T> {
        let (rows, order) = (self.shown.rows.clone(), Arc::clone(&self.shown.order));
        Chosen { rows, order, marks: Arc::clone(&self.marks) }
    }

    /// What an action is about: the marked rows, else the selected one.
    pub fn targets(&self) -> Vec<T::Key> {
        if self.marks.is_empty() {
            return self.record().map(Record::key).into_iter().collect();
        }
        self.marks.iter().cloned().collect()
    }

    /// Moves to a position; the row there becomes the selection.
    pub fn go(&mut self, position: usize) {
        self.cursor = position;
        self.settle();
        self.selected = self.record().map(Record::key);
    }

    /// Moves by an action; `page` is the number of visible rows. Returns false when the action is no movement.
    pub fn act(&mut self, action: Action, page: usize) -> bool {
        let Some(position) = moved(self.cursor, self.len(), action, page) else { return false };
        self.go(position);
        true
    }
}

/// Where a movement leads in a list of `len` rows.
pub fn moved(cursor: usize, len: usize, action: Action, page: usize) -> Option<usize> {
    let page = page.max(1);
    let last = len.saturating_sub(1);
    Some(match action {
        Action::Down => cursor.saturating_add(1).min(last),
        Action::Up => cursor.saturating_sub(1),
        Action::Top => 0,
        Action::Bottom => last,
        Action::HalfDown => cursor.saturating_add(page.div_ceil(2)).min(last),
        Action::HalfUp => cursor.saturating_sub(page.div_ceil(2)),
        Action::PageDown => cursor.saturating_add(page).min(last),
        Action::PageUp => cursor.saturating_sub(page),
        _ => return None,
    })
}

/// First row to show so that the cursor is visible, as near as possible to `first`.
pub const fn scrolled(first: usize, cursor: usize, len: usize, height: usize) -> usize {
    if height == 0 || len <= height {
        return 0;
    }
    let first = if cursor < first {
        cursor
    } else if cursor >= first + height {
        cursor + 1 - height
    } else {
        first
    };
    if first + height > len { len - height } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        When,
        acme::{AcmeCertificate, CertificateRecord},
        dataset::Dataset,
        ids::ContractId,
        name::Name,
        serial::Serial,
    };
    use crate::present::column;

    fn certificate(name: &str, serial: &str, expires: &str) -> AcmeCertificate {
        CertificateRecord {
            account: crate::domain::ids::AccountId::new("7"),
            contract: ContractId::new("1"),
            domain: Name::new(name),
            status: crate::domain::acme::CertificateStatus::Issued,
            expires: When::parse(expires),
            serial: Serial::parse(serial),
            names: crate::domain::name::NameSet::new([Name::new(name)]),
            oddities: Vec::new(),
        }
        .into()
    }

    fn list() -> (ListState<AcmeCertificate>, Source<AcmeCertificate>, Timestamp) {
        let now = Timestamp::constant(1_795_528_951, 0);
        let mut source = Source::default();
        source.begin();
        source.finish(Dataset::complete(
            vec![
                certificate("b.example", "01", "2026-12-02T00:00:00Z"),
                certificate("a.example", "02", "2026-12-01T00:00:00Z"),
                certificate("c.example", "03", "2026-12-03T00:00:00Z"),
            ],
            now,
        ));
        let mut list = ListState::new(column::column("expires").unwrap(), false);
        assert!(list.arrange(&source, now).is_none());
        (list, source, now)
    }

    #[test]
    fn selection_follows_the_row_through_sort_filter_and_refresh() {
        let (mut list, mut source, now) = list();
        assert!(list.act(Action::Down, 10));
        assert_eq!(list.record().map(|c| c.domain().as_str()), Some("b.example"));
        list.set_sort(column::column("name").unwrap(), true);
        assert!(list.arrange(&source, now).is_none());
        assert_eq!((list.cursor(), list.record().map(|c| c.domain().as_str())), (1, Some("b.example")));
        list.set_filter("b").unwrap();
        assert!(list.arrange(&source, now).is_none());
        assert_eq!((list.len(), list.cursor()), (1, 0));
        assert!(list.set_filter("colour:red").is_err());
        assert_eq!(list.filter_text(), "b");
        list.set_filter("").unwrap();
        source.begin();
        source.finish(Dataset::complete(vec![certificate("c.example", "03", "2026-12-03T00:00:00Z")], now));
        assert!(list.arrange(&source, now).is_none());
        assert_eq!(list.record().map(|c| c.domain().as_str()), Some("c.example"));
        source.begin();
        source.finish(Dataset::complete(Vec::new(), now));
        assert!(list.arrange(&source, now).is_none());
        assert_eq!(list.record(), None);
    }

    #[test]
    fn the_cursor_stays_visible() {
        assert_eq!(scrolled(0, 0, 100, 10), 0);
        assert_eq!(scrolled(0, 10, 100, 10), 1);
        assert_eq!(scrolled(50, 20, 100, 10), 20);
        assert_eq!(scrolled(95, 99, 100, 10), 90);
        assert_eq!(scrolled(5, 3, 8, 10), 0);
        assert_eq!(scrolled(5, 3, 8, 0), 0);
    }
}
