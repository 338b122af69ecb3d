//! The end of an answer: counters and the access line wait for the body, not for the head.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Method;
use http_body::{Body as _, Frame, SizeHint};

use crate::observe::AccessLine;

use super::body::{Body, BoxError};
use super::connection::InFlight;
use super::forward::download::Download;

/// Where the bytes of an answer come from.
#[expect(
    clippy::large_enum_variant,
    reason = "the large one is the usual one, and is put in its box once, with its line"
)]
pub enum Source {
    /// Ours, or a page's.
    Own(Body),
    /// An upstream's.
    Passed(Download),
}

/// An answer's body with the story of its request: the access line is written when the body has ended or the client has left.
pub struct Told {
    source: Source,
    line: AccessLine,
    in_flight: InFlight,
}

impl Told {
    /// `source` as it will be told of by `line`; the request is under way until it is dropped.
    #[must_use]
    pub fn new(source: Source, line: AccessLine, in_flight: InFlight) -> Self {
        Self { source, line, in_flight }
    }
}

impl http_body::Body for Told {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = match &mut self.source {
            Source::Own(body) => Pin::new(body).poll_frame(cx),
            Source::Passed(body) => Pin::new(body).poll_frame(cx),
        };
        self.in_flight.asked(polled.is_ready());
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let size = frame.data_ref().map_or(0, Bytes::len);
                self.line.response_bytes += u64::try_from(size).unwrap_or(0);
            }
            Poll::Ready(None) => self.line.complete = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => (),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Own(body) => body.is_end_stream(),
            Source::Passed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own(body) => body.size_hint(),
            Source::Passed(body) => body.size_hint(),
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        // Nobody asks for the end of a body that has none, or of an answer to HEAD.
        self.line.complete |= self.is_end_stream() || self.line.method == Method::HEAD;
    }
}
