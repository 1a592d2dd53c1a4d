//! Audit events of one context, any number of them: a file of its own, so that neither a look at millions of events nor
//! damage to them touches the lists or the journal.
//!
//! One thread writes, another one reads; a question whose asker has left ends at the next rows. Events are never all in
//! memory: they come in pages and are looked at in pages.

mod events;
mod query;
mod rack;
mod sheets;
mod words;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use jiff::Timestamp;

use self::rack::Rack;
use super::{Clock, ContextId, Health, Place, file::Bounds, thread::Desk};
use crate::domain::{
    Clean, Failure, FailureKind,
    audit::{
        AuditEvent, AuditSource,
        look::{Count, Details, Events, Page, Tally, Wanted},
        standing::Standing,
        sync::{Coverage, Plan, Span},
    },
    filter::Field,
};

/// What the file may cost: more than 5,000,000 events.
const BOUNDS: Bounds = Bounds { bytes: 8 << 30, ..super::file::BOUNDS };
/// The same in memory.
const IN_MEMORY: u64 = 128 << 20;

/// A page of a log as it came, and the run that it belongs to.
pub struct Put {
    /// The log.
    pub source: AuditSource,
    /// Of which file the run knows what is there: [`Index::coverage`].
    pub mark: i64,
    /// The run.
    pub plan: Plan,
    /// Events in the order of the list.
    pub events: Vec<AuditEvent>,
    /// Events of the whole list, when the service says.
    pub total: Option<usize>,
}

/// Where events come from that are no page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// As it is shown: `the report of 16 Nov`.
    pub shown: Clean,
    /// What was taken, for the next time.
    pub token: String,
    /// As of when.
    pub read_at: Timestamp,
}

/// A handle to the events of a context. Cloning it is cheap.
#[derive(Clone)]
pub struct Index {
    write: Desk<Rack>,
    /// What has a file has a second thread for reading it.
    read: Option<Desk<Rack>>,
}

impl Index {
    /// The threads start, and the file is opened, with the first call that needs them. `fields` are those of the filter;
    /// what they show is what can be found.
    pub fn open(place: &Place, clock: &Clock, context: &ContextId, fields: &'static [Field<AuditEvent>]) -> Self {
        let bounds = if *place == Place::Memory { Bounds { bytes: IN_MEMORY, ..BOUNDS } } else { BOUNDS };
        let rack = |writes| Rack::new((place.clone(), bounds), Arc::clone(clock), context.clone(), fields, writes);
        let read = matches!(place, Place::Folder(_)).then(|| Desk::new("audit-read", rack(false)));
        // Reading a million events must not slow down what is on the screen.
        Self { write: Desk::behind("audit", rack(true)), read }
    }

    /// What is here of a log, and the mark of the file that says so.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn coverage(&self, source: AuditSource) -> Result<(Coverage, i64), Failure> {
        self.change(move |rack| rack.with(|file| Ok((file.coverage(source)?, file.mark())))).await
    }

    /// Takes a page, all of it or nothing; the run as it stands then, and how many of the events are new.
    ///
    /// # Errors
    /// It could not be kept; or the file is another one than the run knows, and the log is to be read anew.
    pub async fn put(&self, mut put: Put) -> Result<(Plan, usize), Failure> {
        self.change(move |rack| {
            let new =
                rack.with(|file| if file.mark() == put.mark { file.put(&mut put).map(Some) } else { Ok(None) })?;
            new.map(|new| (put.plan, new)).ok_or_else(changed)
        })
        .await
    }

    /// What was taken of a log that is no list, [`Origin::token`]; empty before anything was.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn token(&self, source: AuditSource) -> Result<String, Failure> {
        self.change(move |rack| rack.with(|file| file.token(source))).await
    }

    /// Takes events that are no page of a list, between which moments they are all, and where they come from once all
    /// of them are here.
    ///
    /// # Errors
    /// They could not be kept.
    pub async fn add(
        &self,
        source: AuditSource,
        events: Vec<AuditEvent>,
        spans: Vec<Span>,
        origin: Option<Origin>,
    ) -> Result<usize, Failure> {
        self.change(move |rack| rack.with(|file| file.add(source, &events, &spans, origin.as_ref()))).await
    }

    /// Takes the end of a run, or of one of its pages: what is here, when it ended well and why it ended early.
    ///
    /// # Errors
    /// It could not be kept.
    pub async fn note(
        &self,
        source: AuditSource,
        coverage: Coverage,
        read_at: Option<Timestamp>,
        failure: Option<Clean>,
    ) -> Result<(), Failure> {
        self.change(move |rack| rack.with(|file| file.note(source, &coverage, read_at, failure.as_ref()))).await
    }

    /// Removes what happened before `floor`; how many events that were. A long one is done part by part.
    ///
    /// # Errors
    /// It could not be removed.
    pub async fn prune(&self, floor: Timestamp) -> Result<usize, Failure> {
        let mut all = 0;
        loop {
            let gone = self.change(move |rack| rack.with(|file| file.prune(floor.as_millisecond()))).await?;
            if gone == 0 {
                return Ok(all);
            }
            all += gone;
        }
    }

    /// How the logs stand, with gaps down to `floor`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn standing(&self, floor: Timestamp) -> Result<Standing, Failure> {
        self.ask(move |file, _| file.standing(floor.as_millisecond())).await
    }

    /// Some rows, the newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn page(&self, wanted: Wanted) -> Result<Page, Failure> {
        self.ask(move |file, stop| query::page(file, &wanted, stop)).await
    }

    /// How many events match, hour by hour, and how the logs stand down to `floor`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn tally(&self, count: Count, floor: Timestamp) -> Result<Tally, Failure> {
        self.ask(move |file, stop| {
            let standing = file.standing(floor.as_millisecond())?;
            Ok(Tally { standing, ..query::tally(file, &count, stop)? })
        })
        .await
    }

    /// An event with its raw record, and what belongs to it. `None` when it is gone.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn details(&self, id: i64) -> Result<Option<Details>, Failure> {
        self.ask(move |file, stop| query::details(file, id, stop)).await
    }

    /// Up to `most` events that match with their raw records, the newest first, and where the next ones begin.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn events(&self, events: Events) -> Result<(Vec<AuditEvent>, Option<i64>), Failure> {
        self.ask(move |file, stop| query::events(file, &events, stop)).await
    }

    /// How the file stands, and what happened to it since this was asked last.
    pub async fn health(&self) -> (Health, Vec<Failure>) {
        let told = self.write.ask(Rack::health).await;
        told.unwrap_or_else(|why| (Health::Off(why), Vec::new()))
    }

    async fn change<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Rack) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, Failure> {
        self.write.ask(job).await?
    }

    /// Asks the thread that reads; where the events are in memory, the one that has them.
    async fn ask<R: Send + 'static>(
        &self,
        job: impl Fn(&mut events::EventFile, &AtomicBool) -> Result<R, super::fault::Fault> + Send + Sync + 'static,
    ) -> Result<R, Failure> {
        let stop = Stop::default();
        let job = Arc::new(job);
        let (first, left) = (Arc::clone(&job), Arc::clone(&stop.0));
        if let Some(read) = &self.read
            && let Some(result) = read.ask(move |rack| rack.read(|file| first(file, &left))).await?
        {
            return result;
        }
        let left = Arc::clone(&stop.0);
        self.change(move |rack| rack.with(|file| job(file, &left))).await
    }
}

/// Set when the asker has left.
#[derive(Default)]
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn changed() -> Failure {
    Failure::new(FailureKind::Internal, "the kept audit events were set aside meanwhile").hint("read them again")
}

#[cfg(test)]
mod tests;
