//! The ID token: opened within bounds, then believed only when every rule of OpenID Connect Core 3.1.3.7 holds.
//! Pure: keys, expectations and `now` are given.
//!
//! The signature is the library's work. Claims are judged here because its own types refuse a whole token
//! for one oddly written optional claim, and Pro Santé Connect writes `""` for what it does not know.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use openidconnect::{AccessToken, AccessTokenHash, JsonWebKey as _};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use crate::config::claim_caps;
use crate::identity::acr;

use super::algorithm::Algorithm;
use super::json::{self, Object};
use super::jwks::{Key, KeySet, LONGEST_KEY_ID};

/// Longest token (bytes), checked before anything is decoded (attack T11).
pub(super) const LONGEST_TOKEN: usize = 64 * 1024;
/// How far the provider's clock may be ahead of ours.
pub(super) const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// Oldest token accepted.
const OLDEST: SignedDuration = SignedDuration::from_mins(10);
/// Last second of the year 9998: beyond it a time is a mistake.
const LAST_SECOND: f64 = 253_370_764_799.0;
/// Longest `sub` (OpenID Connect Core 2).
const LONGEST_SUBJECT: usize = 255;

/// Which rule what the provider sent breaks. For the log and the audit; no page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `iss` of the callback is another issuer's, or missing though promised.
    #[error("the callback comes from another issuer")]
    CallbackIssuer,
    /// Over 64 KiB.
    #[error("the ID token is too long")]
    TooLong,
    /// Not three canonical base64url parts of plain JSON objects.
    #[error("the ID token is not well formed")]
    Shape,
    /// `typ`, `crit`, `cty` or a claim says it is something else than an ID token.
    #[error("the token is not an ID token")]
    Kind,
    /// Not on the configured list.
    #[error("the ID token's algorithm is not allowed")]
    Algorithm,
    /// No key of the provider fits.
    #[error("the ID token's key is not known")]
    UnknownKey,
    /// Several keys fit.
    #[error("the ID token's key is ambiguous")]
    AmbiguousKey,
    /// The signature is not of that key.
    #[error("the ID token's signature is wrong")]
    Signature,
    /// A claim has the wrong JSON type or an impossible value.
    #[error("a claim of the ID token is malformed")]
    Claim,
    /// `iss`.
    #[error("the ID token is of another issuer")]
    Issuer,
    /// `aud`.
    #[error("the ID token is not for us alone")]
    Audience,
    /// `azp`.
    #[error("the ID token was asked by another party")]
    Party,
    /// `exp`.
    #[error("the ID token has expired")]
    Expired,
    /// `iat` or `nbf`.
    #[error("the ID token's time of issue does not fit")]
    IssuedAt,
    /// `nonce`.
    #[error("the ID token belongs to another sign-in")]
    Nonce,
    /// `at_hash`.
    #[error("the access token is not the ID token's")]
    AccessToken,
    /// `sub` missing, empty or too long.
    #[error("the ID token names no subject")]
    Subject,
    /// `auth_time` in the future, or older than asked, or missing when asked.
    #[error("the person proved who they are too long ago")]
    AuthenticationTime,
    /// `acr` below the minimum, unknown or missing.
    #[error("the person's proof is weaker than required")]
    Level,
    /// `sub` of userinfo is another.
    #[error("userinfo speaks of another subject")]
    UserinfoSubject,
    /// No national identifier, or none we can keep.
    #[error("the provider gives no usable national identifier")]
    NationalId,
    /// Somebody else answered than was asked.
    #[error("the provider proves somebody else than was asked for")]
    OtherPerson,
    /// ID token and userinfo give different ones.
    #[error("the provider gives two national identifiers")]
    NationalIdDiffers,
}

/// Accepted levels: from lowest to highest, and where acceptance begins; without a beginning any answer is accepted.
#[derive(Debug, Clone)]
pub(super) struct Levels {
    pub(super) ranks: Vec<String>,
    pub(super) minimum: Option<String>,
}

impl Levels {
    /// The level to go by. Compared by rank: who proves more than was asked is let in.
    fn accepted(&self, said: Option<&str>) -> Result<String, Refusal> {
        let Some(minimum) = &self.minimum else {
            // Nobody else says the gateway's own levels, and none outgrows its claim in the assertion.
            return match said {
                Some(acr) if acr.starts_with(acr::OURS) || acr.len() > claim_caps::ACR => Err(Refusal::Level),
                Some(acr) => Ok(acr.to_owned()),
                None => Ok(acr::PROVIDER.to_owned()),
            };
        };
        let rank = |level: &str| self.ranks.iter().position(|known| known == level);
        match said.and_then(|said| Some((said, rank(said)?, rank(minimum)?))) {
            Some((said, given, minimum)) if given >= minimum => Ok(said.to_owned()),
            Some(_) | None => Err(Refusal::Level),
        }
    }
}

/// What the token must say.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: NonceRule<'a>,
    pub(super) access_token: &'a AccessToken,
    pub(super) levels: &'a Levels,
    /// The person must have authenticated at or after this instant, when one was asked.
    pub(super) authenticated_since: Option<Timestamp>,
}

/// What `nonce` must be.
#[derive(Debug, Clone, Copy)]
pub(super) enum NonceRule<'a> {
    /// The one that this sign-in sent.
    Exactly(&'a str),
    /// None, or that of the token it follows (OpenID Connect Core 12.2).
    Unchanged(Option<&'a str>),
}

impl NonceRule<'_> {
    fn check(self, claims: &Object) -> Result<(), Refusal> {
        let said = claims.get("nonce");
        let fits = match (self, said) {
            (Self::Unchanged(_), None) => true,
            (Self::Exactly(wanted) | Self::Unchanged(Some(wanted)), Some(Value::String(said))) => same(said, wanted),
            (Self::Exactly(_), _) | (Self::Unchanged(_), Some(_)) => false,
        };
        if fits { Ok(()) } else { Err(Refusal::Nonce) }
    }
}

/// What a token is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To say who somebody is.
    SignIn,
    /// To say that somebody's session is over.
    Logout,
}

impl Purpose {
    /// What `typ` may be; older providers say no more than that it is a token.
    fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::SignIn => &["JWT"],
            Self::Logout => &["logout+jwt", "JWT"],
        }
    }
}

/// A token that was opened and not yet believed.
pub(super) struct Opened {
    algorithm: Algorithm,
    key_id: Option<String>,
    signed: String,
    payload: Object,
    signature: Vec<u8>,
}

/// What a believed token says of the sign-in, and its other claims.
pub(super) struct Believed {
    pub(super) subject: String,
    pub(super) acr: String,
    pub(super) amr: Vec<String>,
    pub(super) authenticated_at: Option<Timestamp>,
    pub(super) provider_session: Option<String>,
    pub(super) claims: Object,
}

impl Opened {
    /// Reads the token's parts, within bounds, and refuses an algorithm that is not on the list.
    pub(super) fn open(token: &str, allowed: &[Algorithm], purpose: Purpose) -> Result<Self, Refusal> {
        if token.len() > LONGEST_TOKEN {
            return Err(Refusal::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Shape)?;
        let (header, payload) = signed.split_once('.').ok_or(Refusal::Shape)?;
        // The alphabet has no dot: a surplus part fails here.
        let part = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Shape);
        let header = json::object(&part(header)?).map_err(|_| Refusal::Shape)?;
        let algorithm = header.get("alg").and_then(Value::as_str).and_then(Algorithm::parse);
        let algorithm = algorithm.filter(|named| allowed.contains(named)).ok_or(Refusal::Algorithm)?;
        let plain = match header.get("typ") {
            None => true,
            Some(kind) => {
                kind.as_str().is_some_and(|kind| purpose.kinds().iter().any(|one| kind.eq_ignore_ascii_case(one)))
            }
        };
        if !plain || ["crit", "cty", "zip", "enc", "b64"].iter().any(|name| header.contains_key(*name)) {
            return Err(Refusal::Kind);
        }
        let key_id = match header.get("kid") {
            None => None,
            Some(Value::String(id)) if id.len() <= LONGEST_KEY_ID => Some(id.clone()),
            Some(_) => return Err(Refusal::UnknownKey),
        };
        let payload = json::object(&part(payload)?).map_err(|_| Refusal::Shape)?;
        Ok(Self { algorithm, key_id, signed: signed.to_owned(), payload, signature: part(signature)? })
    }

    /// The key the token names; unverified, good for nothing but a bounded look-up.
    pub(super) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Its claims, of whoever holds one of the keys; no claim is judged.
    pub(super) fn verified(self, keys: &KeySet) -> Result<Object, Refusal> {
        let key = keys.find(self.key_id(), self.algorithm)?;
        self.signed_by(key)
    }

    fn signed_by(self, key: &Key) -> Result<Object, Refusal> {
        key.public
            .verify_signature(&self.algorithm.signing(), self.signed.as_bytes(), &self.signature)
            .map_err(|_| Refusal::Signature)?;
        Ok(self.payload)
    }

    /// Its `nonce`, worth what the token is.
    pub(super) fn nonce(&self) -> Option<&str> {
        required_text(&self.payload, "nonce")
    }

    /// Its `sub`, worth what the token is.
    pub(super) fn subject(&self) -> Option<&str> {
        subject(&self.payload)
    }

    /// Checks the signature, then every claim of the protocol.
    pub(super) fn believe(self, keys: &KeySet, expected: &Expected<'_>, now: Timestamp) -> Result<Believed, Refusal> {
        let (algorithm, key) = (self.algorithm, keys.find(self.key_id(), self.algorithm)?);
        let claims = self.signed_by(key)?;
        check_kind(&claims)?;
        check_parties(&claims, expected.issuer, expected.client_id)?;
        check_times(&claims, now)?;
        expected.nonce.check(&claims)?;
        if let Some(hash) = claims.get("at_hash") {
            let computed = AccessTokenHash::from_token(expected.access_token, &algorithm.signing(), &key.public)
                .map_err(|_| Refusal::AccessToken)?;
            if hash.as_str() != Some(computed.as_str()) {
                return Err(Refusal::AccessToken);
            }
        }
        let subject = subject(&claims).ok_or(Refusal::Subject)?.to_owned();
        let authenticated_at = authenticated_at(&claims, expected.authenticated_since, now)?;
        let acr = match claims.get("acr") {
            None | Some(Value::Null) => None,
            Some(_) => Some(required_text(&claims, "acr").ok_or(Refusal::Level)?),
        };
        let acr = expected.levels.accepted(acr)?;
        let provider_session = ["sid", "session_state"].iter().find_map(|name| required_text(&claims, name));
        let provider_session = provider_session.filter(|id| id.len() <= 255).map(str::to_owned);
        Ok(Believed { subject, acr, amr: amr(&claims), authenticated_at, provider_session, claims })
    }
}

/// `sub`: a text of 1 to 255 characters, without control characters (attack C14).
pub(super) fn subject(claims: &Object) -> Option<&str> {
    required_text(claims, "sub").filter(|sub| sub.len() <= LONGEST_SUBJECT && !sub.chars().any(char::is_control))
}

/// Another kind of token signed with the same key must not pass (attack T09).
fn check_kind(claims: &Object) -> Result<(), Refusal> {
    let named_otherwise = claims.get("typ").is_some_and(|kind| kind != "ID");
    if named_otherwise || claims.contains_key("events") { Err(Refusal::Kind) } else { Ok(()) }
}

/// Issued by them, for us alone.
pub(super) fn check_parties(claims: &Object, issuer: &str, client_id: &str) -> Result<(), Refusal> {
    if required_text(claims, "iss") != Some(issuer) {
        return Err(Refusal::Issuer);
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(audience)) => audience == client_id,
        Some(Value::Array(audiences)) => {
            !audiences.is_empty() && audiences.iter().all(|audience| audience == client_id)
        }
        Some(_) | None => false,
    };
    if !for_us {
        return Err(Refusal::Audience);
    }
    if claims.get("azp").is_some_and(|party| party != client_id) {
        return Err(Refusal::Party);
    }
    Ok(())
}

/// Issued a moment ago, and still good.
pub(super) fn check_times(claims: &Object, now: Timestamp) -> Result<(), Refusal> {
    let expires_at = instant(claims, "exp")?.ok_or(Refusal::Claim)?;
    let issued_at = instant(claims, "iat")?.ok_or(Refusal::Claim)?;
    if expires_at <= now {
        return Err(Refusal::Expired);
    }
    let not_before = instant(claims, "nbf")?;
    let ahead = issued_at > now + SKEW || not_before.is_some_and(|instant| instant > now + SKEW);
    if ahead || issued_at < now - OLDEST { Err(Refusal::IssuedAt) } else { Ok(()) }
}

fn authenticated_at(claims: &Object, since: Option<Timestamp>, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    let authenticated_at = instant(claims, "auth_time")?;
    if authenticated_at.is_some_and(|instant| instant > now + SKEW) {
        return Err(Refusal::AuthenticationTime);
    }
    match since {
        Some(since) if authenticated_at.is_none_or(|instant| instant < since - SKEW) => {
            Err(Refusal::AuthenticationTime)
        }
        Some(_) | None => Ok(authenticated_at),
    }
}

/// A NumericDate. A present claim of another type is refused, never taken for an absent one (attack T10).
pub(super) fn instant(claims: &Object, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| (0.0..=LAST_SECOND).contains(seconds)).ok_or(Refusal::Claim)?;
    // Exact: the range was checked, and a fraction of a second is of no use to us.
    let whole = seconds.trunc() as i64;
    Timestamp::from_second(whole).map(Some).map_err(|_| Refusal::Claim)
}

/// Means used; Pro Santé Connect may send null. At most 16 short words.
fn amr(claims: &Object) -> Vec<String> {
    let named = claims.get("amr").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let words = named.iter().filter_map(Value::as_str).filter(|word| (1..=64).contains(&word.len()));
    words.take(16).map(str::to_owned).collect()
}

fn required_text<'a>(claims: &'a Object, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// Equality in a time that depends on the lengths only.
pub(super) fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}
