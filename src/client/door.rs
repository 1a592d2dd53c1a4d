//! One request, from its turn in the lane to its decoded answer: headers, key, deadlines, checks, tries.

mod deliver;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::time::{Instant, timeout};

use super::{
    auth::{Key, Origin},
    body::{self, Body},
    breaker::{Break, Breakers, Pass},
    endpoint,
    error::{ClientError, TransportError},
    json, limits,
    refusal::Refusal,
    retry::{self, RetryAfter},
    settings::Timeouts,
    skew::Skews,
    transport::{
        HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Service, Transport, Unsent, Url, header,
    },
};
use crate::domain::{Clean, Failure, FailureKind};

pub use self::deliver::{Delivery, Order};

/// The time of the outside world.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A GET to be made.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// Whose answer it is.
    pub service: Service,
    /// What is asked for, in words for an error: `CA list`.
    pub what: &'static str,
    /// It asks who the key is: a refusal is one of the key.
    pub identity: bool,
    /// The address.
    pub url: Url,
    /// The key.
    pub key: &'a Key,
    /// What is accepted.
    pub accept: &'static str,
    /// Active account of DigiCert ONE.
    pub account: Option<&'a str>,
    /// Status codes that mean success besides 2xx; empty for "every 2xx".
    pub ok: &'a [u16],
    /// What a key needs for it, as far as that is known: `the permission VIEW_CM_CA`.
    pub needs: Option<&'static str>,
}

/// A call without a result.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// Status code, when the service refused.
    pub status: Option<u16>,
    /// What the user is told.
    pub failure: Box<Failure>,
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        *trouble.failure
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self { status: None, failure: Box::new(failure) }
    }
}

/// An answer that was read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Status code, 2xx.
    pub status: u16,
    /// Decompressed bytes.
    pub bytes: Vec<u8>,
}

/// The only way to a service.
pub struct Door {
    transport: Arc<dyn Transport>,
    clock: Clock,
    timeouts: Timeouts,
    skews: Skews,
    breakers: Breakers,
}

impl Door {
    /// A door to `transport`.
    pub fn new(transport: Arc<dyn Transport>, clock: Clock, timeouts: Timeouts) -> Self {
        Self { transport, clock, timeouts, skews: Skews::default(), breakers: Breakers::default() }
    }

    /// Now, by the injected clock.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Seconds by which the clock of a service is ahead of this machine's, from its last `Date`.
    pub fn skew(&self, service: Service) -> Option<i64> {
        self.skews.of(service)
    }

    /// The end of the TLS certificate that the host of an origin showed; `None` before its first handshake.
    pub fn certificate_end(&self, origin: &Origin) -> Option<Timestamp> {
        self.transport.certificate_end(origin.host().trim_start_matches('[').trim_end_matches(']'))
    }

    /// Reads a JSON answer, within its limits, and decodes it.
    pub async fn json<R: Send>(
        &self,
        ask: &Ask<'_>,
        decode: impl Fn(&Answer) -> Result<R, ClientError> + Send + Sync,
    ) -> Result<R, Trouble> {
        self.whole(ask, limits::JSON_BODY, |headers, answer| {
            body::check_json(headers, &answer.bytes)?;
            decode(answer)
        })
        .await
    }

    /// Reads an answer of at most `limit` bytes in any form but HTML, and decodes it.
    pub async fn whole<R: Send>(
        &self,
        ask: &Ask<'_>,
        limit: usize,
        decode: impl Fn(&HeaderMap, &Answer) -> Result<R, ClientError> + Send + Sync,
    ) -> Result<R, Trouble> {
        let idle = self.timeouts.idle;
        let limit = json::offset(limit);
        let decode = &decode;
        self.read(ask, Some(self.timeouts.total), |response| {
            Box::pin(async move {
                let (status, headers) = (response.status, response.headers.clone());
                let bytes = Body::new(response, idle, limit).whole().await?;
                decode(&headers, &Answer { status, bytes })
            })
        })
        .await
    }

    /// The deadline for a silence inside an answer.
    pub const fn idle(&self) -> Duration {
        self.timeouts.idle
    }

    /// Reads an answer with `read`, trying again what may pass by itself. A try that breaks off counts for nothing:
    /// `read` starts anew.
    pub async fn read<'a, R: Send>(
        &self,
        ask: &Ask<'a>,
        total: Option<Duration>,
        read: impl Fn(Response) -> BoxFuture<'a, Result<R, ClientError>> + Send + Sync,
    ) -> Result<R, Trouble> {
        let origin = Origin::of(&ask.url);
        let mut attempt = 1;
        let mut last = None;
        loop {
            if let Some(stopped) = self.stopped(ask, &origin) {
                return Err(last.unwrap_or(stopped));
            }
            ask.key.lane.turn().await;
            let pass = match self.breakers.admit(&origin) {
                Ok(pass) => pass,
                Err(told) => return Err(last.unwrap_or_else(|| left_alone(&told, ask))),
            };
            let transaction = transaction();
            let once = self.once(ask, &transaction, &read);
            let result = match total {
                None => once.await,
                Some(total) => timeout(total, once).await.unwrap_or_else(|_| {
                    Err(ClientError::Transport(TransportError::Total { seconds: total.as_secs_f64() }))
                }),
            };
            note(ask, pass, result.as_ref().err());
            let error = match result {
                Ok(answer) => {
                    ask.key.lane.earn();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let trouble = self.trouble(&error, ask, &transaction);
            let wait = wait(&error, attempt);
            if let (Some(wait), ClientError::Refusal(refusal)) = (wait, &error)
                && (refusal.status == 429 || refusal.retry_after.asked().is_some())
            {
                // Whatever else uses this key would only be refused too.
                ask.key.lane.pause(wait);
            }
            let again = attempt < limits::ATTEMPTS && self.breakers.of(&origin).is_none();
            match wait {
                Some(wait) if again && ask.key.lane.spend() => tokio::time::sleep(wait).await,
                _ => return Err(trouble),
            }
            last = Some(trouble);
            attempt += 1;
        }
    }

    async fn once<'a, R: Send>(
        &self,
        ask: &Ask<'a>,
        transaction: &str,
        read: &(impl Fn(Response) -> BoxFuture<'a, Result<R, ClientError>> + Send + Sync),
    ) -> Result<R, ClientError> {
        let request = request(ask, transaction, self.now())?;
        let seconds = self.timeouts.first_byte.as_secs_f64();
        let sent = timeout(self.timeouts.first_byte, self.transport.send(request)).await;
        let response = sent.map_err(|_| TransportError::FirstByte { seconds })??;
        body::check_headers(&response.headers)?;
        let now = self.skews.note(ask.service, &response.headers, self.now());
        let status = response.status;
        match status {
            200..300 if ask.ok.is_empty() || ask.ok.contains(&status) => {
                body::check_kind(&response.headers)?;
                read(response).await
            }
            200..300 => Err(ClientError::Shape { path: "the top".into(), why: format!("status {status}") }),
            300..400 => {
                let target = body::header_text(&response.headers, header::LOCATION).unwrap_or_default();
                Err(ClientError::Redirect { status, target: endpoint::target(&ask.url, target) })
            }
            _ => {
                let after = body::header_text(&response.headers, header::RETRY_AFTER);
                let after = after.map_or(RetryAfter::Unsaid, |raw| RetryAfter::parse(raw, now));
                let bytes = Body::new(response, self.idle(), json_limit()).start().await;
                Err(ClientError::Refusal(Box::new(Refusal::read(status, after, &bytes))))
            }
        }
    }

    /// Sends once and tells how long it took; for the doctor.
    pub async fn probe(&self, ask: &Ask<'_>) -> (Result<(), Trouble>, Duration) {
        let start = Instant::now();
        let origin = Origin::of(&ask.url);
        if let Some(stopped) = self.stopped(ask, &origin) {
            return (Err(stopped), start.elapsed());
        }
        ask.key.lane.turn().await;
        let pass = match self.breakers.admit(&origin) {
            Ok(pass) => pass,
            Err(told) => return (Err(left_alone(&told, ask)), start.elapsed()),
        };
        let transaction = transaction();
        let ignore = |_: Response| -> BoxFuture<'_, Result<(), ClientError>> { Box::pin(std::future::ready(Ok(()))) };
        let result = self.once(ask, &transaction, &ignore).await;
        note(ask, pass, result.as_ref().err());
        (result.map_err(|error| self.trouble(&error, ask, &transaction)), start.elapsed())
    }

    /// Places that are left alone.
    pub fn breaks(&self) -> Vec<Break> {
        self.breakers.all()
    }

    /// Why nothing is sent: the key was refused before, or the place is left alone.
    fn stopped(&self, ask: &Ask<'_>, origin: &Origin) -> Option<Trouble> {
        if let Some(refusal) = ask.key.lane.acceptance.refusal() {
            return Some(Trouble { failure: Box::new(self.failure(&refusal, ask)), status: refusal.status() });
        }
        self.breakers.of(origin).map(|told| left_alone(&told, ask))
    }

    fn trouble(&self, error: &ClientError, ask: &Ask<'_>, transaction: &str) -> Trouble {
        let failure = Failure { transaction: Some(Clean::new(transaction)), ..self.failure(error, ask) };
        Trouble { status: error.status(), failure: Box::new(failure) }
    }

    fn failure(&self, error: &ClientError, ask: &Ask<'_>) -> Failure {
        let mut failure = match error {
            ClientError::Refusal(refusal) if ask.key.own_certificate().is_some() => {
                refusal.failure_of_certificate(ask.what, ask.service)
            }
            _ => error.failure(ask.what, ask.service),
        };
        if error.is_about_time()
            && let Some((service, skew)) = self.skews.wrong()
        {
            let side = if skew > 0 { "behind" } else { "ahead of" };
            let (off, label) = (skew.unsigned_abs(), service.label());
            failure =
                failure.hint(format!("the clock of this machine is {off} s {side} that of {label}: set it first"));
        }
        if let Some(needs) = ask.needs.filter(|_| failure.kind == FailureKind::NotPermitted) {
            failure = failure.hint(format!("ask an administrator for {needs}"));
        }
        failure.title = ask.key.redacted(&failure.title);
        failure.detail = failure.detail.map(|detail| ask.key.redacted(&detail));
        failure
    }
}

/// What the end of an exchange says of the place and of the key.
fn note(ask: &Ask<'_>, pass: Pass<'_>, error: Option<&ClientError>) {
    pass.ended(error);
    let acceptance = &ask.key.lane.acceptance;
    match error {
        None => acceptance.accepted(),
        Some(error @ ClientError::Refusal(refusal)) => match refusal.kind() {
            FailureKind::NotAuthenticated => acceptance.refused(ask.what, ask.identity, error),
            FailureKind::NotPermitted => acceptance.accepted(),
            _ => {}
        },
        Some(_) => {}
    }
}

fn left_alone(told: &Break, ask: &Ask<'_>) -> Trouble {
    let mut failure = told.failure(ask.what);
    // The cause may be text of the service, and the service may know the key.
    failure.detail = failure.detail.map(|detail| ask.key.redacted(&detail));
    Trouble { status: None, failure: Box::new(failure) }
}

fn json_limit() -> u64 {
    json::offset(limits::ERROR_BODY)
}

/// How long to wait before the next try; `None` for what does not pass by itself.
fn wait(error: &ClientError, attempt: u32) -> Option<Duration> {
    if !error.is_passing() {
        return None;
    }
    let chosen = retry::backoff(attempt, retry::dice());
    match error {
        ClientError::Refusal(refusal) => Some(refusal.retry_after.asked().unwrap_or(chosen)),
        _ => Some(chosen),
    }
}

fn request(ask: &Ask<'_>, transaction: &str, now: Timestamp) -> Result<Request, TransportError> {
    let mut headers = HeaderMap::new();
    let agent = concat!("certdeck/", env!("CARGO_PKG_VERSION"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
    headers.insert(header::ACCEPT, HeaderValue::from_static(ask.accept));
    if ask.service == Service::CertCentral {
        // The format of the answer is said to follow the content type, even of a GET.
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let text = |raw: &str| HeaderValue::from_str(raw).map_err(|_| TransportError::Settings("account_id is odd".into()));
    if !ask.key.is_none() {
        headers.insert(HeaderName::from_static("x-dc-transactionid"), text(transaction)?);
    }
    if let Some(account) = ask.account {
        headers.insert(HeaderName::from_static("x-dc-accountid"), text(account)?);
    }
    let (service, url, unsent) = (ask.service, ask.url.clone(), Unsent::default());
    let mut request = Request { service, method: Method::GET, url, headers, body: None, unsent };
    ask.key.attach(&mut request, now)?;
    Ok(request)
}

/// A random UUID (RFC 9562, version 4) for `X-DC-TransactionId`; new for each request.
///
/// An id is no secret: the generator of the TLS library gathers entropy for some 75 ms before its first number, which
/// would stand before every first row.
fn transaction() -> String {
    let n = (fastrand::u128(..) & !(0xf << 76) & !(0b11 << 62)) | (4 << 76) | (0b10 << 62);
    let hex = format!("{n:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_are_version_4_uuids_and_differ() {
        let (a, b) = (transaction(), transaction());
        assert_ne!(a, b);
        assert_eq!(a.len(), 36);
        assert_eq!(a.chars().nth(14), Some('4'));
        assert!(matches!(a.chars().nth(19), Some('8' | '9' | 'a' | 'b')));
    }
}
