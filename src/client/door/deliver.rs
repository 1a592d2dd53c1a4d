//! A request that changes something: sent once, on a connection of its own, and told exactly how far it came.

use std::time::Duration;

use tokio::time::timeout;

use super::{Ask, Door, Trouble, json_limit, left_alone, note, request};
use crate::{
    client::{
        auth::Origin,
        body::{self, Body},
        error::{ClientError, TransportError},
        limits,
        refusal::Refusal,
        retry::RetryAfter,
        transport::{Bytes, HeaderValue, Method, Request, header},
    },
    domain::{Clean, Failure, FailureKind},
};

/// A request that changes something.
#[derive(Debug)]
pub struct Order<'a> {
    /// Address, key and headers, as of a GET.
    pub ask: Ask<'a>,
    /// `PUT` or `POST`.
    pub method: Method,
    /// The body, JSON.
    pub body: String,
}

/// How far an [`Order`] came.
#[derive(Debug)]
pub enum Delivery {
    /// No byte of it has left.
    NotSent(Failure),
    /// Some of it may have left, and no whole answer came.
    Lost(Failure),
    /// It was answered.
    Answered {
        /// Status code.
        status: u16,
        /// The media type without parameters, in lower case.
        kind: String,
        /// The first 64 KiB of the body, decompressed.
        bytes: Vec<u8>,
        /// What the service says, for 4xx and 5xx.
        said: Option<Clean>,
    },
}

/// What came back, before it is told.
struct Raw {
    status: u16,
    kind: String,
    bytes: Vec<u8>,
    refusal: Option<Refusal>,
}

impl Door {
    /// Sends an order once, on a new connection, within 30 s. It is not tried again, whatever happens; a redirect is an
    /// answer like any other.
    pub async fn deliver(&self, order: &Order<'_>) -> Delivery {
        let ask = &order.ask;
        let origin = Origin::of(&ask.url);
        if let Some(stopped) = self.stopped(ask, &origin) {
            return Delivery::NotSent(stopped.into());
        }
        if timeout(limits::WRITE_TURN, ask.key.lane.turn()).await.is_err() {
            let title = format!("{}: the request limit of this key leaves no room now", ask.what);
            let failure = Failure::new(FailureKind::RateLimited, title).hint("try again when the pause is over");
            return Delivery::NotSent(Failure { retry_after: ask.key.lane.pause_left(), ..failure });
        }
        let pass = match self.breakers.admit(&origin) {
            Ok(pass) => pass,
            Err(told) => return Delivery::NotSent(left_alone(&told, ask).into()),
        };
        let transaction = super::transaction();
        let request = match self.ready(order, &transaction) {
            Ok(request) => request,
            Err(error) => {
                let error = error.into();
                note(ask, pass, Some(&error));
                return Delivery::NotSent(self.trouble(&error, ask, &transaction).into());
            }
        };
        let unsent = request.unsent.clone();
        let total = self.timeouts.total.min(limits::WRITE_TOTAL);
        let late = ClientError::Transport(TransportError::Total { seconds: total.as_secs_f64() });
        let result = timeout(total, self.exchange(ask, request)).await.unwrap_or(Err(late));
        match result {
            Ok(raw) => {
                let error = raw.refusal.clone().map(|refusal| ClientError::Refusal(Box::new(refusal)));
                note(ask, pass, error.as_ref());
                if let Some(wait) = raw.refusal.as_ref().and_then(pause) {
                    ask.key.lane.pause(wait);
                }
                let said = error.map(|error| said(self.trouble(&error, ask, &transaction)));
                Delivery::Answered { status: raw.status, kind: raw.kind, bytes: raw.bytes, said }
            }
            Err(error) => {
                note(ask, pass, Some(&error));
                let failure = self.trouble(&error, ask, &transaction).into();
                if unsent.is_certain() { Delivery::NotSent(failure) } else { Delivery::Lost(failure) }
            }
        }
    }

    fn ready(&self, order: &Order<'_>, transaction: &str) -> Result<Request, TransportError> {
        let mut request = request(&order.ask, transaction, self.now())?;
        request.method = order.method.clone();
        request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        request.body = Some(Bytes::from(order.body.clone()));
        Ok(request)
    }

    async fn exchange(&self, ask: &Ask<'_>, request: Request) -> Result<Raw, ClientError> {
        let response = self.transport.send(request).await?;
        body::check_headers(&response.headers)?;
        let now = self.skews.note(ask.service, &response.headers, self.now());
        let (status, headers) = (response.status, response.headers.clone());
        let bytes = Body::new(response, self.idle(), json_limit()).whole().await?;
        let refusal = (status >= 400).then(|| {
            let after = body::header_text(&headers, header::RETRY_AFTER);
            let after = after.map_or(RetryAfter::Unsaid, |raw| RetryAfter::parse(raw, now));
            Refusal::read(status, after, &bytes)
        });
        // A body in an encoding that was not offered says nothing.
        let kind = match body::check_kind(&headers) {
            Err(ClientError::Encoding(encoding)) => format!("encoded as {encoding}"),
            _ => body::content_type(&headers),
        };
        Ok(Raw { status, kind, bytes, refusal })
    }
}

/// How long everything of the key is to wait, when the service asks for that.
fn pause(refusal: &Refusal) -> Option<Duration> {
    refusal.retry_after.asked().or((refusal.status == 429).then_some(limits::BACKOFF))
}

/// The words of the service; without any, what its code comes to.
fn said(trouble: Trouble) -> Clean {
    let failure = Failure::from(trouble);
    failure.detail.unwrap_or(failure.title)
}
