//! A program that keeps entries and lists in a store, and what must be there afterwards.

use std::{path::Path, sync::Arc};

use certdeck::{
    domain::{Failure, ca::Template, ids::RecordId},
    store::{Body, ContextId, Entry, Place, Saved, Store, Verdict},
};
use jiff::Timestamp;

const NOW: Timestamp = Timestamp::constant(1_795_519_200, 0);
/// After so many rounds the store is opened anew: the last connection moves its log into the file.
const OPENED_ANEW: usize = 3;
/// After so many rounds a list is kept.
const LISTED: usize = 4;

/// The store in a folder.
pub fn store(folder: &Path) -> Store {
    Store::open(Place::Folder(folder.to_owned()), Arc::new(|| NOW))
}

/// Whose entries and lists they are.
pub fn context() -> ContextId {
    ContextId::new("prod", ["https://one.example.com"])
}

/// A writer of entries and lists in turn.
pub struct Keeper<'a> {
    folder: &'a Path,
    /// The store as it is open now.
    pub store: Store,
}

impl<'a> Keeper<'a> {
    /// A writer into `folder`.
    pub fn new(folder: &'a Path) -> Self {
        Self { folder, store: store(folder) }
    }

    /// Adds the entry of a round.
    pub async fn add(&mut self, round: usize) -> Result<Entry, Failure> {
        if round % OPENED_ANEW == OPENED_ANEW - 1 {
            self.store = store(self.folder);
        }
        self.store.append(&context(), "intent", format!("{{\"round\":{round}}}")).await
    }

    /// Keeps the list of a round; `None` when it has none.
    pub async fn list(&self, round: usize) -> Option<Result<(), Failure>> {
        if !round.is_multiple_of(LISTED) {
            return None;
        }
        let saved = Saved { read_at: NOW, complete: true, origin: None };
        Some(self.store.put(&context(), saved, Body::from(list(round))).await)
    }
}

/// A journal whose chain is whole, with every entry up to `last`: numbers have no gap, so the count says that each one
/// is there.
pub async fn chain(store: &Store, last: i64, why: &str) -> Verdict {
    let verdict = store.verify().await.unwrap();
    assert_eq!(verdict.broken, None, "{why}");
    assert!(verdict.sound >= u64::try_from(last).unwrap(), "{why}: {} of {last}", verdict.sound);
    verdict
}

/// The list that was kept last is whole; false when there is none.
pub async fn has_whole_list(store: &Store, why: &str) -> bool {
    let Some(mut loading) = store.get::<Template>(&context()).await.unwrap() else { return false };
    let rows = loading.next().await.unwrap().unwrap();
    let seed: usize = rows[0].id.as_str().split_once('-').unwrap().0.parse().unwrap();
    assert_eq!(rows, list(seed), "{why}");
    assert_eq!(loading.next().await.unwrap(), None);
    true
}

/// A list whose every row says which one it is.
fn list(seed: usize) -> Vec<Template> {
    let row = |i: usize| Template { id: RecordId::new(&format!("{seed}-{i}")), ..Template::default() };
    (0..400).map(row).collect()
}
