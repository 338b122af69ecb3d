//! Use keeps a provider's session awake, in the background; a route that forwards the provider's token gets one that lasts (decision 42).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::session::keeping::{Kept, ProviderToken, Wish};
use crate::session::{StoreError, Visitor};

use super::Sessions;

/// Asked for again this long after an attempt that nobody has finished, or that came to nothing.
pub(super) const AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// The same of a token that is to be fetched ahead: its life is short.
pub(super) const AGAIN_AHEAD: SignedDuration = SignedDuration::from_secs(5);

/// A token for a route that forwards it.
#[derive(Debug, Clone)]
pub enum Forwarded {
    /// The session has none: local, or of a provider that gave none that lasts.
    None,
    /// This one.
    Token(ProviderToken),
    /// There should be one, and the provider cannot be asked.
    Away,
    /// The provider's session is over, and ours with it.
    Over,
}

impl Sessions {
    /// A request was seen: what the provider gave is renewed when that is due.
    pub(super) fn keep_alive(&self, visitor: &Arc<Visitor>, now: Timestamp) {
        if visitor.claim_keeping(now, AGAIN) {
            self.keep_behind(visitor, Wish::Alive);
        }
    }

    /// The access token that the provider of this session gave, for a route that forwards it. Memory answers while it is fresh; it is
    /// renewed ahead of its end, and waited for only where next to nothing is left of it.
    ///
    /// # Errors
    /// When the store had to be asked and did not answer.
    pub async fn provider_token(&self, visitor: &Arc<Visitor>) -> Result<Forwarded, StoreError> {
        if !visitor.session().granted {
            return Ok(Forwarded::None);
        }
        let now = self.inner.clock.now();
        if let Some(token) = visitor.provider_token().filter(|token| token.is_good(now)) {
            if token.half <= now && visitor.claim_ahead(now, AGAIN_AHEAD) {
                self.keep_behind(visitor, Wish::Ahead);
            }
            return Ok(Forwarded::Token(token));
        }
        Box::pin(self.kept(visitor, Wish::Now)).await
    }

    fn keep_behind(&self, visitor: &Arc<Visitor>, wish: Wish) {
        let (sessions, visitor) = (self.clone(), Arc::clone(visitor));
        tokio::spawn(async move {
            if let Err(error) = sessions.kept(&visitor, wish).await {
                let cause: &dyn std::error::Error = error.0.as_ref();
                tracing::warn!(%error, cause, "what an identity provider gave could not be renewed");
            }
        });
    }

    async fn kept(&self, visitor: &Arc<Visitor>, wish: Wish) -> Result<Forwarded, StoreError> {
        let Some(keeper) = &self.inner.keeper else { return Ok(Forwarded::None) };
        match keeper.keep(visitor.session(), wish).await? {
            Kept::Nothing => {
                visitor.note_kept(None, None);
                Ok(Forwarded::None)
            }
            Kept::Held { next, token } => {
                visitor.note_kept(next, token.clone());
                Ok(token.map_or(Forwarded::None, Forwarded::Token))
            }
            Kept::Later => Ok(Forwarded::Away),
            Kept::Over(cause) => {
                self.inner.end_by_itself(visitor.key(), visitor.session(), cause, self.inner.clock.now()).await?;
                Ok(Forwarded::Over)
            }
        }
    }
}
