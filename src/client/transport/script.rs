//! A transport inside the process: tests answer requests from a function, without sockets or real time.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use jiff::Timestamp;

use super::{Bytes, HeaderMap, HeaderName, HeaderValue, Request, Response, Transport, TransportError};

type Answerer = dyn Fn(&Request) -> BoxFuture<'static, Result<Response, TransportError>> + Send + Sync;

/// Answers every request from one function and counts them.
#[derive(Clone)]
pub struct Script {
    answer: Arc<Answerer>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Script {
    /// Answers at once.
    pub fn new(answer: impl Fn(&Request) -> Result<Response, TransportError> + Send + Sync + 'static) -> Self {
        Self::delayed(move |request| std::future::ready(answer(request)).boxed())
    }

    /// Answers when the future of `answer` is done.
    pub fn delayed(
        answer: impl Fn(&Request) -> BoxFuture<'static, Result<Response, TransportError>> + Send + Sync + 'static,
    ) -> Self {
        Self { answer: Arc::new(answer), seen: Arc::default() }
    }

    /// The requests so far, `GET /path?query`.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let line = format!("{} {}{query}", request.method, request.url.path());
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        (self.answer)(&request)
    }

    fn certificate_end(&self, _: &str) -> Option<Timestamp> {
        None
    }
}

impl Response {
    /// An answer with one piece of body and the type `application/json`.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::of(status, &[("content-type", "application/json")], [Bytes::from(body.into())])
    }

    /// An answer with these headers and pieces of body. Header lines that HTTP does not allow are left out.
    pub fn of(status: u16, headers: &[(&str, &str)], body: impl IntoIterator<Item = Bytes>) -> Self {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                map.append(name, value);
            }
        }
        let pieces: Vec<_> = body.into_iter().map(Ok).collect();
        Self { status, headers: map, body: stream::iter(pieces).boxed() }
    }
}
