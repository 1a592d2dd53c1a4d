//! The one way out: a request goes in, an answer with a stream of bytes comes back.
//!
//! Deadlines, limits, keys and retries are decided above this trait, so a test in place of the network sees all of them.

mod error;
mod handshake;
mod network;
mod proxy;
mod public;
pub mod script;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

pub use error::{ProxyProblem, TransportError};
use futures_util::{future::BoxFuture, stream::BoxStream};
pub use handshake::{Refused, Shown, check_roots, verifier};
use jiff::Timestamp;
pub use network::Network;
pub use public::{Errand, Public};
pub use reqwest::{
    Method, Url,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
pub use tokio_util::bytes::Bytes;

/// One of the services; each has its own trust roots and proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// CertCentral: Services API and Report Library.
    CertCentral,
    /// Partner Subscriptions.
    Partner,
    /// DigiCert ONE.
    One,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CertCentral, Self::Partner, Self::One];

    /// Name for a heading.
    pub const fn label(self) -> &'static str {
        match self {
            Self::CertCentral => "CertCentral",
            Self::Partner => "Partner Subscriptions",
            Self::One => "DigiCert ONE",
        }
    }
}

/// A request, complete with its key. `Debug` shows neither the query nor any header value.
pub struct Request {
    /// Whose trust roots and proxy count.
    pub service: Service,
    /// The method.
    pub method: Method,
    /// The address.
    pub url: Url,
    /// All headers.
    pub headers: HeaderMap,
    /// The body; `None` for a GET. What changes a service gets a connection of its own, which nothing else has used.
    pub body: Option<Bytes>,
    /// Where the transport notes that nothing of this request has left.
    pub unsent: Unsent,
}

/// Whether it is certain that no byte of a request has left this machine. Until the transport says so, it is not.
#[derive(Debug, Clone, Default)]
pub struct Unsent(Arc<AtomicBool>);

impl Unsent {
    /// Notes that nothing has left, and nothing will.
    pub fn note(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// True when nothing has left.
    pub fn is_certain(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("path", &self.url.path())
            .finish_non_exhaustive()
    }
}

/// The bytes of an answer as they arrive, decompressed.
pub type Chunks = BoxStream<'static, Result<Bytes, TransportError>>;

/// The head of an answer, and its body to come.
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Chunks,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Something that carries requests to a service.
pub trait Transport: Send + Sync {
    /// Sends once: no redirect is followed, nothing is tried again. Dropping the future ends the exchange.
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>>;

    /// The last moment, UTC, at which the TLS certificate is valid that `host` (an address without brackets) showed;
    /// `None` before a handshake with it went well, and for what speaks no TLS.
    fn certificate_end(&self, host: &str) -> Option<Timestamp>;
}
