//! The real transport. The only place that knows reqwest.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Request, Response, Service, Transport, Url};
use crate::client::{auth::Origin, error::TransportError, limits, settings::Settings, tls::TlsProblem};

/// Connections to the services, made at the first request of each.
pub struct Network {
    connect: Duration,
    routes: [Route; Service::ALL.len()],
    made: Mutex<Vec<(Way, reqwest::Client)>>,
}

/// Which connections a request may share.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Without TLS, which only the loopback may be: nothing of TLS is made, and reading the roots of the system,
    /// some 100 ms, is left out.
    Plain,
    /// TLS to this machine.
    Loopback(Service),
    /// TLS by the roots and the proxy of a service.
    Network(Service),
}

/// What differs between the services.
#[derive(Clone, Default)]
struct Route {
    ca_file: Option<std::path::PathBuf>,
    proxy: Option<SecretString>,
}

impl Network {
    /// Takes trust roots, proxies and the connect deadline from `settings`; opens nothing.
    pub fn new(settings: &Settings) -> Self {
        let certcentral = settings.certcentral.as_ref().map(|s| (s.ca_file.clone(), s.proxy.clone()));
        let partner = settings.partner.as_ref().map(|s| (s.ca_file.clone(), s.proxy.clone()));
        let one = settings.one.as_ref().map(|s| (s.ca_file.clone(), s.proxy.clone()));
        let routes = [certcentral, partner, one].map(|route| {
            let (ca_file, proxy) = route.unwrap_or_default();
            Route { ca_file, proxy }
        });
        Self { connect: settings.timeouts.connect, routes, made: Mutex::new(Vec::new()) }
    }

    fn route(&self, service: Service) -> &Route {
        let [certcentral, partner, one] = &self.routes;
        match service {
            Service::CertCentral => certcentral,
            Service::Partner => partner,
            Service::One => one,
        }
    }

    /// The first service with the same roots and proxy: all of them share its connections.
    fn first_like(&self, service: Service) -> Service {
        let route = self.route(service);
        Service::ALL.into_iter().find(|other| self.route(*other).is(route)).unwrap_or(service)
    }

    fn client(&self, service: Service, url: &Url) -> Result<reqwest::Client, TransportError> {
        let loopback = Origin::of(url).is_loopback();
        let way = match (url.scheme(), loopback) {
            ("http", true) => Way::Plain,
            (_, true) => Way::Loopback(self.first_like(service)),
            (_, false) => Way::Network(self.first_like(service)),
        };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = made.iter().find(|(known, _)| *known == way) {
            return Ok(client.clone());
        }
        let client = build(self.route(service), self.connect, way)?;
        made.push((way, client.clone()));
        Ok(client)
    }
}

impl Route {
    fn is(&self, other: &Self) -> bool {
        let proxy = |route: &Self| route.proxy.as_ref().map(|proxy| proxy.expose_secret().to_owned());
        self.ca_file == other.ca_file && proxy(self) == proxy(other)
    }
}

fn build(route: &Route, connect: Duration, way: Way) -> Result<reqwest::Client, TransportError> {
    static PROVIDER: OnceLock<()> = OnceLock::new();
    PROVIDER.get_or_init(|| {
        // An error says that a provider is installed already, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .https_only(way != Way::Plain)
        .http1_only()
        .http1_max_headers(limits::HEADERS)
        .connect_timeout(connect);
    if way == Way::Plain {
        return builder
            .no_proxy()
            .tls_certs_only(std::iter::empty())
            .build()
            .map_err(|error| TransportError::Other(plain(&error.without_url())));
    }
    if matches!(way, Way::Loopback(_)) {
        // The simulator must not be looked for elsewhere.
        builder = builder.no_proxy();
    } else if let Some(proxy) = &route.proxy {
        let proxy = reqwest::Proxy::all(proxy.expose_secret())
            .map_err(|_| TransportError::Settings("the proxy address cannot be read".into()))?;
        builder = builder.proxy(proxy);
    }
    if let Some(file) = &route.ca_file {
        let unusable = |why: String| TransportError::Settings(format!("ca_file {}: {why}", file.display()));
        let pem = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
        let roots = reqwest::Certificate::from_pem_bundle(&pem).map_err(|_| unusable("no PEM certificate".into()))?;
        builder = builder.tls_certs_merge(roots);
    }
    builder.build().map_err(|error| TransportError::Other(plain(&error.without_url())))
}

impl Transport for Network {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let Request { service, method, url, headers } = request;
        let origin = Origin::of(&url);
        let client = self.client(service, &url);
        let connect = self.connect;
        async move {
            let host: Arc<str> = origin.host().into();
            let sent = client?.request(method, url).headers(headers).send().await;
            let response = sent.map_err(|error| of_send(error, &host, connect))?;
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let body = response.bytes_stream().map(|chunk| chunk.map_err(of_body)).boxed();
            Ok(Response { status, headers, body })
        }
        .boxed()
    }
}

/// The causes of an error, outermost first.
fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        // An io::Error hides the error it wraps from `source`.
        error.source().or_else(|| {
            let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
            Some(inner as &(dyn std::error::Error + 'static))
        })
    })
}

/// The innermost cause in words.
fn plain(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn tls(error: &(dyn std::error::Error + 'static)) -> Option<TlsProblem> {
    let direct = |cause: &(dyn std::error::Error + 'static)| cause.downcast_ref::<rustls::Error>().map(TlsProblem::of);
    let wrapped = |cause: &(dyn std::error::Error + 'static)| {
        let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
        inner.downcast_ref::<rustls::Error>().map(TlsProblem::of)
    };
    causes(error).find_map(|cause| direct(cause).or_else(|| wrapped(cause)))
}

fn of_send(error: reqwest::Error, host: &str, connect: Duration) -> TransportError {
    let error = error.without_url();
    let host = host.to_owned();
    if let Some(problem) = tls(&error) {
        return TransportError::Tls { host, problem };
    }
    if error.is_dns() {
        return TransportError::NotFound { host };
    }
    let words = causes(&error).map(ToString::to_string).collect::<Vec<_>>().join(": ");
    if words.contains("tunnel") || words.contains("proxy") {
        return TransportError::Proxy(plain(&error));
    }
    if error.is_timeout() {
        return TransportError::ConnectTimeout { host, seconds: connect.as_secs_f64() };
    }
    let kind = causes(&error).find_map(|cause| cause.downcast_ref::<io::Error>().map(io::Error::kind));
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => TransportError::Refused { host },
        _ if error.is_connect() => TransportError::Unreachable { host, why: plain(&error) },
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof) => {
            TransportError::Cut
        }
        _ if words.contains("before message completed") || words.contains("connection closed") => TransportError::Cut,
        _ if words.contains("too many headers") || words.contains("message head is too large") => {
            TransportError::Headers
        }
        _ => TransportError::Other(plain(&error)),
    }
}

fn of_body(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    if let Some(problem) = tls(&error) {
        return TransportError::Other(problem.to_string());
    }
    let kind = causes(&error).find_map(|cause| cause.downcast_ref::<io::Error>().map(io::Error::kind));
    match kind {
        Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => TransportError::Compression,
        _ => TransportError::Cut,
    }
}
