//! A page of a web console in the browser of the user.

use std::path::Path;

use super::driver::{Session, Setup};

const CONFIG: &str = "\
[context.lab]
environment = \"demo\"
[context.lab.one]
url = \"https://127.0.0.1:1\"
key = { env = \"LAB_KEY\" }
[context.lab.console]
audit = \"https://one.example.com/audit?of=$(touch%20made)&x=1\"
";

fn start(browser: &str) -> (Session, std::path::PathBuf) {
    let setup = Setup::program(env!("CARGO_BIN_EXE_certdeck"), &["--config", "lab.toml"]);
    let home = setup.home().to_owned();
    std::fs::write(home.join("lab.toml"), CONFIG).unwrap();
    let keep = "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" > got.part; env >> got.part; mv got.part got\n";
    std::fs::write(home.join("keep.sh"), keep).unwrap();
    let session = setup.env("LAB_KEY", "canary-lab-key").env("BROWSER", browser).start();
    (session, home)
}

fn told(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

#[test]
fn the_browser_gets_the_address_as_one_word_and_no_key() {
    let (mut session, home) = start("no-such-browser:sh keep.sh --new %s");
    session.wait("Audit");
    session.send("5o");
    let got = home.join("got");
    session.until("the browser", |_| told(&got).is_some());
    let got = told(&got).unwrap();
    let words: Vec<&str> = got.lines().take(3).collect();
    assert_eq!(words, ["2", "--new", "https://one.example.com/audit?of=$(touch%20made)&x=1"]);
    assert!(!got.contains("canary") && !home.join("made").exists(), "{got}");
    session.wait("Opening https://one.example.com/audit");
    session.send("Q");
    session.ends(0);
}

#[test]
fn without_a_browser_the_address_is_told() {
    let (mut session, _) = start("false");
    session.wait("Audit");
    session.send("5o");
    session.wait("no browser opens (false was left with an error)");
    session.send("Q");
    session.ends(0);
}
