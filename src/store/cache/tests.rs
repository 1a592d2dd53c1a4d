use std::fs;

use rusqlite::Connection;

use crate::{
    domain::{acme::AcmeCertificate, ca::Template},
    store::{
        Body, ContextId, Health,
        file::{BOUNDS, Bounds},
        tests::{cache_file, context, disk, disk_of, filled, get, names, put, rows, saved},
    },
};

#[test]
fn what_is_put_comes_back_with_its_age_and_only_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = disk(&folder.path().join("made"));
    assert_eq!(get(&mut first), None);
    put(&mut first, &rows(3, 1)).unwrap();
    let newer = rows(5_000, 2);
    put(&mut first, &newer).unwrap();
    assert_eq!(get(&mut first).as_ref(), Some(&newer));
    assert_eq!(first.find::<AcmeCertificate>(&context()).unwrap(), None, "another source");
    drop(first);
    let mut second = disk(&folder.path().join("made"));
    assert_eq!(get(&mut second), Some(newer));
    let health = second.health(&context());
    assert_eq!((health.cache, health.journal, health.news), (Health::Working, Health::Working, Vec::new()));
    assert_eq!(health.path, Some(cache_file(&folder.path().canonicalize().unwrap().join("made"))));
    assert!(health.bytes > 300_000, "{}", health.bytes);
}

#[test]
fn s09_a_file_stays_below_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = disk(folder.path());
    for seed in 0..20 {
        put(&mut open, &rows(2_000, seed)).unwrap();
    }
    let kept = Connection::open(cache_file(folder.path())).unwrap();
    assert_eq!(kept.query_row("SELECT count(*) FROM dataset", [], |row| row.get::<_, i64>(0)).unwrap(), 2);
    drop((kept, open));
    let size = || fs::metadata(cache_file(folder.path())).unwrap().len();
    let grown = size();
    let one_list = Bounds { bytes: grown * 2 / 3, ..BOUNDS };
    let mut open = disk_of(folder.path(), one_list);
    assert_eq!(get(&mut open), Some(rows(2_000, 19)), "the last list stays");
    drop(open);
    assert!(size() <= one_list.bytes, "{} of {grown}", size());
    let nothing = Bounds { bytes: grown / 10, ..BOUNDS };
    let mut open = disk_of(folder.path(), nothing);
    assert_eq!(get(&mut open), None, "a list that is larger than the bound goes");
    drop(open);
    assert!(size() <= nothing.bytes, "{} of {grown}", size());
}

#[test]
fn s09_of_files_that_were_set_aside_the_newest_three_stay() {
    let folder = filled();
    for _ in 0..6 {
        fs::write(cache_file(folder.path()), "spoilt").unwrap();
        put(&mut disk(folder.path()), &rows(3, 1)).unwrap();
    }
    let aside: Vec<_> = names(folder.path()).into_iter().filter(|name| name.contains(".corrupt-")).collect();
    assert_eq!(aside.len(), 3, "{aside:?}");
    assert!(aside[2].ends_with("-005"), "{aside:?}");
}

#[test]
fn rows_of_other_addresses_are_never_given_out() {
    let folder = filled();
    let other = ContextId::new("prod", ["https://one.example.net"]);
    let mut open = disk(folder.path());
    assert_eq!(open.find::<Template>(&other).unwrap(), None);
    let health = open.health(&other);
    assert_eq!((&health.cache, health.news.len()), (&Health::Working, 1));
    assert!(health.news[0].to_string().contains(".other-"), "{health:?}");
    drop(open);
    // One file in the place of the other, with its owner changed by hand: the seals still tell.
    let folder = filled();
    let by_hand = Connection::open(cache_file(folder.path())).unwrap();
    by_hand.execute("UPDATE owner SET context = ?1", [other.id()]).unwrap();
    by_hand.execute("UPDATE dataset SET context = ?1", [other.id()]).unwrap();
    drop(by_hand);
    let mut open = disk(folder.path());
    assert_eq!(open.find::<Template>(&other).unwrap(), None);
    assert_eq!(open.health(&other).news.len(), 1);
}

#[test]
fn rows_of_another_form_are_as_good_as_none() {
    let folder = filled();
    let by_hand = Connection::open(cache_file(folder.path())).unwrap();
    by_hand.execute("UPDATE dataset SET format = 2", []).unwrap();
    drop(by_hand);
    let mut open = disk(folder.path());
    assert_eq!(get(&mut open), None);
    assert_eq!(open.health(&context()).news, []);
    put(&mut open, &rows(1, 1)).unwrap();
    assert_eq!(get(&mut open), Some(rows(1, 1)));
}

/// Every 64th byte of the file, one at a time: the rows as they were, or none.
#[test]
fn g20_one_flipped_byte_gives_no_wrong_row() {
    let folder = filled();
    let bytes = fs::read(cache_file(folder.path())).unwrap();
    let (mut whole, mut none) = (0, 0);
    for at in (0..bytes.len()).step_by(64) {
        let copy = tempfile::tempdir().unwrap();
        let mut changed = bytes.clone();
        changed[at] ^= 0xff;
        fs::write(cache_file(copy.path()), &changed).unwrap();
        let mut open = disk(copy.path());
        match get(&mut open) {
            Some(read) => {
                assert!(read == rows(200, 1), "byte {at}");
                whole += 1;
            }
            None => none += 1,
        }
        put(&mut open, &rows(2, 2)).unwrap();
        assert_eq!(get(&mut open), Some(rows(2, 2)), "byte {at}: the next list is kept");
    }
    assert!(whole > 10 && none > 100, "{whole} {none}");
}

/// No room for the Nth page, for every N that matters: the old list or the new one, whole.
#[test]
fn g20_the_nth_write_that_fails_leaves_a_whole_list() {
    let (mut refused, mut kept) = (0, 0);
    for pages in 12..80 {
        let folder = tempfile::tempdir().unwrap();
        let mut open = disk_of(folder.path(), Bounds { bytes: pages * 4_096, ..BOUNDS });
        let mut before = None;
        for seed in 0..3 {
            let list = rows(usize::try_from(pages).unwrap() * (30 + 10 * seed as usize), seed);
            match put(&mut open, &list) {
                Ok(()) => {
                    before = Some(list);
                    kept += 1;
                }
                Err(why) => {
                    assert!(why.to_string().contains("there is no room"), "{why}");
                    refused += 1;
                }
            }
            assert!(get(&mut open) == before, "{pages} pages, list {seed}");
        }
        drop(open);
        let file = Connection::open(cache_file(folder.path())).unwrap();
        let check: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok", "{pages} pages");
    }
    assert!(refused > 20 && kept > 20, "{refused} refused, {kept} kept");
}

/// `SQLite` removes the log of a file by its name when the last connection ends, but not that of a file that moved.
#[cfg(unix)]
#[test]
fn s06_a_file_that_was_set_aside_in_use_does_not_take_the_log_of_its_successor_along() {
    let folder = filled();
    let mut old = disk(folder.path());
    assert!(get(&mut old).is_some());
    let other = ContextId::new("prod", ["https://one.example.net"]);
    let mut new = disk(folder.path());
    assert_eq!(new.find::<Template>(&other).unwrap(), None);
    new.put(&other, &saved(), &Body::from(rows(3, 1))).unwrap();
    put(&mut old, &rows(9, 9)).unwrap();
    let logs = || names(folder.path()).iter().filter(|name| name.ends_with(".db-wal")).count();
    assert_eq!(logs(), 1);
    drop(old);
    assert_eq!(logs(), 1, "{:?}", names(folder.path()));
    assert_eq!(disk(folder.path()).find::<Template>(&other).unwrap().map(|found| found.rows), Some(3));
}
