//! Linking an existing account to a proven identity: both sides are proven in the same browser and sign-in (decision 7).

mod attaching;
mod detaching;
mod moving;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Channel};
use crate::config::settings::FirstSignIn;
use crate::identity::AccountId;
use crate::notify::{Message, ProvenBy};
use crate::observe::Fact;

use super::codes::{Checked, Issued, Purpose, Request, Sending};
use super::factor::{channel_name, contact};
use super::flow::Read;
use super::local::{Browser, Credentials, Judged, channels_of};
use super::provider::{Arrival, Arrived, ArrivedIdentity, Door};
use super::throttle::Scope;
use super::{Flow, Login, LoginError, SignIn, Stage};

pub(super) use attaching::{Attached, BothSides};
pub use detaching::{burn_proofs, take_link};
pub(super) use moving::Moved;

/// What the next page is told of a link that was made; the provider's name stands behind it, after a colon.
pub const LINKED: &str = "rattache";

/// The account whose password was right, while its code is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkStage {
    /// Which account.
    pub account: AccountId,
    /// Its epoch then.
    pub epoch: i64,
    /// Its verified contacts.
    pub channels: Vec<Channel>,
    /// The one chosen.
    pub chosen: Option<Channel>,
}

/// What comes after the proof of the account.
#[derive(Debug)]
pub enum AfterProof {
    /// Linked; signed in, or a page that says why not.
    Linked(Box<Arrived>),
    /// A code was asked for.
    Code(Issued),
    /// Two contacts: the person chooses.
    ChooseChannel,
    /// The password does not fit.
    Refused,
    /// A budget is used up.
    Throttled {
        /// Which.
        scope: Scope,
        /// Minutes.
        minutes: i64,
        /// The cap of the day.
        day_cap: bool,
    },
    /// The code does not fit.
    WrongCode(Checked),
    /// The account cannot be linked; told only after password and code (5.8).
    Conflict,
    /// There is no such arrival any more.
    Gone,
}

impl Login {
    /// The arrival of a tab.
    pub async fn arrival(&self, flow: &Flow) -> Result<Option<(Read, Arrival)>, LoginError> {
        let Some(read) = self.sign_in(flow).await? else { return Ok(None) };
        let Stage::Arrived(arrival) = read.sign_in.stage.clone() else { return Ok(None) };
        Ok(Some((read, *arrival)))
    }

    /// "Continuer sans rattacher": an account is made where the provider's settings allow it.
    pub async fn decline_link(&self, flow: &Flow, browser: Browser<'_>) -> Result<Option<Arrived>, LoginError> {
        let Some((read, arrival)) = self.arrival(flow).await? else { return Ok(None) };
        self.record(browser, Fact::LinkDeclined, None).await?;
        if arrival.door.is_closed() {
            return Ok(Some(Arrived::Waiting { flow: flow.clone(), door: arrival.door }));
        }
        match self.first_sign_in(&arrival.identity.proven.identity_provider) {
            FirstSignIn::Create => {
                let account = self.create_from(&arrival.identity, browser.origin).await?;
                self.enter(flow, account, arrival.identity, read.sign_in.return_to, None, browser).await.map(Some)
            }
            FirstSignIn::KnownOnly => {
                let waiting = Arrival { door: Door::Unknown, link: None, ..arrival };
                let sign_in = SignIn { stage: Stage::Arrived(Box::new(waiting)), ..read.sign_in };
                self.put_sign_in(flow, Some(read.version), &sign_in).await?;
                Ok(Some(Arrived::Waiting { flow: flow.clone(), door: Door::Unknown }))
            }
        }
    }

    /// Identifier and password of the account to link, within the budgets of the sign-in page.
    pub async fn link_proof(
        &self,
        flow: &Flow,
        credentials: &Credentials<'_>,
        browser: Browser<'_>,
    ) -> Result<AfterProof, LoginError> {
        let Some((read, arrival)) = self.arrival(flow).await? else { return Ok(AfterProof::Gone) };
        if arrival.door.is_closed() {
            return Ok(AfterProof::Gone);
        }
        let account = match self.judge(credentials, browser).await? {
            Judged::Right(account) => *account,
            Judged::Refused => return Ok(AfterProof::Refused),
            Judged::Throttled { scope, minutes, day_cap } => {
                return Ok(AfterProof::Throttled { scope, minutes, day_cap });
            }
        };
        let channels = channels_of(&account);
        if channels.is_empty() {
            return self.link(flow, read, arrival.identity, (&account, None), browser).await;
        }
        let chosen = channels.first().copied().filter(|_| channels.len() == 1);
        let stage = LinkStage { account: account.id, epoch: account.epoch, channels, chosen };
        let asking = self.proven_by(&arrival.identity);
        let arrival = Arrival { link: Some(stage), ..arrival };
        let sign_in = SignIn { stage: Stage::Arrived(Box::new(arrival)), ..read.sign_in };
        if !self.put_sign_in(flow, Some(read.version), &sign_in).await? {
            return Ok(AfterProof::Code(Issued::Sent));
        }
        match chosen {
            None => Ok(AfterProof::ChooseChannel),
            Some(channel) => Ok(AfterProof::Code(self.send_link_code(flow, &account, channel, asking, browser).await?)),
        }
    }

    /// The person chose where to receive the code.
    pub async fn link_channel(
        &self,
        flow: &Flow,
        channel: Channel,
        browser: Browser<'_>,
    ) -> Result<Option<Issued>, LoginError> {
        let Some((read, arrival)) = self.arrival(flow).await? else { return Ok(None) };
        let Some(link) = arrival.link.clone().filter(|link| link.channels.contains(&channel)) else { return Ok(None) };
        let Some(account) = self.link_account(&link).await? else { return Ok(None) };
        let asking = self.proven_by(&arrival.identity);
        let arrival = Arrival { link: Some(LinkStage { chosen: Some(channel), ..link }), ..arrival };
        let sign_in = SignIn { stage: Stage::Arrived(Box::new(arrival)), ..read.sign_in };
        if !self.put_sign_in(flow, Some(read.version), &sign_in).await? {
            return Ok(Some(Issued::Sent));
        }
        self.send_link_code(flow, &account, channel, asking, browser).await.map(Some)
    }

    /// Another code to the same place.
    pub async fn resend_link(&self, flow: &Flow, browser: Browser<'_>) -> Result<Option<Issued>, LoginError> {
        let Some((_, arrival)) = self.arrival(flow).await? else { return Ok(None) };
        let Some(link) = arrival.link else { return Ok(None) };
        let (Some(account), Some(channel)) = (self.link_account(&link).await?, link.chosen) else { return Ok(None) };
        let asking = self.proven_by(&arrival.identity);
        self.send_link_code(flow, &account, channel, asking, browser).await.map(Some)
    }

    /// Judges the code of the account to link; then links.
    pub async fn link_code(&self, flow: &Flow, code: &str, browser: Browser<'_>) -> Result<AfterProof, LoginError> {
        let Some((read, arrival)) = self.arrival(flow).await? else { return Ok(AfterProof::Gone) };
        let Some(link) = arrival.link else { return Ok(AfterProof::Gone) };
        let (Some(account), Some(channel)) = (self.link_account(&link).await?, link.chosen) else {
            return Ok(AfterProof::Gone);
        };
        let budget = self.budget_of(&account, browser);
        let to = contact(&account, channel);
        let checked = self.check_code(Purpose::Link, &flow.binding(), &budget, to.as_ref(), code).await?;
        if !matches!(checked, Checked::Right | Checked::Again) {
            return Ok(AfterProof::WrongCode(checked));
        }
        self.link(flow, read, arrival.identity, (&account, Some(channel)), browser).await
    }

    /// Links, once both sides are proven; `proven` is the account as it was when its password was judged, and the code that went there.
    async fn link(
        &self,
        flow: &Flow,
        read: Read,
        identity: ArrivedIdentity,
        (proven, code): (&Account, Option<Channel>),
        browser: Browser<'_>,
    ) -> Result<AfterProof, LoginError> {
        let both = BothSides {
            account: proven.id,
            epoch: proven.epoch,
            by_mailbox: code != Some(Channel::Sms),
            identity: &identity,
            at: read.sign_in.started_at,
        };
        let account = match self.attach(both, browser).await? {
            Attached::Linked(account) => account,
            Attached::Conflict => return Ok(AfterProof::Conflict),
            Attached::Gone => return Ok(AfterProof::Gone),
        };
        let notice = Some(format!("{LINKED}:{}", identity.proven.identity_provider));
        let arrived = self.enter(flow, account.id, identity, read.sign_in.return_to, notice, browser).await?;
        Ok(AfterProof::Linked(Box::new(arrived)))
    }

    async fn send_link_code(
        &self,
        flow: &Flow,
        account: &Account,
        channel: Channel,
        asking: ProvenBy,
        browser: Browser<'_>,
    ) -> Result<Issued, LoginError> {
        let Some(to) = contact(account, channel) else { return Ok(Issued::Down) };
        let binding = flow.binding();
        let budget = self.budget_of(account, browser);
        let request = Request {
            purpose: Purpose::Link,
            binding: &binding,
            budget: &budget,
            client: browser.origin.client,
            to,
            sending: Sending::Code,
        };
        let issued = self.issue(request, |code| Message::link_code(code, asking.clone())).await?;
        if issued == Issued::Sent {
            self.tell_before(account, channel, asking);
        }
        Ok(issued)
    }

    /// The notice before: the channel that does not carry the code learns of the request.
    fn tell_before(&self, account: &Account, carries_code: Channel, by: ProvenBy) {
        let other = match carries_code {
            Channel::Email => Channel::Sms,
            Channel::Sms => Channel::Email,
        };
        if let Some(to) = contact(account, other) {
            tracing::debug!(channel = channel_name(other), "a linking was asked for; the other channel is told");
            self.tell(to, &Message::LinkRequested { by });
        }
    }

    async fn link_account(&self, link: &LinkStage) -> Result<Option<Account>, LoginError> {
        let account = self.directory.account(link.account).await?;
        Ok(account.filter(|account| account.epoch == link.epoch))
    }
}
