//! Opening a connection to an upstream, and remembering of it what tells a dead one from a slow one.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::driver::Driver;
use super::tls::ClientTls;
use super::{Failure, Upload};

/// A shared connection with requests under way is asked for a sign of life this often, and must give it within as long.
const ALIVE: Duration = Duration::from_secs(20);

/// What an answer may be ahead of its client by (bytes).
const STREAM_WINDOW: u32 = 256 * 1_024;
/// The same of all answers on a shared connection together: clients that do not read take a part of it each, and must not hold up the others.
/// The library also bounds by it how many small frames may wait, and gives the whole connection up beyond.
const SHARED_WINDOW: u32 = 64 * 1_024 * 1_024;

/// Whether anything was heard on a connection since we last wrote to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<AtomicBool>);

impl Heard {
    pub(super) fn anything(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A connection ready for a request, once it is driven.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) sender: http1::SendRequest<Upload>,
    pub(super) driver: Driver,
    pub(super) heard: Heard,
}

/// How a server is reached.
#[derive(Debug)]
pub(super) struct Reach {
    /// Host name or address, without brackets.
    pub(super) host: String,
    /// Port.
    pub(super) port: u16,
    /// Time until there is a connection, TLS included.
    pub(super) patience: Duration,
    /// TLS, and the name that the server must prove; `None` in the clear.
    pub(super) tls: Option<(Arc<ClientTls>, ServerName<'static>)>,
}

/// A connection for HTTP/1.1. Must be called inside a runtime.
///
/// # Errors
/// When there is nobody in time, or somebody else than we look for.
pub(super) async fn open(reach: &Reach) -> Result<Opened, Failure> {
    match connect(reach).await? {
        Connected::Clear(stream) => speak(stream).await,
        Connected::Tls(stream) => speak(*stream).await,
    }
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Opened, Failure> {
    let heard = Heard::default();
    let stream = Remembered { stream, heard: heard.clone() };
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(Failure::Http)?;
    Ok(Opened { sender, driver: Driver::of(connection.with_upgrades()), heard })
}

/// The same for HTTP/2. The connection serves many requests at a time.
///
/// # Errors
/// When there is nobody in time, somebody else, or who is there speaks otherwise.
pub(super) async fn open_shared(reach: &Reach) -> Result<http2::SendRequest<Upload>, Failure> {
    match connect(reach).await? {
        Connected::Clear(stream) => speak_shared(stream).await,
        Connected::Tls(stream) => speak_shared(*stream).await,
    }
}

async fn speak_shared(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> Result<http2::SendRequest<Upload>, Failure> {
    let handshake = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_connection_window_size(SHARED_WINDOW)
        .initial_stream_window_size(STREAM_WINDOW)
        .keep_alive_interval(ALIVE)
        .keep_alive_timeout(ALIVE)
        .handshake(TokioIo::new(stream));
    let (sender, connection) = handshake.await.map_err(Failure::Http)?;
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

enum Connected {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

async fn connect(reach: &Reach) -> Result<Connected, Failure> {
    let connecting = async {
        let stream = TcpStream::connect((reach.host.as_str(), reach.port)).await.map_err(Failure::Connect)?;
        // Small requests must not wait for one another; a socket that cannot be told so still works.
        let _ = stream.set_nodelay(true);
        match &reach.tls {
            None => Ok(Connected::Clear(stream)),
            Some((tls, name)) => {
                let stream = tls.connect(stream, name.clone()).await.map_err(Failure::Tls)?;
                Ok(Connected::Tls(Box::new(stream)))
            }
        }
    };
    tokio::time::timeout(reach.patience, connecting).await.map_err(|_| Failure::Slow)?
}

/// A stream that remembers.
#[derive(Debug)]
struct Remembered<S> {
    stream: S,
    heard: Heard,
}

impl<S: AsyncRead + Unpin> AsyncRead for Remembered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.heard.0.store(true, Ordering::Release);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Remembered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.heard.0.store(false, Ordering::Release);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.heard.0.store(false, Ordering::Release);
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
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
