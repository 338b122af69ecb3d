//! The access line: one for each request, written when its answer has ended. Its field names are an interface.
//!
//! Never the query, a cookie, a header's value, a name or an identifier of a person.

use std::net::IpAddr;
use std::sync::Arc;

use http::{Method, StatusCode};
use tokio::time::Instant;

use super::RequestId;
use super::log::clean;
use super::metrics::RouteMeters;

/// What is known of one request; dropping it writes the line and counts it.
#[derive(Debug)]
pub struct AccessLine {
    /// `request.id`.
    pub request_id: RequestId,
    /// `client.address`.
    pub client: IpAddr,
    /// `http.method`.
    pub method: Method,
    /// `url.path`, without the query.
    pub path: String,
    /// `http.status`; absent when the client left before the answer.
    pub status: Option<StatusCode>,
    /// `session.sid`.
    pub sid: Option<String>,
    /// `upstream.status`.
    pub upstream_status: Option<StatusCode>,
    /// `refusal`: why the gateway answered by itself.
    pub refusal: Option<&'static str>,
    /// `http.response_bytes`.
    pub response_bytes: u64,
    /// Whether the answer ended as it should.
    pub complete: bool,
    /// `route.name`, and where to count.
    pub meters: Arc<RouteMeters>,
    /// Start.
    pub started: Instant,
    /// Write the line (`log.access`); counting is always done.
    pub written: bool,
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        let elapsed = self.started.elapsed();
        self.meters.count(self.status, elapsed);
        if !self.written {
            return;
        }
        let duration_ms = elapsed.as_secs_f64() * 1_000.0;
        tracing::info!(
            target: "guichet::access",
            { request.id = %self.request_id,
            client.address = %self.client,
            http.method = %self.method,
            url.path = %clean(&self.path),
            http.status = self.status.map(|status| status.as_u16()),
            route.name = %self.meters.name(),
            session.sid = self.sid.as_deref(),
            upstream.status = self.upstream_status.map(|status| status.as_u16()),
            refusal = self.refusal,
            http.response_bytes = self.response_bytes,
            http.complete = self.complete,
            duration_ms = (duration_ms * 100.0).round() / 100.0 },
            "request"
        );
    }
}
