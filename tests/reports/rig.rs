//! A client and a writer of CertCentral on a simulator, with a clock that moves when the writer waits.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use certdeck::{
    client::{CertCentralSettings, Client, Settings, Silent, Timeouts, transport::Network},
    domain::{
        Failure,
        report::{
            Definition, Report,
            change::{Change, Ending},
            definition::Schedule,
            group,
        },
    },
    simulator::{self, Control, Fault, FaultPlan, Options, Rule, Seen, Simulator, Switches},
    store::{ContextId, Place, Store},
    writes::{Around, Point, Writer},
};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tempfile::TempDir;

/// The simulator's clock at its start.
pub const START: Timestamp = Timestamp::constant(1_795_269_751, 0);
/// How long an exchange may take here, so that a server which says nothing is soon given up.
const TOTAL: Duration = Duration::from_secs(2);

pub struct Moved {
    by: Arc<AtomicI64>,
    control: Control,
    /// The program ends at this point: nothing after it happens.
    ends_at: Mutex<Option<Point>>,
}

impl Around for Moved {
    fn now(&self) -> Timestamp {
        at(&self.by)
    }

    fn pause(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let seconds = i64::try_from(wait.as_secs()).unwrap();
        self.by.fetch_add(seconds, Ordering::Relaxed);
        self.control.advance(seconds);
        Box::pin(std::future::ready(()))
    }

    fn reached(&self, point: Point) -> BoxFuture<'static, ()> {
        let ends = *self.ends_at.lock().unwrap_or_else(PoisonError::into_inner) == Some(point);
        if ends { Box::pin(std::future::pending()) } else { Box::pin(std::future::ready(())) }
    }
}

fn at(by: &AtomicI64) -> Timestamp {
    START.checked_add(SignedDuration::from_secs(by.load(Ordering::Relaxed))).unwrap()
}

pub struct Rig {
    _simulator: Simulator,
    pub control: Control,
    pub around: Arc<Moved>,
    pub client: Client,
    pub folder: TempDir,
    store: Store,
}

impl Rig {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(switch: impl Fn(&mut Switches)) -> Self {
        Self::of(switch, simulator::demo_keys().certcentral)
    }

    pub fn of(switch: impl Fn(&mut Switches), key: String) -> Self {
        let mut options = Options { running: false, limits: false, start: START, ..Options::default() };
        switch(&mut options.switches);
        let simulator = Simulator::spawn(options).unwrap();
        let control = simulator.control();
        let by = Arc::new(AtomicI64::new(0));
        let urls = simulator.urls();
        let certcentral = CertCentralSettings {
            services_url: urls.services,
            reports_url: urls.reports,
            ..CertCentralSettings::new(SecretString::from(key))
        };
        let timeouts = Timeouts { total: TOTAL, first_byte: TOTAL, idle: TOTAL, ..Timeouts::default() };
        let settings = Settings { certcentral: Some(certcentral), timeouts, ..Settings::default() };
        let network = Arc::new(Network::new(&settings));
        let clock = Arc::clone(&by);
        let client = Client::with_transport(settings, network, Arc::new(move || at(&clock)));
        let around = Arc::new(Moved { by, control: control.clone(), ends_at: Mutex::new(None) });
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Place::Folder(folder.path().join("store")), Arc::new(|| START));
        Self { _simulator: simulator, control, around, client, folder, store }
    }

    /// A writer as a start of the program has it: what it knows of earlier changes it has from the disk.
    pub fn writer(&self) -> Writer {
        let context = ContextId::new("test", ["https://api.example.com"]);
        Writer::new(self.client.clone(), self.store.clone(), context, self.around.clone())
    }

    pub async fn change(&self, change: &Change) -> Result<Ending, Failure> {
        self.writer().change_report(change, &mut |_| {}).await
    }

    /// Begins a change and ends the program at a point.
    pub async fn killed_at(&self, change: &Change, point: Point) {
        *self.around.ends_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(point);
        let writer = self.writer();
        let mut told = |_: &Ending| {};
        let change = writer.change_report(change, &mut told);
        let ended = async {
            while !self.has_reached(point).await {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = change => panic!("it went past {point:?}"),
            () = ended => {}
        }
        *self.around.ends_at.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether what happens just before a point has happened, as far as that can be seen from outside.
    async fn has_reached(&self, point: Point) -> bool {
        let entries = self.store.entries(0, 100).await.unwrap();
        let has = |kind: &str| entries.last().is_some_and(|entry| entry.kind.as_str() == kind);
        match point {
            Point::IntentKept => has("report_intent"),
            Point::SentKept => has("report_sent"),
            Point::Answered => has("report_sent") && !self.writes().is_empty(),
            Point::AnswerKept => has("report_answer"),
            other => panic!("{other:?} is not looked for"),
        }
    }

    /// Requests that change something.
    pub fn writes(&self) -> Vec<Seen> {
        self.control.requests().into_iter().filter(|seen| seen.method != "GET").collect()
    }

    /// The answer to each request that changes something goes wrong.
    pub fn wrong(&self, fault: &Fault, applied: bool) {
        let rules = ["POST", "PUT", "DELETE"].map(|method| {
            let rule = Rule::new("/reports/v1/report*", fault.clone()).method(method);
            if applied { rule.applied() } else { rule }
        });
        self.control.set_faults(FaultPlan { rules: rules.into() });
    }

    pub async fn reports(&self) -> Vec<Report> {
        group(&self.client.report_history(&mut Silent).await.unwrap().rows)
    }

    pub async fn named(&self, name: &str) -> Option<Report> {
        self.reports().await.into_iter().find(|report| report.name.as_str() == name)
    }
}

/// A definition that the simulator takes.
pub fn definition(name: &str, frequency: &str) -> Definition {
    let weekly = frequency == "WEEKLY";
    Definition {
        name: name.into(),
        report_type: "orders".into(),
        columns: vec!["order_id".into(), "common_name".into()],
        format: "CSV".into(),
        schedule: Schedule {
            frequency: frequency.into(),
            weekday: if weekly { "MONDAY".into() } else { String::new() },
            every: u32::from(weekly),
            ..Schedule::default()
        },
        ..Definition::default()
    }
}
