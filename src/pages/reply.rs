//! An answer of ours: status, page or redirect, cookies, and the headers every page carries (attack W07).

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::templates::TemplateError;

use super::SafeReturn;
use super::address::Address;

/// An answer being put together.
#[derive(Debug, Clone)]
pub struct Reply {
    status: StatusCode,
    body: String,
    location: Option<String>,
    cookies: Vec<String>,
    form_action: Vec<String>,
    retry_after: Option<i64>,
}

impl Reply {
    /// A page.
    #[must_use]
    pub fn page(status: StatusCode, html: String) -> Self {
        Self { status, body: html, location: None, cookies: Vec::new(), form_action: Vec::new(), retry_after: None }
    }

    /// A redirect after a POST or from a page that is not due: always 303, so that nothing typed is sent again (attack B17).
    #[must_use]
    pub fn see_other(location: impl Into<String>) -> Self {
        Self { location: Some(location.into()), ..Self::page(StatusCode::SEE_OTHER, String::new()) }
    }

    /// Nothing to show.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self::page(status, String::new())
    }

    /// Sets a cookie.
    #[must_use]
    pub fn cookie(mut self, cookie: String) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// Origins that forms of this page may lead to, besides our own (decision 21).
    #[must_use]
    pub fn form_action(mut self, origins: impl IntoIterator<Item = String>) -> Self {
        self.form_action.extend(origins);
        self
    }

    /// Seconds before it is worth trying again.
    #[must_use]
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// A redirect to a page of ours takes the page asked for along.
    #[must_use]
    pub(super) fn carrying(mut self, target: Option<&SafeReturn>) -> Self {
        let ours = self.location.take_if(|location| location.starts_with("/_guichet/"));
        if let Some(location) = ours {
            self.location = Some(Address::of(&location).carrying(target).into());
        }
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let html = !self.body.is_empty();
        let mut response = Response::new(self.body.into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if html {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(policy) = HeaderValue::from_str(&policy(&self.form_action)) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        for (name, value) in FIXED {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if let Some(location) = self.location.and_then(|location| HeaderValue::try_from(location).ok()) {
            headers.insert(LOCATION, location);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        for cookie in self.cookies {
            if let Ok(cookie) = HeaderValue::try_from(cookie) {
                headers.append(SET_COOKIE, cookie);
            }
        }
        response
    }
}

/// A template that cannot be drawn is our fault and nobody else's: a bare 500 and one log line.
impl From<TemplateError> for Reply {
    fn from(error: TemplateError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a page could not be drawn");
        let text = "Service momentanément indisponible. Réessayez dans une minute.";
        Self::page(StatusCode::INTERNAL_SERVER_ERROR, text.to_owned())
    }
}

/// Headers of every page of ours.
const FIXED: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    // Never a path, which may hold a secret (attack P19). Not `no-referrer`: browsers then hide the origin of our own forms too.
    ("referrer-policy", "strict-origin"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

fn policy(form_action: &[String]) -> String {
    let mut origins = form_action.to_vec();
    origins.sort();
    origins.dedup();
    let more: String = origins.iter().map(|origin| format!(" {origin}")).collect();
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'{more}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w07_w08_every_page_is_closed_to_others_and_never_stored() {
        let reply = Reply::page(StatusCode::OK, "<p>".to_owned()).form_action(["https://psc.example".to_owned()]);
        let response = reply.into_response();
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "strict-origin");
        let policy = header("content-security-policy");
        for rule in ["default-src 'none'", "base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{rule}");
        }
        assert!(policy.ends_with("form-action 'self' https://psc.example"));
        assert!(!policy.contains("unsafe"));
    }
}
