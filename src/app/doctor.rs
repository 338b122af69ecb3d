//! `guichet forward-auth doctor`: what is wrong with a portal behind another proxy, from the configuration to the browser's side.
//!
//! It asks the listener as a proxy would, and the portal as a stranger would. It changes nothing, signs nobody in, and prints no secret.

mod listener;
mod portal;

use serde::Serialize;
use url::Url;

use crate::config::Settings;
use crate::entropy::Entropy;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it stands.
    pub state: State,
    /// A sentence.
    pub said: String,
    /// What to change; absent when nothing is to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
}

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it must be.
    Right,
    /// Not wrong, and worth knowing; or what cannot be seen from here.
    Note,
    /// Wrong.
    Fault,
}

impl Finding {
    fn right(said: impl Into<String>) -> Self {
        Self { state: State::Right, said: said.into(), change: None }
    }

    fn note(said: impl Into<String>, change: impl Into<String>) -> Self {
        Self { state: State::Note, said: said.into(), change: Some(change.into()) }
    }

    fn fault(said: impl Into<String>, change: impl Into<String>) -> Self {
        Self { state: State::Fault, said: said.into(), change: Some(change.into()) }
    }
}

/// Looks at everything that can be seen from here; `url` is a page of the portal as people reach it.
pub async fn examine(settings: &Settings, url: Option<&Url>, entropy: &dyn Entropy) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &settings.forward_auth {
        None => findings.push(Finding::fault(
            "Forward-auth is off: no proxy can ask.",
            "Write [forward_auth] with `listen` and `secret_file` into the configuration, then restart guichet.",
        )),
        Some(forward_auth) => {
            findings
                .push(Finding::right(format!("The configuration is right; proxies ask on {}.", forward_auth.listen)));
            findings.extend(configured(settings));
            findings.extend(listener::examine(settings, forward_auth).await);
        }
    }
    match url {
        Some(url) => findings.extend(portal::examine(settings, url, entropy).await),
        None => findings.push(Finding::note(
            "The proxy itself was not looked at.",
            "Add --url with the address of a protected page of the portal, as people reach it.",
        )),
    }
    findings
}

fn configured(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    if settings.trusted_proxies.is_empty() {
        findings.push(Finding::note(
            "trusted_proxies is empty: everybody who signs in through the proxy has its address, and shares one guessing budget.",
            "Write the proxy's address into trusted_proxies.",
        ));
    }
    let here: Vec<&str> =
        settings.routes.iter().filter(|route| route.upstream.is_some()).map(|route| route.name.as_str()).collect();
    if !here.is_empty() {
        findings.push(Finding::note(
            format!("guichet forwards these routes by itself as well: {}.", here.join(", ")),
            "Leave their `upstream` out if only the proxy is to forward them.",
        ));
    }
    findings
}
