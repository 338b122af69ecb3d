//! What an upstream is told of a person: the claims of an assertion (decisions C), its signature, and the opt-in plain headers.
//!
//! Absent is absent. Every claim has a cap, nothing is trimmed: what does not fit is not signed and the request is refused.

use std::sync::Arc;

use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::config::claim_caps::{self as caps, weight};
use crate::config::settings::{AssertionSettings, PlainClaim};
use crate::entropy::{Draw as _, SharedEntropy};
use crate::keys::{KeyRing, Purpose};
use crate::session::facts::{DeclaredClaim, OrganisationClaim, ProfessionClaim};
use crate::session::{Claims, Standing, Visitor};

/// The `typ` of assertions; nothing else of ours bears it.
pub const TYP: &str = "guichet-assertion+jwt";
/// In plain headers, bytes that are not these letters are written `%XX` over UTF-8, the comma and the semicolon too (attacks I06, I07).
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@').remove(b'+').remove(b':');

/// Why an assertion cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// No key signs now.
    #[error("there is no key to sign with")]
    NoKey,
    /// The library refused.
    #[error(transparent)]
    Key(#[from] crate::keys::KeyFault),
    /// A claim is longer than its cap.
    #[error("the claim `{0}` is longer than an assertion holds")]
    TooLong(&'static str),
    /// What was signed fits into no header.
    #[error("the assertion is no value of a header")]
    NoHeader,
    /// The whole is larger than the upstream takes.
    #[error("the assertion is larger than `assertion.max_bytes`")]
    TooLarge,
}

/// Signs assertions.
#[derive(Debug)]
pub struct Assertions {
    keys: Arc<KeyRing>,
    entropy: SharedEntropy,
    issuer: String,
    lifetime: SignedDuration,
    reuse: SignedDuration,
    max_bytes: usize,
}

#[derive(Serialize)]
struct Whole<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: String,
    iat: i64,
    exp: i64,
    jti: String,
    sid: &'a str,
    auth_time: i64,
    acr: &'a str,
    amr: &'a [String],
    identity_provider: &'a str,
    activation: &'static str,
    #[serde(flatten)]
    claims: &'a Claims,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    email_verified: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    phone_number_verified: bool,
}

impl Assertions {
    /// `issuer` is the public origin.
    #[must_use]
    pub fn new(keys: Arc<KeyRing>, entropy: SharedEntropy, issuer: String, settings: &AssertionSettings) -> Self {
        let signed = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::ZERO);
        Self {
            keys,
            entropy,
            issuer,
            lifetime: signed(settings.lifetime),
            reuse: signed(settings.reuse),
            max_bytes: settings.max_bytes,
        }
    }

    /// The assertion of `visitor` for `audience` at `now`: the one signed lately, or a new one.
    ///
    /// # Errors
    /// When it cannot be signed: the request must not go on without it.
    pub fn of(&self, visitor: &Visitor, audience: &Arc<str>, now: Timestamp) -> Result<HeaderValue, Unsigned> {
        if let Some(token) = visitor.assertion(audience, self.reuse, now) {
            return Ok(token);
        }
        let token = HeaderValue::try_from(self.sign(visitor, audience, now)?).map_err(|_| Unsigned::NoHeader)?;
        visitor.keep_assertion(audience, token.clone(), now);
        Ok(token)
    }

    fn sign(&self, visitor: &Visitor, audience: &str, now: Timestamp) -> Result<String, Unsigned> {
        let key = self.keys.signer(Purpose::Assertion, now).ok_or(Unsigned::NoKey)?;
        let (session, facts) = (visitor.session(), visitor.facts());
        let claims = Claims {
            email: facts.claims.email.clone().filter(|_| facts.email_verified),
            phone_number: facts.claims.phone_number.clone().filter(|_| facts.phone_verified),
            ..facts.claims.clone()
        };
        let claims = present(claims);
        let whole = Whole {
            iss: &self.issuer,
            aud: audience,
            sub: session.account.to_string(),
            iat: now.as_second(),
            exp: (now + self.lifetime).as_second(),
            jti: self.entropy.token::<16>(),
            sid: &session.sid,
            auth_time: session.auth_time.as_second(),
            acr: &session.acr,
            amr: &session.amr,
            identity_provider: &session.identity_provider,
            activation: match facts.standing {
                Standing::Active if facts.terms_current => "active",
                // New terms wait: the session passes as not activated (screens 6.2).
                Standing::Active | Standing::Activating | Standing::Disabled | Standing::Frozen => "activating",
            },
            email_verified: claims.email.is_some(),
            phone_number_verified: claims.phone_number.is_some(),
            claims: &claims,
        };
        capped(&whole)?;
        let token = key.sign(TYP, &whole)?;
        if token.len() > self.max_bytes { Err(Unsigned::TooLarge) } else { Ok(token) }
    }
}

/// The largest token the caps allow for this issuer and audience (bytes), to be compared with the configuration's budget.
///
/// # Errors
/// When it cannot be serialised, which does not happen.
pub fn largest(issuer: &str, audience: &str) -> Result<usize, Unsigned> {
    let text = |length: usize| "x".repeat(length);
    let profession = ProfessionClaim {
        code: text(caps::PROFESSION_CODE),
        system: text(caps::PROFESSION_SYSTEM),
        label: text(caps::PROFESSION_LABEL),
    };
    let claims = Claims {
        name: Some(text(caps::NAME)),
        given_name: Some(text(caps::NAME_PART)),
        family_name: Some(text(caps::NAME_PART)),
        email: Some(text(caps::EMAIL)),
        phone_number: Some(text(caps::PHONE)),
        legacy_id: Some(text(caps::LEGACY_ID)),
        rpps: Some(text(caps::RPPS)),
        professions: vec![profession; caps::PROFESSIONS],
        organisation: Some(Box::new(OrganisationClaim {
            name: Some(text(caps::ORGANISATION_NAME)),
            siret: Some(text(caps::SIRET)),
            finess: Some(text(caps::FINESS)),
            source: text(caps::WORD),
        })),
        declared: Some(Box::new(DeclaredClaim {
            rpps: Some(text(caps::RPPS)),
            profession: Some(text(caps::PROFESSION_CODE)),
        })),
    };
    let amr = vec![text(caps::AMR); caps::AMR_COUNT];
    let whole = Whole {
        iss: issuer,
        aud: audience,
        sub: text(caps::SUBJECT),
        iat: 9_999_999_999,
        exp: 9_999_999_999,
        jti: text(caps::RANDOM_ID),
        sid: &text(caps::RANDOM_ID),
        auth_time: 9_999_999_999,
        acr: &text(caps::ACR),
        amr: &amr,
        identity_provider: &text(caps::IDENTITY_PROVIDER),
        activation: "activating",
        claims: &claims,
        email_verified: true,
        phone_number_verified: true,
    };
    let length = serde_json::to_vec(&whole).map_err(|_| Unsigned::TooLarge)?.len();
    // The header holds `alg`, `typ` and a `kid` of 43 letters; signatures are 64 bytes.
    const HEADER: usize = 100;
    Ok((length + HEADER + 64).div_ceil(3) * 4 + 8)
}

/// The text of a plain header, percent-encoded; `None` leaves the header out.
#[must_use]
pub fn plain(visitor: &Visitor, claim: PlainClaim) -> Option<String> {
    let claims = &visitor.facts().claims;
    let text = match claim {
        PlainClaim::Subject => Some(visitor.session().account.to_string()),
        PlainClaim::Email => claims.email.clone().filter(|_| visitor.facts().email_verified),
        PlainClaim::Name => claims.name.clone(),
        PlainClaim::Rpps => claims.rpps.clone(),
        PlainClaim::LegacyId => claims.legacy_id.clone(),
    };
    text.filter(|text| !text.is_empty() && weight(text) <= caps::NAME)
        .map(|text| utf8_percent_encode(&text, PLAIN).to_string())
}

/// Empty texts become absent, at every depth.
fn present(claims: Claims) -> Claims {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    Claims {
        name: some(claims.name),
        given_name: some(claims.given_name),
        family_name: some(claims.family_name),
        email: some(claims.email),
        phone_number: some(claims.phone_number),
        legacy_id: some(claims.legacy_id),
        rpps: some(claims.rpps),
        professions: claims.professions.into_iter().filter(|profession| !profession.code.is_empty()).collect(),
        organisation: claims.organisation.map(|place| {
            let OrganisationClaim { name, siret, finess, source } = *place;
            Box::new(OrganisationClaim { name: some(name), siret: some(siret), finess: some(finess), source })
        }),
        declared: claims
            .declared
            .map(|declared| DeclaredClaim { rpps: some(declared.rpps), profession: some(declared.profession) })
            .filter(|declared| *declared != DeclaredClaim::default())
            .map(Box::new),
    }
}

fn capped(whole: &Whole<'_>) -> Result<(), Unsigned> {
    let claims = whole.claims;
    let organisation = claims.organisation.as_ref();
    let declared = claims.declared.as_ref();
    let texts = [
        ("sid", Some(whole.sid), caps::RANDOM_ID),
        ("acr", Some(whole.acr), caps::ACR),
        ("identity_provider", Some(whole.identity_provider), caps::IDENTITY_PROVIDER),
        ("name", claims.name.as_deref(), caps::NAME),
        ("given_name", claims.given_name.as_deref(), caps::NAME_PART),
        ("family_name", claims.family_name.as_deref(), caps::NAME_PART),
        ("email", claims.email.as_deref(), caps::EMAIL),
        ("phone_number", claims.phone_number.as_deref(), caps::PHONE),
        ("legacy_id", claims.legacy_id.as_deref(), caps::LEGACY_ID),
        ("rpps", claims.rpps.as_deref(), caps::RPPS),
        ("organisation", organisation.and_then(|place| place.name.as_deref()), caps::ORGANISATION_NAME),
        ("organisation", organisation.and_then(|place| place.siret.as_deref()), caps::SIRET),
        ("organisation", organisation.and_then(|place| place.finess.as_deref()), caps::FINESS),
        ("organisation", organisation.map(|place| place.source.as_str()), caps::WORD),
        ("declared", declared.and_then(|declared| declared.rpps.as_deref()), caps::RPPS),
        ("declared", declared.and_then(|declared| declared.profession.as_deref()), caps::PROFESSION_CODE),
    ];
    for (claim, text, cap) in texts {
        if text.is_some_and(|text| weight(text) > cap) {
            return Err(Unsigned::TooLong(claim));
        }
    }
    let long = |profession: &ProfessionClaim| {
        weight(&profession.code) > caps::PROFESSION_CODE
            || weight(&profession.system) > caps::PROFESSION_SYSTEM
            || weight(&profession.label) > caps::PROFESSION_LABEL
    };
    if claims.professions.len() > caps::PROFESSIONS || claims.professions.iter().any(long) {
        return Err(Unsigned::TooLong("professions"));
    }
    if whole.amr.len() > caps::AMR_COUNT || whole.amr.iter().any(|factor| weight(factor) > caps::AMR) {
        return Err(Unsigned::TooLong("amr"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
