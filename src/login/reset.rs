//! A forgotten password: identifier → code by e-mail → code by SMS when a phone is verified → new password.
//!
//! Until the new password is accepted nothing here tells whether anybody is there.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::account::password::{self, PasswordFault};
use crate::account::{Account, Channel, State, Step};
use crate::activation::Journey;
use crate::identity::{AccountId, Email};
use crate::notify::{CodePurpose, Message};
use crate::observe::Fact;
use crate::session::{EndCause, Rule, Verdict};

use super::codes::{Checked, Issued, Purpose, Request, Sending, To, budget_of, code_message};
use super::local::Browser;
use super::open::{Given, Opening};
use super::{Flow, Login, LoginError, Opened, SignIn, Stage};

/// A forgotten password under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// Whose, if anybody's; never shown.
    pub account: Option<AccountId>,
    /// The account's epoch when it was asked; any change of credentials since ends it (attack P17).
    pub epoch: i64,
    /// Budget of codes: the account's, or a stand-in's.
    pub budget: String,
    /// What was typed at the first screen, for "Retour" and for password managers.
    pub typed: String,
    /// Mask shown.
    pub masked: String,
    /// What was proven.
    pub proof: Proof,
}

/// How far the proof went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// Nothing yet.
    None,
    /// The e-mail code; an SMS code is asked as well.
    Email,
    /// Everything asked; `sms` says whether an SMS code was among it.
    Complete {
        /// An SMS code was given.
        sms: bool,
    },
}

/// What became of the first screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The code page is next, whoever is or is not there.
    Code,
    /// Too many were asked.
    Capped {
        /// Minutes to wait.
        minutes: i64,
    },
    /// The mail sender is known to be down: everyone is told the same.
    Down,
}

/// What comes after a code.
#[derive(Debug)]
pub enum AfterResetCode {
    /// The SMS code is asked too, and was sent.
    Sms(Issued),
    /// The new password.
    NewPassword,
    /// Not right; the page stays.
    Refused(Checked),
    /// There is no such request any more.
    Gone,
}

/// What comes after the new password.
#[derive(Debug)]
pub enum AfterNewPassword {
    /// Changed; signed in.
    SignedIn(Box<Opened>),
    /// Not accepted.
    Refused(Vec<PasswordFault>),
    /// The account is closed.
    Suspended,
    /// The activation is frozen.
    Frozen,
    /// There is no such request any more.
    Gone,
}

const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);

impl Login {
    /// The first screen: always the same answer.
    pub async fn ask_reset(
        &self,
        flow: &Flow,
        identifier: &str,
        return_to: Option<String>,
        browser: Browser<'_>,
    ) -> Result<Asked, LoginError> {
        if self.notifier.email_down() {
            return Ok(Asked::Down);
        }
        let now = self.now();
        if let Some(client) = browser.origin.client {
            let counter = format!("reset-net:{}", super::throttle::network(client));
            let rule = Rule::Window { limit: self.settings.throttle.failures_per_network_hour, per: HOUR };
            if let Verdict::Refused { until, .. } = self.store.take(&counter, rule, now).await? {
                return Ok(Asked::Capped { minutes: minutes(now, until) });
            }
        }
        let found = self.find(identifier).await?.filter(|account| may_reset(account, identifier));
        let to = found.as_ref().and_then(mailbox);
        let reset = self.begin_reset(identifier, found.as_ref().filter(|_| to.is_some()));
        let issued = self.send_reset_code(flow, &reset, to, false).await?;
        if let Issued::Capped { until, .. } = issued {
            return Ok(Asked::Capped { minutes: minutes(now, until) });
        }
        let account = reset.account;
        if let Some(id) = account {
            self.set_record(&latest_key(id), flow.binding().as_bytes(), now + super::flow::LIFETIME).await?;
        }
        let sign_in = SignIn::begin(self, return_to, false, Stage::Reset(reset));
        self.restart_sign_in(flow, &sign_in).await?;
        self.directory.record(&[browser.origin.event(now, Fact::ResetAsked, account)]).await?;
        Ok(Asked::Code)
    }

    /// The request of a tab; `None` when it is older than fifteen minutes or credentials changed meanwhile.
    pub async fn reset(&self, flow: &Flow) -> Result<Option<(SignIn, i64, Reset)>, LoginError> {
        let Some(read) = self.sign_in(flow).await? else { return Ok(None) };
        let Stage::Reset(reset) = read.sign_in.stage.clone() else { return Ok(None) };
        if let Some(id) = reset.account {
            let unchanged = self.directory.account(id).await?.is_some_and(|account| account.epoch == reset.epoch);
            let latest = self.store.record(&latest_key(id), self.now()).await?;
            if !unchanged || latest.is_none_or(|latest| latest.value != flow.binding().as_bytes()) {
                return Ok(None);
            }
        }
        Ok(Some((read.sign_in, read.version, reset)))
    }

    /// Another code, to wherever the request stands. `None` when there is none.
    pub async fn resend_reset(&self, flow: &Flow, again_after_failure: bool) -> Result<Option<Issued>, LoginError> {
        let Some((_, _, reset)) = self.reset(flow).await? else { return Ok(None) };
        let account = self.reset_account(&reset).await?;
        match reset.proof {
            Proof::None => {
                let to = account.as_ref().and_then(mailbox);
                self.send_reset_code(flow, &reset, to, again_after_failure).await.map(Some)
            }
            Proof::Email => match account {
                Some(account) => self.send_reset_sms(flow, &account, again_after_failure).await.map(Some),
                None => Ok(None),
            },
            Proof::Complete { .. } => Ok(None),
        }
    }

    /// Judges the e-mail code, or the SMS code after it.
    pub async fn reset_code(
        &self,
        flow: &Flow,
        code: &str,
        browser: Browser<'_>,
    ) -> Result<AfterResetCode, LoginError> {
        let Some((sign_in, version, reset)) = self.reset(flow).await? else { return Ok(AfterResetCode::Gone) };
        let purpose = match reset.proof {
            Proof::None => Purpose::Reset,
            Proof::Email => Purpose::ResetSms,
            Proof::Complete { .. } => return Ok(AfterResetCode::NewPassword),
        };
        let account = self.reset_account(&reset).await?;
        let checked = self.check_code(purpose, &flow.binding(), &reset.budget, None, code).await?;
        let right = matches!(checked, Checked::Right | Checked::Again);
        let fact = if right { Fact::ResetCodeAccepted } else { Fact::ResetCodeRefused };
        self.directory.record(&[browser.origin.event(self.now(), fact, reset.account)]).await?;
        let (true, Some(account)) = (right, account) else { return Ok(AfterResetCode::Refused(checked)) };
        let wants_sms = purpose == Purpose::Reset && account.phone.is_some();
        let proof = match (purpose, wants_sms) {
            (Purpose::Reset, true) => Proof::Email,
            (Purpose::Reset, false) => Proof::Complete { sms: false },
            _ => Proof::Complete { sms: true },
        };
        let next = SignIn { stage: Stage::Reset(Reset { proof, ..reset }), ..sign_in };
        if !self.put_sign_in(flow, Some(version), &next).await? {
            // The same press once more: whatever its twin did is where the person is.
            return Ok(if wants_sms { AfterResetCode::Sms(Issued::Sent) } else { AfterResetCode::NewPassword });
        }
        if wants_sms {
            return Ok(AfterResetCode::Sms(self.send_reset_sms(flow, &account, false).await?));
        }
        Ok(AfterResetCode::NewPassword)
    }

    /// Sets the new password: other sessions and half-finished sign-ins of the account end, and the person is told.
    pub async fn reset_password(
        &self,
        flow: &Flow,
        password: &str,
        browser: Browser<'_>,
    ) -> Result<AfterNewPassword, LoginError> {
        let Some((sign_in, _, reset)) = self.reset(flow).await? else {
            return self.password_after_opening(flow, browser).await;
        };
        let Proof::Complete { sms } = reset.proof else { return Ok(AfterNewPassword::Gone) };
        let Some(account) = self.reset_account(&reset).await? else { return Ok(AfterNewPassword::Gone) };
        if account.state == State::Disabled {
            return Ok(AfterNewPassword::Suspended);
        }
        if account.frozen {
            return Ok(AfterNewPassword::Frozen);
        }
        if let Err(faults) = self.judge_new_password(&account, password) {
            return Ok(AfterNewPassword::Refused(faults));
        }
        let hash = self.hasher.hash(password, &*self.entropy).await?;
        let (email, phone) = (account.contact_email.clone(), account.phone.clone());
        let now = self.now();
        let day = now + SignedDuration::from_hours(24);
        let changed = self
            .change(account.id, |account, facts| {
                // A credential or a contact changed while the password was hashed: this request is over (attack P17).
                if account.epoch != reset.epoch || account.contact_email != email || account.phone != phone {
                    return false;
                }
                account.password = Some(hash.clone());
                account.legacy_password = None;
                account.epoch += 1;
                account.devices.clear();
                account.mailbox_until = if sms { account.mailbox_until } else { Some(day) };
                if account.state != State::Active {
                    account.password_by_reset = true;
                    settle_password_step(account, now);
                }
                let event = browser.origin.event(now, Fact::PasswordChanged, Some(account.id));
                facts.push(event.with("by", "reset"));
                facts.push(browser.origin.event(now, Fact::SessionsEnded, Some(account.id)));
                true
            })
            .await?;
        let Some((account, true)) = changed else { return Ok(AfterNewPassword::Gone) };
        self.sessions.end_all(account.id, None, EndCause::Revoked).await?;
        self.tell_everywhere(&account, &Message::PasswordChanged);
        let notice = if sms { "password-changed" } else { "password-changed-mailbox" };
        let mut opening = Opening::new(account, Given::Reset { sms }, sign_in.return_to.clone(), sign_in.remember);
        opening.notice = Some(notice.to_owned());
        Ok(AfterNewPassword::SignedIn(Box::new(self.open_once(flow, opening, browser).await?)))
    }

    /// Whether a new password may be used by this account.
    pub(super) fn judge_new_password(&self, account: &Account, typed: &str) -> Result<(), Vec<PasswordFault>> {
        let own = own_data(account);
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        password::judge(typed, self.settings.password.profile, &own)
    }

    /// Queues a notice to every verified contact.
    pub(super) fn tell_everywhere(&self, account: &Account, message: &Message) {
        for channel in [Channel::Email, Channel::Sms] {
            if let Some(to) = super::factor::contact(account, channel) {
                self.tell(to, message);
            }
        }
    }

    async fn password_after_opening(&self, flow: &Flow, browser: Browser<'_>) -> Result<AfterNewPassword, LoginError> {
        let Some(read) = self.sign_in(flow).await? else { return Ok(AfterNewPassword::Gone) };
        let Stage::Opened { account, .. } = read.sign_in.stage else { return Ok(AfterNewPassword::Gone) };
        if !self.opened_moments_ago(flow, account).await? {
            return Ok(AfterNewPassword::Gone);
        }
        let Some(account) = self.directory.account(account).await? else { return Ok(AfterNewPassword::Gone) };
        let opening = Opening::new(account, Given::Reset { sms: false }, read.sign_in.return_to, false);
        Ok(AfterNewPassword::SignedIn(Box::new(self.open_once(flow, opening, browser).await?)))
    }

    fn begin_reset(&self, typed: &str, account: Option<&Account>) -> Reset {
        let typed = typed.trim();
        Reset {
            account: account.map(|account| account.id),
            epoch: account.map_or(0, |account| account.epoch),
            budget: account.map_or_else(|| self.stand_in(&typed.to_lowercase()), |account| budget_of(account.id)),
            typed: typed.to_owned(),
            masked: self.reset_mask(typed, account),
            proof: Proof::None,
        }
    }

    /// What the second screen shows: a typed e-mail's own mask, or two characters of an address that may not exist (decision 11).
    fn reset_mask(&self, typed: &str, account: Option<&Account>) -> String {
        if let Ok(email) = Email::parse(typed) {
            return email.masked();
        }
        if let Some(To::Email(email)) = account.and_then(mailbox) {
            let start: String = email.as_str().chars().take_while(|letter| *letter != '@').take(2).collect();
            let start = if start.chars().count() < 2 { format!("{start}x") } else { start };
            return format!("{start}xxxxx@xxxxx");
        }
        let mac = self.sealer.mac("reset-mask", &[typed.as_bytes()]);
        let letters: String = mac.bytes().take(2).map(|byte| char::from(b'a' + byte % 26)).collect();
        format!("{letters}xxxxx@xxxxx")
    }

    async fn send_reset_code(
        &self,
        flow: &Flow,
        reset: &Reset,
        to: Option<To>,
        again_after_failure: bool,
    ) -> Result<Issued, LoginError> {
        let sending = if to.is_some() { Sending::Queued } else { Sending::Nothing };
        // Counters of an address nobody has are those of what was typed: the caps behave alike.
        let to = match to {
            Some(to) => to,
            None => {
                let nobody = format!("{}@nobody.invalid", reset.budget);
                match Email::parse(&reset.typed).or_else(|_| Email::parse(&nobody)) {
                    Ok(email) => To::Email(email),
                    Err(_) => return Ok(Issued::Sent),
                }
            }
        };
        let binding = flow.binding();
        let request = Request {
            purpose: Purpose::Reset,
            binding: &binding,
            budget: &reset.budget,
            to,
            sending,
            again_after_failure,
        };
        self.issue(request, |code| code_message(CodePurpose::Reset, code)).await
    }

    async fn send_reset_sms(
        &self,
        flow: &Flow,
        account: &Account,
        again_after_failure: bool,
    ) -> Result<Issued, LoginError> {
        let Some(phone) = &account.phone else { return Ok(Issued::Down) };
        let binding = flow.binding();
        let budget = budget_of(account.id);
        let request = Request {
            purpose: Purpose::ResetSms,
            binding: &binding,
            budget: &budget,
            to: To::Phone(phone.value.clone()),
            sending: Sending::Code,
            again_after_failure,
        };
        self.issue(request, |code| code_message(CodePurpose::Reset, code)).await
    }

    async fn reset_account(&self, reset: &Reset) -> Result<Option<Account>, LoginError> {
        let Some(id) = reset.account else { return Ok(None) };
        Ok(self.directory.account(id).await?)
    }
}

/// Where a reset code may go: a verified e-mail, or before activation the one that import knew (decision 54).
fn mailbox(account: &Account) -> Option<To> {
    if let Some(email) = &account.contact_email {
        return Some(To::Email(email.value.clone()));
    }
    let imported = matches!(account.state, State::Imported | State::Activating);
    account.imported.email.clone().filter(|_| imported).map(To::Email)
}

/// Which accounts a typed identifier may reset: those it could sign in to, with a password to forget (decision 5).
fn may_reset(account: &Account, identifier: &str) -> bool {
    let by_email = identifier.contains('@');
    let has_password = account.password.is_some() || account.legacy_password.is_some();
    match account.state {
        State::Disabled => false,
        State::Active => by_email && has_password,
        State::Imported | State::Activating => !by_email && has_password && !account.frozen,
    }
}

/// What a password may not contain: the person's own names, address and numbers.
fn own_data(account: &Account) -> Vec<String> {
    let mut own: Vec<String> = Vec::new();
    for person in [&account.person, &account.imported.person] {
        own.extend(person.family_name.clone());
        own.extend(person.given_name.clone());
    }
    own.extend(account.contact_email.as_ref().map(|email| email.value.as_str().to_owned()));
    own.extend(account.imported.email.as_ref().map(|email| email.as_str().to_owned()));
    own.extend(account.phone.as_ref().map(|phone| phone.value.as_str().to_owned()));
    own.extend(account.rpps.as_ref().map(|rpps| rpps.value.as_str().to_owned()));
    own.extend(account.legacy_id.clone());
    own.extend(account.organisation.as_ref().and_then(|organisation| organisation.name.clone()));
    own
}

/// Where the newest request of an account is named: an older one, or one before a sign-in, is dead (attack P17).
pub(super) fn latest_key(account: AccountId) -> String {
    format!("reset-of:{account}")
}

/// Closes the password step that a reset did in advance, as soon as it is reached (decision 54).
pub(super) fn settle_password_step(account: &mut Account, now: jiff::Timestamp) {
    let waits = account.password_by_reset && account.password.is_some() && !account.steps.is_closed(Step::Password);
    if waits && account.steps.done(Journey::Local, Step::Password, now).is_err() {
        tracing::debug!("a password made in advance waits for its step");
    }
}

fn minutes(now: jiff::Timestamp, until: jiff::Timestamp) -> i64 {
    ((until.as_second() - now.as_second()).max(1) + 59) / 60
}
