//! The lines that the screen holds of all there are, and asking for others.

use super::Log;
use crate::{
    domain::audit::look::{Line, Page, Start, Wanted},
    flow::{Call, CallKey, Cx, Effect, Look, ScreenId, Slot},
    screens::Layout,
};

/// Lines of a window at least.
const LEAST: usize = 60;
/// Lines of a window at most.
const MOST: usize = 400;

/// What the lines on their way are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaits {
    /// A new window; the cursor goes to the line with this event, else to the first one.
    Window(Option<i64>),
    /// The same, with the cursor on its last line.
    End,
    /// Lines below the window.
    Older,
    /// Lines above it.
    Newer,
}

impl Log {
    pub(super) fn ask(&mut self, start: Start, most: usize, awaits: Awaits, cx: &Cx<'_>) -> Effect {
        self.awaits = Some(awaits);
        let (filter, unfolded) = (self.filter.clone(), self.unfolded.clone());
        let wanted = Wanted { filter, now: cx.look.now, start, most, unfolded };
        Effect::call(CallKey::Screen(ScreenId::Audit, Slot::Arrange), Call::Look(Look::Page(wanted)))
    }

    pub(super) fn window(cx: &Cx<'_>) -> usize {
        (3 * usize::from(cx.size.1)).clamp(LEAST, MOST)
    }

    /// Looks from the newest on; the cursor stays on its event where that is still among the lines.
    pub(super) fn newest(&mut self, keeps: bool, cx: &Cx<'_>) -> Effect {
        let anchor = self.line().map(|line| line.id).filter(|_| keeps);
        self.at_top = true;
        let most = Self::window(cx).max(if keeps { self.lines.len().min(MOST) } else { 0 });
        self.ask(Start::Newest, most, Awaits::Window(anchor), cx)
    }

    /// Looks again at what the window shows.
    pub(super) fn again(&mut self, more: usize, cx: &Cx<'_>) -> Effect {
        let anchor = self.line().map(|line| line.id);
        let start = match self.lines.first() {
            Some(first) if !self.at_top => Start::Before(first.id.saturating_add(1)),
            _ => Start::Newest,
        };
        let most = (self.lines.len() + more).clamp(Self::window(cx), MOST);
        self.ask(start, most, Awaits::Window(anchor), cx)
    }

    pub(super) fn take(&mut self, page: Page, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(awaits) = self.awaits.take() else { return Vec::new() };
        match awaits {
            Awaits::Window(anchor) => {
                self.at_end = page.is_end;
                self.lines = page.lines;
                let is_at = |line: &Line| anchor.is_some_and(|id| line.id >= id && line.last.0 <= id);
                self.cursor = self.lines.iter().position(is_at).unwrap_or_default();
            }
            Awaits::End => {
                (self.at_top, self.at_end) = (page.is_end, true);
                self.lines = page.lines;
                self.cursor = self.lines.len().saturating_sub(1);
            }
            Awaits::Older => {
                self.at_end = page.is_end;
                self.lines.extend(page.lines);
                let over = self.lines.len().saturating_sub(MOST).min(self.cursor);
                self.lines.drain(..over);
                self.cursor -= over;
                self.first = self.first.saturating_sub(over);
                self.at_top &= over == 0;
            }
            Awaits::Newer => {
                self.at_top = page.is_end;
                let added = page.lines.len();
                self.lines.splice(0..0, page.lines);
                self.cursor += added;
                self.first += added;
                if self.lines.len() > MOST {
                    self.at_end = false;
                    self.lines.truncate(MOST.max(self.cursor + 1));
                }
            }
        }
        self.look_at(cx)
    }

    /// What the cursor needs: further lines, and the details of its event.
    pub(super) fn look_at(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        let page = cx.geometry.page.max(1);
        if self.awaits.is_none() {
            if !self.at_end && self.cursor + page >= self.lines.len() {
                if let Some(last) = self.lines.last().map(|line| line.last.0) {
                    effects.push(self.ask(Start::Before(last), Self::window(cx), Awaits::Older, cx));
                }
            } else if !self.at_top
                && self.cursor < page
                && let Some(first) = self.lines.first().map(|line| line.id)
            {
                effects.push(self.ask(Start::After(first), Self::window(cx), Awaits::Newer, cx));
            }
        }
        let is_wanted = self.page
            || match Layout::of(cx.size) {
                Layout::Wide => self.pane,
                // Its comment stands below it.
                Layout::Medium => true,
                Layout::Narrow | Layout::Tiny => false,
            };
        if let Some(id) = self.line().map(|line| line.id).filter(|id| is_wanted && self.asked != Some(*id)) {
            self.asked = Some(id);
            effects.push(Effect::call(CallKey::Screen(ScreenId::Audit, Slot::Details), Call::Look(Look::Details(id))));
        }
        effects
    }
}
