//! The connection below HTTP: a stream that can send a script in place of what the server writes, and then close or reset.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

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
}

impl Wire {
    /// From now on the peer gets `bytes` and the ending, whatever the server answers.
    pub(super) fn take_over(&self, bytes: Vec<u8>, ending: Ending) {
        if let Ok(mut script) = self.script.lock() {
            *script = Some(Script { bytes, sent: 0, ending });
        }
    }
}

/// A TCP stream under a [`Wire`].
pub(super) struct Stream {
    tcp: TcpStream,
    wire: Wire,
}

impl Stream {
    /// Sends what the script has left and ends the connection; `Ready(None)` when there is no script.
    fn poll_script(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Error>> {
        let Ok(mut guard) = self.wire.script.lock() else {
            return Poll::Ready(None);
        };
        let Some(script) = guard.as_mut() else {
            return Poll::Ready(None);
        };
        while let Some(rest) = script.bytes.get(script.sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.tcp).poll_write(cx, rest)) {
                Ok(count) => script.sent += count,
                Err(error) => return Poll::Ready(Some(error)),
            }
        }
        if script.ending == Ending::Reset {
            // A zero linger turns the close into a RST; without it the reset would be a FIN, so a failure is told.
            if let Err(error) = self.tcp.set_zero_linger() {
                return Poll::Ready(Some(error));
            }
        }
        Poll::Ready(Some(io::ErrorKind::ConnectionAborted.into()))
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match ready!(self.poll_script(cx)) {
            Some(end) => Poll::Ready(Err(end)),
            None => Pin::new(&mut self.tcp).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// Accepts streams under a wire each.
pub(super) struct Door {
    pub(super) tcp: TcpListener,
}

impl Listener for Door {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        let (tcp, peer) = Listener::accept(&mut self.tcp).await;
        // Small answers on the loopback should not wait for an acknowledgement; without it they are only slower.
        let _ = tcp.set_nodelay(true);
        let wire = Wire::default();
        (Stream { tcp, wire }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().wire.clone()
    }
}
