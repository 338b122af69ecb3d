//! Sessions that an identity provider opened live no longer than the provider's own, and may hold a token of it: who sees to that is asked here.

use async_trait::async_trait;
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};

use super::{EndCause, Session, StoreError};

/// An access token with less than this left is not handed out (decision 42).
pub const TOO_SHORT: SignedDuration = SignedDuration::from_secs(10);

/// What a caller wants of a session's provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// The provider's session stays awake, and its end is noticed. Nobody waits.
    Alive,
    /// A token that has more than half of its life before it. Nobody waits.
    Ahead,
    /// A token that is good for a moment at least; a request waits for it.
    Now,
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Kept {
    /// There is nothing to keep: no grant, or none that could be renewed and nothing left of it.
    Nothing,
    /// The grant as it is now, renewed or not.
    Held {
        /// When [`Wish::Alive`] is due again; `None` when nothing renews it.
        next: Option<Timestamp>,
        /// The token, if it is good for a moment.
        token: Option<ProviderToken>,
    },
    /// Not now: the provider is away, or somebody else is asking it.
    Later,
    /// The provider's session is over, and ours with it.
    Over(EndCause),
}

/// An access token of a person at the provider that signed them in, as a header's value. It never prints.
#[derive(Debug, Clone)]
pub struct ProviderToken {
    /// The token, marked as sensitive.
    pub value: HeaderValue,
    /// From when a new one is fetched ahead.
    pub half: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl ProviderToken {
    /// Whether it is worth being sent at `now`.
    #[must_use]
    pub fn is_good(&self, now: Timestamp) -> bool {
        now + TOO_SHORT <= self.expires_at
    }
}

/// Who holds what providers gave, and renews it: once per session, however many requests, tabs and processes ask.
#[async_trait]
pub trait ProviderKeeper: Send + Sync + std::fmt::Debug {
    /// Sees to a wish for this session.
    ///
    /// # Errors
    /// When the store did not answer; a provider that does not answer is [`Kept::Later`].
    async fn keep(&self, session: &Session, wish: Wish) -> Result<Kept, StoreError>;
}
