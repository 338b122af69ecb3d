//! The phone (screens 3.5, 3.6, 4.3, 4.4): a code proves it, or the step is skipped.

use crate::account::{Account, Verified};
use crate::activation::Step;
use crate::identity::Phone;
use crate::notify::CodePurpose;
use crate::observe::Fact;

use super::super::codes::{Checked, Issued, Purpose, Request, Sending, To, code_message};
use super::super::reset::latest_key;
use super::super::{Login, LoginError};
use super::{AfterStepCode, Saved, Signed, draft, forms, journey_of};

impl Login {
    /// The number that waits for its proof.
    #[must_use]
    pub fn pending_phone(&self, account: &Account) -> Option<Phone> {
        let text = draft(account, forms::CONTACTS, self.now())?.get("phone")?;
        Phone::parse(text).ok()
    }

    /// Keeps a number and sends its code; a code sent to another number is dead.
    pub async fn save_phone(&self, signed: Signed<'_>, phone: &Phone) -> Result<Saved, LoginError> {
        let browser = signed.browser;
        let now = self.now();
        let changed = self
            .change(signed.session.account, |account, facts| {
                let proven = account.phone.as_ref().is_some_and(|held| held.value == *phone);
                let before = self.pending_phone(account);
                self.keep_field(account, forms::CONTACTS, "phone", phone.as_str());
                if proven {
                    if account.steps.done(journey_of(account), Step::Phone, now).is_err() {
                        tracing::debug!("a proven phone was confirmed outside its step");
                    }
                } else if before.as_ref() != Some(phone) {
                    facts.push(browser.origin.event(now, Fact::ActivationPhoneChanged, Some(account.id)));
                }
                (proven, before.as_ref() != Some(phone))
            })
            .await?;
        let Some((account, (proven, other))) = changed else { return Ok(Saved::Done) };
        self.tell_known_contacts(&account, None, Some(phone), signed).await?;
        if proven {
            return Ok(Saved::Done);
        }
        if other {
            self.drop_code(Purpose::ActivationPhone, &signed.session.sid).await?;
        }
        Ok(Saved::Code(self.send_phone_code(signed, &account, phone).await?))
    }

    /// Sends the code of the number that waits. `None` when none waits.
    pub async fn resend_phone_code(&self, signed: Signed<'_>) -> Result<Option<Issued>, LoginError> {
        let Some(account) = self.directory.account(signed.session.account).await? else { return Ok(None) };
        let Some(phone) = self.pending_phone(&account) else { return Ok(None) };
        self.send_phone_code(signed, &account, &phone).await.map(Some)
    }

    /// Judges the code; right, the number is proven.
    pub async fn phone_code(&self, signed: Signed<'_>, code: &str) -> Result<AfterStepCode, LoginError> {
        let id = signed.session.account;
        let account = self.directory.account(id).await?;
        if account.as_ref().is_some_and(|account| self.is_barred(signed, account)) {
            return Ok(AfterStepCode::Refused(Checked::Expired));
        }
        let Some(phone) = account.and_then(|account| self.pending_phone(&account)) else {
            return Ok(AfterStepCode::Refused(Checked::Expired));
        };
        let (purpose, to, fact) = (Purpose::ActivationPhone, To::Phone(phone.clone()), Fact::ActivationPhoneRefused);
        if let Some(checked) = self.refused_code(signed, purpose, Some(&to), code, fact).await? {
            return Ok(AfterStepCode::Refused(checked));
        }
        let now = self.now();
        let browser = signed.browser;
        // A reset proven before this number was does not do without it (attack P17).
        self.store.remove_record(&latest_key(id)).await?;
        self.change(id, |account, facts| {
            if account.phone.as_ref().is_some_and(|held| held.value == phone) && account.steps.is_done(Step::Phone) {
                return;
            }
            account.phone = Some(Verified { value: phone.clone(), verified_at: now });
            if account.steps.done(journey_of(account), Step::Phone, now).is_err() {
                tracing::debug!("a phone was proven outside its step");
            }
            facts.push(browser.origin.event(now, Fact::ActivationPhoneVerified, Some(account.id)));
        })
        .await?;
        Ok(AfterStepCode::Proven { renewed: None })
    }

    /// "Ignorer cette étape". `false` when the journey needs the step, or an earlier one is open.
    pub async fn skip_step(&self, signed: Signed<'_>, step: Step) -> Result<bool, LoginError> {
        let now = self.now();
        let browser = signed.browser;
        let fact = if step == Step::Email { Fact::ActivationEmailSkipped } else { Fact::ActivationPhoneSkipped };
        let changed = self
            .change(signed.session.account, |account, facts| {
                let skipped = account.steps.skip(journey_of(account), step, now).is_ok();
                if skipped {
                    facts.push(browser.origin.event(now, fact, Some(account.id)));
                }
                skipped
            })
            .await?;
        let purpose = if step == Step::Email { Purpose::ActivationEmail } else { Purpose::ActivationPhone };
        self.drop_code(purpose, &signed.session.sid).await?;
        Ok(matches!(changed, Some((_, true))))
    }

    async fn send_phone_code(
        &self,
        signed: Signed<'_>,
        account: &Account,
        phone: &Phone,
    ) -> Result<Issued, LoginError> {
        let budget = self.budget_of(account, signed.browser);
        let request = Request {
            purpose: Purpose::ActivationPhone,
            binding: &signed.session.sid,
            budget: &budget,
            client: signed.browser.origin.client,
            to: To::Phone(phone.clone()),
            sending: Sending::Code,
        };
        let issued = self.issue(request, |code| code_message(CodePurpose::Phone, code)).await?;
        if issued == Issued::Sent {
            let event = signed.browser.origin.event(self.now(), Fact::ActivationPhoneSent, Some(account.id));
            self.directory.record(&[event]).await?;
        }
        Ok(issued)
    }
}
