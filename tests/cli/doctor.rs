use certdeck::simulator::{Fault, FaultPlan, Flaw, Options, Queue, Rule, Simulator, Switches, Tls, demo_keys};
use serde_json::Value;

use super::{
    bench::{Home, Run},
    data::valid,
    failures::{home, run, simulator},
};

const USER: &str = "canary-user-77";

/// The report without what changes from run to run and from machine to machine.
fn still(out: &str) -> String {
    let mut text = String::new();
    for line in out.lines() {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["version" | "target" | "profile" | "features", ..] => words.truncate(1),
            [_, "latency", ..] => words[3] = "N",
            [_, "clock", ..] => {
                let at = words.iter().position(|word| *word == "is").unwrap();
                // A second may pass between the two looks at a clock; a clock that is wrong is wrong by more.
                if words[at + 1].parse::<u32>().unwrap() < 5 {
                    let to = words.iter().position(|word| *word == "this").unwrap();
                    words.splice(at + 1..to, ["N"]);
                } else {
                    words[at + 1] = "N";
                }
            }
            _ => {}
        }
        let lead = if line.starts_with("  ") { "  " } else { "" };
        text.extend([lead, &words.join(" "), "\n"]);
    }
    text
}

fn advised(home: &Home) -> Value {
    let value = valid(&run(home, &["doctor", "-o", "json"]).out);
    for item in value["items"].as_array().unwrap() {
        let wants = item["status"] == "fail" || item["status"] == "warn";
        assert!(!wants || item["hint"].is_string(), "no word what to do: {item}");
    }
    value
}

#[test]
fn a_healthy_estate() {
    let simulator = simulator(FaultPlan::default());
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let run = run(&home, &["doctor"]);
    assert_eq!(run.code, 0, "{}", run.out);
    insta::assert_snapshot!("doctor_healthy", still(&run.out));
    let value = advised(&home);
    let names: Vec<&str> = value["sections"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["program", "paths", "terminal", "network", "paths of DigiCert ONE", "store"]);
}

#[test]
fn an_estate_with_five_faults() {
    let status = |path: &str, status| Rule::new(path, Fault::Status { status, retry_after: None });
    let rules = vec![
        Rule::new("/services/v2", Fault::ExpiredKey),
        Rule::new("/partner-subscription/api/v1/account/reporting", Fault::Html { status: 200, bytes: 500 }),
        status("/certificate-authority/api/v1/template", 403),
        Rule::new("/certificate-authority", Fault::Skew { seconds: 900 }),
        Rule::new("/account", Fault::Skew { seconds: 900 }),
    ];
    let switches = Switches { queue: Queue::Missing, ..Switches::default() };
    let options =
        Options { faults: FaultPlan { rules }, switches, start: jiff::Timestamp::now(), ..Options::default() };
    let simulator = Simulator::spawn(options).unwrap();
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let run = run(&home, &["doctor"]);
    assert_eq!(run.code, 4, "the key comes before what it may not do: {}", run.out);
    insta::assert_snapshot!("doctor_five_faults", still(&run.out));
    advised(&home);
}

/// A home whose one service is a simulator behind TLS.
fn behind_tls(flaw: Flaw) -> (Simulator, Home) {
    let tls = Some(Tls { flaw, ..Tls::default() });
    let simulator = Simulator::spawn(Options { tls, start: jiff::Timestamp::now(), ..Options::default() }).unwrap();
    let home = Home::new();
    home.file("root.pem", &simulator.tls_files().unwrap().root, 0o600);
    home.file("one.key", &demo_keys().one, 0o600);
    let url = simulator.urls().one;
    let context = format!(
        "[context.lab]\nenvironment = \"demo\"\n\
         [context.lab.one]\nurl = \"{url}\"\nca_file = \"root.pem\"\nkey = {{ file = \"one.key\" }}\n"
    );
    home.file("c.toml", &context, 0o600);
    (simulator, home)
}

#[test]
fn the_end_of_a_server_certificate_is_told_and_warned_of_a_month_before() {
    let (sound, home) = behind_tls(Flaw::Sound);
    let report = run(&home, &["doctor"]);
    assert_eq!(report.code, 0, "{}", report.out);
    let line = report.out.lines().find(|line| line.contains("server certificate")).unwrap();
    let told = format!("ok       {}, valid until 2049-01-01T00:00:00Z", sound.addr());
    assert!(line.ends_with(&told), "{line}");
    let (ending, home) = behind_tls(Flaw::Ending);
    assert_eq!(run(&home, &["doctor"]).code, 0, "a warning is no failure");
    let value = advised(&home);
    let items = value["items"].as_array().unwrap();
    let warned = items.iter().find(|item| item["check"] == "server certificate").unwrap();
    assert_eq!(warned["status"], "warn");
    let title = format!("the TLS certificate of {} ends in 9 d (", ending.addr());
    assert!(warned["detail"].as_str().unwrap().starts_with(&title), "{warned}");
    assert!(warned["hint"].as_str().unwrap().contains("by the service, or by those who run the company proxy"));
    assert!(!items.iter().any(|item| item["check"] == "server certificate" && item["service"] != "one"));
}

#[test]
fn c12_the_report_names_no_key_no_home_and_no_user() {
    let simulator = simulator(FaultPlan::default());
    let url = format!("http://{}", simulator.addr());
    let home = Home::new();
    std::fs::create_dir_all(home.path().join("config/certdeck")).unwrap();
    let (here, keys) = (home.path().display().to_string(), demo_keys());
    let context = format!(
        "[context.lab]\nenvironment = \"demo\"\n\
         [context.lab.certcentral]\nservices_url = \"{url}/services/v2\"\nreports_url = \"{url}/reports/v1\"\nkey = {{ env = \"CC\" }}\n\
         [context.lab.partner]\nurl = \"{url}/partner-subscription/api/v1\"\nparent_key = {{ file = \"{here}/open.key\" }}\n\
         [[context.lab.partner.subaccount]]\nname = \"shop\"\nkey = {{ file = \"/srv/{USER}/shop.key\" }}\n\
         [[context.lab.partner.subaccount]]\nname = \"lab\"\nkey = {{ command = [\"{here}/bin/no-such-command\", \"canary-argument\"] }}\n\
         [context.lab.one]\nurl = \"{url}\"\nkey = {{ env = \"ONE\" }}\n"
    );
    home.file("config/certdeck/config.toml", &context, 0o600);
    home.file("open.key", "canary-in-a-file", 0o644);
    for form in ["table", "json", "csv", "jsonl"] {
        let mut command = home.command();
        command.env("USER", USER).env("LOGNAME", USER).env("CC", &keys.certcentral).env("ONE", "canary-wrong-key");
        command.env("HTTPS_PROXY", "http://canary-proxy-user:canary-proxy-word@proxy.example.com:3128");
        let run = Run::of(&command.args(["doctor", "-o", form]).output().unwrap());
        assert_eq!(run.code, 2, "{}", run.out);
        for secret in ["canary", here.as_str(), USER, &keys.certcentral] {
            assert!(!run.out.contains(secret) && !run.err.contains(secret), "{secret} in {}{}", run.out, run.err);
        }
        assert!(run.out.contains("~/open.key: other users may open it"), "{}", run.out);
        assert!(run.out.contains("/srv/USER/shop.key"), "{}", run.out);
        if form == "table" {
            assert!(run.out.contains("~/config/certdeck/config.toml"), "{}", run.out);
            assert!(run.out.contains("proxy.example.com:3128"), "{}", run.out);
        }
    }
}

#[test]
fn g25_with_everything_wrong_each_problem_is_named_with_its_fix() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let home = home(&format!("http://{free}"), "not-a-secret");
    home.file(
        "c.toml",
        &format!(
            "[context.lab]\nenvironment = \"demo\"\n\
             [context.lab.certcentral]\nservices_url = \"http://{free}\"\nreports_url = \"http://{free}\"\nkey = {{ env = \"CC\" }}\n\
             [context.lab.partner]\nparent_key = {{ env = \"NOT_SET\" }}\n\
             [context.lab.one]\nurl = \"http://{free}\"\nkey = {{ keyring = \"certdeck/none\" }}\n"
        ),
        0o600,
    );
    let everything = run(&home, &["doctor"]);
    assert_eq!(everything.code, 2, "{}", everything.out);
    assert!(everything.err.contains("keys come from the environment (CC, NOT_SET)"), "{}", everything.err);
    assert_eq!(everything.err.lines().count(), 1, "{}", everything.err);
    let value = advised(&home);
    let failed: Vec<(&str, &str)> = value["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["status"] == "fail")
        .map(|item| (item["service"].as_str().unwrap(), item["check"].as_str().unwrap()))
        .collect();
    assert_eq!(failed, [("certcentral", "reachable"), ("partner", "key"), ("one", "key")], "{value:#}");

    home.file("c.toml", "[context.lab]\nenviroment = \"demo\"\n", 0o600);
    let broken = run(&home, &["doctor"]);
    assert_eq!((broken.code, broken.err.as_str()), (2, ""), "{}", broken.out);
    let line = broken.out.lines().find(|line| line.starts_with("config ")).unwrap();
    assert!(line.contains("line 2, column 1") && line.contains("did you mean \"environment\"?"), "{line}");
    assert!(broken.out.contains("version") && broken.out.contains("not asked without a configuration"));
    assert_eq!(advised(&home)["context"], Value::Null);
}

#[test]
fn the_terminal_is_described_as_the_dashboard_takes_it() {
    let home = Home::new();
    let facts = |variables: &[(&str, &str)]| {
        let mut command = home.command();
        command.args(["doctor", "--demo", "-o", "json"]).envs(variables.iter().copied());
        let value = valid(&Run::of(&command.output().unwrap()).out);
        let section = value["sections"].as_array().unwrap().iter().find(|s| s["name"] == "terminal").unwrap().clone();
        move |name: &str| {
            let fact = section["facts"].as_array().unwrap().iter().find(|fact| fact["name"] == name).unwrap();
            fact["value"].as_str().unwrap().to_owned()
        }
    };
    let plain = facts(&[]);
    assert_eq!([plain("TERM"), plain("ssh"), plain("multiplexer"), plain("utf-8")], ["not set", "no", "none", "yes"]);
    assert_eq!(plain("dashboard"), "not from here: stdin is no terminal");
    let far = facts(&[
        ("TERM", "tmux-256color"),
        ("SSH_TTY", "/dev/pts/1"),
        ("TMUX", "/run/x"),
        ("LANG", "C"),
        ("CERTDECK_THEME", "light"),
    ]);
    assert_eq!([far("TERM"), far("ssh"), far("multiplexer"), far("theme")], ["tmux-256color", "yes", "tmux", "light"]);
    assert_eq!(far("utf-8"), "no: ASCII is drawn");
    assert_eq!(facts(&[("NO_COLOR", "1"), ("CERTDECK_THEME", "light")])("theme"), "mono");
}
