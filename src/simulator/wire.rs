//! The connection below HTTP: a stream that can send a script in place of what the server writes, and then close or reset.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use axum::http::Request;
use axum_server::accept::Accept;
use axum_server::tls_rustls::RustlsAcceptor;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower_service::Service;

/// How a scripted connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// FIN.
    Close,
    /// RST.
    Reset,
}

#[derive(Debug)]
struct Script {
    bytes: Vec<u8>,
    sent: usize,
    ending: Ending,
}

/// The hand on a connection that a request handler gets.
#[derive(Clone, Debug, Default)]
pub(super) struct Wire {
    script: Arc<Mutex<Option<Script>>>,
    /// DER bytes of the client's certificate.
    pub(super) peer: Option<Arc<[u8]>>,
}

impl Wire {
    /// From now on the peer gets `bytes` and the ending, whatever the server answers.
    pub(super) fn take_over(&self, bytes: Vec<u8>, ending: Ending) {
        if let Ok(mut script) = self.script.lock() {
            *script = Some(Script { bytes, sent: 0, ending });
        }
    }
}

/// How to look through a stream: the TCP below it, and the certificate of the client.
pub(super) struct Look<T> {
    tcp: fn(&T) -> &TcpStream,
    peer: fn(&T) -> Option<Arc<[u8]>>,
}

impl<T> Clone for Look<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Look<T> {}

/// The stream of the TLS acceptor, whose crate is not named here.
type Encrypted = <RustlsAcceptor as Accept<TcpStream, ()>>::Stream;

/// Streams of plain HTTP.
pub(super) const PLAIN: Look<TcpStream> = Look { tcp: |stream| stream, peer: |_| None };

/// Streams under TLS.
pub(super) const ENCRYPTED: Look<Encrypted> = Look {
    tcp: |stream| stream.get_ref().0,
    peer: |stream| {
        let chain = stream.get_ref().1.peer_certificates()?;
        chain.first().map(|der| Arc::from(der.as_ref()))
    },
};

/// A stream under a [`Wire`].
pub(super) struct Stream<T> {
    below: T,
    look: Look<T>,
    wire: Wire,
}

impl<T: AsyncWrite + Unpin> Stream<T> {
    /// Sends what the script has left and ends the connection; `Ready(None)` when there is no script.
    fn poll_script(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Error>> {
        let Ok(mut guard) = self.wire.script.lock() else {
            return Poll::Ready(None);
        };
        let Some(script) = guard.as_mut() else {
            return Poll::Ready(None);
        };
        while let Some(rest) = script.bytes.get(script.sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.below).poll_write(cx, rest)) {
                Ok(count) => script.sent += count,
                Err(error) => return Poll::Ready(Some(error)),
            }
        }
        if let Err(error) = ready!(Pin::new(&mut self.below).poll_flush(cx)) {
            return Poll::Ready(Some(error));
        }
        if script.ending == Ending::Reset {
            // A zero linger turns the close into a RST; without it the reset would be a FIN, so a failure is told.
            if let Err(error) = (self.look.tcp)(&self.below).set_zero_linger() {
                return Poll::Ready(Some(error));
            }
        }
        Poll::Ready(Some(io::ErrorKind::ConnectionAborted.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Stream<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.below).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Stream<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match ready!(self.poll_script(cx)) {
            Some(end) => Poll::Ready(Err(end)),
            None => Pin::new(&mut self.below).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.below).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.below).poll_shutdown(cx)
    }
}

/// Puts a wire over what another acceptor makes, and its hand into every request.
pub(super) struct Wired<A, T> {
    pub(super) inner: A,
    pub(super) look: Look<T>,
}

impl<A: Clone, T> Clone for Wired<A, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), look: self.look }
    }
}

impl<A, S, T: 'static> Accept<TcpStream, S> for Wired<A, T>
where
    A: Accept<TcpStream, S, Stream = T>,
    A::Service: 'static,
    A::Future: Send + 'static,
{
    type Stream = Stream<T>;
    type Service = Handed<A::Service>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        // Small answers on the loopback should not wait for an acknowledgement; without it they are only slower.
        let _ = stream.set_nodelay(true);
        let accepting = self.inner.accept(stream, service);
        let look = self.look;
        Box::pin(async move {
            let (below, service) = accepting.await?;
            let wire = Wire { peer: (look.peer)(&below), ..Wire::default() };
            let stream = Stream { below, look, wire: wire.clone() };
            Ok((stream, Handed { service, wire }))
        })
    }
}

/// A service whose requests carry the [`Wire`] of their connection.
#[derive(Clone)]
pub(super) struct Handed<S> {
    service: S,
    wire: Wire,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Handed<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.extensions_mut().insert(self.wire.clone());
        self.service.call(request)
    }
}
