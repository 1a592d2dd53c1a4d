//! Keys that are stored, looked at and deleted by the program.

use std::{io::Read as _, os::unix::fs::MetadataExt as _};

use certdeck::simulator::{FaultPlan, Options, Simulator, demo_keys};

use super::{
    bench::{Home, Run},
    data::valid,
};

const CANARY: &str = "canary-77ab01c9";

/// A context with one key of each kind of source.
const KINDS: &str = "[context.lab]\nenvironment = \"demo\"\n\
    certcentral = { key = { env = \"CC\" } }\none = { key = { file = \"one.key\" } }\n\
    [context.lab.partner]\nparent_key = { command = \"sh -c 'exit 3'\" }\n\
    subaccount = [{ name = \"shop\", key = { keyring = \"certdeck/shop\" } }]\n";

fn piped(home: &Home, words: &[&str], stdin: &str) -> Run {
    let output = home.command().args(words).args(["--config", "c.toml"]).write_stdin(stdin).output().unwrap();
    let run = Run::of(&output);
    assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY), "{}{}", run.out, run.err);
    run
}

#[test]
fn a_key_from_stdin_goes_into_the_file_of_the_configuration() {
    let home = Home::new();
    home.file("c.toml", KINDS, 0o600);
    let run = piped(&home, &["auth", "set", "one"], &format!("{CANARY}\n"));
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    let lines: Vec<&str> = run.err.lines().collect();
    assert!(lines[0].contains("plain text") && lines[1].contains("is kept in key file"), "{lines:?}");
    let path = home.path().join("one.key");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{CANARY}\n"));
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    // What cannot be a key leaves the old one.
    for bad in ["", "\n", "two words\n", "line\nline\n", "caf\u{e9}\n", &"k".repeat(9_000)] {
        assert_eq!(piped(&home, &["auth", "set", "one"], bad).code, 2);
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{CANARY}\n"));
}

#[test]
fn c04_a_key_is_not_stored_elsewhere_when_its_place_cannot_take_it() {
    let home = Home::new();
    home.file("c.toml", KINDS, 0o600);
    let cases: [(&[&str], &str); 6] = [
        (&["certcentral"], "variable CC: certdeck keeps no key there (set the key where the variable is made)"),
        (&["partner-parent"], "key command sh: certdeck keeps no key there"),
        (&["partner:shop"], "\"certdeck/shop\": there is no key store in this session (start one, or use env, file or"),
        (&["partner:none"], "context lab has no key partner:none (certcentral, partner-parent, partner:shop, one)"),
        (&[], "context lab has several keys, name one"),
        (&["one", "--demo"], "the built-in simulator brings its keys"),
    ];
    for (words, message) in cases {
        piped(&home, &[&["auth", "set"], words].concat(), CANARY).refused(2, message);
    }
    std::os::unix::fs::symlink("elsewhere", home.path().join("one.key")).unwrap();
    let run = piped(&home, &["auth", "set", "one"], CANARY);
    run.refused(2, "one.key: is a symbolic link");
    assert!(!home.path().join("elsewhere").exists());
}

#[test]
fn a_key_is_deleted_after_a_question_only() {
    let home = Home::new();
    home.file("c.toml", KINDS, 0o600);
    let path = home.file("one.key", CANARY, 0o600);
    piped(&home, &["auth", "clear", "one"], "y\n").refused(3, "no terminal to ask on (--yes deletes without asking)");
    assert!(path.exists());
    piped(&home, &["auth", "clear", "certcentral", "--yes"], "").refused(2, "delete it where the variable is made");
    let run = piped(&home, &["auth", "clear", "one", "--yes"], "");
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    assert!(run.err.contains("the service still accepts it") && !path.exists());
    piped(&home, &["auth", "clear", "one", "--yes"], "").refused(6, "one.key: cannot be deleted (entity not found)");
}

/// What a terminal shows while `keys` are typed into `words`, the exit code, and whether its modes are as before.
fn typed(home: &Home, words: &[&str], prompt: &str, keys: &str) -> (String, u32, bool) {
    let pty = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).unwrap();
    let modes = || format!("{:?}", pty.master.get_termios());
    let before = modes();
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_certdeck"));
    command.env_clear();
    command.env("HOME", home.path());
    command.env("PATH", "/usr/bin:/bin");
    command.cwd(home.path());
    command.args(words);
    command.args(["--config", "c.toml"]);
    let mut child = pty.slave.spawn_command(command).unwrap();
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut shown = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&shown).contains(prompt) {
        assert_eq!(reader.read(&mut byte).unwrap(), 1);
        shown.push(byte[0]);
    }
    // The prompt is written before the echo is off: what is typed by then would be shown by the terminal itself.
    let question = prompt.ends_with("[y/N] ");
    while !question && modes() == before {
        std::thread::yield_now();
    }
    pty.master.take_writer().unwrap().write_all(keys.as_bytes()).unwrap();
    let status = child.wait().unwrap();
    let restored = modes() == before;
    drop(pty.slave);
    // The terminal ends with an error on Linux (EIO).
    let _ = reader.read_to_end(&mut shown);
    (String::from_utf8_lossy(&shown).into_owned(), status.exit_code(), restored)
}

#[test]
fn a_key_is_typed_without_echo_and_the_terminal_is_restored() {
    let home = Home::new();
    home.file("c.toml", KINDS, 0o600);
    let path = home.path().join("one.key");
    let prompt = "Key of one in context lab: ";
    let (shown, code, restored) = typed(&home, &["auth", "set", "one"], prompt, "\u{3}");
    assert_eq!((code, restored), (3, true), "{shown:?}");
    assert!(shown.contains("cancelled; nothing was stored") && !path.exists(), "{shown:?}");
    let (shown, code, restored) = typed(&home, &["auth", "set", "one"], prompt, &format!("{CANARY}\r"));
    assert_eq!((code, restored), (0, true), "{shown:?}");
    assert!(!shown.contains(CANARY) && shown.contains("is kept in key file"), "{shown:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{CANARY}\n"));
    let (shown, code, _) = typed(&home, &["auth", "clear", "one"], "? [y/N] ", "\r");
    assert!(code == 3 && shown.contains("nothing was deleted") && path.exists(), "{shown:?}");
    let (shown, code, _) = typed(&home, &["auth", "clear", "one"], "? [y/N] ", "yes\r");
    assert!(code == 0 && !path.exists(), "{shown:?}");
}

/// A context of the simulator with these keys in files.
fn simulated(home: &Home, base: &str, keys: [&str; 4]) {
    let config = format!(
        "[context.lab]\nenvironment = \"demo\"\n\
         certcentral = {{ services_url = \"{base}/services/v2\", reports_url = \"{base}/reports/v1\", key = {{ file = \"cc\" }} }}\n\
         one = {{ url = \"{base}\", key = {{ file = \"one\" }} }}\n\
         [context.lab.partner]\nurl = \"{base}/partner-subscription/api/v1\"\nparent_key = {{ file = \"parent\" }}\n\
         subaccount = [{{ name = \"shop\", key = {{ file = \"shop\" }} }}]\n"
    );
    home.file("c.toml", &config, 0o600);
    for (name, key) in ["cc", "parent", "shop", "one"].iter().zip(keys) {
        home.file(name, key, 0o600);
    }
}

#[test]
fn the_status_of_a_key_is_what_its_service_says_of_it_alone() {
    let simulator = Simulator::spawn(Options { start: jiff::Timestamp::now(), ..Options::default() }).unwrap();
    let base = format!("http://{}", simulator.addr());
    let home = Home::new();
    let keys = demo_keys();
    let shop = &keys.partner_subaccounts[0].key;
    simulated(&home, &base, [&keys.certcentral, &keys.partner_parent, shop, &keys.one]);
    let run = piped(&home, &["auth", "status", "-o", "json"], "");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let value = valid(&run.out);
    let member = |at: usize, name: &str| value["items"][at][name].as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = (0..4).map(|at| member(at, "key")).collect();
    assert_eq!(names, ["certcentral", "partner-parent", "partner:shop", "one"]);
    let roles: Vec<String> = (0..4).map(|at| member(at, "role")).collect();
    assert_eq!(roles, ["administrator", "parent", "subaccount", "standard"]);
    assert_eq!([member(1, "account_id"), member(2, "account_id")], ["80001", "90210"]);
    assert_eq!([member(0, "last4"), member(2, "last4")], ["0001", "shop"]);
    let words = value["items"][3]["permissions"].as_array().unwrap();
    assert!(words.len() > 5 && words.iter().all(|word| word.as_str().unwrap().contains("_CM_")), "{words:?}");
    assert!(member(3, "ends_at").ends_with("T00:00:00Z"), "{value}");
    let table = piped(&home, &["auth", "status", "one"], "");
    assert_eq!(table.out.lines().count(), 2, "{}", table.out);
    assert!(table.out.contains("accepted") && table.out.contains("MANAGE_CM_REVOKE_CA"), "{}", table.out);
    for whole in [&keys.certcentral, &keys.partner_parent, shop, &keys.one] {
        assert!(!run.out.contains(whole) && !table.out.contains(whole));
    }
}

#[test]
fn c02_a_key_that_is_empty_or_of_another_product_is_told_with_its_name() {
    let simulator = Simulator::spawn(Options { faults: FaultPlan::default(), ..Options::default() }).unwrap();
    let home = Home::new();
    let keys = demo_keys();
    let view_only = certdeck::simulator::CERTCENTRAL_VIEW_ONLY;
    simulated(&home, &format!("http://{}", simulator.addr()), [view_only, &keys.one, "", &keys.certcentral]);
    let run = piped(&home, &["auth", "status"], "");
    assert_eq!(run.code, 4, "{}", run.out);
    let line = |name: &str| run.out.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line("certcentral").contains("administrator, view-only key"), "{}", run.out);
    assert!(line("partner-parent").contains("refused"), "{}", run.out);
    assert!(line("partner:shop").contains("not fetched") && line("partner:shop").contains("the key is empty"));
    assert!(line("one").contains("refused"), "{}", run.out);
    // A command that needs one of them names context and service too.
    piped(&home, &["ca", "tree"], "").refused(4, "context lab, one: CA list: DigiCert ONE does not accept the key");
    home.file("one", "\n", 0o600);
    piped(&home, &["ca", "tree"], "").refused(2, "context lab, one: key file ");
}
