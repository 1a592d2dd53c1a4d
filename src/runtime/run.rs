//! The loop itself.

pub(super) mod shell;

use std::{
    any::Any,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    runtime::Handle,
    sync::{mpsc, watch},
};

use super::{
    Clock, Contexts, Opened, Shelf, auditing, browser,
    frames::{self, Frames},
    perform::{self, Replies},
    sending,
    setting::of_flow,
    tabling,
    tasks::{Panicked, Tasks},
};
use crate::{
    app::App,
    audit::Logs,
    client::{Break, Client, Service},
    domain::{Failure, FailureKind, audit::AuditEvent},
    downloads::Downloads,
    flow::{Ask, Call, CallKey, Effect, Errand, LeftAlone, Msg, Op, Opening, Reply, SourceId, document::Document},
    present::column::Record as _,
    store::{ContextId, Place, Store},
    writes::{System, Writer},
};

/// Shortest time between two frames that nobody typed for.
const FRAME: Duration = Duration::from_millis(33);
/// Messages that wait for the loop at most; a task that has more waits.
const QUEUE: usize = 256;

/// How the dashboard ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The user left.
    Quit,
    /// A signal of this number.
    Signal(u8),
    /// The user wants this done on the plain terminal.
    Errand(Errand),
}

/// An open client, and the services that it has no key for.
#[derive(Clone)]
pub struct Ready {
    /// The client.
    pub client: Client,
    /// What sends changes.
    pub writer: Writer,
    /// Where files of reports are kept.
    pub downloads: Option<Downloads>,
    /// Audit events of all sources.
    pub logs: Logs,
    /// Services without a usable key, and why.
    pub failures: Vec<(Service, Failure)>,
}

/// The client, once it is open; calls wait for it.
type Desk = watch::Receiver<Option<Result<Ready, Failure>>>;
/// What must live as long as an open context.
type Keep = Arc<Mutex<Option<Box<dyn Any + Send>>>>;

/// The loop over any frames: the real terminal, or a buffer in tests.
pub struct Runtime<F: Frames> {
    app: App,
    frames: F,
    contexts: Arc<dyn Contexts>,
    clock: Clock,
    tasks: Tasks,
    desk: Desk,
    keep: Keep,
    shelf: Option<Shelf>,
    /// The journal of a context that keeps nothing.
    scratch: Option<Shelf>,
    /// Places that are left alone, as the app was told last.
    left_alone: usize,
    /// What is open.
    at: Opening,
    sender: mpsc::Sender<Msg>,
    queue: mpsc::Receiver<Msg>,
    timer: Option<Instant>,
    drawn: Instant,
    dirty: bool,
    urgent: bool,
    ending: Option<Ending>,
    suspend: bool,
    /// A text that waits for the editor.
    edit: Option<String>,
}

impl<F: Frames> Runtime<F> {
    /// A loop whose tasks run on `worker`; it opens the context of the app among `contexts` when it starts.
    pub fn new(app: App, frames: F, worker: Handle, contexts: Arc<dyn Contexts>) -> Self {
        let (sender, queue) = mpsc::channel(QUEUE);
        let clock = contexts.clock(app.context());
        Self {
            app,
            frames,
            contexts,
            clock,
            tasks: Tasks::new(worker),
            desk: watch::channel(None).1,
            keep: Keep::default(),
            shelf: None,
            scratch: None,
            left_alone: 0,
            at: Opening::default(),
            sender,
            queue,
            timer: None,
            drawn: Instant::now(),
            dirty: false,
            urgent: false,
            ending: None,
            suspend: false,
            edit: None,
        }
    }

    /// The app.
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// The frames.
    pub const fn frames(&self) -> &F {
        &self.frames
    }

    /// Where messages for the loop go.
    pub fn queue(&self) -> mpsc::Sender<Msg> {
        self.sender.clone()
    }

    /// Starts the first reads.
    pub fn start(&mut self) {
        let effects = self.app.start((self.clock)());
        self.perform(effects);
    }

    /// Handles one message.
    pub fn handle(&mut self, msg: Msg) {
        self.urgent |= matches!(msg, Msg::Key(_) | Msg::Paste(_) | Msg::Resize(..));
        if let Msg::Resize(columns, rows) = msg {
            // A terminal that cannot be resized is gone.
            let _ = self.frames.resize((columns, rows));
        }
        self.dirty = true;
        if matches!(msg, Msg::Tick) {
            self.tell_pauses();
        }
        let ended = matches!(&msg, Msg::Reply { result, .. } if !result.as_ref().is_ok_and(Reply::is_progress));
        let typed = matches!(msg, Msg::Key(_));
        self.urgent |= matches!(&msg, Msg::Reply { result: Ok(reply), .. } if reply.is_waited_for());
        let before = self.app.estate().filled();
        let effects = self.app.update(msg, (self.clock)());
        // The first rows of a list, and the last, are what somebody waits for. What stands beside them waits for the next frame: drawn
        // apart, it would hold up the rows that come with it.
        self.urgent |= self.app.estate().filled() > before;
        if typed && effects.iter().any(|effect| matches!(effect, Effect::Call { call: Call::Ask(Ask::Read(_)), .. })) {
            self.forget_refusal();
        }
        self.perform(effects);
        if ended {
            self.tell_left_alone();
        }
    }

    /// Only the end of a call changes which places are left alone; the app counts down by itself.
    fn tell_left_alone(&mut self) {
        let Some(Ok(ready)) = self.desk.borrow().clone() else { return };
        let told = |(service, told): (Service, Break)| LeftAlone {
            service: of_flow(service),
            place: told.origin,
            cause: told.cause,
            left: u64::try_from(told.left.as_millis()).unwrap_or(u64::MAX),
        };
        let places: Vec<LeftAlone> = ready.client.breaks().into_iter().map(told).collect();
        if std::mem::replace(&mut self.left_alone, places.len()) == 0 && places.is_empty() {
            return;
        }
        let effects = self.app.update(Msg::LeftAlone(places), (self.clock)());
        self.perform(effects);
    }

    /// Who reads again by hand may have put the key in order.
    fn forget_refusal(&self) {
        if let Some(Ok(ready)) = &*self.desk.borrow() {
            ready.client.forget_refusal();
        }
    }

    fn tell_pauses(&mut self) {
        let Some(Ok(ready)) = self.desk.borrow().clone() else { return };
        let pauses = ready.client.pauses();
        let seconds = |left: Duration| i64::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(i64::MAX);
        let pauses = pauses.iter().map(|pause| (of_flow(pause.service), seconds(pause.left))).collect();
        let effects = self.app.update(Msg::Paused(pauses), (self.clock)());
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Call { key, generation, call } => {
                    let replies = Replies { queue: self.sender.clone(), key, generation };
                    // Of the demonstration a journal and snapshots are kept as long as it runs.
                    let lasts = matches!(call, Call::Store(Op::Deeds | Op::Snapshot(..) | Op::Compare(..)));
                    let kept = if lasts { Some(self.journal()) } else { self.shelf.clone() };
                    let mut client = self.desk.clone();
                    let (logs, now) = (self.logs(), (self.clock)());
                    let contexts = Arc::clone(&self.contexts);
                    self.tasks.start(key, generation, async move {
                        let result = match call {
                            Call::Ask(ask) => match opened(&mut client).await {
                                Ok(ready) => perform::ask(ready, ask, &replies).await,
                                Err(failure) => Err(failure),
                            },
                            Call::Send(decided) => match opened(&mut client).await {
                                Ok(ready) => sending::send(&ready.writer, *decided, &replies).await,
                                Err(failure) => Err(failure),
                            },
                            Call::Resolve => match opened(&mut client).await {
                                Ok(ready) => sending::resolve(&ready.writer, &replies).await,
                                Err(failure) => Err(failure),
                            },
                            Call::Change(change) => match opened(&mut client).await {
                                Ok(ready) => sending::change(&ready.writer, change, &replies).await,
                                Err(failure) => Err(failure),
                            },
                            Call::Download(record) => match opened(&mut client).await {
                                Ok(ready) => perform::download(&ready, &record, &replies).await,
                                Err(failure) => Err(failure),
                            },
                            Call::Files => match opened(&mut client).await {
                                Ok(ready) => perform::files(&ready).await,
                                Err(failure) => Err(failure),
                            },
                            Call::Store(Op::Recall(SourceId::Audit)) => auditing::recall(&logs, now).await,
                            Call::Store(op) => perform::keep(kept, op).await,
                            Call::Look(look) => auditing::look(&logs, look, now).await,
                            Call::Work(work) => perform::work(work).await,
                            Call::Table(work) => tabling::work(work, &replies).await,
                            Call::Browse(address) => browser::open(&address, &contexts.key_variables()).await,
                            Call::Write { path, document: Document::Events(events) } => {
                                auditing::write(&logs, &path, events).await
                            }
                            Call::Write { path, document } => perform::write(path, document, opened(&mut client)).await,
                        };
                        replies.send(result).await;
                    });
                }
                Effect::Cancel(key) => self.tasks.cancel(|running| *running == key),
                // A terminal that takes nothing is gone.
                Effect::Copy(text) => drop(self.frames.copy(&text)),
                Effect::Alert(how, text) => drop(self.frames.alert(how, &text)),
                Effect::Edit(text) => self.edit = Some(text),
                Effect::Timer(wait) => self.timer = wait.map(|ms| Instant::now() + Duration::from_millis(ms)),
                Effect::Open(at) => self.open(at),
                Effect::Suspend => self.suspend = true,
                Effect::Leave(errand) => self.ending = Some(Ending::Errand(errand)),
                Effect::Quit => self.ending = Some(Ending::Quit),
            }
        }
    }

    /// Where decisions are written down; those of the demonstration are gone with it.
    fn journal(&mut self) -> Shelf {
        if let Some(shelf) = &self.shelf {
            return shelf.clone();
        }
        let clock = Arc::clone(&self.clock);
        let make = || Shelf { store: Store::open(Place::Memory, clock), context: ContextId::new("", []) };
        self.scratch.get_or_insert_with(make).clone()
    }

    /// The audit events of the context that is open; those of the demonstration are gone with it.
    fn logs(&mut self) -> Logs {
        let Shelf { store, context } = self.journal();
        let Opening { context: name, account } = &self.at;
        let of = if self.shelf.is_some() { context.clone() } else { ContextId::new(name, account.as_deref()) };
        let index = store.index(&of, AuditEvent::FIELDS);
        Logs { index, store, context, downloads: None, keep: self.contexts.audit_keep() }
    }

    /// Leaves the open context and opens another, on a thread of its own: it may block. Calls wait for it.
    fn open(&mut self, at: Opening) {
        let stays = std::mem::replace(&mut self.at, at.clone()) == at;
        // What is being kept is kept to the end. A context that is only opened anew keeps its screens, and with them
        // what they wait for: the app asks again for sources alone.
        self.tasks.cancel(|key| match key {
            CallKey::Source(_) => true,
            CallKey::Recall(_)
            | CallKey::Remember
            | CallKey::Compare
            | CallKey::Screen(..)
            | CallKey::Triage
            | CallKey::Contracts
            | CallKey::Notes
            | CallKey::Probe
            | CallKey::Table(_)
            | CallKey::Look
            | CallKey::Survey
            | CallKey::Deeds
            | CallKey::Draft
            | CallKey::Download
            | CallKey::Files
            | CallKey::Resolve => !stays,
            CallKey::Keep(_)
            | CallKey::Snapshot(_)
            | CallKey::KeepProbes
            | CallKey::KeepSights
            | CallKey::Shelf
            | CallKey::Note(_)
            | CallKey::Send(_)
            | CallKey::Change(_)
            | CallKey::Browser
            | CallKey::Write => false,
        });
        self.clock = self.contexts.clock(&at.context);
        self.shelf = self.contexts.shelf(&at);
        let (opened, desk) = watch::channel(None);
        let (keep, left) = (Keep::default(), std::mem::take(&mut self.keep));
        self.keep = Arc::clone(&keep);
        self.desk = desk;
        let contexts = Arc::clone(&self.contexts);
        let (journal, logs, clock) = (self.journal(), self.logs(), Arc::clone(&self.clock));
        let open = move || {
            let ready = contexts.open(&at).map(|Opened { client, failures, downloads, keep: what }| {
                *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
                let around = Arc::new(System::new(clock));
                let writer = Writer::new(client.clone(), journal.store, journal.context, around);
                let logs = Logs { downloads: downloads.clone(), ..logs };
                Ready { client, writer, downloads, logs, failures }
            });
            // A loop that has ended, or has left this context, takes none.
            let _ = opened.send(Some(ready));
            drop(left);
        };
        // Without the thread nobody holds the other end, which the calls say.
        let _ = std::thread::Builder::new().name("open".to_owned()).spawn(open);
    }

    /// Draws when something changed, at once for what was typed and for the first and last rows of a list, else not more often
    /// than the frame budget.
    fn draw_if_due(&mut self) {
        let due = self.urgent || self.drawn.elapsed() >= FRAME;
        if self.dirty && due && self.frames.is_ready() {
            frames::draw(&mut self.app, &mut self.frames);
            self.drawn = Instant::now();
            self.dirty = false;
            self.urgent = false;
        }
    }

    fn drain(&mut self) {
        while self.ending.is_none() {
            let Ok(msg) = self.queue.try_recv() else { break };
            self.handle(msg);
        }
    }

    /// Waits for the next message, timer or frame, and handles what there is.
    pub async fn step(&mut self) {
        // While the terminal is busy the end of its frame wakes the loop, not the time of the next one.
        let pause = if self.urgent { Duration::ZERO } else { FRAME };
        let frame = (self.dirty && self.frames.is_ready()).then(|| self.drawn + pause);
        let wake = match (self.timer, frame) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let sleep = async {
            match wake {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(msg) = self.queue.recv() => self.handle(msg),
            panicked = self.tasks.next() => match panicked {
                Some(Panicked::Call(key, generation)) => {
                    self.handle(Msg::Reply { key, generation, result: Err(fault()) });
                }
                Some(Panicked::Old) => self.handle(Msg::TaskFailed(fault())),
                None => {}
            },
            () = sleep => {
                if self.timer.is_some_and(|at| at <= Instant::now()) {
                    self.timer = None;
                    self.handle(Msg::Tick);
                }
            }
        }
        self.drain();
        self.draw_if_due();
    }

    /// Runs until no call is under way and no message waits, then draws. For tests.
    pub async fn settle(&mut self) {
        loop {
            self.drain();
            if self.tasks.len() == 0 && self.queue.is_empty() {
                break;
            }
            self.timer = None;
            self.step().await;
        }
        self.dirty = true;
        self.urgent = true;
        self.draw_if_due();
    }
}

/// The client, once it is open.
async fn opened(desk: &mut Desk) -> Result<Ready, Failure> {
    let closed = || Failure::new(FailureKind::Internal, "the context could not be opened");
    let open = desk.wait_for(Option::is_some).await.map_err(|_| closed())?;
    open.clone().unwrap_or_else(|| Err(closed()))
}

/// A panic of a task: where it was is in the log, its text may hold data and is not shown.
fn fault() -> Failure {
    Failure::new(FailureKind::Internal, "a task of this program failed").hint("r reads again; please report it")
}
