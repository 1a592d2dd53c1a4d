//! The table: only what is visible is formatted.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    bar,
    text::{count, fit, put, width},
    theme::{Role, Theme},
};
use crate::{
    domain::subject::{Subject, View},
    flow::{
        group::{self, Group},
        list::{ListState, scrolled},
    },
    present::{Align, Column, Look, column::Record},
};

/// Cells before the first column: the cursor's mark and a blank.
pub const GUTTER: u16 = 3;

/// What a table shows besides its rows.
pub struct TableView<'a, T: Subject> {
    /// Columns in order.
    pub columns: &'a [&'static Column<T>],
    /// One more line below the selected row.
    pub extra: Option<String>,
    /// First row of the last frame.
    pub first: usize,
    /// Names are hidden.
    pub privacy: bool,
}

/// Which of the columns fit into `cells`, and how wide each is. The one that grows takes what is left over; when
/// not all fit, those at the end go first, but never the first two.
pub fn widths<T: Subject>(columns: &[&'static Column<T>], cells: u16) -> Vec<(&'static Column<T>, u16)> {
    let room = cells.saturating_sub(GUTTER);
    let mut chosen: Vec<&'static Column<T>> = columns.to_vec();
    let needed = |chosen: &[&'static Column<T>]| -> u16 { chosen.iter().map(|c| c.width + 1).sum() };
    while chosen.len() > 2 && needed(&chosen) > room {
        chosen.pop();
    }
    let spare = room.saturating_sub(needed(&chosen));
    let growing = u16::try_from(chosen.iter().filter(|c| c.grow).count()).unwrap_or(1).max(1);
    let mut left = room;
    chosen
        .into_iter()
        .map(|column| {
            let wanted = column.width + if column.grow { spare / growing } else { 0 };
            let given = wanted.min(left.saturating_sub(1));
            left = left.saturating_sub(given + 1);
            (column, given)
        })
        .collect()
}

/// Draws heading and rows; returns the first row shown and how many fit.
pub fn draw<T: Record>(
    buf: &mut Buffer,
    area: Rect,
    theme: &Theme,
    look: &Look,
    list: &ListState<T>,
    view: &TableView<'_, T>,
) -> (usize, usize) {
    let columns = widths(view.columns, area.width);
    if area.height < 2 {
        return (0, 0);
    }
    heading(buf, area, theme, look, list, &columns);
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let extra = u16::from(view.extra.is_some() && body.height > 3);
    let lines = usize::from(body.height - extra);
    let first = first(list, view.first, lines);
    let mut y = body.y;
    let mut shown = 0;
    for position in first..list.len() {
        if y >= body.bottom() {
            break;
        }
        if let Some(group) = heads(list, first, position) {
            self::group(buf, Rect { y, height: 1, ..body }, (theme, look), list, group, view.privacy);
            y += 1;
            if y >= body.bottom() {
                break;
            }
        }
        shown += 1;
        let Some(row) = list.row(position) else { break };
        let selected = position == list.cursor();
        let ground = ground(theme, selected);
        let line = Rect { y, height: 1, ..body };
        buf.set_style(line, ground);
        if selected {
            put(buf, (body.x, y), 1, if look.ascii { ">" } else { "▌" }, ground.patch(theme.style(Role::Accent)));
        }
        if list.is_marked(row.record) {
            let at = if selected { body.x + 1 } else { body.x };
            put(buf, (at, y), 1, "*", ground.patch(theme.style(Role::Mark)));
        }
        cells(buf, line, (theme, look), ground, row, &columns, view.privacy);
        y += 1;
        if selected
            && extra == 1
            && let Some(text) = &view.extra
        {
            let room = body.width.saturating_sub(GUTTER + 2);
            put(buf, (body.x + GUTTER + 2, y), room, &fit(text, room, look.ascii), theme.style(Role::Muted));
            y += 1;
        }
    }
    // The height of a list that is not full; a page of one with groups has as many rows as it shows.
    (first, if list.groups().is_empty() { lines } else { shown.max(1) })
}

/// The first row to show, so that the cursor is visible below the lines that name the groups.
fn first<T: Record>(list: &ListState<T>, before: usize, lines: usize) -> usize {
    let cursor = list.cursor();
    let mut first = scrolled(before, cursor, list.len(), lines);
    let of = |position| group::of_position(list.groups(), position);
    while let (Some(top), Some(here)) = (of(first), of(cursor))
        && first < cursor
        && (cursor - first + 1) + (here - top + 1) > lines
    {
        first += 1;
    }
    first
}

/// The group that is named above the row at `position`: its own where it begins, and at the top.
fn heads<T: Record>(list: &ListState<T>, first: usize, position: usize) -> Option<&Group> {
    let group = list.groups().get(group::of_position(list.groups(), position)?)?;
    (group.start == position || first == position).then_some(group)
}

fn group<T: Record>(
    buf: &mut Buffer,
    line: Rect,
    (theme, look): (&Theme, &Look),
    list: &ListState<T>,
    group: &Group,
    privacy: bool,
) {
    let hidden = privacy && list.grouping().is_some_and(|by| by.is_private);
    let masked = if look.ascii { "*****" } else { "•••••" };
    let title = if hidden { masked } else { group.title.as_str() };
    let title = if title.is_empty() { "(none)" } else { title };
    let left = [(format!(" {title}  "), theme.style(Role::Accent)), (count(group.len), theme.style(Role::Muted))];
    bar::draw(buf, line, theme.style(Role::Page), &left, &[], look.ascii);
}

/// The style below a row.
pub fn ground(theme: &Theme, selected: bool) -> Style {
    if selected { theme.style(Role::Text).patch(theme.style(Role::Selection)) } else { theme.style(Role::Text) }
}

fn heading<T: Record>(
    buf: &mut Buffer,
    area: Rect,
    theme: &Theme,
    look: &Look,
    list: &ListState<T>,
    columns: &[(&'static Column<T>, u16)],
) {
    let mut x = area.x + GUTTER;
    let sort = list.sort();
    for (column, cells) in columns {
        let sorted = sort.column.name == column.name;
        let style = theme.style(if sorted { Role::Accent } else { Role::Muted });
        align(buf, (x, area.y), *cells, column.title, column.align, style, look.ascii);
        x += cells + 1;
    }
}

fn cells<T: Record>(
    buf: &mut Buffer,
    line: Rect,
    (theme, look): (&Theme, &Look),
    ground: Style,
    row: View<'_, T>,
    columns: &[(&'static Column<T>, u16)],
    privacy: bool,
) {
    let mut x = line.x + GUTTER;
    for (column, cells) in columns {
        let text = (column.text)(row, look);
        let style = ground.patch(theme.tone((column.tone)(row, look)));
        let hidden = privacy && is_private(column.name);
        let masked = if look.ascii { "*****" } else { "•••••" };
        align(buf, (x, line.y), *cells, if hidden { masked } else { &text }, column.align, style, look.ascii);
        x += cells + 1;
    }
}

/// Columns that privacy mode hides.
pub fn is_private(column: &str) -> bool {
    matches!(column, "name" | "who" | "by" | "ca" | "what" | "serial")
}

/// Draws `text` into `cells` on its side.
pub fn align(buf: &mut Buffer, (x, y): (u16, u16), cells: u16, text: &str, side: Align, style: Style, ascii: bool) {
    let shown = fit(text, cells, ascii);
    let pad = match side {
        Align::Left => 0,
        Align::Right => cells.saturating_sub(width(&shown)),
    };
    put(buf, (x + pad, y), cells - pad, &shown, style);
}
