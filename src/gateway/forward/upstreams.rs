//! One exchange with an upstream: the server that has the fewest under way, or the next while nobody is there.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::uri::{Authority, InvalidUri};
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use crate::config::settings::{Upstream as Configured, UpstreamProtocol};
use crate::observe::Metrics;

use super::Upload;
use super::health::Asked;
use super::server::{Back, Server, Unanswered};
use super::standing::{Standing, choose};
use super::tls::{ClientTls, SystemRoots};
use crate::gateway::tls::TlsFault;

/// Every upstream by its servers; routes to the same ones share their connections.
#[derive(Debug)]
pub struct Upstreams {
    by_address: HashMap<Configured, Arc<Upstream>>,
    connect: Duration,
    /// Those of before, until the table is whole.
    kept: HashMap<Configured, Arc<Upstream>>,
    system: SystemRoots,
}

impl Upstreams {
    /// No upstream yet; each is to accept a connection within `connect`.
    #[must_use]
    pub fn new(connect: Duration) -> Self {
        Self { by_address: HashMap::new(), connect, kept: HashMap::new(), system: SystemRoots::default() }
    }

    /// No upstream yet, after a table that had some: one that stays as it was keeps its connections and what is known of its servers.
    #[must_use]
    pub fn after(before: &Self, connect: Duration) -> Self {
        let kept = if before.connect == connect { before.by_address.clone() } else { HashMap::new() };
        Self { by_address: HashMap::new(), connect, kept, system: SystemRoots::default() }
    }

    /// The table is whole: forgets what was only needed to make it, and with it the upstreams that no route has any more.
    pub fn settle(&mut self) {
        (self.kept, self.system) = (HashMap::new(), SystemRoots::default());
    }

    /// TLS of every upstream that speaks it.
    pub fn tls(&self) -> impl Iterator<Item = &Arc<ClientTls>> {
        self.by_address.values().filter_map(|upstream| upstream.tls())
    }

    /// The upstream that the configuration describes.
    ///
    /// # Errors
    /// When a host is none, which the configuration's check has made sure of, or when its TLS cannot be set up. Must be called inside a runtime when its
    /// servers are asked how they are.
    pub fn of(&mut self, configured: &Configured, metrics: &Metrics) -> Result<Arc<Upstream>, UpstreamFault> {
        if let Some(upstream) = self.by_address.get(configured) {
            return Ok(Arc::clone(upstream));
        }
        if let Some(upstream) = self.kept.get(configured) {
            let upstream = Arc::clone(upstream);
            self.by_address.insert(configured.clone(), Arc::clone(&upstream));
            return Ok(upstream);
        }
        let Configured { servers, protocol, tls, health_check } = configured;
        let tls = tls.as_ref().map(|tls| ClientTls::load(tls, *protocol, &mut self.system)).transpose()?.map(Arc::new);
        let servers = servers.iter().map(|address| Server::new(address, *protocol, self.connect, tls.clone()));
        let servers: Vec<Arc<Server>> = servers.collect::<Result<_, _>>()?;
        let began = Instant::now();
        let checked = health_check.as_ref().map(|check| {
            let (upstream, check, well) = (configured.to_string(), check.clone(), metrics.well_servers.clone());
            Asked { upstream, servers: servers.clone(), protocol: *protocol, check, began, well }.start()
        });
        let turn = AtomicUsize::new(0);
        let upstream = Arc::new(Upstream { servers, protocol: *protocol, tls, turn, began, _checked: checked });
        self.by_address.insert(configured.clone(), Arc::clone(&upstream));
        Ok(upstream)
    }
}

/// What stands behind a route: one server, or several that stand for one another.
#[derive(Debug)]
pub struct Upstream {
    servers: Vec<Arc<Server>>,
    protocol: UpstreamProtocol,
    tls: Option<Arc<ClientTls>>,
    turn: AtomicUsize,
    began: Instant,
    /// Its servers are asked how they are for as long as it is there.
    _checked: Option<DropGuard>,
}

impl Upstream {
    /// How it is spoken to.
    #[must_use]
    pub fn protocol(&self) -> UpstreamProtocol {
        self.protocol
    }

    /// TLS; `None` in the clear.
    #[must_use]
    pub fn tls(&self) -> Option<&Arc<ClientTls>> {
        self.tls.as_ref()
    }

    /// The first server's own name, with the port unless it is the scheme's own.
    #[must_use]
    pub fn authority(&self) -> Option<&Authority> {
        self.servers.first().map(|server| server.authority())
    }

    /// One exchange, up to the head of the answer. The request is in the form of the protocol, as [`outgoing`](super::outgoing) makes it.
    ///
    /// While no server accepts a connection the next is asked: nothing was sent yet. What was sent is sent again only when the connection ended
    /// without a byte of answer, and only without a body: once more on a new connection where a kept one did, and once more to another server
    /// where a new one did and the method is safe (attack H22).
    ///
    /// # Errors
    /// Whatever went wrong before a head was read.
    pub(super) async fn request(&self, mut request: Request<Upload>) -> Result<Answer, Failure> {
        let (idempotent, safe) = (request.method().is_idempotent(), request.method().is_safe());
        let mut spare = (idempotent && request.body().is_empty()).then(|| copy(&request));
        let (mut tried, mut anew) = (Vec::new(), false);
        loop {
            let place = self.place(&tried);
            let Some(server) = self.servers.get(place) else { return Err(Failure::Nobody) };
            let Unanswered { failure, unsent } = match server.request(request, anew).await {
                Ok(answer) => {
                    server.standing.reached();
                    return Ok(answer);
                }
                Err(unanswered) => unanswered,
            };
            if matches!(failure, Failure::Stale(_)) && !anew {
                let Some(spare) = &spare else { return Err(failure) };
                (request, anew) = (copy(spare), true);
                continue;
            }
            if self.servers.len() > 1 && (failure.is_unreachable() || failure.is_unheard()) {
                tracing::warn!(server = %server.authority(), error = %failure, cause = failure.cause(), "a server of an upstream is left out for a while");
                server.standing.failed(self.now());
            }
            tried.push(place);
            let whole = match unsent {
                Some(whole) if failure.is_unreachable() => Some(*whole),
                Some(_) | None => spare.take().filter(|_| safe && failure.is_unheard()),
            };
            match whole.filter(|_| tried.len() < self.servers.len()) {
                Some(whole) => request = whole,
                None => return Err(failure),
            }
        }
    }

    /// The place of the server to ask.
    fn place(&self, tried: &[usize]) -> usize {
        if self.servers.len() == 1 {
            return 0;
        }
        let standings: Vec<&Standing> = self.servers.iter().map(|server| &server.standing).collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        choose(&standings, tried, turn, self.now()).unwrap_or_default()
    }

    fn now(&self) -> u64 {
        milliseconds_since(self.began)
    }
}

/// A request without a body, once more.
fn copy(request: &Request<Upload>) -> Request<Upload> {
    let mut copy = Request::new(Upload::new(None, None));
    *copy.version_mut() = request.version();
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

/// Milliseconds since a second before the beginning.
pub(super) fn milliseconds_since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1_000)
}

/// The head of an answer, and the way back of the connection it came on.
#[derive(Debug)]
pub struct Answer {
    /// The answer.
    pub response: Response<Incoming>,
    /// To be used when the answer's body has ended; dropped before, it closes the connection.
    pub back: Back,
}

/// Why an upstream cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamFault {
    /// A server's host.
    #[error("the upstream is not an address")]
    Address(#[from] InvalidUri),
    /// Its TLS.
    #[error("TLS to the upstream: {0}")]
    Tls(#[from] TlsFault),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody accepted the connection in time.
    #[error("the upstream does not accept a connection in time")]
    Slow,
    /// The connection was refused, or the name leads nowhere.
    #[error("the upstream cannot be reached")]
    Connect(#[source] io::Error),
    /// Who accepted the connection proves nothing that we trust, or refuses what we prove.
    #[error("the TLS handshake with the upstream failed")]
    Tls(#[source] io::Error),
    /// The connection had served before, and closed without a single byte of answer: the request was very likely never read.
    #[error("the upstream closed a kept connection")]
    Stale(#[source] hyper::Error),
    /// A new connection closed without a single byte of answer: the request may have been read.
    #[error("the upstream closed the connection without an answer")]
    Unheard(#[source] hyper::Error),
    /// The upstream has no server.
    #[error("the upstream has no server")]
    Nobody,
    /// What came is not HTTP, or broke off.
    #[error("the exchange with the upstream failed")]
    Http(#[source] hyper::Error),
}

impl Failure {
    /// Not a byte of answer came.
    #[must_use]
    pub fn is_unheard(&self) -> bool {
        matches!(self, Self::Stale(_) | Self::Unheard(_))
    }

    /// There was no connection: nothing of the request was sent.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Slow | Self::Connect(_) | Self::Tls(_))
    }

    /// The connection could not be made in time.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        match self {
            Self::Slow => true,
            Self::Connect(error) => error.kind() == io::ErrorKind::TimedOut,
            Self::Nobody | Self::Tls(_) | Self::Stale(_) | Self::Unheard(_) | Self::Http(_) => false,
        }
    }

    /// The innermost cause, for the log.
    #[must_use]
    pub fn cause(&self) -> &(dyn std::error::Error + 'static) {
        let mut cause: &(dyn std::error::Error + 'static) = self;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        cause
    }
}
