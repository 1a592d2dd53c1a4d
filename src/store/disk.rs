//! What the thread has: the folder, the open files, and how they stand.

mod history;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{
    Clock, Health, Place, StoreHealth,
    cache::{self, Cache, Saved},
    claim::Claim,
    codec::{Body, Row, decode},
    context::ContextId,
    fault::Fault,
    file::{self, Bounds},
    folder,
    history::History,
    journal::{self, Entry, Journal, Verdict},
};
use crate::domain::{Failure, FailureKind};

/// What is said where lists are not kept.
const NOT_KEPT: &str = "lists are not kept when certdeck ends, all else works";
/// What is said where the journal cannot be written.
const NO_JOURNAL: &str = "the journal cannot be used, so nothing is sent that changes a service; reading works";

/// An open file and how it stands, or why there is none.
type Shelf<T> = Result<(T, Health), Failure>;

/// The files of this program.
pub struct Disk {
    place: Place,
    clock: Clock,
    bounds: Bounds,
    folder: Option<Result<PathBuf, Failure>>,
    caches: HashMap<ContextId, Shelf<Cache>>,
    histories: HashMap<ContextId, Shelf<History>>,
    journal: Option<Shelf<Journal>>,
    claim: Option<Claim>,
    news: Vec<Failure>,
}

impl Disk {
    /// Opens nothing yet.
    pub fn new(place: Place, clock: Clock, bounds: Bounds) -> Self {
        Self {
            place,
            clock,
            bounds,
            folder: None,
            caches: HashMap::new(),
            histories: HashMap::new(),
            journal: None,
            claim: None,
            news: Vec::new(),
        }
    }

    /// Puts a list away.
    pub fn put(&mut self, context: &ContextId, saved: &Saved, body: &Body) -> Result<(), Failure> {
        let path = self.path(&context.file());
        let mut put = || {
            let done = match self.cache(context) {
                Err(why) | Ok((_, Health::ReadOnly(why))) => return Err(why.clone()),
                Ok((cache, _)) => cache.put(saved, body),
            };
            Ok(self.settle(context, done))
        };
        let mut done = put()?;
        if done.as_ref().is_err_and(Fault::is_damage) {
            done = put()?;
        }
        done.map_err(|fault| fault.failure("a list could not be kept, all else works", &path))
    }

    /// The last list of a source; `None` when there is none, or none that this program can read.
    pub fn find<T: Row>(&mut self, context: &ContextId) -> Result<Option<cache::Found>, Failure> {
        let path = self.path(&context.file());
        let found = match self.cache(context) {
            Err(_) => return Ok(None),
            Ok((cache, _)) => cache.find(T::SOURCE, T::FORMAT),
        };
        match self.settle(context, found) {
            Err(fault) if fault.is_damage() => Ok(None),
            other => other.map_err(|fault| unread(&fault, &path)),
        }
    }

    /// Rows of a list that was found.
    pub fn chunk<T: Row>(&mut self, context: &ContextId, id: i64, number: u32) -> Result<Vec<T>, Failure> {
        let path = self.path(&context.file());
        let chunk = match self.cache(context) {
            Err(why) => return Err(why.clone()),
            Ok((cache, _)) => cache.chunk(T::SOURCE, T::FORMAT, id, number),
        };
        let rows = chunk.and_then(|chunk| chunk.map(|chunk| decode(&chunk).ok_or(Fault::Damaged)).transpose());
        let rows = self.settle(context, rows).map_err(|fault| unread(&fault, &path))?;
        rows.ok_or_else(|| {
            Failure::new(FailureKind::Internal, "the kept list has made room for a newer one").hint("read it again")
        })
    }

    /// Adds to the journal.
    pub fn append(&mut self, context: &ContextId, kind: &str, body: &str) -> Result<Entry, Failure> {
        let path = self.path(journal::FILE);
        let now = (self.clock)();
        match self.journal() {
            Err(why) => Err(why.clone()),
            Ok((journal, health)) => {
                if let Health::ReadOnly(why) | Health::Off(why) = health {
                    return Err(why.clone());
                }
                journal.append(now, kind, context, body).map_err(|fault| {
                    let why = unusable(&fault, &path);
                    if fault.is_damage() {
                        *health = Health::ReadOnly(why.clone());
                    }
                    why
                })
            }
        }
    }

    /// Takes the right to send changes, for as long as this lives; again when it is held already.
    pub fn claim(&mut self) -> Result<(), Failure> {
        match self.journal() {
            Err(why) | Ok((_, Health::ReadOnly(why) | Health::Off(why))) => return Err(why.clone()),
            Ok((_, Health::Working | Health::InMemory(_))) => {}
        }
        // A journal in memory is nobody else's.
        let Ok(folder) = self.folder() else { return Ok(()) };
        if self.claim.as_ref().is_some_and(|claim| claim.holds(&folder)) {
            return Ok(());
        }
        self.claim = None;
        self.claim = Some(Claim::take(&folder)?);
        Ok(())
    }

    /// Entries of the journal.
    pub fn entries(&mut self, after: i64, most: usize) -> Result<Vec<Entry>, Failure> {
        self.read_journal(|journal| journal.entries(after, most))
    }

    /// Follows the hashes of the journal.
    pub fn verify(&mut self) -> Result<Verdict, Failure> {
        self.read_journal(Journal::verify)
    }

    /// How the files stand; what happened since the last time is said once.
    pub fn health(&mut self, context: &ContextId) -> StoreHealth {
        let (cache, bytes) = match self.cache(context) {
            Ok((cache, health)) => (health.clone(), cache.bytes()),
            Err(why) => (Health::Off(why.clone()), 0),
        };
        let journal = match self.journal() {
            Ok((_, health)) => health.clone(),
            Err(why) => Health::Off(why.clone()),
        };
        let snapshots = self.health_of_history(context);
        let folder = self.folder().ok();
        let path = folder.map(|folder| folder.join(context.file())).filter(|_| cache.is_on_disk());
        StoreHealth { cache, snapshots, journal, path, bytes, news: std::mem::take(&mut self.news) }
    }

    fn read_journal<R>(&mut self, read: impl FnOnce(&Journal) -> Result<R, Fault>) -> Result<R, Failure> {
        let path = self.path(journal::FILE);
        match self.journal() {
            Ok((journal, _)) => read(journal).map_err(|fault| unusable(&fault, &path)),
            Err(why) => Err(why.clone()),
        }
    }

    /// A file that turns out to be spoilt is set aside, and a fresh one takes its place.
    fn settle<R>(&mut self, context: &ContextId, result: Result<R, Fault>) -> Result<R, Fault> {
        if let Err(fault) = &result
            && fault.is_damage()
        {
            // The connection ends before its file gets another name.
            let is_gone =
                self.caches.remove(context).is_some_and(|opened| opened.is_ok_and(|(cache, _)| cache.is_gone()));
            if !is_gone && let Ok(folder) = self.folder() {
                self.set_aside(&folder, context, fault);
            }
        }
        result
    }

    fn set_aside(&mut self, folder: &Path, context: &ContextId, fault: &Fault) -> bool {
        let (why, title) = match fault {
            Fault::Foreign => ("other", "the kept lists are of other addresses and were set aside, they are read anew"),
            _ => ("corrupt", "the kept lists were damaged and were set aside, they are read anew"),
        };
        self.aside(folder, &context.file(), why, title)
    }

    fn aside(&mut self, folder: &Path, name: &str, why: &str, title: &str) -> bool {
        match file::set_aside(folder, name, why, (self.clock)()) {
            Ok(aside) => {
                let failure = Failure::new(FailureKind::Configuration, title);
                self.news.push(failure.detail(format!("now {}", aside.display())));
                true
            }
            Err(_) => false,
        }
    }

    fn cache(&mut self, context: &ContextId) -> &mut Shelf<Cache> {
        let opened = match self.caches.remove(context) {
            Some(opened) => opened,
            None => self.open_cache(context),
        };
        self.caches.entry(context.clone()).insert_entry(opened).into_mut()
    }

    fn open_cache(&mut self, context: &ContextId) -> Shelf<Cache> {
        let folder = match self.folder() {
            Ok(folder) => folder,
            Err(why) => return self.in_memory(context, why),
        };
        let mut opened = Cache::open(&folder, context, self.bounds);
        if let Err(fault) = &opened
            && (fault.is_damage() || matches!(fault, Fault::Foreign))
            && self.set_aside(&folder, context, fault)
        {
            opened = Cache::open(&folder, context, self.bounds);
        }
        match opened {
            Ok(cache) if cache.is_read_only() => {
                let fault = Fault::Io(std::io::ErrorKind::ReadOnlyFilesystem.into());
                let why = fault.failure("newer lists are not kept when certdeck ends, all else works", &folder);
                Ok((cache, Health::ReadOnly(why)))
            }
            Ok(cache) => Ok((cache, Health::Working)),
            Err(fault) => self.in_memory(context, fault.failure(NOT_KEPT, &folder.join(context.file()))),
        }
    }

    fn in_memory(&self, context: &ContextId, why: Failure) -> Shelf<Cache> {
        match Cache::in_memory(context, self.bounds) {
            Ok(cache) => Ok((cache, Health::InMemory(why))),
            Err(_) => Err(why),
        }
    }

    fn journal(&mut self) -> &mut Shelf<Journal> {
        // One that was moved away is closed before the next one is opened.
        let opened = match self.journal.take().filter(|opened| !matches!(opened, Ok((journal, _)) if journal.is_gone()))
        {
            Some(opened) => opened,
            None => self.open_journal(),
        };
        self.journal.insert(opened)
    }

    /// A spoilt journal stays where it is: what it still says may be needed, and a fresh one would forget what was sent.
    fn open_journal(&mut self) -> Shelf<Journal> {
        let folder = match self.folder() {
            Ok(folder) => folder,
            Err(why) if self.place == Place::Memory => {
                let journal = Journal::in_memory().map_err(|fault| unusable(&fault, Path::new(journal::FILE)))?;
                return Ok((journal, Health::InMemory(why)));
            }
            Err(why) => {
                let failure = Failure::new(why.kind, NO_JOURNAL);
                let failure = failure.detail(why.detail.unwrap_or(why.title));
                return Err(Failure { hint: why.hint, ..failure });
            }
        };
        let path = folder.join(journal::FILE);
        match Journal::open(&folder, self.bounds).and_then(|journal| journal.verify().map(|verdict| (journal, verdict)))
        {
            Ok((journal, Verdict { broken: Some(id), .. })) => {
                let detail = format!("{}: entry {id} is not what was written", path.display());
                let why = Failure::new(FailureKind::Configuration, NO_JOURNAL).detail(detail);
                let why = why.hint("keep a copy, compare it with the audit log, then move the file away");
                Ok((journal, Health::ReadOnly(why)))
            }
            Ok((journal, _)) if journal.is_read_only() => {
                let fault = Fault::Io(std::io::ErrorKind::ReadOnlyFilesystem.into());
                Ok((journal, Health::ReadOnly(unusable(&fault, &path))))
            }
            Ok((journal, _)) => Ok((journal, Health::Working)),
            Err(fault) => Err(unusable(&fault, &path)),
        }
    }

    fn folder(&mut self) -> Result<PathBuf, Failure> {
        let place = &self.place;
        let folder = self.folder.get_or_insert_with(|| folder::of(place, NOT_KEPT));
        folder.clone()
    }

    fn path(&mut self, name: &str) -> PathBuf {
        self.folder().unwrap_or_default().join(name)
    }
}

fn unread(fault: &Fault, path: &Path) -> Failure {
    fault.failure("the kept list cannot be read, it is read anew from the service", path)
}

fn unusable(fault: &Fault, path: &Path) -> Failure {
    let failure = fault.failure(NO_JOURNAL, path);
    if fault.is_damage() {
        failure.hint("keep a copy, compare it with the audit log, then move the file away")
    } else {
        failure
    }
}

#[cfg(test)]
mod tests;
