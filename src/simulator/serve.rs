//! The HTTP side: reads a request, lets a service or a fault answer, writes the answer.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use axum::Router;
use axum::body::{Body as HttpBody, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::StreamExt as _;

use super::answer::{Answer, Ask, Body, errors, flat, shaped};
use super::clock::{Clock, http_date};
use super::control::Seen;
use super::faults::Faults;
use super::limits::Limits;
use super::mischief;
use super::options::{RetryHeader, Switches};
use super::wire::Wire;
use super::world::{Plan, World};
use super::{ari, library, one, partner, services, tls};

/// Bytes of a request body that are read.
const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// Requests that are remembered.
const REMEMBERED: usize = 10_000;

/// What the connections share.
pub(super) struct Shared {
    pub(super) seed: u64,
    pub(super) scale: u32,
    pub(super) base: String,
    pub(super) clock: Arc<Clock>,
    pub(super) switches: Switches,
    pub(super) limits: Option<Limits>,
    pub(super) faults: Faults,
    pub(super) seen: Mutex<VecDeque<Seen>>,
    pub(super) world: OnceLock<Mutex<World>>,
}

impl Shared {
    /// The world; whoever needs it first builds it.
    pub(super) fn world(&self) -> &Mutex<World> {
        self.world.get_or_init(|| {
            Mutex::new(World::build(Plan {
                seed: self.seed,
                scale: self.scale,
                clock: self.clock.clone(),
                switches: self.switches.clone(),
                base: self.base.clone(),
            }))
        })
    }

    /// The answer of the service that a path belongs to.
    pub(super) fn dispatch(&self, ask: &Ask) -> Answer {
        let segments: Vec<String> = ask.path.split('/').skip(1).map(decode).collect();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        // A handler that panicked must not silence the others.
        let mut world = self.world().lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match path.as_slice() {
            ["services", "v2", rest @ ..] => services::answer(&world, ask, rest),
            ["reports", "v1", rest @ ..] => library::answer(&mut world, ask, rest),
            ["partner-subscription", "api", "v1", rest @ ..] => partner::answer(&mut world, ask, rest),
            ["acme", rest @ ..] => ari::answer(&world, ask, rest),
            ["crl" | "ocsp" | "cacerts", ..] => one::public(&mut world, ask, &path),
            rest => one::answer(&mut world, ask, rest),
        }
    }

    fn remember(&self, seen: Seen) {
        if let Ok(mut all) = self.seen.lock() {
            if all.len() == REMEMBERED {
                all.pop_front();
            }
            all.push_back(seen);
        }
    }

    fn over_limit(&self, ask: &Ask) -> Option<Answer> {
        let key = ["x-dc-devkey", "x-partner-apikey", "x-api-key"].iter().find_map(|name| ask.header(name))?;
        let seconds = self.limits.as_ref()?.take(key, Instant::now()).err()?;
        let answer = refusal(&ask.path, 429, self.switches.error_shape);
        Some(match self.switches.retry_header {
            RetryHeader::Missing => answer,
            RetryHeader::Seconds => answer.with("retry-after", seconds.to_string()),
            RetryHeader::HttpDate => {
                let at = self.clock.now() + i64::try_from(seconds).unwrap_or(0);
                answer.with("retry-after", http_date(at))
            }
        })
    }
}

/// An error in the shape of the service that a path belongs to.
pub(super) fn refusal(path: &str, status: u16, shape: u8) -> Answer {
    let (code, message) = match status {
        400 => ("invalid_request", "A value is missing."),
        401 => ("invalid_api_key", "The key was not accepted."),
        403 => ("access_denied", "The permission is missing."),
        404 => ("resource_not_found", "Nothing has that identifier."),
        409 => ("duplicate_error", "An open request exists."),
        429 => ("request_limit_exceeded", "Slow down."),
        503 => ("service_unavailable", "Maintenance."),
        _ => ("internal_error", "Something broke."),
    };
    if path.starts_with("/reports/v1") {
        return match status {
            // The rate limit has the list form even where other errors are flat.
            403 => errors(status, "access_denied|missing_permission", message),
            401 => flat(status, "user_authentication_error", message),
            429 => errors(status, code, message),
            _ => flat(status, code, message),
        };
    }
    if path.starts_with("/services/v2") || path.starts_with("/partner-subscription") {
        return errors(status, code, message);
    }
    shaped(shape, status, code, message, path)
}

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(handle).with_state(shared)
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let wire = head.extensions.get::<Wire>().cloned().unwrap_or_default();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return response(&shared, None, Answer::empty(413));
    };
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let subject = wire.peer.as_deref().and_then(tls::subject);
    let ask = Ask {
        subject,
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: pairs(head.uri.query().unwrap_or_default()),
        headers,
        body: body.to_vec(),
    };
    shared.remember(Seen::of(&ask, head.uri.query()));
    let transaction = ask.header("x-dc-transactionid").map(ToOwned::to_owned);
    if let Some(refused) = shared.over_limit(&ask) {
        return response(&shared, transaction, refused);
    }
    match shared.faults.verdict(&ask) {
        Some(verdict) => mischief::answer(&shared, &wire, ask, verdict, transaction).await,
        None => response(&shared, transaction, shared.dispatch(&ask)),
    }
}

/// The HTTP form of an answer, with the simulator's own time and the caller's transaction.
pub(super) fn response(shared: &Shared, transaction: Option<String>, answer: Answer) -> Response {
    let body = match answer.body {
        Body::Empty => HttpBody::empty(),
        Body::Bytes(bytes) => HttpBody::from(bytes),
        // Each chunk is sent before the next is made: without the pause some hundred kilobytes are gathered first.
        Body::Chunks(chunks) => HttpBody::from_stream(futures_util::stream::iter(chunks).then(async |chunk| {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(Bytes::from(chunk))
        })),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let date = ("date", http_date(shared.clock.now()));
    let echo = transaction.map(|id| ("x-dc-transactionid", id));
    for (name, value) in std::iter::once(date).chain(echo).chain(answer.headers) {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// Percent-decoding of RFC 3986; what is no escape stays.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = escape {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{decode, pairs};

    #[test]
    fn queries_are_decoded() {
        assert_eq!(decode("a%2Fb%zz%4"), "a/b%zz%4");
        let expected = ("filters[search]".to_owned(), "%vas quez".to_owned());
        assert_eq!(pairs("filters%5Bsearch%5D=%25vas+quez&"), [expected]);
    }
}
