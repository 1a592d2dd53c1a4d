//! A stand-in for the four services, on the loopback: the default of a newcomer and the other side of the tests.
//!
//! It answers by the contract files in `tests/contract`, holds a seeded world that changes when it is written to, and misbehaves on
//! purpose. It shares no types with the client: a wrong member name would otherwise be wrong on both sides, and pass.

mod answer;
mod ari;
mod auth;
mod bomb;
mod clock;
mod control;
mod faults;
mod library;
mod limits;
mod mischief;
mod noise;
mod one;
mod options;
mod partner;
mod pki;
mod serve;
mod servers;
mod services;
mod tls;
mod wire;
mod world;
mod zip;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle};

use axum_server::accept::DefaultAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::sync::watch;

pub use auth::{
    CERTCENTRAL, CERTCENTRAL_EXPIRED, CERTCENTRAL_MANAGER, CERTCENTRAL_VIEW_ONLY, DemoKeys, ONE, ONE_EXPIRED,
    ONE_SECOND, ONE_VIEWER, ONE_WITHOUT_CA, PARTNER_INACTIVE, PARTNER_LABS, PARTNER_LOGISTICS, PARTNER_PARENT,
    PARTNER_PLATFORM, PARTNER_SHOP, SubaccountKey, demo_keys,
};
pub use control::{Control, NewEvent, Seen};
pub use faults::{Fault, FaultPlan, RetryAfter, Rule};
pub use options::{
    Accounts, ApprovalAnswer, ApprovalPath, EmptyList, FourEyes, Generating, IdStyle, ListShape, LoginDate, Options,
    PartHeader, Queue, ReasonAs, ReportsBadKey, RetryHeader, RevokedAs, RunAnswer, RunEnd, RunFate, SerialCase,
    ServicesBadKey, Switches, UserIdAs, Zone,
};
pub use servers::{Server, server_names};
pub use tls::{Flaw, Tls, TlsFiles};

/// Base addresses of the services at a simulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// `CertCentral` services.
    pub services: String,
    /// `CertCentral` report library.
    pub reports: String,
    /// Partner subscriptions.
    pub partner: String,
    /// Private CA, Account Manager, Trust Lifecycle; their prefixes follow it.
    pub one: String,
}

/// The base addresses at `addr`, in plain HTTP.
pub fn urls(addr: SocketAddr) -> Urls {
    Urls::below(&format!("http://{addr}"))
}

impl Urls {
    fn below(base: &str) -> Self {
        Self {
            services: format!("{base}/services/v2"),
            reports: format!("{base}/reports/v1"),
            partner: format!("{base}/partner-subscription/api/v1"),
            one: base.to_owned(),
        }
    }
}

/// A running simulator: one thread of its own, which sleeps while nobody asks. It stops when it is dropped.
pub struct Simulator {
    addr: SocketAddr,
    shared: Arc<serve::Shared>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    files: Option<TlsFiles>,
    servers: Vec<Server>,
}

impl Simulator {
    /// Binds the address and starts the thread; the world is built there, while the first requests may wait in the queue of the socket.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound or the thread cannot be started.
    pub fn spawn(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let (config, files) = match options.tls {
            Some(tls) => {
                let (config, files) = tls::config(tls, addr).map_err(io::Error::other)?;
                (Some(config), Some(files))
            }
            None => (None, None),
        };
        let scheme = if config.is_some() { "https" } else { "http" };
        let shared = Arc::new(serve::Shared {
            seed: options.seed,
            scale: options.scale.max(1),
            base: format!("{scheme}://{addr}"),
            clock: Arc::new(clock::Clock::new(options.start, options.running)),
            limits: options.limits.then(|| limits::Limits::new(options.switches.rate)),
            switches: options.switches,
            faults: faults::Faults::default(),
            seen: Mutex::default(),
            world: OnceLock::new(),
        });
        shared.faults.set(options.faults);
        let (stop, stopped) = watch::channel(false);
        let servers = options.servers.then(servers::Servers::bind).transpose()?;
        let list = servers.as_ref().map(|servers| servers.list().to_vec()).unwrap_or_default();
        let own = shared.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("simulator".to_owned()).spawn(move || {
            own.world();
            // The socket is bound; a serve that ends early shows as refused connections.
            let _ = runtime.block_on(run(listener, own, config, servers, stopped));
        })?;
        Ok(Self { addr, shared, stop, thread: Some(thread), files, servers: list })
    }

    /// The bound address.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base addresses of the services, with the scheme it speaks.
    pub fn urls(&self) -> Urls {
        Urls::below(&self.shared.base)
    }

    /// Root and client certificate, when it speaks TLS.
    pub fn tls_files(&self) -> Option<&TlsFiles> {
        self.files.as_ref()
    }

    /// Servers of names of its world; none unless [`Options::servers`] is set.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// The hand on it for tests.
    pub fn control(&self) -> Control {
        Control { shared: self.shared.clone() }
    }

    /// Waits until ctrl-c, then stops.
    ///
    /// # Errors
    ///
    /// When the signal cannot be listened to.
    pub fn wait(self) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let heard = runtime.block_on(tokio::signal::ctrl_c());
        self.stop();
        heard
    }

    /// Closes every connection and joins the thread.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Without a receiver the thread has ended already.
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed by the hook; there is nothing to add.
            let _ = thread.join();
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.end();
    }
}

async fn run(
    listener: TcpListener,
    shared: Arc<serve::Shared>,
    config: Option<rustls::ServerConfig>,
    servers: Option<servers::Servers>,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    if let Some(servers) = servers {
        servers.start(&shared)?;
    }
    let router = serve::router(shared).into_make_service();
    let server = axum_server::from_tcp(listener)?;
    let serving = async {
        if let Some(config) = config {
            let encrypted = wire::Wired {
                inner: RustlsAcceptor::new(RustlsConfig::from_config(Arc::new(config))),
                look: wire::ENCRYPTED,
            };
            return server.acceptor(encrypted).serve(router).await;
        }
        let plain = wire::Wired { inner: DefaultAcceptor::new(), look: wire::PLAIN };
        server.acceptor(plain).serve(router).await
    };
    tokio::select! {
        ended = serving => ended,
        // An error means that the simulator was dropped, which ends it as well.
        _ = stopped.wait_for(|stop| *stop) => Ok(()),
    }
}
