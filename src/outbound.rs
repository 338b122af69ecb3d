//! The one HTTP client for our own calls (SMS interface, identity providers): deadline, capped body, verified TLS, and a
//! certificate of our own where the other side asks for one.
//! It never follows a redirect, never talks in clear off loopback, and knows nothing of what it carries.

use std::error::Error as StdError;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower::util::BoxCloneSyncService;

use crate::config::certificates::{CertificateFault, CertificateFiles, Seen};
use crate::identity::Certificate;

mod tls;

#[cfg(test)]
pub(crate) mod testing;

/// Largest answer read, in bytes; discovery documents and key sets are a hundred times smaller.
pub const BODY_CAP: usize = 1024 * 1024;

/// Longest idle life of a pooled connection: shorter than the keep-alive of common servers.
const POOL_IDLE: Duration = Duration::from_secs(10);

type BoxError = Box<dyn StdError + Send + Sync>;
type Connector = BoxCloneSyncService<Uri, MaybeHttpsStream<TokioIo<TcpStream>>, BoxError>;

/// How our calls are made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Time to open a connection, TLS handshake included.
    pub connect_timeout: Duration,
    /// Time of a whole call, the answer's body included.
    pub total_timeout: Duration,
    /// The only authorities trusted (PEM); without it, the system's.
    pub ca_file: Option<PathBuf>,
    /// Our certificate, shown to every server that asks for one.
    pub certificate: Option<CertificateFiles>,
    /// Lets `http://` through to `localhost` and loopback addresses; nowhere else, ever.
    pub allow_http_loopback: bool,
}

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The address is not `https`, or `http` off loopback, or not an address; nothing was sent.
    #[error("the address is not one that may be called")]
    Address,
    /// No connection; nothing was sent.
    #[error("no connection could be opened")]
    Connect(#[source] BoxError),
    /// The certificate or the handshake was refused; nothing was sent.
    #[error("no trusted connection could be opened")]
    Tls(#[source] BoxError),
    /// The deadline passed after the connection was asked for; the other side may have acted.
    #[error("no answer came in time")]
    Timeout,
    /// The answer's body is larger than [`BODY_CAP`]; the other side has acted.
    #[error("the answer is too large")]
    TooLarge,
    /// The connection broke or did not speak HTTP; the other side may have acted.
    #[error("the answer could not be understood")]
    Protocol(#[source] BoxError),
}

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum OutboundSetupError {
    /// `ca_file` cannot be used; what is wrong with it.
    #[error("{0}")]
    CaFile(String),
    /// Our certificate or its key cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateFault),
    /// The system has no usable root certificate.
    #[error("no root certificate was found on this system")]
    NoRoots,
    /// The TLS library refuses its own defaults.
    #[error("TLS could not be set up")]
    Tls(#[source] rustls::Error),
}

/// A pooled client; clones share the pool.
#[derive(Debug, Clone)]
pub struct OutboundClient(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: Options,
    current: ArcSwap<Pool>,
    /// What the files looked like when they were last read, whatever came of it.
    seen: Seen,
}

/// Connections made with the same files.
struct Pool {
    client: Client<Connector, Full<Bytes>>,
    /// What our certificate says.
    own: Option<Certificate>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl Pool {
    fn open(options: &Options) -> Result<Self, OutboundSetupError> {
        let (config, own) = tls::client_config(options)?;
        let mut plain = HttpConnector::new();
        plain.enforce_http(false);
        plain.set_nodelay(true);
        let secured = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(plain);
        // The TCP connector's own limit would leave the TLS handshake unbounded.
        let connector = BoxCloneSyncService::new(tower::timeout::Timeout::new(secured, options.connect_timeout));
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(POOL_IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self { client, own })
    }
}

impl OutboundClient {
    /// Reads every file and makes a client; nothing is called yet.
    ///
    /// # Errors
    /// When a file cannot be used, or no root certificate can be found.
    pub fn new(options: Options) -> Result<Self, OutboundSetupError> {
        let seen = Seen::default();
        seen.note(tls::files(&options));
        let current = ArcSwap::from_pointee(Pool::open(&options)?);
        Ok(Self(Arc::new(Shared { options, current, seen })))
    }

    /// Reads the files again, for connections from now on; those kept open with the old ones are left.
    ///
    /// # Errors
    /// What is wrong with the files; what was there stays.
    pub fn reload(&self) -> Result<(), OutboundSetupError> {
        self.0.seen.note(tls::files(&self.0.options));
        self.0.current.store(Arc::new(Pool::open(&self.0.options)?));
        Ok(())
    }

    /// Whether a file looks different from when it was last read.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.0.seen.differs(tls::files(&self.0.options))
    }

    /// Every file it reads.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        tls::files(&self.0.options)
    }

    /// The file of our own certificate, and what it says.
    #[must_use]
    pub fn own(&self) -> Option<(&Path, Certificate)> {
        let file = self.0.options.certificate.as_ref()?.certificate.as_path();
        Some((file, self.0.current.load().own.clone()?))
    }

    /// Makes one call and reads its whole answer. Any status is an answer; a 3xx is given back as it came.
    ///
    /// # Errors
    /// [`OutboundError::Address`], [`OutboundError::Connect`] and [`OutboundError::Tls`] mean that nothing was sent;
    /// after the others the other side may have acted.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, OutboundError> {
        self.admit(request.uri())?;
        let client = self.0.current.load().client.clone();
        let call = async {
            let answer = client.request(request.map(|body| Full::new(Bytes::from(body)))).await;
            let (head, body) = answer.map_err(classify)?.into_parts();
            let collected = Limited::new(body, BODY_CAP).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() { OutboundError::TooLarge } else { OutboundError::Protocol(error) }
            })?;
            Ok(Response::from_parts(head, collected.to_bytes().to_vec()))
        };
        tokio::time::timeout(self.0.options.total_timeout, call).await.unwrap_or(Err(OutboundError::Timeout))
    }

    fn admit(&self, uri: &Uri) -> Result<(), OutboundError> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(OutboundError::Address);
        };
        // Credentials in an address end up in logs, and a second `@` can hide the real host.
        if authority.as_str().contains('@') {
            return Err(OutboundError::Address);
        }
        let https = *scheme == Scheme::HTTPS;
        let local = *scheme == Scheme::HTTP && self.0.options.allow_http_loopback && is_loopback(authority.host());
        if https || local { Ok(()) } else { Err(OutboundError::Address) }
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn classify(error: hyper_util::client::legacy::Error) -> OutboundError {
    let (connecting, secured) = (error.is_connect(), comes_from_tls(&error));
    let error = Box::new(error);
    match (connecting, secured) {
        (true, true) => OutboundError::Tls(error),
        (true, false) => OutboundError::Connect(error),
        (false, _) => OutboundError::Protocol(error),
    }
}

/// Looks for a TLS fault along the chain; `io::Error` hides what it wraps from `source`.
fn comes_from_tls(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<rustls::Error>() {
            return true;
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests;
