//! What a provider gives beside an identity: the ID token that sign-out names, an access token for two minutes, a refresh token.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use openidconnect::{AccessToken, OAuth2TokenResponse as _};
use serde::{Deserialize, Serialize};

use super::exchange::Answer;
use super::http::Outage;

/// Life of an access token whose provider does not say it (RFC 6749 5.1 recommends it): that of Pro Santé Connect.
const UNSAID: SignedDuration = SignedDuration::from_mins(2);
/// Longest life believed.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);
/// Longest access or refresh token (bytes).
const LONGEST_TOKEN: usize = 16 * 1024;

/// Tokens of one person at one provider. They are as good as the person: sealed wherever they rest, and never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    id_token: String,
    access_token: String,
    refresh_token: Option<String>,
    obtained_at: Timestamp,
    access_expires_at: Timestamp,
    refresh_expires_at: Option<Timestamp>,
}

impl Grant {
    /// What a token answer gives at `now`. What is missing is taken from `former`: a provider that does not rotate gives no new
    /// refresh token (RFC 6749 6), and none owes a new ID token (OpenID Connect Core 12.2).
    pub(super) fn of(answer: &Answer, former: Option<&Self>, now: Timestamp) -> Result<Self, Outage> {
        let extra = answer.extra_fields();
        let id_token = extra.id_token.clone().or_else(|| former.map(|former| former.id_token.clone()));
        let refresh_token = answer.refresh_token().map(|token| token.secret().clone());
        let renewed = refresh_token.is_some();
        let refresh_token = refresh_token.or_else(|| former?.refresh_token.clone());
        let access_token = answer.access_token().secret().clone();
        let longest = refresh_token.as_ref().map_or(0, String::len).max(access_token.len());
        if longest > LONGEST_TOKEN {
            return Err(Outage::Nonsense("a token that is too long to keep"));
        }
        let life = answer.expires_in().map_or(UNSAID, |life| SignedDuration::try_from(life).unwrap_or(LONGEST));
        let refresh_life = extra.refresh_life().map(|life| life.min(LONGEST));
        let refresh_expires_at = match refresh_life {
            Some(life) => Some(now + life),
            None if renewed => None,
            None => former.and_then(|former| former.refresh_expires_at),
        };
        Ok(Self {
            id_token: id_token.ok_or(Outage::Nonsense("a token answer without ID token"))?,
            access_token,
            refresh_token,
            obtained_at: now,
            access_expires_at: now + life.min(LONGEST),
            refresh_expires_at,
        })
    }

    /// For sign-out at the provider only.
    #[must_use]
    pub fn id_token(&self) -> &str {
        &self.id_token
    }

    /// For a portal that calls the provider's other services in the person's name.
    #[must_use]
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// When the provider gave it.
    #[must_use]
    pub fn obtained_at(&self) -> Timestamp {
        self.obtained_at
    }

    /// Until when the access token is good.
    #[must_use]
    pub fn access_expires_at(&self) -> Timestamp {
        self.access_expires_at
    }

    /// Whether it can be renewed at all.
    #[must_use]
    pub fn is_renewable(&self) -> bool {
        self.refresh_token.is_some()
    }

    /// Whether the provider said that nothing renews it any more at `now`.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.refresh_expires_at.is_some_and(|end| end <= now)
    }

    pub(super) fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_deref()
    }

    pub(super) fn bearer(&self) -> AccessToken {
        AccessToken::new(self.access_token.clone())
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").field("obtained_at", &self.obtained_at).finish_non_exhaustive()
    }
}
