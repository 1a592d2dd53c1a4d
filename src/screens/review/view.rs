//! How the review looks: what is asked, what it touches, the checks, and below them the fields and buttons.

use ratatui::{buffer::Buffer, layout::Rect};
use tui_input::Input;

use super::{Focus, Ground, Review, Stage};
use crate::{
    domain::{
        Clean, When,
        ca::{
            checks::{Mark, phrase},
            decision::{Fate, Operation, Process},
            impact::{Count, Impact},
        },
        ids::CaId,
    },
    flow::{Cx, Geometry},
    present::{Look, Tone, moment},
    screens::ViewCx,
    ui::{
        Role, bar,
        detail::{self, Detail},
        input,
        text::{count, put},
    },
};

/// CAs, templates and requests that are told by name.
const NAMED: usize = 6;

impl Review {
    /// Draws the page; returns how many lines of it fit above the fields.
    pub fn draw(&self, view: &ViewCx<'_>, ground: &Ground<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        let fields = if matches!(self.stage, Stage::Open | Stage::Counting(_)) { self.fields() } else { 0 };
        let height = area.height.saturating_sub(fields);
        let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height, ..area };
        let details = self.details(ground, &view.cx);
        detail::draw(buf, inside, view.theme, view.cx.look, &details, self.scroll);
        if fields > 0 {
            let below = Rect { y: area.y + height, height: area.height - height, ..area };
            self.draw_fields(view, ground, below, buf);
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
            let cas = view.cx.estate.cas.rows().slice();
            let is_id = self.ca().is_some_and(|ca| phrase(ca, cas) != ca.name.as_str());
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
            put(buf, (x, line.y), line.right().saturating_sub(x), &hint, theme.style(Role::Muted));
        }
    }

    fn details(&self, ground: &Ground<'_>, cx: &Cx<'_>) -> Vec<Detail> {
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
        self.subject(&mut out, cx);
        self.differences(&mut out);
        if self.counts() {
            out.push(Detail::Gap);
            self.touched(&mut out, cx);
        }
        out.push(Detail::Gap);
        self.told_checks(&mut out, ground, cx);
        out
    }

    /// What became of it.
    fn outcome(&self, out: &mut Vec<Detail>) {
        match &self.stage {
            Stage::Open | Stage::Counting(_) => {}
            Stage::Handed => out.push(Detail::Text("It is handed over.".into(), Tone::Pending)),
            Stage::Refused(failure) => {
                out.push(Detail::Text(format!("Nothing was sent: {failure}"), Tone::Critical));
            }
            Stage::Followed(process) => followed(out, process),
        }
        if !matches!(self.stage, Stage::Open | Stage::Counting(_)) {
            out.push(Detail::Gap);
        }
    }

    fn subject(&self, out: &mut Vec<Detail>, cx: &Cx<'_>) {
        let look = cx.look;
        if let Some(request) = self.request() {
            let asked = moment::full(&request.requested, look);
            let since = request.requested.at().map(|at| look.now.duration_since(at).as_secs().max(0));
            let ago = since.map_or_else(String::new, |since| format!(", {} ago", moment::age(since)));
            let by = if request.requested_by_name.is_empty() {
                request.requested_by.as_ref().map_or_else(|| "not known".to_owned(), ToString::to_string)
            } else {
                request.requested_by_name.to_string()
            };
            out.push(Detail::pair("Asked by", format!("{by}  {asked}{ago}")));
            let reason = request.reason.as_ref().map_or_else(|| "not told".to_owned(), ToString::to_string);
            out.push(Detail::pair("Reason", reason));
            out.push(Detail::pair("Comment", format!("\"{}\"", request.comment)));
        } else if self.errand.request.is_some() {
            out.push(Detail::Text("! the service does not show this request any more".into(), Tone::Critical));
        }
        if let Some(reason) = &self.errand.reason {
            out.push(Detail::pair("Reason", reason.to_string()));
        }
        if let Some(ca) = self.ca() {
            let serial = ca
                .serial
                .as_ref()
                .map_or_else(|| moment::dash(look).to_owned(), crate::domain::serial::Serial::grouped);
            out.push(Detail::pair("CA", ca.name.as_str()));
            let until = moment::full(&ca.valid_to, look);
            let text = format!("{} · {} · {} · until {until}", ca.id, ca.status, ca.hosted_type);
            out.push(Detail::Pair("", text, Tone::Muted));
            out.push(Detail::Pair("Serial", serial, Tone::Muted));
        }
    }

    fn differences(&self, out: &mut Vec<Detail>) {
        let changed = self.changed();
        if changed.is_empty() {
            return;
        }
        out.push(Detail::Gap);
        out.push(Detail::Heading("CHANGED SINCE YOU OPENED IT", "leave and open it again to decide about this".into()));
        for one in changed {
            let text = format!("! {}: \"{}\" is now \"{}\"", one.member, one.was, one.is);
            out.push(Detail::Text(text, Tone::Critical));
        }
    }

    fn touched(&self, out: &mut Vec<Detail>, cx: &Cx<'_>) {
        let heading = match self.errand.operation {
            Operation::ApproveRevocation => "IF YOU APPROVE, CLIENTS STOP TRUSTING",
            Operation::RequestRevocation => "IF IT IS APPROVED, CLIENTS STOP TRUSTING",
            _ => "WHAT IT TOUCHES",
        };
        match &self.impact {
            None => {
                out.push(Detail::Heading(heading, String::new()));
                out.push(Detail::Text("counting…".into(), Tone::Muted));
            }
            Some(Err(failure)) => {
                out.push(Detail::Heading(heading, "not counted".into()));
                out.push(Detail::Text(format!("! {failure}"), Tone::Critical));
            }
            Some(Ok(impact)) => {
                let old = cx.look.now.duration_since(impact.counted_at).as_secs().max(0);
                let at = impact.counted_at.strftime("%H:%M:%SZ");
                let again = if self.counting { ", counting again…" } else { "" };
                out.push(Detail::Heading(heading, format!("counted {at}, {} ago{again}", moment::age(old))));
                told(out, impact, cx);
            }
        }
    }

    fn told_checks(&self, out: &mut Vec<Detail>, ground: &Ground<'_>, cx: &Cx<'_>) {
        let checks = self.checks(ground, cx);
        let of = |mark| checks.iter().filter(|check| check.mark == mark).count();
        let note = format!("{} pass · {} warn · {} left", of(Mark::Pass), of(Mark::Warn), of(Mark::Fail));
        out.push(Detail::Heading("CHECKS", note));
        for check in &checks {
            let (tone, glyph) = match check.mark {
                Mark::Pass => (Tone::Ok, cx.look.glyph(Tone::Ok)),
                Mark::Warn => (Tone::Due, "!"),
                Mark::Fail => (Tone::Critical, cx.look.glyph(Tone::Ended)),
            };
            out.push(Detail::Text(format!("{glyph} {}", capital(&check.text)), tone));
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

fn told(out: &mut Vec<Detail>, impact: &Impact, cx: &Cx<'_>) {
    let cas = cx.estate.cas.rows();
    let name = |id: &CaId| {
        let found = cas.iter().find(|ca| ca.id == *id);
        found.map_or_else(|| id.to_string(), |ca| ca.name.to_string())
    };
    let below = match impact.below.len() {
        0 => "none".to_owned(),
        n => format!("{}: {}", count(n), named(impact.below.iter().map(name), n)),
    };
    out.push(Detail::pair("CAs below", below));
    let gap = |missing: u64| if missing == 0 { Tone::Text } else { Tone::Due };
    let sum = |sum: Count, what: &str| match (sum.known, sum.missing) {
        (known, 0) => format!("{}{what}", thousands(known)),
        (0, _) => format!("not known{what}"),
        (known, 1) => format!("at least {}{what}; not known for 1 CA", thousands(known)),
        (known, missing) => format!("at least {}{what}; not known for {missing} CAs", thousands(known)),
    };
    let unexpired = sum(impact.unexpired, " certificates");
    out.push(Detail::Pair("Unexpired", unexpired, gap(impact.unexpired.missing)));
    let issued = sum(impact.issued_7d, &format!(" in the last 7 days{}", latest(&impact.latest, cx.look)));
    out.push(Detail::Pair("Issued", issued, gap(impact.issued_7d.missing)));
    let templates = match (impact.templates.len(), impact.templates_missing) {
        (n, 0) => count(n),
        (0, _) => "not known".to_owned(),
        (n, missing) => format!("at least {}, not known for {missing} CAs", count(n)),
    };
    out.push(Detail::Pair("Templates", templates, gap(impact.templates_missing)));
    let (requests, tone) = match &impact.open_requests {
        None => ("not known".to_owned(), Tone::Due),
        Some(open) if open.is_empty() => ("none".to_owned(), Tone::Text),
        Some(open) => {
            (format!("{}: {}", open.len(), named(open.iter().map(ToString::to_string), open.len())), Tone::Due)
        }
    };
    out.push(Detail::Pair("Requests", requests, tone));
    let seen = match &impact.next_crl {
        When::Never => "not known: the next CRL of the issuer is not told; OCSP may be sooner".to_owned(),
        when => format!("{}, next CRL of the issuer; OCSP may be sooner", moment::full(when, cx.look)),
    };
    out.push(Detail::pair("Clients see", seen));
    out.push(Detail::pair("Way back", impact.way_back.sentence()));
    for one in &impact.gaps {
        out.push(Detail::Pair("Not known", one.to_string(), Tone::Due));
    }
}

fn thousands(n: u64) -> String {
    usize::try_from(n).map_or_else(|_| n.to_string(), count)
}

fn latest(when: &When, look: &Look) -> String {
    let since = when.at().map(|at| look.now.duration_since(at).as_secs().max(0));
    since.map_or_else(String::new, |since| format!(", the latest {} ago", moment::age(since)))
}

fn named(names: impl Iterator<Item = String>, all: usize) -> String {
    let shown = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if all > NAMED { format!("{shown} and {} more", count(all - NAMED)) } else { shown }
}

/// A sentence begins with a capital.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}
