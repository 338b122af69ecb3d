//! The portal, asked through its proxy as a stranger would ask: nobody is signed in, and whatever is forged must change nothing.

use std::time::Duration;

use http::{Request, Response};
use url::Url;

use super::{Finding, State};
use crate::config::Settings;
use crate::config::settings::{Access, Route, RouteHost};
use crate::entropy::{Draw as _, Entropy};
use crate::outbound::{Options, OutboundClient, OutboundError};

/// Spellings that servers fold onto the assertion's name; the first is its own.
const SPELLINGS: [&str; 7] = [
    "X-Guichet-Assertion",
    "X_Guichet_Assertion",
    "X-Guichet_Assertion",
    "X_Guichet-Assertion",
    "X.Guichet.Assertion",
    "X-Guichet.Assertion",
    "X~Guichet~Assertion",
];

type Answer = Result<Response<Vec<u8>>, OutboundError>;

struct Portal<'a> {
    client: OutboundClient,
    url: &'a Url,
    settings: &'a Settings,
}

pub(super) async fn examine(settings: &Settings, url: &Url, entropy: &dyn Entropy) -> Vec<Finding> {
    let options = Options {
        connect_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(15),
        ca_file: None,
        certificate: None,
        allow_http_loopback: true,
    };
    let client = match OutboundClient::new(options) {
        Ok(client) => client,
        Err(error) => {
            return vec![Finding::fault(
                format!("The portal cannot be asked: {error}."),
                "Install the system's root certificates.",
            )];
        }
    };
    let portal = Portal { client, url, settings };
    let mut findings = vec![portal.named()];
    let (plain, asks) = portal.asks().await;
    findings.extend(asks);
    let Some(plain) = plain else { return findings };
    findings.push(portal.own_pages().await);
    findings.extend(portal.forged(plain, &entropy.token::<16>()).await);
    findings
}

impl Portal<'_> {
    async fn get(&self, address: &str, lines: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(address).header("accept", "application/json").header("sec-fetch-mode", "cors");
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        let request = request.body(Vec::new()).map_err(|_| OutboundError::Address)?;
        self.client.send(request).await
    }

    /// The address is one that guichet knows, and that cookies and redirects will stay on.
    fn named(&self) -> Finding {
        let origin = self.url.origin().ascii_serialization();
        let host = self.url.host_str().unwrap_or_default();
        let of_route = self.settings.routes.iter().any(|route| route.host.as_ref().is_some_and(|of| of.covers(host)));
        if origin == self.settings.public_url.origin || (of_route && host != self.settings.public_url.host) {
            Finding::right(format!("{origin} is an address of this configuration."))
        } else {
            Finding::fault(
                format!(
                    "{origin} is not an address of this configuration: its public_url is {}.",
                    self.settings.public_url.origin
                ),
                "Make public_url the address at which people reach the portal through the proxy, or give a route its `host`.",
            )
        }
    }

    /// Whether the proxy asks at all: the status for a stranger, and what it says of the set-up.
    async fn asks(&self) -> (Option<u16>, Vec<Finding>) {
        let answer = match self.get(self.url.as_str(), &[]).await {
            Ok(answer) => answer,
            Err(error) => {
                return (
                    None,
                    vec![Finding::fault(
                        format!("{} does not answer: {error}.", self.url),
                        "Start the proxy; the address must be https, or http on this machine.",
                    )],
                );
            }
        };
        let status = answer.status().as_u16();
        let problem: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let kind = problem.get("type").and_then(serde_json::Value::as_str).unwrap_or_default();
        let kind = kind.strip_prefix("urn:guichet:problem:").unwrap_or_default();
        let public = self.route().is_some_and(|route| route.policy.access == Access::Public);
        let finding = match (status, kind) {
            (401, "forward-auth-secret") => Finding::fault(
                "The proxy asks without the secret, or with another one.",
                "Let it send the secret of forward_auth in X-Guichet-Forward-Auth, and reload it.",
            ),
            (401, "signed-out" | "session-expired") => Finding::right("The proxy asks, and turns a stranger away."),
            (400 | 403, "malformed") => Finding::fault(
                "The proxy's question lacks the method, the host or the address of the request, or says one of them twice.",
                "Compare its configuration with the one of docs/forward-auth: X-Original-Method, -Host and -URI for nginx, X-Forwarded-Method, -Proto, -Host and -Uri for Traefik and Caddy.",
            ),
            (421, _) => Finding::fault(
                "guichet does not know the host that the proxy names.",
                "Let the proxy name the host that the browser named.",
            ),
            (404, "not-found") => {
                Finding::note("No route has this path.", "Give --url the address of a protected page.")
            }
            (500..=599, _) => Finding::fault(
                format!("The portal answers {status} to a stranger."),
                "Can the proxy reach forward_auth.listen? Its own log says why it could not ask.",
            ),
            (200..=399, _) if public => Finding::note(
                "This page is public, so that a stranger's visit does not show whether the proxy asks.",
                "Give --url the address of a protected page as well.",
            ),
            (200..=399, _) => Finding::fault(
                format!("A stranger gets {status} from a page that is not public: the proxy does not ask about it."),
                "Put the lines of docs/forward-auth around every location or router that leads to the portal.",
            ),
            (_, _) => Finding::fault(
                format!("A stranger is turned away with {status}, but not by guichet."),
                "Pass guichet's answer on as docs/forward-auth does, so that people are led to the sign-in page.",
            ),
        };
        (Some(status), vec![finding])
    }

    fn route(&self) -> Option<&Route> {
        let host = self.url.host_str().unwrap_or_default();
        let path = self.url.path();
        let covers = |prefix: &str| {
            let prefix = prefix.trim_end_matches('/');
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let public = host == self.settings.public_url.host;
        let of_host = |route: &&Route| match &route.host {
            Some(RouteHost::Wildcard(_)) if public => false,
            of => of.as_ref().is_none_or(|of| of.covers(host)),
        };
        // What the doctor asks, it asks by GET.
        let covering = |route: &&Route| covers(&route.path) && route.methods.has("GET");
        self.settings.routes.iter().filter(of_host).filter(covering).min_by_key(|route| route.precedence())
    }

    async fn own_pages(&self) -> Finding {
        let address = format!("{}/_guichet/jwks.json", self.url.origin().ascii_serialization());
        let keys = self.get(&address, &[]).await.ok().filter(|answer| answer.status().is_success());
        let keys = keys.and_then(|answer| serde_json::from_slice::<serde_json::Value>(answer.body()).ok());
        if keys.is_some_and(|keys| keys.get("keys").is_some_and(serde_json::Value::is_array)) {
            Finding::right("The proxy leads /_guichet/ to guichet.")
        } else {
            Finding::fault(
                "/_guichet/ is not led to guichet: nobody can sign in there.",
                "Lead /_guichet/ and /.well-known/openid-configuration to a listener of `listen`, without asking.",
            )
        }
    }

    /// `plain` is the status without anything forged, `mark` a text that nobody else has.
    async fn forged(&self, plain: u16, mark: &str) -> Vec<Finding> {
        let (mut findings, mut repeats) = (Vec::new(), false);
        if let Ok(answer) = self.get(self.url.as_str(), &[("x-doctor", mark)]).await {
            repeats = holds(answer.body(), mark);
        }
        for spelling in SPELLINGS {
            let Ok(answer) = self.get(self.url.as_str(), &[(spelling, mark)]).await else { continue };
            let status = answer.status().as_u16();
            if holds(answer.body(), mark) {
                findings.push(Finding::fault(
                    format!("The portal has received a {spelling} that a client wrote."),
                    "Overwrite X-Guichet-Assertion on every request, and drop the names that are folded onto it, as docs/forward-auth does.",
                ));
            } else if status != plain && status != 400 {
                findings.push(Finding::fault(
                    format!("A client's {spelling} changes the answer from {plain} to {status}."),
                    "Overwrite X-Guichet-Assertion on every request, and let the portal verify it (docs/assertion.md).",
                ));
            }
        }
        for line in [
            ("x-original-uri", "/public"),
            ("x-forwarded-uri", "/public"),
            ("x-forwarded-method", "OPTIONS"),
            ("x-guichet-forward-auth", mark),
        ] {
            let Ok(answer) = self.get(self.url.as_str(), &[line]).await else { continue };
            let status = answer.status().as_u16();
            if status != plain && status != 400 {
                findings.push(Finding::fault(
                    format!("A client's {} changes the answer from {plain} to {status}.", line.0),
                    "Let the proxy overwrite the headers of its question, whatever the client sends.",
                ));
            }
        }
        if findings.iter().all(|finding| finding.state != State::Fault) {
            findings.push(if repeats {
                Finding::right("No spelling of the assertion's header that a client writes reaches the portal.")
            } else {
                Finding::note(
                    "Forged headers change nothing for a stranger. Whether they are taken away cannot be seen from a page that does not show them.",
                    "Give --url the address of a public page that repeats the headers it receives, if the portal has one.",
                )
            });
        }
        findings
    }
}

fn holds(body: &[u8], mark: &str) -> bool {
    body.windows(mark.len()).any(|part| part == mark.as_bytes())
}
