//! A signing key held ready: the pair is parsed once, and compact JWS are put together here.
//!
//! jsonwebtoken parses the private key at each signature, which costs more than half of it; the hot path signs with the held pair.
//! Must not decide when a key signs (`rotation`) nor what is said (`gateway::assertion`).

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::config::settings::SigningAlgorithm;

/// Why a key cannot be made, read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The library refused to make a pair.
    #[error("a signing key could not be made")]
    NotMade,
    /// The bytes are not a private key of this algorithm.
    #[error("this is not a private key of the algorithm it is kept under")]
    NotAKey,
    /// The claims do not serialise, or the library refused to sign.
    #[error("the token could not be signed")]
    NotSigned,
}

/// The public half, as RFC 7517 writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicJwk {
    /// `EC` or `OKP`.
    pub kty: String,
    /// `P-256` or `Ed25519`.
    pub crv: String,
    /// First coordinate, or the whole Ed25519 key.
    pub x: String,
    /// Second coordinate of an EC key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// `ES256` or `EdDSA`.
    pub alg: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: String,
}

/// A private key ready to sign. It prints its `kid` only.
pub struct SigningKey {
    pair: Pair,
    public: PublicJwk,
}

enum Pair {
    Es256(EcdsaKeyPair, SystemRandom),
    EdDsa(Ed25519KeyPair),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}

/// The `alg` of JOSE for our setting.
#[must_use]
pub fn jose_name(algorithm: SigningAlgorithm) -> &'static str {
    match algorithm {
        SigningAlgorithm::Es256 => "ES256",
        SigningAlgorithm::EdDsa => "EdDSA",
    }
}

/// The setting for an `alg` of JOSE; `None` for every other name.
#[must_use]
pub fn algorithm_named(alg: &str) -> Option<SigningAlgorithm> {
    match alg {
        "ES256" => Some(SigningAlgorithm::Es256),
        "EdDSA" => Some(SigningAlgorithm::EdDsa),
        _ => None,
    }
}

impl SigningKey {
    /// Makes a pair. Returns it with its PKCS#8 text, to be sealed for the purpose `signing-key` and kept.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn generate(algorithm: SigningAlgorithm) -> Result<(Self, Zeroizing<Vec<u8>>), KeyFault> {
        let pkcs8 = match algorithm {
            SigningAlgorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyFault::NotMade)?;
                Zeroizing::new(pair.to_pkcs8v1().map_err(|_| KeyFault::NotMade)?.as_ref().to_vec())
            }
            // Version 1: other libraries, and jsonwebtoken's export, do not read version 2.
            SigningAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate().map_err(|_| KeyFault::NotMade)?;
                Zeroizing::new(pair.to_pkcs8v1().map_err(|_| KeyFault::NotMade)?.as_ref().to_vec())
            }
        };
        Ok((Self::from_pkcs8(algorithm, &pkcs8)?, pkcs8))
    }

    /// Reads what [`SigningKey::generate`] gave.
    ///
    /// # Errors
    /// When the bytes are anything else.
    pub fn from_pkcs8(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, KeyFault> {
        let (pair, kty, crv, x, y) = match algorithm {
            SigningAlgorithm::Es256 => {
                let pair =
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(|_| KeyFault::NotAKey)?;
                // An uncompressed point: 0x04, then both coordinates.
                let point: [u8; 65] = pair.public_key().as_ref().try_into().map_err(|_| KeyFault::NotAKey)?;
                let (x, y) = point.get(1..).ok_or(KeyFault::NotAKey)?.split_at_checked(32).ok_or(KeyFault::NotAKey)?;
                let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
                (Pair::Es256(pair, SystemRandom::new()), "EC", "P-256", x, Some(y))
            }
            SigningAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map_err(|_| KeyFault::NotAKey)?;
                let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
                (Pair::EdDsa(pair), "OKP", "Ed25519", x, None)
            }
        };
        let kid = thumbprint(kty, crv, &x, y.as_deref());
        let public = PublicJwk {
            kty: kty.to_owned(),
            crv: crv.to_owned(),
            x,
            y,
            kid,
            alg: jose_name(algorithm).to_owned(),
            usage: "sig".to_owned(),
        };
        Ok(Self { pair, public })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// Signs `claims` as a compact JWS whose header holds `alg`, `typ` and `kid`.
    ///
    /// # Errors
    /// When the claims do not serialise, or the library refuses.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, KeyFault> {
        let header = Header { alg: &self.public.alg, typ, kid: &self.public.kid };
        let header = serde_json::to_vec(&header).map_err(|_| KeyFault::NotSigned)?;
        let claims = serde_json::to_vec(claims).map_err(|_| KeyFault::NotSigned)?;
        let mut token = String::with_capacity((header.len() + claims.len()) / 3 * 4 + 100);
        URL_SAFE_NO_PAD.encode_string(header, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = match &self.pair {
            Pair::Es256(pair, random) => pair.sign(random, token.as_bytes()).map_err(|_| KeyFault::NotSigned)?,
            Pair::EdDsa(pair) => pair.try_sign(token.as_bytes()).map_err(|_| KeyFault::NotSigned)?,
        };
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
        Ok(token)
    }
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// RFC 7638: SHA-256 over the required members in alphabetical order, without spaces. Every value is base64url or a constant.
fn thumbprint(kty: &str, crv: &str, x: &str, y: Option<&str>) -> String {
    let y = y.map(|y| format!(r#","y":"{y}""#)).unwrap_or_default();
    let canonical = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"{y}}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

    fn verifies(algorithm: SigningAlgorithm, expected: Algorithm) {
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let (key, pkcs8) = SigningKey::generate(algorithm).unwrap();
        let again = SigningKey::from_pkcs8(algorithm, &pkcs8).unwrap();
        assert_eq!(key.public(), again.public());
        let token = again.sign("guichet-assertion+jwt", &serde_json::json!({"sub": "Zoë", "exp": 4_000_000_000_u64}));
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_str(&serde_json::to_string(key.public()).unwrap()).unwrap();
        let mut validation = Validation::new(expected);
        validation.validate_aud = false;
        let token = token.unwrap();
        let read = decode::<serde_json::Value>(&token, &DecodingKey::from_jwk(&jwk).unwrap(), &validation).unwrap();
        assert_eq!(read.claims["sub"], "Zoë");
        assert_eq!(read.header.typ.as_deref(), Some("guichet-assertion+jwt"));
        assert_eq!(read.header.kid.as_deref(), Some(key.public().kid.as_str()));
        assert_eq!(jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap(), key.public().kid);
    }

    #[test]
    fn a_stock_library_verifies_es256() {
        verifies(SigningAlgorithm::Es256, Algorithm::ES256);
    }

    #[test]
    fn a_stock_library_verifies_eddsa() {
        verifies(SigningAlgorithm::EdDsa, Algorithm::EdDSA);
    }

    #[test]
    fn bytes_of_another_algorithm_are_not_a_key() {
        let (_, pkcs8) = SigningKey::generate(SigningAlgorithm::EdDsa).unwrap();
        assert_eq!(SigningKey::from_pkcs8(SigningAlgorithm::Es256, &pkcs8).unwrap_err(), KeyFault::NotAKey);
    }

    #[test]
    fn a_key_prints_its_name_only() {
        let (key, _) = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ kid: {:?}, .. }}", key.public().kid));
    }
}
