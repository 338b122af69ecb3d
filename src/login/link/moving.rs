//! Moving a link from the account that a provider made to an older one of the same person: who went on without linking at their first sign-in
//! links later, from "Mon compte" (decisions 7 and 49, screens.md 5.6). The session proves the older account's side; of the other side
//! the provider's proof is all, since nothing else ever opened it. An account with any other way in is moved by the help desk.

use crate::account::{Account, SaveError, Spared, State};
use crate::notify::Message;
use crate::observe::Fact;
use crate::session::{EndCause, SessionToken};

use super::super::journey::Signed;
use super::super::provider::{ArrivedIdentity, link_to};
use super::super::{Login, LoginError, RETRIES};
use super::attaching::{Already, BothSides, may_link};
use super::{burn_proofs, take_link};

/// What became of it.
#[derive(Debug)]
pub(in crate::login) enum Moved {
    /// Moved; the session that asked goes on under a new token, `None` if it ended meanwhile.
    Done(Option<SessionToken>),
    /// The two do not go together; why stands in the audit log only.
    Conflict,
    /// There is nothing to move, or one of the proofs is worth nothing any more.
    Gone,
}

impl Login {
    /// Whether linking this account to the identity would close the one that the provider made for it.
    pub async fn would_move(&self, account: &Account, identity: &ArrivedIdentity) -> Result<bool, LoginError> {
        Ok(self.to_empty(account, identity).await?.is_some())
    }

    async fn to_empty(&self, account: &Account, identity: &ArrivedIdentity) -> Result<Option<Account>, LoginError> {
        let proven = &identity.proven;
        let other = self.directory.by_link(&proven.identity_provider, proven.identifier.as_str()).await?;
        // No local account begins here: an older one was imported.
        Ok(other.filter(|other| account.legacy_id.is_some() && other.id != account.id && is_the_provider_s(other)))
    }

    /// Moves the link in one write with its facts: the emptied account is closed, the sessions of both end but the one that asked.
    pub(in crate::login) async fn move_link(
        &self,
        both: BothSides<'_>,
        signed: Signed<'_>,
    ) -> Result<Moved, LoginError> {
        let (now, origin, provider) = (self.now(), signed.browser.origin, &both.identity.proven.identity_provider);
        if self.is_burnt(both.identity, both.at).await? {
            return Ok(Moved::Gone);
        }
        for _ in 0..RETRIES {
            let Some(mut winner) = self.directory.account(both.account).await? else { return Ok(Moved::Gone) };
            if winner.epoch != both.epoch {
                return Ok(Moved::Gone);
            }
            match may_link(&winner, &both, now) {
                Ok(Already::No) => {}
                Ok(Already::Yes) => return Ok(Moved::Gone),
                Err(cause) => {
                    let event = origin.event(now, Fact::LinkRefused, Some(winner.id));
                    self.directory.record(&[event.with("cause", cause)]).await?;
                    return Ok(Moved::Conflict);
                }
            }
            let Some(mut loser) = self.to_empty(&winner, both.identity).await? else { return Ok(Moved::Gone) };
            let Some(link) = take_link(&mut loser, provider) else { return Ok(Moved::Gone) };
            burn_proofs(&*self.store, &self.sealer, &link, now).await?;
            // The number goes with the link: its holder is asked nothing about a copy that is theirs.
            loser.rpps = None;
            loser.closed_from = Some(loser.state);
            loser.state = State::Disabled;
            link_to(&mut winner, both.identity, now);
            winner.epoch += 1;
            winner.spared = Some(Spared { sid: signed.session.sid.clone(), epoch: winner.epoch });
            (loser.updated_at, winner.updated_at) = (now, now);
            let moved = |account: &Account, role| {
                let event = origin.event(now, Fact::LinkMoved, Some(account.id));
                event.with("provider", provider.clone()).with("link", role).with("by", "person")
            };
            let closed = origin.event(now, Fact::AccountDisabled, Some(loser.id)).with("by", "person");
            let gained = vec![moved(&winner, "gained"), origin.event(now, Fact::SessionsEnded, Some(winner.id))];
            let changes = [(loser.clone(), vec![moved(&loser, "lost"), closed]), (winner, gained)];
            match self.directory.save_all(&changes).await {
                Ok(stored) => return self.moved(&stored, both.identity, signed).await,
                Err(SaveError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(LoginError::Contended)
    }

    /// What follows the write: sessions, and everybody concerned is told.
    async fn moved(
        &self,
        stored: &[Account],
        identity: &ArrivedIdentity,
        signed: Signed<'_>,
    ) -> Result<Moved, LoginError> {
        let [loser, winner] = stored else { return Err(LoginError::Contended) };
        for account in [loser, winner] {
            self.sessions.forget_account(account.id);
        }
        self.sessions.end_all(loser.id, None, EndCause::Revoked).await?;
        self.sessions.end_all(winner.id, Some(signed.key), EndCause::Revoked).await?;
        let by = self.proven_by(identity);
        self.tell_everywhere(loser, &Message::AccountClosed { provider: by.provider.clone() });
        self.tell_everywhere(winner, &Message::LinkMade { by });
        self.demote_others(winner, signed.browser.origin).await?;
        let token = SessionToken::draw(&*self.entropy);
        let renewed = self.sessions.renew_as(signed.key, &token, |session| session.epoch = winner.epoch).await?;
        Ok(Moved::Done(renewed.map(|_| token)))
    }
}

/// Whether a provider made the account, and its link is all that opens it.
fn is_the_provider_s(account: &Account) -> bool {
    let local = account.legacy_id.is_some()
        || account.sign_in_email.is_some()
        || account.password.is_some()
        || account.legacy_password.is_some();
    !local && account.links.len() == 1 && account.state != State::Disabled && !account.frozen
}
