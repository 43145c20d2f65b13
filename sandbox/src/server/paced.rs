//! A connection that can be made to write slowly: a line of the head, or a byte of the body, at a time.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How the response that is being written is paced; shared with whoever answers.
#[derive(Clone, Default)]
pub(super) struct Pace(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    line_ms: u64,
    byte_ms: u64,
    in_body: bool,
}

impl Pace {
    /// For the next response on this connection.
    pub fn set(&self, line_ms: u64, byte_ms: u64) {
        *self.lock() = State { line_ms, byte_ms, in_body: false };
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much of this goes out at once, and how long nothing does afterwards.
    fn next(&self, bytes: &[u8]) -> (usize, u64) {
        let state = self.lock();
        match *state {
            State { line_ms: 0, byte_ms: 0, .. } | State { byte_ms: 0, in_body: true, .. } => (bytes.len(), 0),
            State { byte_ms, in_body: true, .. } => (bytes.len().min(1), byte_ms),
            State { line_ms, .. } => {
                (bytes.iter().position(|b| *b == b'\n').map_or(bytes.len(), |end| end + 1), line_ms)
            }
        }
    }

    fn wrote(&self, bytes: &[u8]) {
        // The empty line ends the head.
        if bytes == b"\r\n" {
            self.lock().in_body = true;
        }
    }
}

pub(super) struct Paced<S> {
    stream: S,
    pace: Pace,
    wait: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    pub fn new(stream: S, pace: Pace) -> Paced<S> {
        Paced { stream, pace, wait: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

/// Not vectored: the pieces come one after the other.
impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(context));
            self.wait = None;
        }
        let (length, wait_ms) = self.pace.next(bytes);
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, &bytes[..length]))?;
        self.pace.wrote(&bytes[..written]);
        if wait_ms > 0 {
            self.wait = Some(Box::pin(tokio::time::sleep(Duration::from_millis(wait_ms))));
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
