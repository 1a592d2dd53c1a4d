use certdeck::simulator::{Control, FaultPlan, demo_keys};
use serde_json::Value;

use super::{
    bench::Home,
    data::valid,
    failures::{home, run, simulator},
};

pub const REQUEST: &str = "RR-0412";
const OWN: &str = "RR-0411";
pub const WHY: &str = "checked with the EU team";

/// The item that a command prints with `-o json`.
pub fn item(home: &Home, words: &[&str]) -> Value {
    let run = run(home, &[words, &["-o", "json"]].concat());
    assert_eq!(run.code, 0, "{words:?}: {}", run.err);
    valid(&run.out)["items"][0].clone()
}

pub fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or_default()
}

/// The CA of a request, its name and the hash of its impact.
pub fn seen(home: &Home, request: &str) -> (String, String, String) {
    let list = run(home, &["ca", "requests", "list", "-o", "json"]);
    let list = valid(&list.out);
    let found = list["items"].as_array().unwrap().iter().find(|item| item["id"] == request).unwrap().clone();
    let impact = item(home, &["ca", "impact", text(&found, "ca_id")]);
    (text(&impact, "ca_id").into(), text(&impact, "ca_name").into(), text(&impact, "hash").into())
}

pub fn approve<'a>(request: &'a str, name: &'a str, comment: &'a str, hash: &'a str) -> [&'a str; 10] {
    ["ca", "requests", "approve", request, "--ca-name", name, "--comment", comment, "--impact", hash]
}

pub fn writes(control: &Control) -> usize {
    control.requests().iter().filter(|seen| seen.method != "GET").count()
}

#[test]
fn an_impact_says_what_is_touched_and_the_same_estate_has_the_same_hash() {
    let home = Home::new();
    let one = item(&home, &["--demo", "ca", "impact", "Acme Payments CA 2"]);
    assert_eq!(one, item(&home, &["--demo", "ca", "impact", "Acme Payments CA 2"]));
    assert!(one["unexpired"].as_u64().unwrap() > 0 && one["latest"].is_string(), "{one}");
    let root = item(&home, &["--demo", "ca", "impact", text(&one, "ca_id")]);
    assert_eq!(root["hash"], one["hash"], "by name or by id");
    home.run(&["--demo", "ca", "impact", "no such"]).refused(6, "no such");
}

#[test]
fn a_request_is_approved_once_and_the_evidence_tells() {
    let simulator = simulator(FaultPlan::default());
    let control = simulator.control();
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let (ca, name, hash) = seen(&home, REQUEST);
    let words = approve(REQUEST, &name, WHY, &hash);
    let dry = item(&home, &[&words[..], &["--dry-run"]].concat());
    assert_eq!((dry["sent"].as_bool(), text(&dry, "method")), (Some(false), "PUT"));
    assert_eq!(
        text(&dry, "path"),
        format!("/certificate-authority/api/v1/ca/{ca}/revocation-request/{REQUEST}/approve")
    );
    assert_eq!((writes(&control), control.request_status(REQUEST).as_deref()), (0, Some("pending")));

    let done = item(&home, &words);
    assert_eq!((done["sent"].as_bool(), text(&done, "fate")), (Some(true), "done, and read back"));
    assert_eq!((writes(&control), control.request_status(REQUEST).as_deref()), (1, Some("approved")));
    let again = run(&home, &words);
    assert_eq!((again.code, writes(&control)), (9, 1), "{}", again.err);

    let listed = item(&home, &["evidence", "list"]);
    assert_eq!((text(&listed, "intent"), listed["settled"].as_bool()), (text(&done, "intent"), Some(true)));
    let entries = run(&home, &["evidence", "show", text(&done, "intent"), "-o", "json"]);
    let entries = valid(&entries.out);
    let kinds: Vec<&str> = entries["items"].as_array().unwrap().iter().map(|item| text(item, "kind")).collect();
    assert_eq!(kinds, ["intent", "sent", "answer", "outcome"]);
    let chain = item(&home, &["evidence", "verify"]);
    assert_eq!(chain["broken"], Value::Null);
    let export = run(&home, &["evidence", "export", "-o", "jsonl"]);
    assert_eq!(
        (export.code, export.out.lines().count()),
        (0, usize::try_from(chain["sound"].as_u64().unwrap()).unwrap())
    );
    assert!(export.err.contains("not what the service did"), "{}", export.err);
    home.run(&["evidence", "show", "7", "--config", "c.toml"]).refused(6, "evidence list");
}

#[test]
fn what_an_interlock_refuses_ends_with_9_and_sends_nothing() {
    let simulator = simulator(FaultPlan::default());
    let control = simulator.control();
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let (_, name, hash) = seen(&home, REQUEST);
    let (_, own_name, own_hash) = seen(&home, OWN);
    let other = "0".repeat(64);
    let refused = |words: &[&str], why: &str| {
        let run = run(&home, words);
        assert_eq!((run.code, run.out.as_str()), (9, ""), "{words:?}: {}", run.err);
        assert!(run.err.contains(why), "{why} is not in {}", run.err);
        assert_eq!(writes(&control), 0, "{words:?}");
    };
    refused(&approve(REQUEST, &name.to_lowercase(), WHY, &hash), "small and capital letters differ");
    refused(&approve(REQUEST, &own_name, WHY, &hash), "this is the name of another CA");
    refused(&approve(REQUEST, &name, "short", &hash), "the comment has 5 of at least 10 characters");
    refused(&approve(REQUEST, &name, WHY, &other), "the impact is not the one that was seen");
    refused(&approve(OWN, &own_name, WHY, &own_hash), "you made this request");
    refused(&[&approve(REQUEST, &name, WHY, &hash)[..], &["--read-only"]].concat(), "--read-only was given");
    refused(&["ca", "requests", "reject", REQUEST, "--comment", "no"], "the comment has 2 of at least 10 characters");
    let json = run(&home, &[&approve(OWN, &own_name, WHY, &own_hash)[..], &["-o", "json"]].concat());
    let last: Value = serde_json::from_str(json.err.lines().last().unwrap()).unwrap();
    assert_eq!(last["error"]["kind"], "interlock");
    assert_eq!(run(&home, &approve(REQUEST, &name, WHY, "no hash")).code, 2);
    assert_eq!(run(&home, &approve("RR-9999", &name, WHY, &hash)).code, 6);
    assert_eq!(writes(&control), 0);
}

#[test]
fn a_rejection_needs_a_reason_and_no_name() {
    let simulator = simulator(FaultPlan::default());
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let done = item(&home, &["ca", "requests", "reject", REQUEST, "--comment", "G3 is not ready yet"]);
    assert_eq!(text(&done, "operation"), "reject_revocation");
    assert_eq!(simulator.control().request_status(REQUEST).as_deref(), Some("rejected"));
    assert_eq!(writes(&simulator.control()), 1);
}
