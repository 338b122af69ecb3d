//! The control API. Bodies are JSON, a body may be left out where every member has a default; what is wrong is 400 with a sentence.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::ciba::give_answer;
use super::super::ledger::Means;
use super::super::{Shared, locked};

/// `GET /control/state`: every switch.
pub(in super::super) async fn state(State(simulator): State<Shared>) -> Response {
    Json(simulator.switches()).into_response()
}

/// `PATCH /control/state`: changes the switches that the body names (JSON merge patch); answers with all of them.
pub(in super::super) async fn change(State(simulator): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let changed = read::<Value>(&headers, &body).and_then(|patch| super::change(&simulator, &patch));
    changed.map_or_else(wrong, |switches| Json(switches).into_response())
}

/// `POST /control/reset`: everything as the configuration has it; sessions and keys stay.
pub(in super::super) async fn reset(State(simulator): State<Shared>) -> Response {
    Json(super::reset(&simulator)).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rotation {
    keep_former: bool,
}

impl Default for Rotation {
    fn default() -> Self {
        Self { keep_former: true }
    }
}

/// `POST /control/keys`: a new key signs.
pub(in super::super) async fn rotate(State(simulator): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let rotated = read_or_default::<Rotation>(&headers, &body)
        .and_then(|rotation| super::rotate(&simulator, rotation.keep_former).map_err(|fault| fault.to_string()));
    rotated.map_or_else(wrong, |kid| Json(json!({ "kid": kid })).into_response())
}

/// `GET /control/sessions`: live sessions, the youngest first.
pub(in super::super) async fn sessions(State(simulator): State<Shared>) -> Response {
    let sessions = simulator.ledger().live_sessions(simulator.now());
    let sessions: Vec<Value> = sessions
        .iter()
        .map(|session| {
            json!({
                "sid": session.sid,
                "person": session.professional.key,
                "means": means(session.means),
                "auth_time": session.auth_time.as_second(),
                "clients": session.clients,
            })
        })
        .collect();
    Json(sessions).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SignOut {
    end: bool,
}

impl Default for SignOut {
    fn default() -> Self {
        Self { end: true }
    }
}

/// `POST /control/sessions/{sid}/logout`: logout tokens to the clients of the session, which ends unless `end` is false.
pub(in super::super) async fn sign_out(
    State(simulator): State<Shared>,
    Path(sid): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = match read_or_default::<SignOut>(&headers, &body) {
        Ok(asked) => asked,
        Err(sentence) => return wrong(sentence),
    };
    match super::sign_out(&simulator, &sid, asked.end).await {
        Some(deliveries) => Json(json!({ "deliveries": deliveries })).into_response(),
        None => absent("no live session has this sid"),
    }
}

/// `GET /control/ciba`: decoupled sign-ins that wait for an answer.
pub(in super::super) async fn requests(State(simulator): State<Shared>) -> Response {
    let now = simulator.now();
    let requests: Vec<Value> = simulator
        .ledger()
        .waiting_ciba(now)
        .iter()
        .map(|request| {
            json!({
                "request": request.name,
                "client_id": request.client_id,
                "person": request.professional.key,
                "means": means(request.means),
                "binding_message": request.binding_message,
                "expires_in": request.expires_at.duration_since(now).as_secs(),
            })
        })
        .collect();
    Json(requests).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    answer: Word,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Accept,
    Refuse,
}

/// `POST /control/ciba/{request}`: the person's answer.
pub(in super::super) async fn answer(
    State(simulator): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answered = match read::<Answered>(&headers, &body) {
        Ok(answered) => answered,
        Err(sentence) => return wrong(sentence),
    };
    match give_answer(&simulator, &name, answered.answer == Word::Accept) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => absent("no request of this name waits for an answer"),
    }
}

/// `GET /control/calls`: how often each endpoint was called since the start or the last reset.
pub(in super::super) async fn calls(State(simulator): State<Shared>) -> Response {
    Json(locked(&simulator.calls).clone()).into_response()
}

/// `GET /control/deliveries`: logout tokens that were sent since the start or the last reset, the last hundred.
pub(in super::super) async fn deliveries(State(simulator): State<Shared>) -> Response {
    Json(locked(&simulator.deliveries).clone()).into_response()
}

fn means(means: Means) -> &'static str {
    match means {
        Means::Ecps => "MOBILE",
        Means::Card => "CARD",
    }
}

fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // What a form of another site cannot send.
    if !kind.starts_with("application/json") {
        return Err("Content-Type must be application/json".to_owned());
    }
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn read_or_default<T: DeserializeOwned + Default>(headers: &HeaderMap, body: &Bytes) -> Result<T, String> {
    if body.is_empty() { Ok(T::default()) } else { read(headers, body) }
}

fn wrong(sentence: String) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": sentence }))).into_response()
}

fn absent(sentence: &str) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": sentence }))).into_response()
}
