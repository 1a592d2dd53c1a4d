//! Open revocation and reinstatement requests, from wherever this service shows them.

use std::sync::atomic::Ordering;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Listing, paths::Route};
use crate::{
    client::{
        Client,
        door::Trouble,
        paging::{Silent, all},
        rows,
        wire::{Reader, Reference, Scalar},
    },
    domain::{
        Clean, Failure,
        ca::{CaRequest, RequestSource, RequestStatus, RequestType, RevocationReason},
        dataset::{Completeness, Dataset},
        ids::{CaId, RequestId, UserId},
    },
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    ca: Option<Reference<'a>>,
    #[serde(borrow)]
    ca_id: Scalar<'a>,
    #[serde(borrow)]
    revocation_reason: Scalar<'a>,
    #[serde(borrow)]
    comment: Scalar<'a>,
    #[serde(borrow)]
    comments: Scalar<'a>,
    #[serde(borrow)]
    requested_by: Option<Reference<'a>>,
    #[serde(borrow)]
    requested_date: Scalar<'a>,
    #[serde(borrow)]
    reviewed_by: Option<Reference<'a>>,
    #[serde(borrow)]
    reviewed_date: Scalar<'a>,
    #[serde(borrow)]
    review_comment: Scalar<'a>,
}

pub(super) fn record(raw: &RawValue) -> CaRequest {
    let mut reader = Reader::default();
    let wire: Record<'_> = rows::row(raw, &mut reader);
    let ca = wire.ca.unwrap_or_default();
    let requester = wire.requested_by.unwrap_or_default();
    let reviewer = wire.reviewed_by.unwrap_or_default();
    let reason = &wire.revocation_reason;
    CaRequest {
        id: RequestId::from(wire.id.clean()),
        request_type: RequestType::parse(wire.kind.as_str()),
        status: RequestStatus::parse(wire.status.as_str()),
        ca: CaId::from(Scalar::first(&[&ca.id, &wire.ca_id]).clean()),
        ca_name: ca.name.clean(),
        reason: (!reason.is_empty()).then(|| RevocationReason::read(reason.as_str())),
        comment: Scalar::first(&[&wire.comment, &wire.comments]).clean(),
        requested_by: (!requester.id.is_empty()).then(|| UserId::from(requester.id.clean())),
        requested_by_name: Scalar::first(&[&requester.name, &requester.id]).clean(),
        requested: reader.when("requested_date", &wire.requested_date),
        reviewed_by: (!reviewer.id.is_empty()).then(|| UserId::from(reviewer.id.clean())),
        reviewed_by_name: Scalar::first(&[&reviewer.name, &reviewer.id]).clean(),
        reviewed: reader.when("reviewed_date", &wire.reviewed_date),
        review_comment: wire.review_comment.clean(),
    }
}

pub(super) fn key(request: &CaRequest) -> Option<RequestId> {
    (!request.id.is_empty()).then(|| request.id.clone())
}

/// True when the service does not have the route at all.
pub(super) fn is_absent(trouble: &Trouble) -> bool {
    matches!(trouble.status, Some(404 | 405))
}

const QUEUE: u8 = 1;
const PER_CA: u8 = 2;
const RECORD: u8 = 3;

impl Client {
    /// Requests about CAs, and where they were read from: the queue of all requests (and the reinstatements of those CAs
    /// in `pending` that it does not name), else the lists of each CA in
    /// `pending`, else the `pending_request` of their records. The form that answered is tried first next time.
    ///
    /// # Errors
    /// As any call; a CA whose list fails makes the list partial.
    pub async fn requests(&self, pending: &[CaId]) -> Result<(Dataset<CaRequest>, RequestSource), Failure> {
        let one = self.state.one()?;
        let known = one.requests_from.load(Ordering::Relaxed);
        if known <= QUEUE {
            match self.queue().await {
                Ok(list) => {
                    one.requests_from.store(QUEUE, Ordering::Relaxed);
                    return Ok((self.with_reinstatements(list, pending).await, RequestSource::Queue));
                }
                Err(trouble) if !is_absent(&trouble) => return Err(trouble.into()),
                Err(_) => {}
            }
        }
        if known != RECORD
            && let Some(list) = self.per_ca(pending).await?
        {
            if !pending.is_empty() {
                one.requests_from.store(PER_CA, Ordering::Relaxed);
            }
            return Ok((list, RequestSource::PerCa));
        }
        one.requests_from.store(RECORD, Ordering::Relaxed);
        Ok((self.recorded(pending).await, RequestSource::Record))
    }

    async fn queue(&self) -> Result<Dataset<CaRequest>, Trouble> {
        let listing = Listing::of("Requests", Route::Revocations);
        self.list(&listing, &mut Silent, &all, key, record).await
    }

    /// The queue names revocations only: a CA whose open request is not in it may wait for its reinstatement.
    async fn with_reinstatements(&self, queue: Dataset<CaRequest>, pending: &[CaId]) -> Dataset<CaRequest> {
        let open = |ca: &CaId| queue.rows.iter().any(|r| r.ca == *ca && r.status == RequestStatus::Pending);
        let missing: Vec<CaId> = pending.iter().filter(|ca| !open(ca)).cloned().collect();
        if missing.is_empty() {
            return queue;
        }
        let mut gathered = Gathered { read: 1, rows: queue.rows, notes: queue.notes, why: None };
        if let Completeness::Partial { why, .. } = queue.completeness {
            gathered.failed(why);
        }
        for ca in &missing {
            let listing =
                Listing { id: ca.as_str(), ..Listing::of("Reinstatements of the CA", Route::CaReinstatements) };
            match self.list(&listing, &mut Silent, &all, key, record).await {
                Ok(list) => gathered.add(list, ca, &RequestType::Reinstatement),
                // No such list here: the record still says that something is open.
                Err(trouble) if is_absent(&trouble) => {
                    gathered.add(self.recorded(std::slice::from_ref(ca)).await, ca, &RequestType::default());
                }
                Err(trouble) => gathered.failed(trouble.into()),
            }
        }
        gathered.into_list(1 + missing.len(), self.state.door.now())
    }

    /// The lists of each CA; `None` when the service has neither kind of list.
    async fn per_ca(&self, pending: &[CaId]) -> Result<Option<Dataset<CaRequest>>, Failure> {
        let mut gathered = Gathered::default();
        let mut absent = 0;
        for ca in pending {
            let mut missing = 0;
            for (route, kind) in
                [(Route::CaRevocations, RequestType::Revocation), (Route::CaReinstatements, RequestType::Reinstatement)]
            {
                let listing = Listing { id: ca.as_str(), ..Listing::of("Requests of the CA", route) };
                match self.list(&listing, &mut Silent, &all, key, record).await {
                    Ok(list) => gathered.add(list, ca, &kind),
                    Err(trouble) if is_absent(&trouble) => missing += 1,
                    Err(trouble) => gathered.failed(trouble.into()),
                }
            }
            absent += usize::from(missing == 2);
            if absent == 1 && gathered.read == 0 && gathered.why.is_none() && missing == 2 {
                // The first CA answers for all: the route is not there.
                return Ok(None);
            }
        }
        if gathered.read == 0
            && let Some(why) = gathered.why
        {
            return Err(why);
        }
        Ok(Some(gathered.into_list(pending.len() * 2, self.state.door.now())))
    }

    async fn recorded(&self, pending: &[CaId]) -> Dataset<CaRequest> {
        let mut gathered = Gathered::default();
        for id in pending {
            match self.ca_record(id).await {
                Ok((ca, ..)) => {
                    gathered.read += 1;
                    gathered.rows.extend(ca.pending_request.map(|request| CaRequest {
                        id: request,
                        status: RequestStatus::Pending,
                        ca: id.clone(),
                        ca_name: ca.name,
                        ..CaRequest::default()
                    }));
                }
                Err(failure) => gathered.failed(failure),
            }
        }
        gathered.into_list(pending.len(), self.state.door.now())
    }
}

#[derive(Default)]
struct Gathered {
    rows: Vec<CaRequest>,
    notes: Vec<Clean>,
    read: usize,
    why: Option<Failure>,
}

impl Gathered {
    /// Adds the list of one CA; its records may leave out what the path says.
    fn add(&mut self, list: Dataset<CaRequest>, ca: &CaId, kind: &RequestType) {
        self.read += 1;
        if let Completeness::Partial { why, .. } = list.completeness {
            self.failed(why);
        }
        for mut request in list.rows {
            if request.ca.is_empty() {
                request.ca = ca.clone();
            }
            if request.request_type == RequestType::default() {
                request.request_type = kind.clone();
            }
            if !self.rows.iter().any(|known| known.id == request.id) {
                self.rows.push(request);
            }
        }
        for note in list.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    fn failed(&mut self, why: Failure) {
        self.why.get_or_insert(why);
    }

    fn into_list(self, of: usize, now: jiff::Timestamp) -> Dataset<CaRequest> {
        let completeness =
            self.why.map_or(Completeness::Complete, |why| Completeness::Partial { read: self.read, of: Some(of), why });
        Dataset { rows: self.rows, read_at: now, completeness, notes: self.notes }
    }
}
