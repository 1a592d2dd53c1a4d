//! Columns of the viewer: order, widths, pins, and which one the cursor is in.

use crate::{domain::filter::Kind, table::Column, ui::text::width};

/// Widest column until it is made wider.
const WIDEST: u16 = 40;
/// Cells by which a column is made wider or narrower.
const STEP: u16 = 4;

/// A column as it is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Laid {
    /// Its place in the table.
    pub column: usize,
    /// Its width, cells.
    pub cells: u16,
    /// It stays at the left.
    pub pinned: bool,
    hidden: bool,
}

/// All columns.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    all: Vec<Laid>,
    /// Which of those that show has the cursor.
    cursor: usize,
    /// How many that are not pinned are passed over at the left.
    left: usize,
}

impl Columns {
    /// Takes columns that came; those that are here stay as they are.
    pub fn grow(&mut self, columns: &[Column]) {
        let is_first = self.all.is_empty();
        for (at, column) in columns.iter().enumerate().skip(self.all.len()) {
            let cells = column.width.max(width(&column.title)).clamp(3, WIDEST);
            self.all.push(Laid { column: at, cells, pinned: false, hidden: false });
        }
        let named = columns.iter().position(|column| column.name == "common_name");
        if is_first
            && self.all.len() > 2
            && let Some(laid) = self.all.get_mut(named.unwrap_or_default())
        {
            laid.pinned = true;
        }
    }

    /// Those that show: pinned ones first.
    pub fn shown(&self) -> Vec<Laid> {
        let of = |pinned: bool| self.all.iter().filter(move |laid| !laid.hidden && laid.pinned == pinned).copied();
        of(true).chain(of(false)).collect()
    }

    /// How many are pinned.
    pub fn pinned(&self) -> usize {
        self.all.iter().filter(|laid| laid.pinned && !laid.hidden).count()
    }

    /// How many are hidden.
    pub fn hidden(&self) -> usize {
        self.all.iter().filter(|laid| laid.hidden).count()
    }

    /// The one with the cursor, by its place in the table.
    pub fn current(&self) -> Option<usize> {
        self.shown().get(self.cursor).map(|laid| laid.column)
    }

    /// Which of those that show has the cursor.
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// How many that are not pinned are passed over.
    pub const fn left(&self) -> usize {
        self.left
    }

    /// To the next column or the one before.
    pub fn step(&mut self, forward: bool) {
        let last = self.shown().len().saturating_sub(1);
        self.cursor = if forward { (self.cursor + 1).min(last) } else { self.cursor.saturating_sub(1) };
    }

    /// To the column with that place in the table.
    fn go(&mut self, column: usize) {
        self.cursor = self.shown().iter().position(|laid| laid.column == column).unwrap_or_default();
    }

    /// Pins the column of the cursor, or lets it go.
    pub fn pin(&mut self) {
        self.change(|laid| laid.pinned = !laid.pinned);
    }

    /// Makes the column of the cursor wider or narrower.
    pub fn widen(&mut self, wider: bool) {
        self.change(|laid| {
            let cells = if wider { laid.cells.saturating_add(STEP) } else { laid.cells.saturating_sub(STEP) };
            laid.cells = cells.clamp(3, 400);
        });
    }

    fn change(&mut self, with: impl FnOnce(&mut Laid)) {
        let Some(column) = self.current() else { return };
        if let Some(laid) = self.all.iter_mut().find(|laid| laid.column == column) {
            with(laid);
        }
        self.go(column);
    }

    /// Hides the column of the cursor; false for the last one.
    pub fn hide(&mut self) -> bool {
        if self.shown().len() < 2 {
            return false;
        }
        let cursor = self.cursor;
        self.change(|laid| laid.hidden = true);
        self.cursor = cursor.min(self.shown().len().saturating_sub(1));
        true
    }

    /// Shows all columns.
    pub fn show_all(&mut self) {
        let column = self.current();
        self.all.iter_mut().for_each(|laid| laid.hidden = false);
        if let Some(column) = column {
            self.go(column);
        }
    }

    /// Moves the column of the cursor one place to the left or right, among its like.
    pub fn shift(&mut self, right: bool) {
        let shown = self.shown();
        let other = if right { Some(self.cursor + 1) } else { self.cursor.checked_sub(1) };
        let (Some(own), Some(other)) = (shown.get(self.cursor), other.and_then(|other| shown.get(other))) else {
            return;
        };
        let place = |laid: &Laid| self.all.iter().position(|one| one.column == laid.column);
        if own.pinned == other.pinned
            && let (Some(a), Some(b)) = (place(own), place(other))
        {
            self.all.swap(a, b);
            self.go(own.column);
        }
    }

    /// Passes over as many columns as it takes for the cursor to show within `cells`.
    pub fn scroll(&mut self, cells: u16) {
        let shown = self.shown();
        let pinned = self.pinned();
        let Some(at) = self.cursor.checked_sub(pinned) else { return };
        self.left = self.left.min(at);
        let fixed: u16 = shown.iter().take(pinned).map(|laid| laid.cells + 1).sum::<u16>() + 4;
        let room = cells.saturating_sub(fixed);
        let taken = |from: usize| -> u16 {
            let between = shown.iter().skip(pinned + from).take(at + 1 - from);
            between.fold(0, |sum: u16, laid| sum.saturating_add(laid.cells + 1))
        };
        while self.left < at && taken(self.left) > room {
            self.left += 1;
        }
    }
}

/// Whether cells of a kind stand at the right of their column.
pub const fn is_right(kind: Kind) -> bool {
    matches!(kind, Kind::Number | Kind::Decimal)
}
