//! The e-mail's code (screens 3.3 and 4.2): the address is claimed when it is proven, never when it is typed.

use crate::account::{Account, State, Verified};
use crate::activation::{Journey, Step};
use crate::identity::Email;
use crate::notify::{CodePurpose, Message};
use crate::observe::Fact;
use crate::session::SessionToken;

use super::super::codes::{Checked, Issued, Purpose, Request, Sending, To, code_message};
use super::super::open::acr;
use super::super::reset::{latest_key, settle_password_step};
use super::super::{Login, LoginError};
use super::{AfterStepCode, Saved, Signed, draft, forms, journey_of};

impl Login {
    /// The address that waits for its proof.
    #[must_use]
    pub fn pending_email(&self, account: &Account) -> Option<Email> {
        let form = match journey_of(account) {
            Journey::Local => forms::DETAILS,
            Journey::Psc => forms::CONTACTS,
        };
        Email::parse(draft(account, form, self.now())?.get("email")?).ok()
    }

    /// Sends the code of the address that waits, again or after a resume. `None` when none waits.
    pub async fn resend_email_code(&self, signed: Signed<'_>) -> Result<Option<Issued>, LoginError> {
        let Some(account) = self.directory.account(signed.session.account).await? else { return Ok(None) };
        let Some(email) = self.pending_email(&account) else { return Ok(None) };
        self.send_email_code(signed, &account, &email).await.map(Some)
    }

    /// Keeps a contact e-mail of the PSC journey or of a reminder, and sends its code.
    pub async fn save_contact_email(&self, signed: Signed<'_>, email: &Email) -> Result<Saved, LoginError> {
        let changed = self
            .change(signed.session.account, |account, _| {
                let proven = account.contact_email.as_ref().is_some_and(|held| held.value == *email);
                self.keep_field(account, forms::CONTACTS, "email", email.as_str());
                if proven && account.steps.done(Journey::Psc, Step::Email, self.now()).is_err() {
                    tracing::debug!("a proven e-mail was confirmed before the terms");
                }
                proven
            })
            .await?;
        let Some((account, proven)) = changed else { return Ok(Saved::Done) };
        self.tell_known_contacts(&account, Some(email), None, signed).await?;
        if proven {
            return Ok(Saved::Done);
        }
        Ok(Saved::Code(self.send_email_code(signed, &account, email).await?))
    }

    /// Judges the code; right, the address becomes the contact, and in the local journey the identifier to come.
    pub async fn email_code(&self, signed: Signed<'_>, code: &str) -> Result<AfterStepCode, LoginError> {
        let id = signed.session.account;
        let account = self.directory.account(id).await?;
        // An address just typed says nothing of who sits there: it makes no session of an activated account younger (attack L08).
        let active = account.as_ref().is_some_and(|account| account.state == State::Active);
        if account.as_ref().is_some_and(|account| self.is_barred(signed, account)) {
            return Ok(AfterStepCode::Refused(Checked::Expired));
        }
        let Some(email) = account.and_then(|account| self.pending_email(&account)) else {
            return Ok(AfterStepCode::Refused(Checked::Expired));
        };
        let (purpose, to, fact) = (Purpose::ActivationEmail, To::Email(email.clone()), Fact::ActivationEmailRefused);
        if let Some(checked) = self.refused_code(signed, purpose, Some(&to), code, fact).await? {
            return Ok(AfterStepCode::Refused(checked));
        }
        let now = self.now();
        let browser = signed.browser;
        // A reset asked for through the former address is dead (attack P17).
        self.store.remove_record(&latest_key(id)).await?;
        let claimed = self
            .change(id, |account, facts| {
                let journey = journey_of(account);
                let already = account.contact_email.as_ref().is_some_and(|held| held.value == email);
                if already && account.steps.is_done(Step::Email) {
                    return;
                }
                account.contact_email = Some(Verified { value: email.clone(), verified_at: now });
                if journey == Journey::Local || account.sign_in_email.is_some() {
                    account.sign_in_email = Some(email.clone());
                }
                if account.steps.done(journey, Step::Email, now).is_err() {
                    tracing::debug!("an e-mail was proven outside its step");
                }
                if journey == Journey::Local {
                    settle_password_step(account, now);
                }
                facts.push(browser.origin.event(now, Fact::ActivationEmailVerified, Some(account.id)));
            })
            .await;
        match claimed {
            Ok(_) => {}
            // Somebody else claimed it meanwhile: a code that has passed says nothing of them, and the next one tells its holder.
            Err(LoginError::Taken(_)) => return Ok(AfterStepCode::Refused(Checked::Expired)),
            Err(error) => return Err(error),
        }
        let renewed = if active { self.renew_token(signed).await? } else { self.renew_authentication(signed).await? };
        Ok(AfterStepCode::Proven { renewed })
    }

    /// Sends the code, or where another account signs in with the address, a message that says so and no code.
    pub(in crate::login) async fn send_email_code(
        &self,
        signed: Signed<'_>,
        account: &Account,
        email: &Email,
    ) -> Result<Issued, LoginError> {
        let now = self.now();
        let local = journey_of(account) == Journey::Local;
        let taken = local && self.directory.by_sign_in_email(email).await?.is_some_and(|other| other.id != account.id);
        let sending = if taken {
            let once = format!("taken-mail:{}", self.sealer.mac("recipient", &[email.as_str().as_bytes()]));
            let first = self.store.consume(&once, now + jiff::SignedDuration::from_hours(24), now).await?;
            // Its holder is told once a day; the page takes as long, and fails alike, at each request.
            if first { Sending::Instead } else { Sending::Rehearsed }
        } else {
            Sending::Code
        };
        let budget = self.budget_of(account, signed.browser);
        let request = Request {
            purpose: Purpose::ActivationEmail,
            binding: &signed.session.sid,
            budget: &budget,
            client: signed.browser.origin.client,
            to: To::Email(email.clone()),
            sending,
        };
        let purpose = if local { CodePurpose::ActivationEmail } else { CodePurpose::ContactEmail };
        let issued =
            self.issue(request, |code| if taken { Message::EmailTaken } else { code_message(purpose, code) }).await?;
        if issued == Issued::Sent {
            let fact = if taken { Fact::ActivationEmailTaken } else { Fact::ActivationEmailSent };
            self.directory.record(&[signed.browser.origin.event(now, fact, Some(account.id))]).await?;
        }
        Ok(issued)
    }

    /// The session goes on under a new token, as old as it is.
    async fn renew_token(&self, signed: Signed<'_>) -> Result<Option<SessionToken>, LoginError> {
        let token = SessionToken::draw(&*self.entropy);
        Ok(self.sessions.renew_as(signed.key, &token, |_| {}).await?.map(|_| token))
    }

    /// A fresh proof renews the authentication time and the session's token (attack S01). A code by e-mail beside the
    /// password is the second factor that the first sign-in could not ask yet.
    pub(in crate::login) async fn renew_authentication(
        &self,
        signed: Signed<'_>,
    ) -> Result<Option<SessionToken>, LoginError> {
        let now = self.now();
        let token = SessionToken::draw(&*self.entropy);
        let renewed = self
            .sessions
            .renew_as(signed.key, &token, |session| {
                session.auth_time = now;
                if session.acr == acr::PASSWORD {
                    session.acr = acr::EMAIL.to_owned();
                    session.amr.push("otp".to_owned());
                }
            })
            .await?;
        Ok(renewed.map(|_| token))
    }
}
