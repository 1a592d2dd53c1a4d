//! Error answers in all the shapes they are known in (contract `behaviour.md`, "Errors"), made one.

use std::{fmt, time::Duration};

use serde_json::Value;

use super::{error::line, retry::RetryAfter, transport::Service};
use crate::domain::{Failure, FailureKind};

/// One problem that a service names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problem {
    /// Machine word or number; may hold a `|` or `:` and a detail.
    pub code: String,
    /// Human text.
    pub message: String,
    /// The input it is about.
    pub field: String,
}

/// An answer of 4xx or 5xx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status; it counts, whatever the body says.
    pub status: u16,
    /// What the service says.
    pub problems: Vec<Problem>,
    /// How long it asks to wait.
    pub retry_after: RetryAfter,
}

impl Refusal {
    /// Reads an error answer. `body` may be cut, empty, HTML or text.
    pub fn read(status: u16, retry_after: RetryAfter, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        let problems = match serde_json::from_str::<Value>(text) {
            Ok(value) => problems(&value),
            Err(_) if text.is_empty() => Vec::new(),
            Err(_) if text.starts_with('<') => said("an HTML page came in place of an error"),
            Err(_) => said(text.lines().next().unwrap_or_default()),
        };
        Self { status, problems, retry_after }
    }

    /// True when a second try may fare better; what asks for too long a wait is left to the user.
    pub const fn is_passing(&self) -> bool {
        matches!(self.status, 429 | 500 | 502 | 503 | 504) && !matches!(self.retry_after, RetryAfter::TooLong(_))
    }

    fn has_code(&self, words: &[&str]) -> bool {
        self.problems.iter().any(|problem| words.iter().any(|word| problem.code.contains(word)))
    }

    /// What it comes to.
    pub fn kind(&self) -> FailureKind {
        // CertCentral answers 403 to a wrong key; only the code tells it from a missing right.
        if self.has_code(&["invalid_key", "invalid_api_key", "user_authentication_error"]) {
            return FailureKind::NotAuthenticated;
        }
        match self.status {
            401 => FailureKind::NotAuthenticated,
            403 => FailureKind::NotPermitted,
            404 | 405 | 410 => FailureKind::NotFound,
            429 => FailureKind::RateLimited,
            500.. => FailureKind::Service,
            _ => FailureKind::Refused,
        }
    }

    /// What the user is told when `what` was refused.
    pub fn failure(&self, what: &str, service: Service) -> Failure {
        let label = service.label();
        let kind = self.kind();
        let asked = self.retry_after.asked();
        let (why, hint) = match kind {
            FailureKind::NotAuthenticated => (
                format!("{label} does not accept the key"),
                "check which key this context uses: a key belongs to one product, account and environment".to_owned(),
            ),
            FailureKind::NotPermitted => {
                ("the key may not do this".to_owned(), "ask an administrator for the permission".to_owned())
            }
            FailureKind::NotFound => {
                ("there is no such thing here".to_owned(), "check the id and the address".to_owned())
            }
            FailureKind::RateLimited => (format!("{label} asks to slow down"), again(asked)),
            FailureKind::Service if self.status == 503 => {
                (format!("{label} is not available, perhaps for maintenance"), again(asked))
            }
            FailureKind::Service => (format!("{label} failed on its side"), again(asked)),
            _ => ("the service refused the request".to_owned(), "see the reason and change the request".to_owned()),
        };
        let mut failure = Failure::new(kind, line(&format!("{what}: {why} ({self})"))).hint(hint);
        failure.retry_after = asked;
        let said: Vec<String> = self.problems.iter().map(Problem::sentence).filter(|text| !text.is_empty()).collect();
        if !said.is_empty() {
            failure.detail = Some(line(&said.join("; ")));
        }
        failure
    }
}

impl Refusal {
    /// As [`Refusal::failure`], for who came with a client certificate in place of a key.
    pub fn failure_of_certificate(&self, what: &str, service: Service) -> Failure {
        let failure = self.failure(what, service);
        if failure.kind != FailureKind::NotAuthenticated {
            return failure;
        }
        let title = format!("{what}: {} does not accept the client certificate ({self})", service.label());
        Failure { title: line(&title), ..failure }
            .hint("certificates are taken on hosts that begin with `clientauth.`: check the host, then the user")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        match self.problems.iter().find(|problem| !problem.code.is_empty()) {
            Some(problem) => write!(f, " {}", problem.code),
            None => Ok(()),
        }
    }
}

impl Problem {
    fn sentence(&self) -> String {
        match (self.field.as_str(), self.message.as_str()) {
            ("", message) => message.to_owned(),
            (field, "") => field.to_owned(),
            (field, message) => format!("{field}: {message}"),
        }
    }
}

fn again(asked: Option<Duration>) -> String {
    asked.map_or_else(
        || "wait a little, then try again".to_owned(),
        |wait| format!("the service asks to wait {} s; then try again", wait.as_secs()),
    )
}

fn said(message: &str) -> Vec<Problem> {
    vec![Problem { message: message.to_owned(), ..Problem::default() }]
}

/// `{"errors": [..] or {..}}`, `{"error": {..} or ".."}`, `{"code", "message"}`, `[..]`, `".."`.
fn problems(value: &Value) -> Vec<Problem> {
    match value {
        Value::String(text) => said(text),
        Value::Array(items) => items.iter().flat_map(problems).take(20).collect(),
        Value::Object(members) => {
            let inner: Vec<Problem> = ["errors", "error"]
                .iter()
                .filter_map(|name| members.get(*name))
                .filter(|inner| inner.is_array() || inner.is_object())
                .flat_map(problems)
                .collect();
            if !inner.is_empty() {
                return inner;
            }
            let text = |name: &str| match members.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            };
            let first = |names: &[&str]| names.iter().map(|name| text(name)).find(|text| !text.is_empty());
            let framework = members.get("error").is_some_and(Value::is_string);
            // In the framework's form `status` repeats a number that may contradict HTTP.
            let code = if framework { text("code") } else { first(&["code", "status"]).unwrap_or_default() };
            let message = first(&["message", "error", "detail", "error_description"]).unwrap_or_default();
            let problem = Problem { code, message, field: text("field") };
            if problem == Problem::default() { Vec::new() } else { vec![problem] }
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Refusal {
        Refusal::read(status, RetryAfter::Unsaid, body.as_bytes())
    }

    #[test]
    fn j09_every_error_shape_gives_one_view() {
        let cases = [
            (r#"{"errors":[{"code":"access_denied","message":"No."}]}"#, "access_denied", "No."),
            (r#"{"errors":{"code":"access_denied","message":"No."}}"#, "access_denied", "No."),
            (r#"{"error":{"code":"access_denied","message":"No."}}"#, "access_denied", "No."),
            (r#"{"error":{"status":"access_denied","message":"No."}}"#, "access_denied", "No."),
            (r#"{"status":"500","error":"No.","path":"/x"}"#, "", "No."),
            (r#"{"message":"No.","code":4711}"#, "4711", "No."),
            (r#"{"error":{},"errors":[{"code":"access_denied","message":"No."}]}"#, "access_denied", "No."),
            (r#"{"error":{},"errors":[],"message":"No."}"#, "", "No."),
            (r#""No.""#, "", "No."),
            ("No.", "", "No."),
        ];
        for (body, code, message) in cases {
            let refusal = read(403, body);
            let problem = refusal.problems.first().cloned().unwrap_or_default();
            assert_eq!((problem.code.as_str(), problem.message.as_str()), (code, message), "{body}");
            let failure = refusal.failure("CA list", Service::One);
            assert_eq!(failure.kind, FailureKind::NotPermitted);
            assert_eq!(failure.detail.as_deref(), Some(message));
        }
        assert_eq!(read(500, "").problems, []);
        assert!(read(502, "<html>gateway</html>").problems[0].message.contains("HTML"));
    }

    #[test]
    fn c02_a_wrong_key_is_told_from_a_missing_right() {
        let kind = |status, body| read(status, body).failure("x", Service::CertCentral).kind;
        let wrong = r#"{"errors":[{"code":"access_denied|access_denied_invalid_key"}]}"#;
        assert_eq!(kind(403, wrong), FailureKind::NotAuthenticated);
        let right = r#"{"errors":[{"code":"access_denied|missing_permission"}]}"#;
        assert_eq!(kind(403, right), FailureKind::NotPermitted);
        assert_eq!(kind(401, ""), FailureKind::NotAuthenticated);
        assert_eq!(kind(400, r#"{"code":"user_authentication_error"}"#), FailureKind::NotAuthenticated);
        assert_eq!(kind(400, r#"{"code":"missing_mandatory_field: x"}"#), FailureKind::Refused);
        assert_eq!(kind(404, ""), FailureKind::NotFound);
        assert_eq!(kind(503, ""), FailureKind::Service);
    }

    #[test]
    fn t18_escapes_in_an_error_come_out_visible() {
        let failure = read(400, "{\"message\":\"\\u001b[2Jgone\",\"code\":\"\\u202ex\"}").failure("x", Service::One);
        assert_eq!(failure.detail.as_deref(), Some("^[[2Jgone"));
        assert!(!failure.to_string().contains(['\x1b', '\u{202e}']), "{failure}");
    }
}
