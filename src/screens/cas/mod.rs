//! The CA hierarchy with its open requests.

mod changes;
mod checks;
mod details;
mod ends;
mod impacts;
mod leaves;
mod paper;
mod view;

use std::collections::HashMap;

use ratatui::{buffer::Buffer, layout::Rect};

use self::{checks::Checks, ends::Ends, impacts::Impacts, leaves::Leaves};
use super::{ChangeChoice, CopyChoice, Layout, Notice, Screen, Step, ViewCx};
use crate::{
    domain::{
        Failure, Map,
        ca::{Ca, CaDetails, CaRequest, RequestStatus, decision::Errand},
        filter::Filter,
        ids::CaId,
    },
    flow::{
        Action, Ask, Availability, Call, CallKey, Cx, Effect, Facts, Geometry, Reply, ScreenId, ScreenMsg, Slot,
        SourceId,
        document::{Document, Offer},
        list::moved,
        tree::TreeState,
    },
    present::column::Record,
};

/// What a count that is not known means.
const LEGEND: &str =
    "? under LEAF: your key may not list that CA's certificates. certdeck never shows 0 for not known.";
/// The same where there is little room.
const SHORT_LEGEND: &str = "? under LEAF is not known, never zero.";

/// The screen.
#[derive(Default)]
pub struct Cas {
    tree: TreeState,
    revision: u64,
    filter: Option<Filter<Ca>>,
    filter_text: String,
    details: HashMap<CaId, Result<Box<CaDetails>, Failure>>,
    asked: Option<CaId>,
    checks: Checks,
    focus: Focus,
    request: usize,
    ends: Map<CaId, Ends>,
    leaves: Leaves,
    impacts: Impacts,
    pane_hidden: bool,
    page: bool,
    scroll: usize,
}

/// Which of the two panes the cursor is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Focus {
    #[default]
    Tree,
    Requests,
}

/// Requests that wait for an answer: those of others first, newest first.
pub fn open_requests<'a>(cx: &Cx<'a>) -> Vec<&'a CaRequest> {
    let waits = |r: &&CaRequest| matches!(r.status, RequestStatus::Pending | RequestStatus::Unknown(_));
    let mut open: Vec<&CaRequest> = cx.estate.requests.rows().iter().filter(waits).collect();
    let mine = |r: &CaRequest| is_mine(r, cx) == Some(true);
    open.sort_by(|a, b| {
        mine(a).cmp(&mine(b)).then_with(|| b.requested.at().cmp(&a.requested.at())).then_with(|| a.id.cmp(&b.id))
    });
    open
}

/// Whether a request is the user's own, by id; `None` when either side is not known.
pub fn is_mine(request: &CaRequest, cx: &Cx<'_>) -> Option<bool> {
    let me = cx.estate.one_user.one()?;
    request.requested_by.as_ref().map(|by| *by == me.id)
}

impl Cas {
    /// The CA under the cursor and the request about it that waits; the CA of a request may not be visible.
    fn subject<'a>(&'a self, cx: &Cx<'a>) -> (Option<&'a Ca>, Option<&'a CaRequest>) {
        let open = open_requests(cx);
        if self.focus == Focus::Requests && !self.page {
            let request = open.get(self.request).copied();
            let ca = request.and_then(|request| cx.estate.cas.rows().iter().find(|ca| ca.id == request.ca));
            return (ca, request);
        }
        let ca = self.tree.selected().map(|(_, ca)| ca);
        (ca, ca.and_then(|ca| open.into_iter().find(|request| request.ca == ca.id)))
    }

    fn load(&mut self, cx: &Cx<'_>) {
        let (known, rows) = (self.tree.cas().len(), cx.estate.cas.rows().len());
        // A long list under way is put in its tree when it has doubled, so that all the building costs no more than
        // twice the last one.
        let waits = cx.estate.cas.is_loading() && known > 0 && (known..known * 2).contains(&rows);
        if self.revision != cx.estate.cas.revision() && !waits {
            self.revision = cx.estate.cas.revision();
            self.tree.load(cx.estate.cas.rows());
            self.details.clear();
            self.asked = None;
            self.leaves.outdate(cx.look.now);
            self.apply(cx);
        }
    }

    fn apply(&mut self, cx: &Cx<'_>) {
        let now = cx.look.now;
        match &self.filter {
            Some(filter) if !filter.is_all() => {
                let filter = filter.clone();
                self.tree.filter(Some(&move |ca: &Ca| filter.matches(ca.into(), now)));
            }
            _ => self.tree.filter(None),
        }
    }

    fn set_filter(&mut self, text: &str, cx: &Cx<'_>) -> Step {
        match Filter::parse(text, Ca::FIELDS) {
            Ok(filter) => {
                self.filter = Some(filter);
                text.clone_into(&mut self.filter_text);
                self.apply(cx);
                Step::effects(self.read_details(cx))
            }
            Err(error) => Step::notice(Notice::fault(error.to_string())),
        }
    }

    /// The details of the selected CA show, as a pane or a page.
    fn shows_details(&self, cx: &Cx<'_>) -> bool {
        self.page || (!self.pane_hidden && Layout::of(cx.size) == Layout::Wide)
    }

    /// Checks the selected CA where its details show, or ends the check that is under way.
    fn check(&mut self, cx: &Cx<'_>) -> Step {
        if let Some(ended) = self.stop_check() {
            return ended;
        }
        let Some(begun) = self.tree.selected().map(|(_, ca)| self.checks.begin(ca, cx)) else { return Step::none() };
        if !self.shows_details(cx) {
            (self.page, self.scroll) = (true, 0);
        }
        Step::effects([Some(begun), self.read_details(cx)].into_iter().flatten())
    }

    /// Counts what a revocation of the selected CA would touch, where its details show.
    fn count_impact(&mut self, cx: &Cx<'_>) -> Step {
        let Some(ca) = self.subject(cx).0.map(|ca| ca.id.clone()) else {
            return Step::notice(Notice::fault("the CA of this request is not among those that your key may see"));
        };
        self.tree.select(&ca);
        let begun = self.impacts.begin(&ca);
        if !self.shows_details(cx) {
            (self.page, self.scroll) = (true, 0);
        }
        Step::effects([Some(begun), self.read_details(cx)].into_iter().flatten())
    }

    /// Ends the check that is under way; `None` when there is none.
    fn stop_check(&mut self) -> Option<Step> {
        let end = self.checks.end()?;
        let notice = Some(Notice::said("The check was ended; what was found before stays."));
        Some(Step { effects: vec![end], notice, ..Step::none() })
    }

    fn read_details(&mut self, cx: &Cx<'_>) -> Option<Effect> {
        let visible = self.shows_details(cx);
        let (_, ca) = self.tree.selected().filter(|_| visible)?;
        if self.asked.as_ref() == Some(&ca.id) || matches!(self.details.get(&ca.id), Some(Ok(_))) {
            return None;
        }
        let id = ca.id.clone();
        self.asked = Some(id.clone());
        Some(Effect::call(CallKey::Screen(ScreenId::Cas, Slot::Details), Call::Ask(Ask::CaDetails(id))))
    }

    fn accept(&mut self, result: Result<Reply, Failure>) {
        match result {
            Ok(Reply::CaDetails(details)) => {
                self.details.insert(details.ca.id.clone(), Ok(details));
            }
            Ok(_) => {}
            Err(failure) => {
                if let Some(id) = self.asked.take() {
                    self.details.insert(id, Err(failure));
                }
            }
        }
    }

    fn act_on_requests(&mut self, action: Action, cx: &Cx<'_>) -> Option<Step> {
        let open = open_requests(cx);
        if let Some(position) = moved(self.request, open.len(), action, 3) {
            self.request = position;
            return Some(Step::none());
        }
        match action {
            Action::Open => {
                let ca = open.get(self.request).map(|request| request.ca.clone())?;
                self.focus = Focus::Tree;
                if self.tree.select(&ca) {
                    self.page = true;
                    self.scroll = 0;
                    return Some(Step::effects(self.read_details(cx)));
                }
                Some(Step::notice(Notice::fault("the CA of this request is not among those that your key may see")))
            }
            Action::Back => {
                self.focus = Focus::Tree;
                Some(Step::none())
            }
            _ => None,
        }
    }

    fn act(&mut self, action: Action, cx: &Cx<'_>) -> Step {
        match action {
            Action::Probe => return self.check(cx),
            Action::Impact => return self.count_impact(cx),
            Action::Back => {
                if let Some(ended) = self.stop_check() {
                    return ended;
                }
            }
            _ => {}
        }
        if self.page {
            return self.act_on_page(action, cx);
        }
        match action {
            Action::NextPane | Action::PreviousPane => {
                let waiting = !open_requests(cx).is_empty();
                self.focus = if self.focus == Focus::Tree && waiting { Focus::Requests } else { Focus::Tree };
                return Step::none();
            }
            Action::Requests => {
                if open_requests(cx).is_empty() {
                    return Step::notice(Notice::said("No request waits for an answer."));
                }
                self.focus = Focus::Requests;
                self.request = 0;
                return Step::none();
            }
            _ => {}
        }
        if self.focus == Focus::Requests
            && let Some(step) = self.act_on_requests(action, cx)
        {
            return step;
        }
        if self.tree.act(action, cx.geometry.page) {
            return Step::effects(self.read_details(cx));
        }
        match action {
            Action::Open => {
                self.page = true;
                self.scroll = 0;
                Step::effects(self.read_details(cx))
            }
            Action::Back if !self.filter_text.is_empty() => self.set_filter("", cx),
            Action::ClearFilter => self.set_filter("", cx),
            Action::Back => Step { at_root: true, ..Step::none() },
            Action::TogglePane if Layout::of(cx.size) == Layout::Wide => {
                self.pane_hidden = !self.pane_hidden;
                Step::effects(self.read_details(cx))
            }
            Action::TogglePane => self.act(Action::Open, cx),
            Action::Toggle => {
                self.tree.toggle_flat();
                Step::none()
            }
            _ => Step::none(),
        }
    }

    fn take(&mut self, msg: ScreenMsg<'_>, cx: &Cx<'_>) -> Step {
        match msg {
            ScreenMsg::Data(SourceId::Crls | SourceId::Responders) => {
                self.ends = ends::of(cx.estate.crls.rows().iter(), cx.estate.responders.rows().iter());
                Step::none()
            }
            ScreenMsg::Enter | ScreenMsg::Data(_) => Step::effects(self.read_details(cx)),
            ScreenMsg::Act(action) => self.act(action, cx),
            ScreenMsg::Reply(Slot::Details, result) => {
                self.accept(*result);
                Step::none()
            }
            ScreenMsg::Reply(Slot::Check, result) => {
                Step { notice: self.checks.accept(*result, cx.look), ..Step::none() }
            }
            ScreenMsg::Reply(Slot::Impact, result) => {
                self.impacts.accept(*result);
                Step::none()
            }
            ScreenMsg::Reply(Slot::Leaves, result) => {
                self.leaves.accept(*result, cx.look.now);
                Step::none()
            }
            ScreenMsg::Reply(Slot::Arrange | Slot::Count, _)
            | ScreenMsg::Sort(_)
            | ScreenMsg::Group(_)
            | ScreenMsg::Compared => Step::none(),
            ScreenMsg::Filter(text) => self.set_filter(text, cx),
            ScreenMsg::View(view) => self.set_filter(&view.filter, cx),
            ScreenMsg::About(text) => {
                (self.page, self.focus) = (false, Focus::Tree);
                let id = CaId::new(text.trim_matches('"'));
                if self.tree.select(&id) {
                    return Step::effects(self.read_details(cx));
                }
                self.set_filter(text, cx)
            }
        }
    }

    fn act_on_page(&mut self, action: Action, cx: &Cx<'_>) -> Step {
        let page = cx.geometry.page.max(2);
        match action {
            Action::Back | Action::Open => self.page = false,
            Action::Down => self.scroll = self.scroll.saturating_add(1),
            Action::Up => self.scroll = self.scroll.saturating_sub(1),
            Action::PageDown | Action::HalfDown => self.scroll = self.scroll.saturating_add(page / 2),
            Action::PageUp | Action::HalfUp => self.scroll = self.scroll.saturating_sub(page / 2),
            Action::Top => self.scroll = 0,
            _ => {}
        }
        Step::none()
    }
}

impl Screen for Cas {
    fn id(&self) -> ScreenId {
        ScreenId::Cas
    }

    fn sources(&self) -> &'static [SourceId] {
        &[
            SourceId::Cas,
            SourceId::Requests,
            SourceId::Crls,
            SourceId::Responders,
            SourceId::Templates,
            SourceId::OneUser,
        ]
    }

    fn facts(&self, cx: &Cx<'_>) -> Facts {
        Facts {
            has_row: !self.tree.is_empty(),
            can_filter: true,
            is_filtered: !self.filter_text.is_empty(),
            has_tree: !self.tree.is_flat(),
            has_groups: true,
            has_pane: true,
            in_details: self.page,
            toggle: Some("flat list"),
            has_requests: !cx.estate.requests.rows().is_empty(),
            review: Some(if self.review(cx).is_some() {
                Availability::Yes
            } else {
                Availability::No("no request about this CA waits")
            }),
            change: Some(if matches!(self.subject(cx), (None, None)) {
                Availability::No("no row is selected")
            } else {
                Availability::Yes
            }),
            write: Some(if self.tree.is_empty() { Availability::No("no row is selected") } else { Availability::Yes }),
            has_evidence: true,
            check: Some(if self.tree.is_empty() { Availability::No("no row is selected") } else { Availability::Yes }),
            ..Facts::default()
        }
    }

    fn update(&mut self, msg: ScreenMsg<'_>, cx: &Cx<'_>) -> Step {
        self.load(cx);
        let mut step = self.take(msg, cx);
        if view::counts_leaves(Layout::of(cx.size)) {
            step.effects.extend(self.leaves.ask(&self.tree, cx));
        }
        step
    }

    fn render(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        self.draw(view, area, buf)
    }

    fn review(&self, cx: &Cx<'_>) -> Option<Errand> {
        let (_, request) = self.subject(cx);
        changes::decision(request?, true)
    }

    fn changes(&self, cx: &Cx<'_>) -> Vec<ChangeChoice> {
        let (ca, request) = self.subject(cx);
        changes::choices(ca, request)
    }

    fn record(&self, cx: &Cx<'_>) -> Option<String> {
        if self.focus == Focus::Requests && !self.page {
            return open_requests(cx).get(self.request).map(|request| request.ca.to_string());
        }
        self.tree.selected().map(|(_, ca)| ca.id.to_string())
    }

    fn legend(&self, cx: &Cx<'_>) -> Option<&'static str> {
        let (shows, wide) = (view::counts_leaves(Layout::of(cx.size)), Layout::of(cx.size) == Layout::Wide);
        let words = if wide { LEGEND } else { SHORT_LEGEND };
        (shows && !self.page && self.leaves.shows_unknown(&self.tree, cx)).then_some(words)
    }

    fn offer(&self, _: &Cx<'_>) -> Option<Offer> {
        self.tree.selected().map(|(_, ca)| paper::offer(ca))
    }

    fn document(&self, path: &str, _: &Cx<'_>) -> Result<Document, &'static str> {
        let (_, ca) = self.tree.selected().ok_or("No CA is selected.")?;
        paper::document(ca, self.tree.cas().iter(), path)
    }

    fn filter_text(&self) -> &str {
        &self.filter_text
    }

    fn copy_choices(&self, _: &Cx<'_>) -> Vec<CopyChoice> {
        let Some((_, ca)) = self.tree.selected() else { return Vec::new() };
        let mut out = vec![
            CopyChoice { label: "CA id", text: ca.id.to_string() },
            CopyChoice { label: "name", text: ca.name.to_string() },
        ];
        if let Some(serial) = &ca.serial {
            out.push(CopyChoice { label: "serial", text: serial.digits().to_owned() });
        }
        if let Some(Ok(details)) = self.details.get(&ca.id) {
            if let Ok(certificate) = &details.certificate {
                out.push(CopyChoice { label: "SHA-256", text: certificate.sha256.to_string() });
                out.push(CopyChoice { label: "subject", text: certificate.subject.to_string() });
            }
            let raw: Vec<&str> = details.raw.iter().map(|line| line.trim()).collect();
            out.push(CopyChoice { label: "JSON", text: raw.join(" ") });
        }
        out
    }

    fn about(&self, target: ScreenId, _: &Cx<'_>) -> Option<String> {
        let (_, ca) = self.tree.selected()?;
        match target {
            ScreenId::Audit => Some(format!("about:\"{}\"", ca.name)),
            ScreenId::Cas => Some(ca.id.to_string()),
            ScreenId::Home | ScreenId::Acme | ScreenId::Reports | ScreenId::Changes => None,
        }
    }
}
