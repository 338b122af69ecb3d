//! The TLS side of our own calls: which roots are trusted. It never turns verification off.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::OutboundSetupError;

/// The system's roots, and those of `ca_file`.
///
/// # Errors
/// When `ca_file` cannot be read, or when there is no root at all and `may_be_empty` (clear loopback calls) is not set.
pub(super) fn client_config(ca_file: Option<&Path>, may_be_empty: bool) -> Result<ClientConfig, OutboundSetupError> {
    let mut roots = RootCertStore::empty();
    // One unreadable certificate of the system must not take every call down: it is left out.
    let native = rustls_native_certs::load_native_certs();
    if !native.errors.is_empty() {
        tracing::debug!(count = native.errors.len(), "some of the system's root certificates cannot be read");
    }
    roots.add_parsable_certificates(native.certs);
    if let Some(path) = ca_file {
        let unreadable = |source: Box<dyn std::error::Error + Send + Sync>| OutboundSetupError::CaFile {
            path: path.to_owned(),
            source,
        };
        let mut added = 0_usize;
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.into()))? {
            let certificate = certificate.map_err(|error| unreadable(error.into()))?;
            roots.add(certificate).map_err(|error| unreadable(error.into()))?;
            added += 1;
        }
        if added == 0 {
            return Err(unreadable("it holds no certificate".into()));
        }
    }
    if roots.is_empty() && !may_be_empty {
        return Err(OutboundSetupError::NoRoots);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(OutboundSetupError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
