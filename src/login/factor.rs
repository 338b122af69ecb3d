//! The second factor: a code by e-mail or SMS, the person's choice among verified contacts.

use crate::account::{Account, Channel, State};
use crate::notify::CodePurpose;
use crate::observe::Fact;

use super::budget::Budget;
use super::codes::{Checked, Issued, Purpose, Request, Sending, To, code_message};
use super::flow::{FactorStage, Read};
use super::local::Browser;
use super::open::{Given, Opening};
use super::{Flow, Login, LoginError, Opened, SignIn, Stage};

/// What comes after a code was typed.
#[derive(Debug)]
pub enum AfterCode {
    /// Signed in.
    SignedIn(Box<Opened>),
    /// Not right; the page stays.
    Refused(Checked),
    /// Every factor was given, and the account is closed.
    Suspended,
    /// Every factor was given, and the activation is frozen.
    Frozen,
    /// There is no such sign-in any more.
    Gone,
}

/// A second factor under way, for the pages.
#[derive(Debug, Clone)]
pub struct AskedFactor {
    /// The record.
    pub read: Read,
    /// Its stage.
    pub stage: FactorStage,
    /// The account, read anew.
    pub account: Account,
}

impl Login {
    /// The second factor a tab is asked for; `None` when there is none, or the account's credentials changed meanwhile (attack S08).
    pub async fn asked_factor(&self, flow: &Flow) -> Result<Option<AskedFactor>, LoginError> {
        let Some(read) = self.sign_in(flow).await? else { return Ok(None) };
        let Stage::Factor(stage) = read.sign_in.stage.clone() else { return Ok(None) };
        let Some(account) = self.directory.account(stage.account).await? else { return Ok(None) };
        if account.epoch != stage.epoch {
            return Ok(None);
        }
        Ok(Some(AskedFactor { read, stage, account }))
    }

    /// The person chose where to receive the code; it leaves at once. `None` when there is no such sign-in, or no such contact.
    pub async fn choose_channel(
        &self,
        flow: &Flow,
        channel: Channel,
        browser: Browser<'_>,
    ) -> Result<Option<Issued>, LoginError> {
        let Some(asked) = self.asked_factor(flow).await? else { return Ok(None) };
        if !asked.stage.channels.contains(&channel) {
            return Ok(None);
        }
        let stage = Stage::Factor(FactorStage { chosen: Some(channel), ..asked.stage });
        let sign_in = SignIn { stage, ..asked.read.sign_in };
        if !self.put_sign_in(flow, Some(asked.read.version), &sign_in).await? {
            return Ok(Some(Issued::Sent));
        }
        self.fact(browser, Fact::FactorChosen, &asked.account, channel).await?;
        self.send_factor(flow, &asked.account, channel, browser).await.map(Some)
    }

    /// Another code to the same place. `None` when there is no such sign-in.
    pub async fn resend_factor(&self, flow: &Flow, browser: Browser<'_>) -> Result<Option<Issued>, LoginError> {
        let Some(asked) = self.asked_factor(flow).await? else { return Ok(None) };
        let Some(channel) = asked.stage.chosen else { return Ok(None) };
        self.send_factor(flow, &asked.account, channel, browser).await.map(Some)
    }

    /// Judges the code of the second factor.
    pub async fn factor_code(&self, flow: &Flow, code: &str, browser: Browser<'_>) -> Result<AfterCode, LoginError> {
        let Some(asked) = self.asked_factor(flow).await? else {
            return self.code_after_opening(flow, code, browser).await;
        };
        let Some(channel) = asked.stage.chosen else { return Ok(AfterCode::Gone) };
        let account = asked.account;
        let budget = self.budget_of(&account, browser);
        let to = contact(&account, channel);
        let checked = self.check_code(Purpose::SignIn, &flow.binding(), &budget, to.as_ref(), code).await?;
        if !matches!(checked, Checked::Right | Checked::Again) {
            self.fact(browser, Fact::FactorRefused, &account, channel).await?;
            return Ok(AfterCode::Refused(checked));
        }
        self.fact(browser, Fact::FactorAccepted, &account, channel).await?;
        if account.state == State::Disabled {
            return Ok(AfterCode::Suspended);
        }
        if account.frozen {
            return Ok(AfterCode::Frozen);
        }
        let opening = Opening::new(
            account,
            Given::PasswordAndCode(channel),
            asked.read.sign_in.return_to,
            asked.read.sign_in.remember,
        );
        Ok(AfterCode::SignedIn(Box::new(self.open_once(flow, opening, browser).await?)))
    }

    /// The same press once more, after its twin has opened the session.
    async fn code_after_opening(&self, flow: &Flow, code: &str, browser: Browser<'_>) -> Result<AfterCode, LoginError> {
        let Some(read) = self.sign_in(flow).await? else { return Ok(AfterCode::Gone) };
        let Stage::Opened { account, .. } = read.sign_in.stage else { return Ok(AfterCode::Gone) };
        if !self.opened_moments_ago(flow, account).await? {
            return Ok(AfterCode::Gone);
        }
        let checked = self.check_code(Purpose::SignIn, &flow.binding(), &Budget::of(account), None, code).await?;
        let (Checked::Again, Some(account)) = (checked, self.directory.account(account).await?) else {
            return Ok(AfterCode::Gone);
        };
        let channel = account.last_channel.unwrap_or(Channel::Email);
        let opening =
            Opening::new(account, Given::PasswordAndCode(channel), read.sign_in.return_to, read.sign_in.remember);
        Ok(AfterCode::SignedIn(Box::new(self.open_once(flow, opening, browser).await?)))
    }

    /// Sends the code of the second factor.
    pub(super) async fn send_factor(
        &self,
        flow: &Flow,
        account: &Account,
        channel: Channel,
        browser: Browser<'_>,
    ) -> Result<Issued, LoginError> {
        let Some(to) = contact(account, channel) else { return Ok(Issued::Down) };
        let budget = self.budget_of(account, browser);
        let binding = flow.binding();
        let request = Request {
            purpose: Purpose::SignIn,
            binding: &binding,
            budget: &budget,
            client: browser.origin.client,
            to,
            sending: Sending::Code,
        };
        let issued = self.issue(request, |code| code_message(CodePurpose::SignIn, code)).await?;
        if issued == Issued::Sent {
            self.fact(browser, Fact::FactorSent, account, channel).await?;
        }
        Ok(issued)
    }

    async fn fact(
        &self,
        browser: Browser<'_>,
        fact: Fact,
        account: &Account,
        channel: Channel,
    ) -> Result<(), LoginError> {
        let event = browser.origin.event(self.now(), fact, Some(account.id)).with("channel", channel_name(channel));
        Ok(self.directory.record(&[event]).await?)
    }
}

/// The verified contact of a channel.
#[must_use]
pub fn contact(account: &Account, channel: Channel) -> Option<To> {
    match channel {
        Channel::Email => account.contact_email.as_ref().map(|email| To::Email(email.value.clone())),
        Channel::Sms => account.phone.as_ref().map(|phone| To::Phone(phone.value.clone())),
    }
}

/// The channel's name in logs.
#[must_use]
pub fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    }
}
