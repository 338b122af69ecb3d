//! The sample portal: what stands behind the gateway. It believes the verified assertion and nothing else, and shows
//! what it received; it knows no account, no session and no code of the gateway's.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{any, get};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value, json};

use crate::clock::SharedClock;
use crate::outbound::OutboundSetupError;

mod events;
mod page;
mod socket;
pub mod verify;

use page::{Page, Person};
use verify::Verifier;

/// The portal of one demo. `issuer` is the gateway's public address, `audiences` those of its routes to this portal.
///
/// # Errors
/// When the client that reads the published keys cannot be made.
pub fn portal(issuer: String, audiences: Vec<String>, clock: SharedClock) -> Result<Router, OutboundSetupError> {
    let verifier = Arc::new(Verifier::new(issuer, audiences, clock)?);
    let router = Router::new()
        .route("/", get(home))
        .route("/dossier/{number}", get(record))
        .route("/public", get(public))
        .route("/public/conditions-generales", get(legal))
        .route("/public/mentions-legales", get(legal))
        .route("/public/accessibilite", get(legal))
        .route("/compte-en-cours", get(pending))
        .route("/spa", get(spa))
        .route("/api/whoami", get(whoami))
        .route("/api/echo", any(echo))
        .route("/events", get(events::stream))
        .route("/ws", any(socket::echo))
        .route(
            "/public/portail.css",
            get(|| async { asset("text/css; charset=utf-8", include_str!("portal/portal.css")) }),
        )
        .route("/spa.js", get(|| async { asset(SCRIPT, include_str!("portal/spa.js")) }))
        .route("/sw.js", get(|| async { asset(SCRIPT, include_str!("portal/sw.js")) }))
        .fallback(unknown)
        .with_state(verifier);
    Ok(router)
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

type Shared = State<Arc<Verifier>>;

async fn home(State(verifier): Shared, headers: HeaderMap) -> Response {
    show(&verifier, &headers, Page::home()).await
}

async fn record(
    State(verifier): Shared,
    Path(number): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    show(&verifier, &headers, Page::record(&number, query.as_deref())).await
}

async fn public(State(verifier): Shared, headers: HeaderMap) -> Response {
    show(&verifier, &headers, Page::public()).await
}

/// What the demonstration's brand names as terms, legal notice and accessibility statement.
async fn legal(State(verifier): Shared, headers: HeaderMap) -> Response {
    show(&verifier, &headers, Page::legal()).await
}

async fn pending(State(verifier): Shared, headers: HeaderMap) -> Response {
    show(&verifier, &headers, Page::pending()).await
}

async fn spa(State(verifier): Shared, headers: HeaderMap) -> Response {
    show(&verifier, &headers, Page::spa()).await
}

async fn unknown(State(verifier): Shared, headers: HeaderMap) -> Response {
    let mut response = show(&verifier, &headers, Page::unknown()).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Who asks, as the verified assertion says, beside every header that came.
async fn whoami(State(verifier): Shared, headers: HeaderMap) -> Response {
    let body = match verifier.verify(&headers).await {
        Ok(claims) => json!({ "verified": true, "assertion": claims, "headers": received(&headers) }),
        Err(doubt) => json!({ "verified": false, "reason": doubt.to_string(), "headers": received(&headers) }),
    };
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// What arrived, whatever the method; the body is counted and dropped.
async fn echo(request: Request) -> Response {
    let (head, mut body) = request.into_parts();
    let mut length = 0_u64;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return StatusCode::BAD_REQUEST.into_response() };
        length += frame.data_ref().map_or(0, |data: &Bytes| u64::try_from(data.len()).unwrap_or(u64::MAX));
    }
    let answer = json!({
        "method": head.method.as_str(),
        "path": head.uri.path_and_query().map_or("/", |path| path.as_str()),
        "headers": received(&head.headers),
        "body_length": length,
    });
    ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

async fn show(verifier: &Verifier, headers: &HeaderMap, page: Page) -> Response {
    let person = match verifier.verify(headers).await {
        Ok(claims) => Person::known(&claims),
        Err(doubt) => Person::unknown(&doubt.to_string()),
    };
    match page.render(&person) {
        Ok(html) => ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the sample portal cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], Body::from(text)).into_response()
}

/// Headers as an object; lines of one name are joined as HTTP allows.
fn received(headers: &HeaderMap) -> Value {
    let mut object = Map::new();
    for name in headers.keys() {
        let lines: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        object.insert(name.as_str().to_owned(), Value::from(lines.join(", ")));
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests;
