//! `private_key_jwt` (RFC 7523, 3): a short-lived token that the client signs about itself. Pure.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

use crate::clock::Timestamp;
use crate::config::psc_simulator::SimulatorClient;

/// Longest life of an assertion, in seconds.
const LONGEST: i64 = 300;

/// An assertion that holds.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) jti: String,
    pub(super) expires_at: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    exp: i64,
    jti: String,
}

/// What the assertion proves when this client has signed it for one of these audiences.
pub(super) fn verified(
    assertion: &str,
    client: &SimulatorClient,
    audiences: &[String],
    now: Timestamp,
) -> Option<Proof> {
    let pem = client.public_key.as_ref()?.as_bytes();
    let algorithm = decode_header(assertion).ok()?.alg;
    let rsa = matches!(algorithm, Algorithm::RS256 | Algorithm::PS256);
    let key = if rsa { DecodingKey::from_rsa_pem(pem) } else { DecodingKey::from_ec_pem(pem) }.ok()?;
    if !rsa && algorithm != Algorithm::ES256 {
        return None;
    }
    let mut validation = Validation::new(algorithm);
    // The simulator's clock may be moved by hand; the library reads the machine's.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
    let claims = decode::<Claims>(assertion, &key, &validation).ok()?.claims;
    let expires_at = Timestamp::from_second(claims.exp).ok()?;
    let left = expires_at.duration_since(now).as_secs();
    let audience = match &claims.aud {
        Value::String(audience) => audiences.contains(audience),
        Value::Array(listed) => {
            listed.iter().filter_map(Value::as_str).any(|audience| audiences.iter().any(|ours| ours == audience))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    };
    let right = claims.iss == client.id && claims.sub == client.id && audience && !claims.jti.is_empty();
    (right && (1..=LONGEST).contains(&left)).then_some(Proof { jti: claims.jti, expires_at })
}
