use certdeck::simulator::{Fault, FaultPlan, Options, RetryAfter, Rule, Simulator, demo_keys};

use super::{
    bench::{Home, Run},
    data::valid,
};

const CANARY: &str = "canary-9c02aa";

pub fn simulator(faults: FaultPlan) -> Simulator {
    Simulator::spawn(Options { faults, start: jiff::Timestamp::now(), ..Options::default() }).unwrap()
}

fn config(base: &str) -> String {
    format!(
        "[context.lab]\nenvironment = \"demo\"\n\
         [context.lab.certcentral]\nservices_url = \"{base}/services/v2\"\nreports_url = \"{base}/reports/v1\"\nkey = {{ env = \"CC\" }}\n\
         [context.lab.partner]\nurl = \"{base}/partner-subscription/api/v1\"\nparent_key = {{ env = \"PARENT\" }}\n\
         [[context.lab.partner.subaccount]]\nname = \"shop\"\nkey = {{ file = \"shop.key\" }}\ncontracts = [12345]\n\
         [context.lab.one]\nurl = \"{base}\"\nkey = {{ command = [\"cat\", \"one.key\"] }}\n"
    )
}

/// A home whose context reaches `base` with these keys.
pub fn home(base: &str, one: &str) -> Home {
    let home = Home::new();
    home.file("c.toml", &config(base), 0o600);
    home.file("one.key", &format!("{one}\n"), 0o600);
    let shop = demo_keys().partner_subaccounts.first().unwrap().key.clone();
    home.file("shop.key", &shop, 0o600);
    home
}

pub fn run(home: &Home, words: &[&str]) -> Run {
    let keys = demo_keys();
    let mut command = home.command();
    command.env("CC", &keys.certcentral).env("PARENT", &keys.partner_parent).args(words).args(["--config", "c.toml"]);
    let run = Run::of(&command.output().unwrap());
    for secret in [CANARY, &keys.certcentral, &keys.partner_parent, &keys.one, "not-a-secret"] {
        assert!(!run.out.contains(secret) && !run.err.contains(secret), "{secret} in {}{}", run.out, run.err);
    }
    run
}

const COMMANDS: [&[&str]; 5] =
    [&["acme", "list"], &["ca", "tree"], &["ca", "requests", "list"], &["report", "list"], &["audit", "list"]];

#[test]
fn a_context_of_a_file_reaches_the_simulator_with_each_kind_of_key() {
    let simulator = simulator(FaultPlan::default());
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    for words in COMMANDS {
        let run = run(&home, &[words, &["-o", "json"]].concat());
        assert_eq!(run.code, 0, "{words:?}: {}", run.err);
        let value = valid(&run.out);
        assert_eq!((&value["context"], &value["environment"]), (&"lab".into(), &"demo".into()));
        assert_eq!(value["sources"][0]["complete"], true);
        if words[0] == "acme" {
            // The file leaves the keys of some accounts out, and that is said.
            let notes = value["sources"][0]["notes"].as_array().unwrap();
            assert!(notes.iter().all(|note| note.as_str().unwrap().contains("blind spot")), "{notes:?}");
            // And that the parent key comes from the environment.
            assert_eq!(run.err.lines().count(), notes.len() + 1, "{}", run.err);
        }
    }
    let doctor = run(&home, &["doctor"]);
    assert_eq!(doctor.code, 0, "{}", doctor.out);
}

#[test]
fn each_kind_of_failure_has_its_code_one_line_and_no_key() {
    let status = |status| Fault::Status { status, retry_after: None };
    let faults = [
        (status(401), 4, "not_authenticated"),
        (status(403), 5, "not_permitted"),
        (status(500), 1, "service"),
        (Fault::Html { status: 200, bytes: 500 }, 1, "bad_answer"),
    ];
    for (fault, code, kind) in faults {
        let simulator = simulator(FaultPlan::always("/", fault.clone()));
        let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
        // A service that fails is asked again after a while: one list is enough to wait for.
        let commands = if code == 1 { &COMMANDS[1..2] } else { &COMMANDS[..] };
        for &words in commands {
            let plain = run(&home, words);
            assert_eq!((plain.code, plain.out.as_str()), (code, ""), "{words:?} {fault:?}: {}", plain.err);
            assert_eq!(plain.err.lines().count(), 1, "{}", plain.err);
            let json = run(&home, &[words, &["-o", "json"]].concat());
            json.refused(code, "{\"error\":{");
            let error: serde_json::Value = serde_json::from_str(&json.err).unwrap();
            assert_eq!(error["error"]["kind"], kind, "{error}");
        }
        let doctor = run(&home, &["doctor", "-o", "json"]);
        assert_eq!(doctor.code, code, "{}", doctor.out);
        valid(&doctor.out);
    }
}

#[test]
fn a_wrong_key_is_exit_4_and_no_connection_exit_7() {
    let simulator = simulator(FaultPlan::default());
    let wrong = home(&format!("http://{}", simulator.addr()), CANARY);
    run(&wrong, &["ca", "tree"]).refused(4, "");
    // A port of this machine where nobody listens: bound once, then given back.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = home(&format!("http://{free}"), CANARY);
    run(&nobody, &["ca", "tree"]).refused(7, "");
    let doctor = run(&nobody, &["doctor"]);
    assert_eq!(doctor.code, 7, "{}", doctor.out);
}

#[test]
fn a_rate_limit_is_exit_10_and_says_how_long() {
    let fault = Fault::Status { status: 429, retry_after: Some(RetryAfter::Seconds(100_000)) };
    let simulator = simulator(FaultPlan::always("/", fault));
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let run = run(&home, &["ca", "tree", "-o", "json"]);
    run.refused(10, "rate_limited");
    let error: serde_json::Value = serde_json::from_str(&run.err).unwrap();
    assert!(error["error"]["retry_after"].is_u64(), "{error}");
}

#[test]
fn half_a_list_is_printed_said_and_has_the_code_of_the_other_half() {
    let rule = Rule { offset: Some(100), ..Rule::new("/certificate-authority/api/v1/audit", Fault::CutBody) };
    let simulator = simulator(FaultPlan { rules: vec![rule] });
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let words = ["audit", "list", "--since", "3000d", "--limit", "100000"];
    let run = run(&home, &[&words[..], &["-o", "json"]].concat());
    assert_eq!(run.code, 7, "{}", run.err);
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    assert!(run.err.contains("private_ca: not complete"), "{}", run.err);
    let value = valid(&run.out);
    assert_eq!(value["sources"][0]["complete"], false);
    assert_eq!(value["sources"][1]["complete"], true);
    assert_eq!(value["gaps"][0]["source"], "private_ca");
    assert!(value["items"].as_array().unwrap().len() >= 100);
}

#[cfg(target_os = "linux")]
#[test]
fn a_key_is_no_argument_of_a_running_command() {
    let simulator = simulator(FaultPlan::always("/", Fault::Silence));
    let home = home(&format!("http://{}", simulator.addr()), CANARY);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_certdeck"));
    command.args(["ca", "tree", "--config", "c.toml"]).env_clear().env("PATH", "/usr/bin:/bin").env("CC", CANARY);
    let mut child = command.current_dir(home.path()).stdout(std::process::Stdio::null()).spawn().unwrap();
    let control = simulator.control();
    while control.requests().is_empty() {
        std::thread::yield_now();
    }
    let line = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(String::from_utf8_lossy(&line).contains("tree"));
    assert!(!String::from_utf8_lossy(&line).contains(CANARY));
}
