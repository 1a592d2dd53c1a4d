//! The evidence page: opening it, its keys, and what the journal tells for it and for a review.

use super::App;
use crate::{
    domain::{Clean, Failure},
    flow::{Action, Call, CallKey, Chord, Effect, Key, Op, Reply, ScreenId},
    screens::{
        Notice,
        deeds::{Evidence, Wish},
        review::Review,
    },
};

impl App {
    /// Opens the evidence page.
    pub(super) fn evidence(&mut self) -> Vec<Effect> {
        if self.review.as_ref().is_some_and(Review::is_sending) {
            return self.say("A request is on its way: its end is waited for.");
        }
        self.review = None;
        self.deeds = Some(Evidence::default());
        self.read_deeds()
    }

    pub(super) fn read_deeds(&mut self) -> Vec<Effect> {
        self.stamp(vec![Effect::call(CallKey::Deeds, Call::Store(Op::Deeds))])
    }

    /// A key while the page is open.
    pub(super) fn deeds_key(&mut self, chord: Chord) -> Vec<Effect> {
        if chord == Chord::ctrl('z') {
            return vec![Effect::Suspend];
        }
        self.notice = None;
        if chord == Chord::plain(Key::Char(':')) {
            return self.act(Action::Palette, chord);
        }
        let Some(mut page) = self.deeds.take() else { return Vec::new() };
        let wish = page.key(chord, &self.cx(self.current));
        match wish {
            Wish::Leave => return Vec::new(),
            Wish::Show(screen, about) => return self.show_about(screen, &about),
            _ => self.deeds = Some(page),
        }
        match wish {
            Wish::Say(notice) => {
                self.notice = Some(notice);
                Vec::new()
            }
            Wish::Read => self.read_deeds(),
            Wish::Stay | Wish::Leave | Wish::Show(..) => Vec::new(),
        }
    }

    /// Shows a screen about a CA: its id on the CA screen, its name in the audit log.
    pub(super) fn show_about(&mut self, screen: ScreenId, about: &Clean) -> Vec<Effect> {
        let text = if screen == ScreenId::Audit { format!("about:\"{about}\"") } else { about.to_string() };
        self.show(screen, Some(&text))
    }

    /// What the journal told.
    pub(super) fn deeds_told(&mut self, result: Result<Reply, Failure>) -> Vec<Effect> {
        let told = match result {
            Ok(Reply::Deeds(deeds)) => Ok(*deeds),
            Ok(_) => return Vec::new(),
            Err(failure) => Err(failure),
        };
        if let Some(review) = &mut self.review {
            review.remembered(told);
        } else if let Some(page) = &mut self.deeds {
            page.accept(told);
        } else if let Err(failure) = told {
            self.notice = Some(Notice::fault(failure.to_string()));
        }
        Vec::new()
    }
}
