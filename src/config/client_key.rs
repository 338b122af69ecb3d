//! The private key with which we sign who we are at an identity provider (`private_key_jwt`), read and checked whole at load.
//!
//! Nothing of it is ever printed but the algorithm.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    RsaKeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;

use super::certificates::{pem_fault, shown};
use super::check::too_open;

/// A private key ready to sign with the one algorithm that goes with it.
#[derive(Clone)]
pub struct ClientKey {
    pair: Arc<ClientKeyPair>,
    id: Option<String>,
}

/// The pair itself.
pub enum ClientKeyPair {
    /// RSA of 2048 bits and more: `RS256`, which every provider takes.
    Rs256(RsaKeyPair),
    /// P-256.
    Es256(EcdsaKeyPair),
    /// P-384.
    Es384(EcdsaKeyPair),
    /// Ed25519.
    EdDsa(Ed25519KeyPair),
}

impl ClientKey {
    /// Reads a key (PEM: PKCS#8, PKCS#1 or SEC 1). `id` is the `kid` the provider knows it under, if any; in development the file's
    /// permissions are not judged.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the file.
    pub fn read(file: &Path, id: Option<String>, development: bool) -> Result<Self, String> {
        if let Some(open) = too_open(file).filter(|_| !development) {
            return Err(open);
        }
        let wrong = |what: String| format!("{}: {what}", shown(file));
        let key = PrivateKeyDer::from_pem_file(file).map_err(|error| wrong(pem_fault(&error, "private key")))?;
        let pair = pair(&key).ok_or_else(|| {
            wrong("is not an RSA key of at least 2048 bits, nor one of P-256, P-384 or Ed25519".to_owned())
        })?;
        Ok(Self { pair: Arc::new(pair), id })
    }

    /// The pair.
    #[must_use]
    pub fn pair(&self) -> &ClientKeyPair {
        &self.pair
    }

    /// The `kid` to send.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The `alg` of JOSE that goes with it.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match &*self.pair {
            ClientKeyPair::Rs256(_) => "RS256",
            ClientKeyPair::Es256(_) => "ES256",
            ClientKeyPair::Es384(_) => "ES384",
            ClientKeyPair::EdDsa(_) => "EdDSA",
        }
    }

    fn public(&self) -> &[u8] {
        match &*self.pair {
            ClientKeyPair::Rs256(pair) => pair.public_key().as_ref(),
            ClientKeyPair::Es256(pair) | ClientKeyPair::Es384(pair) => pair.public_key().as_ref(),
            ClientKeyPair::EdDsa(pair) => pair.public_key().as_ref(),
        }
    }
}

/// The same public half under the same name.
impl PartialEq for ClientKey {
    fn eq(&self, other: &Self) -> bool {
        self.public() == other.public() && self.id == other.id
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKey").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

fn pair(key: &PrivateKeyDer<'_>) -> Option<ClientKeyPair> {
    let der = key.secret_der();
    let curve = |algorithm| {
        if let PrivateKeyDer::Sec1(_) = key {
            EcdsaKeyPair::from_private_key_der(algorithm, der).ok()
        } else {
            EcdsaKeyPair::from_pkcs8(algorithm, der).ok()
        }
    };
    if let PrivateKeyDer::Pkcs1(_) = key {
        return RsaKeyPair::from_der(der).ok().map(ClientKeyPair::Rs256);
    }
    let rsa = RsaKeyPair::from_pkcs8(der).ok().map(ClientKeyPair::Rs256);
    rsa.or_else(|| curve(&ECDSA_P256_SHA256_FIXED_SIGNING).map(ClientKeyPair::Es256))
        .or_else(|| curve(&ECDSA_P384_SHA384_FIXED_SIGNING).map(ClientKeyPair::Es384))
        .or_else(|| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok().map(ClientKeyPair::EdDsa))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithm_follows_from_the_key_and_what_cannot_sign_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("client.key");
        let read = |pem: &str| {
            std::fs::write(&file, pem).unwrap();
            ClientKey::read(&file, Some("2026".to_owned()), true)
        };
        for (algorithm, expected) in [
            (&rcgen::PKCS_ECDSA_P256_SHA256, "ES256"),
            (&rcgen::PKCS_ECDSA_P384_SHA384, "ES384"),
            (&rcgen::PKCS_ED25519, "EdDSA"),
            (&rcgen::PKCS_RSA_SHA256, "RS256"),
        ] {
            let pem = rcgen::KeyPair::generate_for(algorithm).unwrap().serialize_pem();
            let key = read(&pem).unwrap();
            assert_eq!((key.algorithm(), key.id()), (expected, Some("2026")));
            assert!(key == read(&pem).unwrap() && format!("{key:?}").contains(expected));
            let other = read(&rcgen::KeyPair::generate_for(algorithm).unwrap().serialize_pem()).unwrap();
            assert!(key != other, "another key is another setting");
        }
        let other_curve = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap().serialize_pem();
        assert!(read(&other_curve).unwrap_err().contains("is not an RSA key"));
        assert!(read("nothing").unwrap_err().contains("holds no private key"));
        assert!(ClientKey::read(&folder.path().join("none"), None, true).unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn k02_a_key_that_others_can_open_is_refused_in_production() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("client.key");
        std::fs::write(&file, rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
        for (mode, fine) in [(0o600, true), (0o644, false)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(ClientKey::read(&file, None, false).is_ok(), fine, "{mode:o}");
        }
    }
}
