//! A frame as a picture: rectangles for grounds, text for runs of one style, nothing from elsewhere.

use std::fmt::Write as _;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use unicode_width::UnicodeWidthStr;

/// Pixels of a cell.
const CELL: (u32, u32) = (9, 20);
/// Pixels around the frame.
const EDGE: u32 = 12;
/// From the top of a cell to the line that its letters stand on.
const BASE: u32 = 15;

/// The picture of a frame; `page` is the colour below it.
pub fn picture(buffer: &Buffer, title: &str, page: &str) -> String {
    let area = buffer.area;
    let (width, height) = (u32::from(area.width) * CELL.0 + 2 * EDGE, u32::from(area.height) * CELL.1 + 2 * EDGE);
    let mut out = String::new();
    let _ = writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">"#
    );
    let _ = writeln!(out, "<title>{}</title>", escaped(title));
    let _ = writeln!(out, r#"<rect width="{width}" height="{height}" rx="8" fill="{page}"/>"#);
    let _ = writeln!(
        out,
        r#"<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" xml:space="preserve">"#
    );
    for y in area.top()..area.bottom() {
        let cells: Vec<&Cell> = (area.left()..area.right()).map(|x| &buffer[(x, y)]).collect();
        line(&mut out, &cells, EDGE + u32::from(y - area.top()) * CELL.1, page);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn line(out: &mut String, cells: &[&Cell], top: u32, page: &str) {
    let mut at = 0;
    while let Some(first) = cells.get(at) {
        let ground = color(first.bg);
        let end = cells[at..].iter().position(|cell| color(cell.bg) != ground).map_or(cells.len(), |count| at + count);
        if let Some(fill) = ground.filter(|fill| fill != page) {
            let (x, width) = (left(at), pixels(end - at));
            let _ = writeln!(out, r#"<rect x="{x}" y="{top}" width="{width}" height="{}" fill="{fill}"/>"#, CELL.1);
        }
        at = end;
    }
    let mut at = 0;
    while let Some(first) = cells.get(at) {
        let same = |cell: &Cell| cell.fg == first.fg && cell.modifier == first.modifier;
        let mut text = String::new();
        let mut end = at;
        while let Some(cell) = cells.get(end).filter(|cell| same(cell)) {
            text.push_str(cell.symbol());
            end += cell.symbol().width().max(1);
        }
        let end = end.min(cells.len());
        let blanks = text.len() - text.trim_start().len();
        let shown = text.trim();
        if !shown.is_empty() {
            let bold = if first.modifier.contains(Modifier::BOLD) { r#" font-weight="bold""# } else { "" };
            let fill = color(first.fg).unwrap_or_else(|| "#d5dce6".to_owned());
            let (x, width) = (left(at + blanks), pixels(shown.width()));
            let _ = writeln!(
                out,
                r#"<text x="{x}" y="{}" fill="{fill}"{bold} textLength="{width}">{}</text>"#,
                top + BASE,
                escaped(shown)
            );
        }
        at = end.max(at + 1);
    }
}

fn left(cells: usize) -> u32 {
    EDGE + pixels(cells)
}

fn pixels(cells: usize) -> u32 {
    u32::try_from(cells).unwrap_or_default() * CELL.0
}

fn color(color: Color) -> Option<String> {
    match color {
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
