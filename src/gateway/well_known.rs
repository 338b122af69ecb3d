//! What verifiers read: the issuer's metadata and the key set. The same for everyone, with or without a session.

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Response};
use serde::Serialize;

use crate::config::settings::{PublicUrl, SigningAlgorithm};
use crate::keys::{KeyRing, signing};

use super::body::{self, Body};

/// Where the metadata is.
pub const METADATA_PATH: &str = "/.well-known/openid-configuration";
/// Where the keys are (decision 17).
pub const KEYS_PATH: &str = "/_guichet/jwks.json";

const MAX_AGE: HeaderValue = HeaderValue::from_static("public, max-age=300");

#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a str,
    jwks_uri: String,
    // There is no authorization endpoint yet; `none` is the registered type that gives nothing, and an empty list is not allowed.
    response_types_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
}

/// The metadata, written once.
#[must_use]
pub fn metadata(public_url: &PublicUrl, algorithm: SigningAlgorithm) -> Bytes {
    let metadata = Metadata {
        issuer: &public_url.origin,
        jwks_uri: public_url.at(KEYS_PATH),
        response_types_supported: ["none"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: [signing::jose_name(algorithm)],
    };
    serde_json::to_vec(&metadata).unwrap_or_default().into()
}

/// The answer for one of the two paths; `None` for any other path.
#[must_use]
pub fn answer(path: &str, metadata: &Bytes, keys: &KeyRing) -> Option<Response<Body>> {
    let (kind, document) = match path {
        METADATA_PATH => (HeaderValue::from_static("application/json"), metadata.clone()),
        KEYS_PATH => (HeaderValue::from_static("application/jwk-set+json"), keys.document()),
        _ => return None,
    };
    let mut answer = Response::new(body::full(document));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(CACHE_CONTROL, MAX_AGE);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    Some(answer)
}

/// Whether the method reads.
#[must_use]
pub fn reads(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}
