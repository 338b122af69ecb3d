//! Opening a connection to an upstream, and remembering of it what tells a dead one from a slow one.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::driver::Driver;
use super::{Failure, Upload};

/// A shared connection with requests under way is asked for a sign of life this often, and must give it within as long.
const ALIVE: Duration = Duration::from_secs(20);

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

/// Connects to `host:port` within `patience`, for HTTP/1.1. Must be called inside a runtime.
///
/// # Errors
/// When there is nobody in time.
pub(super) async fn open(host: &str, port: u16, patience: Duration) -> Result<Opened, Failure> {
    let stream = connect(host, port, patience).await?;
    let heard = Heard::default();
    let stream = Remembered { stream, heard: heard.clone() };
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(Failure::Http)?;
    Ok(Opened { sender, driver: Driver::of(connection.with_upgrades()), heard })
}

/// The same for HTTP/2, spoken at once. The connection serves many requests at a time.
///
/// # Errors
/// When there is nobody in time, or who is there speaks otherwise.
pub(super) async fn open_shared(
    host: &str,
    port: u16,
    patience: Duration,
) -> Result<http2::SendRequest<Upload>, Failure> {
    let stream = connect(host, port, patience).await?;
    let handshake = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .adaptive_window(true)
        .keep_alive_interval(ALIVE)
        .keep_alive_timeout(ALIVE)
        .handshake(TokioIo::new(stream));
    let (sender, connection) = handshake.await.map_err(Failure::Http)?;
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

async fn connect(host: &str, port: u16, patience: Duration) -> Result<TcpStream, Failure> {
    let connecting = tokio::time::timeout(patience, TcpStream::connect((host, port)));
    let stream = connecting.await.map_err(|_| Failure::Slow)?.map_err(Failure::Connect)?;
    // Small requests must not wait for one another; a socket that cannot be told so still works.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// A stream that remembers.
#[derive(Debug)]
struct Remembered {
    stream: TcpStream,
    heard: Heard,
}

impl AsyncRead for Remembered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.heard.0.store(true, Ordering::Release);
        }
        read
    }
}

impl AsyncWrite for Remembered {
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
