//! What an account is made of (decisions A). Plain data; rules live in `login` and `activation`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::activation::{Journey, Step, StepState, Steps};
use crate::identity::{AccountId, Email, Phone, Rpps};

/// One professional's durable record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name; the `sub` of assertions.
    pub id: AccountId,
    /// Grows at each write; writers must name the one they read.
    pub version: i64,
    /// Raised to end every session at once (decision 35).
    pub epoch: i64,
    /// Where it stands.
    pub state: State,
    /// Where it stood when the help desk closed it; opening puts it back there.
    #[serde(default)]
    pub closed_from: Option<State>,
    /// The person froze the activation from the notice sent to a known contact; only the help desk undoes it.
    pub frozen: bool,
    /// Identifier in the former system, from import only; unique.
    pub legacy_id: Option<String>,
    /// E-mail that signs in; unique; claimed when verified.
    pub sign_in_email: Option<Email>,
    /// E-mail that receives codes and notices.
    pub contact_email: Option<Verified<Email>>,
    /// Phone that receives codes and notices.
    pub phone: Option<Verified<Phone>>,
    /// Professional number and where it comes from.
    pub rpps: Option<SourcedRpps>,
    /// The password made here, as a PHC string.
    pub password: Option<String>,
    /// The former system's hash, wrapped or as imported; gone once the password step is done.
    pub legacy_password: Option<String>,
    /// A reset before activation set `password` in advance (decision 54).
    pub password_by_reset: bool,
    /// Who the person is.
    pub person: Person,
    /// Where they work.
    pub organisation: Option<Organisation>,
    /// Where bills go; `None` is "same as the structure".
    pub billing: Option<Billing>,
    /// Terms accepted.
    pub terms: Option<AcceptedTerms>,
    /// What import knew: pre-fills forms and receives notices.
    pub imported: Imported,
    /// The activation's steps.
    pub steps: Steps,
    /// Journey under way or taken.
    pub journey: Option<Journey>,
    /// Text typed and not yet accepted: form → field → text. No passwords, no codes.
    pub drafts: BTreeMap<String, Draft>,
    /// Contact e-mail an identity provider gave; not proven here, only offered.
    #[serde(default)]
    pub suggested_email: Option<Email>,
    /// Links to identity providers.
    pub links: Vec<Link>,
    /// Professions given by an identity provider.
    pub professions: Vec<Profession>,
    /// Places of work given by an identity provider.
    pub places: Vec<Organisation>,
    /// The provider that professions and places come from.
    #[serde(default)]
    pub register: Option<String>,
    /// The choice among them: an index is not stable, a fingerprint is. `Some("")` is "none of these".
    pub place: Option<String>,
    /// Until then an e-mail-code sign-in has `acr` `mailbox` (decisions 11, 53).
    pub mailbox_until: Option<Timestamp>,
    /// Channel of the last second factor.
    pub last_channel: Option<Channel>,
    /// Browsers known: hash of the device cookie → last seen.
    pub devices: BTreeMap<String, Timestamp>,
    /// The session that lives on although its own act raised the epoch.
    #[serde(default)]
    pub spared: Option<Spared>,
    /// When the person was last asked about a skipped step.
    pub reminded_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

impl Account {
    /// A record with nothing in it.
    #[must_use]
    pub fn new(id: AccountId, state: State, now: Timestamp) -> Self {
        Self {
            id,
            version: 0,
            epoch: 0,
            state,
            closed_from: None,
            frozen: false,
            legacy_id: None,
            sign_in_email: None,
            contact_email: None,
            phone: None,
            rpps: None,
            password: None,
            legacy_password: None,
            password_by_reset: false,
            person: Person::default(),
            organisation: None,
            billing: None,
            terms: None,
            imported: Imported::default(),
            steps: Steps::default(),
            journey: None,
            drafts: BTreeMap::new(),
            suggested_email: None,
            links: Vec::new(),
            professions: Vec::new(),
            places: Vec::new(),
            register: None,
            place: None,
            mailbox_until: None,
            last_channel: None,
            devices: BTreeMap::new(),
            spared: None,
            reminded_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// The link to a provider.
    #[must_use]
    pub fn link(&self, identity_provider: &str) -> Option<&Link> {
        self.links.iter().find(|link| link.identity_provider == identity_provider)
    }

    /// Names of the linked providers that proved the account's RPPS.
    pub fn rpps_proven_by(&self) -> impl Iterator<Item = &str> {
        let proven = self.rpps.as_ref().filter(|held| held.source == Source::Psc).map(|held| &held.value);
        let links = self.links.iter().filter(move |link| proven.is_some() && link.rpps.as_ref() == proven);
        links.map(|link| link.identity_provider.as_str())
    }

    /// Remembers an RPPS that import vouched for, before the proof of a provider takes its place: the link may be taken away again.
    pub fn keep_imported_rpps(&mut self) {
        if let Some(held) = self.rpps.as_ref().filter(|held| held.source == Source::Import) {
            self.imported.rpps = Some(held.value.clone());
        }
    }
}

/// A session that changed its account's credentials, and the epoch its act gave: written with it, so that at no moment another
/// request of the same browser finds itself signed out. A higher epoch spares it no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spared {
    /// Its public id.
    pub sid: String,
    /// The epoch it lives on in.
    pub epoch: i64,
}

/// Where an account stands (decision 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Known from the legacy directory, never activated.
    Imported,
    /// The journey has begun.
    Activating,
    /// Every step is done or skipped.
    Active,
    /// Closed by the help desk.
    Disabled,
}

/// A value and when it was proven; unproven while `verified_at` is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified<T> {
    /// The value.
    pub value: T,
    /// When a code sent there came back.
    pub verified_at: Timestamp,
}

/// An RPPS and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcedRpps {
    /// The number.
    pub value: Rpps,
    /// Its source; a declared one is a claim of the person, never a key.
    pub source: Source,
}

/// Where a datum comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Proven by an identity provider.
    Psc,
    /// From the legacy directory.
    Import,
    /// Typed by the person.
    Declared,
}

/// Who the person is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// `M` or `MME`.
    pub civility: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Declared profession (TRE_G15 code).
    pub profession: Option<String>,
}

/// A profession given by a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profession {
    /// Code (`60`).
    pub code: String,
    /// Code system (OID).
    pub system: String,
    /// Label, or "Profession 60" when unknown.
    pub label: String,
}

/// A place of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Where it comes from.
    pub source: Source,
    /// Raison sociale.
    pub name: Option<String>,
    /// Dénomination commerciale.
    pub trade_name: Option<String>,
    /// SIRET.
    pub siret: Option<String>,
    /// Numéro Assurance Maladie.
    pub cpam: Option<String>,
    /// FINESS.
    pub finess: Option<String>,
    /// Where it is.
    pub address: Address,
    /// E-mail, unverified.
    pub email: Option<String>,
    /// Phone, E.164.
    pub phone: Option<String>,
    /// Fax, E.164.
    pub fax: Option<String>,
    /// Profession exercised there (label), from a provider.
    pub profession: Option<String>,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Number and street.
    pub line1: Option<String>,
    /// Complement.
    pub line2: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// City.
    pub city: Option<String>,
    /// ISO 3166 alpha-2.
    pub country: Option<String>,
}

/// Where bills go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billing {
    /// Raison sociale.
    pub name: String,
    /// Address.
    pub address: Address,
    /// E-mail.
    pub email: Option<String>,
}

/// Terms accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedTerms {
    /// Version of the configuration at that time.
    pub version: String,
    /// When.
    pub accepted_at: Timestamp,
}

/// What the legacy directory knew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// E-mail.
    pub email: Option<Email>,
    /// Phone.
    pub phone: Option<Phone>,
    /// Person.
    pub person: Person,
    /// Organisation.
    pub organisation: Option<Organisation>,
    /// RPPS, kept aside while an identity provider proves it.
    #[serde(default)]
    pub rpps: Option<Rpps>,
}

/// A link to an identity provider; unique by provider and national identifier, and by account and provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The provider's name.
    pub identity_provider: String,
    /// Canonical national identifier.
    pub national_id: String,
    /// Since when.
    pub linked_at: Timestamp,
    /// `sub` last seen, for audit only.
    pub last_sub: String,
    /// The RPPS that the provider proved with it.
    #[serde(default)]
    pub rpps: Option<Rpps>,
}

/// Text typed into a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// When it was last written; gone after 90 days.
    pub saved_at: Timestamp,
    /// Field → text as typed.
    pub fields: BTreeMap<String, String>,
}

/// Where a code goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// By e-mail.
    Email,
    /// By SMS.
    Sms,
}
