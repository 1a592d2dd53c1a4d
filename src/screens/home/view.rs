//! How home is drawn: the part of its page that has the cursor.

use jiff::civil::Date;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    line::{Body, Line, Section},
    outlook,
    plan::{Besides, Plan, Spot},
    since,
    summary::Summary,
};
use crate::{
    domain::{When, delta::Since, subject::Subject},
    flow::{Geometry, Source, SourceId, list::scrolled, source::Phase},
    present::{Tone, audit, column::TimeStyle, moment},
    screens::{Layout, ViewCx},
    ui::{
        Role, bar,
        table::ground,
        text::{count, fit, put, width},
    },
};

/// What one place of the page looks like.
struct Pen<'a> {
    view: &'a ViewCx<'a>,
    summary: &'a Summary,
    lines: &'a [&'a Line],
    layout: Layout,
}

/// Draws what fits around the cursor; returns how many rows of the page fit, and the first of them.
pub fn draw(summary: &Summary, cursor: usize, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
    let layout = Layout::of(view.cx.size);
    let lines = summary.shown(view.cx.size);
    let pen = Pen { view, summary, lines: &lines, layout };
    let plan = Plan::of(&lines, layout, area.width, &|section| pen.besides(section));
    let row = usize::from(plan.row_of(cursor).unwrap_or_default());
    // The first line comes with what stands above it.
    let row = if cursor == 0 { 0 } else { row };
    let first = scrolled(view.cx.geometry.first, row, usize::from(plan.height), usize::from(area.height));
    let top = u16::try_from(first).unwrap_or(u16::MAX);
    for (spot, at) in plan.spots.iter().filter(|(_, at)| (top..top.saturating_add(area.height)).contains(&at.y)) {
        let at = Rect { x: area.x + at.x, y: area.y + at.y - top, ..*at }.intersection(area);
        match spot {
            Spot::Heading(section) => pen.heading(*section, at, buf),
            Spot::Before(section) | Spot::After(section) => pen.beside(*section, *spot, at, buf),
            Spot::Line(number) => {
                if let Some(line) = lines.get(*number) {
                    pen.line(line, *number == cursor, at, buf);
                }
            }
        }
    }
    Geometry { page: usize::from(area.height).max(1), first }
}

impl Pen<'_> {
    fn style(&self, role: Role) -> Style {
        self.view.theme.style(role)
    }

    fn is_wide(&self) -> bool {
        self.layout == Layout::Wide
    }

    fn heading(&self, section: Section, at: Rect, buf: &mut Buffer) {
        let (text, note) = match section {
            Section::Needs => ("NEEDS YOU", String::new()),
            Section::Since => self.since_heading(),
            Section::Weeks => ("ENDS WITH NOTHING NEWER", self.legend()),
            Section::Load => {
                let forecast = self.view.cx.estate.judgement.forecast();
                let note = forecast.map_or_else(String::new, |forecast| {
                    format!("if all {} names renew at 2/3 of maximum life", count(forecast.live))
                });
                ("RENEWAL LOAD", note)
            }
            Section::Health => ("CA HEALTH", "                   CRL next   OCSP   Until".to_owned()),
            Section::Latest => ("LATEST AUDIT", "the newest that are here".to_owned()),
        };
        let parts = [(format!(" {text}   "), self.style(Role::Text)), (note, self.style(Role::Muted))];
        bar::draw(buf, at, self.style(Role::Page), &parts, &[], self.view.cx.look.ascii);
    }

    fn since_heading(&self) -> (&'static str, String) {
        let changes = &self.view.cx.estate.changes;
        let title = if changes.since() == Since::Yesterday { "SINCE YESTERDAY" } else { "CHANGES" };
        let note = changes.baseline().filter(|_| self.is_wide()).map_or_else(String::new, |at| {
            let at = moment::short(&When::At(at), self.view.cx.look);
            format!("against the {at} snapshot")
        });
        (title, note)
    }

    fn legend(&self) -> String {
        let (late, ahead) = bars(self.view.cx.look.ascii);
        match self.layout {
            Layout::Wide => format!(
                "next 12 weeks, names per week {late} late or due to renew   {ahead} not due yet   renewed ones left out"
            ),
            _ => format!("{late} late or due  {ahead} not due yet"),
        }
    }

    /// What a section has besides its lines.
    fn besides(&self, section: Section) -> Besides {
        let has = self.lines.iter().any(|line| line.section == section);
        match section {
            Section::Needs => Besides { before: self.standing().is_some(), after: false },
            Section::Since => Besides { before: !has, after: has && self.is_wide() },
            Section::Weeks => Besides { before: !has, after: self.is_wide() && outlook::peak(&self.view.cx).is_some() },
            Section::Load => Besides { before: !has && self.is_wide(), after: has && self.is_wide() },
            Section::Health | Section::Latest => Besides { before: !has, after: false },
        }
    }

    fn beside(&self, section: Section, spot: Spot, at: Rect, buf: &mut Buffer) {
        let estate = &self.view.cx.estate;
        let muted = |text: String| (text, Tone::Muted);
        let (text, tone) = match (section, spot) {
            (Section::Needs, _) => self.standing().unwrap_or_default(),
            (Section::Since, Spot::After(_)) => muted("d  opens the full diff".to_owned()),
            (Section::Since, _) => muted(if estate.changes.list().read_at().is_none() {
                "reading…".to_owned()
            } else if estate.changes.baseline().is_none() {
                "no baseline yet".to_owned()
            } else {
                "nothing changed".to_owned()
            }),
            (Section::Weeks, Spot::After(_)) => muted(self.peak()),
            (Section::Load, Spot::After(_)) => muted("assumption shown because the API gives no issue date".to_owned()),
            (Section::Weeks | Section::Load, _) => {
                muted(self.unreadable(&estate.acme).unwrap_or_else(|| "being judged…".to_owned()))
            }
            (Section::Health, _) => {
                let why = self.unreadable(&estate.cas).or_else(|| self.unreadable(&estate.crls));
                let words = why.unwrap_or_else(|| "no CA has a CRL".to_owned());
                muted(if self.is_wide() { words } else { format!("CAs   {words}") })
            }
            (Section::Latest, _) => {
                let words = self.unreadable(&estate.audit).unwrap_or_else(|| "no events".to_owned());
                muted(if self.is_wide() { words } else { format!("Audit {words}") })
            }
        };
        let indent = if matches!(section, Section::Needs) || !self.is_wide() { 1 } else { 3 };
        let room = at.width.saturating_sub(indent + 1);
        let text = fit(&text, room, self.view.cx.look.ascii);
        put(buf, (at.x + indent, at.y), room, &text, self.view.theme.tone(tone));
    }

    /// What the figures do not say: what could not be read is never taken for nothing.
    fn standing(&self) -> Option<(String, Tone)> {
        let look = self.view.cx.look;
        let states: Vec<_> = SourceId::ALL.into_iter().map(|id| (id, self.view.cx.estate.status(id))).collect();
        let failed: Vec<_> = states.iter().filter(|(_, s)| s.failure.is_some() || !s.complete).collect();
        let reading = states.iter().any(|(_, s)| s.loading && s.read_at.is_none());
        let calm = self.summary.is_calm();
        let (text, tone) = match failed.as_slice() {
            [] if reading && calm => ("reading…".to_owned(), Tone::Muted),
            [] if calm => (format!("{} nothing", look.glyph(Tone::Ok)), Tone::Ok),
            [] => return None,
            [(id, first), others @ ..] => {
                let noun = id.noun();
                let why = match &first.failure {
                    Some(why) => {
                        why.title.strip_prefix(noun).unwrap_or(&why.title).trim_start_matches([':', ' ']).to_owned()
                    }
                    None => format!("{} PARTIAL", count(first.rows)),
                };
                let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
                (format!("{} {noun}{more}: {why}", look.glyph(Tone::Stale)), Tone::Stale)
            }
        };
        Some((text, tone))
    }

    fn unreadable<T: Subject>(&self, source: &Source<T>) -> Option<String> {
        match self.view.cx.phase(source) {
            Phase::Failed => source.failure().map(|failure| failure.title.to_string()),
            Phase::Loading => Some("reading…".to_owned()),
            Phase::Idle => Some("not configured".to_owned()),
            _ => None,
        }
    }

    fn peak(&self) -> String {
        let enter = if self.view.cx.look.ascii { "Enter" } else { "⏎" };
        let told = outlook::peak(&self.view.cx);
        told.map_or_else(String::new, |(from, times)| {
            let from = from.strftime("%d %b");
            format!("Week of {from} is {times:.1} times the median week. {enter} on a bar opens those names.")
        })
    }

    fn line(&self, line: &Line, selected: bool, at: Rect, buf: &mut Buffer) {
        let ground = ground(self.view.theme, selected);
        let span = Rect { width: at.width.saturating_sub(1), ..at };
        buf.set_style(span, ground);
        if selected {
            let mark = if self.view.cx.look.ascii { ">" } else { "▌" };
            put(buf, (at.x, at.y), 1, mark, ground.patch(self.style(Role::Accent)));
        }
        let inside = Rect { x: at.x + 1, width: at.width.saturating_sub(2), ..at };
        match &line.body {
            Body::Words { .. } if line.section == Section::Health => self.tally(line, ground, inside, buf),
            Body::Words { .. } => self.words(line, ground, inside, buf),
            Body::Week { from, late, ahead } => self.week(*from, (*late, *ahead), ground, inside, buf),
            Body::Load { .. } if self.is_wide() => self.load(line, ground, inside, buf),
            Body::Load { .. } => self.loads(ground, inside, buf),
            Body::Ca { .. } => self.ca(line, ground, inside, buf),
            Body::Event(event) => self.event(event, ground, inside, buf),
        }
    }

    /// Cells one behind the other, each with its width; the last one takes what is left.
    fn cells(&self, cells: &[(&str, u16, Style)], at: Rect, buf: &mut Buffer) {
        let mut x = at.x;
        for (position, (text, cells_wide, style)) in cells.iter().enumerate() {
            let last = position + 1 == cells.len();
            let room = at.right().saturating_sub(x);
            let room = if last { room } else { room.min(cells_wide.saturating_sub(1)) };
            put(buf, (x, at.y), room, &fit(text, room, self.view.cx.look.ascii), *style);
            x = x.saturating_add(*cells_wide);
            if x >= at.right() {
                return;
            }
        }
    }

    fn masked<'t>(&self, text: &'t str) -> &'t str {
        match (self.view.privacy, self.view.cx.look.ascii) {
            (true, true) => "*****",
            (true, false) => "•••••",
            (false, _) => text,
        }
    }

    fn words(&self, line: &Line, ground: Style, at: Rect, buf: &mut Buffer) {
        let Body::Words { count: number, words, short, note, is_private } = &line.body else { return };
        let look = self.view.cx.look;
        let style = ground.patch(self.view.theme.tone(line.tone));
        let glyph = since::glyph(&line.key, look.ascii).unwrap_or(look.glyph(line.tone));
        let digits =
            self.lines.iter().filter(|other| other.section == line.section).filter_map(|other| match other.body {
                Body::Words { count: Some(number), .. } => Some(width(&count(number))),
                _ => None,
            });
        let digits = digits.max().unwrap_or(1);
        let x = put(buf, (at.x, at.y), 2, glyph, style);
        let x = match number {
            Some(number) => {
                let text = format!(" {:>1$}", count(*number), usize::from(digits));
                put(buf, (x, at.y), digits + 2, &text, style) + 2
            }
            None => x + 1,
        };
        let room = at.right().saturating_sub(x);
        let note = if *is_private && !note.is_empty() { self.masked(note) } else { note };
        let words = if self.is_wide() { words } else { short };
        let behind = put(buf, (x, at.y), room, &fit(words, room, look.ascii), ground.patch(self.style(Role::Text)));
        // Notes of one section stand below each other where that leaves room.
        let column = if self.is_wide() && line.section == Section::Since { x + 24 } else { behind };
        let x = (behind + if self.is_wide() && line.section != Section::Since { 3 } else { 2 }).max(column);
        let room = at.right().saturating_sub(x);
        if room > 3 {
            put(buf, (x, at.y), room, &fit(note, room, look.ascii), ground.patch(self.style(Role::Muted)));
        }
    }

    fn week(&self, from: Date, (late, ahead): (usize, usize), ground: Style, at: Rect, buf: &mut Buffer) {
        let weeks = || {
            self.lines.iter().filter_map(|line| match line.body {
                Body::Week { late, ahead, .. } => Some(late + ahead),
                _ => None,
            })
        };
        let most = weeks().max().unwrap_or_default().max(1);
        let digits = count(most).len().max(if self.is_wide() { 4 } else { 2 });
        let indent = u16::from(self.is_wide());
        let day = from.strftime("%d %b").to_string();
        let x = put(buf, (at.x + indent, at.y), 7, &day, ground.patch(self.style(Role::Muted)));
        let number = format!(" {:>digits$}{}", count(late + ahead), if self.is_wide() { "  " } else { " " });
        let x = put(buf, (x, at.y), at.right().saturating_sub(x), &number, ground.patch(self.style(Role::Text)));
        let room = usize::from(at.right().saturating_sub(x + 1));
        let cells = |names: usize| if names == 0 { 0 } else { (room * names / most).max(1) };
        let all = cells(late + ahead);
        let late = if ahead == 0 { all } else { cells(late).min(all.saturating_sub(1)) };
        let (on, off) = bars(self.view.cx.look.ascii);
        let x = put(buf, (x, at.y), at.width, &on.repeat(late), ground.patch(self.style(Role::Critical)));
        put(buf, (x, at.y), at.width, &off.repeat(all - late), ground.patch(self.style(Role::Muted)));
    }

    fn load(&self, line: &Line, ground: Style, at: Rect, buf: &mut Buffer) {
        let Body::Load { from, limit, per_week } = &line.body else { return };
        let most = self.summary.load().filter_map(|line| match line.body {
            Body::Load { per_week, .. } => Some(per_week),
            _ => None,
        });
        let most = most.fold(1.0, f64::max);
        let label = from.map_or_else(|| "today".to_owned(), |from| from.strftime("%d %b %Y").to_string());
        let text = format!("{limit:>3}-day limit");
        let weekly = format!("{:>7} a week", rounded(*per_week));
        let (muted, plain) = (ground.patch(self.style(Role::Muted)), ground.patch(self.style(Role::Text)));
        let bar = if self.view.cx.look.ascii { "#" } else { "▇" };
        // At most 13 cells, and the figures are far below 2^32.
        let cells = (1..=13_u8).take_while(|cell| f64::from(*cell) <= (per_week / most * 13.0).max(1.0)).count();
        let bar = bar.repeat(cells);
        let cells =
            [("", 2, plain), (label.as_str(), 15, muted), (&text, 14, plain), (&weekly, 17, plain), (&bar, 14, muted)];
        self.cells(&cells, at, buf);
    }

    /// All limits in one line.
    fn loads(&self, ground: Style, at: Rect, buf: &mut Buffer) {
        let one = |line: &Line| match &line.body {
            Body::Load { from, per_week, .. } => {
                let from = from.map_or_else(|| "now".to_owned(), |from| from.strftime("from %b %Y").to_string());
                Some(format!("{} {from}", rounded(*per_week)))
            }
            _ => None,
        };
        let all: Vec<String> = self.summary.load().filter_map(one).collect();
        let (plain, muted) = (ground.patch(self.style(Role::Text)), ground.patch(self.style(Role::Muted)));
        self.cells(&[("RENEWALS A WEEK", 18, plain), (&all.join("   "), 0, muted)], at, buf);
    }

    fn tally(&self, line: &Line, ground: Style, at: Rect, buf: &mut Buffer) {
        let Body::Words { words, .. } = &line.body else { return };
        let tone = if line.tone == Tone::Ok { Tone::Muted } else { line.tone };
        let style = ground.patch(self.view.theme.tone(tone));
        self.cells(&[("CAs", 6, ground.patch(self.style(Role::Text))), (words, 0, style)], at, buf);
    }

    fn ca(&self, line: &Line, ground: Style, at: Rect, buf: &mut Buffer) {
        let Body::Ca { name, hosted, crl, responder, until, .. } = &line.body else { return };
        let look = self.view.cx.look;
        let left = crl.map(|at| at.as_second().saturating_sub(look.now.as_second()));
        let crl = match left {
            Some(left @ ..0) => format!("{} late", moment::age(-left)),
            Some(left) => format!("in {}", moment::age(left)),
            None => moment::dash(look).to_owned(),
        };
        let (ocsp, ocsp_tone) = match responder {
            None => ("n/a", Tone::Muted),
            Some(true) => (look.glyph(Tone::Ok), Tone::Ok),
            Some(false) => (look.glyph(Tone::Critical), Tone::Critical),
        };
        let style = |tone| ground.patch(self.view.theme.tone(tone));
        let crl_tone = if line.tone == Tone::Ok { Tone::Muted } else { line.tone };
        let until = moment::year(until, look);
        let cells = [
            (look.glyph(line.tone), 2, style(line.tone)),
            (self.masked(name), 18, style(Tone::Text)),
            (hosted.as_str(), 10, style(Tone::Muted)),
            (crl.as_str(), 11, style(crl_tone)),
            (ocsp, 7, style(ocsp_tone)),
            (until.as_str(), 5, style(Tone::Muted)),
        ];
        self.cells(&cells, at, buf);
    }

    fn event(&self, event: &crate::domain::audit::AuditEvent, ground: Style, at: Rect, buf: &mut Buffer) {
        let look = self.view.cx.look;
        let today = |at: jiff::Timestamp| at.strftime("%F").to_string() == look.now.strftime("%F").to_string();
        let time = match event.at.at() {
            Some(at) if look.times == TimeStyle::Utc && today(at) => at.strftime("%H:%MZ").to_string(),
            _ => moment::short(&event.at, look),
        };
        let (plain, muted) = (ground.patch(self.style(Role::Text)), ground.patch(self.style(Role::Muted)));
        let (who, what) = (self.masked(audit::who(event)), self.masked(audit::what(event)));
        let action = audit::action(event);
        let result = event.result.to_string();
        if self.is_wide() {
            let cells = [
                ("", 2, plain),
                (time.as_str(), 14, muted),
                (who, 12, plain),
                (&action, 25, plain),
                (what, 30, muted),
                (&result, 12, muted),
                (event.ip_address.as_str(), 0, muted),
            ];
            self.cells(&cells, at, buf);
        } else {
            let words = format!("{who} {action} {what}");
            self.cells(&[(time.as_str(), width(&time) + 1, muted), (&words, 0, plain)], at, buf);
        }
    }
}

/// Late or due, and not due yet.
const fn bars(ascii: bool) -> (&'static str, &'static str) {
    if ascii { ("#", ":") } else { ("█", "░") }
}

/// A figure a week as people read it.
fn rounded(per_week: f64) -> String {
    if per_week < 9.95 { format!("{per_week:.1}") } else { format!("{per_week:.0}") }
}
