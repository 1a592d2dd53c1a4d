//! One context at a time: entering the first, and leaving it for another.

use super::{App, Environment, Overlay, Place};
use crate::{
    domain::text::escape,
    flow::{Call, CallKey, Effect, Estate, Op, Opening, SourceId},
    screens::{self, Notice, review::Review},
};

impl App {
    /// Opens the context and reads every source of its services.
    pub(super) fn enter(&mut self) -> Vec<Effect> {
        let ids: Vec<SourceId> = SourceId::ALL.into_iter().filter(|id| self.has(*id)).collect();
        let mut effects = vec![self.opening()];
        let recall = |id: &SourceId| Effect::call(CallKey::Recall(*id), Call::Store(Op::Recall(*id)));
        let recalls = self.stamp(ids.iter().map(recall).collect());
        effects.extend(self.read(ids));
        effects.extend(recalls);
        let besides = [(CallKey::Remember, Op::Remember), (CallKey::Notes, Op::Notes), (CallKey::Shelf, Op::Check)];
        if self.has(SourceId::Cas) || self.has(SourceId::History) {
            effects.extend(self.stamp(vec![Effect::call(CallKey::Resolve, Call::Resolve)]));
        }
        if self.has(SourceId::History) {
            effects.extend(self.stamp(vec![Effect::call(CallKey::Files, Call::Files)]));
        }
        effects.extend(self.stamp(besides.map(|(key, op)| Effect::call(key, Call::Store(op))).into()));
        effects.extend(self.compare());
        effects.extend(self.timer());
        effects
    }

    /// Lets the user pick a context.
    pub(super) fn choose_context(&mut self) -> Vec<Effect> {
        if self.setting.places.len() < 2 {
            self.notice = Some(Notice::said("There is no other context; the configuration can hold several."));
            return Vec::new();
        }
        self.overlays.push(Overlay::contexts(&self.setting.places, &self.setting.place));
        Vec::new()
    }

    /// Leaves the context for the one called `name`. Nothing of the old one stays, and its answers that are still on
    /// their way belong to calls that nobody asked for any more.
    pub(super) fn switch(&mut self, name: &str) -> Vec<Effect> {
        let Some(place) = self.setting.places.iter().find(|place| *place.name == *name).cloned() else {
            let known: Vec<&str> = self.setting.places.iter().map(|place| place.name.as_str()).collect();
            let text = format!("no context is called {}; there are {}", escape(name), known.join(", "));
            self.notice = Some(Notice::fault(text));
            return Vec::new();
        };
        if place == self.setting.place {
            self.notice = Some(Notice::said(format!("This is {} already.", place.name)));
            return Vec::new();
        }
        self.notice =
            Some(Notice::said(format!("Now in {}. Nothing of {} is shown.", place.name, self.setting.place.name)));
        self.move_to(place)
    }

    /// Shows a place with nothing of what was shown before.
    pub(super) fn move_to(&mut self, place: Place) -> Vec<Effect> {
        // What was found is kept in the context that it is of: that is open until the next effect.
        if self.review.as_ref().is_some_and(Review::is_sending) {
            return self.say("A request is on its way: its end is waited for.");
        }
        (self.review, self.deeds, self.writes_until) = (None, None, None);
        let mut effects = self.stop_probes();
        effects.extend(self.close_viewer());
        self.setting.place = place;
        self.estate = Estate::new(&self.setting.intervals, &self.setting.place.configured);
        self.screens = screens::all();
        self.geometry.clear();
        self.overlays.clear();
        self.typed.clear();
        self.generations.clear();
        self.paused.clear();
        self.left_alone.clear();
        self.offered = false;
        self.refused.clear();
        effects.extend(self.enter());
        effects
    }

    fn opening(&self) -> Effect {
        let Place { name, account, .. } = &self.setting.place;
        Effect::Open(Opening { context: name.to_string(), account: account.as_ref().map(ToString::to_string) })
    }

    /// A key that is refused may have been changed where it is kept: it is fetched again once, with all keys of the
    /// context, and what was being read is asked again. A second refusal ends the reading until the user reads again.
    pub(super) fn fetch_keys_again(&mut self, id: SourceId) -> Vec<Effect> {
        if self.refused.contains(&id.service()) || self.setting.place.environment == Environment::Demo {
            return Vec::new();
        }
        self.refused.push(id.service());
        let again = |other: &SourceId| *other == id || self.estate.status(*other).loading;
        let ids: Vec<SourceId> = SourceId::ALL.into_iter().filter(|other| self.has(*other) && again(other)).collect();
        let mut effects = vec![self.opening()];
        effects.extend(self.read(ids));
        effects
    }
}
