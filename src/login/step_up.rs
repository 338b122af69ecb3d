//! Confirming who one is inside a local session, for a page that asks for more (screens 6.6): only what is missing, the password first,
//! then the code. The session keeps its id and goes on under a new token; its level and means only grow.

use jiff::{SignedDuration, Timestamp};

use crate::account::{Account, Channel, State};
use crate::identity::{Email, acr};
use crate::notify::CodePurpose;
use crate::observe::Fact;
use crate::session::{Need, SessionToken};

use super::codes::{Checked, Issued, Purpose, Request, Sending, To, code_message};
use super::factor::{channel_name, contact};
use super::journey::Signed;
use super::local::{Credentials, Judged};
use super::throttle::Scope;
use super::{Login, LoginError};

/// A password given waits this long for its code, as long as a code lives.
const BETWEEN: SignedDuration = SignedDuration::from_mins(10);
/// Within this time a page that asks for the same again was not satisfied: one round, then a page (decision 33).
const ROUND: SignedDuration = SignedDuration::from_secs(30);
/// The scale of sessions that no identity provider has proven.
pub const LOCAL: &str = "local";

/// What the person is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepUpStage {
    /// The password.
    Password,
    /// A code to a verified contact.
    Code(Channel),
    /// A code by SMS, and no number is verified.
    NoPhone,
    /// The same, and the mailbox alone opened the way in: until then nothing new is believed of it.
    Mailbox {
        /// Until then.
        until: Timestamp,
    },
    /// The session came by an identity provider: nothing local raises it.
    Foreign,
}

/// What comes after a password or a code.
#[derive(Debug)]
pub enum AfterStepUp {
    /// Given whole; the session's new token, unless it ended or the account changed meanwhile.
    Raised(Option<SessionToken>),
    /// The password was right; what became of the code.
    Code(Issued),
    /// The password was not right.
    WrongPassword,
    /// The code was not right.
    WrongCode(Checked),
    /// Nothing was judged.
    Throttled {
        /// Which budget.
        scope: Scope,
        /// Minutes to wait, rounded up.
        minutes: i64,
        /// The cap of the day.
        day_cap: bool,
    },
}

impl Login {
    /// What is asked next for a need.
    pub async fn step_up_stage(
        &self,
        signed: Signed<'_>,
        account: &Account,
        need: Need,
    ) -> Result<StepUpStage, LoginError> {
        let (session, now) = (signed.session, self.now());
        if session.identity_provider != LOCAL {
            return Ok(StepUpStage::Foreign);
        }
        if need.sms && account.phone.is_none() {
            let until = self.mailbox_until(session, account);
            return Ok(until.map_or(StepUpStage::NoPhone, |until| StepUpStage::Mailbox { until }));
        }
        let given = !need.again || self.store.record(&password_key(signed), now).await?.is_some();
        Ok(match self.second_factor(signed, account, need).filter(|_| given) {
            Some(channel) => StepUpStage::Code(channel),
            None => StepUpStage::Password,
        })
    }

    /// Judges the password, within the budgets of the sign-in page; right, the code leaves if one is needed.
    pub async fn step_up_password(
        &self,
        signed: Signed<'_>,
        account: &Account,
        need: Need,
        password: &str,
    ) -> Result<AfterStepUp, LoginError> {
        let identifier = identifier(account).unwrap_or_default();
        let refused = || self.record(signed.browser, Fact::StepUpRefused, Some(account.id));
        match self.judge(&Credentials { identifier, password }, signed.browser).await? {
            Judged::Throttled { scope, minutes, day_cap } => {
                return Ok(AfterStepUp::Throttled { scope, minutes, day_cap });
            }
            Judged::Right(right) if right.id == account.id => {}
            Judged::Right(_) | Judged::Refused => {
                refused().await?;
                return Ok(AfterStepUp::WrongPassword);
            }
        }
        let Some(channel) = self.second_factor(signed, account, need) else {
            return Ok(AfterStepUp::Raised(self.raise(signed, true, None).await?));
        };
        self.set_record(&password_key(signed), b"given", self.now() + BETWEEN).await?;
        Ok(AfterStepUp::Code(self.send_step_up(signed, account, channel).await?))
    }

    /// Sends the code.
    pub async fn send_step_up(
        &self,
        signed: Signed<'_>,
        account: &Account,
        channel: Channel,
    ) -> Result<Issued, LoginError> {
        let Some(to) = contact(account, channel) else { return Ok(Issued::Down) };
        let budget = self.budget_of(account, signed.browser);
        let request = Request {
            purpose: Purpose::Confirm,
            binding: &signed.session.sid,
            budget: &budget,
            client: signed.browser.origin.client,
            to,
            sending: Sending::Code,
        };
        let issued = self.issue(request, |code| code_message(CodePurpose::StepUp, code)).await?;
        if issued == Issued::Sent {
            let event = signed.browser.origin.event(self.now(), Fact::StepUpAsked, Some(account.id));
            self.directory.record(&[event.with("wanted", channel_name(channel))]).await?;
        }
        Ok(issued)
    }

    /// Judges the code; one that went to another contact never fits.
    pub async fn step_up_code(
        &self,
        signed: Signed<'_>,
        account: &Account,
        (need, channel): (Need, Channel),
        code: &str,
    ) -> Result<AfterStepUp, LoginError> {
        let to: Option<To> = contact(account, channel);
        let budget = self.budget_of(account, signed.browser);
        let checked = self.check_code(Purpose::Confirm, &signed.session.sid, &budget, to.as_ref(), code).await?;
        if !matches!(checked, Checked::Right | Checked::Again) {
            self.record(signed.browser, Fact::StepUpRefused, Some(account.id)).await?;
            return Ok(AfterStepUp::WrongCode(checked));
        }
        Ok(AfterStepUp::Raised(self.raise(signed, need.again, Some(channel)).await?))
    }

    /// Remembers for a moment that a page's need was met in this session.
    pub async fn round_ended(&self, sid: &str, target: &str, need: Option<Need>) -> Result<(), LoginError> {
        let value = serde_json::to_vec(&(target, need))?;
        self.set_record(&round_key(sid), &value, self.now() + ROUND).await
    }

    /// Whether this page asks again for what has just been given.
    pub async fn is_second_round(&self, sid: &str, target: &str, need: Option<Need>) -> Result<bool, LoginError> {
        let met = self.store.record(&round_key(sid), self.now()).await?;
        let met = met.and_then(|stored| serde_json::from_slice::<(String, Option<Need>)>(&stored.value).ok());
        Ok(met.is_some_and(|met| met == (target.to_owned(), need)))
    }

    /// The code that goes with a need: the one that it names, or else of the kind that the session was opened with.
    fn second_factor(&self, signed: Signed<'_>, account: &Account, need: Need) -> Option<Channel> {
        let had = |means: &str| signed.session.amr.iter().any(|one| one == means);
        let channel = match (need.sms, need.email) {
            (true, _) => Channel::Sms,
            (false, true) => Channel::Email,
            (false, false) if had("sms") && account.phone.is_some() => Channel::Sms,
            (false, false) if had("otp") || had("sms") => Channel::Email,
            (false, false) => return None,
        };
        contact(account, channel).map(|_| channel)
    }

    /// What was given is the session's. `None` when it ended, or the account is no longer the one that asked.
    async fn raise(
        &self,
        signed: Signed<'_>,
        password: bool,
        code: Option<Channel>,
    ) -> Result<Option<SessionToken>, LoginError> {
        let now = self.now();
        let browser = signed.browser;
        let got = match (password, code) {
            (true, Some(channel)) => format!("pwd {}", channel_name(channel)),
            (true, None) => "pwd".to_owned(),
            (false, channel) => channel.map(channel_name).unwrap_or_default().to_owned(),
        };
        let changed = self
            .change(signed.session.account, |account, facts| {
                let open = account.state != State::Disabled && !account.frozen;
                if !open || account.epoch != signed.session.epoch {
                    return None;
                }
                facts.push(browser.origin.event(now, Fact::StepUpPassed, Some(account.id)).with("got", got.clone()));
                Some(account.mailbox_until.is_some_and(|until| now < until))
            })
            .await?;
        let Some((_, Some(mailbox))) = changed else { return Ok(None) };
        let token = SessionToken::draw(&*self.entropy);
        let renewed = self
            .sessions
            .renew_as(signed.key, &token, |session| {
                if password {
                    session.auth_time = now;
                }
                let (means, level) = match code {
                    Some(Channel::Sms) => ("sms", acr::SMS),
                    Some(Channel::Email) => ("otp", if mailbox { acr::MAILBOX } else { acr::EMAIL }),
                    None => return,
                };
                if !session.amr.iter().any(|one| one == means) {
                    session.amr.push(means.to_owned());
                }
                let rank = |level: &str| acr::LOCAL.iter().position(|known| *known == level);
                // Never lower; an e-mail code does not lift what the mailbox alone has opened.
                if rank(level) > rank(&session.acr) && (session.acr != acr::MAILBOX || code == Some(Channel::Sms)) {
                    session.acr = level.to_owned();
                }
            })
            .await?;
        self.store.remove_record(&password_key(signed)).await?;
        Ok(renewed.map(|_| token))
    }
}

/// What the account signs in with: an e-mail once it is active, the former system's identifier before.
fn identifier(account: &Account) -> Option<&str> {
    match account.state {
        State::Active => account.sign_in_email.as_ref().map(Email::as_str),
        State::Imported | State::Activating | State::Disabled => account.legacy_id.as_deref(),
    }
}

/// What password managers know the account by.
#[must_use]
pub fn username(account: &Account) -> String {
    identifier(account).unwrap_or_default().to_owned()
}

fn password_key(signed: Signed<'_>) -> String {
    format!("step-up:{}", signed.session.sid)
}

fn round_key(sid: &str) -> String {
    format!("step-up-round:{sid}")
}
