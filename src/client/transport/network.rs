//! The real transport. The only place that knows reqwest.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Request, Response, Service, Transport};
use crate::client::{auth::Origin, error::TransportError, limits, settings::Settings, tls::TlsProblem};

/// Connections to the services, made at the first request of each.
pub struct Network {
    connect: Duration,
    routes: [Route; Service::ALL.len()],
    made: Mutex<Vec<((Service, bool), reqwest::Client)>>,
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

    /// The loopback never goes through a proxy: the simulator must not be looked for elsewhere.
    fn client(&self, service: Service, loopback: bool) -> Result<reqwest::Client, TransportError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = made.iter().find(|(key, _)| *key == (service, loopback)) {
            return Ok(client.clone());
        }
        let [certcentral, partner, one] = &self.routes;
        let route = match service {
            Service::CertCentral => certcentral,
            Service::Partner => partner,
            Service::One => one,
        };
        let client = build(route, self.connect, loopback)?;
        made.push(((service, loopback), client.clone()));
        Ok(client)
    }
}

fn build(route: &Route, connect: Duration, loopback: bool) -> Result<reqwest::Client, TransportError> {
    static PROVIDER: OnceLock<()> = OnceLock::new();
    PROVIDER.get_or_init(|| {
        // An error says that a provider is installed already, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .https_only(!loopback)
        .http1_only()
        .http1_max_headers(limits::HEADERS)
        .connect_timeout(connect);
    if loopback {
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
        let client = self.client(service, origin.is_loopback());
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
