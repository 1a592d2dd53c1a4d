//! Lists in pages: to the end, without duplicates, and never silently short.

use std::{
    any::Any,
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::{door::Trouble, limits};
use crate::domain::{
    Clean, Failure, FailureKind,
    dataset::{Completeness, Dataset},
};

/// One page, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Rows of the whole list, when the service says.
    pub total: Option<usize>,
    /// What was odd about the page.
    pub note: Option<&'static str>,
}

/// Takes rows as they come, for showing them before the list is complete.
///
/// A list whose answer broke off is read again, and its rows come again: the [`Dataset`] at the end is the truth.
pub trait Progress<T>: Send {
    /// New rows.
    fn rows(&mut self, batch: Vec<T>);

    /// False when nobody looks: the rows need not be copied.
    fn is_wanted(&self) -> bool {
        true
    }
}

impl<T, F: FnMut(Vec<T>) + Send> Progress<T> for F {
    fn rows(&mut self, batch: Vec<T>) {
        self(batch);
    }
}

/// Progress that nobody looks at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl<T> Progress<T> for Silent {
    fn rows(&mut self, _: Vec<T>) {}

    fn is_wanted(&self) -> bool {
        false
    }
}

/// Lists that broke off, kept for a while so that the next read goes on at the page that failed.
#[derive(Default)]
pub struct Unfinished(Mutex<HashMap<String, Kept>>);

/// When a list broke off, and what was read of it: a `Held<T>`.
type Kept = (Instant, Box<dyn Any + Send>);

impl Unfinished {
    fn take<T: 'static>(&self, name: &str) -> Option<Box<Held<T>>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (at, _)| at.elapsed() < limits::RESUME);
        kept.remove(name).and_then(|(_, held)| held.downcast().ok())
    }

    fn keep<T: Send + 'static>(&self, name: &str, held: Held<T>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(name.to_owned(), (Instant::now(), Box::new(held)));
    }
}

struct Held<T> {
    rows: Vec<T>,
    notes: Vec<Clean>,
    offset: usize,
    pages: usize,
}

/// How a list is read.
pub struct Reading<'a, T, K> {
    /// Name under which a list that broke off is kept; with every filter in it.
    pub name: String,
    /// Rows asked for in one page.
    pub page_size: usize,
    /// Stop after this many rows.
    pub most: Option<usize>,
    /// What tells rows apart; `None` for a row without an id, which is kept.
    pub key: fn(&T) -> Option<K>,
    /// True when nothing behind this page is wanted.
    pub enough: &'a (dyn Fn(&[T]) -> bool + Send + Sync),
    /// Lists that broke off.
    pub unfinished: &'a Unfinished,
}

/// Never enough: the whole list is wanted.
pub fn all<T>(_: &[T]) -> bool {
    false
}

impl<T: Clone + Send + 'static, K: Eq + Hash + Send> Reading<'_, T, K> {
    /// Reads page after page. The first page failing is a failure; a later one makes the list partial, and the next
    /// read within [`limits::RESUME`] goes on there.
    pub async fn run<'f>(
        &self,
        now: impl Fn() -> jiff::Timestamp + Send,
        progress: &mut dyn Progress<T>,
        fetch: impl Fn(usize, usize) -> BoxFuture<'f, Result<Page<T>, Trouble>> + Send,
    ) -> Result<Dataset<T>, Trouble> {
        let mut list = Gathered::new(self.key);
        if let Some(held) = self.unfinished.take::<T>(&self.name) {
            list.resume(*held);
            progress.rows(list.rows.clone());
        }
        while list.pages < limits::PAGES {
            let page = match fetch(list.offset, self.page_size).await {
                Ok(page) => page,
                Err(trouble) if list.pages == 0 => return Err(trouble),
                Err(trouble) => return Ok(self.broke_off(list, trouble.into(), now())),
            };
            let done = self.enough_of(&page.rows);
            let (end, from) = list.add(page, self.page_size);
            if progress.is_wanted()
                && let Some(fresh) = list.rows.get(from..)
                && !fresh.is_empty()
            {
                progress.rows(fresh.to_vec());
            }
            if let Some(most) = self.most
                && list.rows.len() >= most
            {
                if end != End::Done || list.rows.len() > most {
                    list.note(format!("the newest {most} rows"));
                }
                list.rows.truncate(most);
                return Ok(list.complete(now()));
            }
            match end {
                End::More if done => return Ok(list.complete(now())),
                End::More => {}
                End::Done => return Ok(list.complete(now())),
                End::Short(why) => {
                    let why = Failure::new(FailureKind::BadAnswer, why).hint("read the list again");
                    return Ok(list.partial(self.page_size, why, now()));
                }
            }
        }
        let why = Failure::new(FailureKind::BadAnswer, format!("the list has more than {} pages", limits::PAGES));
        Ok(list.partial(self.page_size, why, now()))
    }

    fn enough_of(&self, rows: &[T]) -> bool {
        (self.enough)(rows)
    }

    fn broke_off(&self, list: Gathered<T, K>, why: Failure, now: jiff::Timestamp) -> Dataset<T> {
        let held = Held { rows: list.rows.clone(), notes: list.notes.clone(), offset: list.offset, pages: list.pages };
        self.unfinished.keep(&self.name, held);
        list.partial(self.page_size, why, now)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    More,
    Done,
    Short(String),
}

struct Gathered<T, K> {
    key: fn(&T) -> Option<K>,
    rows: Vec<T>,
    seen: HashSet<K>,
    notes: Vec<Clean>,
    offset: usize,
    pages: usize,
    total: Option<usize>,
    dropped: usize,
}

impl<T, K: Eq + Hash> Gathered<T, K> {
    fn new(key: fn(&T) -> Option<K>) -> Self {
        Self {
            key,
            rows: Vec::new(),
            seen: HashSet::new(),
            notes: Vec::new(),
            offset: 0,
            pages: 0,
            total: None,
            dropped: 0,
        }
    }

    fn resume(&mut self, held: Held<T>) {
        self.seen = held.rows.iter().filter_map(self.key).collect();
        self.rows = held.rows;
        self.notes = held.notes;
        self.offset = held.offset;
        self.pages = held.pages;
        self.note("taken up again at the page that had failed");
    }

    fn note(&mut self, text: impl Into<Clean>) {
        let note = text.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Adds a page; tells whether the list goes on, and where its new rows begin.
    fn add(&mut self, page: Page<T>, size: usize) -> (End, usize) {
        let (came, from) = (page.rows.len(), self.rows.len());
        for row in page.rows {
            let fresh = (self.key)(&row).is_none_or(|key| self.seen.insert(key));
            if fresh {
                self.rows.push(row);
            } else {
                self.dropped += 1;
            }
        }
        let fresh = self.rows.len() - from;
        let first = self.pages == 0;
        self.pages += 1;
        self.offset += came;
        if let Some(note) = page.note {
            self.note(note);
        }
        if !first && page.total != self.total || fresh < came && fresh > 0 {
            self.note("the list changed while reading");
        }
        if page.total.is_some() || first {
            self.total = page.total;
        }
        (self.end(came, fresh, size, first), from)
    }

    fn end(&mut self, came: usize, fresh: usize, size: usize, first: bool) -> End {
        if came > 0 && fresh == 0 && !first {
            self.note("the service sent a page again; reading stopped");
            return match self.total {
                Some(total) if self.rows.len() >= total => End::Done,
                // More rows than were asked for: the service does not page, and this was everything.
                None if came != size => End::Done,
                _ => End::Short("the service sends the same page again and again".into()),
            };
        }
        match self.total {
            Some(total) if self.offset >= total => End::Done,
            Some(total) if came == 0 => {
                End::Short(format!("the service promises {total} rows and sends {}", self.rows.len()))
            }
            None if came < size => End::Done,
            _ => End::More,
        }
    }

    fn notes(&mut self) -> Vec<Clean> {
        if self.dropped > 0 {
            self.note(format!("{} rows came twice and are shown once", self.dropped));
        }
        std::mem::take(&mut self.notes)
    }

    fn complete(mut self, now: jiff::Timestamp) -> Dataset<T> {
        let notes = self.notes();
        Dataset { rows: self.rows, read_at: now, completeness: Completeness::Complete, notes }
    }

    fn partial(mut self, size: usize, why: Failure, now: jiff::Timestamp) -> Dataset<T> {
        let notes = self.notes();
        let of = self.total.map(|total| total.div_ceil(size).max(self.pages));
        let completeness = Completeness::Partial { read: self.pages, of, why };
        Dataset { rows: self.rows, read_at: now, completeness, notes }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn now() -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    async fn read(
        unfinished: impl std::borrow::Borrow<Unfinished>,
        pages: impl Fn(usize, usize) -> Result<Page<u32>, Trouble> + Send + Sync,
    ) -> Result<Dataset<u32>, Trouble> {
        let reading = Reading {
            name: "t".into(),
            page_size: 2,
            most: None,
            key: |n: &u32| Some(*n),
            enough: &all,
            unfinished: unfinished.borrow(),
        };
        reading.run(now, &mut Silent, |offset, limit| Box::pin(std::future::ready(pages(offset, limit)))).await
    }

    fn page(rows: &[u32], total: Option<usize>) -> Page<u32> {
        Page { rows: rows.to_vec(), total, note: None }
    }

    #[tokio::test(start_paused = true)]
    async fn n22_a_failed_page_makes_the_list_partial_and_is_where_it_goes_on() {
        let unfinished = Unfinished::default();
        let (calls, broken) = (AtomicUsize::new(0), AtomicUsize::new(1));
        let rows: Vec<u32> = (0..18).collect();
        let fetch = |offset: usize, limit: usize| {
            calls.fetch_add(1, Ordering::Relaxed);
            if offset == 4 && broken.load(Ordering::Relaxed) == 1 {
                return Err(Failure::new(FailureKind::Network, "cut").into());
            }
            Ok(page(&rows[offset..(offset + limit).min(18)], Some(18)))
        };
        let list = read(&unfinished, fetch).await.unwrap();
        let Completeness::Partial { read: 2, of: Some(9), why } = &list.completeness else {
            panic!("{:?}", list.completeness)
        };
        assert_eq!(why.title.as_str(), "cut");
        assert_eq!(list.rows, [0, 1, 2, 3]);
        broken.store(0, Ordering::Relaxed);
        calls.store(0, Ordering::Relaxed);
        let list = read(&unfinished, fetch).await.unwrap();
        assert!(list.is_complete());
        assert_eq!(list.rows, rows);
        assert_eq!(calls.load(Ordering::Relaxed), 7, "pages 3 to 9 only");
    }

    #[tokio::test(start_paused = true)]
    async fn n22_the_first_page_failing_is_a_failure() {
        let error = read(Unfinished::default(), |_, _| Err(Failure::new(FailureKind::Network, "cut").into())).await;
        assert_eq!(error.unwrap_err().failure.title.as_str(), "cut");
    }

    #[tokio::test(start_paused = true)]
    async fn n23_rows_that_move_are_shown_once_and_said() {
        let list = read(Unfinished::default(), |offset, _| match offset {
            0 => Ok(page(&[1, 2], Some(4))),
            2 => Ok(page(&[2, 3], Some(5))),
            _ => Ok(page(&[4], Some(5))),
        });
        let list = list.await.unwrap();
        assert_eq!(list.rows, [1, 2, 3, 4]);
        let notes: Vec<&str> = list.notes.iter().map(Clean::as_str).collect();
        assert_eq!(notes, ["the list changed while reading", "1 rows came twice and are shown once"]);
    }

    #[tokio::test(start_paused = true)]
    async fn n23_a_total_that_shrinks_ends_the_list_with_a_note() {
        let list = read(Unfinished::default(), |offset, _| match offset {
            0 => Ok(page(&[1, 2], Some(6))),
            _ => Ok(page(&[3], Some(3))),
        });
        let list = list.await.unwrap();
        assert_eq!(list.rows, [1, 2, 3]);
        assert_eq!(list.notes[0], "the list changed while reading");
    }

    #[tokio::test(start_paused = true)]
    async fn n23_a_page_that_repeats_stops_the_reading() {
        let calls = AtomicUsize::new(0);
        let list = read(Unfinished::default(), |_, _| {
            calls.fetch_add(1, Ordering::Relaxed);
            Ok(page(&[1, 2], Some(100)))
        });
        let list = list.await.unwrap();
        assert!(!list.is_complete());
        assert_eq!(calls.load(Ordering::Relaxed), 2);
        // A service without paging sends everything each time.
        let list = read(Unfinished::default(), |_, _| Ok(page(&[1, 2, 3], None))).await.unwrap();
        assert!(list.is_complete());
        assert_eq!(list.rows, [1, 2, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_ends_before_its_total_is_partial() {
        let list = read(Unfinished::default(), |offset, _| Ok(page(if offset == 0 { &[1, 2] } else { &[] }, Some(9))));
        assert!(!list.await.unwrap().is_complete());
    }
}
