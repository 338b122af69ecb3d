//! Acts on an account as a whole: unlock, unfreeze, close and open, end sessions.

use crate::account::State;
use crate::account::columns::state_name;
use crate::login::budget::counters_of;
use crate::observe::Fact;

use super::{Done, HelpDesk, HelpDeskError};

impl HelpDesk {
    /// Forgets the failed passwords and codes of an account, and of every browser it knows. Budgets of networks stay.
    ///
    /// # Errors
    /// When one account does not answer to `who`, or a store is away.
    pub async fn unlock(&self, who: &str) -> Result<Done, HelpDeskError> {
        let account = self.one(who).await?;
        for counter in counters_of(&account, &self.sealer) {
            self.store.reset(&counter).await?;
        }
        self.directory.record(&[self.fact(Fact::AccountUnlocked, Some(account.id))]).await?;
        Ok(Done::of(&account, true))
    }

    /// Lets a frozen activation go on.
    ///
    /// # Errors
    /// When one account does not answer to `who`, or the directory is away.
    pub async fn unfreeze(&self, who: &str) -> Result<Done, HelpDeskError> {
        let id = self.one(who).await?.id;
        let (account, changed) = self
            .change(id, |account| {
                if !account.frozen {
                    return Ok(Vec::new());
                }
                account.frozen = false;
                Ok(vec![self.fact(Fact::ActivationUnfrozen, Some(id))])
            })
            .await?;
        Ok(Done::of(&account, changed))
    }

    /// Closes an account: nobody signs in to it, and its sessions end.
    ///
    /// # Errors
    /// When one account does not answer to `who`, or a store is away.
    pub async fn disable(&self, who: &str) -> Result<Done, HelpDeskError> {
        let id = self.one(who).await?.id;
        let changed = self
            .change(id, |account| {
                if account.state == State::Disabled {
                    return Ok(Vec::new());
                }
                let from = account.state;
                account.closed_from = Some(from);
                account.state = State::Disabled;
                account.epoch += 1;
                Ok(vec![self.fact(Fact::AccountDisabled, Some(id)).with("from", state_name(from))])
            })
            .await?;
        self.done_with_sessions(changed).await
    }

    /// Opens a closed account again, where it stood.
    ///
    /// # Errors
    /// When one account does not answer to `who`, or the directory is away.
    pub async fn enable(&self, who: &str) -> Result<Done, HelpDeskError> {
        let id = self.one(who).await?.id;
        let (account, changed) = self
            .change(id, |account| {
                if account.state != State::Disabled {
                    return Ok(Vec::new());
                }
                let begun = if account.journey.is_some() { State::Activating } else { State::Imported };
                account.state = account.closed_from.take().unwrap_or(begun);
                Ok(vec![self.fact(Fact::AccountEnabled, Some(id)).with("to", state_name(account.state))])
            })
            .await?;
        Ok(Done::of(&account, changed))
    }

    /// Ends every session of an account, everywhere.
    ///
    /// # Errors
    /// When one account does not answer to `who`, or a store is away.
    pub async fn revoke_sessions(&self, who: &str) -> Result<Done, HelpDeskError> {
        let id = self.one(who).await?.id;
        let changed = self
            .change(id, |account| {
                account.epoch += 1;
                Ok(vec![self.fact(Fact::SessionsEnded, Some(id))])
            })
            .await?;
        self.done_with_sessions(changed).await
    }
}
