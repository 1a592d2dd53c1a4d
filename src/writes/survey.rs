//! Reads what a change of a CA touches, and counts it.

use std::collections::HashMap;

use futures_util::{FutureExt as _, StreamExt as _, stream};
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

/// CAs whose certificates are counted, itself and those below it in the order of their ids; those of more are not known.
/// At the pace of a key this many are read in 30 s, so that the count is not too old when it is there.
const COUNTED: usize = 100;
/// CAs that are asked at the same time; the client keeps its pace all the same.
const AT_ONCE: usize = 8;

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
    let counted = std::iter::once(ca).chain(&touched.below).take(COUNTED).cloned().collect();
    let ask = |ca: CaId| {
        let client = client.clone();
        async move { client.issued(&ca, now).await.ok() }
    };
    let issued = each(counted, ask).await;
    count(&Sources { issued: &issued, ..sources })
}

/// Asks about each CA, a few at once; the first ones first, and the same result in whatever order the answers arrive.
async fn each<T, A: Future<Output = Option<T>>>(cas: Vec<CaId>, ask: impl Fn(CaId) -> A) -> HashMap<CaId, T> {
    let asked = cas.into_iter().map(|ca| ask(ca.clone()).map(|answer| Some((ca, answer?))));
    stream::iter(asked).buffered(AT_ONCE).filter_map(std::future::ready).collect().await
}

/// The open request about a CA, of which there is one at most.
fn under_review<'a>(requests: &'a [CaRequest], ca: &CaId) -> Option<&'a CaRequest> {
    requests.iter().find(|request| request.ca == *ca && request.status == RequestStatus::Pending)
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use tokio::sync::oneshot;

    use super::*;

    /// The last of those that are asked answers first.
    #[tokio::test]
    async fn eight_cas_are_asked_at_once_and_the_order_of_answers_changes_nothing() {
        let cas: Vec<CaId> = (0..20).map(|n| CaId::new(&format!("{n:02}"))).collect();
        let (asked, open, most) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()), Cell::new(0));
        let counting = each(cas.clone(), |ca| {
            let (answer, answered) = oneshot::channel::<()>();
            asked.borrow_mut().push(ca.clone());
            open.borrow_mut().push(answer);
            most.set(most.get().max(open.borrow().len()));
            async move {
                answered.await.ok()?;
                (ca.as_str() != "07").then(|| ca.to_string())
            }
        });
        let answering = async {
            while asked.borrow().len() < cas.len() || !open.borrow().is_empty() {
                let last = open.borrow_mut().pop();
                if let Some(answer) = last {
                    answer.send(()).unwrap();
                }
                tokio::task::yield_now().await;
            }
        };
        let (found, ()) = futures_util::future::join(counting, answering).await;
        assert_eq!((most.get(), asked.into_inner()), (AT_ONCE, cas.clone()));
        let expected = cas.iter().filter(|ca| ca.as_str() != "07").map(|ca| (ca.clone(), ca.to_string()));
        assert_eq!(found, expected.collect());
    }
}
