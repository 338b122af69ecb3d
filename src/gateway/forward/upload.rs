//! A request's body on its way to an upstream: counted against the limit, trailers dropped (attack H06), its progress watched.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::gateway::body::BoxError;

/// An upload may be slower than [`SLOWEST`] for this long.
const GRACE: Duration = Duration::from_secs(60);
/// Bytes per second, on average.
const SLOWEST: u64 = 64;

/// How far an upload is; shared with the task that waits for the answer.
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    last: AtomicU64,
    sent: AtomicU64,
    done: AtomicBool,
    waits_for_client: AtomicBool,
    too_large: AtomicBool,
    changed: Notify,
}

impl Progress {
    /// When the wait is over: before the end of the body for its next piece, after it for the answer.
    #[must_use]
    pub fn until(&self, answer: Duration, piece: Duration) -> Instant {
        let patience = if self.done.load(Ordering::Acquire) { answer } else { piece };
        self.began + Duration::from_millis(self.last.load(Ordering::Acquire)) + patience
    }

    /// Waits until the body has ended.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Whether the last to be waited for was the client.
    #[must_use]
    pub fn waits_for_client(&self) -> bool {
        self.waits_for_client.load(Ordering::Acquire) && !self.done.load(Ordering::Acquire)
    }

    /// Whether the client has had a minute and sends slower than anyone's network (attack D02).
    #[must_use]
    pub fn crawls(&self) -> bool {
        let elapsed = self.began.elapsed();
        self.waits_for_client()
            && elapsed > GRACE
            && self.sent.load(Ordering::Acquire) < elapsed.as_secs().saturating_mul(SLOWEST)
    }

    /// Whether the body went over its limit.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.too_large.load(Ordering::Acquire)
    }

    fn moved(&self) {
        self.last.store(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX), Ordering::Release);
    }

    fn end(&self) {
        if !self.done.swap(true, Ordering::AcqRel) {
            self.moved();
            self.changed.notify_one();
        }
    }
}

/// The body sent to an upstream.
#[derive(Debug)]
pub struct Upload {
    body: Option<Incoming>,
    left: Option<u64>,
    /// Of a body; nothing to send is sent at once.
    progress: Option<Arc<Progress>>,
}

impl Upload {
    /// `body`: absent when there is nothing to send. `limit` in bytes.
    #[must_use]
    pub fn new(body: Option<Incoming>, limit: Option<u64>) -> Self {
        let progress = body.as_ref().map(|_| {
            Arc::new(Progress {
                began: Instant::now(),
                last: AtomicU64::new(0),
                sent: AtomicU64::new(0),
                done: AtomicBool::new(false),
                waits_for_client: AtomicBool::new(false),
                too_large: AtomicBool::new(false),
                changed: Notify::new(),
            })
        });
        Self { body, left: limit, progress }
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_none()
    }

    /// How far it is; `None` when there is nothing to send.
    #[must_use]
    pub fn progress(&self) -> Option<&Arc<Progress>> {
        self.progress.as_ref()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // A body of known length is dropped at its last byte, without being asked for its end.
        if let Some(progress) = &self.progress {
            progress.end();
        }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            let this = &mut *self;
            let (Some(body), Some(progress)) = (&mut this.body, &this.progress) else { return Poll::Ready(None) };
            progress.waits_for_client.store(true, Ordering::Release);
            let polled = ready!(Pin::new(body).poll_frame(cx));
            progress.waits_for_client.store(false, Ordering::Release);
            progress.moved();
            match polled {
                None => {
                    progress.end();
                    return Poll::Ready(None);
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    let size = u64::try_from(data.len()).unwrap_or(u64::MAX);
                    progress.sent.fetch_add(size, Ordering::AcqRel);
                    if let Some(left) = &mut this.left {
                        let Some(rest) = left.checked_sub(size) else {
                            progress.too_large.store(true, Ordering::Release);
                            return Poll::Ready(Some(Err("the body is larger than allowed".into())));
                        };
                        *left = rest;
                    }
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
