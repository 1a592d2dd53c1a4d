//! What becomes of keys when things go wrong.

use std::{os::unix::process::ExitStatusExt as _, process::Stdio};

use certdeck::simulator::{Fault, FaultPlan, Options, Simulator, demo_keys};

use super::bench::{Home, Run};

const CANARY: &str = "canary-3fd07be1";

fn one(base: &str, key: &str) -> String {
    format!("[context.lab]\nenvironment = \"demo\"\n[context.lab.one]\nurl = \"{base}\"\nkey = {key}\n")
}

#[cfg(target_os = "linux")]
#[test]
fn c08_an_abnormal_end_leaves_no_core_and_no_key() {
    let silent = Options { faults: FaultPlan::always("/", Fault::Silence), ..Options::default() };
    let simulator = Simulator::spawn(silent).unwrap();
    let home = Home::new();
    home.file("c.toml", &one(&format!("http://{}", simulator.addr()), "{ env = \"ONE\" }"), 0o600);
    // A shell that allows cores, as far as this machine lets it.
    let line =
        format!("ulimit -S -c \"$(ulimit -H -c)\"; exec {} ca tree --config c.toml", env!("CARGO_BIN_EXE_certdeck"));
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", &line]).env_clear().env("PATH", "/usr/bin:/bin").env("ONE", CANARY).env("RUST_LOG", "trace");
    shell.env("RUST_BACKTRACE", "full").current_dir(home.path());
    let child = shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while simulator.control().requests().is_empty() {
        std::thread::yield_now();
    }
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::ABORT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(6), "{}", output.status);
    assert!(!output.status.core_dumped());
    for text in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(text).contains(CANARY), "{}", String::from_utf8_lossy(text));
    }
    let files: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["c.toml"]);
}

#[test]
fn c06_a_key_in_the_environment_is_used_told_once_and_kept_from_key_commands() {
    let simulator = Simulator::spawn(Options { start: jiff::Timestamp::now(), ..Options::default() }).unwrap();
    let base = format!("http://{}", simulator.addr());
    let home = Home::new();
    let run = |words: &[&str]| {
        let mut command = home.command();
        for name in ["CC", "PARENT", "SHOP", "OTHER"] {
            command.env(name, CANARY);
        }
        command.env("ONE", &demo_keys().one).args(words).args(["--config", "c.toml"]);
        Run::of(&command.output().unwrap())
    };
    home.file("c.toml", &one(&base, "{ env = \"ONE\" }"), 0o600);
    let tree = run(&["ca", "tree", "-o", "json"]);
    assert_eq!((tree.code, tree.err.lines().count()), (0, 1), "{}", tree.err);
    assert!(tree.err.contains("keys come from the environment (ONE)"), "{}", tree.err);
    // Not when something else has to be said, and not of the simulator's own.
    run(&["ca", "show", "no-such-ca"]).refused(6, "no-such-ca");
    assert_eq!(run(&["ca", "tree", "--demo"]).err, "");
    // Variables of every service and context, this one's and others'.
    let command = format!("{{ command = [\"sh\", \"-c\", \"env > seen; echo {}\"] }}", demo_keys().one);
    let config = format!(
        "default_context = \"lab\"\n{}\
         [context.lab.certcentral]\nkey = {{ env = \"CC\" }}\n\
         [context.lab.partner]\nparent_key = {{ env = \"PARENT\" }}\n\
         subaccount = [{{ name = \"shop\", key = {{ env = \"SHOP\" }} }}]\n\
         [context.other]\nenvironment = \"production\"\none = {{ key = {{ env = \"OTHER\" }} }}\n",
        one(&base, &command)
    );
    home.file("c.toml", &config, 0o600);
    let tree = run(&["ca", "tree"]);
    assert_eq!((tree.code, tree.err.as_str()), (0, ""));
    let seen = std::fs::read_to_string(home.path().join("seen")).unwrap();
    assert!(seen.contains("HOME=") && seen.contains("ONE="), "{seen}");
    assert!(!seen.contains(CANARY), "{seen}");
}

#[test]
fn c12_what_doctor_prints_holds_no_key_even_when_a_service_sends_it_back() {
    let text = format!("{{\"code\":\"x\",\"message\":\"key {CANARY}?\"}}");
    let echo = Fault::Body { status: 400, content_type: "application/json".into(), text };
    let faults = FaultPlan::always("/", echo);
    let simulator = Simulator::spawn(Options { faults, ..Options::default() }).unwrap();
    let base = format!("http://{}", simulator.addr());
    let home = Home::new();
    home.file("broken", &format!("{CANARY}\u{e9}"), 0o600);
    let config = format!(
        "{}\n[context.lab.partner]\nparent_key = {{ file = \"broken\" }}\n\
         [context.lab.certcentral]\nkey = {{ command = \"sh -c 'echo {CANARY} x'\" }}\n",
        one(&base, "{ env = \"ONE\" }")
    );
    home.file("c.toml", &config, 0o600);
    for words in [&["doctor"][..], &["doctor", "-o", "json"], &["auth", "status"], &["config", "check"]] {
        let mut command = home.command();
        let run = Run::of(&command.env("ONE", CANARY).args(words).args(["--config", "c.toml"]).output().unwrap());
        assert_ne!(run.code, 0);
        assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY), "{}{}", run.out, run.err);
        assert!(words[0] == "config" || run.out.contains("key (the key)?"), "{}", run.out);
        assert!(run.out.contains("not ASCII"), "{}", run.out);
    }
}

#[test]
fn c10_a_call_that_is_not_permitted_fails_alone_and_names_what_is_missing() {
    let paths = [
        ("/certificate-authority/api/v1/template", "Templates", "the permission VIEW_CM_CUSTOM_TEMPLATE"),
        ("/certificate-authority/api/v1/audit", "CA audit log", "the permission VIEW_CM_AUDIT_LOG"),
        ("/reports/v1/report/history", "Report history", "the role Administrator"),
        ("/partner-subscription/api/v1/account/reporting", "Contracts", "the parent key"),
    ];
    for (path, what, needs) in paths {
        let refused = Fault::Status { status: 403, retry_after: None };
        let start = jiff::Timestamp::now();
        let simulator =
            Simulator::spawn(Options { faults: FaultPlan::always(path, refused), start, ..Options::default() });
        let simulator = simulator.unwrap();
        let (base, keys) = (format!("http://{}", simulator.addr()), demo_keys());
        let home = Home::new();
        for (name, key) in [("cc", &keys.certcentral), ("parent", &keys.partner_parent), ("one", &keys.one)] {
            home.file(name, key, 0o600);
        }
        let config = format!(
            "{}[context.lab.certcentral]\nservices_url = \"{base}/services/v2\"\nreports_url = \"{base}/reports/v1\"\n\
             key = {{ file = \"cc\" }}\n[context.lab.partner]\nurl = \"{base}/partner-subscription/api/v1\"\n\
             parent_key = {{ file = \"parent\" }}\n",
            one(&base, "{ file = \"one\" }")
        );
        home.file("c.toml", &config, 0o600);
        let run = home.run(&["doctor", "--config", "c.toml"]);
        assert_eq!(run.code, 5, "{}", run.out);
        let failed: Vec<&str> = run.out.lines().filter(|line| line.contains("  fail  ")).collect();
        assert!(matches!(failed[..], [line] if line.contains(what)), "{}", run.out);
        assert!(failed[0].contains(&format!("(ask an administrator for {needs})")), "{}", run.out);
    }
}
