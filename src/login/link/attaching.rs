//! The write that links, once both sides are proven; what refuses it, and who else is told.

use jiff::Timestamp;

use crate::account::{Account, Source, State};
use crate::activation::{Journey, Step};
use crate::identity::AccountId;
use crate::notify::Message;
use crate::observe::Fact;
use crate::observe::audit::Origin;
use crate::session::EndCause;

use super::super::journey::forms;
use super::super::local::Browser;
use super::super::provider::{ArrivedIdentity, link_to};
use super::super::{Login, LoginError};

/// An account and an identity, each proven by the same person.
#[derive(Debug, Clone, Copy)]
pub(in crate::login) struct BothSides<'a> {
    /// Which account.
    pub(in crate::login) account: AccountId,
    /// Its epoch when its side was proven; a higher one by now proves nothing.
    pub(in crate::login) epoch: i64,
    /// Nothing but its password and a code by e-mail proved its side: no more than its mailbox, where that reset the password.
    pub(in crate::login) by_mailbox: bool,
    /// Who the provider proved.
    pub(in crate::login) identity: &'a ArrivedIdentity,
    /// When the provider's proof came in.
    pub(in crate::login) at: Timestamp,
}

/// What became of it.
#[derive(Debug)]
pub(in crate::login) enum Attached {
    /// Linked, now or by an earlier press.
    Linked(Box<Account>),
    /// The two do not go together, or the identity is another account's; why stands in the audit log only.
    Conflict,
    /// One of the proofs is worth nothing any more.
    Gone,
}

impl Login {
    /// Links in one write with its facts; then everybody concerned is told.
    pub(in crate::login) async fn attach(
        &self,
        both: BothSides<'_>,
        browser: Browser<'_>,
    ) -> Result<Attached, LoginError> {
        let (now, identity) = (self.now(), both.identity);
        if self.is_burnt(identity, both.at).await? {
            return Ok(Attached::Gone);
        }
        let judged = |account: &Account| {
            if account.epoch == both.epoch { may_link(account, &both, now) } else { Err("overtaken") }
        };
        let changed = self
            .change(both.account, |account, facts| match judged(account) {
                Ok(Already::No) => {
                    link_to(account, identity, now);
                    if account.state != State::Active {
                        account.journey = Some(Journey::Psc);
                        account.state = State::Activating;
                        // Whoever else knew the former password is out, with what they had typed (attack A08).
                        account.epoch += 1;
                        account.devices.clear();
                        account.drafts.remove(forms::CONTACTS);
                        facts.push(browser.origin.event(now, Fact::SessionsEnded, Some(account.id)));
                    }
                    facts.push(browser.origin.event(now, Fact::LinkCreated, Some(account.id)));
                    Ok(Already::No)
                }
                Ok(Already::Yes) => Ok(Already::Yes),
                Err(cause) => {
                    let event = browser.origin.event(now, Fact::LinkRefused, Some(account.id));
                    facts.push(event.with("cause", cause));
                    Err(cause)
                }
            })
            .await;
        let (account, linked) = match changed {
            Ok(Some(changed)) => changed,
            Ok(None) => return Ok(Attached::Gone),
            Err(LoginError::Taken(_)) => {
                let event = browser.origin.event(now, Fact::LinkRefused, Some(both.account));
                self.directory.record(&[event.with("cause", "linked-elsewhere")]).await?;
                return Ok(Attached::Conflict);
            }
            Err(error) => return Err(error),
        };
        let Ok(already) = linked else { return Ok(Attached::Conflict) };
        if already == Already::No {
            if account.state != State::Active {
                self.sessions.end_all(account.id, None, EndCause::Revoked).await?;
            }
            self.tell_everywhere(&account, &Message::LinkMade { by: self.proven_by(identity) });
            self.demote_others(&account, browser.origin).await?;
        }
        Ok(Attached::Linked(Box::new(account)))
    }

    /// Every other account that only declared this RPPS loses it, and its holder is asked to check (decision 7).
    pub(in crate::login) async fn demote_others(&self, holder: &Account, origin: &Origin) -> Result<(), LoginError> {
        let Some(rpps) = holder.rpps.clone().filter(|rpps| rpps.source == Source::Psc) else { return Ok(()) };
        let now = self.now();
        for other in self.directory.by_rpps(&rpps.value).await? {
            if other.id == holder.id {
                continue;
            }
            let changed = self
                .change(other.id, |account, facts| {
                    let declared = account
                        .rpps
                        .as_ref()
                        .is_some_and(|held| held.source == Source::Declared && held.value == rpps.value);
                    if declared {
                        account.rpps = None;
                        if account.state != State::Active {
                            account.steps.reopen(Step::Details);
                        }
                        facts.push(origin.event(now, Fact::RppsDemoted, Some(account.id)));
                    }
                    declared
                })
                .await?;
            if let Some((account, true)) = changed
                && let Some(email) = &account.contact_email
            {
                self.tell(email.value.clone(), &Message::RppsToCheck);
            }
        }
        Ok(())
    }
}

/// Whether the account was linked to this very identity before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Already {
    Yes,
    No,
}

/// Whether an account may be linked to an identity; the cause is for the audit log only.
pub(super) fn may_link(account: &Account, both: &BothSides<'_>, now: Timestamp) -> Result<Already, &'static str> {
    let identity = both.identity;
    if let Some(link) = account.link(&identity.proven.identity_provider) {
        return if link.national_id == identity.proven.identifier.as_str() {
            Ok(Already::Yes)
        } else {
            Err("linked-to-another")
        };
    }
    if account.state == State::Disabled || account.frozen {
        return Err("closed");
    }
    let held = account.rpps.as_ref().filter(|rpps| rpps.source != Source::Declared).map(|rpps| &rpps.value);
    let same = held.is_some() && held == identity.proven.rpps.as_ref();
    // A provider that knows nobody's national identifier contradicts none.
    if held.is_some() && !same && identity.proven.identifier.national().is_some() {
        return Err("other-rpps");
    }
    // Whoever reads somebody's mail may not bring an identity of their own; who holds the number that the account holds is its owner.
    if both.by_mailbox && !same && account.mailbox_until.is_some_and(|until| now < until) {
        return Err("mailbox");
    }
    Ok(Already::No)
}
