//! TLS of the simulator's listener: one certificate for both hosts, and a client certificate asked for on the issuer's host alone.
//!
//! Who must show one is decided by the back channel; a browser that comes to sign out has none.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{Acceptor, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use url::Url;

use super::ShownCertificate;
use crate::config::certificates::{CertificateFault, authorities};
use crate::config::psc_simulator::SimulatorSettings;

/// TLS of one simulator.
#[derive(Debug, Clone)]
pub struct Tls {
    pages: Arc<ServerConfig>,
    back_channel: Arc<ServerConfig>,
    issuer_host: String,
}

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// The certificate or its key.
    #[error(transparent)]
    Certificate(#[from] CertificateFault),
    /// The authorities of client certificates.
    #[error("{0}")]
    Authorities(String),
    /// What the library refuses.
    #[error("TLS cannot be set up")]
    Setup(#[from] rustls::Error),
    /// What the library refuses of the authorities.
    #[error("the authorities of client certificates cannot be used")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

impl Tls {
    /// Reads the files of these settings; `None` when they speak in the clear.
    ///
    /// # Errors
    /// What is wrong with a file.
    pub fn load(settings: &SimulatorSettings) -> Result<Option<Self>, TlsFault> {
        let Some(tls) = &settings.tls else { return Ok(None) };
        let certified = tls.certificate.read()?.certified;
        let authorities = tls.client_ca_file.as_deref().map(authorities).transpose().map_err(TlsFault::Authorities)?;
        let issuer = Url::parse(&settings.issuer).ok();
        let issuer_host = issuer.as_ref().and_then(Url::host_str).unwrap_or_default().to_owned();
        let pages = server_config(&certified, None)?;
        let back_channel = server_config(&certified, authorities)?;
        Ok(Some(Self { pages, back_channel, issuer_host }))
    }

    /// Shakes hands; whoever calls bounds the time.
    ///
    /// # Errors
    /// When the client speaks no TLS, or shows a certificate of an authority that is not believed.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<(TlsStream<TcpStream>, Option<ShownCertificate>)> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let for_issuer = start.client_hello().server_name() == Some(self.issuer_host.as_str());
        let config = if for_issuer { &self.back_channel } else { &self.pages };
        let stream = start.into_stream(Arc::clone(config)).await?;
        let (_, connection) = stream.get_ref();
        let shown = connection.peer_certificates().and_then(<[_]>::first);
        let shown = shown.and_then(|certificate| ShownCertificate::read(certificate));
        Ok((stream, shown))
    }
}

fn server_config(
    certified: &Arc<CertifiedKey>,
    authorities: Option<rustls::RootCertStore>,
) -> Result<Arc<ServerConfig>, TlsFault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let builder = match authorities {
        Some(roots) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.allow_unauthenticated().build()?)
        }
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::clone(certified))));
    // The real one says that it speaks HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
