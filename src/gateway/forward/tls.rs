//! TLS towards the servers of an upstream: always verified, and with a certificate of our own where they ask for one.
//!
//! There is no way to turn the verification off. Files are read again while connections stay open, as those of listeners are.

use std::io;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::pki_types::ServerName;
use rustls::sign::SingleCertAndKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::certificates::{Seen, authorities};
use crate::config::settings::{UpstreamProtocol, UpstreamTls};
use crate::gateway::tls::TlsFault;
use crate::identity::Certificate;

const H2: &[u8] = b"h2";

/// TLS of one upstream.
#[derive(Debug)]
pub struct ClientTls {
    settings: UpstreamTls,
    protocol: UpstreamProtocol,
    current: ArcSwap<Loaded>,
    seen: Seen,
}

/// The roots that this machine trusts: hundreds, read once for all upstreams of a table.
#[derive(Debug, Default)]
pub struct SystemRoots(Option<Arc<RootCertStore>>);

impl SystemRoots {
    fn read(&mut self) -> Result<Arc<RootCertStore>, TlsFault> {
        if let Some(read) = &self.0 {
            return Ok(Arc::clone(read));
        }
        let mut roots = RootCertStore::empty();
        // One unreadable certificate of the system must not take every upstream down: it is left out.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            let wrong =
                "this machine has no root certificates: install them (ca-certificates), or name upstream_ca_file";
            return Err(TlsFault::Authorities(wrong.to_owned()));
        }
        Ok(Arc::clone(self.0.insert(Arc::new(roots))))
    }
}

#[derive(Debug)]
struct Loaded {
    config: Arc<ClientConfig>,
    /// What our own certificate says.
    own: Option<Certificate>,
}

impl ClientTls {
    /// Reads every file and checks it.
    ///
    /// # Errors
    /// What is wrong with the files, or that this machine trusts nobody.
    pub fn load(
        settings: &UpstreamTls,
        protocol: UpstreamProtocol,
        system: &mut SystemRoots,
    ) -> Result<Self, TlsFault> {
        let seen = Seen::default();
        seen.note(all_files(settings));
        let current = ArcSwap::from_pointee(Loaded::read(settings, protocol, system)?);
        Ok(Self { settings: settings.clone(), protocol, current, seen })
    }

    /// Reads the files again, for connections from now on.
    ///
    /// # Errors
    /// What is wrong with the files; what was there stays.
    pub fn reload(&self) -> Result<(), TlsFault> {
        self.seen.note(all_files(&self.settings));
        self.current.store(Arc::new(Loaded::read(&self.settings, self.protocol, &mut SystemRoots::default())?));
        Ok(())
    }

    /// Whether a file looks different from when it was last read.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.seen.differs(all_files(&self.settings))
    }

    /// Every file it reads.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        all_files(&self.settings)
    }

    /// The file of our own certificate, and what it says.
    #[must_use]
    pub fn own(&self) -> Option<(&Path, Certificate)> {
        let file = self.settings.certificate.as_ref()?.certificate.as_path();
        Some((file, self.current.load().own.clone()?))
    }

    /// The name that a server at `host` must prove to have.
    ///
    /// # Errors
    /// When it is none; the configuration's check has made sure.
    pub(super) fn name(&self, host: &str) -> Result<ServerName<'static>, TlsFault> {
        let name = self.settings.server_name.as_deref().unwrap_or(host);
        ServerName::try_from(name.to_owned()).map_err(|error| TlsFault::Setup(error.into()))
    }

    /// Shakes hands; whoever calls bounds the time.
    ///
    /// # Errors
    /// When the server proves nothing that we trust, or does not speak the upstream's protocol.
    pub(super) async fn connect(
        &self,
        stream: TcpStream,
        name: ServerName<'static>,
    ) -> io::Result<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.current.load().config);
        let stream = TlsConnector::from(config).connect(name, stream).await?;
        if self.protocol == UpstreamProtocol::Http2 && stream.get_ref().1.alpn_protocol() != Some(H2) {
            return Err(io::Error::other("the server does not offer HTTP/2 (ALPN h2)"));
        }
        Ok(stream)
    }
}

impl Loaded {
    fn read(settings: &UpstreamTls, protocol: UpstreamProtocol, system: &mut SystemRoots) -> Result<Self, TlsFault> {
        let roots = match &settings.ca_file {
            Some(file) => Arc::new(authorities(file).map_err(TlsFault::Authorities)?),
            None => system.read()?,
        };
        let own = settings.certificate.as_ref().map(|files| files.read()).transpose()?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| TlsFault::Setup(error.into()))?
            .with_root_certificates(roots);
        let mut config = match &own {
            Some(own) => {
                let shown = SingleCertAndKey::from(Arc::clone(&own.certified));
                builder.with_client_cert_resolver(Arc::new(shown))
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![match protocol {
            UpstreamProtocol::Http1 => b"http/1.1".to_vec(),
            UpstreamProtocol::Http2 => H2.to_vec(),
        }];
        Ok(Self { config: Arc::new(config), own: own.map(|own| own.says) })
    }
}

fn all_files(settings: &UpstreamTls) -> impl Iterator<Item = &Path> {
    let own = settings.certificate.iter().flat_map(|files| [&files.certificate, &files.key]);
    own.chain(&settings.ca_file).map(AsRef::as_ref)
}
