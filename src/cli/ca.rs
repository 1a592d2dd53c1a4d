//! The hierarchy of CAs.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    args::{CaCommand, Change},
    decide::{self, What, Wish},
    exit::{Exit, Outcome, Trouble},
    find,
    grid::Grid,
    item::Item,
    listing, pem, requests, revocation,
    session::{Desk, Print, warn_of},
    sheet::Source,
};
use crate::{
    client::{Client, Silent},
    domain::{
        Failure,
        ca::{
            Ca,
            certificate::ParsedCertificate,
            decision::Operation,
            forest::{Forest, Link},
            paper::Form,
        },
        dataset::Dataset,
        ids::CaId,
        subject::View,
    },
};

const KIND: &str = "ca.certificates";
const MEMBERS: &[&str] = &[
    "id",
    "name",
    "cert_type",
    "hosted_type",
    "status",
    "effective_state",
    "issuer_id",
    "depth",
    "children",
    "serial_number",
    "valid_from",
    "valid_to",
    "is_revoked",
    "sha256",
    "leaf_count",
];
const SOURCE: &str = "one";
/// The path of the count of certificates.
const LEAVES: &str = "items.leaf_count";

/// A CA and its place in the hierarchy.
struct Place<'a> {
    ca: &'a Ca,
    depth: u32,
    children: usize,
    link: Link,
}

/// Runs a `ca` command.
pub fn run(what: &CaCommand, desk: &mut Desk<'_>) -> Outcome {
    if let CaCommand::Requests(requests) = what {
        return requests::run(requests, desk);
    }
    if let Some(outcome) = change(what, desk) {
        return outcome;
    }
    let wish = listing::Wish::<Ca>::new(desk.global)?;
    let data = desk.wait(async |client: &Client| client.cas(&mut Silent).await)?;
    let exit = warn_of(SOURCE, &data);
    let forest = Forest::new(&data.rows);
    let places = places(&forest, &data.rows);
    match what {
        CaCommand::Show { ca } => show(ca, &places, &data, desk).map(|own| own.max(exit)),
        CaCommand::Verify { ca } => {
            let ca = found(&data.rows, ca)?;
            revocation::verify(ca, &data, desk).map(|own| own.max(exit))
        }
        CaCommand::Pem { ca, chain, der } => {
            let form = match (chain, der) {
                (true, _) => Form::Chain,
                (_, true) => Form::Der,
                _ => Form::One,
            };
            pem::print(found(&data.rows, ca)?, &data.rows, form, desk)
        }
        CaCommand::Impact { ca } => super::impact::run(found(&data.rows, ca)?, desk).map(|own| own.max(exit)),
        CaCommand::Tree
        | CaCommand::Requests(_)
        | CaCommand::RequestRevocation { .. }
        | CaCommand::RequestReinstatement { .. }
        | CaCommand::Disable { .. }
        | CaCommand::Enable { .. } => {
            tree(&wish, &places, &data, desk)?;
            Ok(exit)
        }
    }
}

/// A change of a CA; `None` for a command that changes none.
fn change(what: &CaCommand, desk: &mut Desk<'_>) -> Option<Outcome> {
    let (operation, reason, change) = match what {
        CaCommand::RequestRevocation { reason, change } => (Operation::RequestRevocation, Some(reason), change),
        CaCommand::RequestReinstatement { change } => (Operation::RequestReinstatement, None, change),
        CaCommand::Disable { change } => (Operation::Disable, None, change),
        CaCommand::Enable { change } => (Operation::Enable, None, change),
        _ => return None,
    };
    let Change { ca, comment, impact, yes, dry_run } = change;
    let what = What::Change { ca, operation, reason };
    let (comment, impact) = (comment.as_deref(), impact.as_deref());
    Some(decide::run(&Wish { what, comment, ca_name: None, impact, dry_run: *dry_run, yes: *yes }, desk))
}

fn places<'a>(forest: &Forest, cas: &'a [Ca]) -> Vec<Place<'a>> {
    let mut children = vec![0_usize; forest.nodes().len()];
    for node in forest.nodes() {
        if let Some(count) = node.parent.and_then(|parent| children.get_mut(parent as usize)) {
            *count += 1;
        }
    }
    let nodes = forest.nodes().iter().zip(children);
    let place = |(node, children): (&crate::domain::ca::forest::Node, usize)| {
        let ca = cas.get(node.ca as usize)?;
        Some(Place { ca, depth: node.depth, children, link: node.link })
    };
    nodes.filter_map(place).collect()
}

fn tree(wish: &listing::Wish<Ca>, places: &[Place<'_>], data: &Dataset<Ca>, desk: &mut Desk<'_>) -> Outcome {
    let (now, look) = (desk.now(), desk.look());
    let mut kept: Vec<&Place<'_>> = places.iter().filter(|place| wish.keeps(place.ca.into(), now)).collect();
    if wish.is_sorted() {
        let order = wish.rows(data.rows.iter().map(View::from), now);
        let positions: HashMap<&CaId, usize> = order.iter().enumerate().map(|(at, ca)| (&ca.id, at)).collect();
        kept.sort_by_key(|place| positions.get(&place.ca.id));
    }
    let item = |at: usize| kept.get(at).map_or_else(Item::default, |place| item(place, now, None));
    let grid = || {
        let rows: Vec<View<'_, Ca>> = kept.iter().map(|place| place.ca.into()).collect();
        let mut grid = listing::grid(&rows, &look);
        for (row, place) in grid.rows.iter_mut().zip(&kept) {
            let indent = if wish.is_sorted() { 0 } else { place.depth as usize };
            let mark = match place.link {
                Link::Root | Link::Child => "",
                Link::Orphan => "  [issuer not visible]",
                Link::Cycle => "  [its issuers form a circle]",
            };
            if let Some(name) = row.first_mut() {
                *name = format!("{}{name}{mark}", "  ".repeat(indent.min(32)));
            }
        }
        grid
    };
    let sources = vec![Source::read(SOURCE, data)];
    // Counting takes a request for each CA.
    let mut unknown = unknown(kept.iter().map(|place| place.ca));
    unknown.push(LEAVES.to_owned());
    let (total, len) = (data.rows.len(), kept.len());
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
    })
}

/// Paths of members that no row of this list can tell, or not all.
fn unknown<'a>(cas: impl Iterator<Item = &'a Ca>) -> Vec<String> {
    let mut paths = Vec::new();
    if cas.into_iter().any(|ca| ca.is_revoked.is_none()) {
        paths.push("items.is_revoked".to_owned());
    }
    paths
}

fn item(place: &Place<'_>, now: Timestamp, leaves: Option<u64>) -> Item {
    let ca = place.ca;
    Item::default()
        .text("id", ca.id.as_str())
        .text("name", &ca.name)
        .text("cert_type", ca.cert_type.as_str())
        .text("hosted_type", ca.hosted_type.as_str())
        .text("status", ca.status.as_str())
        .text("effective_state", ca.effective_state(now).0.label())
        .text("issuer_id", ca.issuer.as_ref().map_or("", |issuer| issuer.as_str()))
        .with("depth", place.depth)
        .with("children", place.children)
        .text("serial_number", ca.serial.as_ref().map_or("", |serial| serial.raw().as_str()))
        .when("valid_from", &ca.valid_from)
        .when("valid_to", &ca.valid_to)
        .with("is_revoked", ca.is_revoked)
        .text("sha256", &ca.sha256)
        .with("leaf_count", leaves)
}

/// The CA that is asked for, by id or by name.
///
/// # Errors
/// There is none, or several have the name.
pub(super) fn found<'a>(cas: &'a [Ca], asked: &str) -> Result<&'a Ca, Trouble> {
    find::one(cas, |ca| (ca.id.as_str(), ca.name.as_str()), asked, ("CA", "`certdeck ca tree`"))
}

fn show(asked: &str, places: &[Place<'_>], data: &Dataset<Ca>, desk: &mut Desk<'_>) -> Outcome {
    let ca = found(&data.rows, asked)?;
    let place = places.iter().find(|place| std::ptr::eq(place.ca, ca));
    let details = desk.wait(async |client: &Client| client.ca_details(&ca.id).await)?;
    let fresh = Place {
        ca: &details.ca,
        depth: place.map_or(0, |place| place.depth),
        children: place.map_or(0, |place| place.children),
        link: place.map_or(Link::Root, |place| place.link),
    };
    let leaves = desk.wait(async |client: &Client| Ok(client.leaf_count(&ca.id).await))?;
    if let Err(why) = &leaves {
        super::console::warn(&format!("leaf_count: {why}"));
    }
    let base = item(&fresh, desk.now(), leaves.as_ref().ok().copied());
    let (made, exit) = match &details.certificate {
        Ok(certificate) => (with_certificate(base, certificate), Exit::Done),
        Err(why) => (base, told(why)),
    };
    let sources = vec![Source::read(SOURCE, data)];
    let mut unknown = unknown(std::iter::once(&details.ca));
    if leaves.is_err() {
        unknown.push(LEAVES.to_owned());
    }
    if details.certificate.is_err() {
        unknown.push("items.subject".to_owned());
    }
    let item = |_: usize| made.clone();
    let grid = || Grid::facts(std::slice::from_ref(&made));
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources,
        total: 1,
        len: 1,
        item: &item,
        grid: &grid,
        unknown,
        gaps: None,
    })?;
    Ok(exit)
}

/// A CA that waits for its certificate has none: that is no failure.
fn told(why: &Failure) -> Exit {
    super::console::warn(&format!("the certificate is not shown: {why}"));
    if why.kind == crate::domain::FailureKind::NotFound { Exit::Done } else { Exit::of(why.kind) }
}

fn with_certificate(item: Item, certificate: &ParsedCertificate) -> Item {
    let texts = |list: &[crate::domain::Clean]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    item.text("subject", &certificate.subject)
        .text("issuer", &certificate.issuer)
        .when("not_before", &certificate.not_before)
        .when("not_after", &certificate.not_after)
        .text("key", &certificate.key)
        .text("signature", &certificate.signature)
        .text("basic_constraints", certificate.basic_constraints.as_deref().unwrap_or_default())
        .with("key_usage", texts(&certificate.key_usage))
        .with("extended_key_usage", texts(&certificate.extended_key_usage))
        .with("name_constraints", texts(&certificate.name_constraints))
        .with("policies", texts(&certificate.policies))
        .text("subject_key_id", certificate.subject_key_id.as_deref().unwrap_or_default())
        .text("authority_key_id", certificate.authority_key_id.as_deref().unwrap_or_default())
        .text("certificate_sha256", &certificate.sha256)
        .with("crl_urls", texts(&certificate.crl_urls))
        .with("ocsp_urls", texts(&certificate.ocsp_urls))
        .with("ca_urls", texts(&certificate.ca_urls))
        .with("other_extensions", texts(&certificate.other_extensions))
}
