//! The viewer: rows of report files, however many, as a table over the whole page.
//!
//! It asks for the rows that show and a few around them; everything that takes time is work outside the loop.

mod columns;
mod compare;
mod find;
mod sieve;
mod view;

use std::{ops::Range, sync::Arc};

use jiff::Timestamp;

use self::{columns::Columns, compare::Comparison, find::Find, sieve::Sieve};
use super::{CopyChoice, Notice, Step};
use crate::{
    domain::Failure,
    flow::{
        Action, Availability, Call, CallKey, Cx, Effect, Facts, Reply, ScreenId, Viewing,
        list::scrolled,
        table::{TableReply, TableSlot, TableWork},
    },
    table::{Count, Counts, Export, Files, Form, Order, Progress, Row, Sorting, Table},
    ui::text::count,
};

/// Columns in which a row has the name of a certificate, the best first.
const NAMES: [&str; 6] = ["common_name", "domain", "domain_name", "fqdn", "name", "dns_names"];

/// The counts of a column.
#[derive(Debug)]
enum Tally {
    Off,
    Wanted,
    /// Known, or asked for: then there is no value yet.
    Known(Counts),
}

/// The viewer.
#[derive(Debug)]
pub struct Viewer {
    viewing: Viewing,
    table: Arc<Table>,
    failure: Option<Failure>,
    columns: Columns,
    cursor: usize,
    first: usize,
    order: Order,
    sieve: Sieve,
    find: Find,
    /// The column that rows are sorted by, largest first or not, and whether they are.
    sort: Option<(usize, bool)>,
    sorting: bool,
    /// Rows that are here, from this place on; what was asked for.
    rows: (usize, Vec<Row>),
    asked: Option<Range<usize>>,
    counts: Tally,
    comparison: Comparison,
    /// The row fills the page; so many lines are passed over.
    details: Option<usize>,
    /// The next rows are not those that are here, whatever their places.
    stale: bool,
}

impl Viewer {
    /// The viewer of these files, and what reads them.
    pub fn new(viewing: Viewing) -> (Self, Vec<Effect>) {
        let files = Files { paths: viewing.paths.clone(), sheet: viewing.sheet.clone(), ..Files::default() };
        let viewer = Self {
            viewing,
            table: Arc::default(),
            failure: None,
            columns: Columns::default(),
            cursor: 0,
            first: 0,
            order: Order::default(),
            sieve: Sieve::default(),
            find: Find::default(),
            sort: None,
            sorting: false,
            rows: (0, Vec::new()),
            asked: None,
            counts: Tally::Off,
            comparison: Comparison::Off,
            details: None,
            stale: false,
        };
        (viewer, vec![call(TableSlot::Open, TableWork::Open(files))])
    }

    /// What is open.
    pub const fn viewing(&self) -> &Viewing {
        &self.viewing
    }

    /// What ends with it.
    pub fn slots() -> [TableSlot; 7] {
        use TableSlot::{Compare, Count, Find, Open, Rows, Search, Sort};
        [Open, Rows, Search, Find, Sort, Count, Compare]
    }

    /// The filter as typed.
    pub fn filter_text(&self) -> &str {
        &self.sieve.text
    }

    /// How many rows show.
    fn len(&self) -> usize {
        self.order.len(&self.table)
    }

    /// What is true of it now.
    pub fn facts(&self) -> Facts {
        Facts {
            has_row: self.len() > 0,
            can_filter: true,
            is_filtered: !self.sieve.text.is_empty(),
            can_sort: true,
            can_count: self.len() > 0,
            in_details: self.details.is_some(),
            in_table: true,
            compare: Some(self.can_compare()),
            write: Some(if self.len() > 0 { Availability::Yes } else { Availability::No("no row shows") }),
            ..Facts::default()
        }
    }

    /// The row under the cursor, when it is here.
    fn row(&self) -> Option<&Row> {
        self.row_at(self.cursor)
    }

    fn row_at(&self, place: usize) -> Option<&Row> {
        self.rows.1.get(place.checked_sub(self.rows.0)?)
    }

    /// Texts to copy: the cell, and the row.
    pub fn copy_choices(&self) -> Vec<CopyChoice> {
        let Some((row, column)) = self.row().zip(self.columns.current()) else { return Vec::new() };
        let cells: Vec<&str> = self.columns.shown().iter().map(|laid| row.cell(laid.column)).collect();
        vec![
            CopyChoice { label: "cell", text: row.cell(column).to_owned() },
            CopyChoice { label: "row", text: cells.join("  ") },
        ]
    }

    /// What the row is about, as a filter for another screen: its name among the certificates.
    pub fn about(&self, target: ScreenId) -> Option<String> {
        let row = self.row().filter(|_| target == ScreenId::Acme)?;
        let named = NAMES.iter().find_map(|name| self.table.column(name).ok());
        let cell = row.cell(named.or(self.columns.current())?);
        let name = cell.split([',', ' ', ';', '|']).next().filter(|name| !name.is_empty() && !name.contains('"'))?;
        Some(format!("\"{name}\""))
    }

    /// Does what the user wants.
    pub fn act(&mut self, action: Action, cx: &Cx<'_>) -> Step {
        if let Some(step) = self.act_in_details(action, cx) {
            return step;
        }
        let (page, last) = (cx.geometry.page.max(1), self.len().saturating_sub(1));
        let step = match action {
            Action::Down => self.go((self.cursor + 1).min(last)),
            Action::Up => self.go(self.cursor.saturating_sub(1)),
            Action::Top => self.go(0),
            Action::Bottom => self.go(last),
            Action::HalfDown => self.go((self.cursor + page / 2).min(last)),
            Action::HalfUp => self.go(self.cursor.saturating_sub(page / 2)),
            Action::PageDown => self.go((self.cursor + page).min(last)),
            Action::PageUp => self.go(self.cursor.saturating_sub(page)),
            Action::Fold => self.lay(|columns| columns.step(false)),
            Action::Unfold => self.lay(|columns| columns.step(true)),
            Action::Pin => self.lay(Columns::pin),
            Action::Narrow => self.lay(|columns| columns.widen(false)),
            Action::Widen => self.lay(|columns| columns.widen(true)),
            Action::MoveLeft => self.lay(|columns| columns.shift(false)),
            Action::MoveRight => self.lay(|columns| columns.shift(true)),
            Action::ShowAll => self.lay(Columns::show_all),
            Action::Hide if self.columns.hide() => said("gv shows all columns again."),
            Action::Hide => said("The last column stays."),
            Action::Open => {
                self.details = Some(0);
                Step::none()
            }
            Action::SortBy => self.sort_by(),
            Action::SortReverse => self.reverse(),
            Action::Same => self.same(cx.look.now),
            Action::ClearFilter => self.set_filter("", cx.look.now),
            Action::FindNext => self.find_next(true, cx.look.now),
            Action::FindPrevious => self.find_next(false, cx.look.now),
            Action::Counts => self.toggle_counts(),
            Action::Compare => self.compare(),
            Action::Back if !matches!(self.counts, Tally::Off) => self.toggle_counts(),
            Action::Back if !matches!(self.comparison, Comparison::Off) => self.compare_no_more(),
            Action::Back => Step { at_root: true, ..Step::none() },
            _ => said("That is for the screens; q goes back to them."),
        };
        self.with_rows(step, cx)
    }

    fn act_in_details(&mut self, action: Action, cx: &Cx<'_>) -> Option<Step> {
        let scroll = self.details?;
        let page = cx.geometry.page.max(2);
        self.details = match action {
            Action::Back | Action::Open => None,
            Action::Down => Some(scroll.saturating_add(1)),
            Action::Up => Some(scroll.saturating_sub(1)),
            Action::HalfDown | Action::PageDown => Some(scroll.saturating_add(page / 2)),
            Action::HalfUp | Action::PageUp => Some(scroll.saturating_sub(page / 2)),
            Action::Top => Some(0),
            _ => return None,
        };
        Some(Step::none())
    }

    fn go(&mut self, place: usize) -> Step {
        self.cursor = place;
        Step::none()
    }

    fn lay(&mut self, with: impl FnOnce(&mut Columns)) -> Step {
        with(&mut self.columns);
        let is_other = |counts: &Counts| self.columns.current() != Some(counts.column);
        if matches!(&self.counts, Tally::Known(counts) if is_other(counts)) {
            self.counts = Tally::Off;
        }
        Step::none()
    }

    /// Looks at what the page has room for now.
    pub fn look(&mut self, cx: &Cx<'_>) -> Step {
        self.with_rows(Step::none(), cx)
    }

    /// To the row with that number in the order that shows, from 1.
    pub fn jump(&mut self, number: usize, cx: &Cx<'_>) -> Step {
        let step = self.go(number.saturating_sub(1).min(self.len().saturating_sub(1)));
        self.with_rows(step, cx)
    }

    fn sort_by(&mut self) -> Step {
        let Some(column) = self.columns.current() else { return Step::none() };
        self.sort = match self.sort {
            Some((sorted, _)) if sorted == column => None,
            _ => Some((column, false)),
        };
        let mut step = Step::effects(self.arranged());
        step.notice = Some(Notice::said(match self.sort {
            Some(_) => "S turns the order round; s again is the order of the file.",
            None => "In the order of the file.",
        }));
        step
    }

    fn reverse(&mut self) -> Step {
        let selected = self.selected();
        self.order.reversed = !self.order.reversed;
        if let Some((_, reversed)) = &mut self.sort {
            *reversed = self.order.reversed;
        }
        self.ordered(selected);
        Step::none()
    }

    fn toggle_counts(&mut self) -> Step {
        self.counts = if matches!(self.counts, Tally::Off) { Tally::Wanted } else { Tally::Off };
        Step::none()
    }

    /// Other rows show: what was counted is counted again.
    fn recount(&mut self) {
        if !matches!(self.counts, Tally::Off) {
            self.counts = Tally::Wanted;
        }
    }

    /// The number of the row under the cursor.
    fn selected(&self) -> Option<u32> {
        self.order.row(self.cursor, &self.table)
    }

    /// The rows that match, in the order that is wanted, as soon as they are known.
    fn arranged(&mut self) -> Vec<Effect> {
        let selected = self.selected();
        if let Some((column, _)) = self.sort {
            self.sorting = true;
            let sorting = Sorting { table: Arc::clone(&self.table), rows: self.chosen(), column };
            return vec![call(TableSlot::Sort, TableWork::Sort(sorting))];
        }
        self.sorting = false;
        self.order = Order { rows: self.chosen(), reversed: false };
        self.ordered(selected);
        vec![Effect::Cancel(CallKey::Table(TableSlot::Sort))]
    }

    /// The order has changed: the cursor stays on its row.
    fn ordered(&mut self, selected: Option<u32>) {
        let place = match (&self.order.rows, selected) {
            (None, Some(row)) => Some(row as usize),
            (Some(rows), Some(row)) => rows.iter().position(|one| *one == row),
            (_, None) => None,
        };
        let last = self.len().saturating_sub(1);
        let place = place.map(|place| if self.order.reversed { last.saturating_sub(place) } else { place });
        self.cursor = place.unwrap_or(self.cursor).min(last);
        self.stale = true;
        self.asked = None;
    }

    /// Takes what a call brought.
    pub fn take(&mut self, result: Result<Reply, Failure>, slot: TableSlot, cx: &Cx<'_>) -> Step {
        let step = match result {
            Ok(Reply::Table(reply)) => self.took(reply, slot, cx.look.now),
            Ok(_) => Step::none(),
            Err(failure) => {
                if slot == TableSlot::Open {
                    self.failure = Some(failure.clone());
                }
                if slot == TableSlot::Compare {
                    self.comparison = Comparison::Off;
                }
                self.asked = self.asked.take().filter(|_| slot != TableSlot::Rows);
                Step::notice(Notice::fault(failure.to_string()))
            }
        };
        self.with_rows(step, cx)
    }

    fn took(&mut self, reply: TableReply, slot: TableSlot, now: Timestamp) -> Step {
        match reply {
            TableReply::Begun(table, rows) => {
                self.rows = (0, rows);
                self.grown(table, now)
            }
            TableReply::Grown(table) | TableReply::Read(table) => self.grown(table, now),
            TableReply::Rows(place, rows) => {
                self.rows = (place, rows);
                self.stale = false;
                Step::none()
            }
            TableReply::Finding(rows) if slot == TableSlot::Search && self.sort.is_none() => self.found(&rows, None),
            TableReply::Found(rows) if slot == TableSlot::Search => {
                let searched = self.sieve.running.take().map_or(0, |range| range.end);
                let step = self.found(&rows, Some(searched));
                if searched >= self.table.rows() {
                    return step;
                }
                self.sieve.before = self.sieve.found.as_deref().unwrap_or_default().to_vec();
                Step::effects(step.effects.into_iter().chain(self.search(searched, None, now)))
            }
            TableReply::Found(rows) => {
                self.find.hits = Some(rows.into());
                self.next_hit()
            }
            TableReply::Sorted(rows) => {
                let selected = self.selected();
                self.sorting = false;
                self.order =
                    Order { rows: Some(rows.into()), reversed: self.sort.is_some_and(|(_, reversed)| reversed) };
                self.ordered(selected);
                Step::none()
            }
            TableReply::Counted(counts) => {
                if !matches!(self.counts, Tally::Off) {
                    self.counts = Tally::Known(*counts);
                }
                Step::none()
            }
            TableReply::Compared(found) => self.compared(*found),
            TableReply::Written(path, rows) => {
                said(&format!("{} {} written to {path}.", count(rows), if rows == 1 { "row" } else { "rows" }))
            }
            TableReply::Finding(_) => Step::none(),
        }
    }

    fn grown(&mut self, table: Arc<Table>, now: Timestamp) -> Step {
        self.columns.grow(table.columns());
        let is_whole = !matches!(table.progress(), Progress::Reading { .. });
        let broken = if let Progress::Broken(failure) = table.progress() { Some(failure.clone()) } else { None };
        let more = table.rows() > self.table.rows();
        self.table = table;
        self.find.hits = None;
        // What was typed before the columns were known is read now.
        let typed = std::mem::take(&mut self.sieve.text);
        let mut step = self.set_filter(&typed, now);
        self.sieve.text = typed;
        if more && self.sieve.found.is_some() && self.sieve.running.is_none() {
            self.sieve.before = self.sieve.found.as_deref().unwrap_or_default().to_vec();
            let from = self.sieve.searched;
            step.effects.extend(self.search(from, None, now));
        } else if self.sort.is_some() && is_whole && more && self.sieve.running.is_none() {
            step.effects.extend(self.arranged());
        }
        let remarks: Vec<&str> = self.table.remarks().iter().map(crate::domain::Clean::as_str).collect();
        step.notice = match broken {
            Some(failure) => Some(Notice::fault(failure.to_string())),
            None if remarks.is_empty() => None,
            None => Some(Notice::said(format!("{}; :sheet NAME shows another one.", remarks.join("; ")))),
        };
        step
    }

    /// Asks for the rows that show and are not here, and for the counts that are wanted.
    fn with_rows(&mut self, mut step: Step, cx: &Cx<'_>) -> Step {
        let page = if cx.geometry.page == 0 { usize::from(cx.size.1) } else { cx.geometry.page };
        self.columns.scroll(cx.size.0);
        self.cursor = self.cursor.min(self.len().saturating_sub(1));
        self.first = scrolled(self.first, self.cursor, self.len(), page);
        let wanted = self.first..(self.first + page).min(self.len());
        let here = self.rows.0..self.rows.0 + self.rows.1.len();
        let within = |range: &Range<usize>| range.start <= wanted.start && wanted.end <= range.end;
        let is_here = !self.stale && within(&here);
        if !is_here && !self.asked.as_ref().is_some_and(within) {
            let first = wanted.start.saturating_sub(2 * page);
            let numbers = self.order.numbers(first, 5 * page, &self.table);
            self.asked = Some(first..first + numbers.len());
            step.effects.push(call(TableSlot::Rows, TableWork::Rows(Arc::clone(&self.table), first, numbers)));
        }
        if let (Tally::Wanted, Some(column), None) = (&self.counts, self.columns.current(), &self.sieve.running) {
            let (table, rows) = (Arc::clone(&self.table), self.chosen());
            self.counts = Tally::Known(Counts { column, ..Counts::default() });
            step.effects.push(call(TableSlot::Count, TableWork::Count(Count { table, rows, column })));
        }
        step
    }

    /// Writes what shows to a new file; the ending of its name says the form.
    pub fn write(&self, path: &str) -> Option<Effect> {
        let form = Form::of(path)?;
        let columns = self.columns.shown().iter().map(|laid| laid.column).collect();
        let export = Export { table: Arc::clone(&self.table), order: self.order.clone(), columns };
        Some(call(TableSlot::Write, TableWork::Write(Box::new(export), form, path.to_owned())))
    }
}

fn call(slot: TableSlot, work: TableWork) -> Effect {
    Effect::call(CallKey::Table(slot), Call::Table(work))
}

fn said(text: &str) -> Step {
    Step::notice(Notice::said(text))
}
