//! Certificates made for a test, listeners that show them, and a TLS client that says what it is told to.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use guichet::config::certificates::CertificateFiles;
use guichet::config::settings::{ClientCertificates, Listener, Speaks, TlsSettings};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::raw::Raw;
use super::settings::clear;

/// An authority and the folder where what it issues is kept.
pub(crate) struct Authority {
    pub(crate) folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

/// A certificate with its key, as a client holds it.
pub(crate) type Held = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Authority of a test");
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        let certificate = certificate.der().clone();
        Self { folder, issuer: Issuer::new(params, key), certificate }
    }

    /// The authority's own certificate in PEM.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Writes a certificate for these names and its key; an earlier one of this name is replaced.
    pub(crate) fn issue(&self, file: &str, names: &[&str]) -> CertificateFiles {
        self.issue_as(file, names, |_| {})
    }

    /// The same with something else about it.
    pub(crate) fn issue_as(
        &self,
        file: &str,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> CertificateFiles {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = CertificateFiles {
            certificate: self.folder.path().join(format!("{file}.pem")),
            key: self.folder.path().join(format!("{file}.key")),
            development: true,
        };
        std::fs::write(&files.certificate, certificate.pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }

    /// A client's certificate.
    pub(crate) fn client(&self, name: &str) -> Held {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![format!("{name}.client.test")]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (vec![certificate.der().clone()], PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap())
    }

    /// What a client of this authority is told; without ALPN.
    pub(crate) fn client_config(&self, held: Option<Held>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_root_certificates(roots);
        match held {
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).unwrap(),
            None => builder.with_no_client_auth(),
        }
    }

    /// A connection that asks for `host`.
    pub(crate) async fn connect(&self, address: SocketAddr, host: &str) -> Raw {
        Raw::over(shake(self.client_config(None), address, host).await.unwrap())
    }
}

/// Shakes hands with `address`, asking for `host`.
pub(crate) async fn shake(
    config: ClientConfig,
    address: SocketAddr,
    host: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(host.to_owned()).unwrap(), stream).await
}

/// A TLS listener on a free port.
pub(crate) fn listener(certificates: Vec<CertificateFiles>, clients: ClientCertificates) -> Listener {
    Listener { speaks: Speaks::Https(TlsSettings { certificates, clients }), ..clear() }
}
