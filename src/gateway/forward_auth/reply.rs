//! What the asking proxy is told, in its own dialect: headers to put on the request, or the refusal. Pure.

use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderName, LOCATION};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::Dialect;
use crate::gateway::body::{self, Body};
use crate::gateway::refuse::Cause;
use crate::gateway::sanitise::headers::strip_our_cookies;
use crate::gateway::verdict::Pass;

/// Where a refused navigation goes on, in the dialect that knows no redirect.
pub const LOCATION_HEADER: HeaderName = HeaderName::from_static("x-guichet-location");
/// Envoy removes these from the request.
const REMOVED: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

/// 200, with what the proxy sets on the request: assertion, plain headers, and the cookies that are not ours. A header that is not in the
/// answer is one that the request must not have.
pub(super) fn pass(dialect: Dialect, asked: &mut HeaderMap, pass: &Pass) -> Result<Response<Body>, Cause> {
    if dialect == Dialect::Refusal {
        // Refused a moment ago, and now it may pass: an empty 200 would reach the person, "try again" is what to say.
        return Err(Cause::Broken);
    }
    let mut answer = Response::new(body::empty());
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let identity = &pass.permitted.routed().identity;
    identity.add(headers, &pass.permitted, &pass.said)?;
    strip_our_cookies(asked);
    for line in asked.get_all(COOKIE) {
        headers.append(COOKIE, line.clone());
    }
    if dialect == Dialect::Envoy {
        let named = std::iter::once(&COOKIE).chain(identity.names());
        let absent: Vec<&str> = named.filter(|name| !headers.contains_key(*name)).map(HeaderName::as_str).collect();
        if !absent.is_empty() {
            headers.insert(REMOVED, HeaderValue::from_str(&absent.join(",")).map_err(|_| Cause::Broken)?);
        }
    }
    Ok(answer)
}

/// A refusal as the proxy can pass it on. `origin` is that of the host asked about: some proxies read a path as one of this listener.
#[must_use]
pub fn refusal(dialect: Dialect, mut answer: Response<Body>, origin: &str) -> Response<Body> {
    let location = answer.headers().get(LOCATION).and_then(|path| path.to_str().ok());
    let location = location
        .filter(|path| path.starts_with('/'))
        .and_then(|path| HeaderValue::from_str(&format!("{origin}{path}")).ok());
    match dialect {
        Dialect::Refusal | Dialect::Forwarded | Dialect::Envoy => {
            if let Some(location) = location {
                answer.headers_mut().insert(LOCATION, location);
            }
            answer
        }
        Dialect::Nginx => {
            let signed_out = answer.status() == StatusCode::UNAUTHORIZED || location.is_some();
            *answer.status_mut() = if signed_out { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
            let headers = answer.headers_mut();
            for name in [LOCATION, CONTENT_TYPE, CONTENT_LENGTH] {
                headers.remove(name);
            }
            if let Some(location) = location {
                headers.insert(LOCATION_HEADER, location);
            }
            answer.map(|_| body::empty())
        }
    }
}

/// Whether both are one spelling, but for the case of `%c3` and `%C3`, which no server tells apart.
pub(super) fn is_same_spelling(written: &PathAndQuery, judged: &PathAndQuery) -> bool {
    // Only escapes of the path are rewritten; any letter outside them that differs in case would have been kept as it was.
    written.as_str().eq_ignore_ascii_case(judged.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r01_only_the_case_of_an_escape_may_differ_from_what_was_judged() {
        let same = |written: &'static str, judged: &'static str| {
            is_same_spelling(&PathAndQuery::from_static(written), &PathAndQuery::from_static(judged))
        };
        assert!(same("/caf%c3%a9?q=%2f", "/caf%C3%A9?q=%2f"));
        assert!(!same("/%61dmin", "/admin"));
        assert!(!same("/a%7eb", "/a~b"));
    }

    #[test]
    fn nginx_is_told_401_with_the_way_on_or_403_and_nothing_else() {
        let told = |status: u16, location: Option<&'static str>| {
            let mut answer = Response::new(body::full("a page"));
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
            if let Some(location) = location {
                answer.headers_mut().insert(LOCATION, HeaderValue::from_static(location));
            }
            let answer = refusal(Dialect::Nginx, answer, "https://portail.test");
            assert!(!answer.headers().contains_key(LOCATION) && !answer.headers().contains_key(CONTENT_TYPE));
            let location = answer.headers().get(LOCATION_HEADER).map(|to| to.to_str().unwrap().to_owned());
            (answer.status().as_u16(), location)
        };
        let way = Some("https://portail.test/_guichet/connexion".to_owned());
        assert_eq!(told(303, Some("/_guichet/connexion")), (401, way));
        assert_eq!(told(401, None), (401, None));
        for status in [400, 403, 404, 421, 501, 503] {
            assert_eq!(told(status, None), (403, None), "{status}");
        }
    }
}
