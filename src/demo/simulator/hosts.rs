//! The two hosts of the simulator: each path answers only under its own, as with the real one.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use url::Url;

use super::Shared;

/// Lets through what was asked of the host of the pages.
pub(super) async fn only_the_wallet_host(State(simulator): State<Shared>, request: Request, next: Next) -> Response {
    only_host(&simulator.settings.wallet_origin, request, next).await
}

/// Lets through what was asked of the host of the issuer.
pub(super) async fn only_the_issuer_host(State(simulator): State<Shared>, request: Request, next: Next) -> Response {
    only_host(&simulator.settings.issuer, request, next).await
}

/// The real provider has two hosts; a client that mixes them up must find out here.
async fn only_host(address: &str, request: Request, next: Next) -> Response {
    let expected = authority_of(address);
    match asked_authority(&request) {
        Some(asked) if expected.as_deref() == Some(asked.as_str()) => next.run(request).await,
        Some(_) | None => {
            (StatusCode::NOT_FOUND, "This host of the simulator does not serve this path.\n").into_response()
        }
    }
}

fn asked_authority(request: &Request) -> Option<String> {
    let by_header =
        request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_ascii_lowercase);
    by_header.or_else(|| request.uri().authority().map(|authority| authority.as_str().to_ascii_lowercase()))
}

fn authority_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// The path of an address, without trailing slash.
pub(super) fn path_of(address: &str) -> String {
    Url::parse(address).map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default()
}
