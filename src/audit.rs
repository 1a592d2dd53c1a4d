//! The audit events of all sources on this machine: read page by page, kept in the index, written as evidence.
//!
//! Private CA and Account Manager are lists of their services; CertCentral has events in reports alone, those whose files
//! were fetched; and what this program did is in its journal. Nothing is ever here whole: a page goes from the service
//! to the index, and from the index to a file.

mod evidence;
mod here;
mod report;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

pub use self::evidence::Written;
use crate::{
    client::{AuditPage, Client, limits::AUDIT_PAGE},
    domain::{
        Failure, FailureKind,
        audit::{
            AuditEvent, AuditSource,
            look::Events,
            standing::{LogStanding, Standing},
            sync::Plan,
        },
        dataset::{Completeness, Dataset},
        filter::Filter,
    },
    downloads::Downloads,
    store::{ContextId, Index, Put, Store},
};

/// The logs that services list.
pub const LISTED: [AuditSource; 2] = [AuditSource::PrivateCa, AuditSource::AccountManager];

/// The events of one context.
#[derive(Clone)]
pub struct Logs {
    /// Where they are kept.
    pub index: Index,
    /// The store with the journal.
    pub store: Store,
    /// Whose journal entries.
    pub context: ContextId,
    /// Files of reports, where any are kept.
    pub downloads: Option<Downloads>,
    /// How far back events are read and kept.
    pub keep: SignedDuration,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The log.
    pub source: AuditSource,
    /// Events that were new.
    pub new: usize,
    /// Pages that were read.
    pub pages: usize,
}

/// What a run over all logs brought.
#[derive(Debug, Clone, Default)]
pub struct Synced {
    /// Events that were new.
    pub new: usize,
    /// Logs that were not read to their end, and why.
    pub failures: Vec<(AuditSource, Failure)>,
}

/// What a run over one log brought.
struct Run {
    new: usize,
    /// Why it was left early.
    failure: Option<Failure>,
    /// Nothing more is to be asked.
    is_over: bool,
}

impl Logs {
    /// The moment down to which events are read and kept: the start of a day.
    pub fn floor(&self, now: Timestamp) -> Timestamp {
        let back = now.checked_sub(self.keep).unwrap_or(Timestamp::UNIX_EPOCH);
        back.to_zoned(TimeZone::UTC).start_of_day().map_or(back, |day| day.timestamp())
    }

    /// Reads what is new in every log, then what is missing, and forgets what is too old. A log that fails does not end
    /// the others.
    ///
    /// # Errors
    /// Nothing could be read at all, or what was read could not be kept.
    pub async fn sync(
        &self,
        client: &Client,
        now: Timestamp,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Synced, Failure> {
        let floor = self.floor(now);
        let mut synced = Synced::default();
        // The newest of every log first, whatever is missing of the others.
        let mut left = Vec::new();
        for source in LISTED {
            match self.read(client, source, (floor, now), Some(1), told).await {
                Ok(Run { new, failure, is_over }) => {
                    synced.new += new;
                    synced.failures.extend(failure.map(|why| (source, why)));
                    if !is_over {
                        left.push(source);
                    }
                }
                Err(why) => synced.failures.push((source, why)),
            }
        }
        for source in left {
            match self.read(client, source, (floor, now), None, told).await {
                Ok(Run { new, failure, .. }) => {
                    synced.new += new;
                    synced.failures.extend(failure.map(|why| (source, why)));
                }
                Err(why) => synced.failures.push((source, why)),
            }
        }
        for (source, taken) in
            [(AuditSource::Report, report::take(self, now).await), (AuditSource::Here, here::take(self, now).await)]
        {
            match taken {
                Ok(new) => synced.new += new,
                Err(why) => synced.failures.push((source, why)),
            }
        }
        self.index.prune(floor).await?;
        let lost = |source| synced.failures.iter().find(|(failed, _)| *failed == source).map(|(_, why)| why);
        match LISTED.map(lost) {
            [Some(first), Some(_)] => Err(first.clone()),
            _ => Ok(synced),
        }
    }

    /// One log of a service, the newest events first, at most so many pages.
    async fn read(
        &self,
        client: &Client,
        source: AuditSource,
        (floor, now): (Timestamp, Timestamp),
        most: Option<usize>,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Run, Failure> {
        let (coverage, mark) = self.index.coverage(source).await?;
        let mut plan = Plan::new(coverage, floor.as_millisecond(), AUDIT_PAGE);
        let (mut step, mut failure) = (Step { source, new: 0, pages: 0 }, None);
        let mut ahead: Option<(usize, Result<AuditPage, Failure>)> = None;
        while let Some(offset) = plan.next().filter(|_| most.is_none_or(|most| step.pages < most)) {
            let page = match ahead.take().filter(|(at, _)| *at == offset) {
                Some((_, page)) => page,
                None => client.audit_page(source, floor, (offset, plan.rows())).await,
            };
            match page {
                Ok(AuditPage { events, total }) => {
                    // While this page is put away the next one is on its way.
                    let likely = plan.likely(events.len(), total).filter(|_| most.is_none());
                    let put = self.index.put(Put { source, mark, plan, events, total });
                    let next = async {
                        match likely {
                            Some(at) => Some((at, client.audit_page(source, floor, (at, AUDIT_PAGE)).await)),
                            None => None,
                        }
                    };
                    let (kept, next) = tokio::join!(put, next);
                    let new;
                    (plan, new) = kept?;
                    ahead = next;
                    step.new += new;
                    step.pages += 1;
                    told(step);
                }
                Err(why) => {
                    let goes_on = matches!(why.kind, FailureKind::Service | FailureKind::BadAnswer);
                    plan.failed(why.title.clone(), goes_on);
                    self.index.note(source, plan.coverage(), None, None).await?;
                    failure = Some(why);
                }
            }
        }
        let is_over = plan.next().is_none();
        let read_at = (is_over && plan.failure().is_none()).then_some(now);
        self.index.note(source, plan.coverage(), read_at, plan.failure().cloned()).await?;
        Ok(Run { new: step.new, failure: failure.filter(|_| plan.failure().is_some()), is_over })
    }

    /// The newest events that are here, as a list that was read when the logs were; `None` before any was.
    ///
    /// # Errors
    /// The index cannot be read.
    pub async fn newest(&self, now: Timestamp, most: usize) -> Result<Option<Dataset<AuditEvent>>, Failure> {
        let standing = self.standing(now).await?;
        let listed: Vec<&LogStanding> = LISTED.iter().filter_map(|source| standing.of(*source)).collect();
        let Some(read_at) = listed.iter().filter_map(|log| log.read_at).max() else { return Ok(None) };
        let all = Events { filter: Filter::all(&[]), now, before: None, most };
        let (rows, _) = self.index.events(all).await?;
        let lost = listed.iter().find_map(|log| {
            let why = log.failure.as_ref().or(log.gaps.first().map(|gap| &gap.why))?;
            Some(Failure::new(FailureKind::Service, format!("{}: {why}", log.source.name())))
        });
        let completeness = lost.map_or(Completeness::Complete, |why| Completeness::Partial {
            read: LISTED.len() - 1,
            of: Some(LISTED.len()),
            why,
        });
        Ok(Some(Dataset { rows, read_at, completeness, notes: Vec::new() }))
    }

    /// How the logs stand.
    ///
    /// # Errors
    /// The index cannot be read.
    pub async fn standing(&self, now: Timestamp) -> Result<Standing, Failure> {
        self.index.standing(self.floor(now)).await
    }
}
