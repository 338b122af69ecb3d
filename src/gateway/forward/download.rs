//! An answer's body on its way to the client: cut when the upstream is silent too long, or when the session it was given to has ended
//! (attack H18). Cut, never ended cleanly: the client sees that something is missing.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{Back, clean};
use crate::gateway::body::BoxError;
use crate::session::{SessionKey, Sessions};

/// A body or tunnel that lasts longer than this has its session looked at again, and so on; never above a minute (attack H18).
pub const STREAM_CHECK: Duration = Duration::from_secs(15);

/// The session that a stream was given to.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Where to ask.
    pub sessions: Sessions,
    /// Which.
    pub key: SessionKey,
    /// How often.
    pub every: Duration,
}

impl Watch {
    /// Whether it lives. A store that does not answer is no reason to go on.
    pub async fn lives(self) -> bool {
        self.sessions.still_live(self.key).await.is_ok_and(|visitor| visitor.is_some())
    }
}

type Check = Pin<Box<dyn Future<Output = bool> + Send>>;

/// The body passed to a client.
pub struct Download {
    body: Incoming,
    /// Until the body has ended as it should.
    back: Option<Back>,
    /// Trailers are passed on.
    trailers: bool,
    silence: Duration,
    watch: Option<Watch>,
    last: Instant,
    next_check: Instant,
    check: Option<Check>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Download {
    /// Passes `body` on while it moves at least every `silence`, and while `watch` lives; its connection goes `back` at its end, and is
    /// closed when the body is cut. `trailers`: whether they are passed on too.
    #[must_use]
    pub fn new(body: Incoming, back: Back, silence: Duration, watch: Option<Watch>, trailers: bool) -> Self {
        let now = Instant::now();
        let next_check = now + watch.as_ref().map_or(silence, |watch| watch.every);
        Self { body, back: Some(back), trailers, silence, watch, last: now, next_check, check: None, timer: None }
    }

    fn ended(&mut self) {
        if let Some(back) = self.back.take() {
            back.give_back();
        }
    }

    /// What has come already, before more is read.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        if let Poll::Ready(polled) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(polled);
        }
        if let Some(back) = &mut self.back {
            back.drive(cx);
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    /// Asks about the session when it is time; ready when it has ended.
    fn poll_session(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<()> {
        loop {
            if let Some(check) = &mut self.check {
                let lives = ready!(check.as_mut().poll(cx));
                self.check = None;
                if !lives {
                    return Poll::Ready(());
                }
            }
            let Some(watch) = self.watch.as_ref().filter(|_| now >= self.next_check) else { return Poll::Pending };
            self.next_check = now + watch.every;
            self.check = Some(Box::pin(watch.clone().lives()));
        }
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        loop {
            let now = Instant::now();
            if this.poll_session(cx, now).is_ready() {
                return Poll::Ready(Some(Err("the session has ended".into())));
            }
            if let Poll::Ready(polled) = this.poll_body(cx) {
                this.last = now;
                match polled {
                    None => {
                        this.ended();
                        return Poll::Ready(None);
                    }
                    Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                    Some(Ok(frame)) => match frame.into_data() {
                        Ok(data) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                        Err(frame) => match frame.into_trailers() {
                            Ok(mut trailers) if this.trailers => {
                                clean(&mut trailers);
                                return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
                            }
                            Ok(_) | Err(_) => continue,
                        },
                    },
                }
            }
            let silent_at = this.last + this.silence;
            if now >= silent_at {
                return Poll::Ready(Some(Err("the upstream stopped in the middle of its answer".into())));
            }
            let wake_at = if this.watch.is_some() { silent_at.min(this.next_check) } else { silent_at };
            let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(wake_at)));
            if timer.deadline() != wake_at {
                timer.as_mut().reset(wake_at);
            }
            ready!(timer.as_mut().poll(cx));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        // Nobody asks for the end of a body that says it has none left.
        if self.body.is_end_stream() {
            self.ended();
        }
    }
}
