//! The provider's public keys: which of those it publishes we verify with. Pure.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonCurveType, CoreJsonWebKey};
use serde_json::Value;

use super::algorithm::{Algorithm, Family};
use super::http::Outage;
use super::id_token::Refusal;
use super::json::{self, Object};

/// Most keys of a set; a longer one is refused whole (attack T07).
const MOST_KEYS: usize = 64;
/// Longest key id (attack T04).
pub(super) const LONGEST_KEY_ID: usize = 256;
/// Members only a private or shared key has.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The usable keys of one provider.
#[derive(Debug, Clone)]
pub(super) struct KeySet {
    keys: Vec<Key>,
}

/// A public key for signatures.
#[derive(Debug, Clone)]
pub(super) struct Key {
    id: Option<String>,
    /// The only algorithm the provider uses it with, when it says so.
    only: Option<Algorithm>,
    family: Family,
    /// What verifies.
    pub(super) public: CoreJsonWebKey,
}

impl KeySet {
    /// Reads a published set: its usable keys, and how many others were left out (attack T06).
    pub(super) fn read(document: &[u8]) -> Result<(Self, usize), Outage> {
        let document = json::object(document).map_err(|_| Outage::Nonsense("a key set that is no JSON object"))?;
        let Some(Value::Array(published)) = document.get("keys") else {
            return Err(Outage::Nonsense("a key set without keys"));
        };
        if published.len() > MOST_KEYS {
            return Err(Outage::Nonsense("a key set with too many keys"));
        }
        let keys: Vec<Key> = published.iter().filter_map(|key| usable(key.as_object()?)).collect();
        if keys.is_empty() {
            return Err(Outage::NoUsableKey);
        }
        let left_out = published.len() - keys.len();
        Ok((Self { keys }, left_out))
    }

    /// Whether a token naming this key can be judged without asking the provider again.
    pub(super) fn knows(&self, id: Option<&str>) -> bool {
        id.is_none_or(|id| self.keys.iter().any(|key| key.id.as_deref() == Some(id)))
    }

    /// The one key a token means. Its algorithm was allowed before; the key's own limits are checked here.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<&Key, Refusal> {
        let mut fitting = self.keys.iter().filter(|key| {
            id.is_none_or(|id| key.id.as_deref() == Some(id))
                && key.family == algorithm.family()
                && key.only.is_none_or(|only| only == algorithm)
        });
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(Refusal::AmbiguousKey),
            (None, _) => Err(Refusal::UnknownKey),
        }
    }
}

fn usable(jwk: &Object) -> Option<Key> {
    if PRIVATE_MEMBERS.iter().any(|name| jwk.contains_key(*name)) || !signs(jwk) {
        return None;
    }
    let id = match jwk.get("kid") {
        None => None,
        Some(Value::String(id)) if id.len() <= LONGEST_KEY_ID => Some(id.clone()),
        Some(_) => return None,
    };
    let only = match jwk.get("alg") {
        None => None,
        Some(named) => Some(Algorithm::parse(named.as_str()?)?),
    };
    let (family, public) = match (text(jwk, "kty")?, text(jwk, "crv")) {
        ("RSA", _) => rsa(jwk)?,
        ("EC", Some("P-256")) => elliptic(jwk, Family::P256)?,
        ("EC", Some("P-384")) => elliptic(jwk, Family::P384)?,
        ("OKP", Some("Ed25519")) => edwards(jwk)?,
        _ => return None,
    };
    if only.is_some_and(|only| only.family() != family) {
        return None;
    }
    Some(Key { id, only, family, public })
}

fn signs(jwk: &Object) -> bool {
    let used = match jwk.get("use") {
        None => true,
        Some(used) => used == "sig",
    };
    let allowed = match jwk.get("key_ops") {
        None => true,
        Some(Value::Array(acts)) => acts.iter().any(|act| act == "verify"),
        Some(_) => false,
    };
    used && allowed
}

/// From 2048 bits to what the library takes, with an exponent that hides something.
fn rsa(jwk: &Object) -> Option<(Family, CoreJsonWebKey)> {
    let modulus = number(jwk, "n")?;
    let exponent = number(jwk, "e")?;
    let leading = modulus.first()?.leading_zeros();
    let bits = modulus.len().checked_mul(8)?.checked_sub(usize::try_from(leading).ok()?)?;
    let odd = |bytes: &[u8]| bytes.last().is_some_and(|last| last % 2 == 1);
    let fair_exponent = exponent.len() <= 4 && odd(&exponent) && exponent != [1];
    if !(2048..=4096).contains(&bits) || !odd(&modulus) || !fair_exponent {
        return None;
    }
    Some((Family::Rsa, CoreJsonWebKey::new_rsa(modulus, exponent, None)))
}

fn elliptic(jwk: &Object, family: Family) -> Option<(Family, CoreJsonWebKey)> {
    let (length, curve, algorithm): (usize, _, &'static dyn VerificationAlgorithm) = match family {
        Family::P256 => (32, CoreJsonCurveType::P256, &ECDSA_P256_SHA256_FIXED),
        Family::P384 => (48, CoreJsonCurveType::P384, &ECDSA_P384_SHA384_FIXED),
        Family::Rsa | Family::Ed25519 => return None,
    };
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != length || y.len() != length {
        return None;
    }
    let point = [&[4_u8], x.as_slice(), y.as_slice()].concat();
    // Parsing refuses a point that is not on the curve.
    ParsedPublicKey::new(algorithm, &point).ok()?;
    Some((family, CoreJsonWebKey::new_ec(x, y, curve, None)))
}

fn edwards(jwk: &Object) -> Option<(Family, CoreJsonWebKey)> {
    let x = bytes(jwk, "x")?;
    if x.len() != 32 {
        return None;
    }
    ParsedPublicKey::new(&ED25519, &x).ok()?;
    Some((Family::Ed25519, CoreJsonWebKey::new_okp(x, CoreJsonCurveType::Ed25519, None)))
}

fn text<'a>(jwk: &'a Object, name: &str) -> Option<&'a str> {
    jwk.get(name)?.as_str()
}

fn bytes(jwk: &Object, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text(jwk, name)?).ok()
}

/// An unsigned integer without leading zeros, which some providers send.
fn number(jwk: &Object, name: &str) -> Option<Vec<u8>> {
    let bytes = bytes(jwk, name)?;
    let first = bytes.iter().position(|byte| *byte != 0)?;
    Some(bytes.get(first..)?.to_vec())
}
