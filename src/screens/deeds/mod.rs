//! Evidence: what this program did to CAs and reports, from the journal of this machine. It sends nothing and asks no service.

mod view;

use super::Notice;
use crate::{
    domain::{Clean, Failure},
    flow::{
        Action, Chord, Cx, Key, ScreenId,
        journal::{Deed, Deeds},
        list::moved,
    },
};

/// What the page wants.
#[derive(Debug, PartialEq)]
pub enum Wish {
    /// Nothing.
    Stay,
    /// A word to the user.
    Say(Notice),
    /// To be left.
    Leave,
    /// The journal read again.
    Read,
    /// Another screen about the CA of the selected change.
    Show(ScreenId, Clean),
}

/// The page.
#[derive(Debug, Default)]
pub struct Evidence {
    read: Option<Result<Deeds, Failure>>,
    cursor: usize,
    scroll: usize,
    /// A `g` was typed: the next key says where to go.
    goes: bool,
}

impl Evidence {
    /// The keys that count now.
    pub const fn hint(&self) -> &'static str {
        "j/k move  PgDn details  gc its CA  gr its report  gl its events  r read again  : palette  q leave"
    }

    /// Takes what the journal tells; the cursor stays on its change.
    pub fn accept(&mut self, result: Result<Deeds, Failure>) {
        let selected = self.selected().map(|deed| deed.intent().clone());
        self.read = Some(result);
        let all = self.deeds().map(Deeds::all).unwrap_or_default();
        let position = selected.and_then(|id| all.iter().position(|deed| *deed.intent() == id));
        let cursor = position.unwrap_or(self.cursor).min(all.len().saturating_sub(1));
        self.cursor = cursor;
    }

    /// Takes a key.
    pub fn key(&mut self, chord: Chord, cx: &Cx<'_>) -> Wish {
        let goes = std::mem::take(&mut self.goes);
        match chord.key {
            Key::Char('c' | 'l' | 'r') if goes => match (self.selected(), chord.key) {
                (None, _) => Wish::Stay,
                (Some(Deed::Ca(trail)), Key::Char('c')) => {
                    Wish::Show(ScreenId::Cas, trail.intent.errand.ca.text().clone())
                }
                (Some(Deed::Ca(trail)), Key::Char('l')) => Wish::Show(ScreenId::Audit, trail.intent.ca_name.clone()),
                (Some(Deed::Report(trail)), Key::Char('r')) => {
                    Wish::Show(ScreenId::Reports, format!("name:\"{}\"", trail.change.name()).into())
                }
                (Some(Deed::Ca(_)), _) => Wish::Say(Notice::said("This change is about a CA: gc shows it.")),
                (Some(Deed::Report(_)), _) => Wish::Say(Notice::said("This change is about a report: gr shows it.")),
            },
            Key::Esc | Key::Char('q') => Wish::Leave,
            Key::Char('r') => Wish::Read,
            Key::Char('j') | Key::Down => self.go(Action::Down, cx),
            Key::Char('k') | Key::Up => self.go(Action::Up, cx),
            Key::Char('g') if !goes => {
                self.goes = true;
                Wish::Stay
            }
            Key::Char('g') | Key::Home => self.go(Action::Top, cx),
            Key::Char('G') | Key::End => self.go(Action::Bottom, cx),
            Key::PageDown => {
                self.scroll = self.scroll.saturating_add((cx.geometry.page / 2).max(1));
                Wish::Stay
            }
            Key::PageUp => {
                self.scroll = self.scroll.saturating_sub((cx.geometry.page / 2).max(1));
                Wish::Stay
            }
            _ => Wish::Say(Notice::said("j and k move, PgDn scrolls the details, r reads again, q leaves.")),
        }
    }

    fn go(&mut self, action: Action, cx: &Cx<'_>) -> Wish {
        let trails = self.deeds().map_or(0, |deeds| deeds.trails.len() + deeds.reports.len());
        if let Some(position) = moved(self.cursor, trails, action, cx.geometry.page) {
            (self.cursor, self.scroll) = (position, 0);
        }
        Wish::Stay
    }

    fn deeds(&self) -> Option<&Deeds> {
        self.read.as_ref().and_then(|read| read.as_ref().ok())
    }

    fn selected(&self) -> Option<Deed<'_>> {
        self.deeds()?.all().get(self.cursor).copied()
    }
}
