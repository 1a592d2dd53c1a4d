//! What was shown when somebody decided, in a form that has a hash.

use std::collections::BTreeMap;

use crate::domain::{
    Clean,
    ca::{Ca, CaRequest},
    digest::Digest,
};

/// The request, its CA and what stands below it, as they were read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// The request that is decided; `None` for what decides none.
    pub request: Option<CaRequest>,
    /// The CA.
    pub ca: Ca,
    /// CAs that name it as their issuer; `None` when they could not be counted.
    pub children: Option<u64>,
}

/// A member that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name, `request.comment`.
    pub member: Clean,
    /// What was shown; empty for nothing.
    pub was: Clean,
    /// What is read now; empty for nothing.
    pub is: Clean,
}

impl Snapshot {
    /// One JSON object of texts, its members in the order of their names, without blanks (as RFC 8785 has it for such
    /// an object). A text whose raw form held hidden characters has a member `….hidden` beside it, since those are
    /// written out and another text could look the same.
    pub fn canonical(&self) -> String {
        serde_json::to_string(&self.members()).unwrap_or_default()
    }

    /// SHA-256 of [`Snapshot::canonical`].
    pub fn digest(&self) -> Digest {
        Digest::of(&self.canonical())
    }

    /// What differs from an earlier one, given as its canonical text; a text that is none differs in everything.
    pub fn differences(&self, before: &str) -> Vec<Difference> {
        let was: BTreeMap<String, String> = serde_json::from_str(before).unwrap_or_default();
        let is = self.members();
        let mut names: Vec<&str> = was.keys().map(String::as_str).chain(is.keys().copied()).collect();
        names.sort_unstable();
        names.dedup();
        let value = |found: Option<&String>| Clean::new(found.map(String::as_str).unwrap_or_default());
        let pairs = names.into_iter().filter(|name| was.get(*name) != is.get(*name));
        pairs
            .map(|name| Difference { member: name.into(), was: value(was.get(name)), is: value(is.get(name)) })
            .collect()
    }

    fn members(&self) -> BTreeMap<&'static str, String> {
        let mut out = Members::default();
        let ca = &self.ca;
        out.text("ca.id", "ca.id.hidden", ca.id.text());
        out.text("ca.name", "ca.name.hidden", &ca.name);
        out.put("ca.status", ca.status.as_str());
        out.put("ca.cert_type", ca.cert_type.as_str());
        out.put("ca.hosted_type", ca.hosted_type.as_str());
        out.put("ca.issuer", ca.issuer.as_ref().map_or("", |issuer| issuer.as_str()));
        out.put("ca.serial", ca.serial.as_ref().map_or("", |serial| serial.digits()));
        out.put("ca.sha256", &ca.sha256);
        out.put("ca.valid_from", &moment(&ca.valid_from));
        out.put("ca.valid_to", &moment(&ca.valid_to));
        out.put("ca.is_revoked", ca.is_revoked.map_or("", |revoked| if revoked { "true" } else { "false" }));
        out.put("ca.revoked_date", &moment(&ca.revoked_date));
        out.put("ca.revoked_reason", ca.revoked_reason.as_ref().map_or("", |reason| reason.as_str()));
        out.put("ca.pending_request", ca.pending_request.as_ref().map_or("", |request| request.as_str()));
        out.put("ca.children", &self.children.map(|count| count.to_string()).unwrap_or_default());
        if let Some(request) = &self.request {
            out.text("request.id", "request.id.hidden", request.id.text());
            out.put("request.type", request.request_type.as_str());
            out.put("request.status", request.status.as_str());
            out.put("request.ca", request.ca.as_str());
            out.put("request.reason", request.reason.as_ref().map_or("", |reason| reason.as_str()));
            out.text("request.comment", "request.comment.hidden", &request.comment);
            out.put("request.requested_by", request.requested_by.as_ref().map_or("", |by| by.as_str()));
            out.put("request.requested", &moment(&request.requested));
            out.put("request.reviewed_by", request.reviewed_by.as_ref().map_or("", |by| by.as_str()));
            out.put("request.reviewed", &moment(&request.reviewed));
        }
        out.0
    }
}

/// Members that say something.
#[derive(Default)]
struct Members(BTreeMap<&'static str, String>);

impl Members {
    fn put(&mut self, name: &'static str, value: &str) {
        if !value.is_empty() {
            self.0.insert(name, value.to_owned());
        }
    }

    fn text(&mut self, name: &'static str, hidden: &'static str, value: &Clean) {
        self.put(name, value);
        self.put(hidden, if value.is_marked() { "true" } else { "" });
    }
}

fn moment(when: &crate::domain::When) -> String {
    match when {
        crate::domain::When::At(at) => at.to_string(),
        crate::domain::When::Odd(text) => text.to_string(),
        crate::domain::When::Never => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        When,
        ca::{CaStatus, RevocationReason},
        ids::{CaId, RequestId, UserId},
    };

    fn shown() -> Snapshot {
        let request = CaRequest {
            id: RequestId::new("RR-1"),
            comment: "retired".into(),
            requested_by: Some(UserId::new("u2")),
            requested: When::parse("2026-11-20T19:04:11Z"),
            reason: Some(RevocationReason::Superseded),
            ..CaRequest::default()
        };
        let ca = Ca { id: CaId::new("a"), name: "Issuing 1".into(), status: CaStatus::Active, ..Ca::default() };
        Snapshot { request: Some(request), ca, children: Some(3) }
    }

    #[test]
    fn the_same_is_the_same_text_and_hash() {
        let text = concat!(
            r#"{"ca.children":"3","ca.id":"a","ca.name":"Issuing 1","ca.status":"active","request.comment":"retired","#,
            r#""request.id":"RR-1","request.reason":"superseded","request.requested":"2026-11-20T19:04:11Z","#,
            r#""request.requested_by":"u2"}"#,
        );
        assert_eq!(shown().canonical(), text);
        assert_eq!(shown().digest(), shown().digest());
        assert_eq!(shown().differences(text), []);
    }

    #[test]
    fn d12_each_change_is_named_with_what_was_and_what_is() {
        let before = shown().canonical();
        let change = |edit: &dyn Fn(&mut Snapshot)| {
            let mut now = shown();
            edit(&mut now);
            assert_ne!(now.digest(), shown().digest());
            let found = now.differences(&before);
            found.into_iter().map(|d| format!("{}: {} -> {}", d.member, d.was, d.is)).collect::<Vec<_>>()
        };
        let request = |edit: fn(&mut CaRequest)| move |now: &mut Snapshot| now.request.iter_mut().for_each(edit);
        assert_eq!(change(&|now| now.children = Some(4)), ["ca.children: 3 -> 4"]);
        assert_eq!(change(&|now| now.children = None), ["ca.children: 3 -> "]);
        assert_eq!(change(&|now| now.ca.id = CaId::new("b")), ["ca.id: a -> b"]);
        let comment = change(&request(|request| request.comment = "re\u{200b}tired".into()));
        assert_eq!(comment, ["request.comment: retired -> re<U+200B>tired", "request.comment.hidden:  -> true"]);
        let reason = change(&request(|request| request.reason = Some(RevocationReason::KeyCompromise)));
        assert_eq!(reason, ["request.reason: superseded -> key_compromise"]);
    }

    #[test]
    fn what_is_written_out_is_not_what_only_looks_so() {
        let named = |name: &str| Snapshot { ca: Ca { name: name.into(), ..Ca::default() }, ..Snapshot::default() };
        assert_ne!(named("a\u{202e}b").digest(), named("a<U+202E>b").digest());
    }
}
