//! The discovery document: what the real one advertises, more than what is allowed.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Shared;

/// `GET <issuer>/.well-known/wallet-openid-configuration`
pub(super) async fn discovery(State(simulator): State<Shared>) -> Json<Value> {
    let issuer = &simulator.settings.issuer;
    let protocol = format!("{issuer}/protocol/openid-connect");
    let methods =
        ["private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth", "client_secret_jwt"];
    let algorithms = [
        "PS384", "RS384", "EdDSA", "ES384", "HS256", "HS512", "ES256", "RS256", "HS384", "ES512", "PS256", "PS512",
        "RS512",
    ];
    // The same addresses: one TLS endpoint that may ask for a certificate.
    let aliases = json!({
        "token_endpoint": format!("{protocol}/token"),
        "userinfo_endpoint": format!("{protocol}/userinfo"),
        "introspection_endpoint": format!("{protocol}/token/introspect"),
        "revocation_endpoint": format!("{protocol}/revoke"),
        "backchannel_authentication_endpoint": format!("{protocol}/ext/ciba/auth"),
    });
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{}/auth", simulator.settings.wallet_origin),
        "token_endpoint": format!("{protocol}/token"),
        "userinfo_endpoint": format!("{protocol}/userinfo"),
        "introspection_endpoint": format!("{protocol}/token/introspect"),
        "revocation_endpoint": format!("{protocol}/revoke"),
        "backchannel_authentication_endpoint": format!("{protocol}/ext/ciba/auth"),
        "end_session_endpoint": format!("{protocol}/logout"),
        "jwks_uri": format!("{protocol}/certs"),
        "grant_types_supported": [
            "authorization_code", "implicit", "refresh_token", "password", "client_credentials",
            "urn:openid:params:grant-type:ciba", "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "response_types_supported": [
            "code", "none", "id_token", "token", "id_token token", "code id_token", "code token", "code id_token token",
        ],
        "response_modes_supported": ["query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt", "jwt"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "token_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "id_token_signing_alg_values_supported": algorithms,
        "userinfo_signing_alg_values_supported": algorithms,
        "scopes_supported": [
            "openid", "profile", "email", "phone", "address", "roles", "offline_access", "web-origins",
            "microprofile-jwt", "basic", "acr", "identity", "rpps", "referentiel", "interop", "scope_all", "scope_1",
            "scope_2", "eidas1", "eidas2",
        ],
        "acr_values_supported": ["0", "0"],
        "subject_types_supported": ["public", "pairwise"],
        "claims_supported": [
            "aud", "sub", "iss", "auth_time", "name", "given_name", "family_name", "preferred_username", "email", "acr",
        ],
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "require_pushed_authorization_requests": false,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "tls_client_certificate_bound_access_tokens": true,
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "authorization_response_iss_parameter_supported": true,
        "mtls_endpoint_aliases": aliases,
    }))
}
