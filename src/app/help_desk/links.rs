//! Removing a link to an identity provider, and moving it to another account of the same person (decision 49).

use jiff::Timestamp;

use crate::account::{Account, Journey, Link, SaveError, Source, SourcedRpps, State};
use crate::identity::{AccountId, NationalId};
use crate::login::link::{burn_proofs, take_link};
use crate::observe::{AuditEvent, Fact};

use super::{Done, HelpDesk, HelpDeskError, RETRIES, Refused, has_way_in};

const NOT_MAILED: &str = "the person is not mailed of this, tell them";
const LOCKED_OUT: &str = "nobody can sign in to the account that lost the link: it has no password and no other link";

impl HelpDesk {
    /// Removes the link to a provider; sessions end. What only that provider vouched for is no longer said of the person.
    ///
    /// # Errors
    /// When one account does not answer to `who`, it is not linked, or a store is away.
    pub async fn unlink(&self, who: &str, provider: &str) -> Result<Done, HelpDeskError> {
        let who = self.one(who).await?;
        let id = who.id;
        if let Some(link) = who.link(provider) {
            burn_proofs(&*self.store, &self.sealer, link, self.now()).await?;
        }
        let (account, changed) = self
            .change(id, |account| {
                taken(account, provider)?;
                Ok(vec![self.fact(Fact::LinkRemoved, Some(id)).with("provider", provider)])
            })
            .await?;
        let locked_out = !has_way_in(&account);
        let mut done = self.done_with_sessions((account, changed)).await?;
        done.remarks.push(NOT_MAILED);
        done.remarks.extend(locked_out.then_some(LOCKED_OUT));
        Ok(done)
    }

    /// Moves the link from one account to another, in one transaction; sessions of both end. Answers with the account that gained it.
    ///
    /// # Errors
    /// When a name does not give one account, the link cannot move there, or a store is away.
    pub async fn move_link(&self, from: &str, to: &str, provider: &str) -> Result<Done, HelpDeskError> {
        let (from, to) = (self.one(from).await?.id, self.one(to).await?.id);
        if from == to {
            return Err(Refused::SameAccount.into());
        }
        for _ in 0..RETRIES {
            let (mut loser, mut winner) = (self.read(from).await?, self.read(to).await?);
            let now = self.now();
            let link = taken(&mut loser, provider)?;
            give_link(&mut winner, link, now)?;
            (loser.updated_at, winner.updated_at) = (now, now);
            let changes =
                [(loser, vec![self.moved(provider, from, "lost")]), (winner, vec![self.moved(provider, to, "gained")])];
            match self.directory.save_all(&changes).await {
                Ok(stored) => return self.moved_done(&stored).await,
                Err(SaveError::Changed) => {}
                Err(SaveError::Directory(error)) => return Err(error.into()),
                Err(error) => return Err(HelpDeskError::Save(error)),
            }
        }
        Err(HelpDeskError::Contended)
    }

    fn moved(&self, provider: &str, id: AccountId, role: &str) -> AuditEvent {
        self.fact(Fact::LinkMoved, Some(id)).with("provider", provider).with("link", role)
    }

    async fn moved_done(&self, stored: &[Account]) -> Result<Done, HelpDeskError> {
        let [loser, winner] = stored else { return Err(HelpDeskError::Contended) };
        let mut sessions_ended = 0;
        for account in [loser, winner] {
            sessions_ended += self.end_sessions(account.id).await?;
        }
        let mut done = Done { sessions_ended, ..Done::of(winner, true) };
        done.remarks.push(NOT_MAILED);
        done.remarks.extend((!has_way_in(loser)).then_some(LOCKED_OUT));
        Ok(done)
    }
}

/// Takes the link away with what only it proved.
fn taken(account: &mut Account, provider: &str) -> Result<Link, Refused> {
    take_link(account, provider).ok_or(Refused::NotLinked)
}

/// As a proven linking does: the same contradictions refuse it, and the identity's RPPS is the account's.
fn give_link(account: &mut Account, link: Link, now: Timestamp) -> Result<(), Refused> {
    if account.state == State::Disabled {
        return Err(Refused::Disabled);
    }
    if account.frozen {
        return Err(Refused::Frozen);
    }
    if account.link(&link.identity_provider).is_some() {
        return Err(Refused::AlreadyLinked);
    }
    let proven = link.rpps.clone().or_else(|| NationalId::parse(&link.national_id).ok().and_then(|id| id.rpps()));
    let held = account.rpps.as_ref().filter(|held| held.source != Source::Declared);
    if held.is_some_and(|held| proven.as_ref() != Some(&held.value)) {
        return Err(Refused::OtherRpps);
    }
    if let Some(value) = proven.clone() {
        account.keep_imported_rpps();
        account.rpps = Some(SourcedRpps { value, source: Source::Psc });
    }
    if account.state != State::Active {
        account.state = State::Activating;
        account.journey = Some(Journey::Psc);
    }
    account.links.push(Link { linked_at: now, rpps: proven, ..link });
    account.epoch += 1;
    Ok(())
}
