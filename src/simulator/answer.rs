//! One request and one answer, apart from any socket: what the services are made of.

use serde_json::{Value, json};

/// A request as a service reads it.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Common name of the client's certificate, when the handshake asked for one.
    pub(super) subject: Option<String>,
}

impl Ask {
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as JSON, or the reason why it is not.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A whole number in the query: absent, a number, or something else.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, ()> {
        self.query(name).map(|text| text.parse::<u64>().map_err(|_| ())).transpose()
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The body of an answer.
pub(super) enum Body {
    Empty,
    Bytes(Vec<u8>),
    /// Made while it is sent: lists without pages, large reports.
    Chunks(Box<dyn Iterator<Item = Vec<u8>> + Send>),
}

/// An answer of a service.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
}

pub(super) const JSON: &str = "application/json";

impl Answer {
    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self::text(status, JSON, value.to_string())
    }

    pub(super) fn text(status: u16, media_type: &str, text: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type", media_type.to_owned())], body: Body::Bytes(text.into()) }
    }

    pub(super) fn chunks(media_type: &str, chunks: impl Iterator<Item = Vec<u8>> + Send + 'static) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", media_type.to_owned())],
            body: Body::Chunks(Box::new(chunks)),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// `{"errors":[{code,message}]}`, the shape of the services interface and of partner subscriptions.
pub(super) fn errors(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"errors": [{"code": code, "message": message}]}))
}

/// `{code,message}`, the report library's own shape.
pub(super) fn flat(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"code": code, "message": message}))
}

/// One of the six error shapes of the authority service, numbered as in the contract's behaviour notes.
pub(super) fn shaped(shape: u8, status: u16, code: &str, message: &str, path: &str) -> Answer {
    match shape {
        2 => Answer::json(status, &json!({"error": {"code": code, "message": message}})),
        3 => Answer::json(status, &json!({"error": {"status": code, "message": message}})),
        4 => Answer::json(status, &json!({"status": status.to_string(), "error": reason(status), "path": path})),
        5 => Answer::json(status, &json!({"message": message, "code": u32::from(status) * 10})),
        6 => Answer::empty(status),
        _ => errors(status, code, message),
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        429 => "Too Many Requests",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

/// A text that a service leaves out when it has none.
pub(super) fn put(record: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = record.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

/// The text of a member, empty when it is absent or no text.
pub(super) fn text<'a>(record: &'a Value, name: &str) -> &'a str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}
