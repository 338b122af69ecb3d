//! A stream of server-sent events, so that streaming through the gateway can be seen: one a second, for a minute.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

const COUNT: u32 = 60;
const PAUSE: Duration = Duration::from_secs(1);

/// `data: {"number":1}`, then 2, and so on; the first comes at once.
pub(super) async fn stream() -> Response {
    let events = stream::unfold(1_u32, |number| async move {
        if number > COUNT {
            return None;
        }
        if number > 1 {
            tokio::time::sleep(PAUSE).await;
        }
        let event = Bytes::from(format!("id: {number}\ndata: {{\"number\":{number}}}\n\n"));
        Some((Ok::<_, Infallible>(event), number + 1))
    });
    ([(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")], Body::from_stream(events)).into_response()
}
