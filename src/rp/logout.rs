//! Sign-out at the provider, through the browser: only that ends its single sign-on session.

use url::Url;

use super::RelyingParty;

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
}
