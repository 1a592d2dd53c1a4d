//! A page of a web console in the browser of the user.

use std::path::Path;

use certdeck::simulator::{Options, Simulator, demo_keys};

use super::driver::{Session, Setup};

fn start(simulator: &Simulator, browser: &str) -> (Session, std::path::PathBuf) {
    let setup = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["--config", "lab.toml"]);
    let home = setup.home().to_owned();
    let config = format!(
        "ui = {{ refresh = \"0\" }}\n[context.lab]\nenvironment = \"demo\"\n\
         [context.lab.one]\nurl = \"{}\"\nkey = {{ env = \"LAB_KEY\" }}\n\
         [context.lab.console]\naudit = \"https://one.example.com/audit?of=$(touch%20made)&x=1\"\n",
        simulator.urls().one
    );
    std::fs::write(home.join("lab.toml"), config).unwrap();
    let keep = "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" > got.part; env >> got.part; mv got.part got\n";
    std::fs::write(home.join("keep.sh"), keep).unwrap();
    let mut session = setup.env("LAB_KEY", &demo_keys().one).env("BROWSER", browser).start();
    session.wait("All sources read");
    (session, home)
}

fn told(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

#[test]
fn the_browser_gets_the_address_as_one_word_and_no_key() {
    let simulator = Simulator::spawn(Options { limits: false, ..Options::default() }).unwrap();
    let (mut session, home) = start(&simulator, "no-such-browser:sh keep.sh --new %s");
    session.send("5o");
    let got = home.join("got");
    session.until("the browser", |_| told(&got).is_some());
    let got = told(&got).unwrap();
    let words: Vec<&str> = got.lines().take(3).collect();
    assert_eq!(words, ["2", "--new", "https://one.example.com/audit?of=$(touch%20made)&x=1"]);
    assert!(!got.contains(&demo_keys().one) && !home.join("made").exists(), "{got}");
    session.wait("Opening https://one.example.com/audit");
    session.send("Q");
    session.ends(0);
}

#[test]
fn without_a_browser_the_address_is_told() {
    let simulator = Simulator::spawn(Options { limits: false, ..Options::default() }).unwrap();
    let (mut session, _) = start(&simulator, "false");
    session.send("5o");
    session.wait("no browser opens (false was left with an error)");
    session.send("Q");
    session.ends(0);
}
