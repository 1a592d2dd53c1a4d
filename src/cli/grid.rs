//! Columns of text for people.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::item::Item;
use crate::present::Align;

/// Rows of cells under headings. All text in it is safe to show.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// Headings and sides; without a heading the line of headings is left out.
    pub columns: Vec<(&'static str, Align)>,
    /// Cells.
    pub rows: Vec<Vec<String>>,
}

impl Grid {
    /// The members of items that hold something, one below the other, a blank line between items.
    pub fn facts(items: &[Item]) -> Self {
        let mut rows = Vec::new();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                rows.push(vec![String::new(), String::new()]);
            }
            let facts = item.0.iter().map(|(name, member)| (*name, member.cell())).filter(|(_, cell)| !cell.is_empty());
            rows.extend(facts.map(|(name, cell)| vec![name.to_owned(), cell]));
        }
        Self { columns: vec![("", Align::Left), ("", Align::Left)], rows }
    }

    /// Writes the rows; trailing blanks are left out.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let cells = |at: usize| self.rows.iter().filter_map(move |row| row.get(at));
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|at| {
                let title = self.columns.get(at).map_or(0, |(title, _)| title.width());
                cells(at).map(|cell| cell.width()).max().unwrap_or(0).max(title)
            })
            .collect();
        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            let mut text = String::new();
            for ((cell, width), (_, align)) in cells.zip(&widths).zip(&self.columns) {
                let fill = " ".repeat(width.saturating_sub(cell.width()));
                let (before, behind) = if *align == Align::Right { (fill.as_str(), "") } else { ("", fill.as_str()) };
                text.extend([before, cell, behind, "  "]);
            }
            writeln!(out, "{}", text.trim_end())
        };
        if self.columns.iter().any(|(title, _)| !title.is_empty()) {
            line(&mut self.columns.iter().map(|(title, _)| *title))?;
        }
        self.rows.iter().try_for_each(|row| line(&mut row.iter().map(String::as_str)))
    }
}
