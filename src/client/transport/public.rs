//! Requests to what is published for everybody, over plain http as well: no key, no certificate, nothing that is kept.
//!
//! What is published is signed, so it need not come over TLS; and a host of a certificate is not one of the
//! configuration, so connections go to addresses that were looked at before, never to what a second lookup gives.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    HeaderValue, Response, TransportError, Url, handshake, header,
    network::{Target, of_body, of_send, plain},
    proxy::ProxyPlace,
};
use crate::client::{auth::Origin, limits};

/// How connections to public places are made.
#[derive(Clone, Default)]
pub struct Public {
    /// PEM file of roots to trust besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// Proxy address; may hold a password. `None` for that of the system.
    pub proxy: Option<SecretString>,
    /// Time for a connection.
    pub connect: Duration,
}

/// A request.
pub struct Errand {
    /// The address.
    pub url: Url,
    /// What is accepted.
    pub accept: &'static str,
    /// Type and bytes of what is sent: POST with it, GET without.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// The addresses of the host, none where a proxy finds them.
    pub addresses: Vec<SocketAddr>,
}

impl Public {
    /// The proxy that requests to `url` go through, host and port; none to this machine.
    pub fn proxy(&self, url: &Url) -> Option<String> {
        if Origin::of(url).is_loopback() {
            return None;
        }
        ProxyPlace::of(self.proxy.as_ref(), url).map(|place| place.host)
    }

    /// Sends once, by a connection of its own; no redirect is followed. The address is that of the other end.
    ///
    /// # Errors
    /// No answer.
    pub async fn send(&self, errand: Errand) -> Result<(Response, Option<SocketAddr>), TransportError> {
        let Errand { url, accept, body, addresses } = errand;
        let host = Origin::of(&url).host().to_owned();
        let through = if Origin::of(&url).is_loopback() { None } else { ProxyPlace::of(self.proxy.as_ref(), &url) };
        let client = self.client(&host, &addresses, through.is_some(), url.scheme() == "https")?;
        let target = Target { host, proxy: through, own: false, connect: self.connect };
        let request = match body {
            Some((kind, bytes)) => client.post(url).header(header::CONTENT_TYPE, kind).body(bytes),
            None => client.get(url),
        };
        let agent = concat!("certdeck/", env!("CARGO_PKG_VERSION"));
        let request =
            request.header(header::ACCEPT, accept).header(header::USER_AGENT, HeaderValue::from_static(agent));
        let response = request.send().await.map_err(|error| of_send(error, target))?;
        let end = response.remote_addr();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes_stream().map(|chunk| chunk.map_err(of_body)).boxed();
        Ok((Response { status, headers, body }, end))
    }

    fn client(
        &self,
        host: &str,
        addresses: &[SocketAddr],
        proxied: bool,
        encrypted: bool,
    ) -> Result<reqwest::Client, TransportError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // A body that is packed could be a thousand times what comes.
            .no_gzip()
            .http1_only()
            .http1_max_headers(limits::HEADERS)
            .pool_max_idle_per_host(0)
            .connect_timeout(self.connect);
        if !proxied {
            builder = builder.no_proxy().resolve_to_addrs(host, addresses);
        } else if let Some(proxy) = &self.proxy {
            let proxy = reqwest::Proxy::all(proxy.expose_secret())
                .map_err(|_| TransportError::Settings("the proxy address cannot be read".into()))?;
            builder = builder.proxy(proxy);
        }
        let builder = if encrypted {
            builder.tls_backend_preconfigured(handshake::config(self.ca_file.as_deref(), None, &Arc::default())?)
        } else {
            builder.tls_certs_only(std::iter::empty())
        };
        builder.build().map_err(|error| TransportError::Other(plain(&error.without_url())))
    }
}
