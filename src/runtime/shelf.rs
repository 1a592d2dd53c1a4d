//! The place of one context in the store: lists go there and come back.

use std::sync::Arc;

use jiff::Timestamp;

use super::authors;
use crate::{
    domain::{
        Failure, FailureKind,
        acme::{AcmeCertificate, note::NoteEvent, sight::Sight},
        audit::AuditEvent,
        ca::decision::{Ledger, Record},
        dataset::{Completeness, Dataset},
        delta::{Compared, Records, Since, Topic, renewals},
        report::{change::ChangeRecord, trail::change_trails},
        subject::Subject,
    },
    flow::{Keep, Kept, Remembered, Reply, Rows, SourceId, journal::Deeds},
    present::column::Record as _,
    store::{Body, Chunk, ContextId, Entry, KeptProbe, Prepared, Row, Saved, Store, Verdict},
};

/// The kind of journal entries that are notes of triage.
const NOTE: &str = "triage";

/// A context in the store.
#[derive(Clone)]
pub struct Shelf {
    /// The store of this machine.
    pub store: Store,
    /// Whose lists.
    pub context: ContextId,
}

impl Shelf {
    /// What was kept of a source, as the reply that a read would have brought.
    pub(super) async fn recall(&self, source: SourceId) -> Result<Reply, Failure> {
        let found = match source {
            SourceId::CertCentralUser | SourceId::OneUser | SourceId::Audit => None,
            SourceId::Acme => self.list().await?.map(|(list, _)| Reply::Acme(list)),
            SourceId::Subaccounts => self.list().await?.map(|(list, _)| Reply::Subaccounts(list)),
            SourceId::Cas => self.list().await?.map(|(list, _)| Reply::Cas(list)),
            SourceId::Requests => {
                let found = self.list().await?;
                found.and_then(|(list, saved)| Some(Reply::Requests(list, saved.origin?)))
            }
            SourceId::Crls => self.list().await?.map(|(list, _)| Reply::Crls(list)),
            SourceId::Responders => self.list().await?.map(|(list, _)| Reply::Responders(list)),
            SourceId::Templates => self.list().await?.map(|(list, _)| Reply::Templates(list)),
            SourceId::History => self.list().await?.map(|(list, _)| Reply::History(list)),
        };
        Ok(found.unwrap_or(Reply::Nothing))
    }

    /// What was kept of probes and first sights. A probe that cannot be read is none.
    pub(super) async fn remember(&self) -> Result<Reply, Failure> {
        let probes: Vec<KeptProbe> = self.list().await?.map(|(list, _)| list.rows).unwrap_or_default();
        let sights = self.sights().await?;
        let read = move || {
            let probes = probes.iter().filter_map(KeptProbe::read).collect();
            Reply::Remembered(Box::new(Remembered { probes, sights: sights.into_iter().collect() }))
        };
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|_| Failure::new(FailureKind::Internal, "kept probes could not be read: a fault of this program"))
    }

    /// When each certificate was first seen here.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn sights(&self) -> Result<Vec<Sight>, Failure> {
        Ok(self.list().await?.map(|(list, _)| list.rows).unwrap_or_default())
    }

    /// Only what is complete is kept, so anything else in the file is passed over.
    async fn list<T: Row>(&self) -> Result<Option<(Dataset<T>, Saved)>, Failure> {
        let Some(mut loading) = self.store.get::<T>(&self.context).await? else { return Ok(None) };
        let saved = loading.saved().clone();
        if !saved.complete {
            return Ok(None);
        }
        let mut rows = Vec::with_capacity(usize::try_from(loading.rows()).unwrap_or_default());
        while let Some(chunk) = loading.next().await? {
            rows.extend(chunk);
        }
        let list = Dataset { rows, read_at: saved.read_at, completeness: Completeness::Complete, notes: Vec::new() };
        Ok(Some((list, saved)))
    }

    /// Whether lists are kept; a file that was set aside is told as well.
    pub(super) async fn check(&self) -> Result<Reply, Failure> {
        let health = self.store.health(&self.context).await;
        let why = health.cache.why().or(health.snapshots.why()).or(health.news.first());
        why.map_or(Ok(Reply::Nothing), |why| Err(why.clone()))
    }

    /// All notes of triage in the journal that are of this context, the oldest first.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn notes(&self) -> Result<Vec<NoteEvent>, Failure> {
        let mut notes = Vec::new();
        let see = |entry: Entry| {
            if entry.kind.as_str() == NOTE && entry.context == self.context.id() {
                // A note that a newer program wrote in another form says nothing here.
                notes.extend(NoteEvent::from_json(&entry.body).ok());
            }
        };
        self.store.each_entry(see).await?;
        Ok(notes)
    }

    /// What this program did in the context, and whether the journal is whole.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn deeds(&self) -> Result<Deeds, Failure> {
        let (mut ledger, mut unreadable, mut changes) = (Ledger::default(), 0, Vec::new());
        let see = |entry: Entry| {
            if entry.context != self.context.id() {
                return;
            }
            if Record::KINDS.contains(&entry.kind.as_str()) {
                match Record::from_json(&entry.kind, &entry.body) {
                    Some(record) => ledger.add(record),
                    None => unreadable += 1,
                }
            } else if ChangeRecord::KINDS.contains(&entry.kind.as_str()) {
                changes.push((entry.kind.to_string(), entry.body.clone()));
            }
        };
        self.store.each_entry(see).await?;
        // What cannot be read is counted and left out; the rest is read without it.
        let reports = loop {
            match change_trails(changes.iter().map(|(kind, body)| (kind.as_str(), body.as_str()))) {
                Ok(trails) => break trails,
                Err(at) => {
                    unreadable += 1;
                    changes.remove(at);
                }
            }
        };
        let Verdict { sound, broken } = self.store.verify().await?;
        let trails = ledger.trails().iter().rev().cloned().collect();
        Ok(Deeds { trails, reports: reports.into_iter().rev().collect(), unreadable, sound, broken })
    }

    /// Adds notes of triage to the journal.
    pub(super) async fn note(&self, events: Vec<NoteEvent>) -> Result<Reply, Failure> {
        for event in &events {
            self.store.append(&self.context, NOTE, event.to_json()).await?;
        }
        Ok(Reply::Noted(events, true))
    }

    /// Keeps a snapshot of a list, and tells what is other in it.
    pub(super) async fn snapshot(&self, keep: Keep, since: Since) -> Result<Reply, Failure> {
        let Some(records) = keep.rows.records() else { return Ok(Reply::Nothing) };
        let certificates = if let Kept::Acme(rows) = keep.rows { rows } else { Rows::default() };
        let topic = records.topic();
        self.note_down(records, keep.read_at).await?;
        Ok(Reply::Compared(since, vec![self.changes(topic, since, None, certificates).await?]))
    }

    /// What is other in all lists.
    pub(super) async fn compare(&self, since: Since, certificates: Rows<AcmeCertificate>) -> Result<Reply, Failure> {
        let mut told = Vec::new();
        for topic in Topic::ALL {
            told.push(self.changes(topic, since, None, certificates.clone()).await?);
        }
        Ok(Reply::Compared(since, told))
    }

    /// Keeps a snapshot of a complete list that was read at this moment.
    ///
    /// # Errors
    /// It could not be kept.
    pub async fn note_down(&self, records: Arc<dyn Records>, read_at: Timestamp) -> Result<(), Failure> {
        let context = self.context.clone();
        let prepare = move || Prepared::new(&context, records, read_at);
        let prepared = tokio::task::spawn_blocking(prepare).await.map_err(|_| fault())?;
        self.store.snapshot(prepared).await
    }

    /// What is other in the records of a topic; `certificates` say which of the new ones are renewals, and none say
    /// nothing.
    ///
    /// # Errors
    /// The store cannot be read, or more changed than is told at once.
    pub async fn changes(
        &self,
        topic: Topic,
        since: Since,
        until: Option<Timestamp>,
        certificates: Rows<AcmeCertificate>,
    ) -> Result<Compared, Failure> {
        let mut compared = self.store.compare(&self.context, topic, since, until).await?;
        if topic == Topic::Template {
            authors::sign(&self.store.index(&self.context, AuditEvent::FIELDS), &mut compared).await;
        }
        if topic != Topic::Certificate || certificates.is_empty() {
            return Ok(compared);
        }
        let count = move || {
            let renewals = Some(renewals(&compared.deltas, certificates.iter()));
            Compared { renewals, ..compared }
        };
        tokio::task::spawn_blocking(count).await.map_err(|_| fault())
    }

    /// Keeps a list in the place of the one before.
    pub(super) async fn keep(&self, keep: Keep) -> Result<Reply, Failure> {
        let Keep { rows, read_at } = keep;
        let origin = if let Kept::Requests(_, from) = &rows { Some(*from) } else { None };
        self.store.put(&self.context, Saved { read_at, complete: true, origin }, body(rows)).await?;
        Ok(Reply::Nothing)
    }
}

fn fault() -> Failure {
    Failure::new(FailureKind::Internal, "what changed could not be worked out: a fault of this program")
}

fn body(kept: Kept) -> Body {
    fn of<T: Row + Subject>(rows: Rows<T>) -> Body {
        Body::of::<T>(rows.len(), move |range| Chunk::of(rows.iter().skip(range.start).take(range.len())))
    }
    match kept {
        Kept::Acme(rows) => of(rows),
        Kept::Subaccounts(rows) => of(rows),
        Kept::Cas(rows) => of(rows),
        Kept::Requests(rows, _) => of(rows),
        Kept::Crls(rows) => of(rows),
        Kept::Responders(rows) => of(rows),
        Kept::Templates(rows) => of(rows),
        Kept::History(rows) => of(rows),
        Kept::Probes(probes) => Body::of::<KeptProbe>(probes.len(), move |range| {
            let probes = probes.get(range).unwrap_or_default();
            Chunk::of(&probes.iter().map(|probe| KeptProbe::from(&**probe)).collect::<Vec<_>>())
        }),
        Kept::Sights(seen) => Body::of::<Sight>(seen.len(), move |range| {
            Chunk::of(&seen.sights().skip(range.start).take(range.len()).collect::<Vec<_>>())
        }),
    }
}
