//! What a CA has issued, counted from its certificates.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Listing, paths::Route};
use crate::{
    client::{
        Client, limits,
        paging::{Silent, Unfinished},
        rows,
        wire::{Reader, Scalar},
    },
    domain::{
        Clean, Failure, FailureKind, When,
        ca::impact::Issued,
        dataset::{Completeness, Dataset},
        ids::CaId,
    },
};

/// "Issued lately", by RFC 5280 `notBefore`.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

#[derive(Deserialize, Default)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    created_date: Scalar<'a>,
    #[serde(borrow)]
    valid_from: Scalar<'a>,
    #[serde(borrow)]
    valid_to: Scalar<'a>,
    #[serde(borrow)]
    is_revoked: Scalar<'a>,
}

/// Of a certificate what counts here.
#[derive(Debug, Clone)]
struct Leaf {
    id: Clean,
    issued: When,
    ends: When,
    is_revoked: bool,
}

fn leaf(raw: &RawValue) -> Leaf {
    let mut reader = Reader::default();
    let wire: Record<'_> = rows::row(raw, &mut reader);
    let issued = Scalar::first(&[&wire.created_date, &wire.valid_from]);
    Leaf {
        id: wire.id.clean(),
        issued: reader.when("created_date", issued),
        ends: reader.when("valid_to", &wire.valid_to),
        is_revoked: wire.is_revoked.flag() == Some(true),
    }
}

impl Client {
    /// Counts the certificates of a CA, without those of CAs below it: `GET /certificate?issuer_id=`. Each is read, since
    /// the service does not say how many of its total are unexpired.
    ///
    /// # Errors
    /// As any call; `Refused` for more than [`limits::ISSUED_MOST`]: a part of them is no count.
    pub async fn issued(&self, ca: &CaId, now: Timestamp) -> Result<Issued, Failure> {
        let listing = Listing {
            query: vec![("issuer_id", ca.as_str().to_owned())],
            most: Some(limits::ISSUED_MOST + 1),
            page_size: Some(limits::ISSUED_PAGE),
            ..Listing::of("certificates of the CA", Route::Certificates)
        };
        let key = |leaf: &Leaf| (!leaf.id.is_empty()).then(|| leaf.id.clone());
        // A count that goes on where an older one broke off would be of two moments.
        let none = Unfinished::default();
        let list = self.list_from(&none, &listing, &mut Silent, &crate::client::paging::all, key, leaf).await?;
        match list {
            Dataset { completeness: Completeness::Partial { why, .. }, .. } => Err(why),
            Dataset { rows, .. } if rows.len() > limits::ISSUED_MOST => {
                let title = format!("the CA has more than {} certificates, which are not counted", limits::ISSUED_MOST);
                Err(Failure::new(FailureKind::Refused, title))
            }
            Dataset { rows, .. } => Ok(count(&rows, now)),
        }
    }
}

/// A revoked certificate is nobody's any more; one whose end cannot be read may be in use.
fn count(leaves: &[Leaf], now: Timestamp) -> Issued {
    let mut issued = Issued::default();
    for leaf in leaves {
        issued.unexpired += u64::from(!leaf.is_revoked && leaf.ends.at().is_none_or(|end| end >= now));
        let Some(at) = leaf.issued.at() else { continue };
        issued.last_7_days += u64::from(now.duration_since(at) < WEEK);
        issued.latest = issued.latest.at().map_or(at, |latest| latest.max(at)).into();
    }
    issued
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_is_counted_and_what_cannot_be_read_may_be() {
        let now: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
        let leaves = [
            r#"{"id":"a","valid_from":"2026-11-20T14:00:00Z","valid_to":"2027-01-01T00:00:00Z"}"#,
            r#"{"id":"b","created_date":"2026-11-14T14:00:00Z","valid_to":"2026-11-21T13:59:59Z"}"#,
            r#"{"id":"c","created_date":"2026-11-14T14:00:01","valid_to":"soon"}"#,
            r#"{"id":"d","valid_to":"2027-01-01T00:00:00Z","is_revoked":true}"#,
            "7",
        ];
        let leaves: Vec<Leaf> =
            leaves.iter().map(|text| leaf(&RawValue::from_string((*text).to_owned()).unwrap())).collect();
        let latest = "2026-11-20T14:00:00Z".parse::<Timestamp>().unwrap().into();
        assert_eq!(count(&leaves, now), Issued { unexpired: 3, last_7_days: 2, latest });
    }
}
