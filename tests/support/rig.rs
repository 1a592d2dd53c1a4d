//! The real loop over frames in memory, with a real client on loopback HTTP.

use std::{
    cell::RefCell,
    io,
    rc::Rc,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use certdeck::{
    app::{App, Environment, Setting},
    client::{
        CertCentralSettings, Client, NamedServer, OneSettings, PartnerSettings, ProbeSettings, Settings,
        SubaccountSettings, transport::Network,
    },
    domain::{Clean, Failure, FailureKind, acme::probe::StartTls, ids::ContractId, name::Name},
    downloads::Downloads,
    flow::{Alert, Msg, SourceId},
    runtime::{Clock, Contexts, Frames, Headless, Opened, Opening, Runtime, Shelf},
    simulator::{Control, FaultPlan, Options, Rule, Seen, Server, Simulator, Switches, demo_keys},
    store::{ContextId, Store},
};
use jiff::{SignedDuration, Timestamp};
use ratatui::{buffer::Buffer, layout::Rect};
use secrecy::SecretString;

use super::{dump, stage};

/// Simulators that no test uses now; building a world takes longer than most tests.
static IDLE: Mutex<Vec<Simulator>> = Mutex::new(Vec::new());

/// A simulator on loan, without faults.
pub struct Loan {
    simulator: Option<Simulator>,
    returned: bool,
}

impl Loan {
    pub fn new() -> Self {
        let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self { simulator: Some(idle.unwrap_or_else(spawn)), returned: true }
    }

    /// One of its own, whose world may be changed.
    pub fn fresh() -> Self {
        Self { simulator: Some(spawn()), returned: false }
    }

    /// One of its own, with servers of its names.
    pub fn serving() -> Self {
        let options = Options { servers: true, running: false, limits: false, ..Options::default() };
        Self { simulator: Some(Simulator::spawn(options).expect("free ports")), returned: false }
    }

    /// How its servers are probed; no other name is.
    fn probe(&self) -> ProbeSettings {
        let named = |server: &Server| NamedServer {
            name: Name::new(server.name),
            hosts: server.hosts.iter().map(|host| host.to_string().into()).collect(),
            port: server.port,
            start_tls: server.start_tls.and_then(StartTls::parse),
        };
        let contracts = demo_keys().partner_subaccounts.into_iter().flat_map(|account| account.contracts);
        let directory = format!("{}/acme/directory", self.simulator().urls().one);
        ProbeSettings {
            names: self.simulator().servers().iter().map(named).collect(),
            named_only: true,
            allow_private: true,
            per_second: 0.0,
            total: std::time::Duration::from_secs(2),
            directories: contracts.map(|id| (ContractId::new(&id.to_string()), directory.clone())).collect(),
            ..ProbeSettings::default()
        }
    }

    pub fn control(&self) -> Control {
        self.simulator().control()
    }

    fn simulator(&self) -> &Simulator {
        self.simulator.as_ref().expect("on loan")
    }

    pub fn faults(&self, rules: impl IntoIterator<Item = Rule>) {
        self.simulator().control().set_faults(FaultPlan { rules: rules.into_iter().collect() });
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.control().requests()
    }

    /// Settings that reach it with the keys of the demo.
    pub fn settings(&self) -> Settings {
        let (urls, keys) = (self.simulator().urls(), demo_keys());
        let subaccount = |account: certdeck::simulator::SubaccountKey| SubaccountSettings {
            name: account.name,
            key: SecretString::from(account.key),
            contracts: account.contracts.into_iter().filter_map(|id| u64::try_from(id).ok()).collect(),
        };
        Settings {
            certcentral: Some(CertCentralSettings {
                services_url: urls.services,
                reports_url: urls.reports,
                ..CertCentralSettings::new(SecretString::from(keys.certcentral))
            }),
            partner: Some(PartnerSettings {
                url: urls.partner,
                parent_key: Some(SecretString::from(keys.partner_parent)),
                subaccounts: keys.partner_subaccounts.into_iter().map(subaccount).collect(),
                ..PartnerSettings::new()
            }),
            one: Some(OneSettings { url: urls.one, ..OneSettings::new(SecretString::from(keys.one)) }),
            probe: self.probe(),
            ..Settings::default()
        }
    }
}

fn spawn() -> Simulator {
    let options = Options { running: false, limits: false, ..Options::default() };
    Simulator::spawn(options).expect("a free port")
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(simulator) = self.simulator.take().filter(|_| self.returned) {
            let control = simulator.control();
            control.set_faults(FaultPlan::default());
            control.set_switches(Switches::default());
            control.clear();
            IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(simulator);
        }
    }
}

/// Frames in memory that remember every text that was on the screen.
pub struct Recorder {
    pub screen: Headless,
    /// The text of each frame, when it is wanted.
    seen: Rc<RefCell<Option<Vec<String>>>>,
}

impl Frames for Recorder {
    fn is_ready(&mut self) -> bool {
        self.screen.is_ready()
    }

    fn draw(&mut self, render: &mut dyn FnMut(Rect, &mut Buffer)) -> io::Result<()> {
        self.screen.draw(render)?;
        if let Some(seen) = &mut *self.seen.borrow_mut() {
            seen.push(dump::text(self.screen.buffer()));
        }
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.screen.copy(text)
    }

    fn alert(&mut self, how: Alert, text: &Clean) -> io::Result<()> {
        self.screen.alert(how, text)
    }

    fn resize(&mut self, size: (u16, u16)) -> io::Result<()> {
        self.screen.resize(size)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.screen.clear()
    }
}

/// A setting with all services.
pub fn setting() -> Setting {
    let demo = stage::place("demo", Environment::Demo);
    Setting { place: demo.clone(), places: vec![demo, stage::place("lab", Environment::Test)], ..stage::setting() }
}

/// Contexts by name, each with the settings of its client; the clock of all is that of the test.
struct Known {
    settings: Vec<(String, Settings)>,
    clock: Clock,
    store: Option<Store>,
    opened: Arc<AtomicUsize>,
}

impl Contexts for Known {
    fn clock(&self, _: &str) -> Clock {
        Arc::clone(&self.clock)
    }

    fn shelf(&self, at: &Opening) -> Option<Shelf> {
        Some(Shelf { store: self.store.clone()?, context: ContextId::new(&at.context, at.account.as_deref()) })
    }

    fn key_variables(&self) -> Vec<String> {
        Vec::new()
    }

    fn open(&self, at: &Opening) -> Result<Opened, Failure> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        let settings =
            self.settings.iter().find(|(known, _)| *known == at.context).map(|(_, settings)| settings.clone());
        let mut settings = settings.ok_or_else(|| Failure::new(FailureKind::Configuration, "no such context"))?;
        if let Some(one) = &mut settings.one {
            one.account_id.clone_from(&at.account);
        }
        let network = Arc::new(Network::new(&settings));
        let client = Client::with_transport(settings, network, Arc::clone(&self.clock));
        let folder = tempfile::tempdir().expect("a folder");
        let downloads = Some(Downloads::new(folder.path(), &at.context));
        Ok(Opened { client, failures: Vec::new(), downloads, keep: Box::new(folder) })
    }
}

/// The loop, its worker and its clock.
pub struct Rig {
    runtime: Runtime<Recorder>,
    worker: tokio::runtime::Runtime,
    moved: Arc<AtomicI64>,
    opened: Arc<AtomicUsize>,
    seen: Rc<RefCell<Option<Vec<String>>>>,
}

impl Rig {
    pub fn new(settings: Settings, size: (u16, u16)) -> Self {
        Self::with(settings, setting(), size)
    }

    pub fn with(settings: Settings, setting: Setting, size: (u16, u16)) -> Self {
        let name = setting.place.name.to_string();
        Self::among(vec![(name, settings)], None, setting, size)
    }

    /// With several contexts, by name, and what is kept of them.
    pub fn among(settings: Vec<(String, Settings)>, store: Option<Store>, setting: Setting, size: (u16, u16)) -> Self {
        let worker = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads for the test");
        let moved = Arc::new(AtomicI64::new(0));
        let opened = Arc::new(AtomicUsize::new(0));
        let by = Arc::clone(&moved);
        let clock: Clock = Arc::new(move || at(by.load(Ordering::Relaxed)));
        let contexts = Arc::new(Known { settings, clock, store, opened: Arc::clone(&opened) });
        let seen = Rc::new(RefCell::new(None));
        let frames = Recorder { screen: Headless::new(size).expect("frames in memory"), seen: Rc::clone(&seen) };
        let runtime = Runtime::new(App::new(setting, size), frames, worker.handle().clone(), contexts);
        Self { runtime, worker, moved, opened, seen }
    }

    /// Reads everything once.
    pub fn ready(settings: Settings, size: (u16, u16)) -> Self {
        let mut rig = Self::new(settings, size);
        rig.start();
        rig
    }

    /// Asks for everything, and waits for the answers.
    pub fn start(&mut self) {
        self.begin();
        self.settle();
    }

    /// Asks for everything; the answers are still to come.
    pub fn begin(&mut self) {
        let _inside = self.worker.enter();
        self.runtime.start();
    }

    /// How many sources have rows.
    pub fn filled(&self) -> usize {
        let estate = self.app().estate();
        SourceId::ALL.into_iter().filter(|id| estate.status(*id).rows > 0).count()
    }

    pub fn app(&self) -> &App {
        self.runtime.app()
    }

    pub fn handle(&mut self, msg: Msg) {
        let _inside = self.worker.enter();
        self.runtime.handle(msg);
    }

    /// Types keys as [`stage::Stage::keys`] does, each at once; answers are still to come.
    pub fn type_keys(&mut self, keys: &str) {
        for chord in stage::chords(keys) {
            self.handle(Msg::Key(chord));
        }
    }

    /// Types keys, and waits after each of them.
    pub fn keys(&mut self, keys: &str) {
        for chord in stage::chords(keys) {
            self.handle(Msg::Key(chord));
            self.settle();
        }
    }

    pub fn settle(&mut self) {
        self.worker.block_on(self.runtime.settle());
    }

    /// Goes on with the loop, tick by tick, until `done` holds; answers may still be to come.
    pub fn until(&mut self, done: impl Fn(&Self) -> bool) {
        let began = std::time::Instant::now();
        while !done(self) {
            assert!(began.elapsed() < std::time::Duration::from_secs(20), "it never happened:\n{}", self.text());
            self.handle(Msg::Tick);
            self.worker.block_on(async {
                // One turn of the loop, or none when there is nothing to do.
                tokio::select! {
                    biased;
                    () = self.runtime.step() => {}
                    () = tokio::task::yield_now() => {}
                }
            });
        }
    }

    /// The timer that the loop sets for each second, and what it leads to.
    pub fn tick(&mut self) {
        self.handle(Msg::Tick);
        self.settle();
    }

    /// Waits for something beside the loop.
    pub fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.worker.block_on(what)
    }

    /// Moves the clock.
    pub fn pass(&mut self, seconds: i64) {
        self.moved.fetch_add(seconds, Ordering::Relaxed);
    }

    /// How often a context was opened: its keys were fetched as often.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }

    pub fn remember_frames(&mut self) {
        *self.seen.borrow_mut() = Some(Vec::new());
    }

    /// The text of each frame since [`Rig::remember_frames`].
    pub fn remembered(&self) -> Vec<String> {
        self.seen.borrow().clone().unwrap_or_default()
    }

    pub fn paste(&mut self, text: &str) {
        self.handle(Msg::Paste(text.to_owned()));
        self.settle();
    }

    /// Sets the filter of the screen that shows.
    pub fn filter(&mut self, text: &str) {
        self.keys("/ ctrl-u");
        self.paste(text);
        self.keys("Enter");
    }

    pub fn copied(&self) -> &[String] {
        &self.runtime.frames().screen.copied
    }

    /// What the desktop was told.
    pub fn alerts(&self) -> &[(Alert, Clean)] {
        &self.runtime.frames().screen.alerts
    }

    pub fn buffer(&self) -> &Buffer {
        self.runtime.frames().screen.buffer()
    }

    pub fn text(&self) -> String {
        dump::text(self.buffer())
    }

    /// The line under the cursor.
    pub fn selected(&self) -> String {
        let text = self.text();
        let line = text.lines().find(|line| line.starts_with('▌')).unwrap_or_default();
        line.split('│').next().unwrap_or_default().trim_end().to_owned()
    }

    pub fn has(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// Fails unless `words` are on the screen.
    #[track_caller]
    pub fn shows(&self, words: &str) {
        assert!(self.has(words), "{words:?} is not on the screen:\n{}", self.text());
    }

    #[track_caller]
    pub fn hides(&self, words: &str) {
        assert!(!self.has(words), "{words:?} is on the screen:\n{}", self.text());
    }

    pub fn notice(&self) -> String {
        self.app().notice().map(|notice| notice.text.clone()).unwrap_or_default()
    }
}

fn at(seconds: i64) -> Timestamp {
    stage::NOW.checked_add(SignedDuration::from_secs(seconds)).expect("a moment")
}
