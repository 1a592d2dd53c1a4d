//! How many certificates a CA has, as the service counts them.

use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ask, paths::Route};
use crate::{
    client::{
        Client, limits,
        paging::Page,
        rows,
        wire::{Reader, Reference, Scalar},
    },
    domain::{Failure, FailureKind, ids::CaId},
};

/// CAs that are asked at the same time; the client keeps its pace all the same.
const AT_ONCE: usize = 4;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    issuer: Option<Reference<'a>>,
    #[serde(borrow)]
    issuer_id: Scalar<'a>,
}

/// The issuer that a record names; empty when it names none.
fn issuer(raw: &RawValue) -> CaId {
    let wire: Record<'_> = rows::row(raw, &mut Reader::default());
    let issuer = wire.issuer.unwrap_or_default();
    CaId::from(Scalar::first(&[&issuer.id, &wire.issuer_id]).clean())
}

impl Client {
    /// How many certificates a CA has, expired and revoked ones among them: the `total` of `GET /certificate?issuer_id=`.
    /// A service that sends bare lists is asked for one page more, which tells when all of them are on it.
    ///
    /// # Errors
    /// As any call; `BadAnswer` when the answer leaves it open.
    pub async fn leaf_count(&self, ca: &CaId) -> Result<u64, Failure> {
        if let Some(count) = counted(&self.leaves(ca, 1).await?, ca, 1)? {
            return Ok(count);
        }
        let most = limits::ISSUED_PAGE;
        let page = self.leaves(ca, most).await?;
        counted(&page, ca, most)?.ok_or_else(|| untold(&format!("says no total, and has {most} or more")))
    }

    /// As [`Client::leaf_count`] for several CAs, in their order.
    pub async fn leaf_counts(&self, cas: Vec<CaId>) -> Vec<(CaId, Result<u64, Failure>)> {
        let each = cas.into_iter().map(|ca| async {
            let count = self.leaf_count(&ca).await;
            (ca, count)
        });
        stream::iter(each).buffered(AT_ONCE).collect().await
    }

    async fn leaves(&self, ca: &CaId, limit: usize) -> Result<Page<CaId>, Failure> {
        let one = self.state.one()?;
        let query = [("offset", "0".to_owned()), ("limit", limit.to_string()), ("issuer_id", ca.as_str().to_owned())];
        let ask = ask(one, "certificates of the CA", Route::Certificates, "", &query)?;
        Ok(self.state.door.json(&ask, |answer| rows::one(answer, issuer)).await?)
    }
}

/// How many there are by the first page of at most `limit` rows; `None` when there may be more than it has.
fn counted(page: &Page<CaId>, ca: &CaId, limit: usize) -> Result<Option<u64>, Failure> {
    if page.rows.iter().any(|issuer| !issuer.is_empty() && issuer != ca) {
        return Err(untold("sent those of other CAs too"));
    }
    let whole = (page.rows.len() < limit).then_some(page.rows.len());
    Ok(page.total.or(whole).and_then(|count| u64::try_from(count).ok()))
}

fn untold(why: &str) -> Failure {
    Failure::new(FailureKind::BadAnswer, format!("how many certificates there are is not known: the service {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: &[&str], total: Option<usize>) -> Page<CaId> {
        Page { rows: rows.iter().map(|id| CaId::new(id)).collect(), total, note: None }
    }

    #[test]
    fn a_count_is_the_total_or_a_page_that_is_not_full_and_never_a_guess() {
        let ca = CaId::new("A1");
        let of = |rows: &[&str], total, limit| counted(&page(rows, total), &ca, limit).map_err(|why| why.kind);
        assert_eq!(of(&["A1"], Some(3_902), 1), Ok(Some(3_902)));
        assert_eq!(of(&[""], Some(7), 1), Ok(Some(7)));
        assert_eq!(of(&[], None, 1), Ok(Some(0)));
        assert_eq!(of(&["A1"], None, 1), Ok(None));
        assert_eq!(of(&["A1", "A1"], None, 3), Ok(Some(2)));
        assert_eq!(of(&["A1", "A1", "A1"], None, 3), Ok(None));
        // A service that does not know the filter counts all, and its total is not that of the CA.
        assert_eq!(of(&["B2"], Some(3_902), 1), Err(FailureKind::BadAnswer));
        // One that does not know the limit may have sent all, or a page of its own size.
        assert_eq!(of(&["A1", "A1"], None, 1), Ok(None));
    }

    #[test]
    fn the_issuer_is_read_from_either_form() {
        let of = |text: &str| issuer(&RawValue::from_string(text.to_owned()).unwrap()).to_string();
        assert_eq!(of(r#"{"issuer":{"id":"A1","name":"x"}}"#), "A1");
        assert_eq!(of(r#"{"issuer_id":"A1"}"#), "A1");
        assert_eq!(of(r#"{"issuer":null}"#), "");
        assert_eq!(of("7"), "");
    }
}
