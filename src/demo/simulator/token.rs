//! The token endpoint: codes, refresh tokens and accepted CIBA requests become tokens.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::answer::{Call, Received, Refused, answered};
use super::fault::Fault;
use super::ledger::{Fresh, Grant, NotTaken, PollFault};
use super::{Shared, Simulator, id_token};
use crate::entropy::Draw as _;

/// Longer than any client should wait.
const SLOW: Duration = Duration::from_secs(15);

/// `POST <issuer>/protocol/openid-connect/token`
pub(super) async fn token(State(simulator): State<Shared>, request: Request) -> Response {
    let received = Received::of(request).await;
    let granted = received.call(&simulator).and_then(|call| {
        let grant = granted(&simulator, &call)?;
        Ok((grant, call.certificate))
    });
    let fault = granted.as_ref().map_or(Fault::None, |(grant, _)| grant.fault);
    if fault == Fault::TokenBroken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if fault == Fault::SlowToken {
        tokio::time::sleep(SLOW).await;
    }
    answered(granted.and_then(|(grant, certificate)| {
        issue(&simulator, &grant, certificate.map(|shown| shown.fingerprint().to_owned()))
    }))
}

fn granted(simulator: &Simulator, call: &Call<'_>) -> Result<Grant, Refused> {
    let (client_id, parameters) = (call.client.id.as_str(), &call.parameters);
    let now = simulator.now();
    match parameters.get("grant_type") {
        "authorization_code" => {
            let (grant, request) = simulator.ledger().use_code(parameters.get("code"), client_id, now)?;
            if parameters.get("redirect_uri") != request.redirect_uri {
                return Err(NotTaken("Incorrect redirect_uri").into());
            }
            if parameters.get("code_verifier").is_empty() {
                return Err(NotTaken("PKCE code verifier not specified").into());
            }
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(parameters.get("code_verifier")));
            if challenge != request.code_challenge {
                return Err(NotTaken("PKCE verification failed: Code mismatch").into());
            }
            Ok(grant)
        }
        "refresh_token" => {
            let token = parameters.get("refresh_token");
            if token.is_empty() {
                return Err(Refused::request("No refresh token"));
            }
            let rotates = simulator.switches().refresh_rotation;
            Ok(simulator.ledger().use_refresh_token(token, client_id, rotates, now)?)
        }
        "urn:openid:params:grant-type:ciba" => decoupled(simulator, client_id, parameters.get("auth_req_id")),
        _ => Err(Refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Unsupported grant_type")),
    }
}

fn decoupled(simulator: &Simulator, client_id: &str, auth_req_id: &str) -> Result<Grant, Refused> {
    let now = simulator.now();
    let refused = |error, description| Refused(StatusCode::BAD_REQUEST, error, description);
    let polled = simulator.ledger().poll_ciba(auth_req_id, client_id, now);
    let (request, sid) = polled.map_err(|fault| match fault {
        PollFault::Unknown => refused("invalid_grant", "Invalid Auth Req ID"),
        PollFault::SlowDown => refused("slow_down", "Too early to access"),
        PollFault::Pending => refused("authorization_pending", "The authorization request is still pending"),
        PollFault::Expired => refused("expired_token", "authentication timed out"),
        PollFault::Denied => refused("access_denied", "not authorized"),
    })?;
    Ok(Grant {
        sid,
        client_id: client_id.to_owned(),
        scope: request.scope,
        nonce: None,
        fault: simulator.switches().sign_in,
        certificate: None,
        id: String::new(),
        issued_at: now,
        expires_at: now,
    })
}

fn issue(simulator: &Simulator, grant: &Grant, certificate: Option<String>) -> Result<Value, Refused> {
    let now = simulator.now();
    let (access, refresh) = (simulator.entropy.token::<32>(), simulator.entropy.token::<32>());
    let id = simulator.entropy.uuid(now).to_string();
    let fresh = Fresh { access: access.clone(), refresh: refresh.clone(), id, certificate };
    let issued = simulator.ledger().issue_tokens(grant, fresh, now)?;
    let id_token = id_token::signed(simulator, grant, &issued, &access, now)
        .map_err(|_| Refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "no signature"))?;
    Ok(json!({
        "access_token": access,
        "expires_in": issued.access_life.as_secs(),
        "refresh_token": refresh,
        "refresh_expires_in": issued.refresh_life.as_secs(),
        "token_type": "Bearer",
        "id_token": id_token,
        "not-before-policy": 0,
        "session_state": issued.session.sid,
        "scope": grant.scope,
    }))
}
