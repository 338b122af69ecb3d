//! Accepting connections: how many, for how long, and how they stop. A place for TLS: `serve_stream` takes any stream.
//!
//! Must not look into requests.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::settings::Limits;

use super::Gateway;
use super::connection::{Closing, Connection, Watched};

/// Streams of one HTTP/2 connection at once.
const STREAMS: u32 = 100;
/// Resets a client may provoke or send ahead before its connection is closed (attack D05).
const RESETS: usize = 20;
/// A wait before accepting again when the machine has no descriptor left.
pub(super) const EXHAUSTED: Duration = Duration::from_millis(50);

/// Serves a bound listener until `shutdown`, then gives the requests under way `limits.drain_timeout` to end. Returns when all have.
pub async fn serve(listener: TcpListener, gateway: Gateway, shutdown: impl Future<Output = ()> + Send) {
    let limits = gateway.limits().clone();
    let closing = Closing::default();
    let slots = Arc::new(Semaphore::new(limits.connections));
    let builder = Arc::new(builder(&limits));
    let mut shutdown = pin!(shutdown);
    loop {
        let (slot, accepted) = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                let (gateway, builder, closing) = (gateway.clone(), Arc::clone(&builder), closing.clone());
                closing.tasks.clone().spawn(async move {
                    let connection = Arc::new(Connection::new(peer, closing, slot));
                    serve_stream(stream, connection, gateway, &builder).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
    drop(listener);
    closing.begin.cancel();
    closing.tasks.close();
    if tokio::time::timeout(limits.drain_timeout, closing.tasks.wait()).await.is_err() {
        closing.end.cancel();
        closing.tasks.wait().await;
    }
}

/// The next connection, with its place among `slots`. Beyond the cap, connections wait in the system's queue: no descriptor is taken.
pub(super) async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, io::Result<(TcpStream, SocketAddr)>) {
    let slot = Arc::clone(slots).acquire_owned().await;
    (slot.ok(), listener.accept().await)
}

/// Serves one connection of any kind.
async fn serve_stream<S>(stream: S, connection: Arc<Connection>, gateway: Gateway, builder: &Builder<TokioExecutor>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let limits = gateway.limits().clone();
    let metrics = Arc::clone(gateway.metrics());
    metrics.connections.inc();
    let closing = connection.closing().clone();
    let stream = Watched::new(stream, Arc::clone(&connection), limits.head_bytes);
    let service = {
        let connection = Arc::clone(&connection);
        service_fn(move |request| {
            let (gateway, connection) = (gateway.clone(), Arc::clone(&connection));
            async move { Ok::<_, Infallible>(gateway.answer(connection, request).await) }
        })
    };
    let mut served = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let ended = tokio::select! {
        _ = served.as_mut() => true,
        () = connection.stalled(limits.head_timeout, limits.body_idle_timeout) => false,
        () = closing.begin.cancelled() => false,
    };
    if !ended {
        served.as_mut().graceful_shutdown();
        let stalled = async {
            // Once more after a drain began: a silent peer must not use up the whole time given.
            connection.stalled(limits.head_timeout, limits.body_idle_timeout).await;
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
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_headers(limits.headers)
        // hyper's floor; below it, it panics.
        .max_buf_size(limits.head_bytes.max(8_192));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}
