//! DigiCert ONE: Private CA, its requests and audit log, and Account Manager
//! (contract `digicert-one.openapi.yaml`).

pub mod account;
pub mod audit;
pub mod ca;
pub mod change;
pub mod health;
pub mod hosts;
mod issued;
mod leaves;
mod look;
pub mod paths;
pub mod records;
pub mod requests;
mod tokens;

use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use self::paths::Route;
use super::{
    Client,
    door::Ask,
    endpoint::join,
    paging::{Progress, Reading, Silent, Unfinished, all},
    rows,
    state::One,
    transport::Service,
};
use crate::domain::{Failure, dataset::Dataset};

/// A GET of one of the routes.
fn ask<'a>(
    one: &'a One,
    what: &'static str,
    route: Route,
    id: &str,
    query: &[(&str, String)],
) -> Result<Ask<'a>, Failure> {
    ask_about(one, what, route, (id, ""), query)
}

/// As [`ask`], about a CA and one of its requests.
fn ask_about<'a>(
    one: &'a One,
    what: &'static str,
    route: Route,
    (id, request): (&str, &str),
    query: &[(&str, String)],
) -> Result<Ask<'a>, Failure> {
    let template = one.paths.of(route);
    let segments = template.segments(id, request);
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    Ok(Ask {
        service: Service::One,
        what,
        identity: false,
        url: join(&one.endpoint.base, &segments, query)?,
        key: &one.endpoint.key,
        // One type for all calls would be refused by some: downloads ask for another.
        accept: "application/json",
        account: one.account.as_deref(),
        ok: &template.ok,
        needs: route.needs(),
    })
}

/// A paged list of one route.
struct Listing<'a> {
    what: &'static str,
    route: Route,
    id: &'a str,
    query: Vec<(&'static str, String)>,
    most: Option<usize>,
    /// Rows of a page; `None` for those of the settings.
    page_size: Option<usize>,
}

impl Listing<'_> {
    const fn of(what: &'static str, route: Route) -> Self {
        Self { what, route, id: "", query: Vec::new(), most: None, page_size: None }
    }
}

impl Client {
    /// Reads all pages of a list anew: what an earlier reading that broke off has left is not used.
    async fn list_anew<T, K>(
        &self,
        listing: &Listing<'_>,
        key: fn(&T) -> Option<K>,
        row: fn(&RawValue) -> T,
    ) -> Result<Dataset<T>, super::door::Trouble>
    where
        T: Clone + Send + 'static,
        K: Eq + std::hash::Hash + Send,
    {
        self.list_from(&Unfinished::default(), listing, &mut Silent, &all, key, row).await
    }

    /// Reads all pages of a list; one that broke off shortly before goes on where it did.
    async fn list<T, K>(
        &self,
        listing: &Listing<'_>,
        progress: &mut dyn Progress<T>,
        enough: &(dyn Fn(&[T]) -> bool + Send + Sync),
        key: fn(&T) -> Option<K>,
        row: fn(&RawValue) -> T,
    ) -> Result<Dataset<T>, super::door::Trouble>
    where
        T: Clone + Send + 'static,
        K: Eq + std::hash::Hash + Send,
    {
        self.list_from(&self.state.unfinished, listing, progress, enough, key, row).await
    }

    async fn list_from<T, K>(
        &self,
        unfinished: &Unfinished,
        listing: &Listing<'_>,
        progress: &mut dyn Progress<T>,
        enough: &(dyn Fn(&[T]) -> bool + Send + Sync),
        key: fn(&T) -> Option<K>,
        row: fn(&RawValue) -> T,
    ) -> Result<Dataset<T>, super::door::Trouble>
    where
        T: Clone + Send + 'static,
        K: Eq + std::hash::Hash + Send,
    {
        let one = self.state.one()?;
        let door = &self.state.door;
        let reading = Reading {
            name: format!("{} {} {:?}", listing.what, listing.id, listing.query),
            page_size: listing.page_size.unwrap_or_else(|| self.state.page_size.get()),
            most: listing.most,
            key,
            enough,
            unfinished,
        };
        let page = |offset: usize, limit: usize| -> BoxFuture<'_, _> {
            Box::pin(async move {
                let mut query = vec![("offset", offset.to_string()), ("limit", limit.to_string())];
                query.extend(listing.query.iter().cloned());
                let ask = ask(one, listing.what, listing.route, listing.id, &query)?;
                door.json(&ask, |answer| rows::one(answer, row)).await
            })
        };
        reading.run(|| door.now(), progress, page).await
    }
}
