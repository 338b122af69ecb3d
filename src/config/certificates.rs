//! Certificates of listeners, and those we show to others, read and checked whole: at load, at start, and again when the files change.
//!
//! Nothing of a key is ever printed.

mod seen;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::check::too_open;
use crate::identity::Certificate;

pub use seen::Seen;

/// Where a certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CertificateFiles {
    /// The certificate and those between it and its root, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// Development: the key's permissions are not judged.
    pub development: bool,
}

/// A certificate ready to be shown, and what it says.
#[derive(Debug, Clone)]
pub struct ReadCertificate {
    /// Chain and key.
    pub certified: Arc<CertifiedKey>,
    /// What the first certificate of the chain says.
    pub says: Certificate,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateFault {
    /// The certificate's file.
    #[error("{0}")]
    Certificate(String),
    /// The key's file.
    #[error("{0}")]
    Key(String),
}

impl CertificateFiles {
    /// Reads both files and checks that they belong together.
    ///
    /// # Errors
    /// Which of the two files is wrong, and why.
    pub fn read(&self) -> Result<ReadCertificate, CertificateFault> {
        let chain = chain(&self.certificate).map_err(CertificateFault::Certificate)?;
        let wrong = |what: &str| CertificateFault::Certificate(format!("{}: {what}", shown(&self.certificate)));
        let first = chain.first().ok_or_else(|| wrong("holds no certificate"))?;
        let says = Certificate::read(first).map_err(|error| wrong(&error.to_string()))?;
        let wrong = |what: String| CertificateFault::Key(format!("{}: {what}", shown(&self.key)));
        if let Some(open) = too_open(&self.key).filter(|_| !self.development) {
            return Err(CertificateFault::Key(open));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| wrong(pem_fault(&error, "private key")))?;
        let key = any_supported_type(&key).map_err(|_| wrong("is not an RSA, ECDSA or Ed25519 key".to_owned()))?;
        let certified = CertifiedKey::new(chain, key);
        certified.keys_match().map_err(|_| wrong("is not the key of this certificate".to_owned()))?;
        Ok(ReadCertificate { certified: Arc::new(certified), says })
    }
}

/// The authorities of a file; a file without any is a fault, never "accept" (attack K06).
///
/// # Errors
/// A sentence that says what is wrong with the file.
pub fn authorities(file: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(file)? {
        roots.add(certificate).map_err(|_| format!("{}: holds what is no authority's certificate", shown(file)))?;
    }
    if roots.is_empty() {
        return Err(format!("{}: holds no certificate", shown(file)));
    }
    Ok(roots)
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |error: &rustls::pki_types::pem::Error| format!("{}: {}", shown(file), pem_fault(error, "certificate"));
    let certificates = CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))?;
    certificates.collect::<Result<Vec<_>, _>>().map_err(|error| wrong(&error))
}

pub(super) fn pem_fault(error: &rustls::pki_types::pem::Error, wanted: &str) -> String {
    use rustls::pki_types::pem::Error;
    if let Error::Io(error) = error {
        format!("cannot be read: {error}")
    } else if matches!(error, Error::NoItemsFound) {
        format!("holds no {wanted}")
    } else {
        // What the library says may quote the file.
        "is not PEM".to_owned()
    }
}

pub(super) fn shown(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}
