//! The one place that writes refusals. A browser's navigation is sent to where the person can go on, and comes back; anything else gets
//! `application/problem+json`. Pages for people come from the room that writes them, through [`Pages`].

mod told;

use std::borrow::Cow;
use std::net::IpAddr;

use http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER, SET_COOKIE, UPGRADE,
    WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::config::settings::{Methods, PublicUrl};
use crate::observe::RequestId;
use crate::session::{Need, Session};

use super::body::{self, Body};
use super::policy::Refusal;
use super::sanitise;

use told::{Told, told};
pub use told::{leads_on, reason};

/// Longest return target (decision 20).
const LONGEST_RETURN: usize = 2_048;
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
/// Where the way to the sign-in begins, on every host.
const SIGN_IN: &str = "/_guichet/connexion";
const STEP_UP: &str = "/_guichet/confirmer";
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
/// Clears the session cookie with the attributes it was set with.
const CLEARED: HeaderValue =
    HeaderValue::from_static("__Host-guichet=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");

/// Pages shown to a person; screens 6.5, 7.1, 7.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    /// 404: no route here.
    NotFound,
    /// 421: "Cette adresse n'est pas servie ici."
    UnknownHost,
    /// 403: signed in, and the policy refuses.
    Forbidden(ForbiddenCause),
    /// 403: the account is closed.
    Suspended,
    /// 403: the activation was frozen.
    Frozen,
    /// 403: a service worker, or a request from another site.
    NotAccepted,
    /// 503: the stores are away.
    Unavailable,
    /// 503: the route is switched off.
    Maintenance {
        /// When it is expected back.
        until: Option<Timestamp>,
    },
    /// 502: the upstream is away.
    UpstreamAway,
    /// 504: the upstream is silent.
    UpstreamSilent,
}

/// Which sentence of screen 6.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForbiddenCause {
    /// For other professions.
    Profession,
    /// Another identity provider is asked for.
    IdentityProvider,
    /// A client certificate is asked for.
    ClientCertificate,
    /// Another network is asked for.
    ClientAddress,
    /// Nothing the person can change.
    Other,
}

/// What a page may say of the request.
#[derive(Debug, Clone, Copy)]
pub struct PageContext<'a> {
    /// The reference shown.
    pub request_id: RequestId,
    /// "Réessayer" links to the same address for a GET only.
    pub method: &'a Method,
    /// Path and query, normalised.
    pub target: &'a str,
    /// Label of the profession of who asked, where one is proven.
    pub profession: Option<&'a str>,
}

/// Somebody who is signed in was refused by a route's policy (attack X03).
#[derive(Debug, Clone, Copy)]
pub struct Denial<'a> {
    /// Name of the route.
    pub route: &'a str,
    /// Why, in a word.
    pub cause: &'static str,
    /// Whose session it is.
    pub session: &'a Session,
    /// Where the request came from.
    pub client: IpAddr,
    /// Its id.
    pub request_id: RequestId,
}

/// Writes pages without a store or an upstream. The status and `Cache-Control` are set by the gateway.
pub trait Pages: Send + Sync + std::fmt::Debug {
    /// The page as an HTML response.
    fn page(&self, kind: PageKind, context: &PageContext<'_>) -> Response<Body>;

    /// Keeps a fact of the audit log. Called for every denial; must not wait, and must not grow with how often it is called.
    fn denied(&self, denial: &Denial<'_>);
}

/// Why the gateway answers by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The policy refused.
    Policy(Refusal),
    /// The request has no single meaning.
    Malformed(sanitise::Fault),
    /// The bytes of the connection had two meanings.
    Ambiguous,
    /// No route.
    NotFound,
    /// No such host.
    UnknownHost,
    /// The host is served, but with another certificate than this connection's (attack H24).
    Misdirected,
    /// The client's address holds all the connections it may.
    TooMany,
    /// A service worker's script (decision 22).
    ServiceWorker,
    /// A WebSocket from another origin.
    ForeignOrigin,
    /// A script of another origin asks for what the route does not give.
    Cors,
    /// The method is not allowed on a resource of ours.
    Method,
    /// The path's routes take these methods alone.
    RouteMethod(Methods),
    /// Another proxy asks without the secret, or with a wrong one.
    Stranger,
    /// Another proxy asks what has no single meaning.
    Question,
    /// Another proxy asks about a page of ours, which it must send here.
    OwnPage,
    /// The body is larger than allowed.
    TooLarge,
    /// The client stopped sending.
    ClientSilent,
    /// The upstream could not be reached, or broke off.
    UpstreamAway,
    /// The upstream did not answer in time.
    UpstreamSilent,
    /// Something of ours failed.
    Broken,
}

/// What a refusal depends on.
#[derive(Debug, Clone, Copy)]
pub struct Refused<'a> {
    /// Why.
    pub cause: Cause,
    /// A browser's navigation (decision 20).
    pub navigation: bool,
    /// Origin of the host asked for, where it is not the one on which people sign in.
    pub origin: Option<&'a str>,
    /// The request.
    pub context: PageContext<'a>,
}

/// Whether a request is a navigation: only those are redirected, and only their address is returned to.
#[must_use]
pub fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    // A WebSocket is no page, whatever it accepts (attack H17).
    if (method != Method::GET && method != Method::HEAD) || headers.contains_key(UPGRADE) {
        return false;
    }
    match headers.get(SEC_FETCH_MODE) {
        Some(mode) => mode == "navigate",
        None => {
            !headers.contains_key(SEC_FETCH_DEST)
                && !headers.contains_key(SEC_FETCH_SITE)
                && !headers.contains_key(X_REQUESTED_WITH)
                && headers
                    .get_all(ACCEPT)
                    .iter()
                    .any(|line| line.to_str().is_ok_and(|line| line.to_ascii_lowercase().contains("text/html")))
        }
    }
}

/// Writes refusals.
#[derive(Debug)]
pub struct Refuser {
    pages: std::sync::Arc<dyn Pages>,
    sign_in_url: String,
}

#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_url: Option<&'a str>,
    /// Where a person gives what is missing; `retour=` names the page to come back to.
    #[serde(skip_serializing_if = "Option::is_none")]
    step_up_url: Option<String>,
    request_id: String,
}

impl Refuser {
    /// `public_url` is where a person signs in.
    #[must_use]
    pub fn new(pages: std::sync::Arc<dyn Pages>, public_url: &PublicUrl) -> Self {
        Self { pages, sign_in_url: public_url.at(SIGN_IN) }
    }

    /// Tells the audit log of a denial.
    pub fn denied(&self, denial: &Denial<'_>) {
        self.pages.denied(denial);
    }

    /// The answer, never cached.
    #[must_use]
    pub fn answer(&self, refused: &Refused<'_>) -> Response<Body> {
        let told = told(refused.cause);
        let mut answer = match (refused.navigation, told.go_to, told.page) {
            (true, Some(path), _) => redirect(path, told.need, refused.context.target),
            (true, None, Some(kind)) => {
                let mut page = self.pages.page(kind, &refused.context);
                *page.status_mut() = told.status;
                page
            }
            (true, None, None) | (false, _, _) => self.problem(&told, refused),
        };
        let headers = answer.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = told.retry {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if told.status == StatusCode::UNAUTHORIZED && !refused.navigation {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie realm=\"guichet\""));
        }
        if let Some(methods) = told.allow {
            headers.extend(HeaderValue::from_str(&methods.to_string()).ok().map(|methods| (ALLOW, methods)));
        }
        if told.clear {
            headers.append(SET_COOKIE, CLEARED);
        }
        if told.close {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }

    fn problem(&self, told: &Told, refused: &Refused<'_>) -> Response<Body> {
        // The sign-in of another host begins on that host, and comes back to it.
        let sign_in_url = match refused.origin {
            Some(origin) => Cow::Owned(format!("{origin}{SIGN_IN}")),
            None => Cow::Borrowed(self.sign_in_url.as_str()),
        };
        let problem = Problem {
            kind: format!("urn:guichet:problem:{}", told.kind),
            title: told.title,
            status: told.status.as_u16(),
            reason: told.reason,
            sign_in_url: matches!(told.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
                .then_some(&*sign_in_url),
            step_up_url: (told.go_to == Some(STEP_UP)).then(|| {
                let origin = sign_in_url.strip_suffix(SIGN_IN).unwrap_or_default();
                format!("{origin}{STEP_UP}{}", asking(told.need))
            }),
            request_id: refused.context.request_id.to_string(),
        };
        let mut answer = Response::new(body::full(serde_json::to_vec(&problem).unwrap_or_default()));
        *answer.status_mut() = told.status;
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        answer
            .headers_mut()
            .insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
        answer
    }
}

/// The query that says what is missing.
fn asking(need: Option<Need>) -> String {
    need.map(|need| format!("?besoin={need}")).unwrap_or_default()
}

fn redirect(path: &'static str, need: Option<Need>, target: &str) -> Response<Body> {
    let asking = asking(need);
    let location = if target.len() <= LONGEST_RETURN && target != "/" {
        let mark = if asking.is_empty() { '?' } else { '&' };
        Cow::Owned(format!("{path}{asking}{mark}retour={}", utf8_percent_encode(target, IN_QUERY)))
    } else {
        Cow::Owned(format!("{path}{asking}"))
    };
    let mut answer = Response::new(body::empty());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    // Percent-encoded: always a header value. Without it the person would be lost, so the fallback is the bare page.
    let location = HeaderValue::from_str(&location).unwrap_or_else(|_| HeaderValue::from_static(path));
    answer.headers_mut().insert(LOCATION, location);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn navigation(method: Method, lines: &[(&'static str, &'static str)]) -> bool {
        let headers =
            lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_navigation(&method, &headers.collect())
    }

    #[test]
    fn only_a_browser_that_opens_a_page_navigates() {
        assert!(navigation(Method::GET, &[("sec-fetch-mode", "navigate")]));
        assert!(navigation(Method::HEAD, &[("accept", "text/html,*/*")]));
        assert!(!navigation(Method::POST, &[("sec-fetch-mode", "navigate")]));
        assert!(!navigation(Method::GET, &[("sec-fetch-mode", "cors"), ("accept", "text/html")]));
        assert!(!navigation(Method::GET, &[("sec-fetch-dest", "script"), ("accept", "text/html")]));
        assert!(!navigation(Method::GET, &[("accept", "text/html"), ("x-requested-with", "XMLHttpRequest")]));
        assert!(!navigation(Method::GET, &[("accept", "*/*")]));
        assert!(!navigation(Method::GET, &[]));
    }

    #[test]
    fn the_return_target_is_encoded_whole_and_left_out_when_too_long() {
        let location = |target: &str| {
            redirect("/_guichet/connexion", None, target).headers()[LOCATION].to_str().unwrap().to_owned()
        };
        assert_eq!(location("/a?b=c&d=//e"), "/_guichet/connexion?retour=/a%3Fb%3Dc%26d%3D//e");
        assert_eq!(location("/"), "/_guichet/connexion");
        assert_eq!(location(&format!("/{}", "a".repeat(2_048))), "/_guichet/connexion");
    }
}
