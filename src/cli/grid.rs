//! Columns of text for people.

use std::io::{self, Write};

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::item::Item;
use crate::present::Align;

/// Widest cell of a list, columns of a terminal. One long name must not push all others out of sight; the other forms
/// and `show` have it whole.
const WIDEST: usize = 60;

/// Rows of cells under headings. All text in it is safe to show.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// Headings and sides; without a heading the line of headings is left out.
    pub columns: Vec<(&'static str, Align)>,
    /// Cells.
    pub rows: Vec<Vec<String>>,
    /// Cells are shown whole, however long.
    pub whole: bool,
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
        Self { columns: vec![("", Align::Left), ("", Align::Left)], rows, whole: true }
    }

    /// Writes the rows; trailing blanks are left out.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let shown = |cell: &str| if self.whole { cell.to_owned() } else { clipped(cell, WIDEST) };
        let rows: Vec<Vec<String>> = self.rows.iter().map(|row| row.iter().map(|cell| shown(cell)).collect()).collect();
        let cells = |at: usize| rows.iter().filter_map(move |row| row.get(at));
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
        rows.iter().try_for_each(|row| line(&mut row.iter().map(String::as_str)))
    }
}

/// At most `widest` columns of `cell`, whole graphemes, with a mark where it was cut.
pub fn clipped(cell: &str, widest: usize) -> String {
    if cell.width() <= widest {
        return cell.to_owned();
    }
    let mut text = String::new();
    let mut width = 0;
    for grapheme in cell.graphemes(true) {
        width += grapheme.width();
        if width > widest.saturating_sub(2) {
            break;
        }
        text.push_str(grapheme);
    }
    text + ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_long_name_does_not_widen_the_list() {
        let name = "東".repeat(2_000);
        let columns = vec![("NAME", Align::Left), ("N", Align::Right)];
        let rows = vec![vec![name.clone(), "1".to_owned()], vec!["short".to_owned(), "22".to_owned()]];
        let written = |whole| {
            let grid = Grid { columns: columns.clone(), rows: rows.clone(), whole };
            let mut out = Vec::new();
            grid.write(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let text = written(false);
        let widths: Vec<usize> = text.lines().map(unicode_width::UnicodeWidthStr::width).collect();
        assert_eq!(widths, [64, 64, 64], "{text}");
        assert!(text.contains("東..  ") && text.lines().all(|line| !line.ends_with(' ')));
        assert!(written(true).contains(&name));
    }
}
