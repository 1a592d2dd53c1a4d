//! One line with parts on the left and parts on the right; the right side wins when both do not fit.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::text::{fit, put, width};

/// Text with its style.
pub type Part = (String, Style);

/// Draws a line. `ground` fills what the parts leave; left parts are cut where the right ones begin.
pub fn draw(buf: &mut Buffer, area: Rect, ground: Style, left: &[Part], right: &[Part], ascii: bool) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    buf.set_style(area, ground);
    let wanted: u16 = right.iter().fold(0, |sum, (text, _)| sum.saturating_add(width(text)));
    let taken = wanted.min(area.width);
    let mut x = area.right() - taken;
    let gap = u16::from(taken > 0);
    let end = x.saturating_sub(gap);
    for (text, style) in right {
        let room = area.right() - x;
        x = put(buf, (x, area.y), room, &fit(text, room, ascii), ground.patch(*style));
    }
    let mut x = area.x;
    for (text, style) in left {
        let room = end.saturating_sub(x);
        if room == 0 {
            break;
        }
        x = put(buf, (x, area.y), room, &fit(text, room, ascii), ground.patch(*style));
    }
}

/// Draws a rule across `area`.
pub fn rule(buf: &mut Buffer, area: Rect, style: Style, ascii: bool) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let line = if ascii { "-" } else { "─" }.repeat(usize::from(area.width));
    put(buf, (area.x, area.y), area.width, &line, style);
}

/// Draws an upright line along the left edge of `area`.
pub fn edge(buf: &mut Buffer, area: Rect, style: Style, ascii: bool) {
    for y in area.top()..area.bottom() {
        put(buf, (area.x, y), 1, if ascii { "|" } else { "│" }, style);
    }
}
