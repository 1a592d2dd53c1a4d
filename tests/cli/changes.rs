//! Changes of CAs that decide no request, by command: each is sent once, and an interlock ends with 9.

use certdeck::simulator::{FaultPlan, demo_keys};
use serde_json::Value;

use super::{
    decisions::{REQUEST, WHY, item, seen, text, writes},
    failures::{home, run, simulator},
};

const ACTIVE: &str = "Acme VPN CA 2";
const DISABLED: &str = "Acme Issuing CA G2 US";

#[test]
fn a_request_is_shown_with_what_was_answered_to_it() {
    let simulator = simulator(FaultPlan::default());
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let open = item(&home, &["ca", "requests", "show", &REQUEST.to_lowercase()]);
    assert_eq!((text(&open, "id"), text(&open, "status")), (REQUEST, "pending"));
    assert_eq!(open["reviewed_by"], Value::Null);
    assert!(simulator.control().decide_request(REQUEST, false, "ops-three"));
    let answered = item(&home, &["ca", "requests", "show", REQUEST]);
    assert_eq!((text(&answered, "status"), text(&answered, "reviewed_by")), ("rejected", "ops-three"));
    let none = run(&home, &["ca", "requests", "show", "RR-9999"]);
    assert_eq!(none.code, 6, "{}", none.err);
}

#[test]
fn a_revocation_is_requested_with_a_reason_once() {
    let simulator = simulator(FaultPlan::default());
    let control = simulator.control();
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let words = ["ca", "request-revocation", ACTIVE, "--reason", "superseded", "--comment", WHY];
    let dry = item(&home, &[&words[..], &["--dry-run"]].concat());
    assert_eq!((text(&dry, "operation"), text(&dry, "method")), ("request_revocation", "POST"));
    assert!(text(&dry, "body").contains("superseded"), "{dry}");
    assert_eq!(writes(&control), 0);
    let done = item(&home, &words);
    assert_eq!((done["sent"].as_bool(), text(&done, "fate")), (Some(true), "done, and read back"));
    assert_eq!((writes(&control), control.ca_status(ACTIVE).as_deref()), (1, Some("active")));
    let again = run(&home, &words);
    assert_eq!((again.code, writes(&control)), (9, 1), "{}", again.err);
    assert!(again.err.contains("has an open request already") || again.out.contains("open request"), "{}", again.err);
}

#[test]
fn a_reinstatement_is_requested_of_a_revoked_ca_alone() {
    let simulator = simulator(FaultPlan::default());
    let control = simulator.control();
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let revoked = "Acme Issuing CA G1 US";
    assert!(control.decide_request("RI-0031", false, "ops-two"));
    let of = |ca: &str| run(&home, &["ca", "request-reinstatement", ca, "--comment", WHY, "-o", "json"]);
    let active = of(ACTIVE);
    assert_eq!((active.code, writes(&control)), (9, 0), "{}", active.err);
    let done = of(revoked);
    assert_eq!((done.code, writes(&control)), (0, 1), "{}", done.err);
    assert_eq!(control.ca_status(revoked).as_deref(), Some("revoked"), "a second person decides");
}

#[test]
fn a_ca_is_disabled_and_enabled_by_one_request_each_and_every_interlock_ends_with_9() {
    let simulator = simulator(FaultPlan::default());
    let control = simulator.control();
    let home = home(&format!("http://{}", simulator.addr()), &demo_keys().one);
    let refused = |words: &[&str], why: &str| {
        let run = run(&home, words);
        assert_eq!(run.code, 9, "{words:?}: {}", run.err);
        assert!(run.err.contains(why), "{why} is not in {}", run.err);
        assert_eq!(writes(&control), 0, "{words:?}");
    };
    let (id, ..) = seen(&home, REQUEST);
    refused(&["ca", "disable", &id, "--comment", WHY], "this is not the name of the CA");
    refused(&["ca", "disable", &ACTIVE.to_lowercase(), "--comment", WHY], "small and capital letters differ");
    refused(&["ca", "disable", ACTIVE, "--comment", "short"], "the comment has 5 of at least 10 characters");
    refused(&["ca", "disable", ACTIVE, "--comment", WHY, "--read-only"], "--read-only was given");
    refused(&["ca", "disable", ACTIVE, "--comment", WHY, "--impact", &"0".repeat(64)], "not the one that was seen");
    refused(&["ca", "disable", DISABLED, "--comment", WHY], "the CA is disabled");
    for (words, code) in [
        (&["ca", "disable", ACTIVE][..], 2),
        (&["ca", "disable", "no such CA", "--comment", WHY], 6),
        (&["ca", "request-revocation", ACTIVE, "--comment", WHY], 2),
        (&["ca", "request-revocation", ACTIVE, "--reason", "remove_from_crl", "--comment", WHY], 2),
        (&["ca", "request-revocation", ACTIVE, "--reason", "bored", "--comment", WHY], 2),
        (&["ca", "requests", "approve", REQUEST, "--comment", WHY], 2),
        (&["ca", "requests", "reject", REQUEST], 2),
    ] {
        let run = run(&home, words);
        assert_eq!((run.code, writes(&control)), (code, 0), "{words:?}: {}", run.err);
    }
    let hash = item(&home, &["ca", "impact", ACTIVE]);
    let done = item(&home, &["ca", "disable", ACTIVE, "--comment", WHY, "--impact", text(&hash, "hash"), "--yes"]);
    assert_eq!(text(&done, "operation"), "disable_ca");
    assert_eq!((writes(&control), control.ca_status(ACTIVE).as_deref()), (1, Some("disabled")));
    let done = item(&home, &["ca", "enable", DISABLED, "--comment", WHY]);
    assert_eq!(text(&done, "fate"), "done, and read back");
    assert_eq!((writes(&control), control.ca_status(DISABLED).as_deref()), (2, Some("active")));
}
