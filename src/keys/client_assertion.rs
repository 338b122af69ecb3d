//! Who we are at an identity provider, said by a signature: `private_key_jwt` (RFC 7523 section 3, OpenID Connect Core 9).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::config::client_key::{ClientKey, ClientKeyPair};
use crate::entropy::{Draw as _, Entropy};

use super::KeyFault;

/// Life of one: long enough for a clock that is a minute off, and far below what a stolen one could be kept for.
const LIFE: SignedDuration = SignedDuration::from_secs(120);

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
}

/// A compact JWS for one token request. The audience is the issuer, not an endpoint: an address that a false discovery document names
/// must not be able to use it elsewhere (CVE-2025-27371, attack C24).
///
/// # Errors
/// When the library refuses to sign.
pub fn client_assertion(
    key: &ClientKey,
    client_id: &str,
    issuer: &str,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<String, KeyFault> {
    let header = Header { alg: key.algorithm(), typ: "JWT", kid: key.id() };
    let claims = Claims {
        iss: client_id,
        sub: client_id,
        aud: issuer,
        jti: entropy.token::<32>(),
        iat: now.as_second(),
        exp: (now + LIFE).as_second(),
    };
    let part = |json: Result<Vec<u8>, serde_json::Error>| {
        json.map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(|_| KeyFault::NotSigned)
    };
    let signed = format!("{}.{}", part(serde_json::to_vec(&header))?, part(serde_json::to_vec(&claims))?);
    let signature = sign(key.pair(), signed.as_bytes()).map_err(|_| KeyFault::NotSigned)?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn sign(pair: &ClientKeyPair, message: &[u8]) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
    let random = SystemRandom::new();
    Ok(match pair {
        ClientKeyPair::Rs256(pair) => {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
            signature
        }
        ClientKeyPair::Es256(pair) | ClientKeyPair::Es384(pair) => pair.sign(&random, message)?.as_ref().to_vec(),
        ClientKeyPair::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
    use serde_json::Value;

    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn c24_a_client_assertion_names_the_issuer_lives_shortly_and_is_never_the_same_twice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("client.key");
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        type Read = fn(&[u8]) -> jsonwebtoken::errors::Result<DecodingKey>;
        let kinds: [(&rcgen::SignatureAlgorithm, Algorithm, Read); 4] = [
            (&rcgen::PKCS_RSA_SHA256, Algorithm::RS256, DecodingKey::from_rsa_pem),
            (&rcgen::PKCS_ECDSA_P256_SHA256, Algorithm::ES256, DecodingKey::from_ec_pem),
            (&rcgen::PKCS_ECDSA_P384_SHA384, Algorithm::ES384, DecodingKey::from_ec_pem),
            (&rcgen::PKCS_ED25519, Algorithm::EdDSA, DecodingKey::from_ed_pem),
        ];
        for (made_with, algorithm, read) in kinds {
            let pair = rcgen::KeyPair::generate_for(made_with).unwrap();
            std::fs::write(&file, pair.serialize_pem()).unwrap();
            let public = pair.public_key_pem();
            let public = read(public.as_bytes());
            let mut rules = Validation::new(algorithm);
            rules.set_issuer(&["portail"]);
            rules.set_audience(&["https://op.test"]);
            rules.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
            rules.validate_exp = false;
            let make = |id: Option<&str>| {
                let key = ClientKey::read(&file, id.map(str::to_owned), true).unwrap();
                client_assertion(&key, "portail", "https://op.test", &SystemEntropy, now).unwrap()
            };
            let public = public.unwrap();
            let read = |token: &str| decode::<Value>(token, &public, &rules).unwrap().claims;
            let (one, other) = (make(None), make(Some("2026")));
            assert_eq!(
                (decode_header(&one).unwrap().kid, decode_header(&other).unwrap().kid.as_deref()),
                (None, Some("2026"))
            );
            let (one, other) = (read(&one), read(&other));
            assert_eq!((&one["sub"], &one["aud"]), (&Value::from("portail"), &Value::from("https://op.test")));
            assert_ne!(one["jti"], other["jti"]);
            let life = one["exp"].as_i64().unwrap() - one["iat"].as_i64().unwrap();
            assert!(one["iat"] == 1_790_000_000 && (1..=300).contains(&life), "{life}");
        }
    }
}
