//! What servers ask the simulator besides tokens: its keys, the professional's data, what a token is worth, and that one be forgotten.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::answer::{Received, Refused, answered};
use super::client_auth::{confirmation, must_show_a_certificate};
use super::fault::Fault;
use super::ledger::{Grant, Kind, Means, Session};
use super::{Shared, Simulator};

/// `GET <issuer>/protocol/openid-connect/certs`
pub(super) async fn keys(State(simulator): State<Shared>) -> Json<Value> {
    Json(simulator.keyring().jwks())
}

/// `GET|POST <issuer>/protocol/openid-connect/userinfo`
pub(super) async fn userinfo(State(simulator): State<Shared>, request: Request) -> Response {
    let received = Received::of(request).await;
    if let Err(refused) = must_show_a_certificate(&simulator, received.certificate.as_ref()) {
        return refused.into_response();
    }
    let token = received
        .headers
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
    claims.extend(simulator.identity_claims(session.professional));
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
    answered(Ok(Value::Object(claims)))
}

/// `POST <issuer>/protocol/openid-connect/token/introspect`
pub(super) async fn introspect(State(simulator): State<Shared>, request: Request) -> Response {
    let received = Received::of(request).await;
    answered(received.call(&simulator).and_then(|call| {
        if !call.client.introspection {
            return Err(Refused(StatusCode::UNAUTHORIZED, "invalid_request", "Client not allowed."));
        }
        let token = call.parameters.get("token");
        if token.is_empty() {
            return Err(Refused::request("Token not provided."));
        }
        let rotates = simulator.switches().refresh_rotation;
        let known = simulator.ledger().token(token, rotates, simulator.now());
        Ok(known.map_or_else(
            || json!({ "active": false }),
            |(kind, grant, session)| Value::Object(introspected(&simulator, kind, &grant, &session)),
        ))
    }))
}

fn introspected(simulator: &Simulator, kind: Kind, grant: &Grant, session: &Session) -> Map<String, Value> {
    let switches = simulator.switches();
    let skew = SignedDuration::from_secs(i64::from(switches.clock_skew_seconds));
    let acr = match session.means {
        Means::Ecps => switches.level_ecps,
        Means::Card => switches.level_card,
    };
    let identity = simulator.identity_claims(session.professional);
    let national_id = session.professional.national_id;
    let set: [(&str, Value); 15] = [
        ("active", true.into()),
        ("typ", if kind == Kind::Access { "Bearer" } else { "Refresh" }.into()),
        ("iss", simulator.settings.issuer.as_str().into()),
        ("sub", identity.get("sub").cloned().unwrap_or_default()),
        ("azp", grant.client_id.as_str().into()),
        ("client_id", grant.client_id.as_str().into()),
        ("preferred_username", national_id.into()),
        ("username", national_id.into()),
        ("acr", acr.name().into()),
        ("scope", grant.scope.as_str().into()),
        ("session_state", session.sid.as_str().into()),
        ("auth_time", (session.auth_time + skew).as_second().into()),
        ("iat", (grant.issued_at + skew).as_second().into()),
        ("exp", (grant.expires_at + skew).as_second().into()),
        ("jti", grant.id.as_str().into()),
    ];
    let mut answer: Map<String, Value> = set.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    answer.insert("sid".to_owned(), session.sid.as_str().into());
    answer.insert("email_verified".to_owned(), false.into());
    if let Some(nonce) = &grant.nonce {
        answer.insert("nonce".to_owned(), nonce.as_str().into());
    }
    // The real one names the person to whoever has the access token only.
    if kind == Kind::Access {
        answer.insert("SubjectNameID".to_owned(), national_id.into());
    }
    if let Some(certificate) = &grant.certificate {
        answer.insert("cnf".to_owned(), json!({ "x5t#S256": confirmation(certificate) }));
    }
    answer
}

/// `POST <issuer>/protocol/openid-connect/revoke`
pub(super) async fn revoke(State(simulator): State<Shared>, request: Request) -> Response {
    let received = Received::of(request).await;
    let revoked = received.call(&simulator).and_then(|call| {
        let token = call.parameters.get("token");
        if token.is_empty() {
            return Err(Refused::request("Token not provided"));
        }
        let now = simulator.now();
        let mut ledger = simulator.ledger();
        match ledger.token(token, false, now) {
            Some((_, grant, _)) if grant.client_id != call.client.id => {
                Err(Refused(StatusCode::BAD_REQUEST, "invalid_token", "Unmatching clients"))
            }
            Some((kind, grant, _)) => {
                ledger.revoke(token, kind, &grant, now);
                Ok(())
            }
            // What is not known needs no revoking (RFC 7009, 2.2).
            None => Ok(()),
        }
    });
    revoked.map_or_else(|refused| answered(Err(refused)), |()| StatusCode::OK.into_response())
}
