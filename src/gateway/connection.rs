//! One client connection: its peer, what it is doing, and when it has been silent too long (attack D01).

mod streams;

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Version;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::observe::RequestId;

use super::addresses::Place;
use super::tls::{ClientCertificate, TlsSession};
use super::wire::Scanner;

use streams::{Streams, Taken};

/// How a listener stops: `begin` asks, `end` cuts what is left when the time given has passed.
#[derive(Debug, Clone, Default)]
pub struct Closing {
    /// No new requests.
    pub begin: CancellationToken,
    /// No more time.
    pub end: CancellationToken,
    /// Connections and tunnels.
    pub tasks: TaskTracker,
}

/// What is known of a connection before its first request.
#[derive(Debug)]
pub struct Arrival {
    /// The other end, or whom a PROXY protocol header named; canonical.
    pub peer: IpAddr,
    /// The peer is a trusted proxy, whose requests come from others.
    pub carries_others: bool,
    /// Its TLS.
    pub tls: Option<TlsSession>,
    /// Its listener only redirects to https.
    pub redirects: bool,
}

/// What the tasks of one connection share.
#[derive(Debug)]
pub struct Connection {
    arrival: Arrival,
    closing: Closing,
    /// Given back with the slot.
    place: OnceLock<Place>,
    /// Given back when the last task of the connection is done, a tunnel's too.
    _slot: Option<OwnedSemaphorePermit>,
    opened: Instant,
    first_id: RequestId,
    requests: AtomicU64,
    ambiguous: AtomicBool,
    tunnelled: AtomicBool,
    in_flight: AtomicUsize,
    /// Milliseconds after `opened` since when nothing is under way.
    waiting_since: AtomicU64,
    /// Milliseconds after `opened`, plus one, since when the client takes no byte; 0 when it does.
    blocked_since: AtomicU64,
    /// Answers of HTTP/2.
    streams: Streams,
}

/// How much of a connection must have stalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stall {
    /// One answer is enough: the connection takes no more requests.
    OfOne,
    /// Every answer: nothing moves any more.
    OfAll,
}

impl Connection {
    /// A connection just accepted; its first request is named `first_id`.
    #[must_use]
    pub fn new(
        arrival: Arrival,
        closing: Closing,
        slot: Option<OwnedSemaphorePermit>,
        place: Option<Place>,
        first_id: RequestId,
    ) -> Self {
        Self {
            arrival,
            closing,
            place: place.map(OnceLock::from).unwrap_or_default(),
            _slot: slot,
            opened: Instant::now(),
            first_id,
            requests: AtomicU64::new(0),
            ambiguous: AtomicBool::new(false),
            tunnelled: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
            waiting_since: AtomicU64::new(0),
            blocked_since: AtomicU64::new(0),
            streams: Streams::default(),
        }
    }

    /// The address of the other end, or whom a trusted proxy named in its place; canonical.
    #[must_use]
    pub fn peer(&self) -> IpAddr {
        self.arrival.peer
    }

    /// Whether its requests come from others than its peer: each then takes a place of its client's address.
    #[must_use]
    pub fn carries_others(&self) -> bool {
        self.arrival.carries_others
    }

    /// Whether its listener only redirects to https.
    #[must_use]
    pub fn redirects(&self) -> bool {
        self.arrival.redirects
    }

    /// Whether it speaks TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.arrival.tls.is_some()
    }

    /// Whether a request for `host` may come this way: always, but with the certificate of another host.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        self.arrival.tls.as_ref().is_none_or(|tls| tls.is_for(host))
    }

    /// The client's certificate, verified; none when it has shown none.
    #[must_use]
    pub fn client_certificate(&self) -> Option<&ClientCertificate> {
        self.arrival.tls.as_ref()?.client()
    }

    /// A name for the next request: chance is asked once for a connection, not for each of its requests.
    #[must_use]
    pub fn next_request(&self) -> RequestId {
        self.first_id.later(self.requests.fetch_add(1, Ordering::Relaxed))
    }

    /// Keeps a place until the connection ends: a tunnel has become its client's alone.
    pub fn keep(&self, place: Place) {
        // A second tunnel on one connection cannot be.
        let _ = self.place.set(place);
    }

    /// How this connection's listener stops.
    #[must_use]
    pub fn closing(&self) -> &Closing {
        &self.closing
    }

    /// Whether its bytes had two meanings: every request from then on is refused.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.ambiguous.load(Ordering::Acquire)
    }

    /// From here on the bytes belong to a tunnel.
    pub fn tunnel(&self) {
        self.tunnelled.store(true, Ordering::Release);
    }

    /// Notes a request of `version` under way until the guard is dropped.
    #[must_use]
    pub fn begin(self: &Arc<Self>, version: Version) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        InFlight { connection: Arc::clone(self), place: None, many: version == Version::HTTP_2, stream: None }
    }

    /// Waits until the connection has been silent for `silence` with nothing under way, or the client has taken nothing of what is there for
    /// it for `stall`.
    pub async fn stalled(&self, silence: Duration, stall: Duration, what: Stall) {
        loop {
            let now = Instant::now();
            let under_way = self.in_flight.load(Ordering::Acquire);
            let deadline = if under_way == 0 {
                self.opened + Duration::from_millis(self.waiting_since.load(Ordering::Acquire)) + silence
            } else {
                let stream = match what {
                    Stall::OfOne => self.streams.first(),
                    Stall::OfAll => self.streams.all(under_way),
                };
                let blocked = self.blocked_since.load(Ordering::Acquire).checked_sub(1);
                match blocked.into_iter().chain(stream).min() {
                    Some(since) => self.opened + Duration::from_millis(since) + stall,
                    None => now + silence.min(stall),
                }
            };
            if deadline <= now {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn wrote(&self) {
        if self.blocked_since.load(Ordering::Relaxed) != 0 {
            self.blocked_since.store(0, Ordering::Release);
        }
        // The end of an answer may still be on its way when the request is done.
        if self.in_flight.load(Ordering::Relaxed) == 0 {
            self.waiting_since.store(self.elapsed(), Ordering::Release);
        }
    }

    fn blocked(&self) {
        let since = self.elapsed().saturating_add(1);
        let _ = self.blocked_since.compare_exchange(0, since, Ordering::AcqRel, Ordering::Relaxed);
    }
}

/// A request under way; it ends with its answer's body.
#[derive(Debug)]
pub struct InFlight {
    connection: Arc<Connection>,
    place: Option<Place>,
    /// Its connection carries several at a time.
    many: bool,
    /// Its answer there.
    stream: Option<Arc<Taken>>,
}

impl InFlight {
    /// Keeps a place of the client's address until the request has ended; in a tunnel, until the connection has.
    pub fn hold(&mut self, place: Option<Place>) {
        self.place = place;
    }

    /// The head of its answer leaves; where others share the connection, the client's taking of this one is watched from here on.
    pub fn answered(&mut self) {
        self.stream = self.many.then(|| self.connection.streams.add(self.connection.elapsed()));
    }

    /// The client asked for more of the answer, and there `was` some.
    pub fn asked(&self, was: bool) {
        match &self.stream {
            Some(stream) if was => stream.offered(self.connection.elapsed()),
            Some(stream) => stream.awaited(),
            None => (),
        }
    }

    /// The request's connection became a tunnel.
    pub fn tunnel(&mut self) {
        if let Some(place) = self.place.take() {
            self.connection.keep(place);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let connection = &self.connection;
        if let Some(stream) = &self.stream {
            connection.streams.remove(stream);
        }
        if connection.in_flight.fetch_sub(1, Ordering::AcqRel) == 1 {
            connection.waiting_since.store(connection.elapsed(), Ordering::Release);
        }
    }
}

/// The stream of a connection, watched.
#[derive(Debug)]
pub struct Watched<S> {
    stream: S,
    connection: Arc<Connection>,
    scanner: Scanner,
}

impl<S> Watched<S> {
    /// Watches `stream`; heads are at most `head_bytes` long.
    pub fn new(stream: S, connection: Arc<Connection>, head_bytes: usize) -> Self {
        Self { stream, connection, scanner: Scanner::new(head_bytes) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        if !this.connection.tunnelled.load(Ordering::Acquire)
            && this.scanner.feed(buf.filled().get(before..).unwrap_or_default()).is_err()
        {
            this.connection.ambiguous.store(true, Ordering::Release);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if written.is_ready() {
            self.connection.wrote()
        } else {
            self.connection.blocked()
        }
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        if written.is_ready() {
            self.connection.wrote()
        } else {
            self.connection.blocked()
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
