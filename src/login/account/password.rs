//! The first password of an account that only an identity provider opens (decisions 5 and 52): its verified e-mail becomes the identifier.

use crate::account::password::PasswordFault;
use crate::notify::Message;
use crate::observe::Fact;
use crate::session::SessionToken;

use super::super::journey::Signed;
use super::super::{Login, LoginError};
use super::may_change;

/// What comes after the form.
#[derive(Debug)]
pub enum AfterFirstPassword {
    /// Made; the session goes on under a new token, `None` if it ended meanwhile.
    Made(Option<SessionToken>),
    /// Not accepted.
    Refused(Vec<PasswordFault>),
    /// Another account signs in with this e-mail.
    Taken,
    /// More must be proven first.
    Confirm,
    /// There is a password, no verified e-mail, or the account changed meanwhile.
    Gone,
}

impl Login {
    /// Makes the password. One that is there is never replaced here.
    pub async fn make_password(&self, signed: Signed<'_>, typed: &str) -> Result<AfterFirstPassword, LoginError> {
        let id = signed.session.account;
        let account = self.directory.account(id).await?;
        let Some(account) = account.filter(|account| account.password.is_none()) else {
            return Ok(AfterFirstPassword::Gone);
        };
        if !self.may_change_ways_in(signed.session, &account) {
            return Ok(AfterFirstPassword::Confirm);
        }
        let Some(email) = account.contact_email.clone() else { return Ok(AfterFirstPassword::Gone) };
        if let Err(faults) = self.judge_new_password(&account, typed) {
            return Ok(AfterFirstPassword::Refused(faults));
        }
        let hash = self.hasher.hash(typed, &*self.entropy).await?;
        let now = self.now();
        let browser = signed.browser;
        let changed = self
            .change(id, |account, facts| {
                let same_email = account.contact_email.as_ref() == Some(&email);
                if !may_change(account, signed.session) || account.password.is_some() || !same_email {
                    return false;
                }
                account.password = Some(hash.clone());
                account.sign_in_email = Some(email.value.clone());
                let fact = browser.origin.event(now, Fact::PasswordSet, Some(account.id));
                facts.push(fact.with("by", "account"));
                if account.legacy_password.take().is_some() {
                    facts.push(browser.origin.event(now, Fact::LegacyPasswordRetired, Some(account.id)));
                }
                true
            })
            .await;
        let account = match changed {
            Ok(Some((account, true))) => account,
            Ok(Some((_, false)) | None) => return Ok(AfterFirstPassword::Gone),
            Err(LoginError::Taken(_)) => return Ok(AfterFirstPassword::Taken),
            Err(error) => return Err(error),
        };
        self.tell_everywhere(&account, &Message::PasswordMade);
        let token = SessionToken::draw(&*self.entropy);
        let renewed = self.sessions.renew_as(signed.key, &token, |_| {}).await?;
        Ok(AfterFirstPassword::Made(renewed.map(|_| token)))
    }
}
