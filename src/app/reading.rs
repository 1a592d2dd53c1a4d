//! What is read, when, and what becomes of the answers.

use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::{
    domain::{
        Failure, FailureKind,
        acme::{
            Contract, Credential,
            note::{Deed, NoteEvent},
        },
        dataset::Dataset,
    },
    flow::{
        Ask, Call, CallKey, Effect, Generation, LeftAlone, Op, Reply, ScreenId, ScreenMsg, Slot, SourceId, Work,
        estate::Service, kept,
    },
    screens::Notice,
};

/// Seconds between two ticks, which come each second, that say the machine slept.
const SLEPT: i64 = 30;
/// The longest time without a look at the clock, ms.
const DAY: u64 = 86_400_000;

impl App {
    pub(super) fn read(&mut self, ids: impl IntoIterator<Item = SourceId>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for id in ids {
            self.estate.begin(id);
            effects.push(Effect::call(CallKey::Source(id), Call::Ask(Ask::Read(id))));
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
        let ended = !result.as_ref().is_ok_and(Reply::is_progress);
        if ended && matches!(key, CallKey::Note(_) | CallKey::Send(_)) {
            // Its number does not come again.
            self.generations.remove(&key);
        }
        match key {
            CallKey::Source(id) => {
                let mut effects = Vec::new();
                match result {
                    Ok(reply) if reply.is_progress() => self.estate.accept(reply, self.look.now),
                    Ok(reply) => {
                        let history = kept::history(&reply);
                        let running = if history.is_some() { self.runs_in_progress() } else { Vec::new() };
                        self.estate.accept(reply, self.look.now);
                        let keep = self.estate.kept(id, history);
                        let snapshot = keep.as_ref().and_then(|keep| self.snapshot(id, keep));
                        let keep = keep.map(|keep| Effect::call(CallKey::Keep(id), Call::Store(Op::Keep(keep))));
                        effects = self.stamp(keep.into_iter().chain(snapshot).collect());
                        effects.extend(self.tell_ended(&running));
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
                // Rows of a read under way change nothing of what was judged.
                if ended {
                    effects.extend(self.triage_of(id));
                }
                effects.extend(self.changed(id));
                effects
            }
            CallKey::Recall(id) => match result {
                Ok(Reply::Nothing) => Vec::new(),
                Ok(reply) => {
                    self.estate.recall(reply);
                    let mut effects = self.triage_of(id);
                    effects.extend(self.changed(id));
                    effects
                }
                Err(failure) => self.cannot_keep(&failure),
            },
            CallKey::Remember => self.remember(result),
            CallKey::Probe => self.probed(result),
            CallKey::Keep(_) | CallKey::KeepProbes | CallKey::KeepSights | CallKey::Shelf => match result {
                Ok(_) => Vec::new(),
                Err(failure) => self.cannot_keep(&failure),
            },
            CallKey::Browser => self.browsed(result),
            CallKey::Write => {
                self.notice = Some(match result {
                    Ok(Reply::Written(path)) => Notice::said(format!("Written to {path}.")),
                    Ok(_) => return Vec::new(),
                    Err(failure) => Notice::fault(failure.to_string()),
                });
                Vec::new()
            }
            CallKey::Snapshot(_) | CallKey::Compare => self.told_changes(result),
            CallKey::Table(slot) => self.viewed(slot, result),
            CallKey::Notes | CallKey::Note(_) => self.noted(key, result),
            CallKey::Change(_) | CallKey::Draft | CallKey::Download | CallKey::Files => self.of_report(key, result),
            CallKey::Resolve if matches!(result, Ok(Reply::Changed(..))) => self.of_report(key, result),
            CallKey::Look | CallKey::Survey | CallKey::Send(_) | CallKey::Resolve => self.reviewed(key, result),
            CallKey::Deeds => self.deeds_told(result),
            CallKey::Contracts => {
                // Who opens one that could not be read is told why.
                let Ok(Reply::Contracts(read)) = result else { return Vec::new() };
                self.learn(read)
            }
            CallKey::Triage => {
                let again = self.estate.judgement.end();
                let mut effects = match result {
                    Ok(reply) => {
                        self.estate.accept(reply, self.look.now);
                        let mut effects = self.judged();
                        effects.extend(self.changed(SourceId::Acme));
                        effects
                    }
                    Err(failure) => {
                        self.notice = Some(Notice::fault(failure.to_string()));
                        Vec::new()
                    }
                };
                if again {
                    effects.extend(self.triage());
                }
                effects
            }
            CallKey::Screen(screen, slot) => self.screen_told(screen, slot, result),
        }
    }

    /// Gives a screen what its call brought; what others see of it is taken first.
    fn screen_told(&mut self, screen: ScreenId, slot: Slot, result: Result<Reply, Failure>) -> Vec<Effect> {
        let mut effects = match &result {
            Ok(Reply::Contract(contract, credentials)) => self.learn(vec![((**contract).clone(), credentials.clone())]),
            Ok(Reply::ReportDetails(details)) => {
                self.estate.local.learn(details);
                self.estate.localise();
                self.changed(SourceId::History)
            }
            _ => Vec::new(),
        };
        let step = self.tell(screen, ScreenMsg::Reply(slot, Box::new(result)));
        effects.extend(self.follow(step));
        effects
    }

    /// Judges the certificates anew when a source changed that they depend on.
    fn triage_of(&mut self, id: SourceId) -> Vec<Effect> {
        let concerned = matches!(id, SourceId::Acme | SourceId::Subaccounts);
        if concerned { self.triage() } else { Vec::new() }
    }

    /// Judges the certificates: at once when they are few, else outside the loop, one time after the other.
    pub(super) fn triage(&mut self) -> Vec<Effect> {
        let Some(job) = self.estate.to_judge(self.look.now) else { return Vec::new() };
        if job.is_small() {
            self.estate.judge(job.run());
            return self.judged();
        }
        if !self.estate.judgement.begin() {
            return Vec::new();
        }
        self.stamp(vec![Effect::call(CallKey::Triage, Call::Work(Work::Triage(job)))])
    }

    /// Takes contracts that were read by themselves; certificates are judged anew by what is news.
    fn learn(&mut self, read: Vec<(Contract, Dataset<Credential>)>) -> Vec<Effect> {
        let judgement = &mut self.estate.judgement;
        let news = read
            .into_iter()
            .filter(|(contract, credentials)| judgement.learn(contract.clone(), credentials.rows.clone()));
        if news.count() == 0 {
            return Vec::new();
        }
        let mut effects = self.triage();
        effects.extend(self.changed(SourceId::Acme));
        effects
    }

    /// When to look again, and what was seen for the first time, to be kept.
    fn judged(&mut self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.timer().into_iter().collect();
        let keep = self.estate.judgement.keep(self.look.now);
        let keep = keep.map(|keep| Effect::call(CallKey::KeepSights, Call::Store(Op::Keep(keep))));
        let troubled = self.estate.judgement.troubled();
        let ask = (!troubled.is_empty()).then(|| Effect::call(CallKey::Contracts, Call::Ask(Ask::Contracts(troubled))));
        effects.extend(self.stamp(keep.into_iter().chain(ask).collect()));
        effects
    }

    /// Takes notes of triage that were read, or just taken.
    fn noted(&mut self, key: CallKey, result: Result<Reply, Failure>) -> Vec<Effect> {
        match result {
            Ok(reply) => {
                if let (CallKey::Note(_), Reply::Noted(events, kept)) = (key, &reply) {
                    self.notice = Some(said_of(events, *kept));
                }
                self.estate.accept(reply, self.look.now);
                let mut effects = self.triage();
                effects.extend(self.changed(SourceId::Acme));
                effects
            }
            Err(failure) => {
                let told = Notice::fault(failure.to_string());
                if key == CallKey::Notes {
                    // A store that cannot be used at all is told as such.
                    self.notice.get_or_insert(told);
                } else {
                    self.notice = Some(told);
                }
                Vec::new()
            }
        }
    }

    /// Tells the screens that rows of a source changed.
    pub(super) fn changed(&mut self, id: SourceId) -> Vec<Effect> {
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
    pub(super) fn cannot_keep(&mut self, failure: &Failure) -> Vec<Effect> {
        if self.unkept.as_ref() != Some(&failure.title) {
            self.unkept = Some(failure.title.clone());
            self.unmet(failure);
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
                    None => {
                        // Of a run in progress nothing else tells.
                        let running = if *id == SourceId::History { self.run_pace() } else { None };
                        since(status.read_at) >= running.map_or(status.interval, |pace| pace.min(status.interval))
                    }
                    Some(failure) => {
                        pause(failure, status.interval).is_some_and(|wait| since(status.failed_at) >= wait)
                    }
                }
        };
        let ids: Vec<SourceId> = SourceId::ALL.into_iter().filter(due).collect();
        let mut effects = self.read(ids);
        if self.estate.judgement.is_outdated(self.look.now) {
            effects.extend(self.triage());
            effects.extend(self.changed(SourceId::Acme));
        }
        effects.extend(self.review_tick());
        effects.extend(self.timer());
        effects
    }

    /// One tick a second while ages and the clock show; when nothing is read by itself, one when a certificate changes
    /// its state by time alone, or a service is asked again.
    pub(super) fn timer(&self) -> Option<Effect> {
        if self.setting.intervals.any() {
            return Some(Effect::Timer(Some(1_000)));
        }
        let left = |at: Timestamp| at.as_millisecond().saturating_sub(self.look.now.as_millisecond());
        let over = self.left_alone.iter().map(|(_, until)| left(*until)).filter(|left| *left > 0).min();
        // While a long list is being judged anew its last change is past.
        let change = self.estate.judgement.next_change().map(|at| left(at).max(1_000));
        let writes = self.writes_end().map(left);
        let next = [over, change, writes].into_iter().flatten().min().map(|left| u64::try_from(left).unwrap_or(DAY));
        let next = next.into_iter().chain(self.review_timer()).min()?;
        Some(Effect::Timer(Some(next.min(DAY))))
    }

    pub(super) fn pauses(&mut self, pauses: Vec<(Service, i64)>) {
        let until = |seconds| self.look.now.checked_add(SignedDuration::from_secs(seconds)).ok();
        self.paused = pauses.into_iter().filter_map(|(service, left)| Some((service, until(left)?))).collect();
    }

    /// Takes which services are not asked. Without ticks one timer tells when that is over.
    pub(super) fn leave_alone(&mut self, places: Vec<LeftAlone>) -> Vec<Effect> {
        let until = |place: &LeftAlone| {
            let left = i64::try_from(place.left).unwrap_or(i64::MAX);
            self.look.now.checked_add(SignedDuration::from_millis(left)).ok()
        };
        self.left_alone = places.into_iter().filter_map(|place| until(&place).map(|until| (place, until))).collect();
        if self.setting.intervals.any() { Vec::new() } else { self.timer().into_iter().collect() }
    }
}

/// What is said when notes were taken.
fn said_of(events: &[NoteEvent], kept: bool) -> Notice {
    let names = if events.len() == 1 { "1 certificate".to_owned() } else { format!("{} certificates", events.len()) };
    let word = match events.first().map(|event| &event.what) {
        Some(Deed::Acknowledge(_)) => "acknowledged",
        Some(Deed::Snooze(_)) => "snoozed; f shows them",
        Some(Deed::Owner(_)) => "given an owner",
        Some(Deed::Retire(_)) => "will not be renewed; f shows them",
        Some(Deed::Undo) => "as before the last note",
        None => "unchanged",
    };
    let kept = if kept { "" } else { " The demonstration keeps no notes." };
    Notice::said(format!("{names}: {word}. Nothing was sent to DigiCert.{kept}"))
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
