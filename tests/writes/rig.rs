//! A writer on a real store and a real simulator, with a clock that moves when the writer waits.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use certdeck::{
    client::{Client, OneSettings, PathSettings, Settings, Timeouts, transport::Network},
    domain::{
        Failure,
        ca::{
            RequestStatus, RevocationReason,
            checks::{Check, Mark, Rule},
            decision::{Errand, Fate, Intent, Operation, Process, Reading},
        },
        identity::OneUser,
        ids::{CaId, RequestId},
    },
    simulator::{self, Control, Fault, FaultPlan, Options, Rule as FaultRule, Seen, Simulator, Switches},
    store::{ContextId, Place, Store},
    writes::{Around, Decision, Point, Writer},
};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A revocation request of somebody else, in the world of the simulator.
pub const REQUEST: &str = "RR-0412";
/// One of the demo key's own user.
pub const OWN: &str = "RR-0411";
/// The simulator's clock at its start.
pub const START: Timestamp = Timestamp::constant(1_795_269_751, 0);
/// How long an exchange may take here, so that a server which says nothing is soon given up.
const TOTAL: Duration = Duration::from_millis(300);

/// What a test does at a point.
type Act = Box<dyn Fn(Point) -> BoxFuture<'static, ()> + Send + Sync>;

/// The clock of the simulator, moved by waits; and what happens at points.
pub struct Moved {
    by: Arc<AtomicI64>,
    control: Control,
    act: Mutex<Arc<Act>>,
}

impl Around for Moved {
    fn now(&self) -> Timestamp {
        at(self.by.load(Ordering::Relaxed))
    }

    fn pause(&self, wait: Duration) -> BoxFuture<'static, ()> {
        pass(&self.by, &self.control, i64::try_from(wait.as_secs()).unwrap());
        Box::pin(tokio::task::yield_now())
    }

    fn reached(&self, point: Point) -> BoxFuture<'static, ()> {
        let act = self.act.lock().unwrap_or_else(PoisonError::into_inner).clone();
        act(point)
    }
}

fn pass(by: &AtomicI64, control: &Control, seconds: i64) {
    by.fetch_add(seconds, Ordering::Relaxed);
    control.advance(seconds);
}

fn at(seconds: i64) -> Timestamp {
    START.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

pub struct Rig {
    pub simulator: Mutex<Option<Simulator>>,
    pub control: Control,
    pub around: Arc<Moved>,
    pub client: Client,
    pub folder: TempDir,
    store: Store,
    base: String,
}

impl Rig {
    pub fn new() -> Self {
        Self::with(|_| {}, |_| {})
    }

    pub fn with(switch: impl Fn(&mut Switches), set: impl Fn(&mut OneSettings)) -> Self {
        let mut options = Options { running: false, limits: false, start: START, ..Options::default() };
        switch(&mut options.switches);
        let simulator = Simulator::spawn(options).unwrap();
        let control = simulator.control();
        let by = Arc::new(AtomicI64::new(0));
        let base = simulator.urls().one;
        let client = client(&base, &by, set);
        let act: Arc<Act> = Arc::new(Box::new(|_| Box::pin(std::future::ready(()))));
        let around = Arc::new(Moved { by, control: control.clone(), act: Mutex::new(act) });
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        Self { simulator: Mutex::new(Some(simulator)), control, around, client, folder, store, base }
    }

    /// The writer of this program. What it knows of earlier intents it has from the disk, each time.
    pub fn writer(&self) -> Writer {
        Writer::new(self.client.clone(), self.store.clone(), context(), self.around.clone())
    }

    /// A writer with a client that has asked for nothing yet, as a start of the program has it.
    pub fn started(&self) -> Writer {
        let client = client(&self.base, &self.around.by, |_| {});
        Writer::new(client, self.store.clone(), context(), self.around.clone())
    }

    /// The address of the simulator.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What happens at a point, at once.
    pub fn at(&self, when: Point, act: impl Fn(&Control) + Send + Sync + 'static) {
        let control = self.control.clone();
        self.act(move |point| {
            if point == when {
                act(&control);
            }
            Box::pin(std::future::ready(()))
        });
    }

    pub fn act(&self, act: impl Fn(Point) -> BoxFuture<'static, ()> + Send + Sync + 'static) {
        *self.around.act.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Box::new(act));
    }

    pub fn pass(&self, seconds: i64) {
        pass(&self.around.by, &self.control, seconds);
    }

    /// The answer to the one request that decides goes wrong.
    pub fn wrong(&self, fault: Fault, applied: bool) {
        let rule = FaultRule::new("*-request/*", fault).method("PUT");
        let rule = if applied { rule.applied() } else { rule };
        self.control.set_faults(FaultPlan { rules: vec![rule] });
    }

    /// Requests that change something.
    pub fn writes(&self) -> Vec<Seen> {
        self.control.requests().into_iter().filter(|seen| seen.method != "GET").collect()
    }

    pub async fn me(&self) -> OneUser {
        self.client.one_me().await.unwrap()
    }

    /// What is to be done about a request of the world.
    pub async fn errand(&self, request: &str, operation: Operation) -> Errand {
        let (list, _) = self.client.requests(&[]).await.unwrap();
        let found = list.rows.iter().find(|row| row.id.as_str() == request).expect("a request of the world");
        Errand {
            operation,
            ca: found.ca.clone(),
            request: Some(RequestId::new(request)),
            reason: None,
            comment: "checked with the team".into(),
        }
    }

    pub async fn intent(&self, errand: &Errand) -> (Intent, Reading) {
        let shown = self.client.look(errand).await.unwrap();
        let decision = Decision { errand, shown: &shown, impact: None, actor: &self.me().await, checks: &passed() };
        (self.writer().intent(decision).unwrap().0, shown)
    }

    /// Approves [`REQUEST`] from the look to the end.
    pub async fn approve(&self) -> Process {
        let errand = self.errand(REQUEST, Operation::ApproveRevocation).await;
        let (intent, _) = self.intent(&errand).await;
        self.send(intent).await.unwrap()
    }

    pub async fn send(&self, intent: Intent) -> Result<Process, Failure> {
        let mut told = |process: &Process| tells_no_lie(process);
        self.writer().send(intent, &CancellationToken::new(), &mut told).await
    }

    /// A start of the program: what is open is read until it is known.
    pub async fn restart(&self) -> Vec<Fate> {
        let writer = self.started();
        let ledger = writer.claim().await.unwrap();
        let mut fates = Vec::new();
        for trail in ledger.open() {
            let process = writer.resolve(trail, &mut tells_no_lie).await.expect("it is open");
            fates.push(process.fate().clone());
        }
        fates
    }

    /// What the journal says became of the first intent.
    pub async fn written(&self) -> Option<Fate> {
        let ledger = self.writer().ledger().await.unwrap();
        ledger.trails().first().map(certdeck::domain::ca::decision::Trail::fate)
    }

    pub fn status(&self, request: &str) -> RequestStatus {
        RequestStatus::parse(&self.control.request_status(request).expect("a request of the world"))
    }

    pub fn stop(&self) {
        drop(self.simulator.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// What is open is never shown as done or as failed.
pub fn tells_no_lie(process: &Process) {
    let fate = process.fate();
    if matches!(fate, Fate::Unknown(_) | Fate::Accepted(_) | Fate::UnderWay) {
        assert!(!fate.is_done() && !fate.is_settled() && !process.may_be_tried_again());
        let text = fate.sentence();
        assert!(!text.contains("refused") && !text.contains("done,") && !text.contains("failed"), "{text}");
    }
}

pub fn passed() -> Vec<Check> {
    vec![Check { rule: Rule::Comment, mark: Mark::Pass, text: "the comment has 21 characters".into() }]
}

pub fn store(folder: &Path) -> Store {
    Store::open(Place::Folder(folder.to_owned()), Arc::new(|| START))
}

pub fn context() -> ContextId {
    ContextId::new("test", ["https://one.example.com"])
}

fn client(base: &str, by: &Arc<AtomicI64>, set: impl Fn(&mut OneSettings)) -> Client {
    let key = SecretString::from(simulator::demo_keys().one);
    let mut one = OneSettings { url: base.to_owned(), ..OneSettings::new(key) };
    set(&mut one);
    let timeouts = Timeouts { total: TOTAL, first_byte: TOTAL * 2, idle: TOTAL * 2, ..Timeouts::default() };
    let settings = Settings { one: Some(one), timeouts, ..Settings::default() };
    let network = Arc::new(Network::new(&settings));
    let by = Arc::clone(by);
    Client::with_transport(settings, network, Arc::new(move || at(by.load(Ordering::Relaxed))))
}

/// A route in place of a built-in one.
pub fn route(method: &str, path: &str, ok: &[u16]) -> PathSettings {
    PathSettings { method: method.into(), path: path.into(), ok: ok.to_vec() }
}

/// A request for the revocation of a CA.
pub fn revoke(ca: CaId) -> Errand {
    Errand {
        operation: Operation::RequestRevocation,
        ca,
        request: None,
        reason: Some(RevocationReason::Superseded),
        comment: "replaced by the next one".into(),
    }
}
