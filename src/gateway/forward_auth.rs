//! What other proxies ask: may this request pass, and as whom? For portals that keep nginx, Traefik, Caddy or Envoy in front of them.
//!
//! A question becomes the head of the request that it is about, and `verdict` judges it like any other. On a listener of its own,
//! and only for who knows the secret (decision 41): nothing here is reachable from a public one.

mod question;
mod reply;

use http::request::Parts;
use http::{HeaderName, Response};

use super::body::Body;
use super::refuse::Cause;
use super::story::Story;
use super::verdict::{Forwarder, Judge, Verdict};

pub use question::{Dialect, read};
pub use reply::{LOCATION_HEADER, refusal};

/// Carries the secret.
pub const SECRET_HEADER: HeaderName = HeaderName::from_static("x-guichet-forward-auth");

/// The answer to a question whose head is `parts`: what the proxy has to add to the request that may pass.
///
/// # Errors
/// Why it may not pass.
pub(super) async fn judged(
    dialect: Dialect,
    judge: &Judge,
    parts: &mut Parts,
    story: &mut Story,
) -> Result<Response<Body>, Cause> {
    let written = parts.uri.clone();
    let pass = match judge.verdict(parts, Forwarder::AnotherProxy, story).await {
        Ok(Verdict::Passes(pass)) => pass,
        // Pages of ours are not the portal's: asking leave for them is a set-up that serves them from elsewhere.
        Ok(Verdict::Published(_) | Verdict::OwnPage(..)) | Err(Cause::Method) => return Err(Cause::OwnPage),
        Err(Cause::Malformed(_)) => return Err(Cause::Question),
        Err(cause) => return Err(cause),
    };
    // The other proxy sends the bytes that it has received: they must be those that were judged.
    if !written.path_and_query().is_some_and(|written| reply::is_same_spelling(written, &pass.asked.target)) {
        return Err(Cause::Question);
    }
    reply::pass(dialect, &mut parts.headers, &pass)
}
