//! Faults of the program itself. The product has no way to make them: a clock and a transport of the tests panic.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use certdeck::{
    app::App,
    cli::console,
    client::{CertCentralSettings, Client, OneSettings, PartnerSettings, Service, Settings, transport::script::Script},
    config::Config,
    domain::Failure,
    flow::{Chord, Msg},
    runtime::{self, Clock, Contexts, Dashboard, Ending, Environment, Headless, Opened, Opening, Runtime, Shelf},
};
use jiff::Timestamp;

use super::driver::Setup;

const CHILD: &str = "CERTDECK_TEST_CHILD";

fn dashboard() -> Dashboard {
    let services = [Service::CertCentral, Service::Partner, Service::One];
    let place = runtime::place("demo", Environment::Demo, &services, None);
    Dashboard {
        config: Config::default(),
        places: vec![place.clone()],
        place,
        theme: None,
        ascii: false,
        greeting: None,
        view: None,
        welcome: false,
    }
}

fn now() -> Timestamp {
    "2026-11-21T14:00:00Z".parse().unwrap()
}

/// A client whose every call panics on its task.
fn broken() -> Client {
    let key = || "canary-5f21ac".to_owned().into();
    let settings = Settings {
        certcentral: Some(CertCentralSettings::new(key())),
        partner: Some(PartnerSettings { parent_key: Some(key()), ..PartnerSettings::new() }),
        one: Some(OneSettings::new(key())),
        ..Settings::default()
    };
    let script = Script::new(|_| panic!("a fault that holds canary-5f21ac"));
    Client::with_transport(settings, Arc::new(script), Arc::new(now))
}

#[test]
fn u06_a_panic_of_a_task_is_a_failure_of_its_source_and_the_app_lives_on() {
    let worker = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let contexts = Arc::new(Faulty { clock: Arc::new(now), opens: true });
    let app = App::new(dashboard().setting(now()).unwrap(), (120, 40));
    let frames = Headless::new((120, 40)).unwrap();
    let mut runtime = Runtime::new(app, frames, worker.handle().clone(), contexts);
    let here = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    here.block_on(async {
        runtime.start();
        runtime.settle().await;
        let text = shown(&runtime);
        assert!(text.contains("a task of this program failed"), "{text}");
        assert!(!text.contains("reading ") && !text.contains("canary"), "{text}");
        runtime.handle(Msg::Key(Chord::plain(certdeck::flow::Key::Char('2'))));
        runtime.settle().await;
        assert_eq!(runtime.app().current(), certdeck::flow::ScreenId::Acme);
    });
}

/// One context, whose clock or whose opening may panic.
struct Faulty {
    clock: Clock,
    opens: bool,
}

impl Contexts for Faulty {
    fn clock(&self, _: &str) -> Clock {
        Arc::clone(&self.clock)
    }

    fn shelf(&self, _: &Opening) -> Option<Shelf> {
        None
    }

    fn key_variables(&self) -> Vec<String> {
        Vec::new()
    }

    fn open(&self, _: &Opening) -> Result<Opened, Failure> {
        assert!(self.opens, "a fault that holds canary-5f21ac");
        Ok(Opened { client: broken(), failures: Vec::new(), downloads: None, keep: Box::new(()) })
    }
}

fn shown(runtime: &Runtime<Headless>) -> String {
    let buffer = runtime.frames().buffer();
    buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
}

/// The other side of the tests below: does nothing unless it is started by them.
#[test]
fn child() {
    let Ok(fault) = std::env::var(CHILD) else { return };
    std::panic::set_hook(Box::new(console::panicked));
    let asked = AtomicUsize::new(0);
    let in_loop = fault == "loop";
    let clock: Clock = Arc::new(move || {
        assert!(!in_loop || asked.fetch_add(1, Ordering::SeqCst) < 4, "a fault that holds canary-5f21ac");
        now()
    });
    let ending = runtime::dashboard(dashboard(), Arc::new(Faulty { clock, opens: fault != "open" }));
    assert!(matches!(ending, Ok(Ending::Quit)), "{ending:?}");
}

/// The program that fails in this way.
pub fn again(fault: &str) -> Setup {
    let me = std::env::current_exe().unwrap();
    let words = ["--exact", "faults::child", "--nocapture", "--test-threads=1"];
    Setup::program(me.to_str().unwrap(), &words).env(CHILD, fault)
}

#[test]
fn u06_a_panic_of_the_loop_restores_the_terminal_and_tells_once() {
    let mut session = again("loop").start();
    assert_eq!(session.ended(super::driver::PATIENCE), 101);
    let screen = session.terminal.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    let text = session.text();
    assert_eq!(text.matches("certdeck: internal error").count(), 1, "{text}");
    assert!(!String::from_utf8_lossy(&session.bytes).contains("canary"), "{text}");
    assert!(session.bytes.windows(8).any(|bytes| bytes == b"\x1b[?1049h"));
}

#[test]
fn u06_a_panic_of_a_task_leaves_the_screen_alone() {
    for (fault, notice) in [("task", "a task of this program failed"), ("open", "the context could not be opened")] {
        let mut session = again(fault).start().open();
        session.wait(notice);
        session.send("2");
        session.settle('Z');
        assert!(session.terminal.screen().alternate_screen());
        session.send("Q");
        assert_eq!(session.ended(super::driver::PATIENCE), 0, "{}", session.text());
        let all = String::from_utf8_lossy(&session.bytes).into_owned();
        assert!(!all.contains("canary") && !all.contains("internal error"), "{}", session.text());
        assert!(!session.terminal.screen().alternate_screen());
    }
}
