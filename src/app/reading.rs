//! What is read, when, and what becomes of the answers.

use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::{
    domain::{Failure, FailureKind},
    flow::{Call, CallKey, Effect, Generation, LeftAlone, Reply, ScreenId, ScreenMsg, SourceId, estate::Service, kept},
    screens::Notice,
};

/// Seconds between two ticks, which come each second, that say the machine slept.
const SLEPT: i64 = 30;

impl App {
    pub(super) fn read(&mut self, ids: impl IntoIterator<Item = SourceId>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for id in ids {
            self.estate.begin(id);
            effects.push(Effect::call(CallKey::Source(id), Call::Read(id)));
        }
        self.stamp(effects)
    }

    pub(super) fn reply(
        &mut self,
        key: CallKey,
        generation: Generation,
        result: Result<Reply, Failure>,
    ) -> Vec<Effect> {
        if self.generations.get(&key) != Some(&generation) {
            return Vec::new();
        }
        match key {
            CallKey::Source(id) => {
                let mut effects = Vec::new();
                match result {
                    Ok(reply) if reply.is_progress() => self.estate.accept(reply, self.look.now),
                    Ok(reply) => {
                        let history = kept::history(&reply);
                        self.estate.accept(reply, self.look.now);
                        let keep = self.estate.kept(id, history);
                        let keep = keep.map(|keep| Effect::call(CallKey::Keep(id), Call::Keep(keep)));
                        effects = self.stamp(keep.into_iter().collect());
                        if id == SourceId::OneUser {
                            self.offer_accounts();
                        }
                    }
                    Err(failure) => {
                        self.notice = Some(Notice::fault(failure.to_string()));
                        let refused = failure.kind == FailureKind::NotAuthenticated;
                        self.estate.fail(id, failure, self.look.now);
                        if refused {
                            effects = self.fetch_keys_again(id);
                        }
                    }
                }
                effects.extend(self.changed(id));
                effects
            }
            CallKey::Recall(id) => match result {
                Ok(Reply::Nothing) => Vec::new(),
                Ok(reply) => {
                    self.estate.recall(reply);
                    self.changed(id)
                }
                Err(failure) => self.cannot_keep(&failure),
            },
            CallKey::Keep(_) | CallKey::Shelf => match result {
                Ok(_) => Vec::new(),
                Err(failure) => self.cannot_keep(&failure),
            },
            CallKey::Screen(screen, slot) => {
                let step = self.tell(screen, ScreenMsg::Reply(slot, Box::new(result)));
                self.follow(step)
            }
        }
    }

    /// Tells the screens that rows of a source changed.
    fn changed(&mut self, id: SourceId) -> Vec<Effect> {
        let mut effects = Vec::new();
        for screen in ScreenId::ALL {
            if self.screen(screen).sources().contains(&id) {
                let step = self.tell(screen, ScreenMsg::Data(id));
                effects.extend(self.follow(step));
            }
        }
        effects
    }

    /// Says once what the store cannot do; the program goes on without it.
    fn cannot_keep(&mut self, failure: &Failure) -> Vec<Effect> {
        if self.unkept.as_ref() != Some(&failure.title) {
            self.unkept = Some(failure.title.clone());
            self.notice = Some(Notice::fault(failure.to_string()));
        }
        Vec::new()
    }

    pub(super) fn tick(&mut self) -> Vec<Effect> {
        let now = self.look.now.as_second();
        // What was being read when the machine went to sleep is asked again: its connection is likely gone.
        let slept = self.ticked.replace(self.look.now).is_some_and(|last| now.saturating_sub(last.as_second()) > SLEPT);
        let due = |id: &SourceId| {
            let status = self.estate.status(*id);
            let since = |at: Option<Timestamp>| at.map_or(i64::MAX, |at| now.saturating_sub(at.as_second()));
            self.has(*id)
                && status.interval > 0
                && match &status.failure {
                    _ if status.loading => slept,
                    None => since(status.read_at) >= status.interval,
                    Some(failure) => {
                        pause(failure, status.interval).is_some_and(|wait| since(status.failed_at) >= wait)
                    }
                }
        };
        let ids: Vec<SourceId> = SourceId::ALL.into_iter().filter(due).collect();
        let mut effects = self.read(ids);
        effects.extend(self.timer());
        effects
    }

    /// One tick a second while ages and the clock show; none when nothing is read by itself.
    pub(super) fn timer(&self) -> Option<Effect> {
        self.setting.intervals.any().then_some(Effect::Timer(Some(1_000)))
    }

    pub(super) fn pauses(&mut self, pauses: Vec<(Service, i64)>) {
        let until = |seconds| self.look.now.checked_add(SignedDuration::from_secs(seconds)).ok();
        self.paused = pauses.into_iter().filter_map(|(service, left)| Some((service, until(left)?))).collect();
    }

    /// Takes which services are not asked. Without ticks one timer tells when that is over.
    pub(super) fn leave_alone(&mut self, places: Vec<LeftAlone>) -> Vec<Effect> {
        let first = places.iter().map(|place| place.left).filter(|left| *left > 0).min();
        let until = |place: &LeftAlone| {
            let left = i64::try_from(place.left).unwrap_or(i64::MAX);
            self.look.now.checked_add(SignedDuration::from_millis(left)).ok()
        };
        self.left_alone = places.into_iter().filter_map(|place| until(&place).map(|until| (place, until))).collect();
        let rest = first.filter(|_| !self.setting.intervals.any());
        rest.map(|left| Effect::Timer(Some(left))).into_iter().collect()
    }
}

/// Seconds until what failed may be read again by itself, slower than what is well; `None` for what no waiting mends.
fn pause(failure: &Failure, interval: i64) -> Option<i64> {
    let asked = failure.retry_after.map_or(0, |wait| i64::try_from(wait.as_secs()).unwrap_or(i64::MAX));
    match failure.kind {
        FailureKind::Network
        | FailureKind::Tls
        | FailureKind::RateLimited
        | FailureKind::Service
        | FailureKind::BadAnswer
        | FailureKind::Internal => Some(asked.max(interval.saturating_mul(2))),
        FailureKind::NotAuthenticated
        | FailureKind::NotPermitted
        | FailureKind::NotFound
        | FailureKind::Refused
        | FailureKind::Configuration
        | FailureKind::Cancelled => None,
    }
}
