//! The audit log of all sources: some rows of the kept events at a time, however many there are.
//!
//! What shows is a window of lines; filter, counts and further lines are asked for and come when they are found. The
//! first lines come before the counts.

mod details;
mod histogram;
mod places;
mod view;
mod window;

use std::{collections::BTreeMap, path::Path};

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use ratatui::{buffer::Buffer, layout::Rect};

use self::window::Awaits;
use super::{CopyChoice, Layout, Notice, Screen, Step, ViewCx};
use crate::{
    domain::{
        Clean,
        audit::{
            AuditEvent,
            look::{self, Count, Extract, Line, Start, Tally},
        },
        filter::Filter,
    },
    flow::{
        Action, Availability, Call, CallKey, Cx, Document, Effect, Facts, Geometry, Look, Reply, ScreenId, ScreenMsg,
        Slot, SourceId, document::Offer,
    },
    present::{audit as words, column::Record, moment},
};

/// What the rows are called.
const NOUN: &str = "audit events";

/// The screen.
#[expect(clippy::struct_excessive_bools, reason = "independent switches of one view")]
pub struct Log {
    text: String,
    filter: Filter<AuditEvent>,
    filter_error: Option<String>,
    /// The window, the newest first.
    lines: Vec<Line>,
    at_top: bool,
    at_end: bool,
    cursor: usize,
    first: usize,
    /// Newest events of runs that are shown one by one.
    unfolded: Vec<i64>,
    awaits: Option<Awaits>,
    tally: Option<Tally>,
    /// Events are being counted; what changed meanwhile is counted after that.
    counting: Option<bool>,
    details: Option<look::Details>,
    /// What its record tells besides, by label.
    facts: Vec<(&'static str, Clean)>,
    asked: Option<i64>,
    pane: bool,
    /// The details fill the screen.
    page: bool,
    scroll: usize,
    follow: bool,
    /// It was shown: before that nothing is looked for.
    is_open: bool,
    is_stale: bool,
}

/// The screen with the newest events.
pub fn screen() -> Log {
    Log {
        text: String::new(),
        filter: Filter::all(AuditEvent::FIELDS),
        filter_error: None,
        lines: Vec::new(),
        at_top: true,
        at_end: false,
        cursor: 0,
        first: 0,
        unfolded: Vec::new(),
        awaits: None,
        tally: None,
        counting: None,
        details: None,
        facts: Vec::new(),
        asked: None,
        pane: true,
        page: false,
        scroll: 0,
        follow: false,
        is_open: false,
        is_stale: true,
    }
}

fn said(text: &str) -> Step {
    Step::notice(Notice::said(text))
}

impl Log {
    fn line(&self) -> Option<&Line> {
        self.lines.get(self.cursor)
    }

    fn event(&self) -> Option<&AuditEvent> {
        self.line().map(|line| &line.event)
    }

    /// The details of the line under the cursor, once they are here.
    fn known(&self) -> Option<&look::Details> {
        let id = self.line()?.id;
        self.details.as_ref().filter(|details| details.id == id)
    }

    /// What the record of the selected line tells besides, once it is read.
    fn known_facts(&self) -> &[(&'static str, Clean)] {
        self.known().map(|_| self.facts.as_slice()).unwrap_or_default()
    }

    fn count(&mut self, cx: &Cx<'_>) -> Effect {
        self.counting = Some(false);
        let count = Count { filter: self.filter.clone(), now: cx.look.now };
        Effect::call(CallKey::Screen(ScreenId::Audit, Slot::Count), Call::Look(Look::Count(count)))
    }

    /// What is kept has changed, or was never looked at.
    fn refresh(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        self.is_stale = false;
        let mut effects = Vec::new();
        if self.lines.is_empty() || self.follow || self.at_top {
            let keeps = !self.follow && self.cursor > 0;
            effects.push(self.newest(keeps, cx));
        }
        // A count that is under way would never end if each page that is read began it anew.
        if self.counting.is_some() {
            self.counting = Some(true);
        } else {
            effects.push(self.count(cx));
        }
        effects
    }

    fn set_filter(&mut self, text: &str, cx: &Cx<'_>) -> Step {
        match Filter::parse(text, AuditEvent::FIELDS) {
            Ok(filter) => {
                self.filter_error = None;
                text.clone_into(&mut self.text);
                if filter == self.filter && !self.is_stale {
                    return Step::none();
                }
                self.filter = filter;
                self.unfolded.clear();
                if !self.is_open {
                    return Step::none();
                }
                self.tally = self.tally.take().map(|tally| Tally { matched: 0, hours: BTreeMap::default(), ..tally });
                let effects = [self.newest(true, cx), self.count(cx)];
                Step::effects(effects)
            }
            Err(error) => {
                self.filter_error = Some(error.to_string());
                Step::none()
            }
        }
    }

    /// Adds a term to the filter.
    fn only(&mut self, field: &str, value: &str, cx: &Cx<'_>) -> Step {
        if value.is_empty() || value.contains(['"', '|']) {
            return said("This row says nothing that a filter could hold.");
        }
        let term = format!("{field}:\"{value}\"");
        if self.text.contains(&term) {
            return said("The filter says so already; Esc clears it.");
        }
        let text = format!("{} {term}", self.text);
        self.set_filter(text.trim(), cx)
    }

    fn go(&mut self, cursor: usize, cx: &Cx<'_>) -> Step {
        self.cursor = cursor.min(self.lines.len().saturating_sub(1));
        self.scroll = 0;
        Step::effects(self.look_at(cx))
    }

    /// What a key does to the details that fill the screen; false when it does the same as in the list.
    fn scrolls(&mut self, action: Action, page: usize) -> bool {
        let half = page.max(2) / 2;
        match action {
            Action::Back => self.page = false,
            Action::Down => self.scroll = self.scroll.saturating_add(1),
            Action::Up => self.scroll = self.scroll.saturating_sub(1),
            Action::PageDown | Action::HalfDown => self.scroll = self.scroll.saturating_add(half),
            Action::PageUp | Action::HalfUp => self.scroll = self.scroll.saturating_sub(half),
            Action::Top => self.scroll = 0,
            _ => return false,
        }
        true
    }

    fn act(&mut self, action: Action, cx: &Cx<'_>) -> Step {
        let page = cx.geometry.page.max(1);
        if self.page && self.scrolls(action, page) {
            return Step::none();
        }
        match action {
            Action::Down => self.go(self.cursor + 1, cx),
            Action::Up => self.go(self.cursor.saturating_sub(1), cx),
            Action::HalfDown => self.go(self.cursor + page.div_ceil(2), cx),
            Action::HalfUp => self.go(self.cursor.saturating_sub(page.div_ceil(2)), cx),
            Action::PageDown => self.go(self.cursor + page, cx),
            Action::PageUp => self.go(self.cursor.saturating_sub(page), cx),
            Action::Top if self.at_top => self.go(0, cx),
            Action::Top => Step::effects([self.newest(false, cx)]),
            Action::Bottom if self.at_end => self.go(self.lines.len(), cx),
            Action::Bottom => Step::effects([self.ask(Start::Oldest, Self::window(cx), Awaits::End, cx)]),
            Action::Unfold | Action::Fold => self.fold(action == Action::Fold, cx),
            Action::NextGroup | Action::PreviousGroup => self.day(action == Action::NextGroup, cx),
            Action::Open => self.open(cx),
            Action::Back if !self.text.is_empty() => self.set_filter("", cx),
            Action::ClearFilter => self.set_filter("", cx),
            Action::Back => Step { at_root: true, ..Step::none() },
            Action::TogglePane if Layout::of(cx.size) == Layout::Wide && !self.page => {
                self.pane = !self.pane;
                Step::effects(self.look_at(cx))
            }
            Action::TogglePane => {
                self.page = !self.page;
                self.scroll = 0;
                Step::effects(self.look_at(cx))
            }
            Action::Toggle => self.toggle(cx),
            Action::SamePerson => {
                let who = self.event().map(|event| words::who(event).to_owned()).unwrap_or_default();
                self.only("who", &who, cx)
            }
            Action::SameCa => {
                let raw = self.known().map(|details| &details.raw);
                let ca = self.event().and_then(|event| places::ca(event, raw, cx.estate));
                match ca {
                    Some(name) => self.only("about", &name, cx),
                    None => said("This event names no CA."),
                }
            }
            Action::Same => {
                let action = self.event().map(words::action).unwrap_or_default();
                self.only("action", &action, cx)
            }
            _ => Step::none(),
        }
    }

    fn toggle(&mut self, cx: &Cx<'_>) -> Step {
        self.follow = !self.follow;
        if !self.follow {
            return said("Not following: the cursor stays on its event.");
        }
        let every = cx.estate.audit.interval();
        let text = if every > 0 {
            format!("Following: the newest events stay in view; the logs are read every {every} s.")
        } else {
            "Following: the newest events stay in view; r reads the logs, ui.refresh reads them by itself.".to_owned()
        };
        Step { effects: vec![self.newest(false, cx)], notice: Some(Notice::said(text)), ..Step::none() }
    }

    fn fold(&mut self, folds: bool, cx: &Cx<'_>) -> Step {
        let Some((id, more, of)) = self.line().map(|line| (line.id, line.more, line.of)) else { return Step::none() };
        match of {
            Some(head) if folds => {
                self.unfolded.retain(|open| *open != head);
                Step::effects([self.again(0, cx)])
            }
            None if !folds && more > 0 => {
                self.unfolded.push(id);
                Step::effects([self.again(more, cx)])
            }
            _ => said("This event stands alone; l shows a run of like ones one by one, h folds it."),
        }
    }

    /// To the next older day, or to the one after this.
    fn day(&mut self, older: bool, cx: &Cx<'_>) -> Step {
        let day = |line: &Line| line.event.at.at().map(|at| at.to_zoned(TimeZone::UTC).date());
        let Some(here) = self.line().and_then(day) else { return Step::none() };
        let other = |line: &Line| day(line).is_some_and(|day| if older { day < here } else { day > here });
        let found = if older {
            self.lines.iter().skip(self.cursor).position(other).map(|at| self.cursor + at)
        } else {
            self.lines.get(..self.cursor).and_then(|newer| newer.iter().rposition(other))
        };
        if let Some(place) = found {
            return self.go(place, cx);
        }
        let start = |day: jiff::civil::Date| day.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
        match older {
            true if self.at_end => said("There is no older day."),
            false if self.at_top => said("There is no newer day."),
            true => match start(here) {
                Some(at) => {
                    self.at_top = false;
                    Step::effects([self.ask(Start::Until(at), Self::window(cx), Awaits::Window(Some(i64::MAX)), cx)])
                }
                None => Step::none(),
            },
            false => match here.checked_add(1.day()).ok().and_then(start) {
                Some(at) => Step::effects([self.ask(Start::Since(at), Self::window(cx), Awaits::End, cx)]),
                None => Step::none(),
            },
        }
    }

    /// Enter leads to what the event is about, or to the whole of it.
    fn open(&mut self, cx: &Cx<'_>) -> Step {
        let Some(event) = self.event() else { return Step::none() };
        if !self.page
            && let Some(place) = places::of(event, self.known().map(|details| &details.raw), cx.estate)
        {
            return Step { show: Some(place), ..Step::none() };
        }
        self.page = !self.page;
        self.scroll = 0;
        Step::effects(self.look_at(cx))
    }

    fn told(&mut self, slot: Slot, result: Result<Reply, crate::domain::Failure>, cx: &Cx<'_>) -> Step {
        match (slot, result) {
            (Slot::Arrange, Ok(Reply::Events(page))) => Step::effects(self.take(page, cx)),
            (Slot::Count, Ok(Reply::Tallied(tally))) => {
                self.tally = Some(*tally);
                let again = self.counting.take() == Some(true);
                Step::effects(again.then(|| self.count(cx)))
            }
            (Slot::Details, Ok(Reply::Event(details))) => {
                self.details = details.map(|details| *details);
                self.facts = self.details.as_ref().map(|details| places::facts(&details.raw)).unwrap_or_default();
                Step::none()
            }
            (slot, Err(failure)) => {
                match slot {
                    Slot::Arrange => self.awaits = None,
                    Slot::Count => self.counting = None,
                    Slot::Details | Slot::Check | Slot::Leaves | Slot::Impact => self.asked = None,
                }
                Step::notice(Notice::fault(failure.to_string()))
            }
            _ => Step::none(),
        }
    }
}

impl Screen for Log {
    fn id(&self) -> ScreenId {
        ScreenId::Audit
    }

    fn sources(&self) -> &'static [SourceId] {
        &[SourceId::Audit]
    }

    fn facts(&self, _: &Cx<'_>) -> Facts {
        let none = Availability::No("no row shows");
        Facts {
            has_row: !self.lines.is_empty(),
            can_filter: true,
            is_filtered: !self.text.is_empty(),
            has_tree: true,
            has_groups: !self.lines.is_empty(),
            has_pane: true,
            in_details: self.page,
            in_log: true,
            toggle: Some("follow"),
            has_evidence: true,
            write: Some(if self.lines.is_empty() { none } else { Availability::Yes }),
            ..Facts::default()
        }
    }

    fn update(&mut self, msg: ScreenMsg<'_>, cx: &Cx<'_>) -> Step {
        match msg {
            ScreenMsg::Enter => {
                self.is_open = true;
                let effects = if self.is_stale { self.refresh(cx) } else { self.look_at(cx) };
                Step::effects(effects)
            }
            ScreenMsg::Data(_) => {
                self.is_stale = true;
                Step::effects(if self.is_open { self.refresh(cx) } else { Vec::new() })
            }
            ScreenMsg::Act(action) => self.act(action, cx),
            ScreenMsg::Reply(slot, result) => self.told(slot, *result, cx),
            ScreenMsg::Filter(text) => self.set_filter(text, cx),
            ScreenMsg::About(text) => self.show(text, cx),
            ScreenMsg::View(view) => self.show(&view.filter, cx),
            ScreenMsg::Sort(_) | ScreenMsg::Group(_) | ScreenMsg::Compared => Step::none(),
        }
    }

    fn render(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        self.draw(view, area, buf)
    }

    fn filter_text(&self) -> &str {
        &self.text
    }

    fn copy_choices(&self, cx: &Cx<'_>) -> Vec<CopyChoice> {
        let Some(event) = self.event() else { return Vec::new() };
        let mut choices = vec![
            CopyChoice { label: "event id", text: event.id.to_string() },
            CopyChoice { label: "time", text: moment::full(&event.at, cx.look) },
            CopyChoice { label: "who", text: words::who(event).to_owned() },
            CopyChoice { label: "record id", text: event.resource_id.to_string() },
        ];
        if let Some(details) = self.known() {
            choices.push(CopyChoice { label: "JSON", text: Clean::new(details.raw.as_sent()).to_string() });
        }
        choices
    }

    fn record(&self, _: &Cx<'_>) -> Option<String> {
        self.event().map(|event| event.id.to_string())
    }

    fn offer(&self, cx: &Cx<'_>) -> Option<Offer> {
        Some(Offer {
            title: "Write these events as evidence to",
            endings: "a new file, .csv or .jsonl, and a manifest with SHA-256 and gaps; readable by you alone",
            name: format!("audit-{}.csv", cx.look.now.strftime("%Y-%m-%d")),
        })
    }

    fn document(&self, path: &str, cx: &Cx<'_>) -> Result<Document, &'static str> {
        let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
        if !matches!(ending, Some("csv" | "jsonl")) {
            return Err("The name ends in .csv or .jsonl, which says the form.");
        }
        let (filter, words) = (self.filter.clone(), self.text.clone());
        Ok(Document::Events(Extract { filter, words, now: cx.look.now }))
    }

    fn about(&self, target: ScreenId, cx: &Cx<'_>) -> Option<String> {
        let event = self.event()?;
        if let Some((screen, text)) = places::of(event, self.known().map(|details| &details.raw), cx.estate)
            && screen == target
        {
            return Some(text);
        }
        let subject = words::subject(event);
        match target {
            _ if subject.is_empty() => None,
            ScreenId::Audit => Some(format!("about:\"{subject}\"")),
            ScreenId::Cas | ScreenId::Acme | ScreenId::Reports => Some(format!("\"{subject}\"")),
            ScreenId::Home | ScreenId::Changes => None,
        }
    }
}

impl Log {
    /// Shows the events by this filter; what is wrong with it is said.
    fn show(&mut self, filter: &str, cx: &Cx<'_>) -> Step {
        self.page = false;
        let step = self.set_filter(filter, cx);
        match &self.filter_error {
            Some(error) => Step { notice: Some(Notice::fault(error.clone())), ..step },
            None => step,
        }
    }

    /// The time that the histogram is about.
    fn period(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let needs = self.filter.needs(now);
        let to = needs.to.map_or(now, |to| to.min(now));
        let week = to.checked_sub(jiff::SignedDuration::from_hours(7 * 24)).unwrap_or(to);
        (needs.from.unwrap_or(week).min(to), to)
    }
}
