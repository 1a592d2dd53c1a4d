//! Audit events by command: read into what is kept, printed from there, written as evidence.

use certdeck::simulator::{Fault, FaultPlan, Rule, demo_keys};

use super::{
    data::valid,
    failures::{home, run, simulator},
};

/// What is kept is the same by every command, and a page that fails is a gap in all of them.
#[test]
fn events_are_kept_listed_and_written_with_their_gaps() {
    let simulator = simulator(FaultPlan::default());
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let none = run(&home, &["audit", "list", "--kept", "-o", "json"]);
    assert!(none.code == 0 && none.err.contains("audit sync"), "{}", none.err);
    assert_eq!(valid(&none.out)["total"], 0);

    let fault = Fault::Status { status: 503, retry_after: None };
    let rule = Rule::new("/certificate-authority/api/v1/audit", fault);
    simulator.control().set_faults(FaultPlan { rules: vec![Rule { after: 3, ..rule.times(3) }] });
    let first = valid(&run(&home, &["audit", "sync", "-o", "json"]).out);
    assert_eq!(first["gaps"].as_array().map(Vec::len), Some(1), "{first}");
    let listed = valid(&run(&home, &["audit", "list", "--kept", "-o", "json", "--since", "30000d"]).out);
    assert_eq!(listed["gaps"], first["gaps"]);

    simulator.control().set_faults(FaultPlan::default());
    let second = valid(&run(&home, &["audit", "sync", "-o", "json"]).out);
    assert_eq!(second["gaps"].as_array().map(Vec::len), Some(0), "{second}");
    let filter = ["--filter", "result:failure", "--limit", "100000", "--since", "30000d", "-o", "json"];
    let live = valid(&run(&home, &[&["audit", "list"], &filter[..]].concat()).out);
    let kept = valid(&run(&home, &[&["audit", "list", "--kept"], &filter[..]].concat()).out);
    let ids = |value: &serde_json::Value| {
        let mut ids: Vec<String> =
            value["items"].as_array().unwrap().iter().map(|item| item["id"].to_string()).collect();
        ids.sort();
        ids
    };
    assert!(!ids(&live).is_empty());
    assert_eq!(ids(&kept), ids(&live), "the same filter gives the same rows");

    let export = ["audit", "export", "e.jsonl", "--filter", "result:failure", "-o", "json"];
    let written = valid(&run(&home, &export).out);
    let item = &written["items"][0];
    assert_eq!(item["events"].as_u64(), Some(ids(&kept).len() as u64));
    let text = std::fs::read_to_string(home.path().join("e.jsonl")).unwrap();
    assert_eq!(text.lines().count(), ids(&kept).len());
    for line in text.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["raw"]["id"], event["id"], "the record as it was sent is part of it");
    }
    run(&home, &export).refused(1, "it stays");
    run(&home, &["audit", "export", "e.txt"]).refused(1, ".csv or .jsonl");
}
