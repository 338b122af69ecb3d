//! The last act: everything is checked again, then one write makes the account active.

use crate::account::{AcceptedTerms, Account, Spared, State};
use crate::activation::{Evidence, Journey, Step, finish};
use crate::config::settings::{ActivationSettings, ProfessionChoice};
use crate::notify::Message;
use crate::observe::Fact;
use crate::session::{EndCause, SessionToken};

use super::super::{Login, LoginError};
use super::{Signed, journey_of};

/// What the last act led to.
#[derive(Debug)]
pub enum Finished {
    /// Active; the session goes on under a new token.
    Active {
        /// The new token.
        token: SessionToken,
    },
    /// Another tab was first, or the account was active before.
    Already,
    /// A step must be walked again.
    Open(Step),
    /// The account or session is gone.
    Gone,
}

impl Login {
    /// Makes the account active, or says which step is still open.
    pub async fn finish(&self, signed: Signed<'_>) -> Result<Finished, LoginError> {
        let now = self.now();
        let browser = signed.browser;
        let settings = &self.settings;
        let changed = self
            .change(signed.session.account, |account, facts| {
                match account.state {
                    State::Active => return Finished::Already,
                    State::Disabled => return Finished::Gone,
                    State::Imported | State::Activating => {}
                }
                if account.frozen || account.epoch != signed.session.epoch {
                    return Finished::Gone;
                }
                let journey = journey_of(account);
                let evidence = evidence(account, journey, &settings.activation, &settings.brand.terms_version);
                if let Err(step) = finish(&evidence) {
                    account.steps.reopen(step);
                    return Finished::Open(step);
                }
                account.state = State::Active;
                account.drafts.clear();
                account.password_by_reset = false;
                if journey == Journey::Psc && account.legacy_password.take().is_some() {
                    // Sessions that the former password opened end with it (attack A08).
                    account.epoch += 1;
                    account.spared = Some(Spared { sid: signed.session.sid.clone(), epoch: account.epoch });
                    let own = self.known_device(account, browser.device);
                    account.devices.retain(|mark, _| own.as_ref() == Some(mark));
                    facts.push(browser.origin.event(now, Fact::SessionsEnded, Some(account.id)));
                    facts.push(browser.origin.event(now, Fact::LegacyPasswordRetired, Some(account.id)));
                }
                let skipped: Vec<&str> = account.steps.skipped().map(|(step, _)| step_name(step)).collect();
                let event = browser.origin.event(now, Fact::ActivationFinished, Some(account.id));
                facts.push(event.with("journey", journey_name(journey)).with("skipped", skipped.join(" ")));
                Finished::Active { token: SessionToken::draw(&*self.entropy) }
            })
            .await?;
        let Some((account, finished)) = changed else { return Ok(Finished::Gone) };
        let Finished::Active { token } = finished else { return Ok(finished) };
        self.tell_activated(&account, signed);
        if account.epoch != signed.session.epoch {
            self.sessions.end_all(account.id, Some(signed.key), EndCause::Revoked).await?;
        }
        let renewed = self.sessions.renew_as(signed.key, &token, |session| session.epoch = account.epoch).await?;
        Ok(if renewed.is_some() { Finished::Active { token } } else { Finished::Already })
    }

    /// The terms of the PSC journey's first screen, or a new version later (6.2).
    pub async fn accept_terms(&self, signed: Signed<'_>) -> Result<(), LoginError> {
        let now = self.now();
        let browser = signed.browser;
        let version = self.settings.brand.terms_version.clone();
        self.change(signed.session.account, |account, facts| {
            if account.terms.as_ref().is_none_or(|terms| terms.version != version) {
                account.terms = Some(AcceptedTerms { version: version.clone(), accepted_at: now });
                let event = browser.origin.event(now, Fact::TermsAccepted, Some(account.id));
                facts.push(event.with("version", version.clone()));
            }
            if account.state != State::Active
                && journey_of(account) == Journey::Psc
                && account.steps.done(Journey::Psc, Step::Terms, now).is_err()
            {
                tracing::debug!("terms were accepted outside their step");
            }
        })
        .await?;
        Ok(())
    }

    fn tell_activated(&self, account: &Account, signed: Signed<'_>) {
        let Some(email) = &account.contact_email else { return };
        let link = account.link(&signed.session.identity_provider).or(account.links.first());
        let journey = match (journey_of(account), link) {
            (Journey::Psc, Some(link)) => {
                crate::notify::Journey::Provider { label: self.label(&link.identity_provider).to_owned() }
            }
            (Journey::Local | Journey::Psc, _) => crate::notify::Journey::Local,
        };
        self.tell(email.value.clone(), &Message::Activated { journey });
    }
}

/// What the directory holds of an account, for [`finish()`].
fn evidence<'a>(
    account: &'a Account,
    journey: Journey,
    settings: &ActivationSettings,
    current_terms: &'a str,
) -> Evidence<'a> {
    let choice = choice_of(account, settings);
    Evidence {
        journey,
        steps: &account.steps,
        accepted_terms: account.terms.as_ref().map(|terms| terms.version.as_str()),
        current_terms,
        details: has_details(account, choice),
        verified_email: account.contact_email.is_some(),
        sign_in_email: account.sign_in_email.is_some(),
        verified_phone: account.phone.is_some(),
        password: account.password.is_some(),
        legacy_password: account.legacy_password.is_some(),
        organisation: has_organisation(account, choice),
        linked: !account.links.is_empty(),
    }
}

/// What the configuration asks of the declared profession.
#[must_use]
pub fn choice_of<'a>(account: &Account, settings: &'a ActivationSettings) -> Option<&'a ProfessionChoice> {
    let code = account.person.profession.as_deref()?;
    settings.professions.iter().find(|choice| choice.code == code)
}

fn has_details(account: &Account, choice: Option<&ProfessionChoice>) -> bool {
    let person = &account.person;
    let rpps = account.rpps.is_some() || choice.is_some_and(|choice| choice.rpps_optional);
    person.civility.is_some() && person.family_name.is_some() && person.given_name.is_some() && choice.is_some() && rpps
}

fn has_organisation(account: &Account, choice: Option<&ProfessionChoice>) -> bool {
    let (Some(organisation), Some(choice)) = (&account.organisation, choice) else { return false };
    let address = &organisation.address;
    organisation.name.is_some()
        && (organisation.siret.is_some() || choice.siret_optional)
        && (organisation.cpam.is_some() || choice.cpam_optional)
        && (organisation.finess.is_some() || choice.finess_optional)
        && address.line1.is_some()
        && address.postal_code.is_some()
        && address.city.is_some()
        && address.country.is_some()
}

/// A step's name in the audit log and for the help desk.
#[must_use]
pub fn step_name(step: Step) -> &'static str {
    match step {
        Step::Information => "information",
        Step::Details => "details",
        Step::Terms => "terms",
        Step::Email => "email",
        Step::Password => "password",
        Step::Phone => "phone",
        Step::Organisation => "organisation",
    }
}

fn journey_name(journey: Journey) -> &'static str {
    match journey {
        Journey::Local => "local",
        Journey::Psc => "psc",
    }
}
