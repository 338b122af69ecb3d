//! Our side towards identity providers: OpenID Connect relying party, for Pro Santé Connect and for any other.
//!
//! From a click to a [`ProvenIdentity`], which only this room makes: `start` gives the address of the provider and what to
//! keep, `finish` judges what the browser brings back. Knows no page, no session, no account. Never logs claims, codes or tokens.
//! What it is given it hands on; who keeps it asks for its renewal.

mod algorithm;
mod breaker;
mod callback;
mod ciba;
mod client_form;
mod discovery;
mod exchange;
mod grant;
mod http;
mod id_token;
mod json;
mod jwks;
mod leaf;
mod logout;
mod logout_token;
mod metadata;
mod oidc;
mod proven;
mod psc;
mod renewal;
mod start;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::config::settings::{CallbackIssuer, ClientAuth, IdentityProvider, Profile, PublicUrl};

use algorithm::Algorithm;
use breaker::Standing;
use discovery::Discovery;
use http::Caller;
use id_token::Levels;
use metadata::Needs;

pub use callback::{CallbackError, CallbackParams, Fault};
pub use ciba::{CibaAnswer, CibaAsked, CibaFault, CibaRequest};
pub use grant::Grant;
pub use http::{CallError, HttpCall, Outage};
pub use id_token::Refusal;
pub use logout_token::{LoggedOut, LogoutError};
pub use proven::{Identifier, OtherId, Proven, ProvenClaims, ProvenIdentity};
pub use psc::{Place, ProvenProfession};
pub use renewal::RenewalError;
pub use start::{Pending, StartOptions, Started};

/// One configured provider, and us towards it.
#[derive(Debug)]
pub struct RelyingParty {
    name: String,
    profile: Profile,
    issuer: String,
    client_id: String,
    client_auth: ClientAuth,
    scopes: Vec<String>,
    acr_values: Vec<String>,
    levels: Levels,
    algorithms: Vec<Algorithm>,
    redirect_uri: String,
    longest_call: SignedDuration,
    callback_issuer: CallbackIssuer,
    caller: Caller,
    discovery: Discovery,
}

impl RelyingParty {
    /// Makes one; nothing is fetched yet, so that the gateway starts while the provider is down.
    ///
    /// Algorithms that are unknown or use a shared secret are left out of `settings.algorithms`; with none left every token
    /// is refused.
    #[must_use]
    pub fn new(settings: &IdentityProvider, public_url: &PublicUrl, http: Arc<dyn HttpCall>) -> Self {
        let caller = Caller::new(&settings.name, http);
        let needs =
            Needs { userinfo: settings.profile == Profile::Psc, certificate: settings.client_certificate.is_some() };
        let scopes = settings.scopes.iter().filter(|scope| *scope != "openid");
        Self {
            name: settings.name.clone(),
            profile: settings.profile.clone(),
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            client_auth: settings.client_auth.clone(),
            scopes: std::iter::once("openid".to_owned()).chain(scopes.cloned()).collect(),
            acr_values: settings.acr_values.clone(),
            levels: Levels { ranks: settings.acr_ranks.clone(), minimum: settings.acr_minimum.clone() },
            algorithms: settings.algorithms.iter().filter_map(|name| Algorithm::parse(name)).collect(),
            redirect_uri: public_url.at(&format!("/_guichet/callback/{}", settings.name)),
            longest_call: SignedDuration::try_from(settings.timeout).unwrap_or(SignedDuration::ZERO),
            callback_issuer: settings.callback_issuer,
            discovery: Discovery::new(
                settings.name.clone(),
                settings.issuer.clone(),
                settings.discovery_url.clone(),
                needs,
                caller.clone(),
            ),
            caller,
        }
    }

    /// The provider's name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long a call to it takes at most.
    #[must_use]
    pub fn longest_call(&self) -> SignedDuration {
        self.longest_call
    }

    /// Whether a sign-in could start at `now` without asking the provider first.
    #[must_use]
    pub fn ready(&self, now: Timestamp) -> bool {
        self.discovery.current(now).is_some()
    }

    /// Whether it did not answer several times in a row, and nothing says yet that it is back.
    #[must_use]
    pub fn is_away(&self, now: Timestamp) -> bool {
        self.caller.standing(now) != Standing::Well
    }

    /// Fetches discovery and keys when they are an hour old or missing; a background task calls it every minute or so.
    /// A failure is logged here and changes nothing.
    ///
    /// # Errors
    /// When a fetch was due and failed.
    pub async fn refresh(&self, now: Timestamp) -> Result<(), Outage> {
        self.discovery.refresh(now).await
    }

    /// Origins of the provider's authorization and end-session addresses, for `form-action` (decision 21).
    /// Empty until discovery was read once; then the last known ones, however old.
    #[must_use]
    pub fn form_action_origins(&self) -> Vec<String> {
        self.discovery.last().map(|snapshot| snapshot.metadata.browser_origins()).unwrap_or_default()
    }
}
