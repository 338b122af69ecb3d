//! The listener that other proxies ask: TCP or a Unix socket, HTTP/1.1 kept alive. Must not look into requests.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::Semaphore;

use crate::config::settings::{ForwardAuthListen, Limits};
use crate::gateway::Gateway;
use crate::gateway::connection::{Arrival, Closing, Connection, Watched};

/// The owner and the group may ask: a proxy of this machine joins the group.
const MODE: u32 = 0o660;
/// A wait before accepting again when the machine has no descriptor left.
const EXHAUSTED: Duration = Duration::from_millis(50);

/// A bound listener.
#[derive(Debug)]
pub struct Listener(Bound);

#[derive(Debug)]
enum Bound {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

impl Listener {
    /// Binds it. The socket that a killed gateway left behind is replaced; one that somebody answers on is not.
    ///
    /// # Errors
    /// When the address is taken or not ours to use.
    pub async fn bind(listen: &ForwardAuthListen) -> io::Result<Self> {
        match listen {
            ForwardAuthListen::Tcp(address) => Ok(Self(Bound::Tcp(TcpListener::bind(address).await?))),
            ForwardAuthListen::Unix(path) => {
                let abandoned = std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
                    && UnixStream::connect(path).await.is_err();
                if abandoned {
                    std::fs::remove_file(path)?;
                }
                let listener = UnixListener::bind(path)?;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(MODE))?;
                Ok(Self(Bound::Unix(listener, path.clone())))
            }
        }
    }

    async fn accept(&self) -> io::Result<(Box<dyn Stream>, SocketAddr)> {
        match &self.0 {
            Bound::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                let _ = stream.set_nodelay(true);
                Ok((Box::new(stream), peer))
            }
            // Whoever can open the socket is on this machine.
            Bound::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Box::new(stream), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))
            }
        }
    }

    fn remove(path: &Path) {
        if let Err(error) = std::fs::remove_file(path) {
            tracing::warn!(%error, path = %path.display(), "the socket of forward-auth could not be removed");
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Bound::Unix(_, path) = &self.0 {
            Self::remove(path);
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Answers questions until `shutdown`, then lets those under way end for `limits.drain_timeout`.
pub async fn serve(listener: Listener, gateway: Gateway, shutdown: impl Future<Output = ()> + Send) {
    let limits = gateway.limits().clone();
    let closing = Closing::default();
    let slots = Arc::new(Semaphore::new(limits.connections));
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let arrival =
                    Arrival { peer: peer.ip().to_canonical(), carries_others: false, tls: None, redirects: false };
                let connection = Arc::new(Connection::new(arrival, closing.clone(), slot.ok(), None));
                closing.tasks.spawn(serve_stream(stream, connection, gateway.clone(), limits.clone()));
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

async fn serve_stream(stream: Box<dyn Stream>, connection: Arc<Connection>, gateway: Gateway, limits: Limits) {
    let closing = connection.closing().clone();
    let stream = Watched::new(stream, Arc::clone(&connection), limits.head_bytes);
    let service = {
        let connection = Arc::clone(&connection);
        service_fn(move |request| {
            let (gateway, connection) = (gateway.clone(), Arc::clone(&connection));
            async move { Ok::<_, Infallible>(gateway.answer_question(connection, request).await) }
        })
    };
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_headers(limits.headers)
        // hyper's floor; below it, it panics.
        .max_buf_size(limits.head_bytes.max(8_192))
        .serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    tokio::select! {
        _ = served.as_mut() => return,
        () = connection.stalled(limits.head_timeout, limits.body_idle_timeout) => (),
        () = closing.begin.cancelled() => (),
    }
    served.as_mut().graceful_shutdown();
    tokio::select! {
        _ = served => (),
        () = connection.stalled(limits.head_timeout, limits.body_idle_timeout) => (),
        () = closing.end.cancelled() => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_left_behind_is_replaced_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("forward-auth.sock");
        let listen = ForwardAuthListen::Unix(path.clone());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "left behind");
        let listener = Listener::bind(&listen).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        assert!(Listener::bind(&listen).await.is_err());
        drop(listener);
        assert!(!path.exists());
        std::fs::write(&path, "somebody's file").unwrap();
        assert!(Listener::bind(&listen).await.is_err(), "a file is not a socket");
    }
}
