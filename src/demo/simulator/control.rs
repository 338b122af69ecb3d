//! The control of a running simulator: a page for people, a JSON API for tests. Served on loopback only, and never to another site's page.

pub(super) mod api;
pub(super) mod page;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::Value;

use super::key::{KeyFault, SimulatorKey};
use super::logout_token::{Delivery, tell};
use super::switches::Switches;
use super::{Simulator, locked};

/// A page of another site that this machine's browser shows must not switch anything.
pub(super) async fn same_origin(request: Request, next: Next) -> Response {
    if request.method() == Method::GET || is_of_same_origin(request.headers()) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "The control is not open to pages of other sites.\n").into_response()
}

/// A program sends neither header; a browser sends one of them.
fn is_of_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default()) else {
        return true;
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    origin.split_once("://").is_some_and(|(_, authority)| authority == host)
}

/// Changes the switches that the patch names.
fn change(simulator: &Simulator, patch: &Value) -> Result<Switches, String> {
    let mut switches = locked(&simulator.switches);
    *switches = switches.patched(patch)?;
    Ok(switches.clone())
}

/// Puts every switch back as the configuration has it, and forgets calls and deliveries.
fn reset(simulator: &Simulator) -> Switches {
    let switches = Switches::of(&simulator.settings);
    *locked(&simulator.switches) = switches.clone();
    locked(&simulator.calls).clear();
    locked(&simulator.deliveries).clear();
    switches
}

/// A new key signs; answers with its id.
fn rotate(simulator: &Simulator, keep_former: bool) -> Result<String, KeyFault> {
    let key = SimulatorKey::generate()?;
    let mut keyring = simulator.keyring();
    keyring.rotate(key, keep_former);
    Ok(keyring.active_id().to_owned())
}

/// Sends logout tokens to the clients of a session, which ends or goes on; `None` when it is not live.
async fn sign_out(simulator: &Simulator, sid: &str, ends: bool) -> Option<Vec<Delivery>> {
    let session = {
        let mut ledger = simulator.ledger();
        let session = ledger.session(sid, simulator.now())?.clone();
        if ends {
            ledger.end_session(sid);
        }
        session
    };
    Some(tell(simulator, &session, None).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_site_switches_nothing() {
        for (headers, expected) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "none")], true),
            (
                &[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:8081"), ("host", "127.0.0.1:8081")],
                false,
            ),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("origin", "http://127.0.0.1:8081"), ("host", "127.0.0.1:8081")], true),
            (&[("origin", "http://localhost:3000"), ("host", "127.0.0.1:8081")], false),
            (&[("origin", "null"), ("host", "127.0.0.1:8081")], false),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(*name, value.parse().unwrap());
            }
            assert_eq!(is_of_same_origin(&map), expected, "{headers:?}");
        }
    }
}
