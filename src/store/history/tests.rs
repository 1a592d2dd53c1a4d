use std::{fs, path::PathBuf, sync::Arc};

use jiff::SignedDuration;
use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::{
    domain::{
        Clean,
        ca::Template,
        delta::{Records, Tracked, Way},
        ids::RecordId,
    },
    store::{
        Health, Place,
        disk::Disk,
        file::BOUNDS,
        tests::{NOW, append, cache_file, context, disk, disk_of, filled, names, put, rows},
    },
};

const YESTERDAY: Since = Since::Yesterday;

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// A disk whose clock stands so many hours behind [`NOW`].
fn disk_at(folder: &std::path::Path, later: i64) -> Disk {
    Disk::new(Place::Folder(folder.to_owned()), Arc::new(move || NOW + hours(later)), BOUNDS)
}

fn template(id: usize, status: &str) -> Template {
    let name = Clean::from(format!("Template {id}"));
    Template { id: RecordId::new(&id.to_string()), name, status: status.into(), ..Template::default() }
}

fn templates(count: usize, status: &str) -> Vec<Template> {
    (0..count).map(|id| template(id, status)).collect()
}

fn prepared(rows: Vec<Template>, later: i64) -> Prepared {
    Prepared::new(&context(), Arc::new(rows), NOW + hours(later))
}

fn told(compared: &Compared) -> Vec<String> {
    compared.deltas.iter().map(|delta| format!("{} {}", delta.way().word(), delta.name())).collect()
}

fn file(folder: &std::path::Path) -> PathBuf {
    folder.join(context().snapshots_file())
}

#[test]
fn the_first_day_has_no_baseline_and_the_next_tells_what_is_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = disk_at(folder.path(), 0);
    let compare = |disk: &mut Disk| disk.compare(&context(), Topic::Template, YESTERDAY, None).unwrap();
    assert_eq!(compare(&mut first).span, None);
    first.snapshot(&prepared(templates(3, "active"), 0)).unwrap();
    let compared = compare(&mut first);
    assert_eq!((compared.span, compared.deltas), (None, Vec::new()), "the first day");
    drop(first);
    let mut second = disk_at(folder.path(), 25);
    let mut today = templates(2, "active");
    today.push(template(7, "active"));
    today[0] = template(0, "disabled");
    second.snapshot(&prepared(today.clone(), 25)).unwrap();
    let compared = compare(&mut second);
    assert_eq!(compared.span, Some((NOW, NOW + hours(25))));
    assert_eq!(told(&compared), ["changed Template 0", "gone Template 2", "new Template 7"]);
    let turn = compared.deltas[0].turns().next().unwrap();
    assert_eq!((turn.member.word(), turn.before.as_str(), turn.after.as_str()), ("status", "active", "disabled"));
    assert_eq!(second.compare(&context(), Topic::Ca, YESTERDAY, None).unwrap().span, None, "another topic");
    let other = ContextId::new("lab", ["https://one.example.com"]);
    assert_eq!(second.compare(&other, Topic::Template, YESTERDAY, None).unwrap().span, None, "another context");
}

#[test]
fn the_same_list_in_another_order_is_no_snapshot_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = disk_at(folder.path(), 30);
    let mut rows = templates(900, "active");
    open.snapshot(&prepared(rows.clone(), 0)).unwrap();
    rows.reverse();
    open.snapshot(&prepared(rows.clone(), 30)).unwrap();
    let count = |sql: &str| {
        let file = Connection::open(file(folder.path())).unwrap();
        file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((count("SELECT count(*) FROM snapshot"), count("SELECT count(*) FROM step")), (1, 0));
    let compared = open.compare(&context(), Topic::Template, YESTERDAY, None).unwrap();
    assert_eq!(compared.span, Some((NOW + hours(6), NOW + hours(30))), "it was seen until now");
    rows.swap_remove(5);
    open.snapshot(&prepared(rows, 20)).unwrap();
    assert_eq!(count("SELECT count(*) FROM snapshot"), 1, "what was read before the last is not put behind it");
}

/// Lists that grow and shrink over the sizes where parts split.
#[test]
fn lists_of_any_length_follow_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = disk_at(folder.path(), 500);
    let sizes = [0, 3, 200, 600, 2_100, 500, 2_100, 1, 0, 700];
    let mut lists: Vec<Vec<Template>> = Vec::new();
    for (at, size) in (0..).zip(sizes) {
        let list = templates(size, if at % 2 == 0 { "active" } else { "disabled" });
        open.snapshot(&prepared(list.clone(), 24 * at)).unwrap();
        lists.push(list);
    }
    let entries = |list: &[Template]| list.iter().map(Tracked::entry).collect::<Vec<_>>();
    for from in 0..lists.len() {
        for to in from..lists.len() {
            let at = |day: usize| NOW + hours(24 * i64::try_from(day).unwrap());
            let compared = open.compare(&context(), Topic::Template, Since::At(at(from)), Some(at(to))).unwrap();
            let wanted = diff(Topic::Template, &entries(&lists[from]), &entries(&lists[to]));
            assert!(compared.deltas == wanted, "{from} to {to}");
            assert_eq!(compared.span, Some((at(from), at(to))));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_told_is_the_diff_of_what_was_put(
        days in prop::collection::vec(prop::collection::btree_map(0..40_usize, 0..3_u8, 0..30), 1..6),
    ) {
        let history = || History::in_memory(&context(), BOUNDS).unwrap();
        let list = |day: &std::collections::BTreeMap<usize, u8>| -> Vec<Template> {
            day.iter().map(|(id, status)| template(*id, &status.to_string())).collect()
        };
        let mut open = history();
        for (at, day) in (0..).zip(&days) {
            open.put(&prepared(list(day), 24 * at), NOW).unwrap();
        }
        let entries = |day| list(day).iter().map(Tracked::entry).collect::<Vec<_>>();
        let wanted = diff(Topic::Template, &entries(&days[0]), &entries(&days[days.len() - 1]));
        let compared = open.compare(Topic::Template, Since::At(NOW), None, NOW + hours(500)).unwrap();
        prop_assert_eq!(compared.deltas, wanted);
    }
}

#[test]
fn a_snapshot_is_kept_for_400_days_after_it_was_true() {
    let folder = tempfile::tempdir().unwrap();
    let day = 24;
    for at in [0, 1, 200, 399, 402] {
        let mut open = disk_at(folder.path(), at * day);
        open.snapshot(&prepared(templates(usize::try_from(at).unwrap() + 1, "active"), at * day)).unwrap();
    }
    let mut open = disk_at(folder.path(), 402 * day);
    let since = |open: &mut Disk, days: i64| {
        open.compare(&context(), Topic::Template, Since::Back(hours(days * day)), None).unwrap().span.unwrap().0
    };
    assert_eq!(since(&mut open, 500), NOW + hours(200 * day), "that of day 0 and that of day 1 are gone");
}

#[test]
fn s09_the_file_stays_below_its_bound_and_says_what_made_room() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds { bytes: 1 << 20, ..BOUNDS };
    let mut open = disk_of(folder.path(), bounds);
    let list = |day: i64| -> Vec<Template> {
        let wide = format!("{day} {}", "x".repeat(400));
        (0..300).map(|id| Template { status: wide.as_str().into(), accounts: Vec::new(), ..template(id, "") }).collect()
    };
    let distinct = |day: i64| -> Vec<Template> {
        list(day)
            .into_iter()
            .enumerate()
            .map(|(id, row)| Template { name: format!("{day} {id} {}", "y".repeat(200)).into(), ..row })
            .collect()
    };
    for day in 0..30 {
        open.snapshot(&prepared(distinct(day), 24 * day)).unwrap();
    }
    let news = open.health(&context()).news;
    assert!(
        news.iter().any(|why| why.to_string().contains("made room") && why.to_string().contains("1 MiB")),
        "{news:?}"
    );
    let compared = open.compare(&context(), Topic::Template, Since::At(NOW + hours(24 * 28)), None).unwrap();
    assert_eq!(compared.deltas.len(), 300, "the newest are there");
    let oldest = open.compare(&context(), Topic::Template, Since::At(NOW), None).unwrap();
    assert!(oldest.span.unwrap().0 > NOW + hours(24), "the oldest are not");
    assert_eq!(oldest.deltas.iter().filter(|delta| delta.way() == Way::Changed).count(), 300);
    drop(open);
    let size = fs::metadata(file(folder.path())).unwrap().len();
    assert!(size <= bounds.bytes, "{size}");
    let smaller = Bounds { bytes: size / 2, ..BOUNDS };
    let mut open = disk_of(folder.path(), smaller);
    let newest = open.compare(&context(), Topic::Template, Since::At(NOW + hours(24 * 29)), None).unwrap();
    assert_eq!(newest.span, Some((NOW + hours(24 * 29), NOW + hours(24 * 29))), "the newest stays");
    drop(open);
    assert!(fs::metadata(file(folder.path())).unwrap().len() <= smaller.bytes, "a file that was larger has shrunk");
    let empty = tempfile::tempdir().unwrap();
    let mut open = disk_of(empty.path(), Bounds { bytes: 64 << 10, ..BOUNDS });
    let why = open.snapshot(&prepared(distinct(40), 24 * 40)).unwrap_err().to_string();
    assert!(why.contains("a snapshot could not be kept") && why.contains("no room"), "{why}");
}

#[test]
fn s02_spoilt_snapshots_are_set_aside_said_once_and_the_cache_stays() {
    let folder = filled();
    disk_at(folder.path(), 0).snapshot(&prepared(templates(50, "active"), 0)).unwrap();
    let bytes = fs::read(file(folder.path())).unwrap();
    let cache = fs::read(cache_file(folder.path())).unwrap();
    let flipped: Vec<u8> =
        bytes.iter().enumerate().map(|(at, byte)| if at % 64 == 0 { byte ^ 0xff } else { *byte }).collect();
    for spoilt in [Vec::new(), flipped, bytes[..bytes.len() / 2].to_vec(), b"not a database".repeat(40)] {
        fs::write(file(folder.path()), &spoilt).unwrap();
        let mut open = disk_at(folder.path(), 25);
        open.snapshot(&prepared(templates(51, "active"), 25)).unwrap();
        assert_eq!(open.compare(&context(), Topic::Template, YESTERDAY, None).unwrap().span, None);
        let health = open.health(&context());
        assert_eq!((&health.snapshots, &health.cache), (&Health::Working, &Health::Working));
        assert_eq!(health.news.len(), 1, "{health:?}");
        assert!(health.news[0].to_string().contains(".corrupt-"), "{health:?}");
        assert_eq!(open.health(&context()).news, []);
        drop(open);
        assert_eq!(fs::read(cache_file(folder.path())).unwrap(), cache, "the cache is not touched");
    }
}

#[test]
fn s02_a_spoilt_cache_leaves_the_snapshots() {
    let folder = filled();
    disk_at(folder.path(), 0).snapshot(&prepared(templates(50, "active"), 0)).unwrap();
    fs::write(cache_file(folder.path()), b"").unwrap();
    let mut open = disk_at(folder.path(), 25);
    put(&mut open, &rows(3, 1)).unwrap();
    open.snapshot(&prepared(templates(51, "active"), 25)).unwrap();
    let compared = open.compare(&context(), Topic::Template, YESTERDAY, None).unwrap();
    assert_eq!(told(&compared), ["new Template 50"]);
}

/// A bit that turned in a body, with the page still sound for `SQLite`: nothing wrong is told.
#[test]
fn s02_a_changed_record_of_a_snapshot_is_never_told() {
    for table in ["part", "step"] {
        let folder = tempfile::tempdir().unwrap();
        let mut open = disk_at(folder.path(), 30);
        open.snapshot(&prepared(templates(5, "active"), 0)).unwrap();
        open.snapshot(&prepared(templates(6, "active"), 25)).unwrap();
        drop(open);
        let connection = Connection::open(file(folder.path())).unwrap();
        let changed = connection.execute(
            &format!("UPDATE {table} SET body = CAST(substr(body, 1, length(body) - 1) || x'41' AS BLOB)"),
            [],
        );
        assert_eq!(changed.unwrap(), 1);
        drop(connection);
        let mut open = disk_at(folder.path(), 50);
        let compared = open.compare(&context(), Topic::Template, Since::At(NOW), None);
        let put = open.snapshot(&prepared(templates(7, "active"), 50));
        assert!(put.is_ok(), "{table}: {put:?}");
        if table == "step" {
            assert!(compared.is_err(), "{compared:?}");
        }
        assert_eq!(open.health(&context()).news.len(), 1, "{table}");
        assert!(names(folder.path()).iter().any(|name| name.contains(".corrupt-")), "{table}");
    }
}

#[test]
fn s03_snapshots_of_a_newer_program_are_not_touched() {
    let folder = filled();
    disk_at(folder.path(), 0).snapshot(&prepared(templates(50, "active"), 0)).unwrap();
    Connection::open(file(folder.path())).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(file(folder.path())).unwrap();
    let mut open = disk_at(folder.path(), 25);
    open.snapshot(&prepared(templates(51, "active"), 25)).unwrap();
    let health = open.health(&context());
    assert!(
        matches!(&health.snapshots, Health::InMemory(why) if why.to_string().contains("newer certdeck")),
        "{health:?}"
    );
    assert_eq!(health.cache, Health::Working);
    drop(open);
    assert_eq!(fs::read(file(folder.path())).unwrap(), before);
}

#[test]
fn s01_what_was_put_is_there_though_the_program_never_closed() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = disk(folder.path());
    append(&mut open, 1).unwrap();
    open.snapshot(&prepared(templates(50, "active"), -25)).unwrap();
    open.snapshot(&prepared(templates(51, "active"), 0)).unwrap();
    // A copy beside the open connection is what a kill leaves.
    let copy = tempfile::tempdir().unwrap();
    for name in names(folder.path()).iter().filter(|name| !name.ends_with("-shm")) {
        fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let compared = disk(copy.path()).compare(&context(), Topic::Template, YESTERDAY, None).unwrap();
    assert_eq!(told(&compared), ["new Template 50"]);
}

/// Two programs with one file: none undoes what the other put.
#[test]
fn s06_two_instances_put_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (disk_at(folder.path(), 80), disk_at(folder.path(), 80));
    for at in 0..10_usize {
        let open = if at % 2 == 0 { &mut one } else { &mut two };
        let later = i64::try_from(at).unwrap();
        open.snapshot(&prepared(templates(5 + at, "active"), later)).unwrap();
    }
    for open in [&mut one, &mut two] {
        let compared = open.compare(&context(), Topic::Template, Since::At(NOW), None).unwrap();
        assert_eq!(compared.deltas.len(), 9);
    }
}

#[test]
fn a_list_is_laid_out_the_same_in_each_version() {
    let list = templates(600, "active");
    let prepared = prepared(list.clone(), 0);
    assert_eq!((prepared.parts.count(), prepared.rows()), (2, 600));
    let sizes: Vec<usize> = (0..2).map(|part| prepared.entries(part).len()).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 600);
    let seal = crate::domain::digest::hex(&prepared.seals[0]);
    assert_eq!((sizes[0], &seal[..16]), (319, "294529c86f606280"));
    assert_eq!(list.len(), Records::len(&list));
}
