//! How the viewer looks: a line about the table, the heading, rows, and below them what was counted.

use std::fmt::Write as _;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    Tally, Viewer,
    columns::{Laid, is_right},
    compare::Comparison,
};
use crate::{
    domain::{FailureKind, filter::Kind},
    flow::Geometry,
    present::Align,
    screens::{Layout, ViewCx},
    table::{Counts, Progress, Row},
    ui::{
        Role, bar,
        table::{align, ground},
        text::{count, fit, plural, put, width, wrap},
    },
};

/// Cells before the first column: the cursor, and the mark of a bad row.
const GUTTER: u16 = 2;

impl Viewer {
    /// Draws it; returns how many rows fit.
    pub fn draw(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        let line = |y: u16| Rect { y, height: 1, ..area };
        if area.height < 3 {
            return Geometry { page: usize::from(area.height), first: self.first };
        }
        self.head(view, line(area.y), buf);
        let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        if self.details.is_some() {
            return self.details(view, body, buf);
        }
        let counts = match &self.counts {
            Tally::Off => None,
            Tally::Wanted => Some(None),
            Tally::Known(counts) => Some(Some(counts)),
        };
        let differences = self.differences();
        let told = u16::from(counts.is_some()) + u16::from(differences.is_some());
        let below = told + u16::from(told > 0) + u16::from(self.typed_shows(view));
        let height = body.height.saturating_sub(1 + below);
        let laid = self.laid(body.width);
        self.heading(view, line(body.y), &laid, buf);
        if self.len() == 0 && height > 0 {
            let text = self.nothing();
            put(
                buf,
                (body.x + GUTTER, body.y + 1),
                body.width.saturating_sub(GUTTER),
                &text,
                view.theme.style(Role::Muted),
            );
        }
        let rows = Rect { y: body.y + 1, height, ..body };
        for (y, place) in (rows.top()..rows.bottom()).zip(self.first..self.len()) {
            self.row_line(view, line(y), place, &laid, buf);
        }
        if let Some(counts) = counts {
            let y = rows.bottom() + 1;
            self.counted(view, line(y.min(area.bottom() - 1)), counts, buf);
        }
        if let Some(text) = differences {
            let y = (rows.bottom() + told).min(area.bottom() - 1);
            let parts = [(" D  ".to_owned(), view.theme.style(Role::Accent)), (text, view.theme.style(Role::Text))];
            bar::draw(buf, line(y), view.theme.style(Role::Page), &parts, &[], view.cx.look.ascii);
        }
        if self.typed_shows(view) {
            let style = view.theme.style(if self.sieve.error.is_some() { Role::Critical } else { Role::Accent });
            let text = format!(" {}", self.sieve.error.as_ref().unwrap_or(&self.sieve.text));
            put(buf, (area.x, area.bottom() - 1), area.width, &fit(&text, area.width, view.cx.look.ascii), style);
        }
        Geometry { page: usize::from(height), first: self.first }
    }

    /// Whether the filter has a line of its own: on wide screens it stands in the first line.
    fn typed_shows(&self, view: &ViewCx<'_>) -> bool {
        let is_wide = Layout::of(view.cx.size) == Layout::Wide;
        self.sieve.error.is_some() || (!self.sieve.text.is_empty() && !is_wide)
    }

    fn head(&self, view: &ViewCx<'_>, line: Rect, buf: &mut Buffer) {
        let theme = view.theme;
        let is_wide = Layout::of(view.cx.size) == Layout::Wide;
        let form = self.table.form();
        let mut left = vec![(format!(" {}", self.viewing.title), theme.style(Role::Accent))];
        if !form.is_empty() {
            left.push((format!(" · {form}"), theme.style(Role::Muted)));
        }
        let (shown, rows) = (self.len(), self.table.rows() as usize);
        let columns = self.columns.shown().len();
        let mut text =
            if shown == rows { plural(rows, "row") } else { format!("{} of {}", count(shown), plural(rows, "row")) };
        // Writing to a String cannot fail.
        if columns > 0 {
            let _ =
                write!(text, " · {} {}/{columns}", if is_wide { "column" } else { "col" }, self.columns.cursor() + 1);
        }
        if is_wide && self.columns.pinned() > 0 {
            let _ = write!(text, " · {} pinned", self.columns.pinned());
        }
        if self.columns.hidden() > 0 {
            let _ = write!(text, " · {} hidden", self.columns.hidden());
        }
        let mut right = vec![(text, theme.style(Role::Muted))];
        if self.table.bad() > 0 {
            right.push((format!(" · {}", plural(self.table.bad() as usize, "bad row")), theme.style(Role::Due)));
        }
        match self.table.progress() {
            Progress::Reading { .. } if self.failure.is_some() => {}
            Progress::Reading { read, of } => {
                let percent = read.saturating_mul(100).checked_div(*of).unwrap_or_default().min(99);
                right.push((format!(" · reading {percent} %"), theme.style(Role::Pending)));
            }
            Progress::Broken(_) => right.push((" · rows are missing".to_owned(), theme.style(Role::Critical))),
            Progress::Complete if self.sieve.running.is_some() => {
                right.push((" · searching".to_owned(), theme.style(Role::Pending)));
            }
            Progress::Complete if self.sorting => right.push((" · sorting".to_owned(), theme.style(Role::Pending))),
            Progress::Complete => {}
        }
        if is_wide && !self.sieve.text.is_empty() {
            right.push((format!("   {}", self.sieve.text), theme.style(Role::Accent)));
        }
        right.push((" ".to_owned(), theme.style(Role::Muted)));
        bar::draw(buf, line, theme.style(Role::Page), &left, &right, view.cx.look.ascii);
    }

    /// What stands where no row does.
    fn nothing(&self) -> String {
        match (&self.failure, self.table.progress()) {
            (Some(failure), _) if failure.kind != FailureKind::Cancelled => failure.to_string(),
            _ if matches!(self.comparison, Comparison::Known(..)) && self.sieve.running.is_none() => {
                "No row was added or has changed; D shows all rows.".to_owned()
            }
            _ if self.table.rows() > 0 && self.sieve.running.is_none() => {
                "No row matches; ctrl-x drops the filter.".to_owned()
            }
            (_, Progress::Reading { .. }) => "reading…".to_owned(),
            _ if self.table.form().is_empty() => "reading…".to_owned(),
            _ if self.sieve.running.is_some() => "searching…".to_owned(),
            _ => "The file has no rows.".to_owned(),
        }
    }

    /// Columns that fit, with the cell at which each begins; `None` is the line behind those that are pinned.
    fn laid(&self, cells: u16) -> Vec<(Option<Laid>, u16, u16)> {
        let (shown, pinned) = (self.columns.shown(), self.columns.pinned());
        let mut out = Vec::new();
        let mut x = GUTTER;
        for (at, laid) in shown.into_iter().enumerate() {
            if at >= pinned && at < pinned + self.columns.left() {
                continue;
            }
            if at == pinned + self.columns.left() && pinned > 0 {
                out.push((None, x, 1));
                x = x.saturating_add(2);
            }
            if x >= cells {
                break;
            }
            let room = laid.cells.min(cells - x);
            out.push((Some(laid), x, room));
            x = x.saturating_add(laid.cells + 1);
        }
        out
    }

    fn heading(&self, view: &ViewCx<'_>, line: Rect, laid: &[(Option<Laid>, u16, u16)], buf: &mut Buffer) {
        let (theme, ascii) = (view.theme, view.cx.look.ascii);
        for (laid, x, cells) in laid {
            let Some(laid) = laid else {
                put(buf, (line.x + x, line.y), 1, "│", theme.style(Role::Rule));
                continue;
            };
            let Some(column) = self.table.columns().get(laid.column) else { continue };
            let is_current = self.columns.current() == Some(laid.column);
            let mark = match self.sort {
                Some((sorted, reversed)) if sorted == laid.column => {
                    if reversed {
                        "▾"
                    } else {
                        "▴"
                    }
                }
                _ => "",
            };
            let title = fit(&column.title, cells.saturating_sub(width(mark)), ascii).into_owned() + mark;
            let side = if is_right(column.kind) { Align::Right } else { Align::Left };
            let style = theme.style(if is_current { Role::Accent } else { Role::Muted });
            align(buf, (line.x + x, line.y), *cells, &title, side, style, ascii);
        }
    }

    fn row_line(
        &self,
        view: &ViewCx<'_>,
        line: Rect,
        place: usize,
        laid: &[(Option<Laid>, u16, u16)],
        buf: &mut Buffer,
    ) {
        let (theme, ascii) = (view.theme, view.cx.look.ascii);
        let is_selected = place == self.cursor;
        let ground = ground(theme, is_selected);
        buf.set_style(line, ground);
        if is_selected {
            let sign = if ascii { ">" } else { "▌" };
            put(buf, (line.x, line.y), 1, sign, ground.patch(theme.style(Role::Accent)));
        }
        let Some(row) = self.row_at(place) else { return };
        if row.fault.is_some() {
            put(buf, (line.x + 1, line.y), 1, "!", ground.patch(theme.style(Role::Due)));
        } else if let Some(sign) = self.change_of(row.number) {
            put(buf, (line.x + 1, line.y), 1, sign, ground.patch(theme.style(Role::Info)));
        }
        for (laid, x, cells) in laid {
            let at = (line.x + x, line.y);
            match laid {
                None => drop(put(buf, at, 1, "│", ground.patch(theme.style(Role::Rule)))),
                Some(laid) => self.cell(view, row, laid, (at, *cells), ground, buf),
            }
        }
    }

    fn cell(
        &self,
        view: &ViewCx<'_>,
        row: &Row,
        laid: &Laid,
        (at, cells): ((u16, u16), u16),
        ground: Style,
        buf: &mut Buffer,
    ) {
        let kind = self.table.columns().get(laid.column).map_or(Kind::Text, |column| column.kind);
        let text = shown(row.cell(laid.column), kind, view);
        let side = if is_right(kind) { Align::Right } else { Align::Left };
        let style = ground.patch(view.theme.style(Role::Text));
        align(buf, at, cells, text, side, style, view.cx.look.ascii);
    }

    fn counted(&self, view: &ViewCx<'_>, line: Rect, counts: Option<&Counts>, buf: &mut Buffer) {
        let theme = view.theme;
        let column = counts.map(|counts| counts.column).or(self.columns.current());
        let Some(column) = column.and_then(|column| self.table.columns().get(column)) else { return };
        let mut parts = vec![(format!(" {}  ", column.title), theme.style(Role::Muted))];
        let Some(counts) = counts.filter(|counts| !counts.values.is_empty()) else {
            parts.push(("counting…".to_owned(), theme.style(Role::Muted)));
            return bar::draw(buf, line, theme.style(Role::Page), &parts, &[], view.cx.look.ascii);
        };
        if let Some((least, most)) = &counts.span {
            parts.push((format!("{least} to {most}   "), theme.style(Role::Text)));
        }
        let value = |(value, times): &(crate::domain::Clean, usize)| {
            let value = if value.is_empty() { "(empty)" } else { shown(value, column.kind, view) };
            format!("{} {}", fit(value, 30, view.cx.look.ascii), count(*times))
        };
        let values: Vec<String> = counts.values.iter().take(20).map(value).collect();
        parts.push((values.join(" · "), theme.style(Role::Text)));
        let further = counts.values.len().saturating_sub(20);
        let more = if counts.others > 0 {
            " · more than 10,000 values ".to_owned()
        } else if further > 0 {
            format!(" · {} ", plural(counts.values.len(), "value"))
        } else {
            String::new()
        };
        bar::draw(buf, line, theme.style(Role::Page), &parts, &[(more, theme.style(Role::Muted))], view.cx.look.ascii);
    }

    /// The whole row, a column a line.
    fn details(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        let (theme, ascii) = (view.theme, view.cx.look.ascii);
        let geometry = Geometry { page: usize::from(area.height), first: self.first };
        let Some(row) = self.row() else { return geometry };
        let columns = self.table.columns();
        let label = columns.iter().map(|column| width(&column.title)).max().unwrap_or_default().clamp(4, 24);
        let room = area.width.saturating_sub(label + 4).max(1);
        let mut lines: Vec<(String, String, Role)> = vec![(
            String::new(),
            format!(
                "row {}{}",
                count(row.number as usize + 1),
                row.fault.map(|fault| format!(": {}", fault.words())).unwrap_or_default()
            ),
            if row.fault.is_some() { Role::Due } else { Role::Muted },
        )];
        let further = (columns.len()..row.cells.len()).map(|at| (at, format!("(cell {})", at + 1), Kind::Text));
        let own = columns.iter().enumerate().map(|(at, column)| (at, column.title.to_string(), column.kind));
        for (at, title, kind) in own.chain(further) {
            let text = shown(row.cell(at), kind, view);
            let wrapped = wrap(text, room, 400, ascii);
            let mut title = Some(title);
            for line in if wrapped.is_empty() { vec![String::new()] } else { wrapped } {
                lines.push((title.take().unwrap_or_default(), line, Role::Text));
            }
        }
        let scroll = self.details.unwrap_or_default().min(lines.len().saturating_sub(usize::from(area.height)));
        for (y, (title, text, role)) in (area.top()..area.bottom()).zip(lines.into_iter().skip(scroll)) {
            put(buf, (area.x + 1, y), label, &fit(&title, label, ascii), theme.style(Role::Muted));
            put(buf, (area.x + label + 3, y), room, &fit(&text, room, ascii), theme.style(role));
        }
        geometry
    }
}

/// A cell as it may be seen: texts are masked when names are hidden.
fn shown<'a>(text: &'a str, kind: Kind, view: &ViewCx<'_>) -> &'a str {
    let hides = view.privacy && kind == Kind::Text && !text.is_empty();
    if !hides {
        text
    } else if view.cx.look.ascii {
        "*****"
    } else {
        "•••••"
    }
}
