//! Approvals that are killed at any moment: at most one request leaves for each, and the journal is whole.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use certdeck::simulator::{Fault, FaultPlan, Rule, demo_keys};
use serde_json::Value;

use super::{
    bench::Home,
    decisions::{REQUEST, WHY, approve, item, seen, text, writes},
    failures::{home, run, simulator},
};

/// Programs that are killed; each has a journal of its own.
const KILLS: usize = 60;

/// How long after its journal is there a program is killed at the latest: it has sent by then.
const NEAR: Duration = Duration::from_millis(120);

/// The program as a child that can be killed.
fn child(home: &Home, words: &[&str]) -> Command {
    let keys = demo_keys();
    let mut command = Command::new(env!("CARGO_BIN_EXE_certdeck"));
    command.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
    command.env("XDG_CONFIG_HOME", home.path().join("config")).current_dir(home.path());
    command.env("CC", &keys.certcentral).env("PARENT", &keys.partner_parent).args(words).args(["--config", "c.toml"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn has_journal(folder: &Path) -> bool {
    let mut entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.any(|entry| entry.file_name() == "journal.db" || (entry.path().is_dir() && has_journal(&entry.path())))
}

/// How many entries of each kind the journal holds.
fn kinds(home: &Home) -> BTreeMap<String, usize> {
    let export = run(home, &["evidence", "export", "-o", "jsonl"]);
    assert_eq!(export.code, 0, "{}", export.err);
    let mut kinds = BTreeMap::new();
    for line in export.out.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        *kinds.entry(text(&entry, "kind").to_owned()).or_insert(0) += 1;
    }
    kinds
}

#[test]
fn d14_g8_an_approval_that_is_killed_at_any_moment_sends_at_most_one_request() {
    // Refused, or without an answer: the request waits on for the next program.
    let refused = Rule::new("*/approve", Fault::Status { status: 409, retry_after: None }).method("PUT");
    let silent = Rule::new("*/approve", Fault::Silence).method("PUT");
    let simulator = simulator(FaultPlan { rules: vec![refused.clone()] });
    let control = simulator.control();
    let base = format!("http://{}", simulator.addr());
    let fresh = || home(&base, &demo_keys().one);
    let first = fresh();
    let (_, name, hash) = seen(&first, REQUEST);
    let words = approve(REQUEST, &name, WHY, &hash);
    let began = Instant::now();
    assert!(!child(&first, &words).status().unwrap().success());
    let whole = began.elapsed();
    assert_eq!(writes(&control), 1, "left alone it sends");
    let (mut none, mut sent, mut ended) = (0, 0, 0);
    for round in 0..KILLS {
        let home = fresh();
        control.clear();
        let rule = if round % 2 == 0 { refused.clone() } else { silent.clone() };
        control.set_faults(FaultPlan { rules: vec![rule] });
        let mut program = child(&home, &words).spawn().unwrap();
        // The moment of the kill is the subject. Most of a run is reading, so most kills wait for the journal.
        let within = if round % 5 == 0 {
            whole
        } else {
            while !has_journal(home.path()) && program.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            NEAR
        };
        std::thread::sleep(Duration::from_micros(fastrand::u64(0..u64::try_from(within.as_micros()).unwrap())));
        program.kill().unwrap();
        ended += usize::from(program.wait().unwrap().code().is_some());
        control.set_faults(FaultPlan::default());
        let count = writes(&control);
        assert!(count <= 1, "round {round}: {count} requests");
        sent += count;
        if !has_journal(home.path()) {
            assert_eq!(count, 0, "round {round}: nothing is sent before it is written");
            none += 1;
            continue;
        }
        let chain = item(&home, &["evidence", "verify"]);
        assert_eq!(chain["broken"], Value::Null, "round {round}");
        let kinds = kinds(&home);
        let of = |kind: &str| kinds.get(kind).copied().unwrap_or_default();
        assert!(of("intent") <= 1 && of("sent") <= of("intent"), "round {round}: {kinds:?}");
        assert!(count <= of("sent"), "round {round}: what left stands in the journal: {kinds:?}");
        // What looks at it afterwards sends nothing.
        assert_eq!(writes(&control), count, "round {round}");
    }
    println!("{KILLS} kills in {whole:?} each: {none} before the journal, {sent} requests, {ended} had ended");
    assert!(sent > 0 && none < KILLS, "kills hit both sides of the send");
}
