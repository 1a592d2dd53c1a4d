//! The review of a change of a CA: opening it, what it reads and sends, and whether the context takes writes.

use jiff::{SignedDuration, Timestamp};

use super::{App, Environment, Leaving, Overlay};
use crate::{
    domain::{
        Clean, Failure, FailureKind,
        ca::{
            checks::Writing,
            decision::{Errand, Operation, Process},
        },
        filter,
    },
    flow::{Action, Ask, Call, CallKey, Chord, Cx, Effect, Key, Reply, ScreenId, SourceId},
    screens::{
        Notice,
        review::{Ground, Review, Wish},
    },
};

/// The longest time for which writing is switched on.
const LONGEST: SignedDuration = SignedDuration::from_hours(4);
/// How long it is switched on when no time is named.
const USUAL: SignedDuration = SignedDuration::from_mins(30);

impl App {
    /// Whether the context takes writes now.
    pub(super) fn writing(&self) -> Writing {
        if let Some(why) = &self.setting.place.read_only {
            return Writing::Never(why.clone());
        }
        match (self.setting.place.environment, self.writes_until) {
            (_, Some(until)) => Writing::Until(until),
            (Environment::Production | Environment::Files, None) => Writing::Off,
            (Environment::Demo | Environment::Test, None) => Writing::On,
        }
    }

    /// `:write 30m` switches writing on for a time, `:write off` switches it off.
    pub(super) fn write_mode(&mut self, text: &str) -> Vec<Effect> {
        let text = text.trim();
        if let Writing::Never(why) = self.writing() {
            self.notice = Some(Notice::fault(format!("This context is read-only: {why}.")));
            return Vec::new();
        }
        if text == "off" {
            // A moment that has passed.
            self.writes_until = Some(self.look.now);
            return self.say("Writing is off.");
        }
        let span = if text.is_empty() { Some(USUAL) } else { filter::duration(text) };
        let span = span.filter(|span| span.is_positive() && *span <= LONGEST);
        let until = span.and_then(|span| self.look.now.checked_add(span).ok());
        let Some(until) = until else {
            self.notice = Some(Notice::fault("Writing is switched on for 1m to 4h: :write 30m; :write off ends it."));
            return Vec::new();
        };
        self.writes_until = Some(until);
        self.say(&format!("Writing is on until {}.", until.strftime("%H:%M UTC")))
    }

    /// Opens the review of a change that was picked; a revocation is asked for with a reason, which is picked first.
    pub(super) fn change(&mut self, errand: Errand) -> Vec<Effect> {
        let lacks_reason = errand.operation == Operation::RequestRevocation && errand.reason.is_none();
        if lacks_reason { self.open(Overlay::reasons(&errand)) } else { self.review(errand) }
    }

    /// Opens the review of a change.
    pub(super) fn review(&mut self, errand: Errand) -> Vec<Effect> {
        let review = Review::new(errand, self.look.now);
        let counts = review.counts();
        self.review = Some(review);
        let mut effects = self.look_at(counts);
        effects.extend(self.timer());
        effects
    }

    fn look_at(&mut self, counts: bool) -> Vec<Effect> {
        let Some(errand) = self.review.as_ref().map(|review| review.errand().clone()) else { return Vec::new() };
        let survey = counts.then(|| Effect::call(CallKey::Survey, Call::Ask(Ask::Survey(errand.ca.clone()))));
        let look = Effect::call(CallKey::Look, Call::Ask(Ask::Look(Box::new(errand))));
        self.stamp(std::iter::once(look).chain(survey).collect())
    }

    /// A key while the page is open.
    pub(super) fn review_key(&mut self, chord: Chord) -> Vec<Effect> {
        if chord == Chord::ctrl('z') {
            return vec![Effect::Suspend];
        }
        self.notice = None;
        if chord == Chord::plain(Key::Char(':')) && self.review.as_ref().is_some_and(Review::takes_commands) {
            return self.act(Action::Palette, chord);
        }
        self.review_with(|review, ground, cx| review.key(chord, ground, cx))
    }

    /// Pasted text while the page is open.
    pub(super) fn review_paste(&mut self, text: &str) -> Vec<Effect> {
        self.review_with(|review, _, _| review.paste(text))
    }

    /// Time has passed while the page is open.
    pub(super) fn review_tick(&mut self) -> Vec<Effect> {
        self.review_with(Review::tick)
    }

    /// The program was away: a countdown does not outlive that.
    pub(super) fn review_resumed(&mut self) {
        if self.review.as_mut().is_some_and(Review::disarm) {
            self.notice = Some(Notice::said("Stopped: nothing was sent."));
        }
    }

    fn review_with(&mut self, act: impl FnOnce(&mut Review, &Ground<'_>, &Cx<'_>) -> Wish) -> Vec<Effect> {
        let Some(mut review) = self.review.take() else { return Vec::new() };
        let wish = act(&mut review, &self.ground(), &self.cx(self.current));
        self.review = Some(review);
        match wish {
            Wish::Stay => Vec::new(),
            Wish::Say(notice) => {
                self.notice = Some(notice);
                Vec::new()
            }
            Wish::Leave => {
                self.review = None;
                self.stamp_cancels()
            }
            Wish::Write => {
                let offer = self.review.as_ref().and_then(|review| review.offer(self.look.now));
                match offer {
                    Some(offer) => self.open(Overlay::write(offer)),
                    None => self.say("It is being read."),
                }
            }
            Wish::Before => self.read_deeds(),
            Wish::Events(name) => {
                self.review = None;
                let mut effects = self.stamp_cancels();
                effects.extend(self.show_about(ScreenId::Audit, &name));
                effects
            }
            Wish::Look => self.look_at(false),
            Wish::Count => self.look_at(true),
            Wish::Send(sending) => {
                self.counter += 1;
                let key = CallKey::Send(self.counter);
                self.stamp(vec![Effect::call(key, Call::Send(sending))])
            }
        }
    }

    fn stamp_cancels(&mut self) -> Vec<Effect> {
        [CallKey::Look, CallKey::Survey]
            .into_iter()
            .filter(|key| self.generations.remove(key).is_some())
            .map(Effect::Cancel)
            .collect()
    }

    /// Who decides, and where.
    pub(super) fn ground(&self) -> Ground<'_> {
        let place = &self.setting.place;
        let account = place.account.as_ref().map_or_else(String::new, |account| format!(", account {account}"));
        Ground {
            actor: self.estate.one_user.one(),
            place: format!("{}, {}{account}", place.name, place.environment.word()).into(),
            writing: self.writing(),
            terms: self.setting.terms,
        }
    }

    /// What the calls of the page brought.
    pub(super) fn reviewed(&mut self, key: CallKey, result: Result<Reply, Failure>) -> Vec<Effect> {
        match (key, result) {
            (CallKey::Look, result) => {
                let reading = result.and_then(|reply| match reply {
                    Reply::Looked(reading) => Ok(*reading),
                    _ => Err(stray()),
                });
                if let Some(review) = &mut self.review {
                    review.looked(reading);
                }
                Vec::new()
            }
            (CallKey::Survey, result) => {
                let impact = result.and_then(|reply| match reply {
                    Reply::Surveyed(impact) => Ok(*impact),
                    _ => Err(stray()),
                });
                if let Some(review) = &mut self.review {
                    review.counted(impact);
                }
                Vec::new()
            }
            (_, Ok(Reply::Followed(process))) => self.followed(*process),
            (CallKey::Send(_), Ok(Reply::Sent(process))) => {
                let mut effects = self.followed(*process);
                // What was decided is not on the lists any more.
                effects.extend(self.read([SourceId::Requests, SourceId::Cas]));
                effects
            }
            (CallKey::Send(_), Err(failure)) => {
                let is_fault = failure.kind == FailureKind::Internal;
                match &mut self.review {
                    Some(review) if review.is_sending() => review.refused(failure),
                    _ => self.notice = Some(Notice::fault(failure.to_string())),
                }
                let mut effects = self.left();
                if is_fault && effects.is_empty() {
                    // What may have been sent is looked after like that of an earlier run.
                    effects = self.stamp(vec![Effect::call(CallKey::Resolve, Call::Resolve)]);
                }
                effects
            }
            (_, Err(failure)) => {
                self.unmet(&failure);
                Vec::new()
            }
            (_, Ok(_)) => Vec::new(),
        }
    }

    /// Shows how far an intent is: on its page, else in a line.
    fn followed(&mut self, process: Process) -> Vec<Effect> {
        if self.estate.follow(&process) {
            self.changed(SourceId::Requests);
        }
        let intent = process.intent();
        let is_here = self.review.as_ref().is_some_and(|review| {
            (review.is_sending() || review.follows(&intent.id)) && review.errand().ca == intent.errand.ca
        });
        if let (true, Some(review)) = (is_here, &mut self.review) {
            if !process.is_sending() {
                self.notice = None;
            }
            review.followed(process);
            return self.left();
        }
        let (name, verb) = (&intent.ca_name, intent.errand.operation.verb());
        self.notice = Some(Notice::said(format!("{verb}, {name}: {}.", process.fate().sentence())));
        self.left()
    }

    /// Ends the program, once nothing is on its way any more.
    pub(super) fn quit(&mut self) -> Vec<Effect> {
        if self.changing > 0 || self.review.as_ref().is_some_and(Review::is_sending) {
            self.leaving = Leaving::Waits;
            return self.say("A request is on its way: certdeck ends when its end is written.");
        }
        vec![Effect::Quit]
    }

    /// Ends the program if that was asked for while something was on its way.
    pub(super) fn left(&mut self) -> Vec<Effect> {
        let is_sending = self.changing > 0 || self.review.as_ref().is_some_and(Review::is_sending);
        if self.leaving == Leaving::Waits && !is_sending { vec![Effect::Quit] } else { Vec::new() }
    }

    /// When the page wants to be looked at again.
    pub(super) const fn review_timer(&self) -> Option<u64> {
        if self.review.is_some() { Some(1_000) } else { None }
    }

    /// Writing ends by itself; the header says so in time.
    pub(super) fn writes_end(&self) -> Option<Timestamp> {
        self.writes_until.filter(|until| *until > self.look.now)
    }

    /// The chord that leaves everything also leaves a page that sends nothing.
    pub(super) fn leave_review(&mut self, chord: Chord) -> bool {
        let is_left = chord.key == Key::Char('c') && self.review.as_ref().is_some_and(|review| !review.is_sending());
        if is_left {
            self.review = None;
        }
        is_left
    }
}

fn stray() -> Failure {
    Failure::new(FailureKind::Internal, Clean::new("another answer than the one that was asked for"))
}
