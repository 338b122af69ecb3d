//! Who may come in: a linked account, one that linking is offered for, a new one where the settings allow it.

use crate::account::{Account, Source, State};
use crate::activation::Journey;
use crate::config::settings::{FirstSignIn, IdentityProvider, PersonKind, Profile};
use crate::entropy::Draw as _;
use crate::identity::AccountId;
use crate::notify::ProvenBy;
use crate::observe::Fact;
use crate::observe::audit::Origin;
use crate::rp::ProvenClaims;

use super::super::local::Browser;
use super::super::open::{Given, Opening};
use super::super::{Flow, Login, LoginError, SignIn, Stage, place};
use super::profile::{apply, link_to, profession};
use super::{Arrival, Arrived, ArrivedIdentity, Door};

impl Login {
    /// Lets a proven person in, or says at which door they wait.
    pub(in crate::login) async fn let_in(
        &self,
        flow: Flow,
        identity: ArrivedIdentity,
        return_to: Option<String>,
        browser: Browser<'_>,
    ) -> Result<Arrived, LoginError> {
        let door = if let Some(closed) = self.closed_door(&identity) {
            closed
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
            Door::Unknown | Door::Profession { .. } | Door::Kind { .. } => {
                let event = browser.origin.event(self.now(), Fact::PscNotAdmitted, None);
                self.directory.record(&[event.with("reason", door.reason())]).await?;
            }
        }
        let arrival = Arrival { identity, door: door.clone(), link: None };
        let sign_in = SignIn::begin(self, return_to, false, Stage::Arrived(Box::new(arrival)));
        self.restart_sign_in(&flow, &sign_in).await?;
        Ok(Arrived::Waiting { flow, door })
    }

    /// Opens the session of a linked account with what the provider says today.
    pub(in crate::login) async fn enter(
        &self,
        flow: &Flow,
        id: AccountId,
        identity: ArrivedIdentity,
        return_to: Option<String>,
        notice: Option<String>,
        browser: Browser<'_>,
    ) -> Result<Arrived, LoginError> {
        let changed = self
            .change(id, |account, facts| {
                let chosen = account.place.is_some();
                facts.extend(apply(account, &identity).fact(browser.origin, account, self.now()));
                // What was chosen has left the directory: it is asked again, and the page says why (5.9).
                chosen && place::is_due(account)
            })
            .await?;
        let Some((account, place_left)) = changed else { return Ok(Arrived::Suspended) };
        if account.state == State::Disabled {
            return Ok(Arrived::Suspended);
        }
        if account.frozen {
            return Ok(Arrived::Frozen);
        }
        let given = Given::Provider(Box::new(identity));
        let mut opening = Opening::new(account, given, return_to, false);
        opening.notice = notice.or_else(|| place_left.then(|| "place-changed".to_owned()));
        Ok(Arrived::SignedIn(Box::new(self.open_once(flow, opening, browser).await?)))
    }

    /// Writes what the provider has just said of the person into their account, the former values into the audit log.
    pub(in crate::login) async fn refresh_from(
        &self,
        id: AccountId,
        identity: &ArrivedIdentity,
        browser: Browser<'_>,
    ) -> Result<(), LoginError> {
        let now = self.now();
        self.change(id, |account, facts| facts.extend(apply(account, identity).fact(browser.origin, account, now)))
            .await?;
        Ok(())
    }

    /// Makes the account of a person nobody knew; another tab may have made it first.
    pub(in crate::login) async fn create_from(
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

    /// Whether this provider is Pro Santé Connect, under whatever name.
    #[must_use]
    pub fn is_psc(&self, provider: &str) -> bool {
        self.settings.identity_providers.get(provider).is_some_and(|provider| provider.profile == Profile::Psc)
    }

    /// What people call a provider; its name where the configuration says nothing of it.
    #[must_use]
    pub fn label<'a>(&'a self, provider: &'a str) -> &'a str {
        self.settings.identity_providers.get(provider).map_or(provider, |provider| &provider.label)
    }

    /// Whom a provider has proven, as messages name them.
    pub(in crate::login) fn proven_by(&self, identity: &ArrivedIdentity) -> ProvenBy {
        let provider = self.label(&identity.proven.identity_provider).to_owned();
        ProvenBy { provider, identity: identity.name() }
    }

    /// How the provider's unknown people are met.
    #[must_use]
    pub fn first_sign_in(&self, provider: &str) -> FirstSignIn {
        self.settings.identity_providers.get(provider).map_or(FirstSignIn::KnownOnly, |provider| provider.first_sign_in)
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

    /// The door that the provider's settings close to this person, linked or not.
    pub(in crate::login) fn closed_door(&self, identity: &ArrivedIdentity) -> Option<Door> {
        let settings = self.settings.identity_providers.get(&identity.proven.identity_provider)?;
        let kind = kind_of(&identity.proven);
        if !settings.people.is_empty() && !settings.people.contains(&kind) {
            return Some(Door::Kind { kind });
        }
        if fits(settings, &identity.proven, kind) {
            return None;
        }
        let first = identity.proven.professions.first();
        Some(Door::Profession {
            label: first.map_or_else(|| "sans profession".to_owned(), |held| profession(held).label),
        })
    }

    pub(in crate::login) async fn linked(&self, identity: &ArrivedIdentity) -> Result<Option<Account>, LoginError> {
        let proven = &identity.proven;
        Ok(self.directory.by_link(&proven.identity_provider, proven.identifier.as_str()).await?)
    }
}

/// How the register says that a person works.
fn kind_of(proven: &ProvenClaims) -> PersonKind {
    let professions = &proven.professions;
    if professions.iter().any(|held| !held.in_training()) {
        return if proven.places.is_empty() { PersonKind::WithoutActivity } else { PersonKind::Practising };
    }
    match (professions.is_empty(), &proven.rpps) {
        (false, _) => PersonKind::Student,
        // In the register of professionals, with nothing said of a profession.
        (true, Some(_)) => PersonKind::WithoutActivity,
        (true, None) => PersonKind::StructureStaff,
    }
}

/// Whether a profession is among those admitted, by its code or by code and list. One being learned counts where students are named.
fn fits(settings: &IdentityProvider, proven: &ProvenClaims, kind: PersonKind) -> bool {
    let admitted = &settings.professions;
    let named = |kind| settings.people.contains(&kind);
    admitted.is_empty()
        || (kind == PersonKind::StructureStaff && named(kind))
        || proven.professions.iter().any(|held| {
            let counts = !held.in_training() || named(PersonKind::Student);
            counts && (admitted.contains(&held.code) || admitted.contains(&format!("{}^{}", held.code, held.system)))
        })
}

#[cfg(test)]
mod tests;
