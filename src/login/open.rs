//! Opening a session: only here, only after every factor, never twice for one press.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::account::{Account, Channel, State};
use crate::activation::Step;
use crate::config::settings::RememberMe;
use crate::entropy::Draw as _;
use crate::identity::AccountId;
pub use crate::identity::acr;
use crate::keys::Sealer;
use crate::notify::Message;
use crate::observe::Fact;
use crate::session::{NewSession, Session, SessionKey, SessionToken};

use super::local::Browser;
use super::provider::ArrivedIdentity;
use super::{Flow, Login, LoginError, SignIn, Stage};

/// A browser that signed in here before, as its sealed cookie says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device(pub String);

/// The factors given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A password, where no contact is proven yet.
    Password,
    /// A password and a code.
    PasswordAndCode(Channel),
    /// A reset: an e-mail code, perhaps an SMS code, and the new password.
    Reset {
        /// An SMS code was given too.
        sms: bool,
    },
    /// An identity provider.
    Provider(Box<ArrivedIdentity>),
}

/// A session about to be opened.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Whose.
    pub account: Account,
    /// By what.
    pub given: Given,
    /// The page first asked for.
    pub return_to: Option<String>,
    /// "Se souvenir de moi".
    pub remember: bool,
    /// A sentence for the next page of ours.
    pub notice: Option<String>,
}

impl Opening {
    /// An opening without a notice.
    #[must_use]
    pub fn new(account: Account, given: Given, return_to: Option<String>, remember: bool) -> Self {
        Self { account, given, return_to, remember, notice: None }
    }
}

/// A session just opened.
#[derive(Debug)]
pub struct Opened {
    /// The cookie's value.
    pub token: SessionToken,
    /// The session.
    pub session: Session,
    /// The account as it is now.
    pub account: Account,
    /// The device cookie's id: the browser's own, or a new one.
    pub device: Device,
}

/// A repeated press within this time gets the same session.
const SAME_PRESS: SignedDuration = SignedDuration::from_secs(10);
/// How many browsers an account remembers.
const DEVICES: usize = 20;
/// A session being opened by the twin of this request is waited for at most this often.
const WAITS: u32 = 40;

impl Login {
    /// Opens a session for a finished sign-in, or gives the one that the same press has just opened a new token (decision 57).
    pub async fn open_once(&self, flow: &Flow, opening: Opening, browser: Browser<'_>) -> Result<Opened, LoginError> {
        let account = opening.account.id;
        let token = SessionToken::draw(&*self.entropy);
        loop {
            let read = self.sign_in(flow).await?;
            let now = self.now();
            if let Some(read) = &read
                && let Stage::Opened { account: theirs, key, at } = read.sign_in.stage
                && theirs == account
                && now < at + SAME_PRESS
            {
                return self.take_over(flow, key, opening.account, browser).await;
            }
            let stage = Stage::Opened { account, key: token.key(), at: now };
            let sign_in = match &read {
                Some(read) => SignIn { stage, ..read.sign_in.clone() },
                None => SignIn::begin(self, None, opening.remember, stage),
            };
            if self.put_sign_in(flow, read.map(|read| read.version), &sign_in).await? {
                return self.open(token, opening, browser).await;
            }
        }
    }

    /// Whether this tab's form has opened a session of this account within the last seconds.
    pub(super) async fn opened_moments_ago(&self, flow: &Flow, id: AccountId) -> Result<bool, LoginError> {
        let Some(read) = self.sign_in(flow).await? else { return Ok(false) };
        let Stage::Opened { account, at, .. } = read.sign_in.stage else { return Ok(false) };
        Ok(account == id && self.now() < at + SAME_PRESS)
    }

    /// The session that the twin of this press has just opened in this tab, under a new token; `None` when there is none.
    pub(super) async fn opened_again(&self, flow: &Flow, browser: Browser<'_>) -> Result<Option<Opened>, LoginError> {
        let Some(read) = self.sign_in(flow).await? else { return Ok(None) };
        let Stage::Opened { account, key, at } = read.sign_in.stage else { return Ok(None) };
        let account = self.directory.account(account).await?.filter(|_| self.now() < at + SAME_PRESS);
        let Some(account) = account else { return Ok(None) };
        self.take_over(flow, key, account, browser).await.map(Some)
    }

    /// Opens a session under `token`.
    async fn open(&self, token: SessionToken, opening: Opening, browser: Browser<'_>) -> Result<Opened, LoginError> {
        let now = self.now();
        let device = match browser.device {
            Some(device) => device.clone(),
            None => Device(self.entropy.token::<16>()),
        };
        let mut new = self.session_for(&opening, browser, now);
        let known = self.known_device(&opening.account, Some(&device)).is_some();
        let marks = device_marks(&self.sealer, opening.account.id, &device);
        let origin = browser.origin;
        let (acr, amr) = (new.acr.clone(), new.amr.join(" "));
        let channel = match &opening.given {
            Given::PasswordAndCode(channel) => Some(*channel),
            Given::Password | Given::Reset { .. } | Given::Provider(_) => None,
        };
        let proven = opening.account.epoch;
        let changed = self
            .change(opening.account.id, |account, facts| {
                if account.epoch != proven {
                    return Err(LoginError::Overtaken);
                }
                remember_device(account, &marks, now);
                account.last_channel = channel.or(account.last_channel);
                let fact = origin.event(now, Fact::SessionOpened, Some(account.id));
                let seen = if known { "known" } else { "new" };
                facts.push(fact.with("acr", acr.clone()).with("amr", amr.clone()).with("device", seen));
                Ok(())
            })
            .await?;
        let (account, current) = changed.ok_or(LoginError::Overtaken)?;
        current?;
        new.epoch = account.epoch;
        self.store.remove_record(&super::reset::latest_key(account.id)).await?;
        let session = self.sessions.open_as(&token, new).await?;
        if let Given::Provider(identity) = &opening.given {
            self.grants.put(&session, identity).await?;
        }
        if !known
            && self.settings.session.new_device_mail
            && account.state == State::Active
            && account.devices.len() > 1
        {
            self.tell_new_device(&account, browser);
        }
        Ok(Opened { token, session, account, device })
    }

    /// The twin of this request opened the session: it goes on under a new token, and the first token dies.
    async fn take_over(
        &self,
        flow: &Flow,
        key: SessionKey,
        account: Account,
        browser: Browser<'_>,
    ) -> Result<Opened, LoginError> {
        for _ in 0..WAITS {
            let token = SessionToken::draw(&*self.entropy);
            if let Some(session) = self.sessions.renew_as(key, &token, |_| {}).await? {
                let stage = Stage::Opened { account: account.id, key: token.key(), at: self.now() };
                if let Some(read) = self.sign_in(flow).await? {
                    let sign_in = SignIn { stage, ..read.sign_in };
                    self.put_sign_in(flow, Some(read.version), &sign_in).await?;
                }
                let device = browser.device.cloned().unwrap_or_else(|| Device(self.entropy.token::<16>()));
                let account = self.directory.account(account.id).await?.unwrap_or(account);
                return Ok(Opened { token, session, account, device });
            }
            // The twin has claimed the record and is writing the session.
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Err(LoginError::Contended)
    }

    fn session_for(&self, opening: &Opening, browser: Browser<'_>, now: Timestamp) -> NewSession {
        let mailbox = opening.account.mailbox_until.is_some_and(|until| now < until);
        let (amr, acr, identity_provider, auth_time) = match &opening.given {
            Given::Password => (factors(&["pwd"]), acr::PASSWORD, "local", now),
            Given::PasswordAndCode(Channel::Email) => {
                let acr = if mailbox { acr::MAILBOX } else { acr::EMAIL };
                (factors(&["pwd", "otp"]), acr, "local", now)
            }
            Given::PasswordAndCode(Channel::Sms) => (factors(&["pwd", "sms"]), acr::SMS, "local", now),
            Given::Reset { sms: false } => (factors(&["pwd", "otp"]), acr::MAILBOX, "local", now),
            Given::Reset { sms: true } => (factors(&["pwd", "otp", "sms"]), acr::SMS, "local", now),
            Given::Provider(identity) => {
                let proven = &identity.proven;
                (proven.amr.clone(), proven.acr.as_str(), proven.identity_provider.as_str(), identity.auth_time)
            }
        };
        NewSession {
            account: opening.account.id,
            epoch: opening.account.epoch,
            auth_time,
            amr,
            acr: acr.to_owned(),
            identity_provider: identity_provider.to_owned(),
            granted: matches!(opening.given, Given::Provider(_)),
            ends_by: self.provider_end(identity_provider, auth_time),
            opened_from: browser.origin.client,
            device: browser.origin.device.clone().unwrap_or_default(),
            notice: opening.notice.clone().or_else(|| begun(&opening.account).then(|| "resumed".to_owned())),
            return_to: opening.return_to.clone(),
            lasting: opening.remember && self.settings.session.remember_me == RememberMe::Session,
        }
    }

    /// When a session of this provider is over at the latest: with the provider's own, which began when it saw the person.
    pub(super) fn provider_end(&self, provider: &str, auth_time: Timestamp) -> Option<Timestamp> {
        let longest = self.settings.identity_providers.get(provider)?.session_max?;
        let longest = SignedDuration::try_from(longest).ok()?;
        let (now, end) = (self.now(), auth_time + longest);
        // A provider that still answers for a proof older than that has a longer session than the configuration knows.
        Some(if now < end { end } else { now + longest })
    }

    /// The mark of this browser on this account, if the account knows it.
    pub(super) fn known_device(&self, account: &Account, device: Option<&Device>) -> Option<String> {
        let marks = device_marks(&self.sealer, account.id, device?);
        marks.into_iter().find(|mark| account.devices.contains_key(mark))
    }

    fn tell_new_device(&self, account: &Account, browser: Browser<'_>) {
        let Some(email) = &account.contact_email else { return };
        let device = browser.origin.device.clone().unwrap_or_default();
        let message = Message::NewDevice { device };
        self.tell(email.value.clone(), &message);
    }
}

fn begun(account: &Account) -> bool {
    let steps = &account.steps;
    let passed = steps.is_closed(Step::Information) || steps.is_closed(Step::Terms);
    account.state == State::Activating && (passed || !account.drafts.is_empty())
}

fn factors(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// What an account may know this browser by: its mark under today's key, then under those before.
fn device_marks(sealer: &Sealer, account: AccountId, device: &Device) -> Vec<String> {
    sealer.macs("device-mark", &[account.to_string().as_bytes(), device.0.as_bytes()])
}

/// Keeps the mark of today in place of those before it.
fn remember_device(account: &mut Account, marks: &[String], now: Timestamp) {
    account.devices.retain(|mark, _| !marks.contains(mark));
    account.devices.extend(marks.first().map(|mark| (mark.clone(), now)));
    while account.devices.len() > DEVICES {
        let oldest = account.devices.iter().min_by_key(|(_, seen)| **seen).map(|(mark, _)| mark.clone());
        let Some(oldest) = oldest else { break };
        account.devices.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::SealingKey;

    fn sealer(bytes: &[u8]) -> Sealer {
        let key = |byte: &u8| SealingKey {
            id: format!("k{byte}"),
            key: std::sync::Arc::new(secrecy::SecretBox::new(Box::new([*byte; 32]))),
        };
        Sealer::new(bytes.iter().map(key).collect())
    }

    #[test]
    fn a_browser_is_recognised_across_a_rotation_and_kept_under_one_mark() {
        let mut account = Account::new(AccountId::new(uuid::Uuid::nil()), State::Active, Timestamp::UNIX_EPOCH);
        let device = Device("browser".to_owned());
        let (before, after) = (sealer(&[1]), sealer(&[2, 1]));
        let former = device_marks(&before, account.id, &device);
        remember_device(&mut account, &former, Timestamp::UNIX_EPOCH);
        let marks = device_marks(&after, account.id, &device);
        assert!(marks.iter().any(|mark| account.devices.contains_key(mark)));
        remember_device(&mut account, &marks, Timestamp::UNIX_EPOCH);
        assert_eq!(account.devices.keys().collect::<Vec<_>>(), [&marks[0]]);
    }
}
