//! Changes of reports: what is sent, once, and how the answer is read (contract `report-library.openapi.yaml`).

use serde_json::Value;

use super::ask;
use crate::{
    client::{
        Client, Prepared,
        auth::Origin,
        door::{Delivery, Order},
        endpoint::Endpoint,
        json,
        refusal::Refusal,
        retry::RetryAfter,
        transport::Method,
    },
    domain::{
        Clean, Failure,
        ca::decision::{Answer, Outcome, Shape},
        ids::ReportId,
        report::{Complaint, change::Change, rules},
    },
};

/// What came of sending a change of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportAnswer {
    /// How the exchange ended.
    pub outcome: Outcome,
    /// What a refusal is about, field by field.
    pub complaints: Vec<Complaint>,
    /// The report that was made, as the answer names it.
    pub made: Option<ReportId>,
}

impl Client {
    /// What [`Client::change_report`] would send.
    ///
    /// # Errors
    /// `Configuration` when CertCentral cannot be used; `Refused` for an id that is none.
    pub fn prepare_report(&self, change: &Change) -> Result<Prepared, Failure> {
        let endpoint = &self.state.certcentral()?.reports;
        let order = order(endpoint, change)?;
        Ok(Prepared {
            method: order.method.as_str().into(),
            host: Origin::of(&order.ask.url).place().into(),
            path: order.ask.url.path().into(),
            body: order.body,
            key_hint: endpoint.key.last4().into(),
        })
    }

    /// Sends a change once, on a connection of its own; it is not tried again, whatever happens.
    ///
    /// Who calls it has written down that it is about to.
    pub async fn change_report(&self, change: &Change) -> ReportAnswer {
        let none = |outcome| ReportAnswer { outcome, complaints: Vec::new(), made: None };
        let order = match self.state.certcentral().and_then(|certcentral| order(&certcentral.reports, change)) {
            Ok(order) => order,
            Err(failure) => return none(Outcome::NotSent(failure)),
        };
        match self.state.door.deliver(&order).await {
            Delivery::NotSent(failure) => none(Outcome::NotSent(failure)),
            Delivery::Lost(failure) => none(Outcome::Lost(failure)),
            Delivery::Answered { status, kind, bytes, said } => {
                let (shape, made) = shape(status, &kind, &bytes, change);
                let refusal = Refusal::read(status, RetryAfter::Unsaid, &bytes);
                let complaint = |problem: &crate::client::refusal::Problem| {
                    let found = rules::refused(&problem.code, &problem.message, change.definition()?);
                    Some(Complaint { text: order.ask.key.redacted(&found.text), ..found })
                };
                // What is wrong with the request as such; a key that may not is no fault of a field.
                let complaints =
                    if status == 400 { refusal.problems.iter().filter_map(complaint).collect() } else { Vec::new() };
                let listed = order.ask.ok.contains(&status);
                let said = said.unwrap_or_default();
                ReportAnswer { outcome: Outcome::Answered(Answer { status, listed, shape, said }), complaints, made }
            }
        }
    }
}

fn order<'a>(endpoint: &'a Endpoint, change: &Change) -> Result<Order<'a>, Failure> {
    let id = change.report().map_or("", ReportId::as_str);
    let (method, segments, ok): (Method, Vec<&str>, &'static [u16]) = match change {
        Change::Create(_) => (Method::POST, vec!["report"], &[201, 200]),
        Change::Edit { .. } => (Method::PUT, vec!["report", id], &[204, 200]),
        Change::Run { .. } => (Method::POST, vec!["report", id, "run"], &[200, 201]),
        Change::Delete { .. } => (Method::DELETE, vec!["report", id], &[204, 200]),
    };
    let language = change.definition().and_then(|definition| definition.language);
    let query: Vec<_> = language.map(|number| ("language_id", number.to_string())).into_iter().collect();
    // An id that is empty or a path is refused there.
    let ask = crate::client::door::Ask { ok, ..ask(endpoint, change.verb(), &segments, &query)? };
    Ok(Order { ask, method, body: change.body() })
}

/// The kind of a body, and the report that it says was made.
fn shape(status: u16, kind: &str, bytes: &[u8], change: &Change) -> (Shape, Option<ReportId>) {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return (Shape::Empty, None);
    }
    if kind.contains("html") || kind.starts_with("encoded") {
        return (Shape::Other, None);
    }
    let Some(Value::Object(members)) = json::text(bytes).ok().and_then(|text| serde_json::from_str(text).ok()) else {
        return (Shape::Other, None);
    };
    let problems = Refusal::read(status, RetryAfter::Unsaid, bytes).problems;
    if status >= 400 {
        return (if problems.is_empty() { Shape::Other } else { Shape::Error }, None);
    }
    match change {
        Change::Create(_) => {
            let id = members.get("report_identifier").and_then(Value::as_str).unwrap_or_default();
            let made = (!id.is_empty()).then(|| ReportId::from(Clean::new(id)));
            (if made.is_some() { Shape::Record } else { Shape::Other }, made)
        }
        // The contents are unknown (contract, `RunReportResult`); an error is none of them.
        Change::Edit { .. } | Change::Run { .. } | Change::Delete { .. } => (
            if members.contains_key("errors") || members.contains_key("code") { Shape::Other } else { Shape::Record },
            None,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d06_d07_an_answer_counts_as_a_yes_only_in_the_form_of_the_contract() {
        let create = Change::Create(Box::default());
        let run = Change::Run { report: ReportId::new("r-1"), name: "a".into() };
        let of = |change: &Change, status, body: &str| shape(status, "application/json", body.as_bytes(), change).0;
        assert_eq!(of(&create, 201, r#"{"report_identifier":"r-9","message":"x"}"#), Shape::Record);
        for other in ["{}", r#"{"report_identifier":7}"#, "[]", "OK", "<html>", r#"{"a":1,"a":1}"#] {
            assert_eq!(of(&create, 201, other), Shape::Other, "{other}");
        }
        assert_eq!(of(&run, 200, "{}"), Shape::Record);
        assert_eq!(of(&run, 200, r#"{"code":"internal_error"}"#), Shape::Other);
        assert_eq!(of(&run, 204, " "), Shape::Empty);
        assert_eq!(of(&create, 400, r#"{"code":"invalid_date","message":"No."}"#), Shape::Error);
        assert_eq!(of(&create, 400, r#"{"hello":1}"#), Shape::Other);
        assert_eq!(shape(200, "text/html", b"{}", &run).0, Shape::Other);
    }
}
