//! Approvals that are killed at any moment: at most one request leaves for each, and the journal is whole.
//!
//! `CERTDECK_TEST_KILLS=N` kills that many; each is one start of the program, with a journal of its own.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use certdeck::{
    simulator::{Control, Fault, FaultPlan, Rule, Seen, demo_keys},
    store::{Place, Store},
};

use super::{
    bench::Home,
    decisions::{REQUEST, WHY, approve, seen},
    failures::{home, simulator},
};

/// Programs that are killed in an ordinary run.
const KILLS: usize = 500;
/// As many at the same time, each with a simulator of its own.
const AT_ONCE: usize = 4;

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

/// The folder with the journal, once there is one.
fn journal(folder: &Path) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.find_map(|entry| match entry.path() {
        path if entry.file_name() == "journal.db" => path.parent().map(Path::to_owned),
        path if path.is_dir() => journal(&path),
        _ => None,
    })
}

/// How many entries of each kind a journal holds, whose chain is whole.
fn kinds(folder: PathBuf) -> BTreeMap<String, usize> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(Place::Folder(folder), Arc::new(jiff::Timestamp::now));
        assert_eq!(store.verify().await.unwrap().broken, None, "the chain is whole");
        let mut kinds = BTreeMap::new();
        store.each_entry(|entry| *kinds.entry(entry.kind.to_string()).or_insert(0) += 1).await.unwrap();
        kinds
    })
}

/// What came of some kills.
#[derive(Default)]
struct Tally {
    none: usize,
    sent: usize,
    ended: usize,
}

/// One simulator, and programs that are killed one after the other.
fn kills(rounds: usize) -> Tally {
    // Refused, or without an answer: the request waits on for the next program.
    let refused = Rule::new("*/approve", Fault::Status { status: 409, retry_after: None }).method("PUT");
    let silent = Rule::new("*/approve", Fault::Silence).method("PUT");
    let simulator = simulator(FaultPlan { rules: vec![refused.clone()] });
    let control = simulator.control();
    let base = format!("http://{}", simulator.addr());
    let first = home(&base, &demo_keys().one);
    let (_, name, hash) = seen(&first, REQUEST);
    let began = Instant::now();
    assert!(!child(&first, &approve(REQUEST, &name, WHY, &hash)).status().unwrap().success());
    let whole = began.elapsed();
    assert_eq!(sent(&control, WHY), 1, "left alone it sends");
    let mut tally = Tally::default();
    let mut left = Vec::new();
    for round in 0..rounds {
        let rule = if round % 2 == 0 { refused.clone() } else { silent.clone() };
        control.set_faults(FaultPlan { rules: vec![rule] });
        // Most of a run is reading, so most kills wait for the journal.
        let within = (round % 5 == 0).then_some(whole);
        // Each has a comment of its own: what left one may arrive when the next has begun.
        let why = format!("{WHY}, round {round} of them");
        let written = kill(&base, &approve(REQUEST, &name, &why, &hash), within, &mut tally);
        tally.none += usize::from(written.is_none());
        left.push((why, written));
    }
    for (why, written) in left {
        let count = sent(&control, &why);
        assert!(count <= 1, "{count} requests");
        assert!(count <= written.unwrap_or_default(), "what left stands in the journal");
        tally.sent += count;
    }
    tally
}

/// Requests with this comment that arrived.
fn sent(control: &Control, why: &str) -> usize {
    let is_it = |seen: &&Seen| seen.method != "GET" && String::from_utf8_lossy(&seen.body).contains(why);
    control.requests().iter().filter(is_it).count()
}

/// Starts a program, kills it, `within` a time from its start or near its journal, and looks at what it left: how often
/// the journal says that something was sent; `None` without a journal.
fn kill(base: &str, words: &[&str], within: Option<Duration>, tally: &mut Tally) -> Option<usize> {
    let home = home(base, &demo_keys().one);
    let mut program = child(&home, words).spawn().unwrap();
    if within.is_none() {
        while journal(home.path()).is_none() && program.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    // The moment of the kill is the subject.
    let most = u64::try_from(within.unwrap_or(NEAR).as_micros()).unwrap();
    std::thread::sleep(Duration::from_micros(fastrand::u64(0..most)));
    program.kill().unwrap();
    tally.ended += usize::from(program.wait().unwrap().code().is_some());
    let kinds = kinds(journal(home.path())?);
    let of = |kind: &str| kinds.get(kind).copied().unwrap_or_default();
    assert!(of("intent") <= 1 && of("sent") <= of("intent"), "{kinds:?}");
    Some(of("sent"))
}

#[test]
fn d14_g8_an_approval_that_is_killed_at_any_moment_sends_at_most_one_request() {
    let asked = std::env::var("CERTDECK_TEST_KILLS").ok().and_then(|count| count.parse().ok());
    let all = asked.unwrap_or(KILLS);
    let began = Instant::now();
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(|| kills(all.div_ceil(AT_ONCE)))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let (none, sent, ended) = (sum(|tally| tally.none), sum(|tally| tally.sent), sum(|tally| tally.ended));
    println!("{all} kills in {:?}: {none} before the journal, {sent} requests, {ended} had ended", began.elapsed());
    assert!(sent > 0 && none < all, "kills hit both sides of the send");
}
