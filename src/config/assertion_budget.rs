//! How large the header of an assertion can get, from the caps of its claims.

use serde_json::{Value, json};

use super::claim_caps as caps;
use super::settings::{AssertionHeader, Route, Settings, SigningAlgorithm};

/// Bytes of an ES256 or EdDSA signature.
const SIGNATURE: usize = 64;

/// The largest header value, in bytes, that an assertion of these settings can take on any route.
#[must_use]
pub fn assertion_budget(settings: &Settings) -> usize {
    settings.routes.iter().map(|route| on_route(settings, route)).max().unwrap_or(0)
}

fn on_route(settings: &Settings, route: &Route) -> usize {
    let algorithm = match settings.assertion.algorithm {
        SigningAlgorithm::Es256 => "ES256",
        SigningAlgorithm::EdDsa => "EdDSA",
    };
    let header = json!({ "typ": "guichet-assertion+jwt", "alg": algorithm, "kid": filled(caps::KEY_ID) });
    let claims = largest_claims(&settings.public_url.origin, &route.audience);
    let prefix = match route.assertion_header {
        AssertionHeader::Named(_) => 0,
        AssertionHeader::Bearer => "Bearer ".len(),
    };
    let encoded = base64_length(header.to_string().len()) + base64_length(claims.to_string().len());
    prefix + encoded + base64_length(SIGNATURE) + "..".len()
}

/// Every claim there is, each at its longest.
fn largest_claims(issuer: &str, audience: &str) -> Value {
    let moment = 99_999_999_999_u64;
    let profession = json!({
        "code": filled(caps::PROFESSION_CODE),
        "system": filled(caps::PROFESSION_SYSTEM),
        "label": filled(caps::PROFESSION_LABEL),
    });
    let organisation = json!({
        "name": filled(caps::ORGANISATION_NAME),
        "siret": filled(caps::SIRET),
        "finess": filled(caps::FINESS),
        "source": filled(caps::WORD),
    });
    let mut claims = json!({
        "iss": issuer,
        "aud": audience,
        "sub": filled(caps::SUBJECT),
        "exp": moment,
        "iat": moment,
        "nbf": moment,
        "auth_time": moment,
        "jti": filled(caps::RANDOM_ID),
        "sid": filled(caps::RANDOM_ID),
        "acr": filled(caps::ACR),
        "amr": vec![filled(caps::AMR); caps::AMR_COUNT],
        "name": filled(caps::NAME),
        "given_name": filled(caps::NAME_PART),
        "family_name": filled(caps::NAME_PART),
        "email": filled(caps::EMAIL),
        "email_verified": false,
        "phone_number": filled(caps::PHONE),
        "phone_number_verified": false,
        "identity_provider": filled(caps::IDENTITY_PROVIDER),
        "legacy_id": filled(caps::LEGACY_ID),
        "rpps": filled(caps::RPPS),
    });
    if let Some(claims) = claims.as_object_mut() {
        claims.insert("professions".to_owned(), Value::from(vec![profession; caps::PROFESSIONS]));
        claims.insert("organisation".to_owned(), organisation);
        claims.insert("declared".to_owned(), declared());
        claims.insert("activation".to_owned(), json!({ "state": filled(caps::WORD), "at": moment }));
    }
    claims
}

/// What the person typed about themselves: at most the same kinds of values, and the insurance number.
fn declared() -> Value {
    json!({
        "rpps": filled(caps::RPPS),
        "profession": filled(caps::PROFESSION_CODE),
        "organisation": {
            "name": filled(caps::ORGANISATION_NAME),
            "siret": filled(caps::SIRET),
            "finess": filled(caps::FINESS),
            "cpam": filled(caps::CPAM),
        },
    })
}

fn filled(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// Unpadded base64url of this many bytes.
fn base64_length(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}
