//! Answers of the back channel: refusals as OAuth 2.0 writes them, and nothing that a cache may keep.

use axum::Json;
use axum::extract::{FromRequestParts as _, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::Simulator;
use super::client_auth::{self, ShownCertificate};
use super::ledger::NotTaken;
use super::request::Parameters;
use crate::config::psc_simulator::SimulatorClient;

/// Why a call is refused: status, `error`, `error_description`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused(pub(super) StatusCode, pub(super) &'static str, pub(super) &'static str);

impl Refused {
    pub(super) fn request(description: &'static str) -> Self {
        Self(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    pub(super) fn client() -> Self {
        Self(StatusCode::UNAUTHORIZED, "invalid_client", "Invalid client or Invalid client credentials")
    }
}

impl From<NotTaken> for Refused {
    fn from(NotTaken(description): NotTaken) -> Self {
        Self(StatusCode::BAD_REQUEST, "invalid_grant", description)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, error, description) = self;
        let mut response = (status, Json(json!({ "error": error, "error_description": description }))).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"esante-wallet\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The answer of a handler that may refuse.
pub(super) fn answered(result: Result<Value, Refused>) -> Response {
    let mut response = result.map_or_else(IntoResponse::into_response, |value| Json(value).into_response());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A call of a client: its form, who it is, and what it showed.
#[derive(Debug)]
pub(super) struct Call<'s> {
    pub(super) client: &'s SimulatorClient,
    pub(super) parameters: Parameters,
    pub(super) certificate: Option<ShownCertificate>,
}

/// What a handler takes of a request before it is judged.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) headers: HeaderMap,
    pub(super) certificate: Option<ShownCertificate>,
    pub(super) body: bytes::Bytes,
}

/// No form of a client is larger.
const LARGEST: usize = 64 * 1024;

impl Received {
    /// Takes the head apart and reads the body; one that is too large or cut is read as empty.
    pub(super) async fn of(request: Request) -> Self {
        let (mut head, body) = request.into_parts();
        let certificate = axum::Extension::from_request_parts(&mut head, &()).await.ok();
        let body = axum::body::to_bytes(body, LARGEST).await.unwrap_or_default();
        Self { headers: head.headers, certificate: certificate.map(|axum::Extension(shown)| shown), body }
    }

    /// The call, once its form is one and its client is known.
    ///
    /// # Errors
    /// What is wrong with the form or with who sent it.
    pub(super) fn call<'s>(self, simulator: &'s Simulator) -> Result<Call<'s>, Refused> {
        let form = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !form.starts_with("application/x-www-form-urlencoded") {
            return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request", "the body must be a form"));
        }
        let text = std::str::from_utf8(&self.body).map_err(|_| Refused::request("not text"))?;
        let parameters = Parameters::parse(text);
        if parameters.any_repeated() {
            return Err(Refused::request("duplicated parameter"));
        }
        let client = client_auth::authenticate(simulator, &self.headers, &parameters, self.certificate.as_ref())?;
        Ok(Call { client, parameters, certificate: self.certificate })
    }
}
