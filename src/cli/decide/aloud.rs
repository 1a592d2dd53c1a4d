//! What a review says, sentence by sentence, for who listens to it.

use super::{super::talk::Talk, grounds::Grounds};
use crate::{
    domain::{
        Clean, When,
        ca::{
            CaRequest,
            checks::{Check, Mark},
            decision::Operation,
            impact::{Impact, WayBack},
        },
        when::age,
    },
    present::{Look, moment},
};

/// Names that are read out.
const NAMED: usize = 6;

/// The request and the CA.
pub fn subject(talk: &mut dyn Talk, grounds: &Grounds, look: &Look) {
    let snapshot = &grounds.shown.snapshot;
    if let Some(request) = &snapshot.request {
        let asked = moment::full(&request.requested, look);
        talk.say(&format!("Request {}, {}, asked by {}, {asked}.", request.id, request.request_type, asker(request)));
        let reason = request.reason.as_ref().map_or_else(|| "not told".to_owned(), ToString::to_string);
        talk.say(&format!("Reason: {reason}."));
        talk.say(&format!("Comment: \"{}\".", request.comment));
    }
    if let Some(reason) = &grounds.errand.reason {
        talk.say(&format!("Reason: {reason}."));
    }
    let ca = &snapshot.ca;
    talk.say(&format!("CA: {}. Id {}, {}, {}.", ca.name, ca.id, ca.status, ca.hosted_type));
    if ca.name.is_marked() {
        talk.say("Its name holds hidden characters, which are written out.");
    }
    if let Some(serial) = &ca.serial {
        talk.say(&format!("Serial number {}.", serial.grouped()));
    }
    talk.say(&format!("It ends {}.", moment::full(&ca.valid_to, look)));
}

/// What it touches.
pub fn touched(talk: &mut dyn Talk, grounds: &Grounds, impact: &Impact, look: &Look) {
    let head = match grounds.errand.operation {
        Operation::ApproveRevocation => "If you approve, clients stop trusting",
        Operation::RequestRevocation => "If it is approved, clients stop trusting",
        Operation::Disable => "If you disable it, it issues nothing. It touches",
        _ => "It touches",
    };
    let names = impact.below.iter().take(NAMED).map(|id| grounds.names.get(id).map_or(id.as_str(), Clean::as_str));
    let names: Vec<&str> = names.collect();
    let more = impact.below.len().saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let below = if names.is_empty() { String::new() } else { format!(": {}{more}", names.join(", ")) };
    talk.say(&format!("{head}:"));
    talk.say(&format!("CAs below it: {}{below}.", impact.below.len()));
    talk.say(&format!("Unexpired certificates: {}.", impact.unexpired));
    let latest =
        impact.latest.seconds_from(look.now).map_or_else(String::new, |s| format!(", the latest {} ago", age(-s)));
    talk.say(&format!("Issued in the last 7 days: {}{latest}.", impact.issued_7d));
    talk.say(&match impact.templates_missing {
        0 => format!("Templates bound to it: {}.", impact.templates.len()),
        missing => format!("Templates bound to it: at least {}, not known for {missing} CAs.", impact.templates.len()),
    });
    talk.say(&match &impact.open_requests {
        None => "Other open requests: not known.".to_owned(),
        Some(open) => format!("Other open requests: {}.", open.len()),
    });
    match grounds.errand.operation {
        Operation::Disable | Operation::Enable => {}
        _ if impact.next_crl == When::Never => talk.say("When clients see it is not known; OCSP may be sooner."),
        _ => talk.say(&format!(
            "Clients see it with the next CRL, {}; OCSP may be sooner.",
            moment::full(&impact.next_crl, look)
        )),
    }
    let back = match grounds.errand.operation {
        Operation::ApproveRevocation | Operation::RejectRevocation => impact.way_back.sentence(),
        Operation::RequestRevocation => WayBack::of(grounds.errand.reason.as_ref()).sentence(),
        Operation::Disable => "enable the CA",
        Operation::Enable => "disable the CA",
        _ => "a new revocation request",
    };
    talk.say(&format!("Way back: {back}."));
    for gap in &impact.gaps {
        talk.say(&format!("Not known: {gap}."));
    }
}

/// The checks, with their numbers.
pub fn checks(talk: &mut dyn Talk, checks: &[Check]) {
    for (number, check) in (1..).zip(checks) {
        let word = match check.mark {
            Mark::Pass => "passed",
            Mark::Warn => "warning",
            Mark::Fail => "not met yet",
        };
        talk.say(&format!("Check {number}, {word}: {}.", check.text));
    }
}

/// Who made a request, by name if it is told.
pub fn asker(request: &CaRequest) -> String {
    if request.requested_by_name.is_empty() {
        request.requested_by.as_ref().map_or_else(|| "somebody who is not known".to_owned(), ToString::to_string)
    } else {
        request.requested_by_name.to_string()
    }
}
