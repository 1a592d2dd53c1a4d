//! Changes of CAs: what is sent, once, and how the answer is read.

use serde_json::{Map, Value};

use super::{ask_about, paths::Route};
use crate::{
    client::{
        Client,
        auth::Origin,
        door::{Delivery, Order},
        json,
        refusal::Refusal,
        retry::RetryAfter,
        state::One,
        transport::Method,
    },
    domain::{
        Clean, Failure, FailureKind,
        ca::decision::{Answer, Errand, Operation, Outcome, Shape},
        digest::Digest,
    },
};

/// A change as it would be sent, without the key: for a dry run, and for the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// `PUT` or `POST`.
    pub method: Clean,
    /// Host, and port where it is not the usual one.
    pub host: Clean,
    /// The path.
    pub path: Clean,
    /// The body, JSON.
    pub body: String,
    /// The last four characters of the key; empty for a client certificate.
    pub key_hint: Clean,
}

impl Prepared {
    /// The hash of the body.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.body)
    }
}

impl Client {
    /// What [`Client::change`] would send.
    ///
    /// # Errors
    /// `Configuration` when the service or the route cannot be used; `Refused` for an id that is none.
    pub fn prepare(&self, errand: &Errand) -> Result<Prepared, Failure> {
        let one = self.state.one()?;
        let order = order(one, errand)?;
        Ok(Prepared {
            method: order.method.as_str().into(),
            host: Origin::of(&order.ask.url).place().into(),
            path: order.ask.url.path().into(),
            body: order.body,
            key_hint: one.endpoint.key.last4().into(),
        })
    }

    /// Sends a change once, on a connection of its own; it is not tried again, whatever happens.
    ///
    /// Who calls it has written down that it is about to: see [`crate::domain::ca::decision::Process`].
    pub async fn change(&self, errand: &Errand) -> Outcome {
        let order = match self.state.one().and_then(|one| order(one, errand)) {
            Ok(order) => order,
            Err(failure) => return Outcome::NotSent(failure),
        };
        match self.state.door.deliver(&order).await {
            Delivery::NotSent(failure) => Outcome::NotSent(failure),
            Delivery::Lost(failure) => Outcome::Lost(failure),
            Delivery::Answered { status, kind, bytes, said } => {
                let shape = shape(status, &kind, &bytes, errand);
                let listed = order.ask.ok.contains(&status);
                Outcome::Answered(Answer { status, listed, shape, said: said.unwrap_or_default() })
            }
        }
    }
}

fn order<'a>(one: &'a One, errand: &Errand) -> Result<Order<'a>, Failure> {
    let route = Route::of(errand.operation);
    let template = one.paths.of(route);
    let request = errand.request.as_ref().map_or("", |request| request.as_str());
    if errand.operation.decides().is_some() && request.is_empty() {
        return Err(Failure::new(FailureKind::Refused, "there is no request to decide"));
    }
    // `ask` joins the path; an id that is empty or a path is refused there.
    let ids = (errand.ca.as_str(), request);
    let ask = ask_about(one, errand.operation.verb(), route, ids, &[])?;
    let method = match template.method.as_ref() {
        "PUT" => Method::PUT,
        "POST" => Method::POST,
        other => {
            return Err(Failure::new(
                FailureKind::Configuration,
                format!("{other} changes nothing: correct one.paths"),
            ));
        }
    };
    Ok(Order { ask, method, body: body(errand) })
}

/// Comment, reason and state, as far as the operation has them. Which of them a service reads is not public, and
/// members that it does not know do not matter to it (contract, `additionalProperties`).
fn body(errand: &Errand) -> String {
    let mut members = Map::new();
    if !errand.comment.is_empty() {
        members.insert("comment".into(), errand.comment.as_str().into());
    }
    if let Some(reason) = errand.reason.as_ref().filter(|_| errand.operation == Operation::RequestRevocation) {
        members.insert("revocation_reason".into(), reason.as_str().into());
    }
    // Some of the forms that the path may have leave the verb to the body.
    let status = match errand.operation {
        Operation::ApproveRevocation | Operation::ApproveReinstatement => "approved",
        Operation::RejectRevocation | Operation::RejectReinstatement => "rejected",
        Operation::Disable => "disabled",
        Operation::Enable => "active",
        Operation::RequestRevocation | Operation::RequestReinstatement => "",
    };
    if !status.is_empty() {
        members.insert("status".into(), status.into());
    }
    Value::Object(members).to_string()
}

fn shape(status: u16, kind: &str, bytes: &[u8], errand: &Errand) -> Shape {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Shape::Empty;
    }
    if kind.contains("html") || kind.starts_with("encoded") {
        return Shape::Other;
    }
    let Some(Value::Object(members)) = json::text(bytes).ok().and_then(|text| serde_json::from_str(text).ok()) else {
        return Shape::Other;
    };
    if status >= 400 {
        let refusal = Refusal::read(status, RetryAfter::Unsaid, bytes);
        return if refusal.problems.is_empty() { Shape::Other } else { Shape::Error };
    }
    let id = members.get("id").and_then(Value::as_str).unwrap_or_default();
    let own = match errand.operation.opens() {
        // The id of a request that was just made is any.
        Some(_) => !id.is_empty(),
        None => errand.request.as_ref().map_or(errand.ca.as_str(), |request| request.as_str()) == id,
    };
    if own { Shape::Record } else { Shape::Other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ca::RevocationReason,
        ids::{CaId, RequestId},
    };

    fn errand(operation: Operation) -> Errand {
        Errand {
            operation,
            ca: CaId::new("ca-1"),
            request: operation.decides().map(|_| RequestId::new("RR-1")),
            reason: Some(RevocationReason::Superseded),
            comment: "checked".into(),
        }
    }

    #[test]
    fn a_body_says_what_is_done() {
        let of = |operation| body(&errand(operation));
        assert_eq!(of(Operation::ApproveRevocation), r#"{"comment":"checked","status":"approved"}"#);
        assert_eq!(of(Operation::RejectReinstatement), r#"{"comment":"checked","status":"rejected"}"#);
        assert_eq!(of(Operation::RequestRevocation), r#"{"comment":"checked","revocation_reason":"superseded"}"#);
        assert_eq!(of(Operation::RequestReinstatement), r#"{"comment":"checked"}"#);
        assert_eq!(of(Operation::Disable), r#"{"comment":"checked","status":"disabled"}"#);
    }

    #[test]
    fn d06_d07_a_record_is_that_of_the_thing_and_an_error_one_of_digicert() {
        let of = |status, body: &str| {
            shape(status, "application/json", body.as_bytes(), &errand(Operation::ApproveRevocation))
        };
        assert_eq!(of(200, r#"{"id":"RR-1","status":"approved"}"#), Shape::Record);
        assert_eq!(of(200, r#"{"id":"RR-2"}"#), Shape::Other, "of another request");
        assert_eq!(of(200, " \n"), Shape::Empty);
        for other in ["<html>", "OK", "[]", "{", r#"{"id":"RR-1","id":"RR-1"}"#, "null"] {
            assert_eq!(of(200, other), Shape::Other, "{other}");
            assert_eq!(of(409, other), Shape::Other, "{other}");
        }
        assert_eq!(of(409, r#"{"errors":[{"code":"invalid_state","message":"No."}]}"#), Shape::Error);
        assert_eq!(of(404, r#"{"error":{"status":"resource_not_found","message":"No."}}"#), Shape::Error);
        assert_eq!(of(409, r#"{"message":"No.","code":4090}"#), Shape::Error);
        assert_eq!(of(409, r#"{"hello":"there"}"#), Shape::Other);
        assert_eq!(shape(200, "text/html", b"{\"id\":\"RR-1\"}", &errand(Operation::Disable)), Shape::Other);
        let made = shape(201, "", b"{\"id\":\"RR-9\"}", &errand(Operation::RequestRevocation));
        assert_eq!(made, Shape::Record);
        assert_eq!(shape(200, "", b"{\"id\":\"ca-1\"}", &errand(Operation::Disable)), Shape::Record);
    }
}
