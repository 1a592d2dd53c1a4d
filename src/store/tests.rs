//! What the tests of the store share, and the tests of its handle.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
};

use futures_util::FutureExt as _;
use tempfile::TempDir;

use super::{
    disk::Disk,
    file::{BOUNDS, Bounds},
    *,
};
use crate::domain::{Clean, ca::Template, ids::RecordId};

pub const NOW: Timestamp = Timestamp::constant(1_795_519_200, 0);

pub fn clock() -> Clock {
    Arc::new(|| NOW)
}

pub fn context() -> ContextId {
    ContextId::new("prod", ["https://one.example.com"])
}

pub fn disk_of(folder: &Path, bounds: Bounds) -> Disk {
    Disk::new(Place::Folder(folder.to_owned()), clock(), bounds)
}

pub fn disk(folder: &Path) -> Disk {
    disk_of(folder, BOUNDS)
}

/// Templates whose texts no dictionary makes small.
pub fn rows(count: usize, seed: u32) -> Vec<Template> {
    let name = |i: usize| format!("{seed}-{i}-{}", "x".repeat(60));
    (0..count)
        .map(|i| Template { id: RecordId::new(&name(i)), name: Clean::from(name(i)), ..Template::default() })
        .collect()
}

pub fn saved() -> Saved {
    Saved { read_at: NOW, complete: true, origin: None }
}

pub fn put(disk: &mut Disk, rows: &[Template]) -> Result<(), Failure> {
    disk.put(&context(), &saved(), &Body::from(rows.to_vec()))
}

/// All rows of the last list; `None` when there is none, or not the whole of it.
pub fn get(disk: &mut Disk) -> Option<Vec<Template>> {
    let found = disk.find::<Template>(&context()).ok()??;
    assert_eq!(found.saved, saved(), "age and completeness are never wrong");
    let mut out = Vec::new();
    for number in 0..found.chunks {
        out.extend(disk.chunk::<Template>(&context(), found.id, number).ok()?);
    }
    assert_eq!(out.len(), found.rows as usize);
    Some(out)
}

pub fn cache_file(folder: &Path) -> PathBuf {
    folder.join(context().file())
}

pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

pub fn append(disk: &mut Disk, number: u32) -> Result<Entry, Failure> {
    disk.append(&context(), "intent", &format!("{{\"number\":{number}}}"))
}

/// A folder with a list in the cache and three entries in the journal, all connections closed.
pub fn filled() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = disk(folder.path());
    put(&mut disk, &rows(200, 1)).unwrap();
    for number in 0..3 {
        append(&mut disk, number).unwrap();
    }
    folder
}

#[tokio::test]
async fn a_list_is_loaded_in_chunks_and_never_half_of_two() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Place::Folder(folder.path().to_owned()), clock());
    let list = rows(CHUNK + 3, 1);
    let origin = Some(crate::domain::ca::RequestSource::PerCa);
    store.put(&context(), Saved { origin, complete: false, ..saved() }, Body::from(list.clone())).await.unwrap();
    let mut loading = store.get::<Template>(&context()).await.unwrap().unwrap();
    assert_eq!((loading.saved(), loading.rows()), (&Saved { origin, complete: false, ..saved() }, 4_099));
    let first = loading.next().await.unwrap().unwrap();
    store.put(&context(), saved(), Body::from(rows(9, 2))).await.unwrap();
    let rest = loading.next().await.unwrap().unwrap();
    assert!([first, rest].concat() == list, "a newer list does not disturb the one under way");
    assert_eq!(loading.next().await.unwrap(), None);
    let mut old = store.get::<Template>(&context()).await.unwrap().unwrap();
    for seed in 3..5 {
        store.put(&context(), saved(), Body::from(rows(9, seed))).await.unwrap();
    }
    assert!(old.next().await.is_err(), "gone, and not taken for the end");
    store.flush().await.unwrap();
}

#[test]
fn the_thread_does_what_waits_and_ends_with_the_last_handle() {
    let (alive, ended) = mpsc::channel::<()>();
    let clock: Clock = Arc::new(move || {
        let _ = &alive;
        NOW
    });
    let desk = Desk::new("store", Disk::new(Place::Memory, clock, BOUNDS));
    let (go, wait) = mpsc::channel::<()>();
    let (done, did) = mpsc::channel();
    let mut asked = Vec::new();
    for number in 0..3 {
        let done = done.clone();
        let desk = desk.clone();
        asked.push(Box::pin(async move { desk.ask(move |_| done.send(number)).await }));
    }
    let slow = desk.clone();
    let mut first = Box::pin(async move { slow.ask(move |_| wait.recv()).await });
    assert!(first.as_mut().now_or_never().is_none());
    for ask in &mut asked {
        assert!(ask.as_mut().now_or_never().is_none());
    }
    drop((first, asked, desk, done));
    go.send(()).unwrap();
    assert_eq!(did.iter().collect::<Vec<_>>(), [0, 1, 2], "nobody waits for them any more");
    assert!(ended.recv().is_err(), "the thread has dropped what it had");
}
