//! Accepting connections: how many, for how long, and how they stop. Several listeners of every kind share one gateway and its bounds.
//!
//! Must not look into requests.

pub mod socket;

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::server::TlsStream;

use crate::config::settings::{self, ForwardAuthListen, Limits, ListenAddress};

use super::addresses::Place;
use super::connection::{Arrival, Closing, Connection, Stall, Watched};
use super::tls::{Tls, TlsFault};
use super::{Gateway, proxy_protocol};
use socket::{Inherited, Socket, Transport};

/// Resets a client may provoke or send ahead before its connection is closed (attack D05).
const RESETS: usize = 20;
/// Permissions of the socket that other proxies ask: its owner and its group.
const GROUP: u32 = 0o660;
/// A wait before accepting again when the machine has no descriptor left.
pub(super) const EXHAUSTED: Duration = Duration::from_millis(50);

/// A listener ready to accept.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    manner: Manner,
}

/// What its connections share.
#[derive(Debug)]
struct Manner {
    speaks: Speaks,
    proxy_protocol: bool,
}

#[derive(Debug)]
enum Speaks {
    Http,
    Https(Arc<Tls>),
    RedirectToHttps,
    /// Other proxies ask here; see [`super::forward_auth`].
    Questions,
}

/// Why a listener cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ListenFault {
    /// Its socket.
    #[error("cannot listen on {address}")]
    Socket {
        /// As configured.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Its certificates.
    #[error("cannot speak TLS on {address}")]
    Tls {
        /// As configured.
        address: String,
        /// What is wrong.
        source: TlsFault,
    },
}

impl Listener {
    /// Binds a configured listener: one socket, or as many as systemd hands over under its name.
    ///
    /// # Errors
    /// When a certificate or a socket cannot be used.
    pub async fn bind(settings: &settings::Listener, inherited: &mut Inherited) -> Result<Vec<Self>, ListenFault> {
        let address = || settings.address.to_string();
        let tls = settings.tls().map(|tls| Tls::load(tls.clone())).transpose();
        let tls = tls.map_err(|source| ListenFault::Tls { address: address(), source })?.map(Arc::new);
        let sockets = Socket::bind(&settings.address, inherited).await;
        let sockets = sockets.map_err(|source| ListenFault::Socket { address: address(), source })?;
        let speaks = || match (&settings.speaks, &tls) {
            (_, Some(tls)) => Speaks::Https(Arc::clone(tls)),
            (settings::Speaks::RedirectToHttps, None) => Speaks::RedirectToHttps,
            (settings::Speaks::Http | settings::Speaks::Https(_), None) => Speaks::Http,
        };
        let proxy_protocol = settings.proxy_protocol;
        let manner = || Manner { speaks: speaks(), proxy_protocol };
        Ok(sockets.into_iter().map(|socket| Self { socket, manner: manner() }).collect())
    }

    /// Binds the listener that other proxies ask: a proxy of this machine joins the group of its socket.
    ///
    /// # Errors
    /// When the socket cannot be used.
    pub async fn of_questions(listen: &ForwardAuthListen) -> Result<Self, ListenFault> {
        let address = match listen {
            ForwardAuthListen::Tcp(address) => ListenAddress::Tcp(*address),
            ForwardAuthListen::Unix(path) => ListenAddress::Unix { path: path.clone(), mode: GROUP },
        };
        let bound = Socket::bind(&address, &mut Inherited::none()).await;
        let socket = bound.and_then(|sockets| sockets.into_iter().next().ok_or(std::io::ErrorKind::NotFound.into()));
        let socket = socket.map_err(|source| ListenFault::Socket { address: listen.to_string(), source })?;
        Ok(Self { socket, manner: Manner { speaks: Speaks::Questions, proxy_protocol: false } })
    }

    /// The certificates it shows, when it speaks TLS.
    #[must_use]
    pub fn tls(&self) -> Option<&Arc<Tls>> {
        match &self.manner.speaks {
            Speaks::Https(tls) => Some(tls),
            Speaks::Http | Speaks::RedirectToHttps | Speaks::Questions => None,
        }
    }

    /// The address it has; `None` of a Unix socket.
    #[must_use]
    pub fn local_addr(&self) -> Option<std::net::SocketAddr> {
        self.socket.local_addr()
    }
}

/// HTTP in the clear.
impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        let manner = Manner { speaks: Speaks::Http, proxy_protocol: false };
        Self { socket: Socket::Tcp(listener), manner }
    }
}

/// Serves a listener until `shutdown`, then gives the requests under way `limits.drain_timeout` to end. Returns when all have.
pub async fn serve(listener: Listener, gateway: Gateway, shutdown: impl Future<Output = ()> + Send) {
    let limits = gateway.limits();
    let closing = Closing::default();
    let builder = Arc::new(builder(&limits));
    let Listener { socket, manner } = listener;
    let slots = match manner.speaks {
        // A crowd at the public listeners keeps no proxy from asking.
        Speaks::Questions => Arc::new(Semaphore::new(limits.connections)),
        Speaks::Http | Speaks::Https(_) | Speaks::RedirectToHttps => Arc::clone(gateway.slots()),
    };
    let manner = Arc::new(manner);
    let mut shutdown = pin!(shutdown);
    loop {
        // Beyond the cap, connections wait in the system's queue: no descriptor is taken.
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, socket.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((transport, peer)) => {
                let (gateway, builder, closing) = (gateway.clone(), Arc::clone(&builder), closing.clone());
                let manner = Arc::clone(&manner);
                let seat = gateway.workers().seat();
                let handle = seat.handle().clone();
                closing.tasks.clone().spawn_on(
                    async move {
                        let _seat = seat;
                        match transport.here() {
                            Ok(transport) => {
                                receive(&manner, transport, peer, slot.ok(), closing, gateway, &builder).await;
                            }
                            Err(error) => tracing::warn!(%error, "a connection could not be served"),
                        }
                    },
                    &handle,
                );
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
    // Who comes now is refused, or finds the next process.
    drop(socket);
    closing.begin.cancel();
    closing.tasks.close();
    if tokio::time::timeout(limits.drain_timeout, closing.tasks.wait()).await.is_err() {
        closing.end.cancel();
        closing.tasks.wait().await;
    }
}

/// Why a connection was closed before its first request; a label of the metrics.
type Refusal = &'static str;

/// What comes before HTTP, within `limits.handshake_timeout` (attack D03); then HTTP.
async fn receive(
    manner: &Manner,
    transport: Transport,
    peer: IpAddr,
    slot: Option<OwnedSemaphorePermit>,
    closing: Closing,
    gateway: Gateway,
    builder: &Builder<TokioExecutor>,
) {
    let patience = gateway.limits().handshake_timeout;
    let shaken = tokio::select! {
        shaken = tokio::time::timeout(patience, shake_hands(manner, transport, peer, &gateway)) => shaken,
        () = closing.begin.cancelled() => return,
    };
    let (stream, arrival, place) = match shaken.unwrap_or(Err("handshake-timeout")) {
        Ok(ready) => ready,
        Err(reason) => {
            gateway.metrics().refused(reason);
            tracing::debug!(client.address = %peer, reason, "a connection was closed before its first request");
            return;
        }
    };
    let connection = Arc::new(Connection::new(arrival, closing, slot, place, gateway.drawn_id()));
    let questions = matches!(manner.speaks, Speaks::Questions);
    match stream {
        Stream::Clear(stream) => serve_stream(stream, connection, gateway, builder, questions).await,
        Stream::Tls(stream) => serve_stream(stream, connection, gateway, builder, questions).await,
    }
}

enum Stream {
    Clear(Transport),
    // Boxed: it is ten times as large, and every connection's task would be.
    Tls(Box<TlsStream<Transport>>),
}

async fn shake_hands(
    manner: &Manner,
    mut transport: Transport,
    peer: IpAddr,
    gateway: &Gateway,
) -> Result<(Stream, Arrival, Option<Place>), Refusal> {
    let mut peer = peer.to_canonical();
    if manner.proxy_protocol {
        // Who is not a proxy of ours may not say who it is (attack I11).
        if !gateway.trusts(peer) {
            return Err("untrusted-proxy");
        }
        if let Some(client) = proxy_protocol::read(&mut transport).await.map_err(|_| "proxy-header")? {
            peer = client;
        }
    }
    if let Speaks::Questions = manner.speaks {
        // Who knows the secret asks for all its clients; they are counted nowhere here.
        let arrival = Arrival { peer, carries_others: false, tls: None, redirects: false };
        return Ok((Stream::Clear(transport), arrival, None));
    }
    // A proxy's connection carries many clients: each is counted with its requests.
    let carries_others = gateway.trusts(peer);
    let place = match carries_others {
        true => None,
        false => Some(gateway.addresses().take(peer).ok_or("address-limit")?),
    };
    let arrival = Arrival { peer, carries_others, tls: None, redirects: false };
    match &manner.speaks {
        Speaks::Http | Speaks::Questions => Ok((Stream::Clear(transport), arrival, place)),
        Speaks::RedirectToHttps => Ok((Stream::Clear(transport), Arrival { redirects: true, ..arrival }, place)),
        Speaks::Https(tls) => {
            let (stream, session) = tls.accept(transport).await.map_err(|_| "tls")?;
            Ok((Stream::Tls(Box::new(stream)), Arrival { tls: Some(session), ..arrival }, place))
        }
    }
}

/// Serves one connection of any kind; `questions`: what comes are questions of another proxy.
async fn serve_stream<S>(
    stream: S,
    connection: Arc<Connection>,
    gateway: Gateway,
    builder: &Builder<TokioExecutor>,
    questions: bool,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let limits = gateway.limits();
    let metrics = Arc::clone(gateway.metrics());
    metrics.connections.inc();
    let closing = connection.closing().clone();
    let stream = Watched::new(stream, Arc::clone(&connection), limits.head_bytes);
    let service = {
        let connection = Arc::clone(&connection);
        service_fn(move |request| {
            let (gateway, connection) = (gateway.clone(), Arc::clone(&connection));
            async move {
                Ok::<_, Infallible>(match questions {
                    true => gateway.answer_question(connection, request).await,
                    false => gateway.answer(connection, request).await,
                })
            }
        })
    };
    let mut served = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let ended = tokio::select! {
        _ = served.as_mut() => true,
        () = connection.stalled(limits.head_timeout, limits.body_idle_timeout, Stall::OfOne) => false,
        () = closing.begin.cancelled() => false,
    };
    if !ended {
        served.as_mut().graceful_shutdown();
        let stalled = async {
            // Once more after a drain began: a silent peer must not use up the whole time given, and answers that move are let go on.
            connection.stalled(limits.head_timeout, limits.body_idle_timeout, Stall::OfAll).await;
        };
        tokio::select! {
            _ = served => (),
            () = stalled => (),
            () = closing.end.cancelled() => (),
        }
    }
    metrics.connections.dec();
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        // A head that does not come in time ends with the connection's own watch, which needs no timer for each request.
        .header_read_timeout(None)
        .max_headers(limits.headers)
        // hyper's floor; below it, it panics.
        .max_buf_size(limits.head_bytes.max(8_192));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.http2_streams)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}
