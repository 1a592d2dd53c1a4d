//! A screen that is a table with details: ACME certificates, reports and audit events are of this kind.

use std::sync::Arc;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Choice, CopyChoice, CountChoice, Layout, Notice, Screen, Step, ViewCx,
    kind::{Kind, Pane},
    status,
};
use crate::{
    domain::{acme::AcmeKey, report::Report, subject::View},
    flow::{
        Action, Availability, CallKey, Cx, Effect, Facts, Geometry, ScreenId, ScreenMsg, Slot, SourceId,
        document::{Document, Offer},
        group,
        list::{Job, ListState},
    },
    present::{
        Column, Tone, column,
        column::{Grouping, Record},
        handover::Form,
    },
    ui::{
        Role, bar,
        detail::{self, Detail},
        placeholder,
        table::{self, TableView},
        text::count,
    },
};

/// Rows of a screen that has lines above its table.
const TALL: u16 = 30;

/// A list screen.
pub struct ListScreen<K: Kind> {
    kind: K,
    list: ListState<K::Row>,
    pane: bool,
    page: bool,
    scroll: usize,
    filter_error: Option<String>,
    /// Columns of a saved view; empty are those of the width.
    columns: Vec<&'static Column<K::Row>>,
    asked: Option<<K::Row as Record>::Key>,
}

impl<K: Kind> Default for ListScreen<K> {
    fn default() -> Self {
        let (column, reversed) = K::ORDER;
        let mut list = ListState::new(column, reversed);
        // A constant of the program; a test parses it.
        let _ = list.set_filter(K::FILTER);
        let kind = K::default();
        list.hide(kind.hides());
        Self { kind, list, pane: true, page: false, scroll: 0, filter_error: None, columns: Vec::new(), asked: None }
    }
}

impl<K: Kind> ListScreen<K> {
    fn arrange(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let job = self.list.arrange(K::source(cx.estate), cx.look.now);
        self.work(job, cx)
    }

    fn work(&mut self, job: Option<Job<K::Row>>, cx: &Cx<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(job) = job {
            match K::arrange(job) {
                Ok(call) => effects.push(Effect::call(CallKey::Screen(K::ID, Slot::Arrange), call)),
                Err(job) => {
                    let _ = self.list.arranged(job.run());
                }
            }
        }
        effects.extend(self.read_details(cx));
        effects
    }

    /// Asks for the details of the selected row once they can be seen.
    fn read_details(&mut self, cx: &Cx<'_>) -> Option<Effect> {
        let visible = self.page || (self.pane && Layout::of(cx.size) == Layout::Wide);
        let row = self.list.selected().filter(|_| visible)?;
        if self.asked.as_ref().is_some_and(|key| row.has_key(key)) {
            return None;
        }
        self.asked = Some(row.key());
        let call = self.kind.wanted(row, cx)?;
        Some(Effect::call(CallKey::Screen(K::ID, Slot::Details), call))
    }

    /// Shows the list by this filter; what is wrong with it is said.
    fn show(&mut self, filter: &str, cx: &Cx<'_>) -> Step {
        self.page = false;
        let step = self.set_filter(filter, cx);
        match &self.filter_error {
            Some(error) => Step { notice: Some(Notice::fault(error.clone())), ..step },
            None => step,
        }
    }

    fn set_filter(&mut self, text: &str, cx: &Cx<'_>) -> Step {
        match self.list.set_filter(text) {
            Ok(()) => {
                self.filter_error = None;
                Step::effects(self.arrange(cx))
            }
            Err(error) => {
                self.filter_error = Some(error.to_string());
                Step::none()
            }
        }
    }

    fn act(&mut self, action: Action, cx: &Cx<'_>) -> Step {
        let page = cx.geometry.page;
        if matches!(action, Action::Probe | Action::ProbeAll) {
            let (rows, order) = self.list.shown();
            let one = || order.get(self.list.cursor()).map(|place| Arc::from([*place]));
            let wanted = if action == Action::Probe { one() } else { Some(Arc::clone(order)) };
            let call = wanted.and_then(|wanted| K::probe(rows, wanted, cx));
            return Step::effects(call.map(|call| Effect::call(CallKey::Probe, call)));
        }
        if self.page && self.scrolls(action, page) {
            return Step::none();
        }
        if self.list.act(action, page) {
            return Step::effects(self.read_details(cx));
        }
        match action {
            Action::Open => {
                let Some(row) = self.list.selected() else { return Step::none() };
                if let Some(target) = K::open(row) {
                    return Step { show: Some(target), ..Step::none() };
                }
                self.page = true;
                self.scroll = 0;
                Step::effects(self.read_details(cx))
            }
            Action::Back if !self.list.filter_text().is_empty() => self.set_filter("", cx),
            Action::ClearFilter => self.set_filter("", cx),
            Action::Back => Step { at_root: true, ..Step::none() },
            Action::SortReverse => {
                let sort = self.list.sort();
                self.list.set_sort(sort.column, !sort.reversed);
                Step::effects(self.arrange(cx))
            }
            Action::TogglePane => {
                self.pane = !self.pane;
                if Layout::of(cx.size) != Layout::Wide {
                    self.pane = true;
                    return self.act(Action::Open, cx);
                }
                Step::effects(self.read_details(cx))
            }
            Action::NextGroup | Action::PreviousGroup => {
                self.next_group(action == Action::NextGroup);
                Step::effects(self.read_details(cx))
            }
            Action::Toggle => {
                let mut step = self.kind.toggle();
                self.list.hide(self.kind.hides());
                step.effects.extend(self.arrange(cx));
                step
            }
            Action::Mark => {
                self.list.mark();
                Step::effects(self.read_details(cx))
            }
            Action::MarkRange => {
                self.list.mark_range();
                Step::none()
            }
            Action::MarkAll if self.list.is_busy() => {
                Step::notice(Notice::said("Not all rows were looked at yet: mark them again."))
            }
            Action::MarkAll => {
                self.list.mark_all();
                Step::none()
            }
            Action::ClearMarks => {
                self.list.clear_marks();
                Step::none()
            }
            _ => Step::none(),
        }
    }

    /// What a key does to the details that fill the screen; false when it does the same as in the list.
    fn scrolls(&mut self, action: Action, page: usize) -> bool {
        let half = page.max(2) / 2;
        match action {
            Action::Back | Action::Open => self.page = false,
            Action::Down => self.scroll = self.scroll.saturating_add(1),
            Action::Up => self.scroll = self.scroll.saturating_sub(1),
            Action::PageDown | Action::HalfDown => self.scroll = self.scroll.saturating_add(half),
            Action::PageUp | Action::HalfUp => self.scroll = self.scroll.saturating_sub(half),
            Action::Top => self.scroll = 0,
            Action::Mark | Action::MarkRange | Action::MarkAll | Action::ClearMarks => {
                self.scroll = 0;
                return false;
            }
            _ => {}
        }
        true
    }

    fn next_group(&mut self, forward: bool) {
        if let Some(here) = group::of_position(self.list.groups(), self.list.cursor()) {
            let to = if forward { Some(here + 1) } else { here.checked_sub(1) };
            if let Some(group) = to.and_then(|to| self.list.groups().get(to)) {
                self.list.go(group.start);
            }
            return;
        }
        let here = self.list.selected().and_then(K::group);
        let other = |position: &usize| self.list.row(*position).and_then(K::group) != here;
        let cursor = self.list.cursor();
        let found = if forward { (cursor + 1..self.list.len()).find(other) } else { (0..cursor).rev().find(other) };
        if let Some(position) = found {
            self.list.go(position);
        }
    }

    fn title(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let (theme, look) = (view.theme, view.cx.look);
        let muted = theme.style(Role::Muted);
        let mut left = vec![(format!(" {}", K::TITLE), theme.style(Role::Text))];
        if !self.list.filter_text().is_empty() {
            left.push((format!("   {}", self.list.filter_text()), theme.style(Role::Accent)));
        }
        let total = K::source(view.cx.estate).rows().len();
        let shown = self.list.len();
        let mut right = match self.list.is_partial() {
            true => format!("… of {}", count(total)),
            false if shown == total && self.list.filter_text().is_empty() => count(total),
            false => format!("{} of {}", count(shown), count(total)),
        };
        let sort = self.list.sort();
        let arrow = match (look.ascii, sort.reversed) {
            (true, false) => "^",
            (true, true) => "v",
            (false, false) => "▴",
            (false, true) => "▾",
        };
        if Layout::of(view.cx.size) == Layout::Wide {
            right.push_str(" · sorted by ");
        } else {
            right.push_str(" · ");
        }
        right.push_str(&capitalised(sort.column.title));
        right.push(' ');
        right.push_str(arrow);
        if let Some(by) = self.list.grouping() {
            right.push_str(" · by ");
            right.push_str(by.name);
        }
        let remark = self.kind.remark(&view.cx);
        if !remark.is_empty() && Layout::of(view.cx.size) == Layout::Wide {
            right.push_str(" · ");
            right.push_str(&remark);
        }
        if self.list.marked() > 0 {
            right.push_str(" · ");
            right.push_str(&count(self.list.marked()));
            right.push_str(" marked");
        }
        if self.list.is_busy() {
            right.push_str(" · sorting…");
        }
        right.push(' ');
        bar::draw(buf, area, theme.style(Role::Page), &left, &[(right, muted)], look.ascii);
    }

    fn draw_details(&self, row: View<'_, K::Row>, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer, scroll: usize) {
        let details = if view.privacy {
            vec![Detail::Text("Names are hidden (P shows them).".to_owned(), Tone::Muted)]
        } else {
            self.kind.details(row, &view.cx)
        };
        detail::draw(buf, area, view.theme, view.cx.look, &details, scroll);
    }
}

/// A heading as a word in a sentence: its first letter stays large, and what stands in brackets goes.
fn capitalised(title: &str) -> String {
    let title = title.split(" (").next().unwrap_or(title);
    let mut out = String::new();
    for (i, c) in title.chars().enumerate() {
        if i == 0 {
            out.push(c);
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

impl<K: Kind> Screen for ListScreen<K> {
    fn id(&self) -> ScreenId {
        K::ID
    }

    fn sources(&self) -> &'static [SourceId] {
        K::SOURCES
    }

    fn facts(&self, cx: &Cx<'_>) -> Facts {
        Facts {
            has_row: !self.list.is_empty(),
            can_filter: true,
            is_filtered: !self.list.filter_text().is_empty(),
            can_sort: true,
            can_group: !K::Row::GROUPINGS.is_empty(),
            has_groups: !self.list.groups().is_empty()
                || self.list.selected().is_some_and(|row| K::group(row).is_some()),
            has_pane: true,
            in_details: self.page,
            toggle: K::TOGGLE,
            can_mark: true,
            has_marks: self.list.marked() > 0,
            can_triage: K::TAKES_NOTES,
            write: K::reports(self.list.selected(), cx).map(|(_, files)| files).or(K::TAKES_NOTES
                .then_some(if self.list.is_empty() { Availability::No("no row shows") } else { Availability::Yes })),
            can_count: K::can_count(cx),
            has_requests: !cx.estate.requests.rows().is_empty(),
            probe: K::can_probe(self.list.selected(), cx),
            new_report: K::new_report(cx),
            report: K::reports(self.list.selected(), cx).map(|(change, _)| change),
            ..Facts::default()
        }
    }

    fn update(&mut self, msg: ScreenMsg<'_>, cx: &Cx<'_>) -> Step {
        match msg {
            ScreenMsg::Enter => Step::effects(self.arrange(cx)),
            ScreenMsg::Act(action) => self.act(action, cx),
            ScreenMsg::Data(source) if K::SOURCES.first() != Some(&source) => Step::none(),
            ScreenMsg::Compared if K::ID != ScreenId::Changes => Step::none(),
            ScreenMsg::Data(_) | ScreenMsg::Compared => {
                let job = self.list.grown(K::source(cx.estate), cx.look.now);
                Step::effects(self.work(job, cx))
            }
            ScreenMsg::Reply(Slot::Check | Slot::Count | Slot::Leaves | Slot::Impact, _) => Step::none(),
            ScreenMsg::Reply(Slot::Arrange, result) => match *result {
                Ok(reply) => {
                    let again = K::arranged(reply).is_some_and(|arrangement| self.list.arranged(arrangement));
                    Step::effects(if again { self.arrange(cx) } else { self.read_details(cx).into_iter().collect() })
                }
                Err(failure) => Step::notice(Notice::fault(failure.to_string())),
            },
            ScreenMsg::Reply(Slot::Details, result) => {
                let row = self.list.selected().filter(|row| self.asked.as_ref().is_some_and(|key| row.has_key(key)));
                self.kind.accept(row, *result);
                Step::none()
            }
            ScreenMsg::Filter(text) | ScreenMsg::About(text) => self.show(text, cx),
            ScreenMsg::View(view) => {
                let known = |name: &String| column::column(name.trim_end_matches('*'));
                self.columns = view.columns.iter().filter_map(known).collect();
                if let Some((name, reversed)) = &view.sort
                    && let Some(column) = column::column(name)
                {
                    self.list.set_sort(column, *reversed);
                }
                self.list.set_grouping(column::grouping(&view.group));
                self.show(&view.filter, cx)
            }
            ScreenMsg::Sort(name) => {
                if let Some(column) = column::column::<K::Row>(name) {
                    let reversed = self.list.sort().column.name == column.name && !self.list.sort().reversed;
                    self.list.set_sort(column, reversed);
                }
                Step::effects(self.arrange(cx))
            }
            ScreenMsg::Group(name) => {
                self.list.set_grouping(column::grouping(name));
                Step::effects(self.arrange(cx))
            }
        }
    }

    fn render(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        let layout = Layout::of(view.cx.size);
        let (theme, look) = (view.theme, view.cx.look);
        if area.height == 0 {
            return Geometry::default();
        }
        let source = K::source(view.cx.estate);
        let page = Geometry { page: usize::from(area.height.saturating_sub(2)), first: view.cx.geometry.first };
        if let (true, Some(row)) = (self.page, self.list.selected()) {
            let inside = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
            self.draw_details(row, view, inside, buf, self.scroll);
            return page;
        }
        self.title(view, Rect { height: 1, ..area }, buf);
        let mut body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let standing = K::standing(&view.cx).map(|text| (text, Role::Muted));
        let said = standing.is_some();
        if let Some((text, role)) =
            standing.or_else(|| status::line(source, K::NOUN, &view.cx)).filter(|_| body.height > 2)
        {
            let line = Rect { height: 1, ..body };
            bar::draw(buf, line, theme.style(Role::Page), &[(format!(" {text}"), theme.style(role))], &[], look.ascii);
            body = Rect { y: body.y + 1, height: body.height - 1, ..body };
        }
        let head = if layout == Layout::Wide && area.height >= TALL { K::head(&view.cx) } else { Vec::new() };
        for words in head {
            let line = Rect { height: 1, ..body };
            let words: Vec<_> = words.into_iter().map(|(text, tone)| (text, theme.tone(tone))).collect();
            bar::draw(buf, line, theme.style(Role::Page), &words, &[], look.ascii);
            body = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
        }
        let phase = view.cx.phase(source);
        if self.list.is_empty() && !self.list.is_busy() {
            let filtered = !self.list.filter_text().is_empty() && !source.rows().is_empty();
            if said && !filtered {
                return page;
            }
            let mut words = placeholder::words(phase, K::NOUN, filtered, source.failure());
            words.extend(status::waiting(source, &view.cx).map(|wait| (wait, Role::Due)));
            placeholder::draw(buf, body, theme, look, &words);
            return page;
        }
        let (main, side) = match K::PANE {
            Pane::Right(cells) => layout.split(body, self.pane, cells),
            Pane::Below(percent) => layout.stack(body, self.pane, percent),
        };
        let columns: Vec<&'static Column<K::Row>> = if self.columns.is_empty() {
            K::columns(layout, area.width).iter().filter_map(|name| column::column(name)).collect()
        } else {
            self.columns.clone()
        };
        let extra = (layout == Layout::Medium)
            .then(|| self.list.selected().map(|row| K::extra(row, look)))
            .flatten()
            .filter(|text| !text.is_empty() && !view.privacy);
        let shown = TableView { columns: &columns, extra, first: view.cx.geometry.first, privacy: view.privacy };
        let (first, page) = table::draw(buf, main, theme, look, &self.list, &shown);
        if let (Some(side), Some(row)) = (side, self.list.selected()) {
            let inside = match K::PANE {
                Pane::Right(_) => {
                    bar::edge(buf, side, theme.style(Role::Rule), look.ascii);
                    Rect { x: side.x + 2, width: side.width.saturating_sub(3), ..side }
                }
                Pane::Below(_) => {
                    bar::rule(buf, Rect { height: 1, ..side }, theme.style(Role::Rule), look.ascii);
                    let (width, height) = (side.width.saturating_sub(2), side.height.saturating_sub(1));
                    Rect { x: side.x + 1, y: side.y + 1, width, height }
                }
            };
            self.draw_details(row, view, inside, buf, 0);
        }
        Geometry { page, first }
    }

    fn filter_text(&self) -> &str {
        self.list.filter_text()
    }

    fn sort_choices(&self) -> Vec<Choice> {
        let current = self.list.sort().column.name;
        let choice = |column: &Column<K::Row>| Choice {
            name: column.name,
            title: column.title,
            current: column.name == current,
        };
        K::Row::COLUMNS.iter().map(choice).collect()
    }

    fn group_choices(&self) -> Vec<Choice> {
        let current = self.list.grouping().map_or("", |by| by.name);
        let none = Choice { name: "", title: "no groups", current: current.is_empty() };
        let choice = |by: &Grouping<K::Row>| Choice { name: by.name, title: by.name, current: by.name == current };
        K::Row::GROUPINGS.iter().map(choice).chain([none]).collect()
    }

    fn copy_choices(&self, cx: &Cx<'_>) -> Vec<CopyChoice> {
        self.list.selected().map(|row| K::copies(row, cx.look)).unwrap_or_default()
    }

    fn record(&self, _: &Cx<'_>) -> Option<String> {
        self.list.selected().and_then(K::record)
    }

    fn counts(&self, cx: &Cx<'_>) -> Vec<CountChoice> {
        K::counts(cx)
    }

    fn offer(&self, cx: &Cx<'_>) -> Option<Offer> {
        K::TAKES_NOTES.then(|| Offer {
            title: "Write a report to",
            endings: "a new file, .md .csv .json or .ics; readable by you alone",
            name: format!("handover-{}.md", cx.look.now.strftime("%Y-%m-%d")),
        })
    }

    fn document(&self, path: &str, cx: &Cx<'_>) -> Result<Document, &'static str> {
        let form = Form::of(path).ok_or("The name ends in .md, .csv, .json or .ics, which says the form.")?;
        if self.list.is_busy() {
            return Err("Not all rows were looked at yet: write them again.");
        }
        let report = K::handover(self.list.chosen(), self.list.filter_text(), form, cx);
        report.map(Box::new).map(Document::Handover).ok_or("This screen has no report.")
    }

    fn report(&self) -> Option<Report> {
        self.list.selected().and_then(K::report)
    }

    fn noted(&self) -> Vec<AcmeKey> {
        if K::TAKES_NOTES { K::noted(self.list.targets()) } else { Vec::new() }
    }

    fn about(&self, target: ScreenId, _: &Cx<'_>) -> Option<String> {
        self.list.selected().and_then(|row| K::about(row, target))
    }
}
