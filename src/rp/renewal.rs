//! Renewal of what a provider gave (OpenID Connect Core 12): it keeps the provider's session from falling asleep, and tells when it is over.

use jiff::Timestamp;
use openidconnect::RefreshToken;

use crate::entropy::Entropy;

use super::callback::{CallbackError, Fault};
use super::grant::Grant;
use super::http::Outage;
use super::id_token::{self, Expected, NonceRule, Opened, Purpose, Refusal};
use super::{RelyingParty, exchange};

/// Why there is no new grant.
#[derive(Debug, thiserror::Error)]
pub enum RenewalError {
    /// The provider's session is over, or what it renews is not this person's any more: ours ends with it (attack C22).
    #[error("the provider's session is over")]
    Over(#[source] Option<Refusal>),
    /// The provider cannot be asked now: nothing is known, and what is held stays as good as it was.
    #[error("the provider is not available")]
    Away(#[from] Outage),
    /// Our registration and the provider's do not agree: an operator must act.
    #[error("the provider does not accept our registration: {0}")]
    Misconfigured(Fault),
}

impl RelyingParty {
    /// Trades a refresh token for new tokens, once: a rotated one that was sent is used up, whether an answer came or not.
    /// The caller sees to it that one grant is renewed by one caller at a time.
    ///
    /// # Errors
    /// See [`RenewalError`].
    pub async fn renew(&self, held: &Grant, entropy: &dyn Entropy, now: Timestamp) -> Result<Grant, RenewalError> {
        let Some(refresh_token) = held.refresh_token() else { return Err(RenewalError::Over(None)) };
        let mut snapshot = self.discovery.known(now).await?;
        let client = exchange::client(self, &snapshot.metadata, &self.redirect_uri)?;
        let token = RefreshToken::new(refresh_token.to_owned());
        let mut request = client.exchange_refresh_token(&token);
        for (name, value) in exchange::proof(self, entropy, now)? {
            request = request.add_extra_param(name, value);
        }
        let answer = request.request_async(&self.caller.once(now)).await.map_err(refused)?;
        exchange::is_bearer(&answer)?;
        let said = answer.extra_fields().id_token.is_some();
        let grant = Grant::of(&answer, Some(held), now)?;
        if !said {
            return Ok(grant);
        }
        let former = Opened::open(held.id_token(), &self.algorithms, Purpose::SignIn)?;
        let opened = Opened::open(grant.id_token(), &self.algorithms, Purpose::SignIn)?;
        if !snapshot.keys.knows(opened.key_id()) {
            snapshot = self.discovery.refetch_keys(&snapshot, now).await;
        }
        let expected = Expected {
            issuer: &self.issuer,
            client_id: &self.client_id,
            nonce: NonceRule::Unchanged(former.nonce()),
            access_token: &grant.bearer(),
            levels: &self.levels,
            authenticated_since: None,
        };
        let believed = opened.believe(&snapshot.keys, &expected, now)?;
        if former.subject().is_none_or(|subject| !id_token::same(subject, &believed.subject)) {
            return Err(Refusal::Subject.into());
        }
        Ok(grant)
    }
}

impl From<Refusal> for RenewalError {
    fn from(refusal: Refusal) -> Self {
        Self::Over(Some(refusal))
    }
}

fn refused(error: exchange::Failure) -> RenewalError {
    match exchange::refused(error) {
        CallbackError::Misconfigured(fault) => RenewalError::Misconfigured(fault),
        CallbackError::Unavailable(outage) => RenewalError::Away(outage),
        CallbackError::Refused(refusal) => refusal.into(),
        // `invalid_grant`: expired, revoked, used, or its session ended.
        CallbackError::Restart
        | CallbackError::Malformed
        | CallbackError::StateMismatch(_)
        | CallbackError::Expired
        | CallbackError::Cancelled => RenewalError::Over(None),
    }
}
