use serde_json::{Value, json as object};

use super::bench::Home;

const LISTS: [(&[&str], &str); 13] = [
    (&["acme", "list"], "acme.certificates"),
    (&["acme", "forecast"], "acme.forecast"),
    (&["acme", "calendar"], "acme.calendar"),
    (&["acme", "match", "blog.acme-corp.example", "login.acme-corp.example"], "acme.match"),
    (&["ca", "tree"], "ca.certificates"),
    (&["ca", "requests", "list"], "ca.requests"),
    (&["report", "list"], "reports"),
    (&["audit", "list"], "audit.events"),
    (&["doctor"], "doctor"),
    (&["config", "check"], "config.check"),
    (&["auth", "status"], "auth"),
    (&["context", "list"], "contexts"),
    (&["context", "test"], "context.test"),
];

/// Parses what a command printed with `-o json`, and holds it against the schema that ships with the program.
pub fn json(home: &Home, words: &[&str]) -> Value {
    let run = home.run(&[words, &["-o", "json"]].concat());
    assert_eq!((run.code, said(&run.err)), (0, Vec::new()), "{words:?}");
    assert_eq!(run.out.lines().count(), 1);
    valid(&run.out)
}

/// What stderr says besides what the demo always says: one account is a blind spot, and a limit was reached.
pub fn said(err: &str) -> Vec<&str> {
    let usual = [": blind spot: account 90213 has 2 contracts", ": the newest "];
    err.lines().filter(|line| !usual.iter().any(|known| line.contains(known))).collect()
}

pub fn valid(text: &str) -> Value {
    let schema: Value = serde_json::from_str(include_str!("../../assets/schema/certdeck-v1.json")).unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|e| format!("{} at {}", e, e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    for path in value["unknown"].as_array().unwrap() {
        let member = path.as_str().unwrap().strip_prefix("items.").unwrap();
        let null = |item: &Value| item.get(member).is_none_or(Value::is_null);
        assert!(value["items"].as_array().unwrap().iter().any(null), "{path} is known");
    }
    value
}

/// The output without what is measured.
fn still(mut value: Value) -> Value {
    for item in value["items"].as_array_mut().unwrap() {
        if item["check"] == "latency" {
            item["detail"] = Value::Null;
        }
    }
    value
}

fn demo(home: &Home) -> Home {
    // `config check` is the one list that needs a file.
    home.file("c.toml", "[context.a]\nenvironment = \"demo\"\none = { key = { command = \"true\" } }", 0o600);
    Home::new()
}

fn words_of<'a>(list: &[&'a str]) -> Vec<&'a str> {
    let more: &[&str] = if list.first() == Some(&"config") { &["--config", "c.toml"] } else { &["--demo"] };
    [list, more].concat()
}

#[test]
fn each_list_is_the_same_in_each_form() {
    let home = Home::new();
    demo(&home);
    for (list, kind) in LISTS {
        let words = words_of(list);
        let whole = json(&home, &words);
        assert_eq!(whole["kind"], kind);
        let items = whole["items"].as_array().unwrap();
        assert!(!items.is_empty(), "{kind}");
        assert_eq!(whole["total"], items.len());
        let form = |form: &str| {
            let run = home.run(&[&words[..], &["-o", form]].concat());
            assert_eq!((run.code, said(&run.err)), (0, Vec::new()), "{words:?} -o {form}");
            run.out
        };
        let lines: Vec<Value> = form("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (lines, kept) = (object!({"items": lines}), object!({"items": items}));
        assert_eq!(still(lines), still(kept), "{kind}");
        let csv = form("csv");
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let heads: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let members: Vec<&String> = items[0].as_object().unwrap().keys().collect();
        assert_eq!(heads.len(), members.len());
        // A forecast has its weeks and a match its names, whatever the filter keeps.
        let by_filter = !["acme.forecast", "acme.match"].contains(&kind);
        if by_filter && ["acme", "ca", "report", "audit"].contains(&list[0]) {
            let none = home.run(&[&words[..], &["-o", "csv", "--filter", "no-row-has-this-text"]].concat());
            assert_eq!((none.code, none.out.lines().next()), (0, csv.lines().next()), "{kind}: the heading of no rows");
            assert_eq!(none.out.lines().count(), 1);
        }
        assert_eq!(reader.records().map(Result::unwrap).count(), items.len());
        let table = form("table");
        // The sections of a report, and a context with several keys, take more lines.
        match kind {
            "doctor" => {
                assert_eq!(table.lines().skip_while(|line| !line.starts_with("SERVICE")).count(), items.len() + 1);
            }
            "contexts" => assert_eq!(table.lines().count(), 3 + 1, "one line for each key"),
            "acme.forecast" => assert_eq!(table.lines().count(), items.len() + 5, "two tables and what is assumed"),
            _ => assert_eq!(table.lines().count(), items.len() + 1, "{kind}"),
        }
        match kind {
            "config.check" | "contexts" => {}
            _ => {
                assert_eq!(still(whole.clone()), still(json(&home, &words)), "the demo is the same each time");
                assert_eq!((&whole["context"], &whole["environment"]), (&"demo".into(), &"demo".into()));
            }
        }
    }
}

#[test]
fn without_a_configuration_it_is_the_simulator_and_says_so() {
    let home = Home::new();
    let run = home.run(&["ca", "tree", "-o", "json"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.err.lines().count(), 1);
    assert!(run.err.contains("no configuration, so this is the built-in simulator"), "{}", run.err);
    assert_eq!(valid(&run.out)["context"], "demo");
    home.run(&["ca", "tree", "--context", "prod"]).refused(2, "a context is named, but there is no configuration");
}

#[test]
fn filters_and_orders_are_those_of_the_screens() {
    let home = Home::new();
    let all = json(&home, &["acme", "list", "--demo"]);
    let some = json(&home, &["acme", "list", "--demo", "--filter", "status:issued", "--sort", "-expires"]);
    let (all_items, items) = (all["items"].as_array().unwrap(), some["items"].as_array().unwrap());
    assert_eq!(some["total"], all["total"]);
    assert_eq!(items.len(), all_items.iter().filter(|item| item["status"] == "issued").count());
    let ends: Vec<&str> =
        items.iter().filter_map(|item| item["expiration_date"].as_str()).filter(|end| end.len() == 20).collect();
    assert!(!ends.is_empty() && ends.is_sorted_by(|a, b| a >= b), "{ends:?}");
    let first = all_items.iter().find(|item| item["serial_number"].is_string()).unwrap();
    let serial = first["serial_number"].as_str().unwrap().to_lowercase();
    let shown = json(&home, &["acme", "show", &serial, "--demo"]);
    assert!(shown["items"].as_array().unwrap().contains(first));
    let name = first["domain"].as_str().unwrap().to_uppercase();
    let shown = json(&home, &["acme", "show", &name, "--demo"]);
    assert!(shown["items"].as_array().unwrap().contains(first));
    home.run(&["acme", "list", "--demo", "--filter", "colour:red"]).refused(2, "no field \"colour\"; there are: name ");
    home.run(&["acme", "list", "--demo", "--sort", "colour"]).refused(2, "no column \"colour\"; there are: state,");
    let nowhere = home.run(&["acme", "show", "nowhere.example", "--demo"]);
    assert_eq!((nowhere.code, nowhere.out.as_str()), (6, ""));
    assert!(said(&nowhere.err)[0].contains("no certificate has the name"), "{}", nowhere.err);
    home.run(&["report", "show", "nothing", "--demo"]).refused(6, "no report has the id or name \"nothing\"");
    home.run(&["ca", "pem", "nothing", "--demo"]).refused(6, "no CA has the id or name \"nothing\"");
}

#[test]
fn one_ca_and_one_report_are_shown_whole() {
    let home = Home::new();
    let tree = json(&home, &["ca", "tree", "--demo"]);
    let cas = tree["items"].as_array().unwrap();
    let depth = |at: usize| cas[at]["depth"].as_u64().unwrap();
    assert!((1..cas.len()).all(|at| depth(at) <= depth(at - 1) + 1), "issuers come before what they issued");
    let ca = cas.iter().find(|ca| ca["effective_state"] == "active").unwrap();
    let id = ca["id"].as_str().unwrap();
    let shown = json(&home, &["ca", "show", id, "--demo"]);
    let item = &shown["items"][0];
    assert_eq!((&item["id"], &item["name"]), (&ca["id"], &ca["name"]));
    assert!(item["subject"].as_str().unwrap().contains("CN="), "{item}");
    let named = json(&home, &["ca", "show", &ca["name"].as_str().unwrap().to_lowercase(), "--demo"]);
    assert_eq!(named["items"], shown["items"]);
    let pem = home.run(&["ca", "pem", id, "--demo"]);
    assert_eq!((pem.code, pem.err.as_str()), (0, ""));
    let (_, parsed) = x509_parser::pem::parse_x509_pem(pem.out.as_bytes()).unwrap();
    assert_eq!(parsed.label, "CERTIFICATE");
    assert_eq!(json(&home, &["ca", "pem", id, "--demo"])["items"][0]["pem"], pem.out.as_str());

    let reports = json(&home, &["report", "list", "--demo"]);
    let report = &reports["items"][0];
    let shown = json(&home, &["report", "show", report["report_identifier"].as_str().unwrap(), "--demo"]);
    assert_eq!(shown["items"][0]["runs"], report["runs"]);
    assert!(!shown["items"][0]["columns"].as_array().unwrap().is_empty());
    let table = home.run(&["report", "show", report["report_identifier"].as_str().unwrap(), "--demo"]);
    assert!(table.out.contains("report_display_name"), "{}", table.out);
}

#[test]
fn audit_goes_back_as_far_as_asked() {
    let home = Home::new();
    let day = json(&home, &["audit", "list", "--demo", "--since", "1d", "--limit", "100000"]);
    let week = json(&home, &["audit", "list", "--demo", "--since", "7d", "--limit", "100000"]);
    let count = |value: &Value| value["items"].as_array().unwrap().len();
    assert!(count(&day) < count(&week), "{} {}", count(&day), count(&week));
    let few = json(&home, &["audit", "list", "--demo", "--limit", "5"]);
    assert!(count(&few) <= 5, "{}", count(&few));
    let times: Vec<&str> =
        week["items"].as_array().unwrap().iter().filter_map(|item| item["timestamp"].as_str()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
}

#[test]
fn u07_a_list_ends_quietly_when_the_reader_leaves() {
    let home = Home::new();
    let acme =
        ["acme list", "acme list -o jsonl", "acme forecast", "acme calendar", "acme match blog.acme-corp.example"];
    for words in [&acme[..], &["ca tree -o json", "report list -o csv", "audit list --since 300d"]].concat() {
        let line = format!("{} {words} --demo | head -1", env!("CARGO_BIN_EXE_certdeck"));
        let mut shell = std::process::Command::new("/bin/sh");
        let output =
            shell.args(["-c", &line]).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path()).output();
        let output = output.unwrap();
        assert_eq!(said(&String::from_utf8_lossy(&output.stderr)), Vec::<&str>::new(), "{words}");
        assert!(!output.stdout.is_empty());
    }
}
