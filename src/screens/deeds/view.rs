//! How evidence looks: the state of the journal, the changes, and below them the details of the selected one.

use std::fmt::Write as _;

use ratatui::{buffer::Buffer, layout::Rect};

use super::Evidence;
use crate::{
    domain::{
        When,
        ca::decision::{Class, Trail},
        report::trail::ChangeTrail,
    },
    flow::{
        Geometry,
        journal::{Deed, Deeds},
        list::scrolled,
    },
    present::{Look, Tone, moment},
    screens::{Layout, ViewCx},
    ui::{
        Role, bar,
        detail::{self, Detail},
        table::ground,
        text::{count, fit, put},
    },
};

/// What evidence is worth.
const WORTH: &str = "It proves what certdeck did on this machine, not what the service did.";

impl Evidence {
    /// Draws the page; returns how many changes fit.
    pub fn draw(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        let (theme, look) = (view.theme, view.cx.look);
        let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let deeds = match &self.read {
            Some(Ok(deeds)) => deeds,
            Some(Err(failure)) => {
                let lines = [title(), Detail::Text(format!("! {failure}"), Tone::Critical)];
                detail::draw(buf, inside, theme, look, &lines, 0);
                return Geometry::default();
            }
            None => {
                detail::draw(buf, inside, theme, look, &[title(), Detail::Text("reading…".into(), Tone::Muted)], 0);
                return Geometry::default();
            }
        };
        let used = u16::try_from(detail::draw(buf, inside, theme, look, &head(deeds), 0)).unwrap_or(u16::MAX);
        let rest = Rect { y: area.y + used.min(area.height), height: area.height.saturating_sub(used), ..area };
        let all = deeds.all();
        let wanted = u16::try_from(all.len()).unwrap_or(u16::MAX);
        let list = Rect { height: wanted.min(rest.height / 2), ..rest };
        self.list(view, &all, list, buf);
        let below = Rect { y: rest.y + list.height, height: rest.height - list.height, ..inside };
        if let Some(deed) = self.selected()
            && below.height > 1
        {
            bar::rule(buf, Rect { height: 1, ..below }, theme.style(Role::Rule), look.ascii);
            let below = Rect { y: below.y + 1, height: below.height - 1, ..below };
            let lines = if view.privacy {
                vec![Detail::Text("Names are hidden (P shows them).".to_owned(), Tone::Muted)]
            } else {
                match deed {
                    Deed::Ca(trail) => of(trail, look),
                    Deed::Report(trail) => of_report(trail, look),
                }
            };
            detail::draw(buf, below, theme, look, &lines, self.scroll);
        }
        Geometry { page: usize::from(list.height), first: 0 }
    }

    fn list(&self, view: &ViewCx<'_>, all: &[Deed<'_>], area: Rect, buf: &mut Buffer) {
        let (theme, look) = (view.theme, view.cx.look);
        let first = scrolled(0, self.cursor, all.len(), usize::from(area.height));
        let rows = all.iter().enumerate().skip(first);
        let is_wide = Layout::of(view.cx.size) == Layout::Wide;
        for (y, (position, deed)) in (area.top()..area.bottom()).zip(rows) {
            let selected = position == self.cursor;
            let ground = ground(theme, selected);
            buf.set_style(Rect { y, height: 1, ..area }, ground);
            let mark = if selected { if look.ascii { ">" } else { "▌" } } else { " " };
            put(buf, (area.x, y), 1, mark, ground.patch(theme.style(Role::Accent)));
            let (word, tone) = match deed {
                Deed::Ca(trail) => state(trail),
                Deed::Report(trail) => state_of_report(trail),
            };
            put(buf, (area.x + 1, y), 2, look.glyph(tone), ground.patch(theme.tone(tone)));
            put(buf, (area.x + 3, y), 10, word, ground.patch(theme.tone(tone)));
            let (at, verb, name) = match deed {
                Deed::Ca(trail) => {
                    (Some(trail.intent.at), trail.intent.errand.operation.verb(), trail.intent.ca_name.clone())
                }
                Deed::Report(trail) => (trail.at, trail.change.verb(), trail.change.name()),
            };
            let at = moment::full(&at.map_or(When::Never, When::At), look);
            let mut text = format!("{at}  {verb}  {}", if view.privacy { "•••••" } else { name.as_str() });
            if let Deed::Ca(Trail { intent, .. }) = deed
                && let Some(request) = intent.errand.request.as_ref().filter(|_| is_wide)
            {
                let _ = write!(text, "  {request}");
            }
            let room = area.width.saturating_sub(15);
            put(buf, (area.x + 14, y), room, &fit(&text, room, look.ascii), ground);
        }
    }
}

fn title() -> Detail {
    Detail::Title("EVIDENCE: what certdeck did to CAs and reports".into(), Tone::Accent)
}

fn head(deeds: &Deeds) -> Vec<Detail> {
    let chain = match deeds.broken {
        None => {
            Detail::Text(format!("The journal is whole: {} entries follow from each other.", count_of(deeds)), Tone::Ok)
        }
        Some(entry) => {
            let text = format!(
                "! The journal is broken: entry {entry} is not what was written, or the one before it is missing; {} entries \
                 before it are sound.",
                count_of(deeds)
            );
            Detail::Text(text, Tone::Critical)
        }
    };
    let mut out = vec![title(), chain, Detail::Text(WORTH.into(), Tone::Muted)];
    if deeds.unreadable > 0 {
        let noun = if deeds.unreadable == 1 { "entry" } else { "entries" };
        let text = format!("! {} {noun} cannot be read here: use the newest certdeck.", count(deeds.unreadable));
        out.push(Detail::Text(text, Tone::Critical));
    }
    if deeds.trails.is_empty() && deeds.reports.is_empty() {
        out.push(Detail::Text("Nothing was decided here yet.".into(), Tone::Muted));
    }
    out.push(Detail::Gap);
    out
}

fn count_of(deeds: &Deeds) -> String {
    usize::try_from(deeds.sound).map_or_else(|_| deeds.sound.to_string(), count)
}

/// How far a change came, in a word.
fn state(trail: &Trail) -> (&'static str, Tone) {
    let fate = trail.fate();
    match (fate.is_done(), fate.is_settled(), trail.sent) {
        (true, ..) => ("verified", Tone::Ok),
        (false, true, Some(_)) => ("not done", Tone::Ended),
        (false, true, None) => ("not sent", Tone::Muted),
        (false, false, Some(_)) if trail.outcome.is_some() => ("open", Tone::Critical),
        (false, false, Some(_)) if trail.answer.is_some() => ("answered", Tone::Due),
        (false, false, Some(_)) => ("sent", Tone::Critical),
        (false, false, None) => ("intent", Tone::Pending),
    }
}

fn of(trail: &Trail, look: &Look) -> Vec<Detail> {
    let intent = &trail.intent;
    let at = |at| moment::full(&When::At(at), look);
    let (_, tone) = state(trail);
    let mut out = vec![
        Detail::Pair("Outcome", trail.fate().sentence().to_string(), tone),
        Detail::pair("Decided", format!("{} by {} ({})", at(intent.at), intent.actor_name, intent.actor)),
        Detail::pair("Sent", trail.sent.map_or_else(|| "not sent".to_owned(), |(sent, _)| at(sent))),
    ];
    if let Some((class, words)) = &trail.answer {
        out.push(Detail::pair("Answer", format!("{}: {words}", told(*class))));
    }
    let key = if intent.key_hint.is_empty() {
        "client certificate".to_owned()
    } else {
        format!("key that ends in {}", intent.key_hint)
    };
    out.push(Detail::pair("Host", format!("{}, {key}", intent.host)));
    out.push(Detail::pair("CA", format!("{} · {}", intent.ca_name, intent.errand.ca)));
    if let Some(request) = &intent.errand.request {
        out.push(Detail::pair("Request", request.to_string()));
    }
    if let Some(reason) = &intent.errand.reason {
        out.push(Detail::pair("Reason", reason.to_string()));
    }
    out.push(Detail::pair("Comment", format!("\"{}\"", intent.errand.comment)));
    out.push(Detail::Pair("Intent", intent.id.to_string(), Tone::Muted));
    out.push(Detail::Pair("Shown", format!("SHA-256 {}", intent.snapshot), Tone::Muted));
    if let Some(impact) = &intent.impact {
        out.push(Detail::Pair("Impact", format!("SHA-256 {impact}"), Tone::Muted));
    }
    out.push(Detail::Heading("CHECKS", "as they were when it was decided".into()));
    out.extend(intent.checks.iter().map(|check| Detail::Text(check.to_string(), Tone::Text)));
    out
}

/// How far a change of a report came, in a word.
fn state_of_report(trail: &ChangeTrail) -> (&'static str, Tone) {
    match (trail.is_done(), trail.is_settled(), &trail.ending, trail.sent) {
        (true, ..) => ("verified", Tone::Ok),
        (false, true, _, None) => ("not sent", Tone::Muted),
        (false, _, Some((word, _)), Some(_)) if matches!(word.as_str(), "unknown" | "accepted") => {
            ("open", Tone::Critical)
        }
        (false, true, ..) => ("not done", Tone::Ended),
        (false, false, ..) => ("sent", Tone::Critical),
    }
}

fn of_report(trail: &ChangeTrail, look: &Look) -> Vec<Detail> {
    let at = |at| moment::full(&When::At(at), look);
    let (_, tone) = state_of_report(trail);
    let mut out = vec![
        Detail::Pair("Outcome", trail.sentence().to_string(), tone),
        Detail::pair("Decided", trail.at.map_or_else(|| "not known".to_owned(), at)),
        Detail::pair("Sent", trail.sent.map_or_else(|| "not sent".to_owned(), at)),
    ];
    if let Some((class, words)) = &trail.answer {
        out.push(Detail::pair("Answer", format!("{}: {words}", told(*class))));
    }
    out.push(Detail::pair("Host", format!("{}, key that ends in {}", trail.host, trail.key_hint)));
    let id = trail.change.report().map_or_else(String::new, |report| format!(" · {report}"));
    out.push(Detail::pair("Report", format!("{}{id}", trail.change.name())));
    out.push(Detail::Pair("Intent", trail.intent.to_string(), Tone::Muted));
    let lines = trail.change.lines();
    if !lines.is_empty() {
        out.push(Detail::Heading("DEFINITION", "what is other, as it was sent".into()));
    }
    out.extend(lines.into_iter().map(|(mark, line)| Detail::Text(format!("{mark} {line}"), Tone::Text)));
    out
}

const fn told(class: Class) -> &'static str {
    match class {
        Class::NotSent => "nothing left",
        Class::Refused => "refused",
        Class::Ok => "accepted",
        Class::Unknown => "not known",
    }
}
