//! Sign-out at the provider, through the browser: only that ends its single sign-on session.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use super::RelyingParty;
use super::breaker::Standing;

/// How long somebody who signs out waits to learn whether the provider answers.
const PATIENCE: Duration = Duration::from_secs(2);

impl RelyingParty {
    /// Where the browser goes to end the provider's session; `None` when the provider has no such address or is not known.
    ///
    /// `id_token`: the one the session was opened with; without it our client id is named and the provider asks for a
    /// confirmation. `post_logout_redirect_uri` must be registered at the provider. `state` comes back to it, or not.
    #[must_use]
    pub fn end_session_url(
        &self,
        id_token: Option<&str>,
        post_logout_redirect_uri: &str,
        state: Option<&str>,
    ) -> Option<Url> {
        let mut address = self.discovery.last()?.metadata.end_session.clone()?;
        {
            let mut query = address.query_pairs_mut();
            match id_token {
                Some(id_token) => query.append_pair("id_token_hint", id_token),
                None => query.append_pair("client_id", &self.client_id),
            };
            query.append_pair("post_logout_redirect_uri", post_logout_redirect_uri);
            if let Some(state) = state {
                query.append_pair("state", state);
            }
        }
        Some(address)
    }

    /// Whether a browser that is sent there may expect an answer, asked without a word about anybody: whoever has just signed out
    /// here should read what may remain open, not the browser's own page about a server that cannot be reached.
    ///
    /// An address on a host that we call for nothing else is not asked, since a firewall may keep us from it and not the browser.
    /// What comes of it says nothing of the provider's health: no sign-in may suffer from its sign-out page.
    pub async fn end_session_answers(&self, now: Timestamp) -> bool {
        if self.caller.standing(now) == Standing::Resting {
            return false;
        }
        let Some(snapshot) = self.discovery.last() else { return false };
        let metadata = &snapshot.metadata;
        let Some(address) = &metadata.end_session else { return false };
        if ![&metadata.token, &metadata.jwks].iter().any(|called| called.origin() == address.origin()) {
            return true;
        }
        tokio::time::timeout(PATIENCE, self.caller.is_up(address.as_str())).await.unwrap_or(false)
    }
}
