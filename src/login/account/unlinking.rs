//! Taking one's own link to an identity provider away. The last way in stays.

use crate::account::Spared;
use crate::notify::Message;
use crate::observe::Fact;
use crate::session::{EndCause, SessionToken};

use super::super::journey::Signed;
use super::super::link::{burn_proofs, take_link};
use super::super::{Login, LoginError};
use super::may_change;

/// What comes after the form.
#[derive(Debug)]
pub enum AfterUnlink {
    /// Taken away; this session, which the provider did not open, goes on under a new token.
    Done(Option<SessionToken>),
    /// Taken away, and this session with it: it was the provider's.
    SignedOut,
    /// Nobody could sign in any more (attack L08).
    LastWayIn,
    /// More must be proven first.
    Confirm,
    /// There is no such link any more, or the account changed meanwhile.
    Gone,
}

/// What the write found.
enum Found {
    Taken,
    LastWayIn,
    Gone,
}

impl Login {
    /// Takes the link to a provider away: every other session ends, and proofs of its identity that wait are worth nothing any more.
    pub async fn unlink_own(&self, signed: Signed<'_>, provider: &str) -> Result<AfterUnlink, LoginError> {
        let id = signed.session.account;
        let Some(account) = self.directory.account(id).await? else { return Ok(AfterUnlink::Gone) };
        if !self.may_change_ways_in(signed.session, &account) {
            return Ok(AfterUnlink::Confirm);
        }
        let Some(link) = account.link(provider) else { return Ok(AfterUnlink::Gone) };
        if !self.has_other_way_in(&account, provider) {
            return Ok(AfterUnlink::LastWayIn);
        }
        let now = self.now();
        let browser = signed.browser;
        // What the provider opened does not outlive the link.
        let stays = signed.session.identity_provider != provider;
        burn_proofs(&*self.store, &self.sealer, link, now).await?;
        let changed = self
            .change(id, |account, facts| {
                if !may_change(account, signed.session) {
                    return Found::Gone;
                }
                if !self.has_other_way_in(account, provider) {
                    return Found::LastWayIn;
                }
                if take_link(account, provider).is_none() {
                    return Found::Gone;
                }
                let epoch = account.epoch;
                account.spared = stays.then(|| Spared { sid: signed.session.sid.clone(), epoch });
                let fact = browser.origin.event(now, Fact::LinkRemoved, Some(account.id));
                facts.push(fact.with("provider", provider).with("by", "person"));
                facts.push(browser.origin.event(now, Fact::SessionsEnded, Some(account.id)));
                Found::Taken
            })
            .await?;
        let account = match changed {
            Some((account, Found::Taken)) => account,
            Some((_, Found::LastWayIn)) => return Ok(AfterUnlink::LastWayIn),
            Some((_, Found::Gone)) | None => return Ok(AfterUnlink::Gone),
        };
        self.drop_link_proof(signed, provider).await?;
        if !stays {
            self.sessions.end(signed.key, EndCause::SignedOut).await?;
        }
        self.sessions.end_all(id, stays.then_some(signed.key), EndCause::Revoked).await?;
        let (provider, left) = (self.label(provider).to_owned(), self.ways_without(&account, provider));
        self.tell_everywhere(&account, &Message::LinkRemoved { provider, left });
        if !stays {
            return Ok(AfterUnlink::SignedOut);
        }
        let token = SessionToken::draw(&*self.entropy);
        let renewed = self.sessions.renew_as(signed.key, &token, |session| session.epoch = account.epoch).await?;
        Ok(AfterUnlink::Done(renewed.map(|_| token)))
    }
}
