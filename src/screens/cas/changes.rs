//! What can be done to a CA from its row.

use super::super::ChangeChoice;
use crate::domain::{
    Clean,
    ca::{
        Ca, CaRequest,
        decision::{Errand, Operation},
    },
};

/// The decision on a request; `None` for one of a type that this program does not know.
pub fn decision(request: &CaRequest, approve: bool) -> Option<Errand> {
    Some(Errand {
        operation: Operation::deciding(&request.request_type, approve)?,
        ca: request.ca.clone(),
        request: Some(request.id.clone()),
        reason: None,
        comment: Clean::default(),
    })
}

/// All changes of a CA about which `request` waits, those that cannot be done with the reason.
pub fn choices(ca: Option<&Ca>, request: Option<&CaRequest>) -> Vec<ChangeChoice> {
    let named = ca.map(|ca| &ca.name).or(request.map(|request| &request.ca_name)).cloned().unwrap_or_default();
    let decide = |label, approve| {
        let errand = match request {
            None => Err("no request waits".into()),
            Some(request) => decision(request, approve).ok_or_else(|| "its type is not known here".into()),
        };
        let errand = errand.and_then(|errand| may(errand, ca));
        let label = errand.as_ref().map_or(label, |errand| errand.operation.verb());
        ChangeChoice { label, about: named.clone(), errand }
    };
    let change = |operation: Operation| {
        let errand = match (ca, request) {
            (None, _) => Err("your key does not see the CA".into()),
            (Some(_), Some(_)) if operation.opens().is_some() => Err("a request waits already".into()),
            (Some(ca), _) => may(
                Errand { operation, ca: ca.id.clone(), request: None, reason: None, comment: Clean::default() },
                Some(ca),
            ),
        };
        ChangeChoice { label: operation.verb(), about: named.clone(), errand }
    };
    let changes =
        [Operation::RequestRevocation, Operation::RequestReinstatement, Operation::Disable, Operation::Enable];
    [decide("approve the request", true), decide("reject the request", false)]
        .into_iter()
        .chain(changes.into_iter().map(change))
        .collect()
}

/// The errand, unless the state of the CA does not allow it.
fn may(errand: Errand, ca: Option<&Ca>) -> Result<Errand, Clean> {
    match ca.and_then(|ca| errand.operation.forbidden(ca)) {
        Some(why) => Err(why),
        None => Ok(errand),
    }
}
