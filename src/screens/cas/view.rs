//! How the hierarchy is drawn.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Cas, Focus, details, ends::End, is_mine, open_requests};
use crate::{
    domain::{
        ca::{
            Ca, CaRequest, RequestSource,
            forest::{Link, Node},
        },
        ids::CaId,
    },
    flow::{Cx, Geometry, list::scrolled},
    present::{Align, Look, Tone, ca, moment},
    screens::{Layout, ViewCx, status},
    ui::{
        Role, bar,
        detail::{self, Detail},
        placeholder,
        table::{align, ground},
        text::{count, fit, plural, put, width},
    },
};

/// Widest indentation; deeper nodes stand below each other and show their depth.
const DEEPEST: u16 = 16;

/// Cells on the right of a request, for whose it is.
const SIDE: u16 = 6;

/// What the request below the selected row leads to.
const REVIEW: &str = " · a review";

/// Text and tone of the CRL and the OCSP cell.
type Health = ((&'static str, Tone), (&'static str, Tone));

/// Text and tone of the cells of counts, CRL and OCSP.
type Figures = ((String, Tone), (&'static str, Tone), (&'static str, Tone));

/// An OCSP signing certificate that ends within this many seconds is worth a look.
const OCSP_SOON: i64 = 14 * 86_400;

impl Cas {
    /// What is known of the CRL and OCSP of a CA, for one cell each. Not known is never shown as fine.
    fn health(&self, id: &CaId, cx: &Cx<'_>) -> Health {
        let look = cx.look;
        let ends = self.ends.get(id).copied().unwrap_or_default();
        let known = |tone: Tone| (look.glyph(tone), tone);
        let cell = |end: End, read: bool, failed: bool, slack: i64, late: Tone| match end {
            End::At(end) if end.as_second() < look.now.as_second().saturating_add(slack) => known(late),
            End::At(_) => known(Tone::Ok),
            End::Unknown => ("?", Tone::Stale),
            End::None if !read && failed => ("?", Tone::Stale),
            End::None => (moment::dash(look), Tone::Muted),
        };
        let (crls, responders) = (&cx.estate.crls, &cx.estate.responders);
        (
            cell(ends.crl, crls.read_at().is_some(), crls.failure().is_some(), 0, Tone::Critical),
            cell(ends.ocsp, responders.read_at().is_some(), responders.failure().is_some(), OCSP_SOON, Tone::Due),
        )
    }
}

impl Cas {
    pub(super) fn draw(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        let geometry = Geometry { page: usize::from(area.height.saturating_sub(2)), first: view.cx.geometry.first };
        if area.height == 0 {
            return geometry;
        }
        let look = view.cx.look;
        let layout = Layout::of(view.cx.size);
        if let (true, Some((node, ca))) = (self.page, self.tree.selected()) {
            let inside = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
            let lines = self.details_of(node, ca, view);
            detail::draw(buf, inside, view.theme, look, &lines, self.scroll);
            return geometry;
        }
        let open = open_requests(&view.cx);
        self.title(view, Rect { height: 1, ..area }, buf, &open);
        let source = &view.cx.estate.cas;
        let mut body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        if let Some((text, role)) = status::line(source, "CAs", &view.cx).filter(|_| body.height > 2) {
            let line = Rect { height: 1, ..body };
            let part = (format!(" {text}"), view.theme.style(role));
            bar::draw(buf, line, view.theme.style(Role::Page), &[part], &[], look.ascii);
            body = Rect { y: body.y + 1, height: body.height - 1, ..body };
        }
        if self.tree.is_empty() {
            let filtered = !self.filter_text.is_empty() && !source.rows().is_empty();
            let mut words = placeholder::words(view.cx.phase(source), "CAs", filtered, source.failure());
            words.extend(status::waiting(source, &view.cx).map(|wait| (wait, Role::Due)));
            placeholder::draw(buf, body, view.theme, look, &words);
            return geometry;
        }
        let (main, side) = layout.split(body, !self.pane_hidden, 40);
        let panel = requests_height(open.len(), layout, self.focus, main.height);
        let tree = Rect { height: main.height - panel, ..main };
        let below = Rect { y: main.y + tree.height, height: panel, ..main };
        let shown = self.rows(view, tree, buf, layout, &open);
        self.requests(view, below, buf, &open);
        if let (Some(side), Some((node, ca))) = (side, self.tree.selected()) {
            bar::edge(buf, side, view.theme.style(Role::Rule), look.ascii);
            let inside = Rect { x: side.x + 2, width: side.width.saturating_sub(3), ..side };
            detail::draw(buf, inside, view.theme, look, &self.details_of(node, ca, view), 0);
        }
        shown
    }

    fn details_of(&self, node: Node, ca: &Ca, view: &ViewCx<'_>) -> Vec<Detail> {
        if view.privacy {
            return vec![Detail::Text("Names are hidden (P shows them).".to_owned(), Tone::Muted)];
        }
        let look = view.cx.look;
        let read = details::Read {
            details: self.details.get(&ca.id),
            leaves: self.leaves.told(ca, look),
            found: [self.checks.lines(&ca.id, look), self.impacts.lines(&ca.id, &view.cx)].concat(),
        };
        details::of(node, ca, read, &view.cx)
    }

    fn title(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer, open: &[&CaRequest]) {
        let (theme, cx) = (view.theme, &view.cx);
        let wide = Layout::of(cx.size) == Layout::Wide;
        let total = self.tree.forest().nodes().len();
        let mut left = vec![(" CA hierarchy".to_owned(), theme.style(Role::Text))];
        if !self.filter_text.is_empty() {
            left.push((format!("   {}", self.filter_text), theme.style(Role::Accent)));
        }
        let roots = self.tree.forest().roots();
        let kind = if self.tree.is_flat() { "flat list · f tree" } else { "tree · f flat list" };
        let shown = if self.filter_text.is_empty() && wide {
            format!("{} · {}", plural(total, "CA"), plural(roots, "root"))
        } else if self.filter_text.is_empty() {
            plural(total, "CA")
        } else {
            format!("{} of {} CAs", count(self.tree.matching()), count(total))
        };
        let counted = self.leaves.age(cx.look).filter(|_| counts_leaves(Layout::of(cx.size)));
        let counted = counted.map_or_else(String::new, |age| format!(" · counts read {} ago", moment::age(age)));
        let answers = open.iter().filter(|request| is_mine(request, cx) != Some(true)).count();
        let right = match (wide, answers) {
            (true, _) => format!("{shown} · {kind}{counted} "),
            (false, 0) => format!("{shown}{counted} "),
            (false, 1) => format!("{shown} · 1 request to answer, A "),
            (false, _) => format!("{shown} · {answers} requests to answer, A "),
        };
        bar::draw(buf, area, theme.style(Role::Page), &left, &[(right, theme.style(Role::Muted))], cx.look.ascii);
    }

    fn rows(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer, layout: Layout, open: &[&CaRequest]) -> Geometry {
        let columns = Columns::of(layout, area.width, self.tree.forest().nodes().len());
        let look = view.cx.look;
        if area.height < 2 {
            return Geometry::default();
        }
        columns.heading(buf, area, view.theme.style(Role::Muted), look);
        let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let request = self.tree.selected().and_then(|(_, ca)| open.iter().find(|request| request.ca == ca.id));
        let extra = request.filter(|_| layout == Layout::Medium && body.height > 3);
        let page = usize::from(body.height) - usize::from(extra.is_some());
        let first = scrolled(view.cx.geometry.first, self.tree.cursor(), self.tree.len(), page);
        let mut y = body.y;
        for position in first..self.tree.len() {
            if y >= body.bottom() {
                break;
            }
            let Some((node, record)) = self.tree.row(position) else { break };
            let line = Rect { y, height: 1, ..body };
            self.row(view, line, buf, &columns, (position, node, record));
            y += 1;
            if position == self.tree.cursor()
                && let Some(request) = extra
                && y < body.bottom()
            {
                let room = body.width.saturating_sub(6);
                let told =
                    fit(&request_line(request, look), room.saturating_sub(width(REVIEW)), look.ascii).into_owned();
                let x = put(buf, (body.x + 6, y), room, &told, view.theme.style(Role::Critical));
                put(buf, (x, y), width(REVIEW), REVIEW, view.theme.style(Role::Muted));
                y += 1;
            }
        }
        Geometry { page, first }
    }

    fn row(
        &self,
        view: &ViewCx<'_>,
        line: Rect,
        buf: &mut Buffer,
        columns: &Columns,
        (position, node, record): (usize, Node, &Ca),
    ) {
        let (theme, look) = (view.theme, view.cx.look);
        let selected = position == self.tree.cursor() && self.focus == Focus::Tree;
        let ground = ground(theme, selected);
        buf.set_style(line, ground);
        if selected {
            put(buf, (line.x, line.y), 1, if look.ascii { ">" } else { "▌" }, ground.patch(theme.style(Role::Accent)));
        }
        let depth = if self.tree.is_flat() { 0 } else { u16::try_from(node.depth).unwrap_or(u16::MAX) };
        let mut x = line.x + 1 + (depth * 2).min(DEEPEST);
        let fold = match (node.size > 1 && !self.tree.is_flat(), self.tree.is_folded(record), look.ascii) {
            (false, _, false) if depth > 0 => "└",
            (false, _, true) if depth > 0 => "\\",
            (false, ..) => " ",
            (true, true, false) => "▸",
            (true, false, false) => "▾",
            (true, true, true) => "+",
            (true, false, true) => "-",
        };
        x = put(buf, (x, line.y), 2, fold, ground.patch(theme.style(Role::Muted))) + 1;
        let waits = view
            .cx
            .estate
            .requests
            .rows()
            .iter()
            .any(|r| r.ca == record.id && r.status == crate::domain::ca::RequestStatus::Pending);
        let (glyph, tone) = if waits {
            (look.glyph(Tone::Critical), Tone::Critical)
        } else {
            (ca::state_glyph(record, look), ca::state_tone(record, look))
        };
        x = put(buf, (x, line.y), 2, glyph, ground.patch(theme.tone(tone))) + 1;
        let end = line.x + columns.name;
        let masked = if look.ascii { "*****" } else { "•••••" };
        let name = if view.privacy { masked } else { &record.name };
        let room = end.saturating_sub(x);
        let (whole, short) = match node.link {
            Link::Orphan => (" (issuer not visible)", " (orphan)"),
            Link::Cycle => (" (cycle: cut here)", " (cycle)"),
            Link::Root | Link::Child => ("", ""),
        };
        let (told, brief) = if record.name.is_marked() { (" ! hidden characters", " ! deceptive") } else { ("", "") };
        let has_room = width(name) + width(whole) + width(told) <= room;
        let (mark, deceptive) = if has_room { (whole, told) } else { (short, brief) };
        let marks = width(mark) + width(deceptive);
        let shown = fit(name, room.saturating_sub(marks.min(room.saturating_sub(8))), look.ascii);
        let tone = if record.name.is_marked() { Role::Critical } else { Role::Text };
        let x = put(buf, (x, line.y), room, &shown, ground.patch(theme.style(tone)));
        let x = put(buf, (x, line.y), end.saturating_sub(x), mark, ground.patch(theme.style(Role::Due)));
        put(buf, (x, line.y), end.saturating_sub(x), deceptive, ground.patch(theme.style(Role::Critical)));
        let (crl, ocsp) = self.health(&record.id, &view.cx);
        let figures = (self.leaves.cell(record, look), crl, ocsp);
        columns.cells(buf, line, ground, view, (node, record, figures));
    }

    fn requests(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer, open: &[&CaRequest]) {
        if area.height < 4 {
            return;
        }
        let (theme, look) = (view.theme, view.cx.look);
        let mine = open.iter().filter(|r| is_mine(r, &view.cx) == Some(true)).count();
        let from = match view.cx.estate.request_source {
            Some(RequestSource::Queue) | None => "",
            Some(RequestSource::PerCa) => " · read per CA",
            Some(RequestSource::Record) => " · from the CA records only",
        };
        let note = format!("{} to answer · {mine} yours{from} · A all ", open.len() - mine);
        let title = (" REQUESTS".to_owned(), theme.style(Role::Text));
        let line = Rect { y: area.y + 1, height: 1, ..area };
        bar::draw(buf, line, theme.style(Role::Page), &[title], &[(note, theme.style(Role::Muted))], look.ascii);
        let names = ["id", "ca", "by", "age", "reason"];
        let columns: Vec<_> =
            names.iter().filter_map(|name| crate::present::column::column::<CaRequest>(name)).collect();
        let widths = crate::ui::table::widths(&columns, area.width.saturating_sub(SIDE + 1));
        let mut x = area.x + 4;
        for (column, cells) in &widths {
            align(buf, (x, area.y + 2), *cells, column.title, column.align, theme.style(Role::Muted), look.ascii);
            x += cells + 1;
        }
        let room = usize::from(area.height - 3);
        let first = scrolled(0, self.request, open.len(), room);
        for (y, (position, request)) in (area.y + 3..area.bottom()).zip(open.iter().enumerate().skip(first)) {
            let selected = self.focus == Focus::Requests && position == self.request;
            let ground = ground(theme, selected);
            buf.set_style(Rect { y, height: 1, ..area }, ground);
            let yours = is_mine(request, &view.cx) == Some(true);
            let mark = if selected { if look.ascii { ">" } else { "▌" } } else { " " };
            put(buf, (area.x, y), 1, mark, ground.patch(theme.style(Role::Accent)));
            let glyph = if yours { " " } else { "!" };
            put(buf, (area.x + 1, y), 1, glyph, ground.patch(theme.style(Role::Critical)));
            let mut x = area.x + 4;
            for (column, cells) in &widths {
                let style = ground.patch(theme.tone((column.tone)((*request).into(), look)));
                let hidden = view.privacy && crate::ui::table::is_private(column.name);
                let text = if hidden { "•••••".into() } else { (column.text)((*request).into(), look) };
                align(buf, (x, y), *cells, &text, column.align, style, look.ascii);
                x += cells + 1;
            }
            let side = if yours { "yours" } else { "a" };
            put(buf, (area.right().saturating_sub(SIDE), y), SIDE, side, ground.patch(theme.style(Role::Muted)));
        }
    }
}

fn request_line(request: &CaRequest, look: &Look) -> String {
    let by = if request.requested_by_name.is_empty() { "somebody" } else { &request.requested_by_name };
    let age = request.requested.seconds_from(look.now).map_or_else(String::new, |s| format!(", {}", moment::age(-s)));
    format!("{} {} asked by {by}{age}", request.id, request.request_type.as_str())
}

fn requests_height(open: usize, layout: Layout, focus: Focus, height: u16) -> u16 {
    let wanted = u16::try_from(open).unwrap_or(u16::MAX).saturating_add(3).min(height / 2);
    match (layout, focus) {
        _ if open == 0 => 0,
        (Layout::Wide, _) | (_, Focus::Requests) => wanted.min(12),
        _ => 0,
    }
}

/// Whether there is room for the counts of certificates, which are asked for then.
pub(super) const fn counts_leaves(layout: Layout) -> bool {
    matches!(layout, Layout::Wide | Layout::Medium)
}

/// Which columns fit, and where they are.
struct Columns {
    name: u16,
    rest: Vec<(Cell, u16)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    State,
    Hosted,
    Until,
    Below,
    Leaves,
    Crl,
    Ocsp,
}

impl Cell {
    const fn title(self) -> &'static str {
        match self {
            Self::State => "STATE",
            Self::Hosted => "HOSTED",
            Self::Until => "UNTIL",
            Self::Below => "SUB",
            Self::Leaves => "LEAF",
            Self::Crl => "CRL",
            Self::Ocsp => "OCSP",
        }
    }

    const fn side(self) -> Align {
        match self {
            Self::Until | Self::Below | Self::Leaves => Align::Right,
            Self::State | Self::Hosted | Self::Crl | Self::Ocsp => Align::Left,
        }
    }
}

impl Columns {
    fn of(layout: Layout, cells: u16, cas: usize) -> Self {
        let below = width(&count(cas)).max(4);
        let rest: Vec<(Cell, u16)> = match layout {
            Layout::Wide => vec![
                (Cell::State, 8),
                (Cell::Hosted, 9),
                (Cell::Until, 5),
                (Cell::Below, below),
                (Cell::Leaves, 6),
                (Cell::Crl, 4),
                (Cell::Ocsp, 4),
            ],
            Layout::Medium => vec![
                (Cell::State, 8),
                (Cell::Until, 5),
                (Cell::Below, below),
                (Cell::Leaves, 6),
                (Cell::Crl, 4),
                (Cell::Ocsp, 4),
            ],
            Layout::Narrow => vec![(Cell::State, 8), (Cell::Until, 5)],
            Layout::Tiny => vec![(Cell::State, 8)],
        };
        let taken: u16 = rest.iter().map(|(_, cells)| cells + 1).sum();
        Self { name: cells.saturating_sub(taken), rest }
    }

    fn heading(&self, buf: &mut Buffer, area: Rect, style: Style, look: &Look) {
        put(buf, (area.x + 3, area.y), self.name.saturating_sub(3), "NAME", style);
        let mut x = area.x + self.name + 1;
        for (cell, cells) in &self.rest {
            align(buf, (x, area.y), *cells, cell.title(), cell.side(), style, look.ascii);
            x += cells + 1;
        }
    }

    fn cells(
        &self,
        buf: &mut Buffer,
        line: Rect,
        ground: Style,
        view: &ViewCx<'_>,
        (node, record, (leaves, crl, ocsp)): (Node, &Ca, Figures),
    ) {
        let (theme, look) = (view.theme, view.cx.look);
        let mut x = line.x + self.name + 1;
        for (cell, cells) in &self.rest {
            let (text, tone): (String, Tone) = match cell {
                Cell::State => (record.effective_state(look.now).0.label().to_owned(), ca::state_tone(record, look)),
                Cell::Hosted => (ca::hosted(record).to_owned(), Tone::Muted),
                Cell::Until => (moment::year(&record.valid_to, look), moment::tone(&record.valid_to)),
                Cell::Below => (count(node.size as usize - 1), Tone::Text),
                Cell::Leaves => leaves.clone(),
                Cell::Crl => (crl.0.to_owned(), crl.1),
                Cell::Ocsp => (ocsp.0.to_owned(), ocsp.1),
            };
            align(buf, (x, line.y), *cells, &text, cell.side(), ground.patch(theme.tone(tone)), look.ascii);
            x += cells + 1;
        }
    }
}
