//! A connection that ends when more comes than any server has to say.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream of which at most so many bytes are read.
pub struct Bounded<S> {
    stream: S,
    left: usize,
}

impl<S> Bounded<S> {
    /// Lets `most` bytes through; the next one is an error of kind `FileTooLarge`.
    pub const fn new(stream: S, most: usize) -> Self {
        Self { stream, left: most }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        let came = buf.filled().len().saturating_sub(before);
        let Some(left) = this.left.checked_sub(came) else {
            // A read that fails has read nothing.
            buf.set_filled(before);
            return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
        };
        this.left = left;
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn what_fits_comes_through_and_one_byte_more_ends_it() {
        for (most, came) in [(9, None), (10, Some(10)), (11, Some(10))] {
            let mut bytes = Vec::new();
            let read = Bounded::new(&b"0123456789"[..], most).read_to_end(&mut bytes).await;
            assert_eq!(read.ok(), came, "{most}");
        }
    }
}
