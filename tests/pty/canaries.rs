//! Where a key must never be: twelve places, searched after a run of the whole program in which every fault happened.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

use certdeck::simulator::{Fault, Rule};
use rustix::process::Signal;

use super::{
    driver::{PATIENCE, Session},
    estate::{Scene, as_user, environ},
    faults,
    rounds::{PATHS, is_quick, rounds},
    sinks::{SINKS, Sinks},
};

#[test]
fn g10_no_key_is_in_any_of_twelve_places_after_every_fault() {
    let (other, foreign) = elsewhere();
    let scene = Scene::new();
    let mut sinks = Sinks::default();
    exports(&scene, &mut sinks);
    // A sound start, so that the store has something to be kept.
    let mut session = scene.dashboard("lab");
    session.wait("All sources read");
    session.send("3yY");
    session.wait("Copy as");
    session.send("JSON\r");
    session.until("a choice", |session| !session.text().contains("Copy as"));
    session.send("4y5y2y");
    session.settle('Z');
    for (_, bytes) in scene.made() {
        sinks.add("store", bytes);
    }
    collect(&mut session, &mut sinks);
    for rules in rounds(&other) {
        scene.faults(&rules);
        let both = [("lab", &scene.plain, &PATHS[..]), ("mtls", &scene.tls, &PATHS[..1])];
        let both = both.map(|(context, simulator, paths)| (scene.dashboard(context), simulator.control(), paths));
        let mut sessions = both.map(|(mut session, control, paths)| {
            let seen = |path: &&str| control.requests().iter().any(|one| one.path.starts_with(*path));
            session.until("a request of each list", |_| paths.iter().all(seen));
            session
        });
        // Meanwhile, since a command waits before it tries again.
        let is_quick = rules.iter().all(|rule| is_quick(&rule.fault));
        let commands = ["lab", "mtls"].into_iter().filter(|_| is_quick);
        let commands = commands.map(|context| scene.command(&["ca", "tree", "-o", "json", "--context", context]));
        let commands: Vec<Child> = commands.collect();
        for session in &mut sessions {
            // The help stays, where a notice may be gone before it is seen.
            session.send("R2y3y4y5y?");
            session.wait("All keys");
            session.escape("All keys");
            collect(session, &mut sinks);
        }
        for command in commands {
            sinks.printed(command);
        }
    }
    abnormal(&scene, &mut sinks);
    let mut names = String::new();
    for (name, bytes) in scene.made() {
        let _ = write!(names, "{name} ");
        let sink = match name.as_str() {
            "seen" => "environment of a child",
            name if name.starts_with("state/") => "store",
            name if name.contains("core") => "core",
            name if name.contains("crash") || name.contains("panic") => "crash file",
            _ => "logs",
        };
        sinks.add(sink, bytes);
    }
    // No log, core or crash file is ever made: the state and what the key command writes is all that there is.
    assert!(sinks.of("logs").is_empty() && sinks.of("core").is_empty() && sinks.of("crash file").is_empty(), "{names}");
    assert!(names.contains("seen ") && names.contains("cache-lab-") && names.contains("journal.db"), "{names}");
    sinks.add("foreign host", &*foreign.lock().unwrap());
    assert_eq!(sinks.of("foreign host"), b"\n", "another host was asked");

    let has = |sink: &str, text: &str| memchr::memmem::find(sinks.of(sink), text.as_bytes()).is_some();
    for (sink, text) in [
        ("terminal", "which is not followed"),
        ("terminal", "Acme"),
        ("stderr", "certdeck: "),
        ("panic", "internal error"),
        ("arguments", "certdeck\0--context\0mtls"),
        ("environment of a child", "HOME="),
        ("store", "SQLite format 3"),
        ("exports", "\"kind\":"),
        ("stderr", "key (the key)?"),
    ] {
        assert!(has(sink, text), "{text:?} was not in {sink}, so nothing was searched there");
    }
    assert_eq!(sinks.hits(&scene.canaries), Vec::<&str>::new());
    finds_what_is_planted(&scene, sinks);
}

/// Another host: keeps what it is sent.
fn elsewhere() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let seen: Arc<Mutex<Vec<u8>>> = Arc::default();
    let kept = Arc::clone(&seen);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 4_096];
            let count = stream.read(&mut bytes).unwrap_or_default();
            kept.lock().unwrap().extend_from_slice(&bytes[..count]);
        }
    });
    (address, seen)
}

/// What a session showed, put on the clipboard and stood for in the list of processes.
fn collect(session: &mut Session, sinks: &mut Sinks) {
    sinks.add("arguments", session.proc("cmdline"));
    sinks.add("own environment", environ(session.pid().as_raw_nonzero().get()));
    let limits = session.proc("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    session.send("Q");
    session.ends(0);
    sinks.add("terminal", &session.bytes);
    for copied in &session.terminal.callbacks().copied {
        sinks.add("terminal", copied);
    }
}

/// Everything that commands print, in each form.
fn exports(scene: &Scene, sinks: &mut Sinks) {
    let commands: [&[&str]; 12] = [
        &["acme", "list"],
        &["ca", "tree"],
        &["ca", "show", "Acme Root R1"],
        &["ca", "requests", "list"],
        &["report", "list"],
        &["audit", "list"],
        &["auth", "status"],
        &["context", "list"],
        &["context", "test"],
        &["config", "check"],
        &["doctor"],
        &["doctor", "--context", "mtls"],
    ];
    for words in commands {
        for form in ["json", "csv"] {
            let before = sinks.of("exports").len();
            sinks.printed(scene.command(&[words, &["-o", form]].concat()));
            assert!(sinks.of("exports").len() > before + 100, "{words:?} printed next to nothing");
        }
    }
}

/// A panic of the loop, and an end by a signal that leaves a core where cores are allowed.
fn abnormal(scene: &Scene, sinks: &mut Sinks) {
    let mut panicking = scene.variables().iter().fold(faults::again("loop"), |setup, (name, value)| {
        if matches!(*name, "CC" | "PARENT") { setup.env(name, value) } else { setup }
    });
    panicking = panicking.env("RUST_BACKTRACE", "full");
    let mut session = panicking.start();
    assert_eq!(session.ended(PATIENCE), 101);
    sinks.add("panic", &session.bytes);
    scene.faults(&[Rule::new("/", Fault::Silence)]);
    let mut session = scene.dashboard("lab");
    session.until("a request", |_| !scene.plain.control().requests().is_empty());
    session.signal(Signal::ABORT);
    session.until("the end", |session| session.proc("cmdline").is_empty());
    sinks.add("terminal", &session.bytes);
}

/// The same search finds each canary in each place, and the environment of another program.
fn finds_what_is_planted(scene: &Scene, mut sinks: Sinks) {
    for sink in SINKS {
        for canary in &scene.canaries {
            let before = sinks.of(sink).len();
            sinks.add(sink, format!("\u{1b}[1m{canary}\u{1b}[0m"));
            assert_eq!(sinks.hits(&scene.canaries), [sink], "{canary} was planted there");
            sinks.truncate(sink, before);
        }
    }
    let line = as_user(&["cat"]);
    let mut other = Command::new(&line[0]);
    other.args(&line[1..]).envs(scene.variables()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut other = other.spawn().unwrap();
    // An echo: it has started, as its user.
    other.stdin.as_mut().unwrap().write_all(b"x").unwrap();
    other.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    sinks.add("own environment", environ(other.id().try_into().unwrap()));
    assert_eq!(sinks.hits(&scene.canaries), ["own environment"], "that of a program that does not keep it");
    other.kill().unwrap();
    other.wait().unwrap();
}
