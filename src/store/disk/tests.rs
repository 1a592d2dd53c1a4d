use std::{fs, path::Path};

use rusqlite::Connection;

use crate::{
    domain::Failure,
    store::{
        Health, Place,
        disk::Disk,
        fault::Fault,
        file::{self, BOUNDS},
        folder, migrations,
        tests::{append, cache_file, clock, context, disk, filled, get, names, put, rows},
    },
};

fn garbage(bytes: &[u8]) -> Vec<u8> {
    (0..bytes.len()).map(|i| u8::try_from(i * 7 % 251).unwrap()).collect()
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().enumerate().map(|(i, byte)| if i % 64 == 0 { byte ^ 0xff } else { *byte }).collect()
}

type Spoil = fn(&[u8]) -> Vec<u8>;

const SPOILT: [(&str, Spoil); 4] = [
    ("zero bytes", |_| Vec::new()),
    ("garbage", garbage),
    ("flipped", flipped),
    ("half", |b| b[..b.len() / 2].to_vec()),
];

#[cfg(unix)]
#[test]
fn files_are_for_this_user_alone() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("state");
    let mut open = disk(&folder);
    put(&mut open, &rows(3, 1)).unwrap();
    append(&mut open, 1).unwrap();
    assert_eq!(mode(&folder), 0o700);
    for name in names(&folder) {
        assert_eq!(mode(&folder.join(&name)), 0o600, "{name}");
    }
    assert_eq!(names(&folder).len(), 6, "two files with their logs: {:?}", names(&folder));
    drop(open);
    fs::set_permissions(cache_file(&folder), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(get(&mut disk(&folder)).is_some());
    assert_eq!(mode(&cache_file(&folder)), 0o600, "made private again");

    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    let health = disk(&folder).health(&context());
    assert!(matches!(&health.cache, Health::InMemory(why) if why.to_string().contains("other users")), "{health:?}");
    assert!(matches!(&health.journal, Health::Off(_)), "{health:?}");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();

    let real = outer.path().join("elsewhere.db");
    fs::rename(cache_file(&folder), &real).unwrap();
    symlink(&real, cache_file(&folder)).unwrap();
    let health = disk(&folder).health(&context());
    assert!(matches!(health.cache, Health::InMemory(_)), "a link is not followed: {health:?}");
}

#[test]
fn s02_a_spoilt_cache_is_set_aside_said_once_and_replaced() {
    for (what, spoil) in SPOILT {
        let folder = filled();
        let path = cache_file(folder.path());
        let bytes = spoil(&fs::read(&path).unwrap());
        fs::write(&path, &bytes).unwrap();
        let mut open = disk(folder.path());
        assert_eq!(get(&mut open), None, "{what}");
        put(&mut open, &rows(7, 2)).unwrap();
        assert_eq!(get(&mut open), Some(rows(7, 2)), "{what}");
        let health = open.health(&context());
        assert_eq!((&health.cache, health.news.len()), (&Health::Working, 1), "{what}: {health:?}");
        assert!(health.news[0].to_string().contains(".corrupt-20261124T"), "{health:?}");
        assert_eq!(open.health(&context()).news, [], "said once");
        let aside = names(folder.path()).into_iter().find(|name| name.contains(".corrupt-")).unwrap();
        // SQLite may have moved its log into the file before it found the fault.
        assert_eq!(fs::read(folder.path().join(aside)).unwrap().len(), bytes.len(), "{what}");
        assert_eq!(open.entries(0, 9).unwrap().len(), 3, "the journal is not touched");
    }
}

#[test]
fn s02_a_cut_log_or_a_missing_index_of_it_loses_at_most_the_last_list() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = disk(folder.path());
    put(&mut open, &rows(100, 1)).unwrap();
    drop(open);
    let mut open = disk(folder.path());
    put(&mut open, &rows(100, 2)).unwrap();
    append(&mut open, 1).unwrap();
    let log = format!("{}-wal", context().file());
    let bytes = fs::read(folder.path().join(&log)).unwrap();
    assert!(bytes.len() > 10_000, "the last list is in the log");
    for length in (0..=bytes.len()).step_by(997).chain([bytes.len()]) {
        let copy = tempfile::tempdir().unwrap();
        for name in names(folder.path()).iter().filter(|name| !name.ends_with("-shm")) {
            fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
        }
        fs::write(copy.path().join(&log), &bytes[..length]).unwrap();
        let mut cut = disk(copy.path());
        let wanted = if length == bytes.len() { rows(100, 2) } else { rows(100, 1) };
        assert_eq!(get(&mut cut), Some(wanted), "cut at {length}");
        assert_eq!(cut.health(&context()).cache, Health::Working);
        assert_eq!(cut.entries(0, 9).unwrap().len(), 1, "a missing index of the log is made anew");
    }
}

#[test]
fn s02_a_spoilt_journal_stays_where_it_is_and_takes_nothing() {
    for (what, spoil) in SPOILT {
        let folder = filled();
        let path = folder.path().join("journal.db");
        let bytes = spoil(&fs::read(&path).unwrap());
        fs::write(&path, &bytes).unwrap();
        for start in 0..2 {
            let mut open = disk(folder.path());
            let why = append(&mut open, 9).unwrap_err().to_string();
            assert!(why.contains("nothing is sent") && why.contains("keep a copy"), "{what}: {why}");
            let health = open.health(&context());
            assert!(!matches!(health.journal, Health::Working | Health::InMemory(_)), "{what}, start {start}");
            assert_eq!(health.cache, Health::Working, "{what}");
        }
        assert_eq!(fs::read(&path).unwrap(), bytes, "{what}: not changed, not moved");
    }
}

#[test]
fn s03_a_newer_schema_is_neither_written_nor_set_aside() {
    let folder = filled();
    for name in [context().file(), "journal.db".to_owned()] {
        Connection::open(folder.path().join(name)).unwrap().pragma_update(None, "user_version", 99).unwrap();
    }
    let there = names(folder.path());
    let before: Vec<_> = there.iter().map(|name| fs::read(folder.path().join(name)).unwrap()).collect();
    let mut open = disk(folder.path());
    assert_eq!(get(&mut open), None);
    put(&mut open, &rows(3, 1)).unwrap();
    assert_eq!(get(&mut open), Some(rows(3, 1)), "in memory");
    let why = append(&mut open, 9).unwrap_err().to_string();
    assert!(why.contains("newer certdeck"), "{why}");
    let health = open.health(&context());
    assert!(matches!(&health.cache, Health::InMemory(why) if why.to_string().contains("newer certdeck")), "{health:?}");
    assert!(matches!(&health.journal, Health::Off(_)), "{health:?}");
    drop(open);
    let after: Vec<_> = there.iter().map(|name| fs::read(folder.path().join(name)).unwrap()).collect();
    assert!(before == after, "not a byte has changed");
}

#[test]
fn s05_without_a_folder_lists_are_kept_in_memory_and_nothing_is_sent() {
    let outer = tempfile::tempdir().unwrap();
    let file = outer.path().join("file");
    fs::write(&file, "no folder").unwrap();
    let below = Place::Folder(file.join("certdeck"));
    for (place, cause) in [(below, "not a directory"), (Place::NoHome, "no home folder")] {
        let mut open = Disk::new(place, clock(), BOUNDS);
        put(&mut open, &rows(3, 1)).unwrap();
        assert_eq!(get(&mut open), Some(rows(3, 1)));
        let health = open.health(&context());
        let why = |why: &Failure| {
            let text = why.to_string();
            text.contains(cause) && text.contains("CERTDECK_STATE_DIR")
        };
        assert!(matches!(&health.cache, Health::InMemory(reason) if why(reason)), "{health:?}");
        assert!(matches!(&health.journal, Health::Off(reason) if why(reason)), "{health:?}");
        assert_eq!(health.path, None);
        assert!(append(&mut open, 1).unwrap_err().to_string().contains("nothing is sent"));
    }
}

#[test]
fn s05_a_file_that_cannot_be_written_is_read() {
    let folder = filled();
    let kind = file::Kind { steps: migrations::CACHE, durable: false };
    let opened = file::open_unwritable(&cache_file(&folder.path().canonicalize().unwrap()), &kind).unwrap();
    assert!(opened.read_only);
    let count = |sql: &str| opened.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    assert_eq!(count("SELECT row_count FROM dataset").unwrap(), 200);
    let error = opened.connection.execute("DELETE FROM dataset", []).map_err(Fault::from).unwrap_err();
    assert_eq!(error.to_string(), "it cannot be written");
    let before = names(folder.path());
    assert_eq!(before.len(), 2, "no log is made: {before:?}");
}

#[test]
fn the_demonstration_has_a_journal_in_memory() {
    let mut open = Disk::new(Place::Memory, clock(), BOUNDS);
    assert_eq!(append(&mut open, 1).unwrap().id, 1);
    assert!(matches!(open.health(&context()).journal, Health::InMemory(_)));
}

#[test]
fn s10_an_old_library_is_refused_and_the_linked_one_is_not() {
    assert!(matches!(file::check_library(3_040_001), Err(Fault::OldLibrary)));
    assert!(matches!(file::check_library(3_051_002), Err(Fault::OldLibrary)));
    assert!(file::check_library(3_051_003).is_ok());
    assert!(file::check_library(rusqlite::version_number()).is_ok(), "{}", rusqlite::version());
}

#[test]
fn s05_a_network_drive_is_known_by_its_kind() {
    for kind in [0x6969, 0xff53_4d42, 0xfe53_4d42] {
        assert!(folder::is_remote_kind(kind), "{kind:x}");
    }
    for local in [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x6573_5546, 0] {
        assert!(!folder::is_remote_kind(local), "{local:x}");
    }
    let here = tempfile::tempdir().unwrap();
    assert!(folder::open(here.path()).is_ok());
    assert!(Fault::Remote.failure("x", here.path()).to_string().contains("CERTDECK_STATE_DIR"));
}
