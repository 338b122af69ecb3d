//! The TLS side of our own calls: who is trusted, and who we are. It never turns verification off.

use std::path::Path;
use std::sync::Arc;

use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, RootCertStore};

use crate::config::certificates::authorities;
use crate::identity::Certificate;

use super::{Options, OutboundSetupError};

/// The authorities of `ca_file`, else the system's; and our own certificate with what it says.
///
/// # Errors
/// When a file cannot be used, or when there is no root at all and clear loopback calls are not let through either.
pub(super) fn client_config(options: &Options) -> Result<(ClientConfig, Option<Certificate>), OutboundSetupError> {
    let roots = match &options.ca_file {
        Some(file) => authorities(file).map_err(OutboundSetupError::CaFile)?,
        None => system(),
    };
    if roots.is_empty() && !options.allow_http_loopback {
        return Err(OutboundSetupError::NoRoots);
    }
    let own = options.certificate.as_ref().map(|files| files.read()).transpose()?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(OutboundSetupError::Tls)?
        .with_root_certificates(roots);
    let config = match &own {
        Some(own) => {
            let shown = SingleCertAndKey::from(Arc::clone(&own.certified));
            builder.with_client_cert_resolver(Arc::new(shown))
        }
        None => builder.with_no_client_auth(),
    };
    Ok((config, own.map(|own| own.says)))
}

/// Every file of these options.
pub(super) fn files(options: &Options) -> impl Iterator<Item = &Path> {
    let own = options.certificate.iter().flat_map(|files| [&files.certificate, &files.key]);
    own.chain(&options.ca_file).map(AsRef::as_ref)
}

fn system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    // One unreadable certificate of the system must not take every call down: it is left out.
    let native = rustls_native_certs::load_native_certs();
    if !native.errors.is_empty() {
        tracing::debug!(count = native.errors.len(), "some of the system's root certificates cannot be read");
    }
    roots.add_parsable_certificates(native.certs);
    roots
}
