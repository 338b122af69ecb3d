//! The other half of a connection to an upstream: what reads and writes it. Whoever uses the connection drives it, in the same task as the
//! exchange; a connection in the pool is driven by nobody, and is found closed when it is taken up again.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Reads and writes one HTTP/1.1 connection while it is polled.
pub(super) struct Driver {
    /// Absent when the connection has ended.
    connection: Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>,
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("ended", &self.connection.is_none()).finish()
    }
}

impl Driver {
    /// Drives `connection`.
    pub(super) fn of(connection: impl Future<Output = hyper::Result<()>> + Send + 'static) -> Self {
        Self { connection: Some(Box::pin(connection)) }
    }

    /// Moves what can be moved; the task of `cx` is woken when there is more.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) {
        // Whoever waits for an answer is told why there is none; an idle connection that breaks concerns nobody.
        if let Some(connection) = &mut self.connection
            && connection.as_mut().poll(cx).is_ready()
        {
            self.connection = None;
        }
    }

    /// Waits for `awaited`, which needs the connection to move.
    pub(super) async fn until<T>(&mut self, awaited: impl Future<Output = T>) -> T {
        let mut awaited = pin!(awaited);
        poll_fn(|cx| {
            self.drive(cx);
            awaited.as_mut().poll(cx)
        })
        .await
    }

    /// Moves what can be moved once more, so that the exchange's task is not woken by what happens later.
    pub(super) fn rest(&mut self) {
        self.drive(&mut Context::from_waker(Waker::noop()));
    }

    /// Drives the connection to its end: once it is a tunnel, that is when both sides have it in hand.
    pub(super) async fn finish(mut self) {
        poll_fn(|cx| {
            self.drive(cx);
            if self.connection.is_none() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
