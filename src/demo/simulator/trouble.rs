//! Endpoints in trouble: what is switched on happens before their handlers, except for a connection that is cut after the act.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::Shared;
use super::switches::{Endpoint, Failure};

/// No answer of the simulator is larger.
const LARGEST: usize = 1024 * 1024;

/// Counts the call, then lets it through, late or never.
pub(super) async fn trouble(
    State((simulator, endpoint)): State<(Shared, Endpoint)>,
    request: Request,
    next: Next,
) -> Response {
    let trouble = simulator.called(endpoint);
    if trouble.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(trouble.delay_ms)).await;
    }
    match trouble.failure {
        Failure::None => next.run(request).await,
        Failure::Cut => cut(next.run(request).await).await,
        Failure::Unauthorized => StatusCode::UNAUTHORIZED.into_response(),
        Failure::InternalError => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Failure::BadGateway => StatusCode::BAD_GATEWAY.into_response(),
        Failure::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Failure::GatewayTimeout => StatusCode::GATEWAY_TIMEOUT.into_response(),
        Failure::Html => {
            Html("<!doctype html><html lang=fr><title>Maintenance</title><h1>Maintenance</h1>").into_response()
        }
        Failure::Redirect => {
            let elsewhere = HeaderValue::from_static("http://autre-hote.example/");
            (StatusCode::FOUND, [(header::LOCATION, elsewhere)]).into_response()
        }
        Failure::InvalidGrant => error(StatusCode::BAD_REQUEST, "invalid_grant"),
        Failure::InvalidClient => error(StatusCode::UNAUTHORIZED, "invalid_client"),
        Failure::UnauthorizedClient => error(StatusCode::BAD_REQUEST, "unauthorized_client"),
    }
}

fn error(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error, "error_description": "simulated" }))).into_response()
}

/// Half of the answer, then the end of the connection: its length was promised and is not kept.
async fn cut(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, LARGEST).await.unwrap_or_default();
    let promised = whole.len().max(1);
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(promised));
    let half: Result<Bytes, std::io::Error> = Ok(whole.slice(..whole.len() / 2));
    let end = async {
        // The half leaves while the rest is waited for; with the end at its heels it would be thrown away.
        tokio::task::yield_now().await;
        Err(std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "the simulator cuts the connection"))
    };
    Response::from_parts(head, Body::from_stream(stream::iter([half]).chain(stream::once(end))))
}
