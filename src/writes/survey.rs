//! Reads what a change of a CA touches, and counts it.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::{
    client::{Client, Silent},
    domain::{
        Failure, FailureKind,
        ca::{
            CaRequest, RequestStatus,
            forest::Forest,
            impact::{Impact, Sources},
        },
        ids::CaId,
    },
};

/// CAs below one whose certificates are counted; those of more are not known.
const COUNTED: usize = 200;

/// Counts the impact of a change of `ca`, from lists that are read for it: all CAs, the open requests, the CRLs, and the
/// certificates of each CA that is touched. `now` is the moment that certificates are compared with, and from which the
/// count is as old as it is. What cannot be read is a gap of the impact.
///
/// # Errors
/// The CAs cannot be read, or the CA is not among them.
pub async fn survey(client: &Client, ca: &CaId, now: Timestamp) -> Result<Impact, Failure> {
    let list = client.cas(&mut Silent).await?;
    let pending: Vec<CaId> =
        list.rows.iter().filter(|ca| ca.pending_request.is_some()).map(|ca| ca.id.clone()).collect();
    let requests = client.requests(&pending).await.ok().map(|(requests, _)| requests);
    let requests = requests.filter(crate::domain::dataset::Dataset::is_complete).map(|requests| requests.rows);
    let crls = client.crls().await.ok().map(|crls| crls.rows);
    let forest = Forest::new(&list.rows);
    let own = requests.as_deref().and_then(|requests| under_review(requests, ca));
    let none = HashMap::new();
    let sources = Sources {
        cas: &list.rows,
        cas_complete: list.is_complete(),
        forest: &forest,
        requests: requests.as_deref(),
        crls: crls.as_deref(),
        issued: &none,
    };
    let count = |sources: &Sources<'_>| {
        let (reason, id) = (own.and_then(|own| own.reason.as_ref()), own.map(|own| &own.id));
        Impact::of(ca, reason, id, sources, now).ok_or_else(|| {
            Failure::new(FailureKind::NotFound, format!("{ca} is not among the CAs that were read"))
                .hint("`certdeck ca tree` shows what there is")
        })
    };
    let touched = count(&sources)?;
    let mut issued = HashMap::new();
    for ca in std::iter::once(ca).chain(&touched.below).take(COUNTED) {
        if let Ok(found) = client.issued(ca, now).await {
            issued.insert(ca.clone(), found);
        }
    }
    count(&Sources { issued: &issued, ..sources })
}

/// The open request about a CA, of which there is one at most.
fn under_review<'a>(requests: &'a [CaRequest], ca: &CaId) -> Option<&'a CaRequest> {
    requests.iter().find(|request| request.ca == *ca && request.status == RequestStatus::Pending)
}
