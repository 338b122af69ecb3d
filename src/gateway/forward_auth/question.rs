//! From a question to the head of the request that it is about. What is missing, doubled or malformed is refused (attack R20). Pure.

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName, HeaderValue, TE, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::uri::{PathAndQuery, Uri};
use http::{Extensions, HeaderMap, Method, Version};
use subtle::ConstantTimeEq as _;

use super::SECRET_HEADER;
use crate::config::Secret;
use crate::gateway::refuse::Cause;
use crate::gateway::sanitise::Authority;

/// How the asking proxy speaks, by the path it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `/nginx`, for `auth_request`: 200, 401 or 403, and nothing else.
    Nginx,
    /// `/refusal`: the answer to a request that `/nginx` has just refused, for nginx to pass on.
    Refusal,
    /// `/traefik` and `/caddy`: 200, or the answer to pass on.
    Forwarded,
    /// `/envoy/…`, for `ext_authz` over HTTP: the same, and which headers to remove.
    Envoy,
}

impl Dialect {
    /// The dialect that is spoken at a path; `None` where none is.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        match path {
            "/nginx" => Some(Self::Nginx),
            "/refusal" => Some(Self::Refusal),
            "/traefik" | "/caddy" => Some(Self::Forwarded),
            path if path == "/envoy" || path.starts_with("/envoy/") => Some(Self::Envoy),
            _ => None,
        }
    }
}

/// The three things that a question must say, by header; of the fourth dialect they are the request's own.
const ORIGINAL: [HeaderName; 3] = [
    HeaderName::from_static("x-original-method"),
    HeaderName::from_static("x-original-host"),
    HeaderName::from_static("x-original-uri"),
];
const FORWARDED: [HeaderName; 3] = [
    HeaderName::from_static("x-forwarded-method"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-uri"),
];
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Headers of the question's own hop and body, which say nothing of the request that it is about.
const OF_THE_HOP: [HeaderName; 6] = [CONNECTION, CONTENT_LENGTH, EXPECT, TE, TRANSFER_ENCODING, UPGRADE];

/// Turns the head of a question into the head of the request that it is about.
///
/// # Errors
/// [`Cause::Stranger`] before anything is looked at, [`Cause::NotFound`] for a path that is no dialect, [`Cause::Question`] for what has no single
/// meaning. Nothing of the head may be believed then.
pub fn read(parts: &mut Parts, secret: &Secret) -> Result<Dialect, Cause> {
    let given = alone(&parts.headers, &SECRET_HEADER).ok_or(Cause::Stranger)?;
    if !bool::from(given.as_bytes().ct_eq(secret.expose().as_bytes())) {
        return Err(Cause::Stranger);
    }
    parts.headers.remove(&SECRET_HEADER);
    let dialect = Dialect::of(parts.uri.path()).ok_or(Cause::NotFound)?;
    let about = match dialect {
        Dialect::Nginx | Dialect::Refusal => about(&parts.headers, &ORIGINAL),
        Dialect::Forwarded => forwarded(&parts.headers),
        Dialect::Envoy => envoy(parts),
    };
    let About { method, host, target } = about.ok_or(Cause::Question)?;
    for name in &OF_THE_HOP {
        parts.headers.remove(name);
    }
    parts.headers.insert(HOST, host);
    parts.method = method;
    parts.uri = Uri::from(target);
    parts.version = Version::HTTP_11;
    parts.extensions = Extensions::new();
    Ok(dialect)
}

/// What a question is about.
struct About {
    method: Method,
    host: HeaderValue,
    target: PathAndQuery,
}

fn about(headers: &HeaderMap, [method, host, target]: &[HeaderName; 3]) -> Option<About> {
    let method = Method::from_bytes(alone(headers, method)?.as_bytes()).ok()?;
    Some(About {
        method,
        host: named(alone(headers, host)?)?,
        target: read_target(alone(headers, target)?.as_bytes())?,
    })
}

fn forwarded(headers: &HeaderMap) -> Option<About> {
    let scheme = alone(headers, &FORWARDED_PROTO)?;
    // Traefik names the scheme of a WebSocket.
    [&b"https"[..], b"http", b"wss", b"ws"].contains(&scheme.as_bytes()).then_some(())?;
    about(headers, &FORWARDED)
}

fn envoy(parts: &Parts) -> Option<About> {
    if parts.uri.authority().is_some() {
        return None;
    }
    let target = parts.uri.path_and_query()?.as_str().strip_prefix("/envoy")?;
    Some(About {
        method: parts.method.clone(),
        host: named(alone(&parts.headers, &HOST)?)?,
        target: read_target(target.as_bytes())?,
    })
}

fn alone<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

fn named(host: &HeaderValue) -> Option<HeaderValue> {
    Authority::read(host.as_bytes()).ok().map(|_| host.clone())
}

/// Path and query, and nothing that a parser would cut off or repair.
fn read_target(bytes: &[u8]) -> Option<PathAndQuery> {
    let whole = bytes.starts_with(b"/") && bytes.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'#');
    let target = PathAndQuery::try_from(bytes).ok().filter(|_| whole)?;
    (target.as_str().as_bytes() == bytes).then_some(target)
}

#[cfg(test)]
mod tests;
