//! CertCentral: who the key is, who else is there, and the reports.

mod changes;
mod download;
mod permissions;
mod reports;
mod users;

pub use self::{
    changes::ReportAnswer,
    download::{Arrived, Piece, Sink},
};
use super::{
    door::Ask,
    endpoint::{Endpoint, join},
    transport::Service,
};
use crate::domain::Failure;

/// A GET below one of the two addresses.
fn ask<'a>(
    endpoint: &'a Endpoint,
    what: &'static str,
    segments: &[&str],
    query: &[(&str, String)],
) -> Result<Ask<'a>, Failure> {
    Ok(Ask {
        service: Service::CertCentral,
        what,
        identity: false,
        url: join(&endpoint.base, segments, query)?,
        key: &endpoint.key,
        accept: "application/json",
        account: None,
        ok: &[],
        // The Report Library asks for it of every call; what others need is not told.
        needs: (segments.first() == Some(&"report")).then_some("the role Administrator"),
    })
}
