//! Where a person who has just signed in goes, and what an activated one is asked again: new terms, skipped steps.

use jiff::Timestamp;

use crate::account::{Account, State};
use crate::activation::reminder::{self, Due};
use crate::activation::{Journey, Step};
use crate::config::Settings;
use crate::identity::{Email, Phone};
use crate::observe::Fact;

use super::journey::{Saved, Signed, forms, journey_of, next_step};
use super::{Login, LoginError, place};

/// The next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landing {
    /// The place of work is asked.
    Place,
    /// A step of the activation.
    Step(Journey, Step),
    /// Every step is closed, and the last act is due.
    Finish(Journey),
    /// New terms.
    Terms,
    /// Skipped steps, offered again.
    Reminder(Due),
    /// The page first asked for.
    Page,
}

/// Where to go at a sign-in.
#[must_use]
pub fn landing(account: &Account, settings: &Settings, now: Timestamp) -> Landing {
    if place::is_due(account) {
        return Landing::Place;
    }
    if account.state != State::Active {
        return match next_step(account) {
            Some(step) => Landing::Step(journey_of(account), step),
            None => Landing::Finish(journey_of(account)),
        };
    }
    if !terms_are_current(account, settings) {
        return Landing::Terms;
    }
    match reminder::due(&account.steps, account.reminded_at, settings.activation.reminder_days, now) {
        Some(due) => Landing::Reminder(Due {
            email: due.email && account.contact_email.is_none(),
            phone: due.phone && account.phone.is_none(),
        })
        .unless_empty(),
        None => Landing::Page,
    }
}

impl Landing {
    fn unless_empty(self) -> Self {
        match self {
            Self::Reminder(Due { email: false, phone: false }) => Self::Page,
            Self::Place | Self::Step(..) | Self::Finish(_) | Self::Terms | Self::Reminder(_) | Self::Page => self,
        }
    }
}

/// Whether the accepted terms are today's.
#[must_use]
pub fn terms_are_current(account: &Account, settings: &Settings) -> bool {
    account.terms.as_ref().is_some_and(|terms| terms.version == settings.brand.terms_version)
}

impl Login {
    /// "Ignorer cette étape" of the reminder.
    pub async fn skip_reminder(&self, signed: Signed<'_>) -> Result<(), LoginError> {
        self.reminder_fact(signed, Fact::ReminderSkipped).await
    }

    /// A contact of the reminder is proven: one is enough.
    pub async fn reminder_done(&self, signed: Signed<'_>) -> Result<(), LoginError> {
        self.reminder_fact(signed, Fact::ReminderDone).await
    }

    /// Keeps the contacts typed into the reminder and sends the first one's code.
    pub async fn save_reminder(
        &self,
        signed: Signed<'_>,
        email: Option<&Email>,
        phone: Option<&Phone>,
    ) -> Result<Saved, LoginError> {
        self.change(signed.session.account, |account, _| {
            self.keep_field(account, forms::CONTACTS, "email", email.map_or("", Email::as_str));
            self.keep_field(account, forms::CONTACTS, "phone", phone.map_or("", Phone::as_str));
        })
        .await?;
        match (email, phone) {
            (Some(email), _) => self.save_contact_email(signed, email).await,
            (None, Some(phone)) => self.save_phone(signed, phone).await,
            (None, None) => Ok(Saved::Done),
        }
    }

    async fn reminder_fact(&self, signed: Signed<'_>, fact: Fact) -> Result<(), LoginError> {
        let now = self.now();
        let browser = signed.browser;
        self.change(signed.session.account, |account, facts| {
            account.reminded_at = Some(now);
            facts.push(browser.origin.event(now, fact, Some(account.id)));
        })
        .await?;
        Ok(())
    }
}
