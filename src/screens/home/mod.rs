//! Home: what needs me, with counts; every line opens its screen with the filter that made it.

mod summary;
mod view;

use ratatui::{buffer::Buffer, layout::Rect};

use self::summary::{Need, Summary};
use super::{CopyChoice, Notice, Screen, Step, ViewCx};
use crate::flow::{Action, Cx, Facts, Geometry, ScreenId, ScreenMsg, SourceId, list::moved};

/// What to do about a key that ends.
const NEW_KEY: &str = "Have a new key issued in DigiCert ONE; `certdeck auth status` says where this one is kept.";

/// The screen. Its figures are counted when data arrives, never while drawing.
#[derive(Default)]
pub struct Home {
    summary: Summary,
    cursor: usize,
    selected: Option<Need>,
}

impl Home {
    fn count(&mut self, source: Option<SourceId>, cx: &Cx<'_>) {
        match source {
            Some(SourceId::Acme) => self.summary.count_grown_acme(cx),
            Some(_) => self.summary.count_rest(cx),
            None => {
                self.summary.count_acme(cx);
                self.summary.count_rest(cx);
            }
        }
        let position = self.selected.and_then(|need| self.summary.lines.iter().position(|line| line.need == need));
        self.cursor = position.unwrap_or(self.cursor).min(self.summary.lines.len().saturating_sub(1));
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
            has_row: !self.summary.lines.is_empty(),
            has_requests: !cx.estate.requests.rows().is_empty(),
            ..Facts::default()
        }
    }

    fn update(&mut self, msg: ScreenMsg<'_>, cx: &Cx<'_>) -> Step {
        match msg {
            ScreenMsg::Enter => self.count(None, cx),
            ScreenMsg::Data(source) => self.count(Some(source), cx),
            ScreenMsg::Act(Action::Open) => {
                let Some(line) = self.summary.lines.get(self.cursor) else { return Step::none() };
                let open = cx.estate.open.keys().next().filter(|_| line.need == Need::Open);
                let show = open.map(|ca| (ScreenId::Cas, ca.to_string())).or_else(|| line.need.target());
                let notice = show.is_none().then(|| Notice::said(NEW_KEY));
                return Step { notice, show, ..Step::none() };
            }
            ScreenMsg::Act(Action::Back) => return Step { at_root: true, ..Step::none() },
            ScreenMsg::Act(action) => {
                if let Some(position) = moved(self.cursor, self.summary.lines.len(), action, cx.geometry.page) {
                    self.cursor = position;
                    self.selected = self.summary.lines.get(position).map(|line| line.need);
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
        let line = self.summary.lines.get(self.cursor);
        line.map(|line| CopyChoice { label: "line", text: line.text(cx.look) }).into_iter().collect()
    }
}
