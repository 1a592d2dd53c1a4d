use std::{collections::BTreeMap, process::Stdio};

use certdeck::simulator::{Fault, FaultPlan, Rule, Simulator};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json as object};

use super::{
    bench::{Home, Run},
    data::{said, valid},
    failures::{home, run, simulator},
};

const ACME: &str = "/partner-subscription/api/v1/acme/";

/// A demo check of the certificates with a name.
fn check(name: &str, more: &[&str]) -> Run {
    let filter = format!("domain~{name}");
    Home::new().run(&[&["check", "--demo", "--filter", &filter], more].concat())
}

/// Figures by label, each as its value and the four that may follow.
fn figures(line: &str) -> BTreeMap<String, Vec<String>> {
    let (_, figures) = line.split_once(" | ").unwrap();
    let read = |figure: &str| {
        let (label, values) = figure.split_once('=').unwrap();
        assert!(!label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{label}");
        let values: Vec<String> = values.split(';').map(ToOwned::to_owned).collect();
        assert_eq!(values.len(), 5, "value;warn;crit;min;max: {figure}");
        let number = values[0].trim_end_matches('s');
        assert!(number.parse::<i64>().is_ok(), "{figure}");
        for range in &values[1..] {
            assert!(range.trim_end_matches(':').parse::<i64>().is_ok() || range.is_empty(), "{figure}");
        }
        (label.to_owned(), values)
    };
    figures.split(' ').map(read).collect()
}

#[test]
fn a_check_is_ok_warning_or_critical_by_its_thresholds() {
    for (name, more, code, word) in [
        ("blog.acme-corp.example", &[][..], 0, "OK"),
        ("login.acme-corp.example", &[], 1, "WARNING"),
        ("login.acme-corp.example", &["--warn", "3d"], 0, "OK"),
        ("login.acme-corp.example", &["--warn", "40%", "--crit", "10%"], 2, "CRITICAL"),
        ("login.acme-corp.example", &["--crit", "max(10%,4d)"], 2, "CRITICAL"),
        ("blog.acme-corp.example", &["--warn", "min(200d,100%)"], 0, "OK"),
        ("blog.acme-corp.example", &["--warn", "200d"], 1, "WARNING"),
        ("pay.acme-corp.example", &[], 2, "CRITICAL"),
        ("cdn-3.acme-corp.example", &["--crit", "1m"], 2, "CRITICAL"),
        ("new-shop.acme-corp.example", &["--warn", "1000d"], 0, "OK"),
    ] {
        let run = check(name, more);
        assert_eq!((run.code, said(&run.err)), (code, Vec::new()), "{name} {more:?}: {}", run.out);
        let first = run.out.lines().next().unwrap();
        assert!(first.starts_with(&format!("CERTDECK {word} - ")), "{first}");
        let figures = figures(first);
        assert_eq!(figures["certificates"][0], "1", "{first}");
        assert_eq!(
            (&*figures["critical"][0] == "1", &*figures["warning"][0] == "1"),
            (code == 2, code == 1),
            "{first}"
        );
        assert_eq!(run.out.lines().count(), 1 + usize::from(code > 0), "{}", run.out);
        let told = run.out.lines().nth(1).unwrap_or_default();
        assert!(
            code == 0 || (told.starts_with(&format!("[{word}] {name} (contract 123")) && told.contains(" left.")),
            "{told}"
        );
    }
    let timed = figures(check("login.acme-corp.example", &["--warn", "20d"]).out.lines().next().unwrap());
    assert_eq!(timed["left_min"], ["268889s", "1728000:", "259200:", "", ""]);
    let none = check("nothing.example", &[]);
    assert_eq!(none.code, 3, "{}", none.out);
    assert!(none.out.starts_with("CERTDECK UNKNOWN - the filter keeps none of 1284 certificates"), "{}", none.out);
}

#[test]
fn a_check_of_many_tells_the_worst_first_and_at_most_20() {
    let run = Home::new().run(&["check", "--demo", "--warn", "60d"]);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!((run.code, lines.len()), (2, 21));
    assert!(lines[1].starts_with("[UNKNOWN] the end of 4 certificates cannot be read"), "{}", lines[1]);
    assert!(lines[2].starts_with("[CRITICAL] old-api.acme-corp.example"), "{}", lines[2]);
    let words: Vec<&str> = lines[2..20].iter().map(|line| line.split(']').next().unwrap()).collect();
    assert!(words.is_sorted(), "critical before warning: {words:?}");
    assert!(lines[20].starts_with("and ") && lines[20].contains(" more: "), "{}", lines[20]);
}

#[test]
fn a_check_without_data_is_unknown_and_never_ok() {
    let pending = ["check", "--filter", "name:new-shop.acme-corp.example"];
    let old = ["check", "--filter", "name:old-api.acme-corp.example"];
    let unknown = |faults: FaultPlan, words: &str| {
        let simulator = simulator(faults);
        let home = home(&format!("http://{}", simulator.addr()), "not-used");
        let run = run(&home, &pending);
        assert_eq!(run.code, 3, "{}", run.out);
        let first = run.out.lines().next().unwrap();
        assert!(first.starts_with("CERTDECK UNKNOWN - ") && first.contains(words), "{first}");
        (simulator, home)
    };
    let (_healthy, home_of_healthy) = {
        let simulator = simulator(FaultPlan::default());
        let home = home(&format!("http://{}", simulator.addr()), "not-used");
        (simulator, home)
    };
    assert_eq!(run(&home_of_healthy, &pending).code, 0);
    let status = |status| Fault::Status { status, retry_after: None };
    let (_simulator, refused) = unknown(FaultPlan::always("/", status(401)), "");
    // The other forms: an error object, metrics that say so, a word.
    run(&refused, &[&pending[..], &["-o", "json"]].concat()).refused(3, "{\"error\":{\"detail\"");
    let metrics = run(&refused, &[&pending[..], &["-o", "openmetrics"]].concat());
    assert_eq!(metrics.code, 3);
    assert!(metrics.out.contains("\ncertdeck_check_complete 0\n# EOF\n"), "{}", metrics.out);
    run(&refused, &[&pending[..], &["-o", "table"]].concat()).refused(3, "certdeck: ");
    // One contract of two: OK becomes UNKNOWN, CRITICAL stays.
    let (_partial, partial) = unknown(FaultPlan::always(&format!("{ACME}12346/"), status(403)), "not complete, ");
    let critical = run(&partial, &old);
    assert_eq!(critical.code, 2, "{}", critical.out);
    assert!(critical.out.lines().nth(1).unwrap().starts_with("[UNKNOWN] not complete, "), "{}", critical.out);
    let value = valid(&run(&partial, &[&pending[..], &["-o", "json"]].concat()).out);
    assert_eq!((&value["items"][0]["status"], &value["items"][0]["complete"]), (&"UNKNOWN".into(), &false.into()));
    // Nobody listens.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = run(&home(&format!("http://{free}"), "not-used"), &pending);
    assert_eq!(nobody.code, 3, "{}", nobody.out);
    assert!(nobody.out.starts_with("CERTDECK UNKNOWN - "), "{}", nobody.out);
}

#[test]
fn a_command_line_that_cannot_be_used_is_unknown_for_a_check() {
    let home = Home::new();
    for words in [
        &["check", "--warn"][..],
        &["check", "--warn", "soon", "--demo"],
        &["--demo", "check", "--nope"],
        &["check", "more"],
        &["check", "--demo", "--filter", "colour:red"],
        &["check", "--demo", "--sort", "left"],
        &["check", "--demo", "-o", "csv"],
        &["check", "--demo", "-o", "ics"],
        &["check", "--context", "nowhere"],
    ] {
        let run = home.run(words);
        assert_eq!(run.code, 3, "{words:?}: {}", run.err);
        assert!(run.out.is_empty() || run.out.starts_with("CERTDECK UNKNOWN - "), "{}", run.out);
        assert!(!run.err.is_empty());
    }
    for words in [&["--context", "check", "acme", "--nope"][..], &["acme", "list", "-o", "nagios", "--demo"]] {
        assert_eq!(home.run(words).code, 2, "{words:?}");
    }
    let help = home.run(&["check", "--help"]);
    assert_eq!(help.code, 0);
    let text = help.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.starts_with("Holds ACME certificates against thresholds"), "{text}");
    assert!(text.contains("a known CRITICAL stays CRITICAL, and OK and WARNING become UNKNOWN"), "{text}");
}

#[test]
fn a_check_as_json_is_by_the_schema_and_as_a_table_for_people() {
    let run = Home::new().run(&["check", "--demo", "-o", "json"]);
    assert_eq!(run.code, 2);
    let value = valid(&run.out);
    let item = &value["items"][0];
    assert_eq!((&value["kind"], &value["total"], &item["status"]), (&"check".into(), &1284.into(), &"CRITICAL".into()));
    assert_eq!((&item["warn"], &item["crit"], &item["probed"]), (&"overdue".into(), &"3d".into(), &Value::Null));
    let problems = item["problems"].as_array().unwrap();
    let count = |word: &str| problems.iter().filter(|problem| problem["severity"] == word).count();
    assert_eq!((count("critical"), count("warning")), (4, 8));
    assert_eq!((&item["critical"], &item["warning"]), (&4.into(), &8.into()));
    // The same row as in the list.
    let listed = super::data::json(&Home::new(), &["acme", "list", "--demo"]);
    assert!(problems.iter().all(|problem| listed["items"].as_array().unwrap().contains(&problem["certificate"])));
    let table = Home::new().run(&["check", "--demo", "-o", "table"]);
    assert_eq!((table.code, table.out.lines().count()), (2, 1 + problems.len()));
    assert!(table.err.contains("CERTDECK CRITICAL - 4 critical, 8 warning"), "{}", table.err);
}

#[test]
fn a_check_with_a_probe_finds_what_is_served() {
    let ok = check("img.acme-corp.example", &[]);
    assert_eq!(ok.code, 0, "{}", ok.out);
    let run = check("img.acme-corp.example", &["--probe"]);
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.out.contains("serves a certificate that does not have the name"), "{}", run.out);
    let figures = figures(run.out.lines().next().unwrap());
    assert_eq!((&*figures["probed"][0], &*figures["unreachable"][0]), ("1", "0"));
    let silent = check("grafana.acme-corp.example", &["--probe", "--warn", "1d", "--crit", "1h"]);
    assert_eq!(silent.code, 0, "what cannot be reached changes nothing: {}", silent.out);
    assert!(silent.out.contains(" unreachable=1;;;0;1"), "{}", silent.out);
}

/// A contract with these certificates, and nothing else.
fn world(rows: &Value) -> (Simulator, Home) {
    let body = |rows: &Value| Fault::Body {
        status: 200,
        content_type: "application/json".to_owned(),
        text: object!({"certificates": rows}).to_string(),
    };
    let rules = vec![
        Rule::new(&format!("{ACME}12345/certificates"), body(rows)),
        Rule::new(&format!("{ACME}*/certificates"), body(&object!([]))),
    ];
    let simulator = simulator(FaultPlan { rules });
    let home = home(&format!("http://{}", simulator.addr()), "not-used");
    (simulator, home)
}

#[test]
fn t01_hostile_names_do_no_harm_in_any_form_of_a_check() {
    let soon = Timestamp::now().checked_add(SignedDuration::from_hours(24)).unwrap().to_string();
    let names = [
        "pipe|critical=0.example",
        "quote\"} 0\n# EOF\n.example",
        "back\\slash.example",
        "line\r\nbreak.example",
        "\u{1b}]0;PWN\u{7}.example",
        "\u{202e}elpmaxe.example",
        "semi;colon,comma.example",
        "=cmd|' /C calc'!A0",
        &"a".repeat(100_000),
    ];
    let row = |(n, name): (usize, &&str)| object!({"domain": name, "status": "issued", "expiration_date": soon, "serial_number": format!("{}F\"|", n + 1), "sans": [name]});
    let rows: Vec<Value> = names.iter().enumerate().map(row).collect();
    let (_simulator, home) = world(&rows.into());
    let nagios = run(&home, &["check"]);
    assert_eq!((nagios.code, nagios.out.lines().count()), (2, 1 + names.len()), "{}", nagios.out);
    assert_eq!(nagios.out.matches('|').count(), 1, "{}", nagios.out);
    assert!(nagios.out.contains("pipe%7Ccritical=0.example") && nagios.out.len() < 8_000, "{}", nagios.out);
    assert_eq!(figures(nagios.out.lines().next().unwrap())["critical"][0], names.len().to_string());
    let metrics = run(&home, &["check", "-o", "openmetrics"]);
    assert_eq!(metrics.code, 2);
    let samples = super::metrics::parse(&metrics.out);
    let ends = samples.iter().filter(|sample| sample.name == "certdeck_certificate_not_after_seconds");
    assert_eq!(ends.clone().count(), names.len());
    assert!(ends.clone().any(|sample| sample.labels["name"] == "back\\slash.example"));
    assert!(ends.clone().any(|sample| sample.labels["serial"].ends_with("F\"|")));
    assert!(ends.clone().all(|sample| sample.labels["name"].len() < 1_100));
    let json = valid(&run(&home, &["check", "-o", "json"]).out);
    assert_eq!(json["items"][0]["problems"].as_array().unwrap().len(), names.len());
    let table = run(&home, &["check", "-o", "table"]);
    assert_eq!(table.out.lines().count(), 1 + names.len(), "{}", table.out);
}

#[test]
fn u07_a_check_whose_reader_leaves_keeps_its_exit_code() {
    let ended = |form: &str, out: Stdio| {
        let home = Home::new();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_certdeck"));
        command.args(["check", "--demo", "-o", form]).env_clear().env("HOME", home.path());
        let child = command.stdout(out).stderr(Stdio::piped()).spawn().unwrap();
        Run::of(&child.wait_with_output().unwrap())
    };
    for form in ["nagios", "json", "openmetrics", "table"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = ended(form, writer.into());
        assert_eq!(run.code, 2, "{form}: {}", run.err);
        assert!(!run.err.contains("cannot be written"), "{}", run.err);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_check_that_cannot_be_written_is_not_ok() {
    let home = Home::new();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_certdeck"));
    command.args(["check", "--demo", "--filter", "name:blog.acme-corp.example"]).env_clear().env("HOME", home.path());
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let run = Run::of(&child.wait_with_output().unwrap());
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(run.err.contains("stdout cannot be written"), "{}", run.err);
}
