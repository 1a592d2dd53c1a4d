//! Requests about CAs.

use super::{
    args::Requests,
    decide::{self, What},
    exit::Outcome,
    find,
    grid::Grid,
    item::Item,
    listing::{self, Wish},
    session::{Desk, Print, warn_of},
    sheet::Source,
};
use crate::{
    client::{Client, Silent},
    domain::{
        Failure,
        ca::{CaRequest, RequestSource, RevocationReason},
        dataset::Dataset,
        ids::CaId,
        subject::View,
    },
};

const KIND: &str = "ca.requests";
const MEMBERS: &[&str] = &[
    "id",
    "type",
    "status",
    "ca_id",
    "ca_name",
    "requested_by_id",
    "requested_by",
    "requested_date",
    "revocation_reason",
    "comment",
];
const SOURCE: &str = "one";

/// Runs a `ca requests` command.
pub fn run(what: &Requests, desk: &mut Desk<'_>) -> Outcome {
    match what {
        Requests::List => list(desk),
        Requests::Show { request } => show(request, desk),
        Requests::Approve { request, ca_name, comment, impact, yes, dry_run } => {
            let what = What::Decide { request, approve: true };
            let (ca_name, impact) = (ca_name.as_deref(), impact.as_deref());
            decide::run(
                &decide::Wish { what, comment: comment.as_deref(), ca_name, impact, dry_run: *dry_run, yes: *yes },
                desk,
            )
        }
        Requests::Reject { request, comment, yes, dry_run } => {
            let what = What::Decide { request, approve: false };
            let comment = comment.as_deref();
            let wish = decide::Wish { what, comment, ca_name: None, impact: None, dry_run: *dry_run, yes: *yes };
            decide::run(&wish, desk)
        }
    }
}

/// One request, with what was answered to it.
fn show(asked: &str, desk: &mut Desk<'_>) -> Outcome {
    let (data, _) = desk.wait(read)?;
    let exit = warn_of(SOURCE, &data);
    let Some(row) = data.rows.iter().find(|row| row.id.as_str().eq_ignore_ascii_case(asked)) else {
        return find::absent("request has the id", asked, "`certdeck ca requests list`", exit);
    };
    let made = item(row)
        .text("reviewed_by_id", row.reviewed_by.as_ref().map_or("", |by| by.as_str()))
        .text("reviewed_by", &row.reviewed_by_name)
        .when("reviewed_date", &row.reviewed)
        .text("review_comment", &row.review_comment);
    let unknown = if row.requested_by.is_none() { vec!["items.requested_by_id".to_owned()] } else { Vec::new() };
    let item = |_: usize| made.clone();
    let grid = || Grid::facts(std::slice::from_ref(&made));
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources: vec![Source::read(SOURCE, &data)],
        total: 1,
        len: 1,
        item: &item,
        grid: &grid,
        unknown,
        gaps: None,
    })?;
    Ok(exit)
}

fn list(desk: &mut Desk<'_>) -> Outcome {
    let wish = Wish::<CaRequest>::new(desk.global)?;
    let (data, from) = desk.wait(read)?;
    if from != RequestSource::Queue {
        super::console::warn("one: the service has no list of all requests; those of CAs with an open one were read");
    }
    let exit = warn_of(SOURCE, &data);
    let rows = wish.rows(data.rows.iter().map(View::from), desk.now());
    let look = desk.look();
    let item = |at: usize| rows.get(at).map_or_else(Item::default, |row| item(row));
    let grid = || listing::grid(&rows, &look);
    let nobody = rows.iter().any(|row| row.requested_by.is_none());
    let unknown = if nobody { vec!["items.requested_by_id".to_owned()] } else { Vec::new() };
    let sources = vec![Source::read(SOURCE, &data)];
    let (total, len) = (data.rows.len(), rows.len());
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources,
        total,
        len,
        item: &item,
        grid: &grid,
        unknown,
        gaps: None,
    })?;
    Ok(exit)
}

/// The list of all requests; where there is none, the requests of the CAs whose record says that one is open.
pub(super) async fn read(client: &Client) -> Result<(Dataset<CaRequest>, RequestSource), Failure> {
    let (list, from) = client.requests(&[]).await?;
    if from == RequestSource::Queue {
        return Ok((list, from));
    }
    let cas = client.cas(&mut Silent).await?;
    let pending = cas.rows.iter().filter(|ca| ca.pending_request.is_some());
    let pending: Vec<CaId> = pending.map(|ca| ca.id.clone()).collect();
    client.requests(&pending).await
}

fn item(row: &CaRequest) -> Item {
    Item::default()
        .text("id", row.id.as_str())
        .text("type", row.request_type.as_str())
        .text("status", row.status.as_str())
        .text("ca_id", row.ca.as_str())
        .text("ca_name", &row.ca_name)
        .text("requested_by_id", row.requested_by.as_ref().map_or("", |by| by.as_str()))
        .text("requested_by", &row.requested_by_name)
        .when("requested_date", &row.requested)
        .text("revocation_reason", row.reason.as_ref().map_or("", RevocationReason::as_str))
        .text("comment", &row.comment)
}
