//! What is kept on this machine: the last good data of each context, and the journal of what the program did.
//!
//! A thread of its own has the files (`SQLite`, two files a context and one for the journal); a [`Store`] is a handle to
//! it. Whatever happens to a file, the program runs: [`Store::health`] says what is kept and what is not. No key and no
//! secret has a place here: only rows of the domain are put, which hold none, and what [`Store::append`] is given.

mod cache;
mod claim;
mod codec;
mod context;
mod disk;
mod fault;
mod file;
mod folder;
mod history;
mod index;
mod journal;
mod listing;
mod migrations;
mod rows;
mod seal;
mod thread;

use std::{
    collections::HashMap,
    marker::PhantomData,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;

pub use self::{
    cache::Saved,
    codec::{Body, CHUNK, Chunk, Row},
    context::ContextId,
    index::{Index, Origin, Put},
    journal::{Entry, Verdict},
    listing::Prepared,
    rows::KeptProbe,
};
use self::{disk::Disk, file::BOUNDS, thread::Desk};
use crate::domain::{
    Failure,
    audit::AuditEvent,
    delta::{Compared, Since, Topic},
    filter::Field,
};

/// The clock of the store: moments of entries, and names of files that were set aside.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where the files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In this folder, which is made where it is missing.
    Folder(PathBuf),
    /// Nowhere, since the system names no home.
    NoHome,
    /// Nowhere, as the demonstration has it.
    Memory,
}

/// How a file stands, and why it does not do all it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It is read and written.
    Working,
    /// What is put is gone when the program ends.
    InMemory(Failure),
    /// It is read only.
    ReadOnly(Failure),
    /// It is neither read nor written.
    Off(Failure),
}

impl Health {
    /// Why it does not do all it should.
    pub const fn why(&self) -> Option<&Failure> {
        match self {
            Self::Working => None,
            Self::InMemory(why) | Self::ReadOnly(why) | Self::Off(why) => Some(why),
        }
    }

    const fn is_on_disk(&self) -> bool {
        matches!(self, Self::Working | Self::ReadOnly(_))
    }
}

/// How the store stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreHealth {
    /// The last good data of the context.
    pub cache: Health,
    /// What its records were.
    pub snapshots: Health,
    /// The journal. Only the demonstration has one in memory; a context of the user without one on the disk has none,
    /// and nothing is sent then that changes a service.
    pub journal: Health,
    /// The file of the context, when there is one.
    pub path: Option<PathBuf>,
    /// Its size with its log, bytes.
    pub bytes: u64,
    /// What happened to files since this was asked last: one that was damaged was set aside.
    pub news: Vec<Failure>,
}

/// Entries of the journal that [`Store::each_entry`] reads at once.
const ENTRIES: usize = 1_000;

/// A handle to the store. Cloning it is cheap; when the last one is gone, what waits is done and the thread ends.
#[derive(Clone)]
pub struct Store {
    desk: Desk<Disk>,
    place: Place,
    clock: Clock,
    indexes: Arc<Mutex<HashMap<ContextId, Index>>>,
}

impl Store {
    /// The thread starts with the first call, and files are opened on it with the first that needs them.
    pub fn open(place: Place, clock: Clock) -> Self {
        let desk = Desk::new("store", Disk::new(place.clone(), Arc::clone(&clock), BOUNDS));
        Self { desk, place, clock, indexes: Arc::default() }
    }

    /// The audit events of a context, in a file and on threads of their own; `fields` are those of their filter.
    pub fn index(&self, context: &ContextId, fields: &'static [Field<AuditEvent>]) -> Index {
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        let open = || Index::open(&self.place, &self.clock, context, fields);
        indexes.entry(context.clone()).or_insert_with(open).clone()
    }

    /// Puts a list away in the place of the one before. The thread encodes it chunk by chunk.
    ///
    /// # Errors
    /// It could not be kept: no room, a folder that cannot be written, another instance that writes for 5 s. What was
    /// kept before still is.
    pub async fn put(&self, context: &ContextId, saved: Saved, body: Body) -> Result<(), Failure> {
        let context = context.clone();
        self.desk.ask(move |disk| disk.put(&context, &saved, &body)).await?
    }

    /// The last list of rows `T`; `None` when there is none that this program can read.
    ///
    /// # Errors
    /// The file cannot be read now.
    pub async fn get<T: Row>(&self, context: &ContextId) -> Result<Option<Loading<T>>, Failure> {
        let context = context.clone();
        let (found, context) = self.desk.ask(move |disk| (disk.find::<T>(&context), context)).await?;
        let loading = |found: cache::Found| Loading {
            desk: self.desk.clone(),
            context,
            id: found.id,
            saved: found.saved,
            rows: found.rows,
            next: 0,
            chunks: found.chunks,
            of: PhantomData,
        };
        Ok(found?.map(loading))
    }

    /// Puts a snapshot of a complete list behind the last one, when it is another one. They are kept for 400 days, and
    /// their file has a bound: what makes room is told by [`Store::health`].
    ///
    /// # Errors
    /// It could not be kept; what was kept before still is.
    pub async fn snapshot(&self, prepared: Prepared) -> Result<(), Failure> {
        self.desk.ask(move |disk| disk.snapshot(&prepared)).await?
    }

    /// What is other in the records of a topic since a moment, until another or the newest snapshot.
    ///
    /// # Errors
    /// The file cannot be read, or more changed than is told at once.
    pub async fn compare(
        &self,
        context: &ContextId,
        topic: Topic,
        since: Since,
        until: Option<Timestamp>,
    ) -> Result<Compared, Failure> {
        let context = context.clone();
        self.desk.ask(move |disk| disk.compare(&context, topic, since, until)).await?
    }

    /// Adds an entry to the journal, with the moment of the clock. `body` is JSON, at most 64 KiB, without a secret.
    /// When this returns, the entry is on the disk.
    ///
    /// # Errors
    /// It is not, and what it was to precede must not happen.
    pub async fn append(&self, context: &ContextId, kind: &'static str, body: String) -> Result<Entry, Failure> {
        let context = context.clone();
        self.desk.ask(move |disk| disk.append(&context, kind, &body)).await?
    }

    /// Takes the right to send changes to services, which one program of this machine has at a time. It lasts until the
    /// last handle is gone or the program ends, in whatever way. Asked again, it tells whether it still holds.
    ///
    /// # Errors
    /// Another program has it, or the journal cannot be written: then nothing may be sent that changes a service.
    pub async fn claim_writes(&self) -> Result<(), Failure> {
        self.desk.ask(Disk::claim).await?
    }

    /// Up to `most` entries of the journal behind number `after` (0 for the first), oldest first.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn entries(&self, after: i64, most: usize) -> Result<Vec<Entry>, Failure> {
        self.desk.ask(move |disk| disk.entries(after, most)).await?
    }

    /// Shows each entry of the journal to `see`, the oldest first; they are read some at a time.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn each_entry(&self, mut see: impl FnMut(Entry)) -> Result<(), Failure> {
        let mut after = 0;
        loop {
            let entries = self.entries(after, ENTRIES).await?;
            let Some(last) = entries.last() else { return Ok(()) };
            after = last.id;
            entries.into_iter().for_each(&mut see);
        }
    }

    /// Reads the whole journal and follows its hashes.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn verify(&self) -> Result<Verdict, Failure> {
        self.desk.ask(Disk::verify).await?
    }

    /// How the files stand; opens those that are not open yet.
    pub async fn health(&self, context: &ContextId) -> StoreHealth {
        let context = context.clone();
        self.desk.ask(move |disk| disk.health(&context)).await.unwrap_or_else(|why| StoreHealth {
            cache: Health::Off(why.clone()),
            snapshots: Health::Off(why.clone()),
            journal: Health::Off(why),
            path: None,
            bytes: 0,
            news: Vec::new(),
        })
    }

    /// Waits until all that was asked before is done.
    ///
    /// # Errors
    /// The thread has ended.
    pub async fn flush(&self) -> Result<(), Failure> {
        self.desk.ask(|_| ()).await
    }
}

/// A kept list on its way, chunk by chunk, so that neither the caller nor the journal waits for all of it.
pub struct Loading<T> {
    desk: Desk<Disk>,
    context: ContextId,
    id: i64,
    saved: Saved,
    rows: u32,
    next: u32,
    chunks: u32,
    of: PhantomData<fn() -> T>,
}

impl<T: Row> Loading<T> {
    /// Its age and completeness.
    pub const fn saved(&self) -> &Saved {
        &self.saved
    }

    /// How many rows it has.
    pub const fn rows(&self) -> u32 {
        self.rows
    }

    /// The next rows, at most [`CHUNK`], in the order in which they were put; `None` behind the last.
    ///
    /// # Errors
    /// The rest is damaged, or has made room for newer lists: what came before is not the whole list.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Failure> {
        if self.next == self.chunks {
            return Ok(None);
        }
        let (context, id, number) = (self.context.clone(), self.id, self.next);
        let rows = self.desk.ask(move |disk| disk.chunk(&context, id, number)).await??;
        self.next += 1;
        Ok(Some(rows))
    }
}

#[cfg(test)]
mod tests;
