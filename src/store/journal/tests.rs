use std::time::Duration;

use rusqlite::Connection;

use crate::store::{
    Health, Verdict,
    file::{BOUNDS, Bounds},
    journal,
    tests::{append, context, disk, disk_of, filled, get, names, put, rows},
};

#[test]
fn s06_three_writers_lose_nothing() {
    const EACH: u32 = 60;
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let path = folder.path();
            scope.spawn(move || {
                let mut open = disk(path);
                for number in 0..EACH {
                    append(&mut open, number).unwrap();
                    if number % 10 == 0 {
                        put(&mut open, &rows(500, writer)).unwrap();
                        assert_eq!(get(&mut open).unwrap().len(), 500, "a whole list, of one of them");
                    }
                }
                assert_eq!(open.health(&context()).cache, Health::Working);
            });
        }
    });
    let mut open = disk(folder.path());
    assert_eq!(open.verify().unwrap(), Verdict { sound: u64::from(3 * EACH), broken: None });
    let last = get(&mut open).unwrap();
    assert!((0..3).any(|writer| last == rows(500, writer)), "the list of one writer, whole");
    assert_eq!(
        names(folder.path()).iter().filter(|name| name.contains(".corrupt") || name.contains(".new-")).count(),
        0
    );
}

#[test]
fn s06_a_file_that_is_held_costs_the_busy_time_and_no_more() {
    let folder = filled();
    let mut open = disk_of(folder.path(), Bounds { busy: Duration::from_millis(20), ..BOUNDS });
    assert!(get(&mut open).is_some());
    append(&mut open, 3).unwrap();
    let hold = |name: &str| {
        let other = Connection::open(folder.path().join(name)).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        other
    };
    let (cache, journal) = (hold(&context().file()), hold("journal.db"));
    let refused = put(&mut open, &rows(1, 9)).unwrap_err().to_string();
    assert!(refused.contains("another certdeck is writing"), "{refused}");
    assert!(append(&mut open, 4).unwrap_err().to_string().contains("another certdeck is writing"));
    assert_eq!(get(&mut open), Some(rows(200, 1)), "reading goes on");
    drop((cache, journal));
    put(&mut open, &rows(1, 9)).unwrap();
    assert_eq!(append(&mut open, 4).unwrap().id, 5);
}

#[test]
fn s08_a_row_that_was_edited_by_hand_is_named_and_the_journal_takes_no_more() {
    let edits = [
        ("UPDATE entry SET body = '{\"number\":7}' WHERE id = 2", 2),
        ("UPDATE entry SET at = '2020-01-01T00:00:00Z' WHERE id = 1", 1),
        ("UPDATE entry SET kind = 'sent', hash = previous WHERE id = 3", 3),
        ("DELETE FROM entry WHERE id = 2", 3),
        ("DELETE FROM entry WHERE id = 1", 2),
        ("UPDATE entry SET id = 9 WHERE id = 3", 9),
    ];
    for (edit, broken) in edits {
        let folder = filled();
        let mut open = disk(folder.path());
        assert_eq!(open.verify().unwrap(), Verdict { sound: 3, broken: None });
        drop(open);
        let by_hand = Connection::open(folder.path().join("journal.db")).unwrap();
        assert!(by_hand.execute(edit, []).is_err(), "the file itself refuses: {edit}");
        by_hand.execute_batch("DROP TRIGGER entry_is_not_changed; DROP TRIGGER entry_is_not_removed").unwrap();
        by_hand.execute(edit, []).unwrap();
        drop(by_hand);
        let mut open = disk(folder.path());
        assert_eq!(open.verify().unwrap().broken, Some(broken), "{edit}");
        assert!(open.entries(0, 9).unwrap().len() >= 2, "it is still read");
        let why = append(&mut open, 9).unwrap_err().to_string();
        assert!(why.contains(&format!("entry {broken} is not what was written")), "{why}");
        assert!(matches!(open.health(&context()).journal, Health::ReadOnly(_)));
    }
}

#[test]
fn an_entry_is_json_of_a_bounded_size() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = disk(folder.path());
    let body = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    assert_eq!(open.append(&context(), "note", &body(journal::BODY)).unwrap().body.len(), journal::BODY);
    for bad in [body(journal::BODY + 1), String::new(), "{".to_owned(), "{} {}".to_owned()] {
        assert!(open.append(&context(), "note", &bad).is_err());
    }
    assert_eq!(open.verify().unwrap(), Verdict { sound: 1, broken: None });
    assert_eq!(open.health(&context()).journal, Health::Working);
}

#[cfg(unix)]
#[test]
fn an_entry_never_goes_to_a_journal_that_was_moved_away() {
    let folder = filled();
    let mut open = disk(folder.path());
    assert_eq!(append(&mut open, 3).unwrap().id, 4);
    let moved = tempfile::tempdir().unwrap();
    for name in names(folder.path()).into_iter().filter(|name| name.starts_with("journal.db")) {
        std::fs::rename(folder.path().join(&name), moved.path().join(&name)).unwrap();
    }
    assert_eq!(append(&mut open, 4).unwrap().id, 1, "a new journal");
    drop(open);
    assert_eq!(disk(folder.path()).verify().unwrap(), Verdict { sound: 1, broken: None });
    assert_eq!(disk(moved.path()).verify().unwrap(), Verdict { sound: 4, broken: None });
}

/// No room for the Nth page: the entry is refused, and all before it are there.
#[test]
fn g20_an_entry_that_finds_no_room_is_refused_and_the_others_stay() {
    for pages in 8..40 {
        let folder = tempfile::tempdir().unwrap();
        let mut open = disk_of(folder.path(), Bounds { bytes: pages * 4_096, ..BOUNDS });
        let body = format!("\"{}\"", "x".repeat(1_500));
        let mut added = 0;
        let why = loop {
            match open.append(&context(), "note", &body) {
                Ok(entry) => added = entry.id,
                Err(why) => break why.to_string(),
            }
        };
        assert!(why.contains("there is no room") && why.contains("nothing is sent"), "{why}");
        drop(open);
        let mut open = disk(folder.path());
        assert_eq!(open.verify().unwrap(), Verdict { sound: u64::try_from(added).unwrap(), broken: None }, "{pages}");
        assert_eq!(open.append(&context(), "note", &body).unwrap().id, added + 1, "with room again");
    }
}
