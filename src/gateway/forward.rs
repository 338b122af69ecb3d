//! Sending a permitted request on, and its answer back, streaming both ways. Asks for a [`Permitted`]: nothing unchecked gets here.
//!
//! Errors carry their side: the client's (408, 413), the upstream's (502, 504). Only what is safe is sent twice.

mod connector;
pub mod download;
mod driver;
pub mod health;
mod identity;
mod pool;
mod server;
mod shared;
mod standing;
pub mod tls;
pub mod upload;
pub mod upstreams;

use std::mem::take;
use std::pin::pin;

use bytes::Bytes;
use http::header::{self, CONTENT_LENGTH, HOST, SET_COOKIE, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, Version};
use hyper::body::{Body as _, Incoming};
use tokio::time::Instant;

use crate::config::settings::{Limits, ResponseHeaders, Route, UpstreamProtocol};
use crate::observe::ClientAddr;

use super::policy::Permitted;
use super::refuse::Cause;
use super::sanitise::headers::{is_hop_by_hop, strip_hop_by_hop, strip_our_cookies, strip_our_set_cookies};

pub use identity::{IdentityHeaders, NoName, Said};
pub use server::Back;
pub use upload::Upload;
pub use upstreams::{Answer, Failure, Upstream, UpstreamFault, Upstreams};

const TRAILERS: HeaderValue = HeaderValue::from_static("trailers");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a forwarded request says of its way here; set by us, never passed on.
#[derive(Debug)]
pub struct Passage<'a> {
    /// The client's address.
    pub client: ClientAddr,
    /// The request's id.
    pub reference: &'a HeaderValue,
    /// `http` or `https`, of the public address.
    pub scheme: &'static str,
    /// The host as the client named it, in its one spelling.
    pub authority: &'a str,
    /// Path and query, normalised.
    pub target: PathAndQuery,
    /// What goes with it of the visitor.
    pub said: Said,
}

/// Puts the headers of a request in the state an upstream may see. Reserved names are gone already.
pub fn prepare(
    headers: &mut HeaderMap,
    permitted: &Permitted,
    upstream: &Upstream,
    passage: &Passage<'_>,
) -> Result<(), Cause> {
    let route = &permitted.routed().route;
    let trailers = upstream.protocol() == UpstreamProtocol::Http2 && takes_trailers(headers);
    strip_hop_by_hop(headers);
    if trailers {
        headers.insert(header::TE, TRAILERS);
    }
    strip_our_cookies(headers);
    let host = match upstream.authority() {
        Some(own) if route.rewrite_host => own.as_str(),
        Some(_) | None => passage.authority,
    };
    headers.insert(HOST, value(host)?);
    headers.insert(X_FORWARDED_FOR, address(passage.client)?);
    headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(passage.scheme));
    headers.insert(X_FORWARDED_HOST, value(passage.authority)?);
    if route.strip_prefix {
        headers.insert(X_FORWARDED_PREFIX, value(&route.path)?);
    }
    headers.insert(X_REQUEST_ID, passage.reference.clone());
    permitted.routed().identity.add(headers, permitted, &passage.said)
}

/// Whether the client asked for trailers, as gRPC needs them (RFC 9110 §10.1.4).
#[must_use]
pub fn takes_trailers(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::TE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"trailers"))
}

fn address(client: ClientAddr) -> Result<HeaderValue, Cause> {
    let mut text = Vec::with_capacity(40);
    client.write(&mut text);
    HeaderValue::from_maybe_shared(Bytes::from(text)).map_err(|_| Cause::Broken)
}

fn value(text: &str) -> Result<HeaderValue, Cause> {
    HeaderValue::from_str(text).map_err(|_| Cause::Broken)
}

/// The target as the route's upstream is asked for it: whole, or without the route's path (`/api/x?y` → `/x?y`, `/api` → `/`).
///
/// # Errors
/// When the rest is no target; that of a normalised path always is one.
pub fn target(asked: PathAndQuery, route: &Route) -> Result<PathAndQuery, Cause> {
    let Some(rest) = asked.as_str().strip_prefix(&route.path).filter(|_| route.strip_prefix) else { return Ok(asked) };
    let rest = if rest.starts_with('/') { PathAndQuery::try_from(rest) } else { format!("/{rest}").try_into() };
    rest.map_err(|_| Cause::Broken)
}

/// The method and the headers of a head in a request of their own; nothing else of it.
pub fn taken<B>(parts: &mut Parts, body: B) -> Request<B> {
    let mut request = Request::new(body);
    *request.method_mut() = take(&mut parts.method);
    *request.version_mut() = parts.version;
    *request.headers_mut() = take(&mut parts.headers);
    request
}

/// The request for an upstream: in origin form with `Host` for HTTP/1.1, with its authority for HTTP/2. `parts` are prepared. What the
/// listener put beside them is not the upstream's business.
///
/// # Errors
/// When the host is no authority; sanitising has made sure.
pub fn outgoing(
    parts: &mut Parts,
    body: Upload,
    target: PathAndQuery,
    upstream: &Upstream,
) -> Result<Request<Upload>, Cause> {
    let mut request = taken(parts, body);
    match upstream.protocol() {
        UpstreamProtocol::Http1 => {
            *request.uri_mut() = Uri::from(target);
            *request.version_mut() = Version::HTTP_11;
        }
        UpstreamProtocol::Http2 => {
            let host = request.headers_mut().remove(HOST).ok_or(Cause::Broken)?;
            let mut uri = http::uri::Parts::default();
            uri.scheme = Some(if upstream.tls().is_some() { Scheme::HTTPS } else { Scheme::HTTP });
            uri.authority = Some(Authority::try_from(host.as_bytes()).map_err(|_| Cause::Broken)?);
            uri.path_and_query = Some(target);
            *request.uri_mut() = Uri::from_parts(uri).map_err(|_| Cause::Broken)?;
            *request.version_mut() = Version::HTTP_2;
        }
    }
    Ok(request)
}

/// The body of a request as it will be sent, or 413 when it says that it is too large.
pub fn upload(body: Incoming, parts: &Parts, limits: &Limits, route: &Route) -> Result<Upload, Cause> {
    let limit = route.body_bytes.or(limits.body_bytes);
    let announced = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if let (Some(announced), Some(limit)) = (announced, limit)
        && announced > limit
    {
        return Err(Cause::TooLarge);
    }
    Ok(Upload::new((!body.is_end_stream()).then_some(body), limit))
}

impl Upstream {
    /// Sends a request and waits for the head of the answer.
    ///
    /// # Errors
    /// By side; nothing of the answer was passed on.
    pub async fn send(&self, request: Request<Upload>, limits: &Limits, route: &Route) -> Result<Answer, Cause> {
        let progress = request.body().progress().cloned();
        let began = Instant::now();
        let patience = route.response_timeout.unwrap_or(limits.response_timeout);
        let mut sending = pin!(self.request(request));
        let mut waited = false;
        loop {
            let until = match &progress {
                Some(progress) => progress.until(patience, limits.body_idle_timeout),
                None => began + patience,
            };
            let crawls = progress.as_ref().is_some_and(|progress| progress.crawls());
            if crawls || (std::mem::replace(&mut waited, true) && Instant::now() >= until) {
                let waits_for_client = progress.as_ref().is_some_and(|progress| progress.waits_for_client());
                return Err(if waits_for_client { Cause::ClientSilent } else { Cause::UpstreamSilent });
            }
            let answered = tokio::select! {
                biased;
                answered = &mut sending => answered,
                () = changed(progress.as_deref()) => continue,
                () = tokio::time::sleep_until(until) => continue,
            };
            return match answered {
                Ok(answer) => Ok(answer),
                Err(_) if progress.as_ref().is_some_and(|progress| progress.is_too_large()) => Err(Cause::TooLarge),
                Err(failure) => {
                    tracing::warn!(error = %failure, cause = failure.cause(), route.name = %route.name, "the upstream failed");
                    Err(if failure.timed_out() { Cause::UpstreamSilent } else { Cause::UpstreamAway })
                }
            };
        }
    }
}

async fn changed(progress: Option<&upload::Progress>) {
    match progress {
        Some(progress) => progress.changed().await,
        None => std::future::pending().await,
    }
}

/// Puts the head of an answer in the state a client may see.
///
/// # Errors
/// When its length has two meanings, or it switches protocols unasked (attack H21).
pub fn received(response: &mut Response<Incoming>) -> Result<(), Cause> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Cause::UpstreamAway);
    }
    let headers = response.headers_mut();
    let (mut framings, mut chunked, mut plain) = (0, true, true);
    for (name, value) in &*headers {
        if *name == CONTENT_LENGTH {
            framings += 1;
        } else if *name == TRANSFER_ENCODING {
            framings += 1;
            chunked = value.as_bytes().eq_ignore_ascii_case(b"chunked");
            plain = false;
        } else {
            plain = plain && *name != SET_COOKIE && !is_hop_by_hop(name);
        }
    }
    if framings > 1 || !chunked {
        return Err(Cause::UpstreamAway);
    }
    if !plain {
        clean(headers);
    }
    // The listener speaks to the client as the client asked.
    *response.version_mut() = Version::HTTP_11;
    Ok(())
}

/// Changes the headers of a cleaned answer as its route says.
pub fn change(headers: &mut HeaderMap, changes: &ResponseHeaders) {
    for name in &changes.remove {
        headers.remove(name);
    }
    for (name, value) in &changes.set {
        headers.insert(name, value.clone());
    }
    for (name, value) in &changes.add {
        headers.append(name, value.clone());
    }
}

/// Removes from an answer what belongs to the hop, and what is ours to set.
pub fn clean(headers: &mut HeaderMap) {
    strip_hop_by_hop(headers);
    strip_our_set_cookies(headers);
}
