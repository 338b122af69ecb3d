//! Making the password (screen 3.4): the legacy one dies, other sessions end.

use crate::account::password::{Check, PasswordFault};
use crate::account::{Account, Spared, State};
use crate::activation::{Journey, Step};
use crate::notify::CodePurpose;
use crate::observe::Fact;
use crate::session::{EndCause, SessionToken};

use super::super::budget::name_of;
use super::super::codes::{Issued, Purpose, Request, Sending, To, code_message};
use super::super::local::minutes_until;
use super::super::throttle::{Admission, Guess, Scope, Ticket};
use super::super::{Login, LoginError};
use super::{AfterStepCode, Signed};

/// What comes after the form.
#[derive(Debug)]
pub enum AfterPasswordStep {
    /// Set; the session goes on under a new token.
    Set {
        /// The new token.
        token: SessionToken,
    },
    /// Not accepted.
    Refused(Vec<PasswordFault>),
    /// The same as the former system's.
    SameAsLegacy,
    /// Too many passwords of the account were tried; nothing was judged.
    Throttled {
        /// Which budget.
        scope: Scope,
        /// Minutes to wait, rounded up.
        minutes: i64,
        /// The cap of the day.
        day_cap: bool,
    },
    /// The authentication is older than five minutes.
    Confirm,
    /// The session is over.
    Gone,
}

/// Own pages that change credentials need an authentication younger than this (decision 22).
pub const FRESH: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

impl Login {
    /// Sets the password.
    pub async fn set_password(&self, signed: Signed<'_>, password: &str) -> Result<AfterPasswordStep, LoginError> {
        let now = self.now();
        if now >= signed.session.auth_time + FRESH {
            return Ok(AfterPasswordStep::Confirm);
        }
        let id = signed.session.account;
        let Some(account) = self.directory.account(id).await? else { return Ok(AfterPasswordStep::Gone) };
        if let Err(faults) = self.judge_new_password(&account, password) {
            return Ok(AfterPasswordStep::Refused(faults));
        }
        let former = match self.judge_former(signed, &account, password).await? {
            Former::Same => return Ok(AfterPasswordStep::SameAsLegacy),
            Former::Throttled { scope, minutes, day_cap } => {
                return Ok(AfterPasswordStep::Throttled { scope, minutes, day_cap });
            }
            Former::Other(ticket) => ticket,
        };
        let hash = self.hasher.hash(password, &*self.entropy).await?;
        let browser = signed.browser;
        let changed = self
            .change(id, |account, facts| {
                let open = account.steps.is_reached(Journey::Local, Step::Password)
                    && !account.steps.is_closed(Step::Password);
                if account.state == State::Active || !open || account.epoch != signed.session.epoch {
                    // Another browser was first: its password stays (attack A05).
                    return false;
                }
                account.password = Some(hash.clone());
                account.password_by_reset = false;
                account.epoch += 1;
                account.spared = Some(Spared { sid: signed.session.sid.clone(), epoch: account.epoch });
                // Browsers that knew the former password alone are recognised no more (attack S12).
                let own = self.known_device(account, browser.device);
                account.devices.retain(|mark, _| own.as_ref() == Some(mark));
                facts.push(browser.origin.event(now, Fact::PasswordSet, Some(account.id)));
                if account.legacy_password.take().is_some() {
                    facts.push(browser.origin.event(now, Fact::LegacyPasswordRetired, Some(account.id)));
                }
                account.steps.done(Journey::Local, Step::Password, now).is_ok()
            })
            .await?;
        let Some((account, true)) = changed else { return Ok(AfterPasswordStep::Gone) };
        if let Some(ticket) = former {
            // The former password is dead: that this one is another tells nothing any more.
            self.repay(ticket).await?;
        }
        self.sessions.end_all(id, Some(signed.key), EndCause::Revoked).await?;
        let token = SessionToken::draw(&*self.entropy);
        let renewed = self.sessions.renew_as(signed.key, &token, |session| session.epoch = account.epoch).await?;
        Ok(if renewed.is_some() { AfterPasswordStep::Set { token } } else { AfterPasswordStep::Gone })
    }

    /// Sends a code to confirm who is there before a credential changes (6.6). `None` without a proven e-mail.
    pub async fn send_confirmation(&self, signed: Signed<'_>) -> Result<Option<Issued>, LoginError> {
        let Some(account) = self.directory.account(signed.session.account).await? else { return Ok(None) };
        let Some(email) = &account.contact_email else { return Ok(None) };
        let budget = self.budget_of(&account, signed.browser);
        let request = Request {
            purpose: Purpose::Confirm,
            binding: &signed.session.sid,
            budget: &budget,
            client: signed.browser.origin.client,
            to: To::Email(email.value.clone()),
            sending: Sending::Code,
        };
        let issued = self.issue(request, |code| code_message(CodePurpose::StepUp, code)).await?;
        if issued == Issued::Sent {
            self.record(signed.browser, Fact::StepUpAsked, Some(account.id)).await?;
        }
        Ok(Some(issued))
    }

    /// Judges that code; right, the authentication is fresh again.
    pub async fn confirm_code(&self, signed: Signed<'_>, code: &str) -> Result<AfterStepCode, LoginError> {
        if let Some(checked) = self.refused_code(signed, Purpose::Confirm, None, code, Fact::StepUpRefused).await? {
            return Ok(AfterStepCode::Refused(checked));
        }
        self.record(signed.browser, Fact::StepUpPassed, Some(signed.session.account)).await?;
        let renewed = self.renew_authentication(signed).await?;
        Ok(AfterStepCode::Proven { renewed })
    }

    /// Compares with the former password: a guess like any other, within the budgets of the sign-in page (attack P04).
    async fn judge_former(&self, signed: Signed<'_>, account: &Account, password: &str) -> Result<Former, LoginError> {
        let Some(legacy) = account.legacy_password.as_deref() else { return Ok(Former::Other(None)) };
        let browser = signed.browser;
        let guess = Guess {
            name: account.legacy_id.as_deref().map(|typed| name_of(&self.sealer, typed)),
            budget: account.id.to_string(),
            device: self.known_device(account, browser.device),
            client: browser.origin.client,
        };
        let ticket = match self.admit(&guess).await? {
            Admission::Granted(ticket) => ticket,
            Admission::Refused { scope, until, day_cap } => {
                let minutes = minutes_until(self.now().as_second(), until.as_second());
                return Ok(Former::Throttled { scope, minutes, day_cap });
            }
        };
        match self.hasher.verify(password, Some(legacy)).await? {
            Check::Right { .. } => {
                self.repay(ticket).await?;
                Ok(Former::Same)
            }
            Check::Wrong => Ok(Former::Other(Some(ticket))),
        }
    }
}

/// A new password beside the former system's.
enum Former {
    /// The same.
    Same,
    /// Another, and the try it took; or there is no former one.
    Other(Option<Ticket>),
    /// Not compared.
    Throttled {
        /// Which budget.
        scope: Scope,
        /// Minutes, rounded up.
        minutes: i64,
        /// The cap of the day.
        day_cap: bool,
    },
}
