//! Notes of triage: what can be noted, and taking a note.

use jiff::Timestamp;

use super::{App, overlay::Overlay};
use crate::{
    domain::{
        Clean,
        acme::note::{Deed, NoteEvent, Until},
    },
    flow::{Action, Call, CallKey, Effect, Op},
    screens::Notice,
};

/// What is noted of certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// Seen.
    Acknowledge,
    /// Put off.
    Snooze,
    /// Whose it is.
    Owner,
    /// It will not be renewed.
    Retire,
    /// The last note is taken back.
    Undo,
}

impl NoteKind {
    /// All of them: what each is called, and a word beside it.
    pub(super) const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Acknowledge, "Acknowledge", "with a note"),
        (Self::Snooze, "Snooze", "3d, 72h, 2026-12-01, or next: until the next serial"),
        (Self::Owner, "Owner or ticket", "who looks after it"),
        (Self::Retire, "Will not renew", "and why"),
        (Self::Undo, "Undo the last note", ""),
    ];

    /// Title and hint of the field for its text.
    pub(super) const fn question(self) -> (&'static str, &'static str) {
        match self {
            Self::Acknowledge => ("Acknowledge", "what is known about it, for the others"),
            Self::Snooze => ("Snooze until", "3d, 72h, 2026-12-01 or next; ends 72 h before the end at the latest"),
            Self::Owner => ("Owner or ticket", "a person, a team or a ticket"),
            Self::Retire => ("Will not renew, because", "the reason stays in the journal"),
            Self::Undo => ("Undo", ""),
        }
    }

    /// The deed with its text; the error is one line.
    pub(super) fn deed(self, text: &str, now: Timestamp) -> Result<Deed, String> {
        let text = text.trim();
        if text.is_empty() && matches!(self, Self::Owner | Self::Retire) {
            return Err("A text is needed here.".to_owned());
        }
        Ok(match self {
            Self::Acknowledge => Deed::Acknowledge(Clean::new(text)),
            Self::Snooze => Deed::Snooze(Until::parse(text, now).map_err(|error| error.to_string())?),
            Self::Owner => Deed::Owner(Clean::new(text)),
            Self::Retire => Deed::Retire(Clean::new(text)),
            Self::Undo => Deed::Undo,
        })
    }
}

impl App {
    /// Asks for the text of a note.
    pub(super) fn ask(&mut self, deed: NoteKind) -> Vec<Effect> {
        match deed {
            NoteKind::Undo => self.note(deed, ""),
            _ => self.open(Overlay::ask(deed)),
        }
    }

    /// Takes a note of the certificates that were marked or selected when it was asked for. A text that cannot be used
    /// stays open.
    pub(super) fn note(&mut self, kind: NoteKind, text: &str) -> Vec<Effect> {
        let what = match kind.deed(text, self.look.now) {
            Ok(what) => what,
            Err(why) => {
                self.notice = Some(Notice::fault(why));
                return Vec::new();
            }
        };
        self.overlays.pop();
        let (at, who) = (self.look.now, self.who());
        let event = |key| NoteEvent { key, at, who: who.clone(), what: what.clone() };
        let events: Vec<NoteEvent> = std::mem::take(&mut self.noting).into_iter().map(event).collect();
        self.counter += 1;
        let call = Effect::call(CallKey::Note(self.counter), Call::Store(Op::Note(events)));
        let mut effects = self.stamp(vec![call]);
        effects.extend(self.on_screen(Action::ClearMarks));
        effects
    }

    /// Whose notes these are: the user of the keys.
    fn who(&self) -> Clean {
        let one = self.estate.one_user.one().map(|user| user.name.clone());
        let cert_central = || self.estate.cert_central_user.one().map(|user| user.username.clone());
        one.or_else(cert_central).unwrap_or_else(|| Clean::new("not known"))
    }
}
