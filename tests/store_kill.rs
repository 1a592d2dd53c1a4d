//! Writers that are killed at any moment: what was acknowledged is there, and files are whole.
//!
//! The writer is this very test, run again as a program of its own; it prints the number of each entry that the store
//! acknowledged, and is killed without a warning after a few of them.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

#[path = "support/keeper.rs"]
mod keeper;

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use certdeck::store::Health;

use self::keeper::{Keeper, chain, context, has_whole_list, store};

/// The folder of the writer; without it this is the test.
const FOLDER: &str = "CERTDECK_TEST_WRITER";
/// What the writer prints first.
const STARTED: &str = "started";
/// Kills of writers that go on with the same files.
const GOING_ON: usize = 350;
/// Kills of two writers of the same files at once: two each.
const IN_TURNS: usize = 50;
/// Kills of writers that make the files.
const MAKING: usize = 50;

/// The writer: entries and lists in turn for ever.
#[tokio::test]
async fn s01_the_writer() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut keeper = Keeper::new(Path::new(&folder));
    let mut out = std::io::stdout();
    writeln!(out, "\n{STARTED}").unwrap();
    for round in 0.. {
        let entry = keeper.add(round).await.unwrap();
        writeln!(out, "acknowledged {}", entry.id).unwrap();
        if let Some(kept) = keeper.list(round).await {
            kept.unwrap();
        }
    }
}

struct Writer(Child);

impl Writer {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "s01_the_writer", "--nocapture"]).env(FOLDER, folder);
        Self(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Kills it `within` some µs after `count` acknowledgements; all that it printed.
    fn kill_after(mut self, count: usize, within: u64) -> Vec<i64> {
        let mut out = BufReader::new(self.0.stdout.take().unwrap());
        let mut acknowledged = Vec::new();
        let mut line = String::new();
        let mut killed = false;
        while out.read_line(&mut line).unwrap() > 0 {
            // A line that was cut is an entry that nobody was told of.
            let told = line.strip_suffix('\n').unwrap_or_default();
            if let Some(number) = told.strip_prefix("acknowledged ") {
                acknowledged.push(number.parse().unwrap());
            }
            let is_running = told == STARTED || !acknowledged.is_empty();
            line.clear();
            if !killed && is_running && acknowledged.len() >= count {
                // In the middle of what follows.
                std::thread::sleep(std::time::Duration::from_micros(fastrand::u64(0..within)));
                self.0.kill().unwrap();
                killed = true;
            }
        }
        self.0.wait().unwrap();
        acknowledged
    }
}

/// Opens the files as the program does: nothing that was acknowledged is lost, nothing was set aside, lists are whole.
async fn check(folder: &Path, acknowledged: &BTreeSet<i64>) -> u64 {
    let store = store(folder);
    let health = store.health(&context()).await;
    assert_eq!((&health.cache, &health.journal), (&Health::Working, &Health::Working), "{health:?}");
    assert_eq!(health.news, []);
    let verdict = chain(&store, acknowledged.last().copied().unwrap_or_default(), "after a kill").await;
    has_whole_list(&store, "after a kill").await;
    drop(store);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "db") {
            let file = rusqlite::Connection::open(&path).unwrap();
            let check: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(check, "ok", "{}", path.display());
        }
    }
    verdict.sound
}

#[tokio::test]
async fn s01_g8_what_was_acknowledged_survives_any_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for _ in 0..GOING_ON {
        acknowledged.extend(Writer::start(folder.path()).kill_after(fastrand::usize(0..6), 3_000));
        check(folder.path(), &acknowledged).await;
    }
    for _ in 0..IN_TURNS {
        let two = [Writer::start(folder.path()), Writer::start(folder.path())];
        for writer in two {
            let told = writer.kill_after(fastrand::usize(1..4), 3_000);
            let before = acknowledged.len();
            acknowledged.extend(told.iter().copied());
            assert_eq!(acknowledged.len(), before + told.len(), "a number was given twice");
        }
        check(folder.path(), &acknowledged).await;
    }
    let sound = check(folder.path(), &acknowledged).await;
    println!("{} kills, {} acknowledged, {sound} in the file", GOING_ON + 2 * IN_TURNS, acknowledged.len());
    assert!(acknowledged.len() > GOING_ON, "the writers wrote: {}", acknowledged.len());
}

#[tokio::test]
async fn s01_s04_a_kill_while_the_files_are_made_leaves_them_whole_or_not_there() {
    let mut none = 0;
    for _ in 0..MAKING {
        let folder = tempfile::tempdir().unwrap();
        let told = Writer::start(folder.path()).kill_after(0, 30_000);
        none += usize::from(!folder.path().join("journal.db").exists());
        check(folder.path(), &told.into_iter().collect()).await;
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().contains(".new-")), "drafts are cleared away: {left:?}");
    }
    println!("{MAKING} kills, {none} before the journal was there");
    assert!(none < MAKING, "some writers came as far as the files");
}
