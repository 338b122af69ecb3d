//! Where an identity provider tells that a session there is over: from server to server, without a browser, a cookie or a form of ours.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use crate::login::provider::behind::AfterLogout;
use crate::observe::audit::Origin;

use super::Pages;
use super::posted::{self, Fields};
use super::visit::Arrival;

/// `POST /_guichet/backchannel-logout/{provider}` (OpenID Connect Back-Channel Logout 1.0, 2.5 and 2.8).
pub(super) async fn logout(
    State(pages): State<Arc<Pages>>,
    Path(provider): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let arrival = parts.extensions.get::<Arrival>();
    let origin = Origin {
        client: arrival.and_then(|arrival| arrival.client),
        request_id: arrival.map(|arrival| arrival.request_id.clone()),
        ..Origin::default()
    };
    let Ok(body) = axum::body::to_bytes(body, posted::LONGEST).await else {
        return answer(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let fields = match Fields::parse(&parts.headers, &body) {
        Ok(fields) => fields,
        Err(status) => return answer(status),
    };
    match pages.login.provider_logout(&provider, fields.get("logout_token"), &origin).await {
        Ok(AfterLogout::Done) => answer(StatusCode::OK),
        Ok(AfterLogout::Refused) => answer(StatusCode::BAD_REQUEST),
        Ok(AfterLogout::Unknown) => answer(StatusCode::NOT_FOUND),
        Ok(AfterLogout::Unavailable) => later(),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::error!(request.id = origin.request_id, error, "a logout token could not be acted on");
            later()
        }
    }
}

fn answer(status: StatusCode) -> Response {
    (status, [(CACHE_CONTROL, "no-store")]).into_response()
}

/// Nothing was believed or refused: the provider may try again.
fn later() -> Response {
    let mut response = answer(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
    response
}
