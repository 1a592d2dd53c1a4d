//! How the review looks: what became of it, the page, and below it the fields and buttons.

use ratatui::{buffer::Buffer, layout::Rect};
use tui_input::Input;

use super::{Focus, Ground, Review, Stage};
use crate::{
    domain::{
        Clean,
        ca::decision::{Fate, Process},
    },
    flow::{Cx, Geometry},
    present::Tone,
    screens::{Layout, ViewCx},
    ui::{
        Role, bar,
        detail::{self, Detail},
        input,
        text::put,
    },
};

impl Review {
    /// Draws the page; returns how many lines of it fit above the fields.
    pub fn draw(&self, view: &ViewCx<'_>, ground: &Ground<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        let fields = if matches!(self.stage, Stage::Open | Stage::Counting(_)) { self.fields() } else { 0 };
        let height = area.height.saturating_sub(fields);
        let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height, ..area };
        let details = self.details(ground, &view.cx);
        let lines = detail::draw(buf, inside, view.theme, view.cx.look, &details, self.scroll);
        let hidden = lines.saturating_sub(usize::from(height)).saturating_sub(self.scroll);
        if fields > 0 {
            let below = Rect { y: area.y + height, height: area.height - height, ..area };
            self.draw_fields(view, ground, below, buf);
            if hidden > 0 {
                let more = format!(" {hidden} more below: PgDn ");
                let x = below.right().saturating_sub(crate::ui::text::width(&more) + 2);
                put(buf, (x, below.y), below.right().saturating_sub(x), &more, view.theme.style(Role::Due));
            }
        }
        Geometry { page: usize::from(height), first: 0 }
    }

    /// Lines of the fields and the buttons, with one empty line above.
    const fn fields(&self) -> u16 {
        if self.counts() { 4 } else { 3 }
    }

    fn draw_fields(&self, view: &ViewCx<'_>, ground: &Ground<'_>, area: Rect, buf: &mut Buffer) {
        let theme = view.theme;
        bar::rule(buf, Rect { height: area.height.min(1), ..area }, theme.style(Role::Rule), view.cx.look.ascii);
        let mut y = area.y + 1;
        let mut field = |label: &str, text: &Input, focused: bool| {
            if y < area.bottom() {
                let role = if focused { Role::Accent } else { Role::Muted };
                put(buf, (area.x + 1, y), 14, label, theme.style(role));
                let line = Rect { x: area.x + 16, y, width: area.width.saturating_sub(18), height: 1 };
                if focused {
                    input::draw(buf, line, theme, text);
                } else {
                    put(buf, (line.x, y), line.width, &Clean::new(text.value()), theme.style(Role::Text));
                }
                y += 1;
            }
        };
        if self.counts() {
            let names = &view.cx.estate.ca_names;
            let is_id = self.ca().is_some_and(|ca| names.phrase(ca) != ca.name.as_str());
            let label = if is_id { "Type the CA id" } else { "Type CA name" };
            field(label, &self.typed, self.focus == Focus::Name);
        }
        field("Your comment", &self.comment, self.focus == Focus::Comment);
        if y < area.bottom() {
            self.draw_buttons(view, ground, Rect { y, height: 1, ..area }, buf);
        }
    }

    fn draw_buttons(&self, view: &ViewCx<'_>, ground: &Ground<'_>, line: Rect, buf: &mut Buffer) {
        let theme = view.theme;
        let left = self.left(ground, &view.cx);
        let submit = capital(self.errand.operation.verb());
        let submit = match (&self.stage, left) {
            (Stage::Counting(until), _) => {
                let seconds = until.duration_since(view.cx.look.now).as_secs().max(0) + 1;
                format!("{submit} in {seconds} s: Esc stops")
            }
            (_, 0) => submit,
            (_, 1) => format!("{submit}: 1 check left"),
            (_, left) => format!("{submit}: {left} checks left"),
        };
        let other = if self.errand.operation.rejects() { "Approve …" } else { "Reject …" };
        let mut x = line.x + 1;
        let mut button = |text: &str, at: Focus, role: Role| {
            let style = if self.focus == at {
                theme.style(Role::Text).patch(theme.style(Role::Selection))
            } else {
                theme.style(role)
            };
            let text = format!("[ {text} ]");
            put(buf, (x, line.y), line.right().saturating_sub(x), &text, style);
            x = x.saturating_add(crate::ui::text::width(&text) + 3).min(line.right());
        };
        button("Cancel", Focus::Cancel, Role::Text);
        if self.errand.operation.decides().is_some() {
            button(other, Focus::Other, Role::Text);
        }
        button(&submit, Focus::Submit, if left == 0 { Role::Critical } else { Role::Muted });
        if matches!(self.stage, Stage::Open) {
            let hold = ground.terms.hold.as_secs();
            let hint = format!("waits {hold} s for Esc, then sends one request");
            if x.saturating_add(crate::ui::text::width(&hint)) < line.right() {
                put(buf, (x, line.y), line.right().saturating_sub(x), &hint, theme.style(Role::Muted));
            }
        }
    }

    fn details(&self, ground: &Ground<'_>, cx: &Cx<'_>) -> Vec<Detail> {
        self.page(ground, cx, Layout::of(cx.size) != Layout::Wide)
    }

    /// All that the page says, with a line for each fact or as short as it can be said.
    pub(super) fn page(&self, ground: &Ground<'_>, cx: &Cx<'_>, is_compact: bool) -> Vec<Detail> {
        let mut out = Vec::new();
        let id = self.errand.request.as_ref().map_or_else(String::new, |request| format!("   {request}"));
        out.push(Detail::Title(format!("REVIEW: {}{id}", self.errand.operation.verb()), Tone::Accent));
        self.outcome(&mut out);
        if let Some(failure) = &self.failure {
            out.push(Detail::Text(format!("! {failure}"), Tone::Critical));
        }
        if self.latest.is_none() {
            if self.looking {
                out.push(Detail::Text("reading…".into(), Tone::Muted));
            }
            return out;
        }
        self.compared(&mut out, cx);
        // What was checked before it was handed over says nothing of afterwards.
        let checks = match self.stage {
            Stage::Open | Stage::Counting(_) => Some(self.checks(ground, cx)),
            Stage::Handed | Stage::Followed(_) | Stage::Refused(_) | Stage::Lost(_) => None,
        };
        if checks.as_ref().is_some_and(Vec::is_empty) {
            let text = "! The list of all CAs is not here yet: without it nothing is checked, and nothing is sent.";
            out.push(Detail::Text(text.into(), Tone::Due));
        }
        if is_compact {
            self.compact(&mut out, checks.as_deref(), cx);
        } else {
            self.whole(&mut out, checks.as_deref(), cx);
        }
        out
    }

    /// What became of it.
    fn outcome(&self, out: &mut Vec<Detail>) {
        match &self.stage {
            Stage::Open | Stage::Counting(_) => {}
            Stage::Handed => out.push(Detail::Text("It is handed over.".into(), Tone::Pending)),
            Stage::Lost(failure) => {
                let text = format!("It is not known whether it was sent: {failure}. The journal is read for it.");
                out.push(Detail::Text(text, Tone::Critical));
            }
            Stage::Refused(failure) => {
                out.push(Detail::Text(format!("Nothing was sent: {failure}"), Tone::Critical));
            }
            Stage::Followed(process) => followed(out, process),
        }
        if !matches!(self.stage, Stage::Open | Stage::Counting(_)) {
            out.push(Detail::Gap);
        }
    }

    /// What is not as it was opened.
    pub(super) fn differences(&self, out: &mut Vec<Detail>) {
        let changed = self.changed();
        if changed.is_empty() {
            return;
        }
        out.push(Detail::Heading("CHANGED SINCE YOU OPENED IT", "leave and open it again to decide about this".into()));
        for one in changed {
            let text = format!("! {}: \"{}\" is now \"{}\"", one.member, one.was, one.is);
            out.push(Detail::Text(text, Tone::Critical));
        }
    }
}

fn followed(out: &mut Vec<Detail>, process: &Process) {
    let fate = process.fate();
    let tone = match (fate.is_done(), fate.is_settled()) {
        (true, _) => Tone::Ok,
        (false, true) => Tone::Critical,
        (false, false) => Tone::Due,
    };
    out.push(Detail::Text(format!("{}.", capital(&fate.sentence())), tone));
    if let Fate::Stopped { changed, .. } = fate {
        for one in changed {
            let text = format!("! {}: \"{}\" is now \"{}\"", one.member, one.was, one.is);
            out.push(Detail::Text(text, Tone::Critical));
        }
    }
    if let Some(why) = process.unkept() {
        out.push(Detail::Text(format!("! the journal does not tell all of it: {why}"), Tone::Critical));
    }
    out.push(Detail::Pair("Intent", process.intent().id.to_string(), Tone::Muted));
}

/// A sentence begins with a capital.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}
