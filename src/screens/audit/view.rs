//! What the audit screen looks like.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Log, NOUN, histogram::Histogram};
use crate::{
    domain::{
        When,
        audit::{AuditEvent, AuditSource, look::Line, standing::Standing, sync::Gap},
        dataset::Completeness,
        subject::View,
    },
    flow::{Geometry, list::scrolled, source::Phase},
    present::{Column, Look, Tone, audit as words, column, moment},
    screens::{Layout, ViewCx, status},
    ui::{
        Role, bar,
        detail::{self, Detail},
        placeholder,
        table::{GUTTER, align, ground, is_private, widths},
        text::{count, fit, put},
    },
};

/// Rows of a screen that has the histogram.
const TALL: u16 = 30;
/// Cells of the details beside the list, the edge included.
const PANE: u16 = 37;
/// Cells for the words beside the bars.
const MARK: u16 = 36;

impl Log {
    pub(super) fn draw(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        let (theme, look) = (view.theme, view.cx.look);
        if area.height == 0 {
            return Geometry::default();
        }
        let page = Geometry { page: usize::from(area.height.saturating_sub(2)), first: view.cx.geometry.first };
        if let (true, Some(line)) = (self.page, self.line()) {
            let inside = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
            self.pane(line, view, inside, buf, self.scroll);
            return page;
        }
        self.title(view, Rect { height: 1, ..area }, buf);
        let mut body = below(area);
        let source = &view.cx.estate.audit;
        if let Some((text, role)) = self.state(view).filter(|_| body.height > 2) {
            let line = Rect { height: 1, ..body };
            bar::draw(buf, line, theme.style(Role::Page), &[(format!(" {text}"), theme.style(role))], &[], look.ascii);
            body = below(body);
        }
        let layout = Layout::of(view.cx.size);
        if layout == Layout::Wide && area.height >= TALL && !self.lines.is_empty() {
            body = self.histogram(view, body, buf);
        }
        if let Some((text, role)) = self.foot(view).filter(|_| body.height > 4) {
            let line = Rect { y: body.bottom() - 1, height: 1, ..body };
            bar::draw(buf, line, theme.style(Role::Page), &[(format!(" {text}"), theme.style(role))], &[], look.ascii);
            body = Rect { height: body.height - 1, ..body };
        }
        if self.lines.is_empty() {
            let phase = match view.cx.phase(source) {
                // What was read is still being looked through.
                Phase::Ready | Phase::Reloading | Phase::Empty if self.awaits.is_some() => Phase::Loading,
                phase => phase,
            };
            let filtered = !self.text.is_empty() && self.tally.as_ref().is_some_and(|tally| tally.total > 0);
            let mut words = placeholder::words(phase, NOUN, filtered, source.failure());
            words.extend(status::waiting(source, &view.cx).map(|wait| (wait, Role::Due)));
            placeholder::draw(buf, body, theme, look, &words);
            return page;
        }
        let (main, side) = layout.split(body, self.pane, PANE);
        let geometry = self.table(view, main, buf);
        if let (Some(side), Some(line)) = (side, self.line()) {
            bar::edge(buf, side, theme.style(Role::Rule), look.ascii);
            let inside = Rect { x: side.x + 2, width: side.width.saturating_sub(3), ..side };
            self.pane(line, view, inside, buf, 0);
        }
        geometry
    }

    /// The line below the title when what is kept is not simply complete and current.
    fn state(&self, view: &ViewCx<'_>) -> Option<(String, Role)> {
        let source = &view.cx.estate.audit;
        let kept = self.tally.as_ref().map_or(0, |tally| tally.total);
        match (view.cx.phase(source), source.completeness()) {
            (Phase::Loading, _) if kept > 0 => Some((format!("reading {NOUN}… {} so far", count(kept)), Role::Muted)),
            (Phase::Partial, Completeness::Partial { why, .. }) if kept > 0 => {
                let hint = why.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
                Some((format!("! PARTIAL  {} {NOUN} are here: {}{hint}", count(kept), why.title), Role::Critical))
            }
            _ => status::line(source, NOUN, &view.cx),
        }
    }

    fn pane(&self, line: &Line, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer, scroll: usize) {
        let details = if view.privacy {
            vec![Detail::Text("Names are hidden (P shows them).".to_owned(), Tone::Muted)]
        } else {
            self.details_of(line, &view.cx)
        };
        detail::draw(buf, area, view.theme, view.cx.look, &details, scroll);
    }

    fn title(&self, view: &ViewCx<'_>, line: Rect, buf: &mut Buffer) {
        let (theme, look) = (view.theme, view.cx.look);
        let is_wide = Layout::of(view.cx.size) == Layout::Wide;
        let mut left = vec![(" Audit".to_owned(), theme.style(Role::Text))];
        if !self.text.is_empty() {
            left.push((format!("   {}", self.text), theme.style(Role::Accent)));
        }
        let mut right = match &self.tally {
            None => String::new(),
            Some(tally) if tally.total == 0 => String::new(),
            Some(tally) if self.counting.is_some() && tally.matched == 0 && tally.total > 0 => {
                format!("counting of {}", count(tally.total))
            }
            Some(tally) if tally.matched == tally.total => count(tally.total),
            Some(tally) => format!("{} of {}", count(tally.matched), count(tally.total)),
        };
        let mut add = |text: &str| {
            if !right.is_empty() {
                right.push_str(" · ");
            }
            right.push_str(text);
        };
        let every = view.cx.estate.audit.interval();
        match (every > 0, is_wide) {
            (true, true) => add(&format!("CA live every {every} s")),
            (true, false) => add("live"),
            (false, _) => add("read once"),
        }
        let standing = self.tally.as_ref().map(|tally| &tally.standing);
        if is_wide && let Some(standing) = standing {
            for log in standing.logs.iter().filter(|log| log.events > 0) {
                match log.source {
                    AuditSource::Report => add(&format!("cc from {}", log.origin)),
                    AuditSource::Here => add("here"),
                    AuditSource::PrivateCa | AuditSource::AccountManager => {}
                }
            }
        }
        if self.follow {
            add("following");
        }
        right.push(' ');
        bar::draw(buf, line, theme.style(Role::Page), &left, &[(right, theme.style(Role::Muted))], look.ascii);
    }

    fn histogram(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
        let Some(tally) = self.tally.as_ref().filter(|tally| !tally.hours.is_empty()) else { return area };
        let (theme, look) = (view.theme, view.cx.look);
        let cells = area.width.saturating_sub(MARK + 2);
        let drawn = Histogram::of(tally, self.period(look.now), usize::from(cells));
        put(buf, (area.x + 1, area.y), cells, &drawn.days, theme.style(Role::Muted));
        let signs: [&str; 9] = if look.ascii {
            [" ", ".", ".", ":", ":", "+", "+", "#", "#"]
        } else {
            [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        };
        let bars = (0_u16..).zip(&drawn.bars);
        for (x, (level, is_marked)) in bars {
            let sign = signs.get(*level).copied().unwrap_or_default();
            let role = if *is_marked { Role::Critical } else { Role::Accent };
            put(buf, (area.x + 1 + x, area.y + 1), 1, sign, theme.style(role));
        }
        let taken = u16::try_from(drawn.bars.len()).unwrap_or(cells) + 3;
        let room = area.width.saturating_sub(taken);
        put(buf, (area.x + taken, area.y + 1), room, &fit(&drawn.mark, room, look.ascii), theme.style(Role::Critical));
        below(below(area))
    }

    /// The line below the list: how much is kept, and what may be missing.
    fn foot(&self, view: &ViewCx<'_>) -> Option<(String, Role)> {
        let tally = self.tally.as_ref()?;
        let standing = &tally.standing;
        let logs = standing.logs.iter().filter(|log| log.events > 0).count();
        if tally.total == 0 {
            return None;
        }
        let from = if logs == 1 { "1 source".to_owned() } else { format!("{logs} sources") };
        let kept = format!("{} events kept here from {from}.", count(tally.total));
        let is_wide = Layout::of(view.cx.size) == Layout::Wide;
        let told = told(standing).unwrap_or_default();
        match (told.is_empty(), is_wide) {
            (true, _) => Some((kept, Role::Muted)),
            (false, true) => Some((format!("{kept} {told}"), Role::Due)),
            (false, false) => Some((told, Role::Due)),
        }
    }

    fn table(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        let (theme, look) = (view.theme, view.cx.look);
        if area.height < 2 {
            return Geometry::default();
        }
        let layout = Layout::of(view.cx.size);
        let names: &[&str] = match layout {
            Layout::Wide => &["time", "who", "action", "result", "what", "source"],
            Layout::Medium => &["time", "who", "action", "result", "what"],
            Layout::Narrow | Layout::Tiny => &["time", "who", "action"],
        };
        let columns: Vec<&'static Column<AuditEvent>> = names.iter().filter_map(|name| column::column(name)).collect();
        let columns = widths(&columns, area.width);
        let mut x = area.x + GUTTER;
        for (column, cells) in &columns {
            let role = if column.name == "time" { Role::Accent } else { Role::Muted };
            align(buf, (x, area.y), *cells, column.title, column.align, theme.style(role), look.ascii);
            x += cells + 1;
        }
        let body = below(area);
        let height = usize::from(body.height);
        let is_narrow = matches!(layout, Layout::Narrow | Layout::Tiny);
        let shows_changes = !is_narrow && !view.privacy;
        let has_change = |line: &Line| shows_changes && line.event.change.is_some();
        let tall = |line: &Line| 1 + usize::from(line.more > 0 && !is_narrow) + usize::from(has_change(line));
        // A run takes two rows, and so does a change: the first line is moved until the one under the cursor is whole.
        let mut first = scrolled(view.cx.geometry.first.min(self.cursor), self.cursor, self.lines.len(), height);
        let extra = usize::from(layout == Layout::Medium && !view.privacy);
        let needed = |first: usize| {
            let shown = self.lines.get(first..=self.cursor).unwrap_or_default();
            shown.iter().map(tall).sum::<usize>() + extra
        };
        while first < self.cursor && needed(first) > height {
            first += 1;
        }
        let mut y = body.y;
        let mut shown = 0;
        for (place, line) in self.lines.iter().enumerate().skip(first) {
            if y >= body.bottom() {
                break;
            }
            shown += 1;
            self.row(view, Rect { y, height: 1, ..body }, (place, line), &columns, buf);
            y += 1;
            let at = body.x + GUTTER + 2;
            let room = body.width.saturating_sub(GUTTER + 3);
            let mut below = |text: String, role: Role, y: &mut u16| {
                if *y < body.bottom() {
                    put(buf, (at, *y), room, &fit(&text, room, look.ascii), theme.style(role));
                    *y += 1;
                }
            };
            if place == self.cursor && extra == 1 {
                let comment = self.known_facts().iter().find(|(label, _)| *label == "Comment");
                let comment = comment.map(|(_, comment)| comment.as_str());
                below(aside(&line.event, comment, view), Role::Muted, &mut y);
            }
            if let Some(change) = line.event.change.as_ref().filter(|_| shows_changes) {
                below(format!("{} {}", corner(look), words::change(change, look)), Role::Muted, &mut y);
            }
            if line.more > 0 && !is_narrow {
                below(more(line, view), Role::Muted, &mut y);
            }
            if let Some(gap) = self.gap(place) {
                below(gap, Role::Due, &mut y);
            }
        }
        Geometry { page: if shown == 0 { height } else { shown }, first }
    }

    fn row(
        &self,
        view: &ViewCx<'_>,
        area: Rect,
        (place, line): (usize, &Line),
        columns: &[(&'static Column<AuditEvent>, u16)],
        buf: &mut Buffer,
    ) {
        let (theme, look) = (view.theme, view.cx.look);
        let is_selected = place == self.cursor;
        let ground = ground(theme, is_selected);
        buf.set_style(area, ground);
        if is_selected {
            put(buf, (area.x, area.y), 1, if look.ascii { ">" } else { "▌" }, ground.patch(theme.style(Role::Accent)));
        }
        let row = View::from(&line.event);
        let mut x = area.x + GUTTER;
        for (column, cells) in columns {
            let text = (column.text)(row, look);
            let style = ground.patch(theme.tone((column.tone)(row, look)));
            let masked = if look.ascii { "*****" } else { "•••••" };
            let hidden = view.privacy && is_private(column.name);
            align(buf, (x, area.y), *cells, if hidden { masked } else { &text }, column.align, style, look.ascii);
            x += cells + 1;
        }
    }

    /// What may be missing between a line and the next one.
    fn gap(&self, place: usize) -> Option<String> {
        let ms = |when: &When| when.at().map(jiff::Timestamp::as_millisecond);
        let newer = ms(&self.lines.get(place)?.last.1)?;
        let older = match self.lines.get(place + 1) {
            Some(next) => ms(&next.event.at)?,
            None if self.at_end => i64::MIN,
            None => return None,
        };
        let standing = &self.tally.as_ref()?.standing;
        let is_between = |gap: &Gap| gap.from < newer && gap.to > older && gap.to <= newer.saturating_add(1);
        let (source, gap) = standing.gaps().find(|(_, gap)| is_between(gap))?;
        Some(format!("-- {}", sentence(source, gap)))
    }
}

/// All but the first line.
const fn below(area: Rect) -> Rect {
    let taken = if area.height > 0 { 1 } else { 0 };
    Rect { y: area.y + taken, height: area.height - taken, ..area }
}

/// Where it came from, and why: the comment of who did it, once its record is read.
fn aside(event: &AuditEvent, comment: Option<&str>, view: &ViewCx<'_>) -> String {
    let address = if event.ip_address.is_empty() { moment::dash(view.cx.look) } else { &event.ip_address };
    let why = comment.map_or_else(|| event.description.to_string(), |comment| format!("\"{comment}\""));
    format!("{address} · {why}")
}

const fn corner(look: &Look) -> &'static str {
    if look.ascii { "`-" } else { "└" }
}

/// `└ 39 more like this, 16:31:00 to 16:31:39`.
fn more(line: &Line, view: &ViewCx<'_>) -> String {
    let look = view.cx.look;
    let times = match (line.last.1.at(), line.event.at.at()) {
        (Some(from), Some(to)) => {
            let zone = jiff::tz::TimeZone::UTC;
            let (from, to) = (from.to_zoned(zone.clone()), to.to_zoned(zone));
            let form = if from.date() == to.date() { "%H:%M:%S" } else { "%d %b %H:%M" };
            format!(", {} to {}", from.strftime(form), to.strftime(form))
        }
        _ => String::new(),
    };
    format!("{} {} more like this{times}", corner(look), count(line.more))
}

/// What is said of the first gap, and how many there are.
fn told(standing: &Standing) -> Option<String> {
    let mut gaps = standing.gaps();
    let (source, gap) = gaps.next()?;
    let further = gaps.count();
    let more = if further > 0 { format!(" and {} more", count(further)) } else { String::new() };
    Some(format!("{}{more}.", capital(&sentence(source, gap))))
}

/// `gap on 17 Nov, 02:10 to 02:14Z: the API answered 503 (CA)`.
fn sentence(source: AuditSource, gap: &Gap) -> String {
    let (from, to) = gap.ends();
    let zone = jiff::tz::TimeZone::UTC;
    let (from, to) = (from.to_zoned(zone.clone()), to.to_zoned(zone));
    let times = if from.date() == to.date() {
        format!("on {}, {} to {}", from.strftime("%-d %b"), from.strftime("%H:%M"), to.strftime("%H:%MZ"))
    } else {
        let form = if from.year() == to.year() { "%-d %b %H:%M" } else { "%-d %b %Y %H:%M" };
        format!("from {} to {}Z", from.strftime(form), to.strftime(form))
    };
    format!("gap {times}: {} ({})", gap.why, source.label())
}

fn capital(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_tells_as_much_of_its_ends_as_tells_them_apart() {
        let told = |from: &str, to: &str| {
            let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
            sentence(AuditSource::AccountManager, &Gap { from: at(from), to: at(to), why: "503".into() })
        };
        let label = AuditSource::AccountManager.label();
        let cases = [
            ("2026-11-17T02:10:00Z", "on 17 Nov, 02:10 to 02:14Z"),
            ("2026-11-16T23:10:00Z", "from 16 Nov 23:10 to 17 Nov 02:14Z"),
            ("2023-11-23T00:00:00Z", "from 23 Nov 2023 00:00 to 17 Nov 2026 02:14Z"),
        ];
        for (from, times) in cases {
            assert_eq!(told(from, "2026-11-17T02:14:00Z"), format!("gap {times}: 503 ({label})"));
        }
    }
}
