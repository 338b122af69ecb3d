//! The pool of connections to upstreams, behind a type of our own: the client in use is to be replaced some day.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Extensions, Request, Response, Uri};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower::Service;

use crate::config::settings::Limits;
use crate::gateway::body::BoxError;

use super::Upload;

/// Idle connections are closed before common servers close theirs, so that few are found dead (pitfall P5).
const POOLED: Duration = Duration::from_secs(4);
/// Idle connections kept for each upstream.
const POOLED_PER_UPSTREAM: usize = 64;

/// Connections to upstreams: HTTP/1.1, pooled.
#[derive(Debug, Clone)]
pub struct Upstreams {
    client: Client<Connector, Upload>,
}

impl Upstreams {
    /// An empty pool.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(limits.connect_timeout));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(POOLED)
            .pool_max_idle_per_host(POOLED_PER_UPSTREAM)
            .set_host(false)
            .build(Connector { tcp });
        Self { client }
    }

    /// One exchange, up to the head of the answer.
    ///
    /// # Errors
    /// Whatever went wrong before a head was read.
    pub(super) async fn request(&self, request: Request<Upload>) -> Result<Response<Incoming>, Failure> {
        let response = self.client.request(request).await.map_err(Failure)?;
        if let Some(life) = response.extensions().get::<Life>() {
            life.answered.fetch_add(1, Ordering::AcqRel);
        }
        Ok(response)
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub struct Failure(hyper_util::client::legacy::Error);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Failure {
    /// The connection had served before, and closed without a single byte of answer: the request was very likely never read.
    #[must_use]
    pub fn is_stale_connection(&self) -> bool {
        let mut extensions = Extensions::new();
        if let Some(connected) = self.0.connect_info() {
            connected.get_extras(&mut extensions);
        }
        extensions
            .get::<Life>()
            .is_some_and(|life| life.answered.load(Ordering::Acquire) > 0 && !life.heard.load(Ordering::Acquire))
    }

    /// The connection could not be made in time.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.io().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
    }

    /// The innermost cause, for the log.
    #[must_use]
    pub fn cause(&self) -> &(dyn std::error::Error + 'static) {
        let mut cause: &(dyn std::error::Error + 'static) = &self.0;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        cause
    }

    fn io(&self) -> Option<&io::Error> {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&self.0);
        while let Some(error) = cause {
            if let Some(io) = error.downcast_ref::<io::Error>() {
                return Some(io);
            }
            cause = error.source();
        }
        None
    }
}

/// What is remembered of a connection: whether it has answered before, and whether anything was heard since we last wrote.
#[derive(Debug, Clone, Default)]
struct Life {
    answered: Arc<AtomicUsize>,
    heard: Arc<AtomicBool>,
}

#[derive(Debug, Clone)]
struct Connector {
    tcp: HttpConnector,
}

type Connecting = Pin<Box<dyn Future<Output = Result<TokioIo<Remembered>, BoxError>> + Send>>;

impl Service<Uri> for Connector {
    type Response = TokioIo<Remembered>;
    type Error = BoxError;
    type Future = Connecting;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Connecting {
        let connecting = self.tcp.call(uri);
        Box::pin(async move {
            let stream = connecting.await?.into_inner();
            Ok(TokioIo::new(Remembered { stream, life: Life::default() }))
        })
    }
}

/// A connection that remembers.
#[derive(Debug)]
struct Remembered {
    stream: TcpStream,
    life: Life,
}

impl Connection for Remembered {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.life.clone())
    }
}

impl AsyncRead for Remembered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.life.heard.store(true, Ordering::Release);
        }
        read
    }
}

impl AsyncWrite for Remembered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.life.heard.store(false, Ordering::Release);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.life.heard.store(false, Ordering::Release);
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
