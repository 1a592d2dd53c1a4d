//! A window in the middle of the screen.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    widgets::{Clear, Widget},
};

use super::{
    bar,
    text::{fit, put},
    theme::{Role, Theme},
};

/// Clears a window of at most `cells` by `lines` with a title, and returns its inside.
pub fn open(
    buf: &mut Buffer,
    screen: Rect,
    theme: &Theme,
    title: &str,
    (cells, lines): (u16, u16),
    ascii: bool,
) -> Rect {
    let cells = cells.min(screen.width.saturating_sub(2));
    // The header says where one is, whatever lies above the screen.
    let header = screen.height.min(2);
    let lines = lines.saturating_add(2).min(screen.height.saturating_sub(header + 1));
    let area = Rect {
        x: screen.x + (screen.width - cells) / 2,
        y: screen.y + header + (screen.height - header - lines) / 2,
        width: cells,
        height: lines,
    };
    Clear.render(area, buf);
    buf.set_style(area, theme.style(Role::Raised).patch(theme.style(Role::Text)));
    if area.height < 3 || area.width < 6 {
        return area;
    }
    put(buf, (area.x + 2, area.y), area.width - 4, &fit(title, area.width - 4, ascii), theme.style(Role::Accent));
    bar::rule(buf, Rect { y: area.y + 1, height: 1, ..area }, theme.style(Role::Rule), ascii);
    Rect { x: area.x + 2, y: area.y + 2, width: area.width - 4, height: area.height - 2 }
}
