//! Style sheets, scripts and pictures of ours: named by their content, kept for a year.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};

use super::Pages;

/// `/_guichet/assets/NAME`.
pub(super) async fn serve(State(pages): State<Arc<Pages>>, Path(name): Path<String>) -> Response {
    let Some(asset) = pages.views.assets().find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.bytes.clone()).into_response()
}
