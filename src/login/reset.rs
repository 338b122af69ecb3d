//! A forgotten password: identifier → code by e-mail → code by SMS when a phone is verified → new password.
//!
//! Until the new password is accepted nothing here tells whether anybody is there.

pub mod new_password;
pub mod sending;

use serde::{Deserialize, Serialize};

use crate::account::password::PasswordFault;
use crate::account::{Account, State};
use crate::identity::AccountId;
use crate::observe::Fact;
use crate::session::{Rule, Verdict};

use super::budget::Budget;
use super::codes::{Checked, Issued, Purpose};
use super::local::Browser;
use super::{Flow, Login, LoginError, Opened, SignIn, Stage};

pub(super) use new_password::settle_password_step;

use sending::mailbox;

/// A forgotten password under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// Whose, if anybody's; never shown.
    pub account: Option<AccountId>,
    /// The account's epoch when it was asked; any change of credentials since ends it (attack P17).
    pub epoch: i64,
    /// Budget of codes: the typed name's, and the account's or a stand-in's.
    pub budget: Budget,
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
        let leaves = to.is_some();
        let reset = self.begin_reset(identifier, found.as_ref().filter(|_| leaves), browser);
        let issued = self.send_reset_code(flow, &reset, to, browser).await?;
        if let Issued::Capped { until, .. } = issued {
            return Ok(Asked::Capped { minutes: minutes(now, until) });
        }
        let account = reset.account;
        // Of a name nobody has as well: a newer request ends the older one whoever is there (attack P14).
        for owner in reset.budget.owners() {
            self.set_record(&latest_key(owner), flow.binding().as_bytes(), now + super::flow::LIFETIME).await?;
        }
        let sign_in = SignIn::begin(self, return_to, false, Stage::Reset(reset));
        self.restart_sign_in(flow, &sign_in).await?;
        let mut facts = vec![browser.origin.event(now, Fact::ResetAsked, account)];
        if leaves && issued == Issued::Sent {
            facts.push(browser.origin.event(now, Fact::ResetCodeSent, account).with("channel", "email"));
        }
        self.directory.record(&facts).await?;
        Ok(Asked::Code)
    }

    /// The request of a tab; `None` when it is older than fifteen minutes or credentials changed meanwhile.
    pub async fn reset(&self, flow: &Flow) -> Result<Option<(SignIn, i64, Reset)>, LoginError> {
        let Some(read) = self.sign_in(flow).await? else { return Ok(None) };
        let Stage::Reset(reset) = read.sign_in.stage.clone() else { return Ok(None) };
        let account = self.reset_account(&reset).await?;
        let mut alive = match (reset.account, account) {
            (Some(_), Some(account)) => account.epoch == reset.epoch,
            (Some(_), None) => false,
            (None, _) => true,
        };
        for owner in reset.budget.owners() {
            let latest = self.store.record(&latest_key(owner), self.now()).await?;
            alive &= latest.is_some_and(|latest| latest.value == flow.binding().as_bytes());
        }
        if !alive {
            return Ok(None);
        }
        Ok(Some((read.sign_in, read.version, reset)))
    }

    /// Another code, to wherever the request stands. `None` when there is none.
    pub async fn resend_reset(&self, flow: &Flow, browser: Browser<'_>) -> Result<Option<Issued>, LoginError> {
        let Some((_, _, reset)) = self.reset(flow).await? else { return Ok(None) };
        let account = self.reset_account(&reset).await?;
        match reset.proof {
            Proof::None => {
                let to = account.as_ref().and_then(mailbox);
                self.send_reset_code(flow, &reset, to, browser).await.map(Some)
            }
            Proof::Email => match account {
                Some(account) => self.send_reset_sms(flow, &reset, &account, browser).await.map(Some),
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
        let event = browser.origin.event(self.now(), fact, reset.account);
        match checked {
            Checked::Right | Checked::Again | Checked::Wrong { .. } => self.directory.record(&[event]).await?,
            // Nothing was judged, hence nothing counted: this can be had without end.
            Checked::Exhausted | Checked::Expired | Checked::Throttled { .. } => {
                self.record_thinned(event, &flow.binding()).await?;
            }
        }
        let (true, Some(account)) = (right, account) else { return Ok(AfterResetCode::Refused(checked)) };
        let wants_sms = purpose == Purpose::Reset && account.phone.is_some();
        let proof = match (purpose, wants_sms) {
            (Purpose::Reset, true) => Proof::Email,
            (Purpose::Reset, false) => Proof::Complete { sms: false },
            _ => Proof::Complete { sms: true },
        };
        let next = SignIn { stage: Stage::Reset(Reset { proof, ..reset.clone() }), ..sign_in };
        if !self.put_sign_in(flow, Some(version), &next).await? {
            // The same press once more: whatever its twin did is where the person is.
            return Ok(if wants_sms { AfterResetCode::Sms(Issued::Sent) } else { AfterResetCode::NewPassword });
        }
        if wants_sms {
            let issued = self.send_reset_sms(flow, &reset, &account, browser).await?;
            if issued == Issued::Sent {
                let sent = browser.origin.event(self.now(), Fact::ResetCodeSent, Some(account.id));
                self.directory.record(&[sent.with("channel", "sms")]).await?;
            }
            return Ok(AfterResetCode::Sms(issued));
        }
        Ok(AfterResetCode::NewPassword)
    }

    fn begin_reset(&self, typed: &str, account: Option<&Account>, browser: Browser<'_>) -> Reset {
        let typed = typed.trim();
        Reset {
            account: account.map(|account| account.id),
            epoch: account.map_or(0, |account| account.epoch),
            budget: self.reset_budget(typed, account, browser),
            typed: typed.to_owned(),
            masked: self.reset_mask(typed, account),
            proof: Proof::None,
        }
    }

    async fn reset_account(&self, reset: &Reset) -> Result<Option<Account>, LoginError> {
        // Nobody is looked up like somebody: as many reads whoever is there (attack P14).
        let id = reset.account.unwrap_or_else(|| AccountId::new(uuid::Uuid::nil()));
        Ok(self.directory.account(id).await?.filter(|account| reset.account == Some(account.id)))
    }
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

/// Where the newest request of an account, a stand-in or a name is named: an older one, or one before a sign-in, is dead (attack P17).
pub(super) fn latest_key(owner: impl std::fmt::Display) -> String {
    format!("reset-of:{owner}")
}

fn minutes(now: jiff::Timestamp, until: jiff::Timestamp) -> i64 {
    ((until.as_second() - now.as_second()).max(1) + 59) / 60
}
