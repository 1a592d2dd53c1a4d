//! A screen that is a table with details: ACME certificates, reports and audit events are of this kind.

use std::sync::Arc;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{CopyChoice, CountChoice, Layout, Notice, Screen, SortChoice, Step, ViewCx, status};
use crate::{
    domain::{Failure, acme::AcmeKey, subject::View},
    flow::{
        Action, Availability, Call, CallKey, Cx, Effect, Facts, Geometry, Reply, Rows, ScreenId, ScreenMsg, Slot,
        Source, SourceId,
        estate::Estate,
        list::{Arrangement, Hidden, Job, ListState},
    },
    present::{Column, Look, Tone, column, column::Record, handover::Form},
    ui::{
        Role, bar,
        detail::{self, Detail},
        placeholder,
        table::{self, TableView},
        text::count,
    },
};

/// A line of words with their meanings.
pub type Words = Vec<(String, Tone)>;

/// Rows of a screen that has lines above its table.
const TALL: u16 = 30;

/// Where details stand beside a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// On the right, with this many cells, the edge included.
    Right(u16),
    /// Below, with this share of the height in percent.
    Below(u16),
}

/// What makes one list screen different from another.
pub trait Kind: Default {
    /// Its records.
    type Row: Record;
    /// Which screen it is.
    const ID: ScreenId;
    /// The sources it shows; the first one has its rows.
    const SOURCES: &'static [SourceId];
    /// Heading, and what its rows are called.
    const TITLE: &'static str;
    /// Rows in a sentence.
    const NOUN: &'static str;
    /// Column of the usual order, and whether it is reversed.
    const ORDER: (&'static Column<Self::Row>, bool);
    /// Where the details stand on a wide screen.
    const PANE: Pane;
    /// The filter of a new screen.
    const FILTER: &'static str = "";

    /// The rows.
    fn source(estate: &Estate) -> &Source<Self::Row>;
    /// Columns for a width, in order.
    fn columns(layout: Layout, cells: u16) -> &'static [&'static str];
    /// One line more below the selected row of a screen without pane.
    fn extra(row: View<'_, Self::Row>, look: &Look) -> String;
    /// The details of a row.
    fn details(&self, row: View<'_, Self::Row>, cx: &Cx<'_>) -> Vec<Detail>;
    /// What to read for the details of a row, unless it is here.
    fn wanted(&self, row: View<'_, Self::Row>) -> Option<Call> {
        let _ = row;
        None
    }
    /// Takes what [`Kind::wanted`] brought for `row`, which is `None` when the cursor has left it.
    fn accept(&mut self, row: Option<View<'_, Self::Row>>, result: Result<Reply, Failure>) {
        let _ = (row, result);
    }
    /// Sorting and filtering as a call; `None` does it at once.
    fn arrange(job: Job<Self::Row>) -> Result<Call, Job<Self::Row>> {
        Err(job)
    }
    /// The arrangement in a reply.
    fn arranged(reply: Reply) -> Option<Arrangement<Self::Row>> {
        let _ = reply;
        None
    }
    /// Texts to copy.
    fn copies(row: View<'_, Self::Row>, look: &Look) -> Vec<CopyChoice>;
    /// A filter for another screen.
    fn about(row: View<'_, Self::Row>, target: ScreenId) -> Option<String>;
    /// The group of a row, when the screen has groups.
    fn group(row: View<'_, Self::Row>) -> Option<String> {
        let _ = row;
        None
    }
    /// What the screen's own toggle does.
    const TOGGLE: Option<&'static str> = None;
    /// Turns the toggle; returns what to say and do.
    fn toggle(&mut self) -> Step {
        Step::none()
    }
    /// Whether the newest row stays in view.
    fn follows(&self) -> bool {
        false
    }
    /// Tells the rows that are left out now, whatever the filter says.
    fn hides(&self) -> Option<Hidden<Self::Row>> {
        None
    }
    /// Whether notes of triage can be taken of its rows.
    const TAKES_NOTES: bool = false;
    /// By what notes of triage know these rows.
    fn noted(keys: Vec<<Self::Row as Record>::Key>) -> Vec<AcmeKey> {
        let _ = keys;
        Vec::new()
    }
    /// The hand-over report of these rows; `None` on a screen that has none.
    fn handover(rows: &[View<'_, Self::Row>], about: &str, form: Form, cx: &Cx<'_>) -> Option<String> {
        let _ = (rows, about, form, cx);
        None
    }
    /// Lines above the table of a large screen.
    fn head(cx: &Cx<'_>) -> Vec<Words> {
        let _ = cx;
        Vec::new()
    }
    /// How many rows there are of each kind, and the filter that shows them.
    fn counts(cx: &Cx<'_>) -> Vec<CountChoice> {
        let _ = cx;
        Vec::new()
    }
    /// Whether there is a server to ask for the selected row; `None` where rows have no servers.
    fn can_probe(row: Option<View<'_, Self::Row>>, cx: &Cx<'_>) -> Option<Availability> {
        let _ = (row, cx);
        None
    }
    /// Asking the servers of the rows at these places of a list.
    fn probe(rows: &Rows<Self::Row>, wanted: Arc<[u32]>, cx: &Cx<'_>) -> Option<Call> {
        let _ = (rows, wanted, cx);
        None
    }
    /// Words on the right of the title, behind the count.
    fn remark(&self, cx: &Cx<'_>) -> String {
        let _ = cx;
        String::new()
    }
    /// Where Enter leads, when it is not to the details.
    fn open(row: View<'_, Self::Row>) -> Option<(ScreenId, String)> {
        let _ = row;
        None
    }
}

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
        let call = self.kind.wanted(row)?;
        Some(Effect::call(CallKey::Screen(K::ID, Slot::Details), call))
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
        if self.page {
            match action {
                Action::Back | Action::Open => {
                    self.page = false;
                    return Step::none();
                }
                Action::Down => self.scroll = self.scroll.saturating_add(1),
                Action::Up => self.scroll = self.scroll.saturating_sub(1),
                Action::PageDown | Action::HalfDown => self.scroll = self.scroll.saturating_add(page.max(2) / 2),
                Action::PageUp | Action::HalfUp => self.scroll = self.scroll.saturating_sub(page.max(2) / 2),
                Action::Top => self.scroll = 0,
                _ => {}
            }
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

    fn next_group(&mut self, forward: bool) {
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
        let mut right = if shown == total && self.list.filter_text().is_empty() {
            count(total)
        } else {
            format!("{} of {}", count(shown), count(total))
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
            has_groups: self.list.selected().is_some_and(|row| K::group(row).is_some()),
            has_pane: true,
            in_details: self.page,
            toggle: K::TOGGLE,
            can_mark: true,
            has_marks: self.list.marked() > 0,
            can_triage: K::TAKES_NOTES,
            can_count: !K::counts(cx).is_empty(),
            has_requests: !cx.estate.requests.rows().is_empty(),
            probe: K::can_probe(self.list.selected(), cx),
            ..Facts::default()
        }
    }

    fn update(&mut self, msg: ScreenMsg<'_>, cx: &Cx<'_>) -> Step {
        match msg {
            ScreenMsg::Enter => Step::effects(self.arrange(cx)),
            ScreenMsg::Act(action) => self.act(action, cx),
            ScreenMsg::Data(source) if K::SOURCES.first() == Some(&source) => {
                let job = self.list.grown(K::source(cx.estate), cx.look.now);
                let effects = self.work(job, cx);
                if self.kind.follows() {
                    self.list.go(0);
                }
                Step::effects(effects)
            }
            ScreenMsg::Data(_) | ScreenMsg::Reply(Slot::Check, _) => Step::none(),
            ScreenMsg::Reply(Slot::Arrange, result) => match *result {
                Ok(reply) => {
                    let again = K::arranged(reply).is_some_and(|arrangement| self.list.arranged(arrangement));
                    let effects = if again { self.arrange(cx) } else { self.read_details(cx).into_iter().collect() };
                    if self.kind.follows() {
                        self.list.go(0);
                    }
                    Step::effects(effects)
                }
                Err(failure) => Step::notice(Notice::fault(failure.to_string())),
            },
            ScreenMsg::Reply(Slot::Details, result) => {
                let row = self.list.selected().filter(|row| self.asked.as_ref().is_some_and(|key| row.has_key(key)));
                self.kind.accept(row, *result);
                Step::none()
            }
            ScreenMsg::Filter(text) | ScreenMsg::About(text) => {
                self.page = false;
                let step = self.set_filter(text, cx);
                match &self.filter_error {
                    Some(error) => Step { notice: Some(Notice::fault(error.clone())), ..step },
                    None => step,
                }
            }
            ScreenMsg::View(view) => {
                let known = |name: &String| column::column(name.trim_end_matches('*'));
                self.columns = view.columns.iter().filter_map(known).collect();
                if let Some((name, reversed)) = &view.sort
                    && let Some(column) = column::column(name)
                {
                    self.list.set_sort(column, *reversed);
                }
                self.page = false;
                let step = self.set_filter(&view.filter, cx);
                match &self.filter_error {
                    Some(error) => Step { notice: Some(Notice::fault(error.clone())), ..step },
                    None => step,
                }
            }
            ScreenMsg::Sort(name) => {
                if let Some(column) = column::column::<K::Row>(name) {
                    let reversed = self.list.sort().column.name == column.name && !self.list.sort().reversed;
                    self.list.set_sort(column, reversed);
                }
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
        if let Some((text, role)) = status::line(source, K::NOUN, &view.cx).filter(|_| body.height > 2) {
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

    fn sort_choices(&self) -> Vec<SortChoice> {
        let current = self.list.sort().column.name;
        let choice = |column: &Column<K::Row>| SortChoice {
            name: column.name,
            title: column.title,
            current: column.name == current,
        };
        K::Row::COLUMNS.iter().map(choice).collect()
    }

    fn copy_choices(&self, cx: &Cx<'_>) -> Vec<CopyChoice> {
        self.list.selected().map(|row| K::copies(row, cx.look)).unwrap_or_default()
    }

    fn counts(&self, cx: &Cx<'_>) -> Vec<CountChoice> {
        K::counts(cx)
    }

    fn handover(&self, form: Form, cx: &Cx<'_>) -> Option<(usize, String)> {
        let all = (0..self.list.len()).filter_map(|at| self.list.row(at));
        let chosen: Vec<View<'_, K::Row>> = match self.list.marked() {
            0 => all.collect(),
            _ => all.filter(|row| self.list.is_marked(row.record)).collect(),
        };
        K::handover(&chosen, self.list.filter_text(), form, cx).map(|text| (chosen.len(), text))
    }

    fn noted(&self) -> Vec<AcmeKey> {
        if K::TAKES_NOTES { K::noted(self.list.targets()) } else { Vec::new() }
    }

    fn about(&self, target: ScreenId, _: &Cx<'_>) -> Option<String> {
        self.list.selected().and_then(|row| K::about(row, target))
    }
}
