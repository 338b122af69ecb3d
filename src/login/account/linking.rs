//! Linking one's own account to an identity provider, from inside a session: its age proves the account's side, the provider the other.
//!
//! What the provider proved waits fifteen minutes for the person to confirm whom they link. It belongs to the session that asked, is worth
//! nothing for any other, and is used up by its first use (attacks L02, L03, L05, L10).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::entropy::Draw as _;
use crate::identity::AccountId;
use crate::notify::Message;
use crate::observe::Fact;
use crate::session::SessionToken;

use super::super::flow::LIFETIME;
use super::super::journey::Signed;
use super::super::link::{Attached, BothSides, Moved};
use super::super::provider::{ArrivedIdentity, Attempt};
use super::super::{Login, LoginError};

/// An identity proven for an account's link, while the person looks at it.
#[derive(Debug, Serialize, Deserialize)]
pub struct LinkProof {
    /// What the form that confirms it must name.
    pub id: String,
    /// Who it is.
    pub identity: ArrivedIdentity,
    account: AccountId,
    at: Timestamp,
}

/// What the person was asked, and said yes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// That the identity opens the account.
    Link,
    /// The same, and that the account which it opened until now is closed.
    Move,
}

/// What comes after the person confirmed.
#[derive(Debug)]
pub enum AfterOwnLink {
    /// Linked.
    Linked,
    /// Linked, and the account that the provider had made is closed; this session goes on under a new token, `None` if it ended.
    Moved(Option<SessionToken>),
    /// The two do not go together, or the identity is another account's (5.8).
    Conflict,
    /// More must be proven of the account first; the proof waits.
    Confirm,
    /// There is no such proof any more.
    Gone,
}

impl Login {
    /// Keeps what the provider proved for the session that asked; a newer proof of the same provider takes an older one's place.
    pub(in crate::login) async fn keep_link_proof(
        &self,
        sid: &str,
        attempt: &Attempt,
        identity: ArrivedIdentity,
    ) -> Result<(), LoginError> {
        let Some(account) = attempt.account else { return Ok(()) };
        let now = self.now();
        let asking = Message::LinkRequested { by: self.proven_by(&identity) };
        let key = proof_key(sid, &identity.proven.identity_provider);
        let proof = LinkProof { id: self.entropy.token::<16>(), identity, account, at: now };
        self.set_record(&key, &serde_json::to_vec(&proof)?, now + LIFETIME).await?;
        let Some(account) = self.directory.account(account).await? else { return Ok(()) };
        // The notice before (decision 7); as it may be caused again and again, no SMS beyond the number's budget (attack O10).
        self.tell_by_email(&account, &asking);
        if let Some(phone) = &account.phone
            && self.take_notice(&phone.value).await?
        {
            self.tell(phone.value.clone(), &asking);
        }
        Ok(())
    }

    /// The proof of a provider that waits in this session.
    pub async fn link_proof_of(&self, signed: Signed<'_>, provider: &str) -> Result<Option<LinkProof>, LoginError> {
        let Some(stored) = self.store.record(&proof_key(&signed.session.sid, provider), self.now()).await? else {
            return Ok(None);
        };
        let proof: LinkProof = serde_json::from_slice(&stored.value)?;
        let own = proof.account == signed.session.account;
        Ok(if own && !self.is_burnt(&proof.identity, proof.at).await? { Some(proof) } else { None })
    }

    /// Forgets the proof that waits: the person went back.
    pub async fn drop_link_proof(&self, signed: Signed<'_>, provider: &str) -> Result<(), LoginError> {
        self.store.remove_record(&proof_key(&signed.session.sid, provider)).await?;
        Ok(())
    }

    /// Links the account of this session to the identity of `provider` whose proof is `id`.
    pub async fn link_own(
        &self,
        signed: Signed<'_>,
        provider: &str,
        id: &str,
        consent: Consent,
    ) -> Result<AfterOwnLink, LoginError> {
        let Some(account) = self.directory.account(signed.session.account).await? else {
            return Ok(AfterOwnLink::Gone);
        };
        if !self.may_change_ways_in(signed.session, &account) {
            return Ok(AfterOwnLink::Confirm);
        }
        let Some(proof) = self.link_proof_of(signed, provider).await?.filter(|proof| proof.id == id) else {
            return Ok(AfterOwnLink::Gone);
        };
        // Used up before it is used: of two presses one goes on (attack L03).
        if !self.store.remove_record(&proof_key(&signed.session.sid, provider)).await? {
            return Ok(AfterOwnLink::Gone);
        }
        if let Some(door) = self.closed_door(&proof.identity) {
            let event = signed.browser.origin.event(self.now(), Fact::LinkRefused, Some(signed.session.account));
            self.directory.record(&[event.with("cause", door.reason())]).await?;
            return Ok(AfterOwnLink::Conflict);
        }
        let both = BothSides {
            account: signed.session.account,
            epoch: signed.session.epoch,
            by_mailbox: false,
            identity: &proof.identity,
            at: proof.at,
        };
        if consent == Consent::Move {
            return Ok(match self.move_link(both, signed).await? {
                Moved::Done(token) => {
                    self.refresh_from(signed.session.account, &proof.identity, signed.browser).await?;
                    AfterOwnLink::Moved(token)
                }
                Moved::Conflict => AfterOwnLink::Conflict,
                Moved::Gone => AfterOwnLink::Gone,
            });
        }
        Ok(match self.attach(both, signed.browser).await? {
            Attached::Linked(account) => {
                self.refresh_from(account.id, &proof.identity, signed.browser).await?;
                AfterOwnLink::Linked
            }
            Attached::Conflict => AfterOwnLink::Conflict,
            Attached::Gone => AfterOwnLink::Gone,
        })
    }
}

fn proof_key(sid: &str, provider: &str) -> String {
    format!("own-link:{sid}:{provider}")
}
