//! Identifier and password: who is meant, whether a guess may be judged, what comes next.

use jiff::SignedDuration;

use crate::account::password::Check;
use crate::account::{Account, Channel, State};
use crate::activation::Journey;
use crate::identity::Email;
use crate::notify::Message;
use crate::observe::Fact;
use crate::observe::audit::Origin;

use super::budget::name_of;
use super::codes::Issued;
use super::flow::FactorStage;
use super::open::{Given, Opening};
use super::throttle::{Admission, Guess, Scope, network};
use super::{Device, Flow, Login, LoginError, Opened, SignIn, Stage};

/// What the sign-in form holds.
#[derive(Debug, Clone)]
pub struct Credentials<'a> {
    /// As typed.
    pub identifier: &'a str,
    /// As typed.
    pub password: &'a str,
}

/// The browser a form came from.
#[derive(Debug, Clone, Copy)]
pub struct Browser<'a> {
    /// Facts of the audit log.
    pub origin: &'a Origin,
    /// The device cookie, opened.
    pub device: Option<&'a Device>,
}

/// What comes after the password.
#[derive(Debug)]
pub enum AfterPassword {
    /// Wrong, unknown, not allowed here: one answer for all.
    Refused,
    /// A budget is used up; nothing was judged.
    Throttled {
        /// Which.
        scope: Scope,
        /// Minutes to wait, rounded up.
        minutes: i64,
        /// The cap of the day.
        day_cap: bool,
    },
    /// Two contacts: the person chooses.
    ChooseChannel,
    /// One contact: its code was asked for at once.
    Code(Issued),
    /// No contact is proven yet: signed in.
    SignedIn(Box<Opened>),
    /// The activation was frozen by its holder.
    Frozen,
}

/// Why a password was refused: for the audit log, never for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Wrong,
    Unknown,
    NoPassword,
    Disabled,
}

impl Reason {
    fn as_str(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Unknown => "unknown",
            Self::NoPassword => "no-password",
            Self::Disabled => "disabled",
        }
    }
}

/// A password judged.
pub(super) enum Judged {
    /// Right, and whose.
    Right(Box<Account>),
    /// Not right, for any reason.
    Refused,
    /// Not judged.
    Throttled {
        /// Which budget.
        scope: Scope,
        /// Minutes, rounded up.
        minutes: i64,
        /// The cap of the day.
        day_cap: bool,
    },
}

impl Login {
    /// The form of the sign-in page.
    pub async fn password(
        &self,
        flow: &Flow,
        credentials: &Credentials<'_>,
        remember: bool,
        return_to: Option<String>,
        browser: Browser<'_>,
    ) -> Result<AfterPassword, LoginError> {
        let account = match self.judge(credentials, browser).await? {
            Judged::Right(account) => *account,
            Judged::Refused => return Ok(AfterPassword::Refused),
            Judged::Throttled { scope, minutes, day_cap } => {
                return Ok(AfterPassword::Throttled { scope, minutes, day_cap });
            }
        };
        let channels = channels_of(&account);
        let Some(first) = channels.first().copied() else {
            if account.frozen {
                return Ok(AfterPassword::Frozen);
            }
            let opening = Opening::new(account, Given::Password, return_to, remember);
            return Ok(AfterPassword::SignedIn(Box::new(self.open_once(flow, opening, browser).await?)));
        };
        let chosen = (channels.len() == 1).then_some(first);
        let stage = FactorStage { account: account.id, epoch: account.epoch, channels, chosen };
        if self.opened_moments_ago(flow, account.id).await? {
            // The same form was sent twice and the first one has already gone further.
            return Ok(AfterPassword::Code(Issued::Sent));
        }
        let typed = credentials.identifier.trim().to_owned();
        let sign_in = SignIn { typed, ..SignIn::begin(self, return_to, remember, Stage::Factor(stage)) };
        self.restart_sign_in(flow, &sign_in).await?;
        match chosen {
            None => Ok(AfterPassword::ChooseChannel),
            Some(channel) => Ok(AfterPassword::Code(self.send_factor(flow, &account, channel, browser).await?)),
        }
    }

    /// Judges a password within its budgets. Every answer that is not "right" takes the same time.
    pub(super) async fn judge(
        &self,
        credentials: &Credentials<'_>,
        browser: Browser<'_>,
    ) -> Result<Judged, LoginError> {
        let floor = tokio::time::Instant::now() + self.settings.password.failure_floor;
        let now = self.now();
        let found = self.find(credentials.identifier).await?;
        let budget = match &found {
            Some(account) => account.id.to_string(),
            None => self.stand_in(credentials.identifier),
        };
        let device = found.as_ref().and_then(|account| self.known_device(account, browser.device));
        let name = Some(name_of(&self.sealer, credentials.identifier));
        let guess = Guess { name, budget, device, client: browser.origin.client };
        let ticket = match self.admit(&guess).await? {
            Admission::Granted(ticket) => ticket,
            Admission::Refused { scope, until, day_cap } => {
                self.tell_throttled(found.as_ref(), &guess, scope, browser.origin).await?;
                let minutes = minutes_until(now.as_second(), until.as_second());
                return Ok(Judged::Throttled { scope, minutes, day_cap });
            }
        };
        let usable = found.as_ref().map(|account| stored_password(account, credentials.identifier));
        let stored = match &usable {
            Some(Ok(stored)) => Some(*stored),
            Some(Err(_)) | None => None,
        };
        let check = self.hasher.verify(credentials.password, stored).await?;
        let reason = match (&usable, &check) {
            (None, _) => Reason::Unknown,
            (Some(Err(reason)), _) => *reason,
            (Some(Ok(_)), Check::Wrong) => Reason::Wrong,
            (Some(Ok(_)), Check::Right { upgrade }) => {
                let Some(account) = found else { return Ok(Judged::Refused) };
                self.repay(ticket).await?;
                let event = browser.origin.event(now, Fact::PasswordAccepted, Some(account.id));
                self.directory.record(&[event.with("activation", state_name(account.state))]).await?;
                let proven = account.epoch;
                let account =
                    if *upgrade { self.upgrade(account, credentials.password, browser.origin).await? } else { account };
                if account.epoch != proven {
                    return Err(LoginError::Overtaken);
                }
                return Ok(Judged::Right(Box::new(account)));
            }
        };
        let account = found.as_ref().map(|account| account.id);
        let event = browser.origin.event(now, Fact::PasswordRefused, account).with("reason", reason.as_str());
        self.directory.record(&[event]).await?;
        tokio::time::sleep_until(floor).await;
        Ok(Judged::Refused)
    }

    /// The account an identifier means: with `@` an e-mail, without one a legacy identifier (decision 4).
    pub(super) async fn find(&self, identifier: &str) -> Result<Option<Account>, LoginError> {
        let identifier = identifier.trim();
        if identifier.len() > 320 {
            return Ok(None);
        }
        if identifier.contains('@') {
            let Ok(email) = Email::parse(identifier) else { return Ok(None) };
            return Ok(self.directory.by_sign_in_email(&email).await?);
        }
        Ok(self.directory.by_legacy_id(identifier).await?)
    }

    /// Replaces a legacy hash by argon2id at its first success; losing the race to another request changes nothing.
    async fn upgrade(&self, account: Account, password: &str, origin: &Origin) -> Result<Account, LoginError> {
        let hash = self.hasher.hash(password, &*self.entropy).await?;
        let id = account.id;
        let now = self.now();
        let old = account.password.clone().or_else(|| account.legacy_password.clone());
        let changed = self
            .change(id, |account, facts| {
                let field =
                    if account.password.is_some() { &mut account.password } else { &mut account.legacy_password };
                if *field == old {
                    *field = Some(hash.clone());
                    facts.push(origin.event(now, Fact::PasswordUpgraded, Some(id)));
                }
            })
            .await?;
        Ok(changed.map_or(account, |(account, ())| account))
    }

    async fn tell_throttled(
        &self,
        account: Option<&Account>,
        guess: &Guess,
        scope: Scope,
        origin: &Origin,
    ) -> Result<(), LoginError> {
        let now = self.now();
        let id = account.map(|account| account.id);
        let source = || guess.client.map_or_else(String::new, network);
        let (name, key) = match scope {
            Scope::Account => ("account", guess.budget.clone()),
            Scope::Network => ("network", source()),
        };
        let event = origin.event(now, Fact::SignInThrottled, id).with("scope", name);
        self.record_thinned(event, &format!("{name}:{key}")).await?;
        if scope != Scope::Account {
            return Ok(());
        }
        // Noted of a name nobody has too: as many writes whoever is there (attack P01).
        let once = format!("throttle-mail:{}", guess.budget);
        let first = self.store.consume(&once, now + SignedDuration::from_hours(24), now).await?;
        if let Some(email) = account.and_then(|account| account.contact_email.as_ref()).filter(|_| first) {
            self.tell(email.value.clone(), &Message::SignInsFailed);
        }
        Ok(())
    }
}

/// Verified contacts that may receive a second factor: while activating, the e-mail only (decision 8).
#[must_use]
pub fn channels_of(account: &Account) -> Vec<Channel> {
    let mut channels = Vec::new();
    if account.contact_email.is_some() {
        channels.push(Channel::Email);
    }
    if account.phone.is_some() && account.state == State::Active {
        channels.push(Channel::Sms);
    }
    channels
}

/// The hash an identifier of this kind may be tried against (decision 4).
fn stored_password<'a>(account: &'a Account, identifier: &str) -> Result<&'a str, Reason> {
    let by_email = identifier.contains('@');
    match (account.state, by_email) {
        (State::Disabled, _) => Err(Reason::Disabled),
        // Who walks the journey of a provider proved who they are there; the former password would let somebody else finish it.
        (State::Imported | State::Activating, false)
            if account.journey == Some(Journey::Psc) && !account.links.is_empty() =>
        {
            Err(Reason::NoPassword)
        }
        (State::Imported | State::Activating, false) | (State::Active, true) => {
            account.password.as_deref().or(account.legacy_password.as_deref()).ok_or(Reason::NoPassword)
        }
        (State::Imported | State::Activating, true) | (State::Active, false) => Err(Reason::Unknown),
    }
}

pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Imported => "imported",
        State::Activating => "activating",
        State::Active => "active",
        State::Disabled => "disabled",
    }
}

pub(super) fn minutes_until(now: i64, until: i64) -> i64 {
    ((until - now).max(1) + 59) / 60
}
