//! The way to the provider: the authorization address, and what must be kept until the browser comes back.
//!
//! Every value sent is configured or drawn here; nothing a client sent is copied (attack C08).

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use openidconnect::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::config::settings::Profile;
use crate::entropy::{Draw as _, Entropy};

use super::http::Outage;
use super::{RelyingParty, exchange};

/// What this sign-in asks beyond the configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StartOptions {
    /// Ask the person to prove who they are again, even if the provider knows them (`prompt=login`).
    pub prompt_login: bool,
    /// Oldest proof accepted (`max_age`, seconds).
    pub max_age: Option<u32>,
}

/// A sign-in that has begun.
#[derive(Debug)]
pub struct Started {
    /// Where the browser goes.
    pub authorization_url: Url,
    /// What to keep on the server, for one callback.
    pub pending: Pending,
}

/// The server's half of a sign-in under way. Kept in the sign-in record, used once; it never prints its secrets.
#[derive(Serialize, Deserialize)]
pub struct Pending {
    pub(super) identity_provider: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) pkce_verifier: String,
    pub(super) redirect_uri: String,
    pub(super) started_at: Timestamp,
    pub(super) authenticated_since: Option<Timestamp>,
}

impl Pending {
    /// The provider's name in the configuration.
    #[must_use]
    pub fn identity_provider(&self) -> &str {
        &self.identity_provider
    }

    /// The `state` sent: 43 characters, unique to this sign-in.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    /// When it began.
    #[must_use]
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("identity_provider", &self.identity_provider)
            .field("started_at", &self.started_at)
            .finish_non_exhaustive()
    }
}

impl RelyingParty {
    /// Begins a sign-in: state, nonce and PKCE S256 are always sent (attacks C02, C09, C19). Fetches discovery first when
    /// nothing usable is known.
    ///
    /// # Errors
    /// When the provider is not known and cannot be asked, or did not answer lately.
    pub async fn start(&self, options: StartOptions, entropy: &dyn Entropy, now: Timestamp) -> Result<Started, Outage> {
        let snapshot = self.discovery.reachable(now).await?;
        let pending = Pending {
            identity_provider: self.name.clone(),
            state: entropy.token::<32>(),
            nonce: entropy.token::<32>(),
            pkce_verifier: entropy.token::<32>(),
            redirect_uri: self.redirect_uri.clone(),
            started_at: now,
            authenticated_since: authenticated_since(options, now),
        };
        let client = exchange::client(self, &snapshot.metadata, &pending.redirect_uri)?;
        let verifier = PkceCodeVerifier::new(pending.pkce_verifier.clone());
        let mut request = client
            .authorize_url(|| CsrfToken::new(pending.state.clone()))
            .add_scopes(self.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_extra_param("nonce", pending.nonce.as_str());
        if !self.acr_values.is_empty() {
            request = request.add_extra_param("acr_values", self.acr_values.join(" "));
        }
        if options.prompt_login {
            request = request.add_extra_param("prompt", "login");
        }
        let asked_anew = options.prompt_login && matches!(self.profile, Profile::Oidc { .. });
        // Only `max_age` makes a provider say when the person proved who they are (OpenID Connect Core 2); how Pro Santé Connect takes
        // it is not known, and it says so without.
        if let Some(seconds) = options.max_age.or(asked_anew.then_some(0)) {
            request = request.add_extra_param("max_age", seconds.to_string());
        }
        let (authorization_url, _) = request.url();
        Ok(Started { authorization_url, pending })
    }
}

/// The oldest `auth_time` the answer may carry, when one was asked.
fn authenticated_since(options: StartOptions, now: Timestamp) -> Option<Timestamp> {
    let oldest = match (options.prompt_login, options.max_age) {
        (true, _) => SignedDuration::ZERO,
        (false, Some(seconds)) => SignedDuration::from_secs(i64::from(seconds)),
        (false, None) => return None,
    };
    Some(now.checked_sub(oldest).unwrap_or(Timestamp::UNIX_EPOCH))
}
