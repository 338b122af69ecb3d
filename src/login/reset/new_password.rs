//! The new password at the end of a reset: what it may be, and what ends with the old one.

use jiff::SignedDuration;

use crate::account::password::{self, PasswordFault};
use crate::account::{Account, State, Step};
use crate::activation::Journey;
use crate::notify::Message;
use crate::observe::Fact;
use crate::session::EndCause;

use super::super::local::Browser;
use super::super::open::{Given, Opening};
use super::super::{Flow, Login, LoginError, Stage};
use super::{AfterNewPassword, Proof};

impl Login {
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
    pub(in crate::login) fn judge_new_password(
        &self,
        account: &Account,
        typed: &str,
    ) -> Result<(), Vec<PasswordFault>> {
        let own = own_data(account);
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        password::judge(typed, self.settings.password.profile, &own)
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

/// Closes the password step that a reset did in advance, as soon as it is reached (decision 54).
pub(in crate::login) fn settle_password_step(account: &mut Account, now: jiff::Timestamp) {
    let waits = account.password_by_reset && account.password.is_some() && !account.steps.is_closed(Step::Password);
    if waits && account.steps.done(Journey::Local, Step::Password, now).is_err() {
        tracing::debug!("a password made in advance waits for its step");
    }
}
