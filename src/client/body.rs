//! Bodies, read piece by piece up to a limit; what comes is never trusted to be as long as announced.

use std::time::Duration;

use futures_util::StreamExt as _;

use super::{
    error::{ClientError, TransportError},
    json::offset,
    limits,
    transport::{Bytes, Chunks, HeaderMap, Response, header},
};

/// The text of a header line; `None` when absent or not readable.
pub fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Refuses more header lines than any service sends.
pub fn check_headers(headers: &HeaderMap) -> Result<(), TransportError> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers.len() > limits::HEADERS || bytes > limits::HEADER_BYTES { Err(TransportError::Headers) } else { Ok(()) }
}

/// Refuses compression that was not offered, and HTML.
pub fn check_kind(headers: &HeaderMap) -> Result<(), ClientError> {
    if let Some(encoding) = header_text(headers, header::CONTENT_ENCODING)
        && !encoding.eq_ignore_ascii_case("identity")
    {
        return Err(ClientError::Encoding(encoding.to_owned()));
    }
    let kind = content_type(headers);
    if kind.contains("html") { Err(ClientError::NotDigiCert { kind }) } else { Ok(()) }
}

/// The media type without parameters, in lower case.
pub fn content_type(headers: &HeaderMap) -> String {
    let raw = header_text(headers, header::CONTENT_TYPE).unwrap_or_default();
    raw.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Refuses a body that does not start like JSON, whatever its header says; a JSON header lets a broken body through to
/// the decoder, which names what is wrong with it.
pub fn check_json(headers: &HeaderMap, first: &[u8]) -> Result<(), ClientError> {
    let kind = content_type(headers);
    let start = first.iter().copied().find(|b| !b.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(b));
    match start {
        Some(b'<') => Err(ClientError::NotDigiCert { kind: "HTML in place of JSON".to_owned() }),
        Some(b'{' | b'[') | None => Ok(()),
        Some(_) if kind.contains("json") || kind.is_empty() => Ok(()),
        Some(_) => Err(ClientError::NotDigiCert { kind }),
    }
}

/// A body with its limits.
pub struct Body {
    chunks: Chunks,
    idle: Duration,
    left: u64,
    limit: u64,
}

impl Body {
    /// Takes over the body of an answer.
    pub fn new(response: Response, idle: Duration, limit: u64) -> Self {
        Self { chunks: response.body, idle, left: limit, limit }
    }

    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        let silent = TransportError::Idle { seconds: self.idle.as_secs_f64() };
        let Some(chunk) = tokio::time::timeout(self.idle, self.chunks.next()).await.map_err(|_| silent)? else {
            return Ok(None);
        };
        let chunk = chunk?;
        self.left = self.left.checked_sub(offset(chunk.len())).ok_or(ClientError::TooLarge(self.limit))?;
        Ok(Some(chunk))
    }

    /// The whole body, or an error beyond the limit.
    pub async fn whole(mut self) -> Result<Vec<u8>, ClientError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// What comes until the limit, an end or an error: enough for an error text.
    pub async fn start(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Ok(Some(chunk)) = self.next().await {
            bytes.extend_from_slice(&chunk);
        }
        bytes
    }
}
