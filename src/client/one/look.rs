//! The state of a CA and of its request, read anew: before something is sent, and after.

use serde_json::value::RawValue;

use super::{Listing, ask_about, audit::AuditQuery, ca, paths::Route, requests};
use crate::{
    client::{Client, door::Trouble, json, paging::Silent, transport::Service},
    domain::{
        Failure, FailureKind,
        audit::{AuditEvent, AuditResult, AuditSource},
        ca::{
            Ca, CaRequest, RequestStatus, RequestType,
            decision::{AuditTrace, Errand, Operation, Reading, Snapshot},
        },
        dataset::{Completeness, Dataset},
        ids::{CaId, RequestId},
    },
};

/// Events that are looked at for one that tells of a change.
const EVENTS: usize = 20;

impl Client {
    /// Reads all that is shown before a decision: the request, the CA, and how many CAs stand below. The same again
    /// just before it is sent. A snapshot of it is comparable with those of this call alone: lists leave members out.
    ///
    /// # Errors
    /// As any call. What cannot be read whole is a failure, never a part.
    pub async fn look(&self, errand: &Errand) -> Result<Reading, Failure> {
        // A rejection leaves the CA as it is, whatever stands below it.
        let children = if errand.operation.rejects() { None } else { Some(self.children(&errand.ca).await?) };
        self.state_of(errand, children).await
    }

    /// Reads what became of a change that was sent; where the record does not say it, the audit log is looked at too.
    ///
    /// # Errors
    /// As any call.
    pub async fn look_back(&self, errand: &Errand) -> Result<Reading, Failure> {
        let mut reading = self.state_of(errand, None).await?;
        let request = reading.snapshot.request.as_ref();
        let told = request.is_some_and(|r| r.status != RequestStatus::Pending && r.reviewed_by.is_some());
        if !told && errand.operation.opens().is_none() {
            // Some may not read the log, and some services have none: the record counts alone then.
            reading.audit = self.trace(errand).await.ok().flatten();
        }
        Ok(reading)
    }

    async fn state_of(&self, errand: &Errand, children: Option<u64>) -> Result<Reading, Failure> {
        let read_at = self.state.door.now();
        let (ca, ..) = self.ca_record(&errand.ca).await?;
        let request = match (errand.operation.decides(), &errand.request) {
            (Some(kind), Some(id)) => self.request(&errand.ca, id, &kind).await?,
            _ => None,
        };
        let requests = match errand.operation.opens() {
            Some(kind) => self.requests_of(&errand.ca, &kind).await?,
            None => Vec::new(),
        };
        let skew = self.state.door.skew(Service::One);
        Ok(Reading { snapshot: Snapshot { request, ca, children }, requests, read_at, skew, audit: None })
    }

    async fn children(&self, ca: &CaId) -> Result<u64, Failure> {
        let query = vec![("issuer_id", ca.as_str().to_owned())];
        let listing = Listing { query, ..Listing::of("CAs below", Route::Cas) };
        let key = |ca: &Ca| (!ca.id.is_empty()).then(|| ca.id.clone());
        let list = whole(self.list_anew(&listing, key, ca::record).await?)?;
        // A service that does not know the filter gives all.
        let below = list.iter().filter(|child| child.issuer.as_ref() == Some(ca)).count();
        Ok(u64::try_from(below).unwrap_or(u64::MAX))
    }

    /// One request, from wherever this service shows it; `None` when there is none of that id.
    async fn request(&self, ca: &CaId, id: &RequestId, kind: &RequestType) -> Result<Option<CaRequest>, Failure> {
        let one = self.state.one()?;
        let (route, list) = match kind {
            RequestType::Reinstatement => (Route::Reinstatement, Route::CaReinstatements),
            _ => (Route::Revocation, Route::CaRevocations),
        };
        let ask = ask_about(one, "request", route, (ca.as_str(), id.as_str()), &[])?;
        let read = self.state.door.json(&ask, |answer| {
            let raw: &RawValue = json::decode(json::text(&answer.bytes)?)?;
            Ok(requests::record(raw))
        });
        let found = match read.await {
            Ok(request) => Some(request),
            Err(trouble) if requests::is_absent(&trouble) => {
                let all = match self.all_of(list, ca).await {
                    Err(trouble) if requests::is_absent(&trouble) => self.all_of(Route::Revocations, ca).await?,
                    other => other?,
                };
                whole(all)?.into_iter().find(|request| request.id == *id)
            }
            Err(trouble) => return Err(trouble.into()),
        };
        let Some(mut request) = found else { return Ok(None) };
        if request.id != *id {
            let title = "the service answered with another request than the one that was asked for";
            return Err(Failure::new(FailureKind::BadAnswer, title).hint("read the list again"));
        }
        // What the path says need not stand in the record.
        if request.ca.is_empty() {
            request.ca = ca.clone();
        }
        if request.request_type == RequestType::default() {
            request.request_type = kind.clone();
        }
        Ok(Some(request))
    }

    async fn requests_of(&self, ca: &CaId, kind: &RequestType) -> Result<Vec<CaRequest>, Failure> {
        let route = if *kind == RequestType::Reinstatement { Route::CaReinstatements } else { Route::CaRevocations };
        whole(self.all_of(route, ca).await?)
    }

    async fn all_of(&self, route: Route, ca: &CaId) -> Result<Dataset<CaRequest>, Trouble> {
        let listing = Listing { id: ca.as_str(), ..Listing::of("requests of the CA", route) };
        self.list_anew(&listing, requests::key, requests::record).await
    }

    /// The event that says that a change was carried out.
    async fn trace(&self, errand: &Errand) -> Result<Option<AuditTrace>, Failure> {
        let about = errand.request.as_ref().map_or(errand.ca.as_str(), |request| request.as_str());
        let resource_id = Some(about.to_owned());
        let query = AuditQuery { most: Some(EVENTS), resource_id, ..AuditQuery::all(AuditSource::PrivateCa) };
        let events = self.audit(&query, &mut Silent).await?;
        let verb = match errand.operation {
            Operation::ApproveRevocation | Operation::ApproveReinstatement => "approve",
            Operation::RejectRevocation | Operation::RejectReinstatement => "reject",
            Operation::RequestRevocation | Operation::RequestReinstatement => "request",
            Operation::Disable => "disable",
            Operation::Enable => "enable",
        };
        // A log that does not know the filter gives all its events.
        let tells = |event: &&AuditEvent| {
            let names = [&event.resource_id, &event.resource_name];
            event.action.to_ascii_lowercase().starts_with(verb)
                && event.result == AuditResult::Success
                && names.iter().any(|name| name.as_str() == about)
        };
        let latest = events.rows.iter().filter(tells).max_by_key(|event| event.at.at());
        Ok(latest.map(|event| AuditTrace {
            actor: event.actor_id.clone(),
            name: event.actor.clone(),
            at: event.at.clone(),
        }))
    }
}

/// The rows of a list that was read to its end.
fn whole<T>(list: Dataset<T>) -> Result<Vec<T>, Failure> {
    match list.completeness {
        Completeness::Complete => Ok(list.rows),
        Completeness::Partial { why, .. } => Err(why),
    }
}
