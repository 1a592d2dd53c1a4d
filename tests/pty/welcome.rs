use certdeck::simulator::{Fault, FaultPlan, Options, Simulator, demo_keys};

use rustix::process::Signal;

use super::driver::{Session, Setup};

#[test]
fn a_typed_key_is_not_echoed_and_ctrl_c_leaves_nothing_behind() {
    let simulator = Simulator::spawn(Options { start: jiff::Timestamp::now(), ..Options::default() }).unwrap();
    let (url, key) = (simulator.urls().one, demo_keys().one);
    let setup = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["context", "new"]);
    let config = setup.home().join("config");
    let mut session = setup.start();
    for (question, answer) in [
        ("Name of the context", "lab"),
        ("Which environment", "2"),
        ("Anything special about the network", ""),
        ("Use CertCentral", "no"),
        ("Use Partner", "no"),
        ("Use DigiCert ONE", ""),
        ("Where is DigiCert ONE", "5"),
        ("Address of DigiCert ONE", url.as_str()),
        ("Where is the key of DigiCert ONE", "4"),
    ] {
        session.wait(question);
        session.send(&format!("{answer}\r"));
    }
    session.wait("which is not shown");
    session.until("the echo to be off", |session| !session.modes().contains("ICANON"));
    session.send(&format!("{key}\r"));
    session.wait("and accepts the key");
    session.wait("Write it?");
    session.send("\u{3}");
    session.ends(3);
    let bytes = String::from_utf8_lossy(&session.bytes).into_owned();
    assert!(bytes.contains("Stopped; nothing was changed."), "{bytes}");
    assert!(!bytes.contains(&key), "{bytes}");
    assert!(!config.exists());
}

#[test]
fn ctrl_c_at_the_prompt_of_a_key_gives_the_terminal_its_echo_back() {
    let mut session = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["context", "new"]).start();
    for answer in ["lab", "2", "", "", "1", "4"] {
        session.send(&format!("{answer}\r"));
    }
    session.wait("which is not shown");
    session.until("the echo to be off", |session| !session.modes().contains("ICANON"));
    session.send("half-a-key\u{3}");
    session.ends(3);
    assert!(!String::from_utf8_lossy(&session.bytes).contains("half"));
}

#[test]
fn ctrl_c_while_a_key_is_tried_ends_the_wait() {
    let faults = FaultPlan::always("/", Fault::Silence);
    let simulator = Simulator::spawn(Options { faults, ..Options::default() }).unwrap();
    let url = simulator.urls().one;
    let mut session = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["context", "new"]).start();
    for answer in ["lab", "2", "", "no", "no", "", "5", &url, "4"] {
        session.send(&format!("{answer}\r"));
    }
    session.wait("which is not shown");
    session.until("the echo to be off", |session| !session.modes().contains("ICANON"));
    session.send("not-a-secret\r");
    session.until("a request", |_| !simulator.control().requests().is_empty());
    session.send("\u{3}");
    session.ends(3);
}

#[test]
fn what_is_written_passes_config_check_and_context_test() {
    let simulator = Simulator::spawn(Options { start: jiff::Timestamp::now(), ..Options::default() }).unwrap();
    let (url, key) = (simulator.urls().one, demo_keys().one);
    let setup = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["context", "new"]);
    let home = setup.home().to_owned();
    let mut session = setup.start();
    for answer in ["lab", "2", "", "no", "no", "", "5", &url, "4"] {
        session.send(&format!("{answer}\r"));
    }
    session.wait("which is not shown");
    session.until("the echo to be off", |session| !session.modes().contains("ICANON"));
    session.send(&format!("{key}\r"));
    session.wait("Write it?");
    session.send("\r");
    session.ends(0);
    let path = home.join("config/certdeck/config.toml");
    let shown = String::from_utf8_lossy(&session.bytes).into_owned();
    assert!(shown.ends_with(&format!("{}\r\n", path.display())), "{shown}");
    for words in [["config", "check"], ["context", "test"]] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_certdeck"));
        command.env_clear().env("HOME", &home).env("XDG_CONFIG_HOME", home.join("config")).args(words);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn u04_a_question_changes_no_mode_of_the_terminal() {
    let mut session = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["context", "new"]).start();
    let before = session.modes();
    session.wait("Name of the context");
    assert_eq!(session.modes(), before);
    session.send("half\u{3}");
    session.ends(3);
}

const ENDING: [(Signal, u32); 3] = [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131)];

/// At the prompt of a key, the echo off.
fn hidden(mut session: Session, prompt: &str) -> Session {
    session.wait(prompt);
    session.until("the echo to be off", |session| !session.modes().contains("ICANON"));
    session.send("half-a-key");
    session
}

#[test]
fn u04_a_signal_at_the_prompt_of_a_key_gives_the_terminal_its_echo_back() {
    for (signal, code) in ENDING {
        let mut session = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["context", "new"]).start();
        for answer in ["lab", "2", "", "", "1", "4"] {
            session.send(&format!("{answer}\r"));
        }
        let mut session = hidden(session, "which is not shown");
        session.signal(signal);
        session.ends(code);
        let setup = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["auth", "set", "--config", "c.toml"]);
        let text = "[context.a]\nenvironment = \"demo\"\n[context.a.one]\nkey = { file = \"a.key\" }\n";
        let home = setup.home().to_owned();
        std::fs::write(home.join("c.toml"), text).unwrap();
        let mut session = hidden(setup.start(), "Key of one in context a");
        session.signal(signal);
        session.ends(code);
        assert!(!home.join("a.key").exists());
    }
}

#[test]
fn u04_a_signal_at_a_question_ends_the_dialogue() {
    for (signal, code) in ENDING {
        let mut session = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["context", "new"]).start();
        session.wait("Name of the context");
        session.signal(signal);
        session.ends(code);
    }
}
