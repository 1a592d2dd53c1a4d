//! The real transport. The only place that knows reqwest.

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Method, Refused, Request, Response, Service, Transport, Url, handshake,
    proxy::{self, ProxyPlace},
};
use crate::{
    client::{
        auth::Origin,
        error::{ProxyProblem, TransportError},
        limits,
        settings::{OneAuth, Settings},
        tls::TlsProblem,
    },
    config::ClientCertificate,
};

/// Connections to the services, made at the first request of each.
pub struct Network {
    connect: Duration,
    addresses: BTreeMap<String, Vec<IpAddr>>,
    routes: [Route; Service::ALL.len()],
    made: Mutex<Vec<(Way, Use, reqwest::Client)>>,
    ends: Arc<handshake::Ends>,
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

/// How often a connection is used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// For many requests that only read.
    Shared,
    /// For one that changes something: what an old connection has lost could not be told from what was sent.
    Once,
}

/// What differs between the services.
#[derive(Clone, Default)]
struct Route {
    ca_file: Option<PathBuf>,
    proxy: Option<SecretString>,
    own: Option<ClientCertificate>,
}

impl Network {
    /// Takes trust roots, proxies and the connect deadline from `settings`; opens nothing.
    pub fn new(settings: &Settings) -> Self {
        let route = |ca_file: &Option<PathBuf>, proxy: &Option<SecretString>| Route {
            ca_file: ca_file.clone(),
            proxy: proxy.clone(),
            own: None,
        };
        let certcentral = settings.certcentral.as_ref().map(|s| route(&s.ca_file, &s.proxy));
        let partner = settings.partner.as_ref().map(|s| route(&s.ca_file, &s.proxy));
        let one = settings.one.as_ref().map(|s| match &s.auth {
            OneAuth::Key(_) => route(&s.ca_file, &s.proxy),
            OneAuth::Certificate(own) => Route { own: Some(own.clone()), ..route(&s.ca_file, &s.proxy) },
        });
        let routes = [certcentral, partner, one].map(Option::unwrap_or_default);
        let (connect, addresses) = (settings.timeouts.connect, settings.addresses.clone());
        Self { connect, addresses, routes, made: Mutex::new(Vec::new()), ends: Arc::default() }
    }

    fn route(&self, service: Service) -> &Route {
        let [certcentral, partner, one] = &self.routes;
        match service {
            Service::CertCentral => certcentral,
            Service::Partner => partner,
            Service::One => one,
        }
    }

    /// The first service with the same roots, proxy and certificate: all of them share its connections.
    fn first_like(&self, service: Service) -> Service {
        let route = self.route(service);
        Service::ALL.into_iter().find(|other| self.route(*other).is(route)).unwrap_or(service)
    }

    fn way(&self, service: Service, url: &Url) -> Way {
        let loopback = Origin::of(url).is_loopback();
        match (url.scheme(), loopback) {
            ("http", true) => Way::Plain,
            (_, true) => Way::Loopback(self.first_like(service)),
            (_, false) => Way::Network(self.first_like(service)),
        }
    }

    fn client(&self, service: Service, way: Way, often: Use) -> Result<reqwest::Client, TransportError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., client)) = made.iter().find(|(known, used, _)| *known == way && *used == often) {
            return Ok(client.clone());
        }
        let client = self.build(self.route(service), way, often)?;
        made.push((way, often, client.clone()));
        Ok(client)
    }

    fn build(&self, route: &Route, way: Way, often: Use) -> Result<reqwest::Client, TransportError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .https_only(way != Way::Plain)
            .http1_only()
            .http1_max_headers(limits::HEADERS)
            .connect_timeout(self.connect);
        if often == Use::Once {
            builder = builder.pool_max_idle_per_host(0);
        }
        for (host, addresses) in &self.addresses {
            // Port 0 is that of the address that is asked.
            let addresses: Vec<SocketAddr> = addresses.iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
            builder = builder.resolve_to_addrs(host, &addresses);
        }
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
        builder
            .tls_backend_preconfigured(handshake::config(route.ca_file.as_deref(), route.own.as_ref(), &self.ends)?)
            .build()
            .map_err(|error| TransportError::Other(plain(&error.without_url())))
    }
}

impl Route {
    fn is(&self, other: &Self) -> bool {
        let proxy = |route: &Self| route.proxy.as_ref().map(|proxy| proxy.expose_secret().to_owned());
        let own = match (&self.own, &other.own) {
            (None, None) => true,
            (Some(own), Some(other)) => own.is(other),
            _ => false,
        };
        self.ca_file == other.ca_file && proxy(self) == proxy(other) && own
    }
}

/// What an error of a request is told by.
pub struct Target {
    /// The host.
    pub host: String,
    /// The proxy before it.
    pub proxy: Option<ProxyPlace>,
    /// A client certificate is shown when the server asks for one.
    pub own: bool,
    /// The deadline of a connection.
    pub connect: Duration,
}

impl Transport for Network {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let Request { service, method, url, headers, body, unsent } = request;
        let way = self.way(service, &url);
        let route = self.route(service);
        let proxy = matches!(way, Way::Network(_)).then(|| ProxyPlace::of(route.proxy.as_ref(), &url)).flatten();
        let own = route.own.is_some();
        let host = Origin::of(&url).host().to_owned();
        let client = match &proxy {
            // Its own handshake would show the certificate to the proxy.
            Some(proxy) if own && proxy.encrypted => {
                let why = format!("the proxy {} is https://, which no client certificate can pass", proxy.host);
                Err(TransportError::Settings(why))
            }
            _ => self.client(service, way, if method == Method::GET { Use::Shared } else { Use::Once }),
        };
        let target = Target { host, proxy, own, connect: self.connect };
        async move {
            let client = client.inspect_err(|_| unsent.note())?;
            let mut request = client.request(method, url).headers(headers);
            if let Some(body) = body {
                request = request.body(body);
            }
            let response = request.send().await.map_err(|error| {
                // Name, connection, proxy and handshake come before the first byte of a request.
                if error.is_connect() || error.is_builder() {
                    unsent.note();
                }
                of_send(error, target)
            })?;
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let body = response.bytes_stream().map(|chunk| chunk.map_err(of_body)).boxed();
            Ok(Response { status, headers, body })
        }
        .boxed()
    }

    fn certificate_end(&self, host: &str) -> Option<Timestamp> {
        self.ends.of(host)
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
pub fn plain(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// The error of the TLS library inside an error.
fn tls<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let wrapped = |cause: &'a (dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<rustls::Error>()
    };
    causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>().or_else(|| wrapped(cause)))
}

/// What an error of sending means.
pub fn of_send(error: reqwest::Error, target: Target) -> TransportError {
    let Target { host, proxy, own, connect } = target;
    let error = error.without_url();
    if let Some(inner) = tls(&error) {
        let shown = Refused::of(inner).map(|refused| Box::new(refused.shown.clone()));
        return TransportError::Tls { host, problem: TlsProblem::of(inner, own), shown };
    }
    let words = causes(&error).map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let seconds = connect.as_secs_f64();
    if let Some(proxy) = proxy.filter(|_| error.is_connect()) {
        let problem = if error.is_timeout() { ProxyProblem::Timeout { seconds } } else { proxy::problem(&words) };
        return TransportError::Proxy { proxy: proxy.host, host, problem };
    }
    if error.is_dns() {
        return TransportError::NotFound { host };
    }
    if error.is_timeout() {
        return TransportError::ConnectTimeout { host, seconds };
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

/// What an error inside a body means.
pub fn of_body(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    if let Some(inner) = tls(&error) {
        return TransportError::Other(TlsProblem::of(inner, false).to_string());
    }
    let kind = causes(&error).find_map(|cause| cause.downcast_ref::<io::Error>().map(io::Error::kind));
    match kind {
        Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => TransportError::Compression,
        _ => TransportError::Cut,
    }
}
