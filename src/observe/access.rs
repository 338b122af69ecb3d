//! The access line: one for each request, written when its answer has ended. Its field names are an interface.
//!
//! Never the query, a cookie, a header's value, a name or an identifier of a person.

use std::mem::take;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use tokio::time::Instant;

use super::access_writer::Entry;
use super::log::{self, clean};
use super::metrics::RouteMeters;
use super::{ClientAddr, RequestId};

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

impl AccessLine {
    /// What the line says, taken out of a request that is over.
    fn entry(&mut self, elapsed: Duration) -> Entry {
        Entry {
            request_id: self.request_id,
            client: ClientAddr(self.client),
            method: take(&mut self.method),
            path: take(&mut self.path),
            status: self.status,
            sid: self.sid.take(),
            upstream_status: self.upstream_status,
            refusal: self.refusal,
            response_bytes: self.response_bytes,
            complete: self.complete,
            meters: Arc::clone(&self.meters),
            ended: self.started + elapsed,
            elapsed,
        }
    }
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        let elapsed = self.started.elapsed();
        self.meters.count(self.status, elapsed);
        if !self.written || !tracing::enabled!(target: "guichet::access", tracing::Level::INFO) {
            return;
        }
        if let Some(writer) = log::access_writer() {
            writer.line(self.entry(elapsed));
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Mutex;

    use super::*;
    use crate::observe::Metrics;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn x01_a_request_is_one_line_of_json_with_the_names_that_others_rely_on() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            drop(AccessLine {
                request_id: RequestId::new([7; 16]),
                client: "203.0.113.9".parse().unwrap(),
                method: Method::GET,
                path: format!("/a\r\n{{\"forged\":1}}\u{1b}[2J{}", "x".repeat(1_000_000)),
                status: Some(StatusCode::OK),
                sid: Some("sid-1".to_owned()),
                upstream_status: Some(StatusCode::OK),
                refusal: None,
                response_bytes: 2,
                complete: true,
                meters: Metrics::default().route("portal"),
                started: Instant::now(),
                written: true,
            });
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.len() < 2_000);
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        for name in [
            "request.id",
            "client.address",
            "http.method",
            "url.path",
            "http.status",
            "route.name",
            "session.sid",
            "upstream.status",
            "http.response_bytes",
            "http.complete",
            "duration_ms",
        ] {
            assert!(line.get(name).is_some(), "{name} not in {line}");
        }
        assert!(line["url.path"].as_str().unwrap().starts_with("/a\\r\\n"));
    }
}
