//! Answers that go wrong, each as its fault says.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body as HttpBody, Bytes};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{Answer, Ask, Body, JSON, put, shaped};
use super::bomb::gzip;
use super::clock::http_date;
use super::faults::{Fault, RetryAfter, Verdict};
use super::one::unknown_path;
use super::serve::{Shared, refusal, response};
use super::wire::{Ending, Wire};

pub(super) async fn answer(
    shared: &Shared,
    wire: &Wire,
    mut ask: Ask,
    verdict: Verdict,
    transaction: Option<String>,
) -> Response {
    let Verdict { fault, applied, strike } = verdict;
    if applied {
        // The work is done and its answer lost, except where the fault changes that very answer.
        if !changes_the_answer(&fault) {
            drop(shared.dispatch(&ask));
        }
    }
    let answer = match fault {
        Fault::Latency { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            shared.dispatch(&ask)
        }
        Fault::Silence => std::future::pending().await,
        Fault::Drip { bytes_per_second } => {
            return drip(shared, transaction, shared.dispatch(&ask), bytes_per_second);
        }
        Fault::CutBody | Fault::CutChunked | Fault::CutClose | Fault::Reset => {
            let (script, ending) = cut(&fault, shared.dispatch(&ask));
            wire.take_over(script, ending);
            Answer::empty(200)
        }
        Fault::ResetEarly => {
            wire.take_over(Vec::new(), Ending::Reset);
            Answer::empty(200)
        }
        Fault::ExpiredKey => {
            ask.headers.retain(|(name, _)| {
                !matches!(name.as_str(), "x-dc-devkey" | "x-partner-apikey" | "x-api-key" | "authorization")
            });
            shared.dispatch(&ask)
        }
        Fault::PageRepeats => {
            ask.query.retain(|(name, _)| name != "offset");
            shared.dispatch(&ask)
        }
        Fault::Headers { count } => {
            let mut response = response(shared, transaction, shared.dispatch(&ask));
            for n in 0..count {
                let name = HeaderName::from_bytes(format!("x-filler-{n}").as_bytes());
                if let Ok(name) = name {
                    response.headers_mut().insert(name, HeaderValue::from_static("filler"));
                }
            }
            return response;
        }
        Fault::Skew { seconds } => {
            let mut response = response(shared, transaction, shared.dispatch(&ask));
            if let Ok(date) = HeaderValue::from_str(&http_date(shared.clock.now() + seconds)) {
                response.headers_mut().insert("date", date);
            }
            return response;
        }
        Fault::InvalidUtf8 | Fault::DuplicateKey | Fault::OtherList | Fault::ShrinkingTotal => {
            spoiled(&fault, shared.dispatch(&ask), strike)
        }
        other => invented(shared, &ask, other),
    };
    response(shared, transaction, answer)
}

/// Whether a fault lets the service work and spoils what it says.
fn changes_the_answer(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Latency { .. }
            | Fault::Drip { .. }
            | Fault::CutBody
            | Fault::CutChunked
            | Fault::CutClose
            | Fault::Reset
            | Fault::ExpiredKey
            | Fault::PageRepeats
            | Fault::Headers { .. }
            | Fault::Skew { .. }
            | Fault::InvalidUtf8
            | Fault::DuplicateKey
            | Fault::OtherList
            | Fault::ShrinkingTotal
    )
}

/// Answers that owe nothing to the service.
fn invented(shared: &Shared, ask: &Ask, fault: Fault) -> Answer {
    match fault {
        Fault::Status { status, retry_after } => {
            let answer = refusal(&ask.path, status, shared.switches.error_shape);
            match retry_after {
                None => answer,
                Some(RetryAfter::Seconds(seconds)) => answer.with("retry-after", seconds.to_string()),
                Some(RetryAfter::HttpDate(ahead)) => answer.with("retry-after", http_date(shared.clock.now() + ahead)),
                Some(RetryAfter::Text(text)) => answer.with("retry-after", text),
            }
        }
        Fault::ErrorShape { status, shape } => shaped(shape, status, "invalid_input_field", "A made fault.", &ask.path),
        Fault::Html { status, bytes } => html(status, bytes),
        Fault::Redirect { status, to } => Answer::empty(status).with("location", to),
        Fault::GzipBomb { mebibytes } => gzip(mebibytes, true),
        Fault::GzipCut => gzip(1, false),
        Fault::Brotli => {
            Answer::text(200, JSON, vec![0x8B, 0x02, 0x80, 0x7B, 0x7D, 0x03]).with("content-encoding", "br".to_owned())
        }
        Fault::DeepJson { depth } => {
            let depth = usize::try_from(depth).unwrap_or(0);
            Answer::text(200, JSON, format!("{}{}", "[".repeat(depth), "]".repeat(depth)))
        }
        Fault::Body { status, content_type, text } => Answer::text(status, &content_type, text),
        // What is left speaks of a path that is not there.
        _ => unknown_path(),
    }
}

fn html(status: u16, bytes: u64) -> Answer {
    let head = "<!doctype html><title>Sign in to the network</title>\u{1b}]0;PWN\u{7}\n<p>";
    let filler = "All work and no play makes Jack a dull boy. ".repeat(100);
    let mut left = bytes.saturating_sub(u64::try_from(head.len()).unwrap_or(0));
    let chunks = std::iter::from_fn(move || {
        let size = left.min(u64::try_from(filler.len()).unwrap_or(0));
        left -= size;
        let piece = filler.get(..usize::try_from(size).unwrap_or(0))?;
        (size > 0).then(|| piece.as_bytes().to_vec())
    });
    let all = std::iter::once(head.as_bytes().to_vec()).chain(chunks);
    Answer { status, ..Answer::chunks("text/html; charset=utf-8", all) }
}

/// The whole body of an answer.
fn bytes(body: Body) -> Vec<u8> {
    match body {
        Body::Empty => Vec::new(),
        Body::Bytes(bytes) => bytes,
        Body::Chunks(chunks) => chunks.flatten().collect(),
    }
}

/// What goes over the wire when a body ends too soon.
fn cut(fault: &Fault, answer: Answer) -> (Vec<u8>, Ending) {
    let status = answer.status;
    let kind = answer.headers.iter().find(|(name, _)| *name == "content-type");
    let kind = kind.map_or(JSON.to_owned(), |(_, kind)| kind.clone());
    let body = bytes(answer.body);
    let half = body.get(..body.len() / 2).unwrap_or_default();
    let head = format!("HTTP/1.1 {status} OK\r\ncontent-type: {kind}\r\n");
    let (rest, ending) = match fault {
        Fault::CutChunked => (format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n", half.len()), Ending::Close),
        Fault::CutClose => ("connection: close\r\n\r\n".to_owned(), Ending::Close),
        Fault::Reset => (format!("content-length: {}\r\n\r\n", body.len()), Ending::Reset),
        _ => (format!("content-length: {}\r\n\r\n", body.len()), Ending::Close),
    };
    let end: &[u8] = if *fault == Fault::CutChunked { b"\r\n" } else { b"" };
    ([head.as_bytes(), rest.as_bytes(), half, end].concat(), ending)
}

fn drip(shared: &Shared, transaction: Option<String>, answer: Answer, rate: u64) -> Response {
    // Four pieces a second, so that a slow body is slow and not a row of silences.
    let size = usize::try_from((rate / 4).max(1)).unwrap_or(1);
    let pause = Duration::from_millis(if rate < 4 { 1_000 / rate.max(1) } else { 250 });
    let pieces: Vec<Vec<u8>> = bytes(answer.body).chunks(size).map(<[u8]>::to_vec).collect();
    let head = Answer { status: answer.status, headers: answer.headers, body: Body::Empty };
    let mut response = response(shared, transaction, head);
    let stream = futures_util::stream::unfold(pieces.into_iter(), move |mut pieces| async move {
        let piece = pieces.next()?;
        tokio::time::sleep(pause).await;
        Some((Ok::<_, Infallible>(Bytes::from(piece)), pieces))
    });
    *response.body_mut() = HttpBody::from_stream(stream);
    response
}

fn spoiled(fault: &Fault, answer: Answer, strike: u64) -> Answer {
    let (status, headers) = (answer.status, answer.headers);
    let body = bytes(answer.body);
    let body = match fault {
        Fault::InvalidUtf8 => insert_after(&body, b":\"", &[0xC3, 0x28, 0xFF]),
        Fault::DuplicateKey => insert_after(&body, b"{", b"\"id\":\"first\",\"id\":\"second\","),
        _ => match serde_json::from_slice::<Value>(&body) {
            Ok(value) => reshaped(fault, value, strike).to_string().into_bytes(),
            Err(_) => body,
        },
    };
    Answer { status, headers, body: Body::Bytes(body) }
}

/// Puts something behind the last record's start, or behind the first mark when there is no list.
fn insert_after(body: &[u8], mark: &[u8], insert: &[u8]) -> Vec<u8> {
    let record = body.windows(2).position(|pair| pair == b"[{").map_or(0, |at| at + 1);
    let tail = body.get(record..).unwrap_or_default();
    let Some(at) = tail.windows(mark.len()).position(|window| window == mark) else {
        return body.to_vec();
    };
    let (before, after) = body.split_at(record + at + mark.len());
    [before, insert, after].concat()
}

fn reshaped(fault: &Fault, mut value: Value, strike: u64) -> Value {
    if *fault == Fault::OtherList {
        return match value.get("items").cloned() {
            Some(items) => items,
            None if value.is_array() => {
                let total = value.as_array().map_or(0, Vec::len);
                json!({"total": total, "offset": 0, "limit": total, "items": value})
            }
            None => value,
        };
    }
    for pointer in ["", "/page"] {
        let Some(record) = value.pointer_mut(pointer) else {
            continue;
        };
        if let Some(total) = record.get("total").and_then(Value::as_u64) {
            put(record, "total", total.saturating_sub(strike));
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::insert_after;

    #[test]
    fn the_first_record_is_spoiled() {
        let body = br#"{"total":1,"items":[{"id":"a"}]}"#;
        let spoiled = insert_after(body, b"{", b"X");
        assert_eq!(spoiled, br#"{"total":1,"items":[{X"id":"a"}]}"#);
    }
}
