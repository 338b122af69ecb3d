//! What is known of a request while it is answered; its access line is written from it, whatever the answer.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderValue;
use http::request::Parts;
use tokio::time::Instant;

use crate::observe::{AccessLine, ClientAddr, RequestId, RouteMeters};
use crate::session::Visitor;

use super::addresses::Place;
use super::route::Routed;
use super::{cors, refuse};

/// One request.
#[derive(Debug)]
pub(super) struct Story {
    /// The reference that the person and the log share.
    pub(super) request_id: RequestId,
    /// The same, as it is told in headers.
    pub(super) reference: HeaderValue,
    /// Whose request it is.
    pub(super) client: ClientAddr,
    /// A browser opens a page (decision 20).
    pub(super) navigation: bool,
    /// Path and query, normalised; empty before they are known to be.
    pub(super) target: String,
    /// Of the visitor, when a refusal names it.
    pub(super) profession: Option<String>,
    /// Who was refused by which route's policy.
    pub(super) denied: Option<(Arc<Routed>, Arc<Visitor>)>,
    /// Origin of the host refused, where people do not sign in on it: its own way to the sign-in is told.
    pub(super) origin: Option<String>,
    /// On a route that is open to scripts of other origins: who asks.
    pub(super) cors: Option<cors::Asked>,
    /// Among the requests of its client's address, where its connection carries others' too.
    pub(super) place: Option<Place>,
    /// The line so far.
    pub(super) line: AccessLine,
}

impl Story {
    /// The beginning: nothing of the request was judged yet.
    pub(super) fn new(
        request_id: RequestId,
        client: IpAddr,
        parts: &Parts,
        meters: Arc<RouteMeters>,
        written: bool,
    ) -> Self {
        Self {
            request_id,
            reference: reference(request_id),
            client: ClientAddr(client),
            navigation: refuse::is_navigation(&parts.method, &parts.headers),
            target: String::new(),
            profession: None,
            denied: None,
            origin: None,
            cors: None,
            place: None,
            line: AccessLine {
                request_id,
                client,
                method: parts.method.clone(),
                path: parts.uri.path().to_owned(),
                status: None,
                sid: None,
                upstream_status: None,
                refusal: None,
                response_bytes: 0,
                complete: false,
                meters,
                started: Instant::now(),
                written,
            },
        }
    }
}

fn reference(id: RequestId) -> HeaderValue {
    // 32 hexadecimal digits are always a value.
    HeaderValue::from_bytes(&id.hex()).unwrap_or_else(|_| HeaderValue::from_static("-"))
}
