//! Where each line of home stands: rows from the top of the page, which may be longer than the screen.

use ratatui::layout::Rect;

use super::line::{Line, Section};
use crate::screens::Layout;

/// Columns of the left half on a wide screen, and on one of 80.
const HALF: u16 = 64;
const NARROW_HALF: u16 = 50;

/// A place on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// The heading of a section.
    Heading(Section),
    /// A line, by its place among those that show.
    Line(usize),
    /// What stands in a section besides: before its lines, or in their place.
    Before(Section),
    /// What stands behind its lines.
    After(Section),
}

/// The page.
#[derive(Debug, Default)]
pub struct Plan {
    /// Places; each is one row high.
    pub spots: Vec<(Spot, Rect)>,
    /// Rows of the whole page.
    pub height: u16,
}

/// What a section has besides its lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct Besides {
    /// A row before them.
    pub before: bool,
    /// A row behind them.
    pub after: bool,
}

struct Pen<'a> {
    plan: Plan,
    lines: &'a [&'a Line],
    besides: &'a dyn Fn(Section) -> Besides,
}

impl Plan {
    /// The page of `lines` in the order of the cursor, for this width.
    pub fn of(lines: &[&Line], layout: Layout, width: u16, besides: &dyn Fn(Section) -> Besides) -> Self {
        let mut pen = Pen { plan: Self::default(), lines, besides };
        let full = Rect { x: 0, y: 0, width, height: 1 };
        let half = match layout {
            Layout::Wide => Some(HALF),
            Layout::Medium => Some(NARROW_HALF),
            Layout::Narrow | Layout::Tiny => None,
        };
        let mut y = 0;
        if let Some(half) = half {
            let left = Rect { width: half, ..full };
            let right = Rect { x: half, width: width.saturating_sub(half), ..full };
            y = pen.list(Section::Needs, left, y).max(pen.list(Section::Since, right, y));
        } else {
            y = pen.list(Section::Needs, full, y);
            y = pen.list(Section::Since, full, y + 1);
        }
        let columns = match layout {
            Layout::Wide | Layout::Narrow => 2,
            Layout::Medium => 3,
            Layout::Tiny => 1,
        };
        y = pen.columns(Section::Weeks, full, y + 1, columns);
        if layout == Layout::Wide {
            let left = Rect { width: HALF, ..full };
            let right = Rect { x: HALF, width: width.saturating_sub(HALF), ..full };
            y = pen.list(Section::Load, left, y + 1).max(pen.list(Section::Health, right, y + 1));
            y += 1;
        } else {
            // One line each, which is its own heading.
            y = pen.rows(Section::Load, full, y + 1);
            y = pen.rows(Section::Health, full, y);
        }
        y = if layout == Layout::Wide {
            pen.list(Section::Latest, full, y)
        } else {
            pen.rows(Section::Latest, full, y)
        };
        Self { height: y, ..pen.plan }
    }

    /// The row of a line.
    pub fn row_of(&self, line: usize) -> Option<u16> {
        self.spots.iter().find(|(spot, _)| *spot == Spot::Line(line)).map(|(_, at)| at.y)
    }
}

impl Pen<'_> {
    fn put(&mut self, spot: Spot, area: Rect, y: u16) {
        self.plan.spots.push((spot, Rect { y, ..area }));
    }

    /// A heading and lines below each other; the row behind them.
    fn list(&mut self, section: Section, area: Rect, y: u16) -> u16 {
        self.put(Spot::Heading(section), area, y);
        self.rows(section, area, y + 1)
    }

    fn rows(&mut self, section: Section, area: Rect, mut y: u16) -> u16 {
        let besides = (self.besides)(section);
        if besides.before {
            self.put(Spot::Before(section), area, y);
            y += 1;
        }
        for (at, _) in self.lines.iter().enumerate().filter(|(_, line)| line.section == section) {
            self.plan.spots.push((Spot::Line(at), Rect { y, ..area }));
            y += 1;
        }
        if besides.after {
            self.put(Spot::After(section), area, y);
            y += 1;
        }
        y
    }

    /// A heading and lines in columns, down each before the next.
    fn columns(&mut self, section: Section, area: Rect, y: u16, columns: u16) -> u16 {
        self.put(Spot::Heading(section), area, y);
        let mut y = y + 1;
        let besides = (self.besides)(section);
        if besides.before {
            self.put(Spot::Before(section), area, y);
            y += 1;
        }
        let of = self.lines.iter().enumerate().filter(|(_, line)| line.section == section);
        let places: Vec<usize> = of.map(|(at, _)| at).collect();
        let rows = u16::try_from(places.len()).unwrap_or(u16::MAX).div_ceil(columns).max(1);
        let cell = area.width / columns;
        for (number, at) in (0_u16..).zip(places.iter()) {
            let (column, row) = (number / rows, number % rows);
            let x = area.x + column * cell;
            self.plan.spots.push((Spot::Line(*at), Rect { x, y: y + row, width: cell, height: 1 }));
        }
        if !places.is_empty() {
            y += rows;
        }
        if besides.after {
            self.put(Spot::After(section), area, y);
            y += 1;
        }
        y
    }
}
