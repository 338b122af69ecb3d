//! Acts on the activation's steps and on what they proved.

use crate::account::{Account, Channel, Journey, State, Step};
use crate::login::journey::finish::step_name;
use crate::login::journey::{forms, journey_of};
use crate::observe::Fact;

use super::{Done, HelpDesk, HelpDeskError, Refused, has_way_in};

const ALL: [Step; 7] =
    [Step::Information, Step::Details, Step::Terms, Step::Email, Step::Password, Step::Phone, Step::Organisation];

/// Every step's name, in order.
pub fn step_names() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().map(step_name)
}

/// The step of that name.
#[must_use]
pub fn step_named(name: &str) -> Option<Step> {
    ALL.into_iter().find(|step| step_name(*step) == name)
}

impl HelpDesk {
    /// Removes the phone: it receives no code any more, and the person is asked again. Sessions end, for the phone may be stolen.
    ///
    /// # Errors
    /// When one account does not answer to `who`, or a store is away.
    pub async fn remove_phone(&self, who: &str) -> Result<Done, HelpDeskError> {
        let id = self.one(who).await?.id;
        let now = self.now();
        let changed = self
            .change(id, |account| {
                if account.phone.is_none() {
                    return Ok(Vec::new());
                }
                drop_phone(account);
                account.steps.reopen(Step::Phone);
                let walked = account.state == State::Active || account.closed_from == Some(State::Active);
                if walked && account.steps.skip(journey_of(account), Step::Phone, now).is_err() {
                    tracing::debug!("an earlier step is open too; the phone is asked with it");
                }
                account.epoch += 1;
                Ok(vec![self.fact(Fact::PhoneRemoved, Some(id))])
            })
            .await?;
        self.done_with_sessions(changed).await
    }

    /// Has a step walked again at the next sign-in. An activated person goes back to the activation until it is done.
    ///
    /// What the step proved is forgotten where it is a contact or the terms; then sessions end. Texts and the password stay: the person
    /// still signs in with it to choose another.
    ///
    /// # Errors
    /// When one account does not answer to `who`, the journey has no such step or has not begun, the person could not come back,
    /// or a store is away.
    pub async fn reset_step(&self, who: &str, step: Step) -> Result<Done, HelpDeskError> {
        let id = self.one(who).await?.id;
        let mut credential = false;
        let (account, changed) = self
            .change(id, |account| {
                match account.state {
                    State::Disabled => return Err(Refused::Disabled),
                    State::Imported => return Err(Refused::NotBegun),
                    State::Activating | State::Active => {}
                }
                if !journey_of(account).steps().contains(&step) {
                    return Err(Refused::NoSuchStep);
                }
                if account.state == State::Activating && !account.steps.is_closed(step) {
                    return Ok(Vec::new());
                }
                account.steps.reopen(step);
                account.state = State::Activating;
                credential = matches!(step, Step::Email | Step::Phone);
                account.epoch += i64::from(credential);
                forget_proof(account, step);
                if !has_way_in(account) {
                    return Err(Refused::NoWayBack);
                }
                Ok(vec![self.fact(Fact::StepReset, Some(id)).with("step", step_name(step))])
            })
            .await?;
        let mut done = if credential {
            self.done_with_sessions((account.clone(), changed)).await?
        } else {
            Done::of(&account, changed)
        };
        if changed && journey_of(&account) == Journey::Local {
            done.remarks.push("until the step is done the person signs in with the identifier of the former system");
        }
        Ok(done)
    }
}

fn forget_proof(account: &mut Account, step: Step) {
    match step {
        Step::Email => {
            account.contact_email = None;
            account.sign_in_email = None;
            account.mailbox_until = None;
            drop_typed(account, "email");
            if journey_of(account) == Journey::Local {
                // The address is typed there.
                account.steps.reopen(Step::Details);
            }
        }
        Step::Phone => drop_phone(account),
        Step::Terms => account.terms = None,
        Step::Information | Step::Details | Step::Password | Step::Organisation => {}
    }
}

fn drop_phone(account: &mut Account) {
    account.phone = None;
    account.last_channel = account.last_channel.filter(|channel| *channel != Channel::Sms);
    drop_typed(account, "phone");
}

/// Nobody is sent a code at an address that the help desk has just removed.
fn drop_typed(account: &mut Account, field: &str) {
    for form in [forms::DETAILS, forms::CONTACTS] {
        if let Some(draft) = account.drafts.get_mut(form) {
            draft.fields.remove(field);
        }
    }
}
