//! Signing in through an identity provider: the way out, the way back, and who may come in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::{Account, Address, Link, Organisation, Profession, Source, SourcedRpps, State};
use crate::activation::Journey;
use crate::config::settings::FirstSignIn;
use crate::entropy::Draw as _;
use crate::identity::{AccountId, NationalIdKind};
use crate::observe::Fact;
use crate::observe::audit::Origin;
use crate::rp::{
    CallbackError, CallbackParams, Pending, Place, Proven, ProvenIdentity, ProvenProfession, StartOptions,
};

use super::link::LinkStage;
use super::local::Browser;
use super::open::{Given, Opening};
use super::{Flow, Login, LoginError, Opened, SignIn, Stage};

/// What the provider proved, kept while the person is not let in yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivedIdentity {
    /// Who; only the relying party makes one.
    pub proven: ProvenIdentity,
    /// The ID token for sign-out, sealed.
    pub tokens: Option<String>,
    /// When the provider saw the person.
    pub auth_time: Timestamp,
}

/// A proven person who is not let in yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Who.
    pub identity: ArrivedIdentity,
    /// What they may do.
    pub door: Door,
    /// The account being linked, once its password was right.
    pub link: Option<LinkStage>,
}

/// Why a proven person is not let in at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Door {
    /// They may already have an account: linking is offered (5.6).
    Offer,
    /// No account is linked, and none may be made (5.5).
    Unknown,
    /// The portal is not open to their profession (5.5).
    Profession {
        /// Its label.
        label: String,
    },
}

/// What the way back led to.
#[derive(Debug)]
pub enum Arrived {
    /// Signed in.
    SignedIn(Box<Opened>),
    /// A page of linking, or one that says why not; the sign-in record holds the rest.
    Waiting {
        /// The tab it belongs to.
        flow: Flow,
        /// Which page.
        door: Door,
    },
    /// The account is closed.
    Suspended,
    /// The activation is frozen.
    Frozen,
    /// The person proved again who they are, inside a session (6.6).
    Confirmed {
        /// Session it was asked in.
        sid: String,
        /// Page to go back to.
        return_to: Option<String>,
        /// The identity is the account's own.
        same_person: bool,
        /// The level.
        acr: String,
        /// When the provider saw the person.
        auth_time: Timestamp,
    },
    /// Nothing came of it; where to go back to.
    Failed {
        /// Why.
        error: CallbackError,
        /// What was being done, if the way back was recognised.
        attempt: Option<Attempt>,
    },
}

/// The way to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Departure {
    /// The address to send the person to.
    To(String),
    /// The provider is not known and cannot be asked.
    Unavailable,
    /// No such provider is configured.
    Unknown,
}

/// What a person set out to do. Bound to the browser that began it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// Its browser.
    browser: String,
    /// Its tab.
    pub flow: String,
    /// The page first asked for.
    pub return_to: Option<String>,
    /// The session that asks for a confirmation; `None` is a sign-in.
    pub confirming: Option<String>,
    /// The account of that session.
    pub account: Option<AccountId>,
}

/// An attempt that waits for its way back, once.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    attempt: Attempt,
    pending: Pending,
}

impl Login {
    /// The address to send the person to; the way back is recorded first.
    pub async fn start_provider(
        &self,
        name: &str,
        flow: &Flow,
        return_to: Option<String>,
        confirming: Option<(String, AccountId)>,
        browser: Browser<'_>,
    ) -> Result<Departure, LoginError> {
        let now = self.now();
        let Some(provider) = self.providers.get(name) else { return Ok(Departure::Unknown) };
        let options = StartOptions { prompt_login: confirming.is_some(), max_age: None };
        let started = match provider.start(options, &*self.entropy, now).await {
            Ok(started) => started,
            Err(outage) => {
                tracing::warn!(
                    error = &outage as &dyn std::error::Error,
                    provider = name,
                    "an identity provider cannot be reached"
                );
                return Ok(Departure::Unavailable);
            }
        };
        let (sid, account) = confirming.map_or((None, None), |(sid, account)| (Some(sid), Some(account)));
        let key = attempt_key(name, started.pending.state());
        let attempt = Attempt {
            browser: flow.browser().to_owned(),
            flow: flow.id().to_owned(),
            return_to,
            confirming: sid,
            account,
        };
        let waiting = serde_json::to_vec(&Waiting { attempt, pending: started.pending })?;
        self.store.put_record(&key, None, &waiting, now + super::flow::LIFETIME, now).await?;
        self.directory.record(&[browser.origin.event(now, Fact::PscStarted, account)]).await?;
        Ok(Departure::To(started.authorization_url.to_string()))
    }

    /// The way back. `cookie` is the flow cookie of the browser that came; only the browser that began may finish.
    pub async fn provider_callback(
        &self,
        name: &str,
        query: &str,
        cookie: Option<&str>,
        browser: Browser<'_>,
    ) -> Result<Arrived, LoginError> {
        let now = self.now();
        let failed = |error, attempt| Ok(Arrived::Failed { error, attempt });
        let Some(provider) = self.providers.get(name) else { return failed(CallbackError::Malformed, None) };
        let params = match CallbackParams::parse(query) {
            Ok(params) => params,
            Err(error) => return failed(error, None),
        };
        let key = attempt_key(name, params.state());
        let Some(stored) = self.store.record(&key, now).await? else {
            self.refused(browser, "unknown-state", Fact::PscRefused).await?;
            return failed(CallbackError::Expired, None);
        };
        let Waiting { attempt, pending } = serde_json::from_slice(&stored.value)?;
        let flow = cookie.and_then(|cookie| Flow::new(&self.sealer, cookie, &attempt.flow));
        let Some(flow) = flow.filter(|flow| flow.browser() == attempt.browser) else {
            // Another browser's: nothing changes, so that its owner may still finish (attack C02).
            self.refused(browser, "other-browser", Fact::PscRefused).await?;
            return failed(CallbackError::Expired, None);
        };
        if !self.store.remove_record(&key).await? {
            return failed(CallbackError::Expired, None);
        }
        let proven = match provider.finish(params, pending, now).await {
            Ok(proven) => proven,
            Err(error) => {
                let (reason, fact) = told(&error);
                self.refused(browser, reason, fact).await?;
                tracing::warn!(
                    reason,
                    error = &error as &dyn std::error::Error,
                    "a sign-in through an identity provider failed"
                );
                return failed(error, Some(attempt));
            }
        };
        let identity = self.arrived(proven)?;
        let event = browser.origin.event(now, Fact::PscAccepted, None);
        self.directory.record(&[event.with("identifier", kind_of(&identity.proven))]).await?;
        if let Some(sid) = attempt.confirming {
            let account = match attempt.account {
                Some(id) => self.directory.account(id).await?,
                None => None,
            };
            let linked = account.and_then(|account| account.link(name).map(|link| link.national_id.clone()));
            let same_person = linked.as_deref() == Some(identity.proven.national_id.as_str());
            return Ok(Arrived::Confirmed {
                sid,
                return_to: attempt.return_to,
                same_person,
                acr: identity.proven.acr.clone(),
                auth_time: identity.auth_time,
            });
        }
        self.let_in(flow, identity, attempt.return_to, browser).await
    }

    /// Lets a proven person in, or says at which door they wait.
    async fn let_in(
        &self,
        flow: Flow,
        identity: ArrivedIdentity,
        return_to: Option<String>,
        browser: Browser<'_>,
    ) -> Result<Arrived, LoginError> {
        let door = if let Some(label) = self.profession_refused(&identity) {
            Door::Profession { label }
        } else if let Some(account) = self.linked(&identity).await? {
            return self.enter(&flow, account.id, identity, return_to, None, browser).await;
        } else if self.has_candidate(&identity).await? {
            Door::Offer
        } else {
            match self.first_sign_in(&identity.proven.identity_provider) {
                FirstSignIn::Create => {
                    let account = self.create_from(&identity, browser.origin).await?;
                    return self.enter(&flow, account, identity, return_to, None, browser).await;
                }
                FirstSignIn::KnownOnly => Door::Unknown,
            }
        };
        match &door {
            Door::Offer => self.record(browser, Fact::LinkOffered, None).await?,
            Door::Unknown | Door::Profession { .. } => self.record(browser, Fact::PscNotAdmitted, None).await?,
        }
        let arrival = Arrival { identity, door: door.clone(), link: None };
        let sign_in = SignIn::begin(self, return_to, false, Stage::Arrived(Box::new(arrival)));
        self.restart_sign_in(&flow, &sign_in).await?;
        Ok(Arrived::Waiting { flow, door })
    }

    /// Opens the session of a linked account with what the provider says today.
    pub(super) async fn enter(
        &self,
        flow: &Flow,
        id: AccountId,
        identity: ArrivedIdentity,
        return_to: Option<String>,
        notice: Option<String>,
        browser: Browser<'_>,
    ) -> Result<Arrived, LoginError> {
        let changed = self.change(id, |account, _| apply(account, &identity)).await?;
        let Some((account, ())) = changed else { return Ok(Arrived::Suspended) };
        if account.state == State::Disabled {
            return Ok(Arrived::Suspended);
        }
        if account.frozen {
            return Ok(Arrived::Frozen);
        }
        let given = Given::Provider {
            name: identity.proven.identity_provider.clone(),
            acr: identity.proven.acr.clone(),
            amr: identity.proven.amr.clone(),
            auth_time: identity.auth_time,
            tokens: identity.tokens,
        };
        let mut opening = Opening::new(account, given, return_to, false);
        opening.notice = notice;
        Ok(Arrived::SignedIn(Box::new(self.open_once(flow, opening, browser).await?)))
    }

    /// Makes the account of a person nobody knew; another tab may have made it first.
    pub(super) async fn create_from(
        &self,
        identity: &ArrivedIdentity,
        origin: &Origin,
    ) -> Result<AccountId, LoginError> {
        let now = self.now();
        let id = AccountId::new(self.entropy.uuid(now));
        let mut account = Account::new(id, State::Activating, now);
        account.journey = Some(Journey::Psc);
        link_to(&mut account, identity, now);
        apply(&mut account, identity);
        let facts = [origin.event(now, Fact::AccountCreated, Some(id)), origin.event(now, Fact::LinkCreated, Some(id))];
        match self.directory.create(&account, &facts).await.map_err(LoginError::from) {
            Ok(account) => {
                self.demote_others(&account, origin).await?;
                Ok(account.id)
            }
            Err(LoginError::Taken(error)) => {
                let other = self.linked(identity).await?;
                other.map(|account| account.id).ok_or(LoginError::Taken(error))
            }
            Err(error) => Err(error),
        }
    }

    /// How the provider's unknown people are met.
    #[must_use]
    pub fn first_sign_in(&self, provider: &str) -> FirstSignIn {
        self.settings.identity_providers.get(provider).map_or(FirstSignIn::KnownOnly, |provider| provider.first_sign_in)
    }

    pub(super) async fn record(
        &self,
        browser: Browser<'_>,
        fact: Fact,
        account: Option<AccountId>,
    ) -> Result<(), LoginError> {
        Ok(self.directory.record(&[browser.origin.event(self.now(), fact, account)]).await?)
    }

    /// Whether an account that this person may hold is there: an `import` or `declared` RPPS equal to the proven one, not linked yet.
    async fn has_candidate(&self, identity: &ArrivedIdentity) -> Result<bool, LoginError> {
        let Some(rpps) = &identity.proven.rpps else { return Ok(false) };
        let held = self.directory.by_rpps(rpps).await?;
        Ok(held.iter().any(|account| {
            account.link(&identity.proven.identity_provider).is_none()
                && account.rpps.as_ref().is_some_and(|rpps| rpps.source != Source::Psc)
                && account.state != State::Disabled
        }))
    }

    /// The label of the profession that keeps this person out, if the provider's settings name professions and none fits.
    fn profession_refused(&self, identity: &ArrivedIdentity) -> Option<String> {
        let admitted = &self.settings.identity_providers.get(&identity.proven.identity_provider)?.professions;
        let fits = admitted.is_empty()
            || identity.proven.professions.iter().any(|held| !held.in_training() && admitted.contains(&held.code));
        if fits {
            return None;
        }
        Some(
            identity
                .proven
                .professions
                .first()
                .map_or_else(|| "sans profession".to_owned(), |held| profession(held).label),
        )
    }

    async fn linked(&self, identity: &ArrivedIdentity) -> Result<Option<Account>, LoginError> {
        let proven = &identity.proven;
        Ok(self.directory.by_link(&proven.identity_provider, proven.national_id.as_str()).await?)
    }

    fn arrived(&self, proven: Proven) -> Result<ArrivedIdentity, LoginError> {
        let token = proven.id_token.expose().as_bytes();
        let tokens = Some(self.sealer.seal(ID_TOKEN, token, &*self.entropy)?);
        let auth_time = proven.identity.auth_time.unwrap_or_else(|| self.now());
        Ok(ArrivedIdentity { proven: proven.identity, tokens, auth_time })
    }

    async fn refused(&self, browser: Browser<'_>, reason: &str, fact: Fact) -> Result<(), LoginError> {
        let event = browser.origin.event(self.now(), fact, None).with("reason", reason);
        Ok(self.directory.record(&[event]).await?)
    }
}

/// What the ID token kept for sign-out is sealed for.
pub const ID_TOKEN: &str = "id-token";

fn told(error: &CallbackError) -> (&'static str, Fact) {
    match error {
        CallbackError::Malformed => ("malformed", Fact::PscRefused),
        CallbackError::StateMismatch(_) => ("state", Fact::PscRefused),
        CallbackError::Expired => ("expired", Fact::PscRefused),
        CallbackError::Cancelled => ("cancelled", Fact::PscCancelled),
        CallbackError::Restart => ("restart", Fact::PscRefused),
        CallbackError::Unavailable(_) => ("unavailable", Fact::PscFailed),
        CallbackError::Misconfigured(_) => ("misconfigured", Fact::PscFailed),
        CallbackError::Refused(_) => ("refused", Fact::PscRefused),
    }
}

/// Writes what the provider says today over what it said before.
fn apply(account: &mut Account, identity: &ArrivedIdentity) {
    let proven = &identity.proven;
    account.professions = proven.professions.iter().map(profession).collect();
    account.places = proven.places.iter().map(organisation).collect();
    account.suggested_email.clone_from(&proven.email);
    let person = &mut account.person;
    for (held, said) in [
        (&mut person.family_name, &proven.family_name),
        (&mut person.given_name, &proven.given_name),
        (&mut person.civility, &proven.civility),
    ] {
        if said.is_some() {
            held.clone_from(said);
        }
    }
    if let Some(link) = account.links.iter_mut().find(|link| link.identity_provider == proven.identity_provider) {
        link.last_sub.clone_from(&proven.subject);
    }
    super::place::settle(account);
}

/// Links an account to a proven identity, whose RPPS wins over a declared one.
pub(super) fn link_to(account: &mut Account, identity: &ArrivedIdentity, now: Timestamp) {
    let proven = &identity.proven;
    account.links.push(Link {
        identity_provider: proven.identity_provider.clone(),
        national_id: proven.national_id.as_str().to_owned(),
        linked_at: now,
        last_sub: proven.subject.clone(),
    });
    if let Some(rpps) = &proven.rpps {
        account.rpps = Some(SourcedRpps { value: rpps.clone(), source: Source::Psc });
    }
}

fn profession(proven: &ProvenProfession) -> Profession {
    let label = proven.label.clone().unwrap_or_else(|| format!("Profession {}", proven.code));
    Profession { code: proven.code.clone(), system: proven.system.clone(), label }
}

fn organisation(place: &Place) -> Organisation {
    Organisation {
        source: Source::Psc,
        name: place.name.clone(),
        trade_name: place.trade_name.clone(),
        siret: place.siret.clone(),
        cpam: None,
        finess: place.finess.clone(),
        address: Address {
            line1: place.line1.clone(),
            line2: place.line2.clone(),
            postal_code: place.postal_code.clone(),
            city: place.city.clone(),
            country: place.country.clone(),
        },
        email: place.email.clone(),
        phone: place.phone.clone(),
        fax: place.fax.clone(),
        profession: place.profession.as_ref().map(|held| profession(held).label),
    }
}

fn attempt_key(provider: &str, state: &str) -> String {
    format!("provider:{provider}:{state}")
}

/// The kind of a national identifier, which may be logged where its value may not.
fn kind_of(proven: &ProvenIdentity) -> &'static str {
    match proven.national_id.kind() {
        NationalIdKind::Rpps => "rpps",
        NationalIdKind::Adeli => "adeli",
        NationalIdKind::Sandbox => "sandbox",
        NationalIdKind::FinessStaff | NationalIdKind::SiretStaff | NationalIdKind::StructureStaff => "structure",
        NationalIdKind::Unknown => "other",
    }
}
