//! What is new, gone or changed since a snapshot, by command.

use certdeck::simulator::{Fault, FaultPlan, Rule, demo_keys};
use serde_json::Value;

use super::{
    bench::Home,
    data::{said, valid},
    failures::{home, run, simulator},
};

fn items(value: &Value) -> Vec<(String, String, String)> {
    let text = |item: &Value, member: &str| item[member].as_str().unwrap_or_default().to_owned();
    let all = value["items"].as_array().unwrap().iter();
    all.map(|item| (text(item, "kind"), text(item, "change"), text(item, "id"))).collect()
}

#[test]
fn the_first_time_there_is_no_baseline_and_then_what_changed_is_told() {
    let simulator = simulator(FaultPlan::default());
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let first = run(&home, &["diff", "-o", "json"]);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.err.contains("no baseline yet; what was read now is kept"), "{}", first.err);
    let value = valid(&first.out);
    assert_eq!((value["kind"].as_str(), value["total"].as_u64()), (Some("diff"), Some(0)));
    assert_eq!(value["sources"].as_array().unwrap().len(), 5, "certificates, CAs, requests, reports, templates");

    let template = run(&home, &["report", "template"]).out;
    home.file("r.toml", &template.replace("Weekly orders", "Harbor weekly"), 0o600);
    assert_eq!(run(&home, &["report", "new", "-f", "r.toml", "--yes"]).code, 0);
    let second = run(&home, &["diff", "--since", "7d", "-o", "json"]);
    assert_eq!(second.code, 0, "{}", second.err);
    assert!(second.err.contains("between 20"), "{}", second.err);
    let value = valid(&second.out);
    let told = items(&value);
    assert!(!told.is_empty() && told.iter().all(|(kind, change, _)| kind == "report" && change == "new"), "{told:?}");
    assert_eq!(value["items"][0]["name"], "Harbor weekly");

    let none = run(&home, &["diff", "--since", "7d", "-o", "jsonl", "--filter", "kind:certificate"]);
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    let table = run(&home, &["diff", "--since", "7d"]);
    assert!(table.out.starts_with("CHANGE") && table.out.contains("Harbor weekly"), "{}", table.out);
    let csv = run(&home, &["diff", "--since", "7d", "-o", "csv"]);
    assert!(csv.out.starts_with("kind,change,id,name,status,members,since,until\n"), "{}", csv.out);
    let stored = run(&home, &["diff", "--since", "7d", "--until", "2099-01-01", "-o", "json"]);
    assert_eq!(items(&valid(&stored.out)), told, "two snapshots of this machine, and no service");
    assert_eq!(valid(&stored.out)["sources"][0]["name"], "here");
}

#[test]
fn a_list_that_is_not_read_is_not_compared_and_the_others_are() {
    let rule = Rule {
        path: "/certificate-authority/api/v1/ca".to_owned(),
        method: None,
        after: 0,
        times: None,
        offset: None,
        applied: false,
        fault: Fault::Status { status: 403, retry_after: None },
    };
    let simulator = simulator(FaultPlan { rules: vec![rule] });
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let run = run(&home, &["diff", "-o", "json"]);
    assert_eq!(run.code, 5, "{}", run.err);
    assert!(said(&run.err).iter().any(|line| line.contains("CAs: not read")), "{}", run.err);
    let value = valid(&run.out);
    let broken: Vec<&str> = value["sources"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|s| s["complete"] == false)
        .filter_map(|s| s["notes"][0].as_str())
        .collect();
    assert!(broken.contains(&"CAs"), "{broken:?}");
}

#[test]
fn a_slip_costs_no_request() {
    let home = Home::new();
    for (words, said) in
        [(["--since", "soon"], "yesterday, a time ago"), (["--until", "7d"], "a date or a moment in UTC")]
    {
        let run = home.run(&[&["--demo", "diff"][..], &words].concat());
        assert!(run.code == 2 && run.out.is_empty() && run.err.contains(said), "{}", run.err);
    }
    home.run(&["--demo", "diff", "--filter", "colour:red"]).refused(2, "kind change name id status member was");
}

#[test]
fn the_demonstration_has_no_baseline() {
    let home = Home::new();
    let run = home.run(&["--demo", "diff", "-o", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("no baseline yet"), "{}", run.err);
    assert_eq!(valid(&run.out)["total"], 0);
}
