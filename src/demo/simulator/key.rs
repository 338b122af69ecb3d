//! The simulator's RSA key: signs ID tokens (RS256), recognises its own, and publishes itself as a JWKS.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// An RSA key of 2048 bits.
pub struct SimulatorKey {
    pair: KeyPair,
    id: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl fmt::Debug for SimulatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatorKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The key could not be made or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The library made none.
    #[error("no RSA key could be made")]
    Generation,
    /// The stored bytes are no RSA key.
    #[error("the stored bytes are not an RSA key in PKCS#8")]
    Stored,
    /// The library did not sign.
    #[error("the RSA key did not sign")]
    Signing,
}

impl SimulatorKey {
    /// Makes a new key; takes some tenths of a second.
    ///
    /// # Errors
    /// When the library makes none.
    pub fn generate() -> Result<Self, KeyFault> {
        Self::of(KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyFault::Generation)?)
    }

    /// Takes up the key that [`SimulatorKey::to_pkcs8`] gave, so that a restart keeps it.
    ///
    /// # Errors
    /// When these bytes are no RSA key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyFault> {
        Self::of(KeyPair::from_pkcs8(der).map_err(|_| KeyFault::Stored)?)
    }

    /// The private key as PKCS#8 DER, for the demo's state folder only.
    ///
    /// # Errors
    /// When the library cannot write it.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, KeyFault> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| KeyFault::Stored)?;
        Ok(der.as_ref().to_vec())
    }

    fn of(pair: KeyPair) -> Result<Self, KeyFault> {
        let public = pair.public_key().as_ref();
        let (modulus, exponent) = integers(public).ok_or(KeyFault::Stored)?;
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(public));
        Ok(Self { id, modulus, exponent, pair })
    }

    /// The key's id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The claims as a compact RS256 token of this type (`JWT`, `logout+jwt`).
    ///
    /// # Errors
    /// When the library does not sign.
    pub(super) fn sign(&self, kind: &str, claims: &Value) -> Result<String, KeyFault> {
        let header = json!({ "alg": "RS256", "typ": kind, "kid": self.id });
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0_u8; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| KeyFault::Signing)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a token this key signed, however old; `None` for anything else.
    pub(super) fn own_claims(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key().as_ref());
        public.verify(signed.as_bytes(), &signature).ok()?;
        let (_, claims) = signed.split_once('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    /// The public half as a key of a JWKS, Keycloak style.
    pub(super) fn jwk(&self) -> Value {
        json!({
            "kid": self.id,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "n": URL_SAFE_NO_PAD.encode(&self.modulus),
            "e": URL_SAFE_NO_PAD.encode(&self.exponent),
        })
    }
}

/// The two integers of an `RSAPublicKey` (RFC 8017, A.1.1), without sign byte.
fn integers(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (sequence, _) = element(der, 0x30)?;
    let (modulus, rest) = element(sequence, 0x02)?;
    let (exponent, _) = element(rest, 0x02)?;
    Some((unsigned(modulus), unsigned(exponent)))
}

/// The content of the DER element of this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (bytes.iter().try_fold(0_usize, |length, byte| length.checked_mul(256)?.checked_add(usize::from(*byte)))?, rest)
    };
    (found == tag).then(|| rest.split_at_checked(length)).flatten()
}

fn unsigned(integer: &[u8]) -> Vec<u8> {
    integer.iter().copied().skip_while(|byte| *byte == 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_recognises_its_own_tokens_and_no_others() {
        let key = SimulatorKey::generate().unwrap();
        let token = key.sign("JWT", &json!({ "sub": "x" })).unwrap();
        assert_eq!(key.own_claims(&token), Some(json!({ "sub": "x" })));
        assert_eq!(SimulatorKey::generate().unwrap().own_claims(&token), None);
        assert_eq!(key.own_claims(&token[1..]), None);
    }

    #[test]
    fn a_stored_key_is_the_same_key() {
        let key = SimulatorKey::generate().unwrap();
        let again = SimulatorKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(again.jwk(), key.jwk());
        assert_eq!(SimulatorKey::from_pkcs8(b"nothing").unwrap_err(), KeyFault::Stored);
    }

    #[test]
    fn the_published_key_verifies_through_another_library() {
        let key = SimulatorKey::generate().unwrap();
        let token = key.sign("JWT", &json!({ "sub": "x", "exp": 4_000_000_000_u64 })).unwrap();
        let jwk = key.jwk();
        let part = |name: &str| jwk[name].as_str().unwrap().to_owned();
        assert_eq!(part("e"), "AQAB");
        let verifier = jsonwebtoken::DecodingKey::from_rsa_components(&part("n"), &part("e")).unwrap();
        let validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        jsonwebtoken::decode::<Value>(&token, &verifier, &validation).unwrap();
    }
}
