//! Sends what changes a service: the journal, the client and the machine of a decision, joined; and changes of reports.
//!
//! The loop and the command line use the same writer, so it is a module of its own below both: it knows neither a
//! screen nor a terminal. What is to be done at each moment says [`Process`]; here it is done, and nothing else.

mod around;
mod busy;
mod reports;
mod survey;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use self::busy::Busy;
pub use self::{
    around::{Around, Point, System},
    survey::survey,
};
use crate::{
    client::{Client, Prepared},
    domain::{
        Clean, Failure, FailureKind,
        ca::{
            checks::{Check, Mark, allow},
            decision::{Errand, Event, Intent, IntentId, Ledger, Process, Reading, Record, Step},
        },
        digest::Digest,
        identity::OneUser,
    },
    store::{ContextId, Entry, Store},
};

/// What somebody has decided, and on which grounds.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// What is to be done.
    pub errand: &'a Errand,
    /// What was shown: a [`Client::look`].
    pub shown: &'a Reading,
    /// Hash of the impact that was shown; `None` where none is asked for.
    pub impact: Option<&'a Digest>,
    /// The user of the key.
    pub actor: &'a OneUser,
    /// The checks, as they were when it was decided.
    pub checks: &'a [Check],
}

/// Sends changes of one context. All clones know of each other; a program has one for a context.
#[derive(Clone)]
pub struct Writer {
    client: Client,
    store: Store,
    context: ContextId,
    around: Arc<dyn Around>,
    busy: Busy,
}

impl Writer {
    /// A writer for the context whose services `client` reaches.
    pub fn new(client: Client, store: Store, context: ContextId, around: Arc<dyn Around>) -> Self {
        Self { client, store, context, around, busy: Busy::default() }
    }

    /// Now, by the clock of the writer.
    pub fn now(&self) -> jiff::Timestamp {
        self.around.now()
    }

    /// Takes the right to write, and reads what the journal says of earlier intents of this context.
    ///
    /// # Errors
    /// Nothing may be sent: another certdeck writes, or the journal cannot be written or read. Reading works.
    pub async fn claim(&self) -> Result<Ledger, Failure> {
        self.store.claim_writes().await?;
        self.ledger().await
    }

    /// What the journal says of the intents of this context; for looking, it needs no right.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn ledger(&self) -> Result<Ledger, Failure> {
        let (mut ledger, mut odd) = (Ledger::default(), None);
        let see = |entry: Entry| {
            if entry.context == self.context.id() {
                match Record::from_json(&entry.kind, &entry.body) {
                    Some(record) => ledger.add(record),
                    None if Record::KINDS.contains(&entry.kind.as_str()) => odd = odd.or(Some(entry.id)),
                    None => {}
                }
            }
        };
        self.store.each_entry(see).await?;
        odd.map_or(Ok(ledger), |entry| Err(unreadable(entry)))
    }

    /// The intent of a decision, with the request that it would send. Nothing is written or sent.
    ///
    /// # Errors
    /// A check fails, it is not known who decides, or the request cannot be made.
    pub fn intent(&self, decision: Decision<'_>) -> Result<(Intent, Prepared), Failure> {
        let Decision { errand, shown, impact, actor, checks } = decision;
        if !allow(checks) {
            let failed = checks.iter().filter(|check| check.mark == Mark::Fail);
            let why: Vec<&str> = failed.map(|check| check.text.as_str()).collect();
            let title = format!("{}: a check fails, so nothing is sent", errand.operation.verb());
            return Err(Failure::new(FailureKind::Refused, title).detail(why.join("; ")));
        }
        if actor.id.is_empty() {
            let title = format!("{}: it is not known who you are, so nothing is sent", errand.operation.verb());
            return Err(Failure::new(FailureKind::Refused, title).hint("see `certdeck doctor`"));
        }
        let prepared = self.client.prepare(errand)?;
        let intent = Intent {
            id: IntentId::new(fastrand::u128(..)),
            errand: errand.clone(),
            ca_name: shown.snapshot.ca.name.clone(),
            actor: actor.id.clone(),
            actor_name: actor.name.clone(),
            key_hint: prepared.key_hint.clone(),
            host: prepared.host.clone(),
            shown: shown.snapshot.canonical(),
            snapshot: shown.snapshot.digest(),
            impact: impact.cloned(),
            body: prepared.digest(),
            checks: checks.iter().map(|check| check.text.clone()).collect(),
            at: self.around.now(),
        };
        Ok((intent, prepared))
    }

    /// Sends an intent once and follows it until its fate is known, or for a quarter of an hour. `told` gets the process
    /// after each step; `cancel` counts until the request leaves.
    ///
    /// To drop the future while [`Process::is_sending`] loses the answer, not the entry in the journal: who quits waits.
    ///
    /// # Errors
    /// Nothing was sent: this certdeck may not write, another change of the CA is on its way, or it is not known what
    /// became of an earlier one.
    pub async fn send(
        &self,
        intent: Intent,
        cancel: &CancellationToken,
        told: &mut (dyn FnMut(&Process) + Send),
    ) -> Result<Process, Failure> {
        let _turn = self.busy.take("CA", intent.errand.ca.text())?;
        let ledger = self.claim().await?;
        if let Some(open) = ledger.lock(&intent.errand.ca) {
            let title = format!("{} is locked here: nothing is sent", open.intent.ca_name);
            let (verb, at) = (open.intent.errand.operation.verb(), open.intent.at.strftime("%Y-%m-%d %H:%M UTC"));
            let detail = format!("{verb}, {at}: {}", open.fate().sentence());
            return Err(Failure::new(FailureKind::Refused, title)
                .detail(detail)
                .hint("it is read until that is known"));
        }
        let mut process = Process::new(intent);
        self.follow(&mut process, cancel, told).await;
        Ok(process)
    }

    /// Reads what became of an open intent of an earlier start; sends nothing. `None` when its fate is not open, or when
    /// it is followed already.
    pub async fn resolve(
        &self,
        trail: &crate::domain::ca::decision::Trail,
        told: &mut (dyn FnMut(&Process) + Send),
    ) -> Option<Process> {
        let mut process = Process::resume(trail)?;
        let _turn = self.busy.take("CA", trail.intent.errand.ca.text()).ok()?;
        self.follow(&mut process, &CancellationToken::new(), told).await;
        Some(process)
    }

    async fn follow(&self, process: &mut Process, cancel: &CancellationToken, told: &mut (dyn FnMut(&Process) + Send)) {
        self.around.reached(Point::Begun).await;
        let mut step = process.next(Event::Start, self.around.now());
        let mut cancelled = false;
        loop {
            told(process);
            if cancel.is_cancelled() && !cancelled {
                cancelled = true;
                step = process.next(Event::Cancel, self.around.now()).or(step);
            }
            let Some(due) = step else { return };
            let Some(event) = self.perform(due, process.intent()).await else { return };
            step = process.next(event, self.around.now());
        }
    }

    /// Does a step; `None` when there is nothing more to do.
    async fn perform(&self, step: Step, intent: &Intent) -> Option<Event> {
        let errand = &intent.errand;
        let read = |result: Result<Reading, Failure>| match result {
            Ok(reading) => Event::Read(Box::new(reading)),
            Err(why) => Event::NotRead(why),
        };
        let (event, point) = match step {
            Step::Keep(record) => {
                let kept = self.store.append(&self.context, record.kind(), record.to_json()).await;
                let point = match record {
                    Record::Intent(_) => Point::IntentKept,
                    Record::Sent { .. } => Point::SentKept,
                    Record::Answered { .. } => Point::AnswerKept,
                    Record::Outcome { .. } => Point::OutcomeKept,
                };
                (kept.map_or_else(Event::NotKept, |_| Event::Kept), point)
            }
            Step::ReadAgain => (read(self.client.look(errand).await), Point::ReadAgain),
            Step::Send => {
                let sending = self.around.reached(Point::Sending);
                let (outcome, ()) = futures_util::future::join(self.client.change(errand), sending).await;
                (Event::Ended(outcome), Point::Answered)
            }
            Step::ReadBack => (read(self.client.look_back(errand).await), Point::ReadBack),
            Step::Wait(wait) => {
                self.around.pause(wait).await;
                (Event::Woke, Point::Waited)
            }
            Step::Rest => return None,
        };
        self.around.reached(point).await;
        Some(event)
    }
}

/// A newer program, or a hand, has written what this one cannot read: what it does not know may be open.
fn unreadable(entry: i64) -> Failure {
    let title = format!("entry {entry} of the journal cannot be read here, so nothing is sent; reading works");
    Failure::new(FailureKind::Configuration, Clean::from(title)).hint("use the newest certdeck of this machine")
}
