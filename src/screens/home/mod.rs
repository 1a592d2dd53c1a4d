//! Home: what needs me, what changed, what comes; every line opens its screen with the filter that made it.

mod health;
mod latest;
mod line;
mod needs;
mod outlook;
mod plan;
mod since;
mod summary;
mod view;

use ratatui::{buffer::Buffer, layout::Rect};

use self::{
    line::{Line, Section, Target},
    summary::Summary,
};
use super::{CopyChoice, Notice, Screen, Step, ViewCx};
use crate::flow::{Action, Cx, Facts, Geometry, ScreenId, ScreenMsg, SourceId, list::moved};

/// The screen. Its figures are counted when data arrives, never while drawing.
#[derive(Default)]
pub struct Home {
    summary: Summary,
    /// The line under the cursor, among those that show.
    cursor: usize,
    /// The same by what it is, so that the cursor stays on it.
    selected: Option<(Section, String)>,
}

impl Home {
    /// Puts the cursor where its line stands now.
    fn settle(&mut self, cx: &Cx<'_>) {
        let shown = self.summary.shown(cx.size);
        let is = |line: &&Line| {
            self.selected.as_ref().is_some_and(|(section, key)| (line.section, &line.key) == (*section, key))
        };
        let position = shown.iter().position(is);
        self.cursor = position.unwrap_or(self.cursor).min(shown.len().saturating_sub(1));
    }

    fn go(&mut self, position: usize, cx: &Cx<'_>) {
        self.cursor = position;
        self.selected = self.summary.shown(cx.size).get(position).map(|line| (line.section, line.key.clone()));
    }

    /// Goes to the first line of the next section that has one, or of the one before.
    fn turn(&mut self, forward: bool, cx: &Cx<'_>) {
        let shown = self.summary.shown(cx.size);
        let Some(here) = shown.get(self.cursor).map(|line| line.section) else { return };
        let first_of = |section: Section| shown.iter().position(|line| line.section == section);
        let others: Vec<usize> = Section::ALL.into_iter().filter(|other| *other != here).filter_map(first_of).collect();
        let at = first_of(here).unwrap_or_default();
        let to = if forward {
            others.iter().find(|other| **other > at).or(others.first())
        } else {
            others.iter().rev().find(|other| **other < at).or(others.last())
        };
        if let Some(to) = to.copied() {
            self.go(to, cx);
        }
    }

    fn open(&self, cx: &Cx<'_>) -> Step {
        let shown = self.summary.shown(cx.size);
        let Some(line) = shown.get(self.cursor) else { return Step::none() };
        match line.target.clone() {
            Target::Screen(screen, filter) => Step { show: Some((screen, filter)), ..Step::none() },
            Target::Act(action) => Step { act: Some(action), ..Step::none() },
            Target::Said(words) => Step::notice(Notice::said(words)),
        }
    }
}

impl Screen for Home {
    fn id(&self) -> ScreenId {
        ScreenId::Home
    }

    fn sources(&self) -> &'static [SourceId] {
        &SourceId::ALL
    }

    fn facts(&self, cx: &Cx<'_>) -> Facts {
        Facts {
            has_row: !self.summary.shown(cx.size).is_empty(),
            has_sections: true,
            has_requests: !cx.estate.requests.rows().is_empty(),
            ..Facts::default()
        }
    }

    fn update(&mut self, msg: ScreenMsg<'_>, cx: &Cx<'_>) -> Step {
        match msg {
            ScreenMsg::Enter => {
                self.summary.count(cx);
                self.settle(cx);
            }
            // What changes while another screen shows is counted when this one is entered.
            ScreenMsg::Data(_) | ScreenMsg::Compared if cx.shown != ScreenId::Home => {}
            ScreenMsg::Data(source) => {
                self.summary.count_source(source, cx);
                self.settle(cx);
            }
            ScreenMsg::Compared => {
                self.summary.count_changes(cx);
                self.settle(cx);
            }
            ScreenMsg::Act(Action::Open) => return self.open(cx),
            ScreenMsg::Act(Action::Back) => return Step { at_root: true, ..Step::none() },
            ScreenMsg::Act(Action::NextGroup | Action::NextPane) => self.turn(true, cx),
            ScreenMsg::Act(Action::PreviousGroup | Action::PreviousPane) => self.turn(false, cx),
            ScreenMsg::Act(action) => {
                let lines = self.summary.shown(cx.size).len();
                if let Some(position) = moved(self.cursor, lines, action, cx.geometry.page) {
                    self.go(position, cx);
                }
            }
            ScreenMsg::Reply(..)
            | ScreenMsg::Filter(_)
            | ScreenMsg::Sort(_)
            | ScreenMsg::Group(_)
            | ScreenMsg::About(_)
            | ScreenMsg::View(_) => {}
        }
        Step::none()
    }

    fn render(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
        view::draw(&self.summary, self.cursor, view, area, buf)
    }

    fn filter_text(&self) -> &'static str {
        ""
    }

    fn copy_choices(&self, cx: &Cx<'_>) -> Vec<CopyChoice> {
        let shown = self.summary.shown(cx.size);
        let line = shown.get(self.cursor);
        line.map(|line| CopyChoice { label: "line", text: line.text(cx.look) }).into_iter().collect()
    }
}
