//! A disk that fails at any write: nothing panics, what was acknowledged is there, and the store says what it lost.
//!
//! The writer is this very test, run again as a program of its own, with a small library loaded before the C library that
//! refuses the Nth write to the folder of the store (`support/failing_disk.c`).
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

#[path = "support/keeper.rs"]
mod keeper;

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use certdeck::{
    domain::{
        When,
        audit::{AuditEvent, AuditResult, AuditSource, look::Events, sync::Plan},
        filter::Filter,
        ids::{EventId, UserId},
        raw::Raw,
    },
    present::column::Record as _,
    store::{Clock, Health, Index, Place, Put},
};
use jiff::Timestamp;

use self::keeper::{Keeper, chain, context, has_whole_list, store};

const NOW: Timestamp = Timestamp::constant(1_795_519_200, 0);
/// The folder of the writer; without it this is the test.
const FOLDER: &str = "CERTDECK_TEST_DISK_FOLDER";
/// What fails.
const PLAN: &str = "CERTDECK_TEST_DISK";
/// An error of the disk.
const IO: i32 = 5;
/// No room.
const FULL: i32 = 28;
/// A file system that is read only.
const READ_ONLY: i32 = 30;
/// The writes that fail, each in a run of its own.
const WRITES: usize = 200;
/// Entries that the writer wants to keep.
const ENTRIES: usize = 12;

const fn word(health: &Health) -> &'static str {
    match health {
        Health::Working => "working",
        Health::InMemory(_) => "in memory",
        Health::ReadOnly(_) => "read only",
        Health::Off(_) => "off",
    }
}

/// The writer: entries and lists in turn; what is refused is told and is no end.
#[tokio::test]
async fn g20_the_writer() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut keeper = Keeper::new(Path::new(&folder));
    println!();
    for round in 0..ENTRIES {
        match keeper.add(round).await {
            Ok(entry) => println!("acknowledged {}", entry.id),
            Err(_) => println!("refused an entry"),
        }
        match keeper.list(round).await {
            Some(Ok(())) => println!("kept {round}"),
            Some(Err(_)) => println!("refused a list"),
            None => {}
        }
    }
    let health = keeper.store.health(&context()).await;
    println!("cache {}", word(&health.cache));
    println!("journal {}", word(&health.journal));
    println!("end");
}

/// Events of a page of the audit writer.
const PAGE: i64 = 40;
/// Its pages.
const PAGES: i64 = 5;

fn audit(folder: &Path) -> Index {
    let clock: Clock = Arc::new(|| NOW);
    Index::open(&Place::Folder(folder.to_owned()), &clock, &context(), AuditEvent::FIELDS)
}

fn event(number: i64) -> AuditEvent {
    AuditEvent {
        source: AuditSource::PrivateCa,
        id: EventId::new(&number.to_string()),
        at: When::At(Timestamp::from_second(NOW.as_second() - number).unwrap()),
        actor_id: UserId::default(),
        actor: "ops-one".into(),
        action: "issue".into(),
        resource_type: "certificate".into(),
        resource_id: "".into(),
        resource_name: "".into(),
        result: AuditResult::Success,
        code: None,
        change: None,
        description: "".into(),
        ip_address: "".into(),
        raw: Raw::new("{}"),
    }
}

/// The writer of audit events: a run of pages, as a log is read.
#[tokio::test]
async fn g20_the_audit_writer() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let index = audit(Path::new(&folder));
    println!();
    for page in 0..PAGES {
        let source = AuditSource::PrivateCa;
        let Ok((coverage, mark)) = index.coverage(source).await else { continue };
        let plan = Plan::new(coverage, 0, 1_000);
        let events = (page * PAGE..(page + 1) * PAGE).map(event).collect();
        match index.put(Put { source, mark, plan, events, total: None }).await {
            Ok(_) => println!("kept {page}"),
            Err(_) => println!("refused {page}"),
        }
    }
    println!("index {}", word(&index.health().await.0));
    println!("end");
}

/// A disk that fails while events are read: a page is here whole or not at all, what was kept is there, and the store
/// says when it is not.
#[tokio::test]
async fn g20_any_write_that_fails_while_events_are_read_loses_no_page_that_was_kept() {
    let own = tempfile::tempdir().unwrap();
    let library = library(own.path());
    let mut met = 0;
    for nth in (1..=80).step_by(2) {
        for mode in ["once", "from"] {
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path().canonicalize().unwrap();
            let plan = format!("{mode} {nth} {}", if nth % 4 == 1 { IO } else { FULL });
            let said = Said::by("g20_the_audit_writer", &library, &folder, &plan);
            met += usize::from(said.refusals > 0);
            let kept = said.numbers("kept ");
            let is_told = !said.says("index working");
            let wanted = Events { filter: Filter::all(AuditEvent::FIELDS), now: NOW, before: None, most: 1_000 };
            let (events, _) = audit(&folder).events(wanted).await.unwrap();
            let page = usize::try_from(PAGE).unwrap();
            assert_eq!(events.len() % page, 0, "{plan}: a page is whole");
            assert!(events.len() >= kept.len() * page || is_told, "{plan}: {kept:?} and {}", events.len());
        }
    }
    assert!(met > 20, "{met} met the fault");
}

/// The library, compiled once.
fn library(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/failing_disk.c");
    let library = folder.join("failing_disk.so");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let done =
        Command::new(compiler).args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    assert!(done.unwrap().success(), "the compiler that SQLite needs as well");
    library
}

/// What a writer on a failing disk said.
struct Said {
    lines: Vec<String>,
    refusals: usize,
}

impl Said {
    fn of(library: &Path, folder: &Path, plan: &str) -> Self {
        Self::by("g20_the_writer", library, folder, plan)
    }

    fn by(writer: &str, library: &Path, folder: &Path, plan: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", writer, "--nocapture", "--test-threads=1"]);
        command.env(FOLDER, folder).env(PLAN, plan).env("LD_PRELOAD", library);
        let output = command.output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && !err.contains("panicked"), "{plan}: {out}\n{err}");
        let lines: Vec<String> = out.lines().map(str::to_owned).collect();
        assert!(lines.iter().any(|line| line == "end"), "{plan}: {out}");
        Self { lines, refusals: err.matches("refused by the disk").count() }
    }

    fn says(&self, line: &str) -> bool {
        self.lines.iter().any(|said| said == line)
    }

    fn numbers(&self, word: &str) -> Vec<usize> {
        self.lines.iter().filter_map(|line| line.strip_prefix(word)?.trim().parse().ok()).collect()
    }
}

/// Opens the files on a disk that works again: what was acknowledged is there, and lists are whole.
async fn check(folder: &Path, said: &Said, plan: &str) {
    let store = store(folder);
    let acknowledged = said.numbers("acknowledged ");
    let health = store.health(&context()).await;
    assert_eq!(health.journal, Health::Working, "{plan}");
    let last = acknowledged.iter().max().copied().unwrap_or_default();
    chain(&store, i64::try_from(last).unwrap(), plan).await;
    let kept = said.numbers("kept ");
    // A list is kept in memory when its file cannot be made; the store has said so.
    let is_told = kept.is_empty() || !said.says("cache working");
    assert!(has_whole_list(&store, plan).await || is_told, "{plan}: {kept:?} is gone");
}

/// Runs a writer for each write that may fail.
async fn every_write(mode: &str) {
    let own = tempfile::tempdir().unwrap();
    let library = library(own.path());
    let (mut met, mut told) = (0, 0);
    for nth in 1..=WRITES {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let plan = format!("{mode} {nth} {}", if nth % 2 == 0 { IO } else { FULL });
        let said = Said::of(&library, &folder, &plan);
        let refused = said.says("refused an entry") || said.says("refused a list");
        let ill = !(said.says("cache working") && said.says("journal working"));
        met += usize::from(said.refusals > 0);
        told += usize::from(refused || ill);
        // A disk that fails for good: the journal refuses and does not pretend.
        assert!(mode == "once" || said.refusals == 0 || refused || ill, "{plan}: {:?}", said.lines);
        check(&folder, &said, &plan).await;
    }
    println!("{mode}: {met} of {WRITES} runs met the fault, {told} told of it");
    assert!(met > WRITES / 2 && told > 0, "{met} met, {told} told");
}

#[tokio::test]
async fn g20_any_write_that_fails_once_loses_nothing_acknowledged() {
    every_write("once").await;
}

#[tokio::test]
async fn g20_any_write_from_which_on_all_fail_loses_nothing_acknowledged() {
    every_write("from").await;
}

#[tokio::test]
async fn g20_s05_files_that_cannot_be_written_are_read_and_said() {
    let own = tempfile::tempdir().unwrap();
    let library = library(own.path());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let well = Said::of(&library, &folder, &format!("once {} {IO}", u32::MAX));
    assert!(well.says("cache working") && well.says("journal working"), "{:?}", well.lines);
    assert_eq!(well.numbers("acknowledged ").len(), ENTRIES);
    let sealed = Said::of(&library, &folder, &format!("sealed 0 {READ_ONLY}"));
    assert!(
        sealed.refusals > 0 && sealed.says("cache read only") && sealed.says("journal read only"),
        "{:?}",
        sealed.lines
    );
    assert_eq!(sealed.numbers("acknowledged "), [0_usize; 0], "nothing is pretended");
    check(&folder, &well, "after it").await;
}
