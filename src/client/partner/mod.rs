//! Partner Subscriptions: subaccounts, contracts and the certificates under them.

pub(super) mod accounts;
mod batch;
mod certificates;
mod contracts;
mod decoder;
mod decoding;
mod splitter;
mod standing;

use super::{
    door::Ask,
    endpoint::{Endpoint, join},
    transport::Service,
};
use crate::domain::Failure;

/// A GET with one of the keys.
fn ask<'a>(endpoint: &'a Endpoint, what: &'static str, segments: &[&str]) -> Result<Ask<'a>, Failure> {
    Ok(Ask {
        service: Service::Partner,
        what,
        identity: false,
        url: join(&endpoint.base, segments, &[])?,
        key: &endpoint.key,
        accept: "application/json",
        account: None,
        ok: &[200],
        needs: match segments.first() {
            Some(&"account") => Some("the parent key"),
            Some(&"acme") => Some("the key of that subaccount"),
            _ => None,
        },
    })
}
