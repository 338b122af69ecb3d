//! Performing the activation's steps: what `activation` judges is stored here, each step in one write, by compare-and-set.

pub mod details;
pub mod email;
pub mod finish;
pub mod freeze;
pub mod organisation;
pub mod password;
pub mod phone;

use std::collections::BTreeMap;

use crate::account::{Account, Draft, State};
use crate::activation::{Journey, Step};
use crate::identity::AccountId;
use crate::observe::Fact;
use crate::session::{Session, SessionKey};

use super::budget::Budget;
use super::codes::{Checked, Issued, Purpose, To};
use super::local::Browser;
use super::{Login, LoginError};

/// A signed-in person, as the pages see them.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// Key of the session.
    pub key: SessionKey,
    /// The session.
    pub session: &'a Session,
    /// Where the request came from.
    pub browser: Browser<'a>,
}

/// What comes after a code of the activation was typed.
#[derive(Debug)]
pub enum AfterStepCode {
    /// Proven.
    Proven {
        /// The session's new token, where the proof renews the authentication.
        renewed: Option<crate::session::SessionToken>,
    },
    /// Not right; the page stays.
    Refused(Checked),
}

/// What comes after a form that may send a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// Stored; nothing is sent.
    Done,
    /// Stored; a code was asked for.
    Code(Issued),
}

impl Login {
    /// "Je configure mon compte": the journey begins.
    pub async fn begin_activation(&self, signed: Signed<'_>) -> Result<(), LoginError> {
        let now = self.now();
        let browser = signed.browser;
        self.change(signed.session.account, |account, facts| {
            if account.state == State::Imported {
                account.state = State::Activating;
                facts.push(browser.origin.event(now, Fact::ActivationBegun, Some(account.id)));
            }
            account.journey.get_or_insert(Journey::Local);
            if account.steps.done(Journey::Local, Step::Information, now).is_err() {
                tracing::debug!("the information page was confirmed in another journey");
            }
        })
        .await?;
        Ok(())
    }

    /// Keeps what was typed into a form, right or not (decision 8). Fields named here never hold passwords or codes.
    pub async fn save_draft(
        &self,
        id: AccountId,
        form: &str,
        fields: BTreeMap<String, String>,
    ) -> Result<(), LoginError> {
        let now = self.now();
        self.change(id, |account, _| {
            if account.state != State::Active {
                account.drafts.insert(form.to_owned(), Draft { saved_at: now, fields: fields.clone() });
            }
        })
        .await?;
        Ok(())
    }

    /// Keeps what was typed as a contact, right or not.
    pub async fn keep_contact(&self, id: AccountId, field: &str, value: &str) -> Result<(), LoginError> {
        let value: String = value.chars().take(320).collect();
        self.change(id, |account, _| {
            if account.state != State::Active {
                self.keep_field(account, forms::CONTACTS, field, &value);
            }
        })
        .await?;
        Ok(())
    }

    /// Keeps a number as it was typed, right or not; the one whose code was sent stays what it is.
    pub async fn keep_typed_phone(&self, id: AccountId, dial_code: &str, phone: &str) -> Result<(), LoginError> {
        let bounded = |text: &str| text.chars().take(60).collect::<String>();
        let (dial_code, phone) = (bounded(dial_code), bounded(phone));
        self.change(id, |account, _| {
            if account.state != State::Active {
                self.keep_field(account, forms::CONTACTS, "typed_dial_code", &dial_code);
                self.keep_field(account, forms::CONTACTS, "typed_phone", &phone);
            }
        })
        .await?;
        Ok(())
    }

    /// The dial code and number last typed on a screen that asks them, right or not.
    #[must_use]
    pub fn typed_phone(&self, account: &Account) -> Option<(String, String)> {
        let fields = draft(account, forms::CONTACTS, self.now())?;
        let phone = fields.get("typed_phone").filter(|phone| !phone.is_empty())?;
        Some((fields.get("typed_dial_code").cloned().unwrap_or_default(), phone.clone()))
    }

    /// Whether a contact would be added by somebody who must first prove more (decision 22). Those of the activation are what it is for.
    fn is_barred(&self, signed: Signed<'_>, account: &Account) -> bool {
        account.state == State::Active && !self.may_change_ways_in(signed.session, account)
    }

    /// Judges a code of this session: `None` when it is right; what else it is becomes a fact, and the page says it.
    async fn refused_code(
        &self,
        signed: Signed<'_>,
        purpose: Purpose,
        to: Option<&To>,
        code: &str,
        refused: Fact,
    ) -> Result<Option<Checked>, LoginError> {
        let id = signed.session.account;
        let checked = self.check_code(purpose, &signed.session.sid, &Budget::of(id), to, code).await?;
        if matches!(checked, Checked::Right | Checked::Again) {
            return Ok(None);
        }
        self.record(signed.browser, refused, Some(id)).await?;
        Ok(Some(checked))
    }

    /// Keeps one field of a form's draft.
    pub(super) fn keep_field(&self, account: &mut Account, form: &str, field: &str, value: &str) {
        let now = self.now();
        let draft =
            account.drafts.entry(form.to_owned()).or_insert_with(|| Draft { saved_at: now, fields: BTreeMap::new() });
        draft.saved_at = now;
        draft.fields.insert(field.to_owned(), value.to_owned());
    }
}

/// A form's draft, unless it is older than ninety days.
#[must_use]
pub fn draft<'a>(account: &'a Account, form: &str, now: jiff::Timestamp) -> Option<&'a BTreeMap<String, String>> {
    let draft = account.drafts.get(form)?;
    let fresh = now < draft.saved_at + jiff::SignedDuration::from_hours(24 * 90);
    fresh.then_some(&draft.fields)
}

/// The journey an account walks.
#[must_use]
pub fn journey_of(account: &Account) -> Journey {
    account.journey.unwrap_or(Journey::Local)
}

/// The first step still open, or `None` once the account is active or the journey is walked.
#[must_use]
pub fn next_step(account: &Account) -> Option<Step> {
    if account.state == State::Active { None } else { account.steps.next(journey_of(account)) }
}

/// Names of the forms whose text is kept.
pub mod forms {
    /// Personal details.
    pub const DETAILS: &str = "coordonnees";
    /// Organisation.
    pub const ORGANISATION: &str = "structure";
    /// Billing.
    pub const BILLING: &str = "facturation";
    /// Contacts of the PSC journey.
    pub const CONTACTS: &str = "contacts";
}
