//! One exchange with an upstream: a connection from its pool or a new one, and an answer that gives the connection back when it ends.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::uri::{Authority, InvalidUri};
use http::{Request, Response};
use hyper::body::Incoming;

use crate::config::settings::{Upstream as Address, UpstreamProtocol};

use super::Upload;
use super::connector;
use super::pool::{Lease, Pool};
use super::shared::Shared;

/// Every upstream by its address; routes of one address share its connections.
#[derive(Debug)]
pub struct Upstreams {
    by_address: HashMap<(String, u16, UpstreamProtocol), Arc<Upstream>>,
    connect: Duration,
}

impl Upstreams {
    /// No upstream yet; each is to accept a connection within `connect`.
    #[must_use]
    pub fn new(connect: Duration) -> Self {
        Self { by_address: HashMap::new(), connect }
    }

    /// The upstream of an address.
    ///
    /// # Errors
    /// When its host is none; the configuration's check has made sure.
    pub fn of(&mut self, address: &Address) -> Result<Arc<Upstream>, InvalidUri> {
        let (host, connect) = (address.host.trim_start_matches('[').trim_end_matches(']'), self.connect);
        let kept = || match address.protocol {
            UpstreamProtocol::Http1 => Kept::Alone(Arc::new(Pool::new())),
            UpstreamProtocol::Http2 => Kept::Shared(Shared::default()),
        };
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let authority = Authority::try_from(format!("{bracketed}:{}", address.port))?;
        let made =
            || Arc::new(Upstream { host: host.to_owned(), port: address.port, authority, connect, kept: kept() });
        let key = (host.to_owned(), address.port, address.protocol);
        Ok(Arc::clone(self.by_address.entry(key).or_insert_with(made)))
    }
}

/// One server behind the gateway.
#[derive(Debug)]
pub struct Upstream {
    host: String,
    port: u16,
    authority: Authority,
    connect: Duration,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    /// HTTP/1.1: one request at a time on each connection.
    Alone(Arc<Pool>),
    /// HTTP/2: one connection for all.
    Shared(Shared),
}

impl Upstream {
    /// Its own name, with the port.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// How it is spoken to.
    #[must_use]
    pub fn protocol(&self) -> UpstreamProtocol {
        match self.kept {
            Kept::Alone(_) => UpstreamProtocol::Http1,
            Kept::Shared(_) => UpstreamProtocol::Http2,
        }
    }

    /// One exchange, up to the head of the answer. The request is in the form of the protocol, as [`outgoing`](super::outgoing) makes it.
    ///
    /// # Errors
    /// Whatever went wrong before a head was read.
    pub(super) async fn request(&self, request: Request<Upload>) -> Result<Answer, Failure> {
        match &self.kept {
            Kept::Alone(pool) => self.alone(pool, request).await,
            Kept::Shared(shared) => self.shared(shared, request).await,
        }
    }

    async fn alone(&self, pool: &Arc<Pool>, mut request: Request<Upload>) -> Result<Answer, Failure> {
        loop {
            let mut lease = match pool.take() {
                Some(lease) => lease,
                None => connector::open(&self.host, self.port, self.connect).await?.into(),
            };
            if let Err(error) = lease.sender.ready().await {
                if lease.used {
                    continue;
                }
                return Err(Failure::Http(error));
            }
            match lease.sender.try_send_request(request).await {
                Ok(response) => {
                    return Ok(Answer { response, back: Some(Back { pool: Arc::clone(pool), lease }) });
                }
                Err(mut unsent) => match unsent.take_message() {
                    // Not a byte of it was written: another connection may have it, whatever its method (attack H22).
                    Some(whole) if lease.used => request = whole,
                    Some(_) | None => {
                        let stale = lease.used && !lease.heard.anything();
                        let error = unsent.into_error();
                        return Err(if stale { Failure::Stale(error) } else { Failure::Http(error) });
                    }
                },
            }
        }
    }

    async fn shared(&self, shared: &Shared, mut request: Request<Upload>) -> Result<Answer, Failure> {
        loop {
            let (mut sender, used) = shared.sender(&self.host, self.port, self.connect).await?;
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(Answer { response, back: None }),
                Err(mut unsent) => match unsent.take_message() {
                    Some(whole) if used => request = whole,
                    Some(_) | None => return Err(Failure::Http(unsent.into_error())),
                },
            }
        }
    }
}

/// The head of an answer, and the way back of the connection it came on.
#[derive(Debug)]
pub struct Answer {
    /// The answer.
    pub response: Response<Incoming>,
    /// To be used when the answer's body has ended; dropped before, it closes the connection. A shared connection has none.
    pub back: Option<Back>,
}

/// The way back of a connection to its pool.
#[derive(Debug)]
pub struct Back {
    pool: Arc<Pool>,
    lease: Lease,
}

impl Back {
    /// The answer has ended as it should: the connection may serve again.
    pub fn give_back(self) {
        self.pool.give_back(self.lease);
    }
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
    /// The connection had served before, and closed without a single byte of answer: the request was very likely never read.
    #[error("the upstream closed a kept connection")]
    Stale(#[source] hyper::Error),
    /// What came is not HTTP, or broke off.
    #[error("the exchange with the upstream failed")]
    Http(#[source] hyper::Error),
}

impl Failure {
    /// The request was very likely never read.
    #[must_use]
    pub fn is_stale_connection(&self) -> bool {
        matches!(self, Self::Stale(_))
    }

    /// The connection could not be made in time.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        match self {
            Self::Slow => true,
            Self::Connect(error) => error.kind() == io::ErrorKind::TimedOut,
            Self::Stale(_) | Self::Http(_) => false,
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
