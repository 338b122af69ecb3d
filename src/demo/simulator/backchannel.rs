//! What servers ask the simulator: keys, tokens, and the professional's data. Nothing here is meant for a browser.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::fault::Fault;
use super::ledger::{ACCESS_LIFE, Grant, Means, REFRESH_LIFE, Session};
use super::request::Parameters;
use super::{Shared, Simulator};
use crate::clock::Timestamp;
use crate::entropy::Draw as _;

/// Longer than any client should wait.
const SLOW: Duration = Duration::from_secs(15);

/// `GET <issuer>/protocol/openid-connect/certs`
pub(super) async fn keys(State(simulator): State<Shared>) -> Json<Value> {
    Json(simulator.config.key.jwks())
}

/// Why the token endpoint refuses.
#[derive(Debug, Clone, Copy)]
struct Refused(StatusCode, &'static str, &'static str);

impl Refused {
    const GRANT: Self = Self(StatusCode::BAD_REQUEST, "invalid_grant", "Code or token not valid");

    fn request(description: &'static str) -> Self {
        Self(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    fn client() -> Self {
        Self(StatusCode::UNAUTHORIZED, "invalid_client", "Invalid client or Invalid client credentials")
    }
}

/// `POST <issuer>/protocol/openid-connect/token`
pub(super) async fn token(State(simulator): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let granted = granted(&simulator, &headers, &body);
    match granted.as_ref().map(|(grant, _)| grant.fault) {
        Ok(Fault::SlowToken) => tokio::time::sleep(SLOW).await,
        Ok(Fault::TokenBroken) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Ok(
            Fault::None
            | Fault::ServerError
            | Fault::TemporarilyUnavailable
            | Fault::InvalidScope
            | Fault::UserinfoBroken
            | Fault::OtherSubject
            | Fault::WrongNonce
            | Fault::WrongIssuer
            | Fault::WrongIssuerOnReturn
            | Fault::EmptyState,
        )
        | Err(_) => {}
    }
    let answered = granted.and_then(|(grant, first)| issue(&simulator, &grant, first));
    let mut response = match answered {
        Ok(tokens) => Json(tokens).into_response(),
        Err(Refused(status, error, description)) => {
            (status, Json(json!({ "error": error, "error_description": description }))).into_response()
        }
    };
    if response.status() == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"esante-wallet\""));
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether the ID token answers a code, and carries its nonce, or a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occasion {
    Code,
    Refresh,
}

fn granted(simulator: &Simulator, headers: &HeaderMap, body: &[u8]) -> Result<(Grant, Occasion), Refused> {
    let form = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !form.starts_with("application/x-www-form-urlencoded") {
        return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request", "the body must be a form"));
    }
    let parameters = Parameters::parse(std::str::from_utf8(body).map_err(|_| Refused::request("not text"))?);
    if parameters.any_repeated() {
        return Err(Refused::request("duplicated parameter"));
    }
    authenticate(simulator, headers, &parameters)?;
    let now = simulator.now();
    match parameters.get("grant_type") {
        "authorization_code" => {
            let grant = simulator.ledger().use_code(parameters.get("code"), now).map_err(|_| Refused::GRANT)?;
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(parameters.get("code_verifier")));
            if parameters.get("redirect_uri") != grant.request.redirect_uri || challenge != grant.request.code_challenge
            {
                return Err(Refused::GRANT);
            }
            Ok((grant, Occasion::Code))
        }
        "refresh_token" => {
            let token = parameters.get("refresh_token");
            let grant = simulator.ledger().use_refresh_token(token, now).map_err(|_| Refused::GRANT)?;
            Ok((grant, Occasion::Refresh))
        }
        _ => Err(Refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Unsupported grant_type")),
    }
}

/// Basic or post, never both (RFC 6749, 2.3.1).
fn authenticate(simulator: &Simulator, headers: &HeaderMap, parameters: &Parameters) -> Result<(), Refused> {
    let (client, secret) = match headers.get(header::AUTHORIZATION) {
        Some(_) if !parameters.get("client_secret").is_empty() => {
            return Err(Refused::request("two client authentications"));
        }
        Some(value) => basic(value).ok_or(Refused::client())?,
        None => (parameters.get("client_id").to_owned(), parameters.get("client_secret").to_owned()),
    };
    let known = client == simulator.config.client_id;
    let right = secret.as_bytes().ct_eq(simulator.config.client_secret.expose().as_bytes());
    if known && bool::from(right) { Ok(()) } else { Err(Refused::client()) }
}

/// Both halves are form-encoded before they are joined.
fn basic(value: &HeaderValue) -> Option<(String, String)> {
    let joined = STANDARD.decode(value.to_str().ok()?.strip_prefix("Basic ")?).ok()?;
    let joined = String::from_utf8(joined).ok()?;
    let (client, secret) = joined.split_once(':')?;
    Some((form_decoded(client), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    let pair = format!("x={text}");
    Parameters::parse(&pair).get("x").to_owned()
}

fn issue(simulator: &Simulator, grant: &Grant, occasion: Occasion) -> Result<Value, Refused> {
    let now = simulator.now();
    let access = simulator.entropy.token::<32>();
    let refresh = simulator.entropy.token::<32>();
    let session = {
        let mut ledger = simulator.ledger();
        let session = ledger.session(&grant.sid, now).cloned().ok_or(Refused::GRANT)?;
        ledger.issue_tokens(grant, access.clone(), refresh.clone(), now);
        session
    };
    let claims = id_token_claims(simulator, grant, &session, occasion, &access, now);
    let id_token = simulator
        .config
        .key
        .sign(&Value::Object(claims))
        .map_err(|_| Refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "no signature"))?;
    Ok(json!({
        "access_token": access,
        "expires_in": ACCESS_LIFE.as_secs(),
        "refresh_token": refresh,
        "refresh_expires_in": REFRESH_LIFE.as_secs(),
        "token_type": "Bearer",
        "id_token": id_token,
        "not-before-policy": 0,
        "session_state": session.sid,
        "scope": grant.request.scope,
    }))
}

fn id_token_claims(
    simulator: &Simulator,
    grant: &Grant,
    session: &Session,
    occasion: Occasion,
    access: &str,
    now: Timestamp,
) -> Map<String, Value> {
    let mut claims = session.professional.identity_claims();
    let issuer = match grant.fault == Fault::WrongIssuer {
        true => "https://autre-emetteur.example/auth/realms/esante-wallet",
        false => &simulator.config.issuer,
    };
    let (acr, amr) = match session.means {
        Means::Ecps => ("eidas1", json!(["mfa", "pin", "swk"])),
        Means::Card => ("eidas2", json!(["sc", "pin", "mfa", "hwk"])),
    };
    let left_half: Vec<u8> = Sha256::digest(access).into_iter().take(16).collect();
    let set: [(&str, Value); 12] = [
        ("iss", issuer.into()),
        ("aud", simulator.config.client_id.as_str().into()),
        ("azp", simulator.config.client_id.as_str().into()),
        ("typ", "ID".into()),
        ("exp", (now + ACCESS_LIFE).as_second().into()),
        ("iat", now.as_second().into()),
        ("auth_time", session.auth_time.as_second().into()),
        ("acr", acr.into()),
        ("amr", amr),
        ("sid", session.sid.as_str().into()),
        ("session_state", session.sid.as_str().into()),
        ("at_hash", URL_SAFE_NO_PAD.encode(left_half).into()),
    ];
    claims.extend(set.map(|(name, value)| (name.to_owned(), value)));
    claims.insert("jti".to_owned(), simulator.entropy.uuid(now).to_string().into());
    match (occasion, grant.fault) {
        (Occasion::Code, Fault::WrongNonce) => {
            claims.insert("nonce".to_owned(), "un-autre-nonce".into());
        }
        (Occasion::Code, _) => {
            claims.insert("nonce".to_owned(), grant.request.nonce.as_str().into());
        }
        (Occasion::Refresh, _) => {}
    }
    claims
}

/// `GET|POST <issuer>/protocol/openid-connect/userinfo`
pub(super) async fn userinfo(State(simulator): State<Shared>, headers: HeaderMap) -> Response {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let Some((grant, session)) = simulator.ledger().access(token, simulator.now()) else {
        let challenge =
            "Bearer realm=\"esante-wallet\", error=\"invalid_token\", error_description=\"Token verification failed\"";
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response();
    };
    if grant.fault == Fault::UserinfoBroken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let mut claims = session.professional.userinfo();
    let (mode, level) = match session.means {
        Means::Ecps => ("MOBILE", "APPPRIP3^1.2.250.1.213.1.5.1.1.1"),
        Means::Card => ("CARD", ""),
    };
    claims.insert("authMode".to_owned(), mode.into());
    if session.professional.exercises.is_some() {
        claims.insert("Palier_Authentification".to_owned(), level.into());
    }
    if grant.fault == Fault::OtherSubject {
        claims.insert("sub".to_owned(), "5b1d7c40-0000-4000-8000-ffffffffffff".into());
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(Value::Object(claims))).into_response()
}
