//! What a service refuses, and answers that cannot be read.

use std::fmt::Write as _;

use certdeck::simulator::{Fault, Rule};

use super::scene::{
    ACME, CA, HISTORY, body, ca_list_fails, from_the_start, is_safe, one_line, others_work, ready, set, status,
};

#[test]
fn c10_what_the_key_may_not_read_is_told_on_that_screen_alone() {
    ca_list_fails(&status(403), "CA list: the key may not do this (403");
    let (mut rig, loan) = ready();
    set(&loan, [Rule::new("/reports/v1", status(403))]);
    rig.keys("4 r");
    rig.shows("~ STALE  reports are 1 min old: Report history: the key may not do this (403");
    rig.shows("Weekly orders");
    one_line(&rig, "ask an administrator for the role Administrator");
    for (key, words) in [("2", "of 1,284"), ("3", "23 CAs")] {
        rig.keys(key);
        rig.shows(words);
        rig.hides("STALE");
    }
    let (mut rig, _loan) = from_the_start(Rule::new("/reports/v1", status(403)));
    rig.keys("4");
    rig.shows("! Report history: the key may not do this (403");
    rig.shows("ask an administrator for the role Administrator");
    rig.keys("3");
    rig.shows("23 CAs");
}

#[test]
fn c09_a_key_that_has_ended_is_told_and_not_used_again_and_again() {
    ca_list_fails(&Fault::ExpiredKey, "CA list: DigiCert ONE does not accept the key (401");
    let (mut rig, loan) = ready();
    set(&loan, [Rule::new("/certificate-authority", Fault::ExpiredKey), Rule::new("/account", Fault::ExpiredKey)]);
    rig.keys("3 r");
    rig.pass(61);
    rig.tick();
    let asked = |loan: &crate::support::rig::Loan| {
        loan.requests().iter().filter(|seen| seen.path.starts_with("/certificate-authority")).count()
    };
    let before = asked(&loan);
    for _ in 0..5 {
        rig.pass(600);
        rig.tick();
    }
    assert_eq!(asked(&loan), before, "a key that is refused is not tried again without being asked to");
    rig.keys("3");
    rig.shows("Acme Root R1");
    set(&loan, []);
    rig.keys("r");
    rig.hides("does not accept the key");
    assert!(asked(&loan) > before, "who reads again by hand may have put the key in order");
}

#[test]
fn a_path_that_is_not_there_and_a_service_that_fails_are_one_line_each() {
    ca_list_fails(&Fault::MissingPath, "CA list: there is no such thing here (404");
    ca_list_fails(&status(500), "CA list: DigiCert ONE failed on its side (500");
    let (mut rig, _loan) = from_the_start(Rule::new(HISTORY, Fault::Html { status: 502, bytes: 10_000 }));
    rig.keys("4");
    rig.shows("! Report history: CertCentral failed on its side (502)");
    rig.shows("an HTML page came in place of an error");
    is_safe(&rig);
    rig.keys("2");
    rig.shows("of 1,284");
}

#[test]
fn j01_a_member_that_stands_twice_is_refused_with_its_path() {
    ca_list_fails(&Fault::DuplicateKey, "CA list: ");
    let (mut rig, _loan) = from_the_start(Rule::new(CA, Fault::DuplicateKey));
    rig.keys("3");
    rig.shows("items[0].id");
    rig.hides("second");
}

#[test]
fn j02_depth_is_refused() {
    ca_list_fails(&Fault::DeepJson { depth: 10_000 }, "CA list: ");
}

/// A list of CAs as the whole answer.
fn cas(records: &[String]) -> Rule {
    Rule::new(CA, body(200, &format!("[{}]", records.join(","))))
}

#[test]
fn j03_j04_odd_states_keep_their_row_and_show_their_word() {
    let words = [r#""frozen""#, "7", "null", "{}", r#""acti\u202eve""#];
    let record = |(n, word): (usize, &&str)| {
        format!(
            r#"{{"id":"id-{n}","name":"Row {n}","cert_type":"root","status":{word},"issuer":null,"hosted_type":{word}}}"#
        )
    };
    let records: Vec<String> = words.iter().enumerate().map(record).collect();
    let (mut rig, _loan) = from_the_start(cas(&records));
    rig.keys("3");
    rig.shows("5 CAs · 5 roots");
    for n in 0..words.len() {
        rig.shows(&format!("Row {n}"));
    }
    rig.shows("frozen");
    rig.shows("unknown");
    is_safe(&rig);
    others_work(&mut rig);
    let answer = r#"{"certificates":[{"domain":"a.example.net","status":"frozen","serial_number":"A1","sans":["a.example.net"],
        "expiration_date":"2026-12-01T00:00:00Z"},{"domain":"b.example.net","status":{},"serial_number":7,"sans":null,
        "expiration_date":"2026-12-02"},{"domain":"c.example.net","status":null,"expiration_date":"0000-00-00"}]}"#;
    let (mut rig, _loan) = from_the_start(Rule::new(&format!("{ACME}/*/certificates"), body(200, answer)));
    rig.keys("2 Esc");
    rig.filter("example.net");
    for words in ["a.example.net", "b.example.net", "c.example.net", "frozen"] {
        rig.shows(words);
    }
    is_safe(&rig);
}

#[test]
fn j13_every_ca_stands_in_the_tree_once_whatever_its_issuer_says() {
    let record = |id: &str, issuer: &str| {
        format!(r#"{{"id":"{id}","name":"Name {id}.","status":"active","issuer_id":"{issuer}"}}"#)
    };
    let records = [
        record("self", "self"),
        record("a", "b"),
        record("b", "c"),
        record("c", "a"),
        record("lost", "nowhere"),
        record("child", "lost"),
        record("twice", "a"),
    ];
    let (mut rig, _loan) = from_the_start(cas(&records));
    rig.keys("3");
    rig.shows("7 CAs");
    for id in ["self", "a", "b", "c", "lost", "child", "twice"] {
        let rows = rig.text();
        // The details stand on the right of the line.
        let found = rows
            .lines()
            .filter(|line| line.chars().take(78).collect::<String>().contains(&format!("Name {id}.")))
            .count();
        assert_eq!(found, 1, "{id}\n{rows}");
    }
    rig.shows("(cycle");
    rig.shows("(orphan)");
    is_safe(&rig);
    others_work(&mut rig);
}

#[test]
fn j13_a_wide_and_a_deep_tree_can_be_walked() {
    let mut records = String::from("[");
    for n in 0..20_000 {
        let issuer = if n == 0 || n > 1_000 { 0 } else { n - 1 };
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(records, r#"{comma}{{"id":"{n}","name":"CA {n}","status":"active","issuer_id":"{issuer}"}}"#);
    }
    records.push(']');
    let (mut rig, _loan) = from_the_start(Rule::new(CA, body(200, &records)));
    rig.keys("3");
    rig.shows("20,000 CAs · 1 root");
    rig.keys("G");
    is_safe(&rig);
    rig.keys("gg h");
    rig.shows("19,999");
    rig.keys("f G");
    rig.shows("CA 9999");
}
