//! TLS of a listener: 1.2 and 1.3 (rustls, aws-lc-rs), HTTP/2 and HTTP/1.1 by ALPN, the certificate by the name the client asks for.
//!
//! Certificates are read again while connections stay open: each new connection takes what is there at its start. No early data is taken:
//! what can be replayed is not a request (attack H24).

pub mod certificates;

use std::io;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::server::{NoClientAuth, NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::certificates::{CertificateFault, Seen, authorities};
use crate::config::settings::{ClientCertificates, TlsSettings};
use crate::identity::Certificate;

use super::listen::socket::Transport;
use certificates::Certificates;

/// TLS of one listener.
#[derive(Debug)]
pub struct Tls {
    settings: TlsSettings,
    current: ArcSwap<Loaded>,
    /// When they were last read, whatever came of it.
    seen: Seen,
}

#[derive(Debug)]
struct Loaded {
    config: Arc<ServerConfig>,
    certificates: Arc<Certificates>,
}

/// Why TLS cannot be spoken, or not with the new files.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A certificate or its key.
    #[error(transparent)]
    Certificate(#[from] CertificateFault),
    /// The authorities of the other side's certificates.
    #[error("{0}")]
    Authorities(String),
    /// What the TLS library refuses.
    #[error("TLS cannot be set up")]
    Setup(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What is known of a connection from its TLS handshake.
#[derive(Debug, Clone)]
pub struct TlsSession {
    certificates: Arc<Certificates>,
    shown: usize,
    client: Option<Arc<ClientCertificate>>,
}

/// A client's certificate, verified against the listener's authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Its subject (RFC 4514); may be empty.
    pub subject: String,
    /// Its subject alternative names (`dns:…`, `email:…`, `uri:…`, `ip:…`).
    pub names: Vec<String>,
    /// SHA-256 of the certificate, 64 hexadecimal digits.
    pub fingerprint: String,
}

impl TlsSession {
    /// Whether this connection's certificate is the one that `host` would have been shown: what was promised for one host is not
    /// taken for another (attack H24).
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        self.certificates.pick(Some(host)) == self.shown
    }

    /// The client's certificate, if it has shown one.
    #[must_use]
    pub fn client(&self) -> Option<&ClientCertificate> {
        self.client.as_deref()
    }
}

impl Tls {
    /// Reads every file and checks it.
    ///
    /// # Errors
    /// What is wrong with the files.
    pub fn load(settings: TlsSettings) -> Result<Self, TlsFault> {
        let seen = Seen::default();
        seen.note(all_files(&settings));
        let current = ArcSwap::from_pointee(Loaded::read(&settings)?);
        Ok(Self { settings, current, seen })
    }

    /// Reads the files again; connections from now on are shown what they hold.
    ///
    /// # Errors
    /// What is wrong with the files; what was there stays.
    pub fn reload(&self) -> Result<(), TlsFault> {
        self.seen.note(all_files(&self.settings));
        let loaded = Loaded::read(&self.settings)?;
        self.current.store(Arc::new(loaded));
        Ok(())
    }

    /// Whether a file looks different from when it was last read.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.seen.differs(all_files(&self.settings))
    }

    /// The certificates shown now.
    #[must_use]
    pub fn certificates(&self) -> Arc<Certificates> {
        Arc::clone(&self.current.load().certificates)
    }

    /// Where the certificates come from, in the order of [`Certificates::each`].
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.settings.certificates.iter().map(|files| files.certificate.as_path())
    }

    /// Shakes hands; whoever calls bounds the time.
    ///
    /// # Errors
    /// When the client speaks no TLS, an older one, or has no certificate where one is required.
    pub async fn accept(&self, transport: Transport) -> io::Result<(TlsStream<Transport>, TlsSession)> {
        let loaded = self.current.load_full();
        let stream = TlsAcceptor::from(Arc::clone(&loaded.config)).accept(transport).await?;
        let (_, connection) = stream.get_ref();
        let shown = loaded.certificates.pick(connection.server_name());
        let client = match connection.peer_certificates().and_then(<[_]>::first) {
            Some(certificate) => Some(Arc::new(verified(certificate)?)),
            None => None,
        };
        Ok((stream, TlsSession { certificates: Arc::clone(&loaded.certificates), shown, client }))
    }
}

fn verified(der: &[u8]) -> io::Result<ClientCertificate> {
    let says = Certificate::read(der).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(ClientCertificate {
        subject: says.subject,
        names: says.names.iter().map(ToString::to_string).collect(),
        fingerprint: Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

impl Loaded {
    fn read(settings: &TlsSettings) -> Result<Self, TlsFault> {
        let read: Result<Vec<_>, _> = settings.certificates.iter().map(|files| files.read()).collect();
        let certificates = Arc::new(Certificates::new(read?));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = match &settings.clients {
            ClientCertificates::Off => Arc::new(NoClientAuth),
            ClientCertificates::Request(file) | ClientCertificates::Require(file) => {
                let roots = Arc::new(authorities(file).map_err(TlsFault::Authorities)?);
                let builder = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider));
                let builder = match &settings.clients {
                    ClientCertificates::Require(_) => builder,
                    ClientCertificates::Off | ClientCertificates::Request(_) => builder.allow_unauthenticated(),
                };
                builder.build().map_err(|error| TlsFault::Setup(error.into()))?
            }
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| TlsFault::Setup(error.into()))?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::clone(&certificates) as _);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.max_early_data_size = 0;
        if settings.clients == ClientCertificates::Off {
            // Sessions are resumed from tickets: nothing is kept per client.
            config.ticketer =
                rustls::crypto::aws_lc_rs::Ticketer::new().map_err(|error| TlsFault::Setup(error.into()))?;
        } else {
            // A resumed session is not verified again: each connection shows its certificate anew.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(Self { config: Arc::new(config), certificates })
    }
}

fn all_files(settings: &TlsSettings) -> impl Iterator<Item = &Path> {
    let certificates = settings.certificates.iter().flat_map(|files| [&files.certificate, &files.key]);
    certificates.chain(settings.clients.ca_file()).map(AsRef::as_ref)
}

#[cfg(test)]
mod tests;
