//! How any portal checks an assertion: with the published keys and nothing else. The issuer and the audiences come
//! from its own configuration, never from the request.

use std::time::Duration;

use http::{HeaderMap, Request};
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::clock::SharedClock;
use crate::outbound::{Options, OutboundClient, OutboundError, OutboundSetupError};

/// The header an assertion comes in.
pub const HEADER: &str = "x-guichet-assertion";
/// The type written in an assertion's own header.
const TYPE: &str = "guichet-assertion+jwt";
/// How far the two clocks may be apart, in seconds.
const LEEWAY: i64 = 10;
/// Shortest time between two readings of the keys because of an unknown key.
const REREAD: Duration = Duration::from_secs(10);
/// The same while no key was ever read: the gateway may just be starting.
const FIRST_READ: Duration = Duration::from_secs(1);

/// Why nobody is recognised; the texts are shown by the sample portal.
#[derive(Debug, thiserror::Error)]
pub enum Doubt {
    /// Anonymous, or not through the gateway.
    #[error("no assertion")]
    Absent,
    /// The header is there twice or is not text.
    #[error("the header is not one assertion")]
    Malformed,
    /// Not an assertion, or without a key id.
    #[error("not an assertion of the expected type")]
    Type,
    /// No published key has this id.
    #[error("signed by a key that is not published")]
    UnknownKey,
    /// The key is not one for signatures that a portal accepts.
    #[error("the published key is not a signature key")]
    Key,
    /// Signature, issuer, audience or a required claim.
    #[error("the assertion does not hold: {0}")]
    Claims(#[from] jsonwebtoken::errors::Error),
    /// Too old, or from the future.
    #[error("the assertion is not valid at this time")]
    Time,
    /// The keys cannot be read.
    #[error("the published keys cannot be read: {0}")]
    Keys(#[from] KeysError),
}

/// Why the published keys cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The call failed.
    #[error(transparent)]
    Call(#[from] OutboundError),
    /// Not 200, or not the JSON expected.
    #[error("the answer is not the document expected")]
    Document,
    /// The document speaks for another issuer.
    #[error("the document is of another issuer")]
    Issuer,
    /// The last try was a moment ago.
    #[error("they could not be read a moment ago")]
    Recently,
}

/// Verifies assertions for one portal.
#[derive(Debug)]
pub struct Verifier {
    issuer: String,
    audiences: Vec<String>,
    clock: SharedClock,
    client: OutboundClient,
    cache: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    keys: Vec<Jwk>,
    read_at: Option<Instant>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

impl Verifier {
    /// A verifier of assertions that `issuer` made for one of `audiences`; no key is read yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(issuer: String, audiences: Vec<String>, clock: SharedClock) -> Result<Self, OutboundSetupError> {
        // The first one of the process wins, and is the same everywhere.
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let client = OutboundClient::new(Options {
            connect_timeout: Duration::from_secs(2),
            total_timeout: Duration::from_secs(5),
            ca_file: None,
            certificate: None,
            allow_http_loopback: true,
        })?;
        Ok(Self { issuer, audiences, clock, client, cache: Mutex::default() })
    }

    /// The claims of the one assertion among `headers`.
    ///
    /// # Errors
    /// When there is none, or it cannot be believed.
    pub async fn verify(&self, headers: &HeaderMap) -> Result<Value, Doubt> {
        let mut values = headers.get_all(HEADER).iter();
        let token = match (values.next(), values.next()) {
            (None, _) => return Err(Doubt::Absent),
            (Some(only), None) => only.to_str().map_err(|_| Doubt::Malformed)?,
            (Some(_), Some(_)) => return Err(Doubt::Malformed),
        };
        let header = jsonwebtoken::decode_header(token)?;
        if header.typ.as_deref() != Some(TYPE) {
            return Err(Doubt::Type);
        }
        let jwk = self.key(&header.kid.ok_or(Doubt::Type)?).await?;
        // The algorithm is the key's: what the token says of itself decides nothing.
        let algorithm = match jwk.common.key_algorithm {
            Some(KeyAlgorithm::ES256) => Algorithm::ES256,
            Some(KeyAlgorithm::EdDSA) => Algorithm::EdDSA,
            Some(_) | None => return Err(Doubt::Key),
        };
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&self.audiences);
        // An absent claim would otherwise pass unseen.
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library only knows the wall clock; ours is checked below.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(&jwk)?, &validation)?.claims;
        self.check_time(&claims)?;
        Ok(claims)
    }

    fn check_time(&self, claims: &Value) -> Result<(), Doubt> {
        let now = self.clock.now().as_second();
        let time = |name: &str| claims.get(name).and_then(Value::as_i64).ok_or(Doubt::Time);
        let alive = time("exp")?.saturating_add(LEEWAY) > now;
        let begun = time("iat")?.saturating_sub(LEEWAY) <= now;
        if alive && begun { Ok(()) } else { Err(Doubt::Time) }
    }

    /// The published key of this id; the keys are read again when it is unknown, now and then.
    async fn key(&self, kid: &str) -> Result<Jwk, Doubt> {
        // Held while reading, so that many requests at once make one call.
        let mut cache = self.cache.lock().await;
        if let Some(key) = cache.find(kid) {
            return Ok(key);
        }
        let pause = if cache.keys.is_empty() { FIRST_READ } else { REREAD };
        if cache.read_at.is_some_and(|at| at.elapsed() < pause) {
            return Err(if cache.keys.is_empty() { KeysError::Recently.into() } else { Doubt::UnknownKey });
        }
        cache.read_at = Some(Instant::now());
        cache.keys = self.read_keys().await?;
        cache.find(kid).ok_or(Doubt::UnknownKey)
    }

    async fn read_keys(&self) -> Result<Vec<Jwk>, KeysError> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let discovery: Discovery = self.read(&address).await?;
        if discovery.issuer != self.issuer {
            return Err(KeysError::Issuer);
        }
        let keys: Keys = self.read(&discovery.jwks_uri).await?;
        // A key of a kind this library does not know must not hide the others.
        Ok(keys.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect())
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, address: &str) -> Result<T, KeysError> {
        let request = Request::get(address).body(Vec::new()).map_err(|_| KeysError::Document)?;
        let answer = self.client.send(request).await?;
        if answer.status() != http::StatusCode::OK {
            return Err(KeysError::Document);
        }
        serde_json::from_slice(answer.body()).map_err(|_| KeysError::Document)
    }
}

impl Cache {
    fn find(&self, kid: &str) -> Option<Jwk> {
        self.keys.iter().find(|key| key.common.key_id.as_deref() == Some(kid)).cloned()
    }
}
