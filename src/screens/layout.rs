//! How much fits: the widths at which screens change.

use ratatui::layout::Rect;

/// The classes of size. A program never refuses to run for size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// 110 columns and more: table and pane.
    Wide,
    /// 80 to 109: the table; the selected row opens a line more.
    Medium,
    /// 60 to 79: state, name and one more.
    Narrow,
    /// Below 60 columns or 16 rows: one line a fact.
    Tiny,
}

impl Layout {
    /// The class of a terminal of that many columns and rows.
    pub const fn of((columns, rows): (u16, u16)) -> Self {
        match columns {
            _ if rows < 16 || columns < 60 => Self::Tiny,
            60..80 => Self::Narrow,
            80..110 => Self::Medium,
            _ => Self::Wide,
        }
    }

    /// Table and details below it, when both fit and `pane` is wanted. The first line of the details is a rule.
    pub fn stack(self, area: Rect, pane: bool, percent: u16) -> (Rect, Option<Rect>) {
        let lines = area.height * percent.min(90) / 100;
        if self != Self::Wide || !pane || lines < 4 {
            return (area, None);
        }
        let table = Rect { height: area.height - lines, ..area };
        (table, Some(Rect { y: area.y + table.height, height: lines, ..area }))
    }

    /// Table and pane, when both fit and `pane` is wanted. The pane's left edge is its first column.
    pub fn split(self, area: Rect, pane: bool, cells: u16) -> (Rect, Option<Rect>) {
        if self != Self::Wide || !pane {
            return (area, None);
        }
        let cells = cells.min(area.width / 2);
        let table = Rect { width: area.width - cells, ..area };
        (table, Some(Rect { x: area.x + table.width, width: cells, ..area }))
    }
}
