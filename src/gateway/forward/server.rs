//! One server of an upstream: its connections, and an exchange on one of them.

use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use http::Request;
use http::uri::Authority;

use crate::config::settings::{Server as Address, UpstreamProtocol};

use super::connector::{self, Reach};
use super::pool::{Lease, Pool};
use super::shared::Shared;
use super::standing::Standing;
use super::tls::ClientTls;
use super::{Answer, Failure, Upload, UpstreamFault};

/// A server, as its requests find it.
#[derive(Debug)]
pub(super) struct Server {
    reach: Reach,
    authority: Authority,
    kept: Kept,
    pub(super) standing: Standing,
}

#[derive(Debug)]
enum Kept {
    /// HTTP/1.1: one request at a time on each connection.
    Alone(Arc<Pool>),
    /// HTTP/2: one connection for all.
    Shared(Shared),
}

/// A request without an answer; the request itself where not a byte of it was sent.
#[derive(Debug)]
pub(super) struct Unanswered {
    pub(super) failure: Failure,
    pub(super) unsent: Option<Box<Request<Upload>>>,
}

impl Unanswered {
    fn sent(failure: Failure) -> Self {
        Self { failure, unsent: None }
    }

    fn unsent(failure: Failure, request: Request<Upload>) -> Self {
        Self { failure, unsent: Some(Box::new(request)) }
    }
}

impl Server {
    /// A server that nobody has asked yet.
    ///
    /// # Errors
    /// When its host is none.
    pub(super) fn new(
        address: &Address,
        protocol: UpstreamProtocol,
        patience: Duration,
        tls: Option<Arc<ClientTls>>,
    ) -> Result<Arc<Self>, UpstreamFault> {
        let (host, port) = (address.host.trim_start_matches('[').trim_end_matches(']').to_owned(), address.port);
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let kept = match protocol {
            UpstreamProtocol::Http1 => Kept::Alone(Arc::new(Pool::new())),
            UpstreamProtocol::Http2 => Kept::Shared(Shared::default()),
        };
        // Servers compare names with and without the port that goes without saying.
        let unsaid = if tls.is_some() { 443 } else { 80 };
        let named = if port == unsaid { bracketed } else { format!("{bracketed}:{port}") };
        let authority = Authority::try_from(named)?;
        let tls = tls.map(|tls| tls.name(&host).map(|name| (tls, name))).transpose()?;
        let reach = Reach { host, port, patience, tls };
        Ok(Arc::new(Self { reach, authority, kept, standing: Standing::default() }))
    }

    /// Its own name, with the port unless it is the scheme's own.
    pub(super) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// How it is reached.
    pub(super) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// One exchange, up to the head of the answer; on a new connection where `anew`, unless the connection is shared.
    pub(super) async fn request(self: &Arc<Self>, request: Request<Upload>, anew: bool) -> Result<Answer, Unanswered> {
        let under_way = UnderWay::of(self);
        match &self.kept {
            Kept::Alone(pool) => self.alone(pool, request, anew, under_way).await,
            Kept::Shared(shared) => Box::pin(self.shared(shared, request, under_way)).await,
        }
    }

    async fn alone(
        &self,
        pool: &Arc<Pool>,
        mut request: Request<Upload>,
        anew: bool,
        under_way: UnderWay,
    ) -> Result<Answer, Unanswered> {
        loop {
            let kept = if anew { None } else { pool.take() };
            let mut lease: Lease = match kept {
                Some(lease) => lease,
                None => match Box::pin(connector::open(&self.reach)).await {
                    Ok(opened) => opened.into(),
                    Err(failure) => return Err(Unanswered::unsent(failure, request)),
                },
            };
            let answered = lease.sender.try_send_request(request);
            match lease.driver.until(answered).await {
                Ok(response) => {
                    let back = Back { kept: Some((Arc::clone(pool), lease)), _under_way: under_way };
                    return Ok(Answer { response, back });
                }
                Err(mut broken) => match broken.take_message() {
                    // Not a byte of it was written: another connection may have it, whatever its method (attack H22).
                    Some(whole) if lease.used => request = whole,
                    Some(_) | None => {
                        let error = broken.into_error();
                        return Err(Unanswered::sent(match (lease.heard.anything(), lease.used) {
                            (true, _) => Failure::Http(error),
                            (false, true) => Failure::Stale(error),
                            (false, false) => Failure::Unheard(error),
                        }));
                    }
                },
            }
        }
    }

    async fn shared(
        &self,
        shared: &Shared,
        mut request: Request<Upload>,
        under_way: UnderWay,
    ) -> Result<Answer, Unanswered> {
        loop {
            let (mut sender, used) = match shared.sender(&self.reach).await {
                Ok(found) => found,
                Err(failure) => return Err(Unanswered::unsent(failure, request)),
            };
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(Answer { response, back: Back { kept: None, _under_way: under_way } }),
                Err(mut broken) => match broken.take_message() {
                    Some(whole) if used => request = whole,
                    // The connection is gone, and with it the answers of all that were under way.
                    Some(_) | None if sender.is_closed() => {
                        return Err(Unanswered::sent(Failure::Unheard(broken.into_error())));
                    }
                    Some(_) | None => return Err(Unanswered::sent(Failure::Http(broken.into_error()))),
                },
            }
        }
    }
}

/// The way back of a connection to its pool; until it is dropped the request counts as under way.
#[derive(Debug)]
pub struct Back {
    /// A shared connection needs none.
    kept: Option<(Arc<Pool>, Lease)>,
    _under_way: UnderWay,
}

impl Back {
    /// The answer has ended as it should: the connection may serve again.
    pub fn give_back(self) {
        if let Some((pool, lease)) = self.kept {
            pool.give_back(lease);
        }
    }

    /// Moves the connection on; the task of `cx` is woken when there is more. A shared one moves by itself.
    pub fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some((_, lease)) = &mut self.kept {
            lease.driver.drive(cx);
        }
    }

    /// Hands a connection that becomes a tunnel over to both its sides.
    pub async fn switch(self) {
        if let Some((_, lease)) = self.kept {
            lease.driver.finish().await;
        }
    }
}

/// A request that a server has not finished with.
#[derive(Debug)]
struct UnderWay(Arc<Server>);

impl UnderWay {
    fn of(server: &Arc<Server>) -> Self {
        server.standing.begin();
        Self(Arc::clone(server))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.standing.end();
    }
}
