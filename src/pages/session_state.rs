//! What a page's own script may ask: how the session stands, and to keep it alive because the person is at work (docs/single-page.md).
//! No cookie is set here, and asking is no activity: the gateway only looked.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, ORIGIN, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;

use crate::session::{EndCause, Lookup, Sessions, Standing, Visitor};

use super::visit::Signedness;
use super::{Pages, Visit, guard};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const SCRIPT: &str = include_str!("assets/session.js");

/// How a session stands.
#[derive(Debug, Serialize)]
struct Standings {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<EndCause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activated: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absolute_seconds: Option<i64>,
}

/// `GET /_guichet/session`.
pub(super) async fn show(State(pages): State<Arc<Pages>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(visit) = Visit::read(&pages.login, &parts) else {
        return answer(StatusCode::SERVICE_UNAVAILABLE, &away());
    };
    answer(StatusCode::OK, &of(&pages, &visit.session))
}

/// `POST /_guichet/keep-alive`: from a page of the same origin only, by the browser's word; without a word it is refused.
pub(super) async fn keep_alive(State(pages): State<Arc<Pages>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(visit) = Visit::read(&pages.login, &parts) else {
        return answer(StatusCode::SERVICE_UNAVAILABLE, &away());
    };
    if !is_our_page(&parts.headers, pages.origin(&visit)) {
        return answer(StatusCode::FORBIDDEN, &told("not-accepted", None));
    }
    let session = match visit.session {
        Signedness::In { key, .. } => match pages.login.sessions.visitor_of(key).await {
            Ok(Lookup::Live(visitor)) => Signedness::In { key, visitor },
            Ok(Lookup::Ended(cause)) => Signedness::Over(Some(cause)),
            Ok(Lookup::Unknown) => Signedness::Over(None),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a session could not be kept alive");
                return answer(StatusCode::SERVICE_UNAVAILABLE, &away());
            }
        },
        over @ (Signedness::Over(_) | Signedness::Out) => over,
    };
    let status = if matches!(session, Signedness::In { .. }) { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    answer(status, &of(&pages, &session))
}

/// `GET /_guichet/session.js`: the same for everyone, under a name that a portal may write down.
pub(super) async fn script() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (RESOURCE_POLICY, "same-origin"),
    ];
    (headers, SCRIPT).into_response()
}

/// The browser says that a page of this origin asks. Unlike a form of ours, a script has no token: silence is not enough.
fn is_our_page(headers: &HeaderMap, origin: &str) -> bool {
    let says = headers.contains_key("sec-fetch-site") || headers.contains_key(ORIGIN);
    says && headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin")
        && !guard::is_cross_site(headers, origin)
}

fn of(pages: &Pages, session: &Signedness) -> Standings {
    match session {
        Signedness::In { visitor, .. } => live(&pages.login.sessions, visitor, pages.login.now()),
        Signedness::Over(cause) => told("signed-out", *cause),
        Signedness::Out => told("signed-out", None),
    }
}

fn live(sessions: &Sessions, visitor: &Visitor, now: Timestamp) -> Standings {
    let until = |end: Timestamp| Some(now.duration_until(end).as_secs().max(0));
    let facts = visitor.facts();
    Standings {
        state: "signed-in",
        reason: None,
        activated: Some(facts.standing == Standing::Active && facts.terms_current),
        idle_seconds: until(visitor.last_seen() + sessions.idle()),
        absolute_seconds: until(visitor.session().expires_at),
    }
}

fn told(state: &'static str, reason: Option<EndCause>) -> Standings {
    Standings { state, reason, activated: None, idle_seconds: None, absolute_seconds: None }
}

fn away() -> Standings {
    told("unavailable", None)
}

fn answer(status: StatusCode, standings: &Standings) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (RESOURCE_POLICY, "same-origin"),
    ];
    (status, headers, serde_json::to_vec(standings).unwrap_or_default()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_stays_within_two_kilobytes() {
        assert!(SCRIPT.len() <= 2_048, "{} bytes", SCRIPT.len());
    }

    #[test]
    fn s11_only_a_page_of_the_same_origin_keeps_a_session_alive() {
        let ours = |lines: &[(&'static str, &'static str)]| {
            let lines = lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
            is_our_page(&lines.collect(), "https://p.example")
        };
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("origin", "https://p.example")]));
        assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "https://p.example")]));
        assert!(!ours(&[]));
        for site in ["same-site", "cross-site", "none"] {
            assert!(!ours(&[("sec-fetch-site", site)]), "{site}");
            assert!(!ours(&[("sec-fetch-site", site), ("origin", "https://p.example")]), "{site}");
        }
        for origin in ["null", "https://evil.example", "http://p.example", "https://p.example:444"] {
            assert!(!ours(&[("origin", origin)]), "{origin}");
            assert!(!ours(&[("sec-fetch-site", "same-origin"), ("origin", origin)]), "{origin}");
        }
    }
}
