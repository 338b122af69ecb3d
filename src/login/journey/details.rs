//! Personal details and terms (screen 3.2), and the notice to a contact that import knew.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;

use crate::account::{AcceptedTerms, Account, Draft, Source, SourcedRpps, State};
use crate::activation::{Journey, Step};
use crate::config::Secret;
use crate::identity::{Email, Phone, Rpps};
use crate::notify::{ContactChange, Message};
use crate::observe::Fact;
use crate::session::{Rule, Verdict};

use super::super::{Login, LoginError};
use super::{Saved, Signed, forms};

/// Notices of other contacts, per account.
const A_DAY: Rule = Rule::Window { limit: 3, per: Duration::from_secs(86_400) };

/// The form, every field right.
#[derive(Debug, Clone)]
pub struct Details {
    /// `M` or `MME`.
    pub civility: String,
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// TRE_G15 code.
    pub profession: String,
    /// RPPS; `None` where the profession has none, or import's stands.
    pub rpps: Option<Rpps>,
    /// E-mail to sign in with.
    pub email: Email,
    /// Mobile.
    pub phone: Option<Phone>,
}

impl Login {
    /// Stores the details, accepts the terms, and sends the e-mail's code when the address is not proven yet.
    pub async fn save_details(
        &self,
        signed: Signed<'_>,
        details: &Details,
        fields: BTreeMap<String, String>,
    ) -> Result<Saved, LoginError> {
        let now = self.now();
        let version = self.settings.brand.terms_version.clone();
        let browser = signed.browser;
        let changed = self
            .change(signed.session.account, |account, facts| {
                let names = changed_names(account, details);
                account.person.civility = Some(details.civility.clone());
                account.person.family_name = Some(details.family_name.clone());
                account.person.given_name = Some(details.given_name.clone());
                account.person.profession = Some(details.profession.clone());
                if account.rpps.as_ref().is_none_or(|held| held.source == Source::Declared) {
                    let declared = |value| SourcedRpps { value, source: Source::Declared };
                    account.rpps = details.rpps.clone().map(declared);
                }
                if account.terms.as_ref().is_none_or(|terms| terms.version != version) {
                    account.terms = Some(AcceptedTerms { version: version.clone(), accepted_at: now });
                    let event = browser.origin.event(now, Fact::TermsAccepted, Some(account.id));
                    facts.push(event.with("version", version.clone()));
                }
                let proven = account.contact_email.as_ref().is_some_and(|email| email.value == details.email);
                if !proven {
                    account.steps.reopen(Step::Email);
                }
                let same_phone = account.phone.as_ref().map(|phone| &phone.value) == details.phone.as_ref();
                if details.phone.is_some() && !same_phone {
                    account.steps.reopen(Step::Phone);
                }
                account.drafts.insert(forms::DETAILS.to_owned(), Draft { saved_at: now, fields: fields.clone() });
                self.keep_field(account, forms::DETAILS, "email", details.email.as_str());
                let phone = details.phone.as_ref().map_or("", Phone::as_str);
                self.keep_field(account, forms::CONTACTS, "phone", phone);
                self.keep_field(account, forms::CONTACTS, "typed_phone", "");
                let done = account.steps.done(Journey::Local, Step::Details, now);
                let event = browser.origin.event(now, Fact::DetailsSaved, Some(account.id));
                facts.push(event.with("changed", names.join(" ")));
                (done.is_ok(), proven)
            })
            .await?;
        let Some((account, (true, proven))) = changed else { return Ok(Saved::Done) };
        self.tell_known_contacts(&account, Some(&details.email), details.phone.as_ref(), signed).await?;
        if proven {
            return Ok(Saved::Done);
        }
        Ok(Saved::Code(self.send_email_code(signed, &account, &details.email).await?))
    }

    /// When import knew another contact than the one typed, on whatever screen, the known ones are told, once for each that was
    /// typed and a few times a day, and given a way to freeze the activation (decision 8).
    pub(in crate::login) async fn tell_known_contacts(
        &self,
        account: &Account,
        email: Option<&Email>,
        phone: Option<&Phone>,
        signed: Signed<'_>,
    ) -> Result<(), LoginError> {
        if account.state == State::Active {
            return Ok(());
        }
        let known = &account.imported;
        let email = match (&known.email, email) {
            (Some(known), Some(typed)) if known != typed => self.first_told(account, "email", typed.as_str()).await?,
            (_, _) => false,
        };
        let phone = match (&known.phone, phone) {
            (Some(known), Some(typed)) if known != typed => self.first_told(account, "phone", typed.as_str()).await?,
            (_, _) => false,
        };
        let change = match (email, phone) {
            (true, true) => ContactChange::Both,
            (true, false) => ContactChange::Email,
            (false, true) => ContactChange::Phone,
            (false, false) => return Ok(()),
        };
        let event = signed.browser.origin.event(self.now(), Fact::ContactDiffers, Some(account.id));
        self.directory.record(&[event]).await?;
        let today = self.store.take(&format!("differs-day:{}", account.id), A_DAY, self.now()).await?;
        if let Verdict::Refused { .. } = today {
            // The notices that left say it already; the next would only flood the person they warn (attack O10).
            return Ok(());
        }
        let freeze_token = Secret::new(self.freeze_token(account)?);
        let message = Message::ContactDiffers { change, freeze_token };
        if let Some(email) = &known.email {
            self.tell(email.clone(), &message);
        }
        if let Some(phone) = known.phone.as_ref().filter(|phone| phone.is_mobile())
            && self.take_notice(phone).await?
        {
            self.tell(phone.clone(), &message);
        }
        Ok(())
    }

    async fn first_told(&self, account: &Account, kind: &str, typed: &str) -> Result<bool, LoginError> {
        let now = self.now();
        let parts = [account.id.to_string(), kind.to_owned(), typed.to_owned()];
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        let once = format!("differs:{}", self.sealer.mac("contact-differs", &parts));
        Ok(self.store.consume(&once, now + SignedDuration::from_hours(24 * 90), now).await?)
    }
}

/// Names of the fields that differ from what is stored, for the audit log.
fn changed_names(account: &Account, details: &Details) -> Vec<&'static str> {
    let person = &account.person;
    let rpps = account.rpps.as_ref().map(|held| &held.value);
    let pairs = [
        ("civility", person.civility.as_deref() != Some(details.civility.as_str())),
        ("family_name", person.family_name.as_deref() != Some(details.family_name.as_str())),
        ("given_name", person.given_name.as_deref() != Some(details.given_name.as_str())),
        ("profession", person.profession.as_deref() != Some(details.profession.as_str())),
        ("rpps", details.rpps.is_some() && rpps != details.rpps.as_ref()),
        ("email", account.contact_email.as_ref().map(|email| &email.value) != Some(&details.email)),
        ("phone", account.phone.as_ref().map(|phone| &phone.value) != details.phone.as_ref()),
    ];
    pairs.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect()
}
