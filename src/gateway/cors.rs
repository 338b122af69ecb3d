//! Scripts of other origins (Fetch §3.2): what a preflight is, what it is told, and who may read an answer. Pure.
//! Reading is all that is given here: whoever asks is judged by the route's policy as anybody else.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, COOKIE, ORIGIN, TRANSFER_ENCODING, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::config::settings::{Cors, CorsAnswer};

use super::route::Routed;

/// What an upstream says of scripts, where the gateway says it.
const OURS: [HeaderName; 7] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
    HeaderName::from_static("access-control-allow-private-network"),
];
/// What makes another request of it for an application that listens to them.
const OVERRIDES: [HeaderName; 3] = [
    HeaderName::from_static("x-http-method-override"),
    HeaderName::from_static("x-http-method"),
    HeaderName::from_static("x-method-override"),
];
const VARIES: HeaderValue = HeaderValue::from_static("Origin");

/// A request on a route whose answers the gateway opens to scripts.
#[derive(Debug)]
pub(super) struct Asked {
    routed: Arc<Routed>,
    origin: Option<HeaderValue>,
    granted: bool,
}

/// A preflight asks for what its route does not give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotGranted;

/// Whether this is a preflight as browsers send it: with nothing of a person, no body, and no word that would make another request of it.
/// `Authorization` is gone before.
pub(super) fn is_preflight(parts: &Parts) -> bool {
    let headers = &parts.headers;
    parts.method == Method::OPTIONS
        && alone(headers, &ORIGIN).is_some()
        && alone(headers, &ACCESS_CONTROL_REQUEST_METHOD).is_some()
        && headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0")
        && ![COOKIE, TRANSFER_ENCODING].iter().chain(&OVERRIDES).any(|name| headers.contains_key(name))
}

/// The method that a preflight asks for.
pub(super) fn requested(parts: &Parts) -> Option<&str> {
    alone(&parts.headers, &ACCESS_CONTROL_REQUEST_METHOD)?.to_str().ok()
}

impl Asked {
    /// Notes who asks on a route that answers scripts; `None` for any other route.
    pub(super) fn of(routed: &Arc<Routed>, headers: &HeaderMap) -> Option<Self> {
        let Cors::Answer(_) = &routed.route.cors else { return None };
        Some(Self { routed: Arc::clone(routed), origin: alone(headers, &ORIGIN).cloned(), granted: false })
    }

    /// Judges a preflight.
    ///
    /// # Errors
    /// When its origin, its method or one of its headers is not listed.
    pub(super) fn preflight(&mut self, headers: &HeaderMap) -> Result<(), NotGranted> {
        let answer = self.answer().ok_or(NotGranted)?;
        let method = headers.get(ACCESS_CONTROL_REQUEST_METHOD).and_then(|method| method.to_str().ok());
        let method = method.is_some_and(|method| answer.methods.contains(method));
        let lines = headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter();
        let all = lines.map(|line| line.to_str().ok()).all(|line| {
            let mut names = line.unwrap_or("\0").split(',').map(str::trim).filter(|name| !name.is_empty());
            names.all(|name| answer.headers.contains(&name.to_ascii_lowercase()))
        });
        self.granted = method && all;
        if self.granted { Ok(()) } else { Err(NotGranted) }
    }

    /// Says on an answer, a refusal too, who may read it. What the upstream said gives way.
    pub(super) fn say(&self, headers: &mut HeaderMap) {
        for name in OURS {
            headers.remove(name);
        }
        headers.append(VARY, VARIES);
        let (Some(answer), Some(origin)) = (self.answer(), &self.origin) else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if answer.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        if self.granted {
            headers.extend(list(answer.methods.iter()).map(|methods| (ACCESS_CONTROL_ALLOW_METHODS, methods)));
            headers.extend(list(answer.headers.iter()).map(|names| (ACCESS_CONTROL_ALLOW_HEADERS, names)));
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(answer.max_age.as_secs()));
        }
    }

    /// What the route gives to this origin.
    fn answer(&self) -> Option<&CorsAnswer> {
        let Cors::Answer(answer) = &self.routed.route.cors else { return None };
        let origin = self.origin.as_ref()?.to_str().ok()?;
        answer.origins.contains(origin).then_some(answer)
    }
}

fn list<'a>(names: impl Iterator<Item = &'a String>) -> Option<HeaderValue> {
    let names: Vec<&str> = names.map(String::as_str).collect();
    // Checked with the configuration: always a header's value.
    (!names.is_empty()).then(|| HeaderValue::from_str(&names.join(", ")).ok()).flatten()
}

fn alone<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}
