//! Freezing an activation from the notice sent to a contact that import knew (screen 3.10). Only the help desk undoes it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::account::{Account, State};
use crate::identity::AccountId;
use crate::observe::Fact;
use crate::session::EndCause;

use super::super::local::Browser;
use super::super::{Login, LoginError};

/// What the link holds, sealed.
#[derive(Debug, Serialize, Deserialize)]
struct Token {
    account: AccountId,
    expires_at: Timestamp,
}

const PURPOSE: &str = "freeze";
const LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 7);

impl Login {
    /// The token of a freeze link, good for seven days.
    pub(in crate::login) fn freeze_token(&self, account: &Account) -> Result<String, LoginError> {
        let token = Token { account: account.id, expires_at: self.now() + LIFETIME };
        Ok(self.sealer.seal(PURPOSE, &serde_json::to_vec(&token)?, &*self.entropy)?)
    }

    /// Whether a link can still freeze; opening it changes nothing.
    pub async fn may_freeze(&self, token: &str) -> Result<bool, LoginError> {
        Ok(self.freezable(token).await?.is_some())
    }

    /// Freezes: sessions end, nobody goes on with the activation. `false` when the link can no longer serve.
    pub async fn freeze(&self, token: &str, browser: Browser<'_>) -> Result<bool, LoginError> {
        let Some(id) = self.freezable(token).await? else { return Ok(false) };
        let now = self.now();
        let changed = self
            .change(id, |account, facts| {
                if account.state == State::Active || account.frozen {
                    return false;
                }
                account.frozen = true;
                account.epoch += 1;
                facts.push(browser.origin.event(now, Fact::ActivationFrozen, Some(account.id)));
                true
            })
            .await?;
        self.sessions.end_all(id, None, EndCause::Revoked).await?;
        Ok(matches!(changed, Some((_, true))))
    }

    async fn freezable(&self, token: &str) -> Result<Option<AccountId>, LoginError> {
        let Ok(plain) = self.sealer.open(PURPOSE, token) else { return Ok(None) };
        let Ok(token) = serde_json::from_slice::<Token>(&plain) else { return Ok(None) };
        if self.now() >= token.expires_at {
            return Ok(None);
        }
        let account = self.directory.account(token.account).await?;
        Ok(account.filter(|account| account.state != State::Active && !account.frozen).map(|account| account.id))
    }
}
