//! Who may come in: a linked account, one that linking is offered for, a new one where the settings allow it.

use crate::account::{Account, Source, State};
use crate::activation::Journey;
use crate::config::settings::{FirstSignIn, Profile};
use crate::entropy::Draw as _;
use crate::identity::AccountId;
use crate::observe::Fact;
use crate::observe::audit::Origin;

use super::super::local::Browser;
use super::super::open::{Given, Opening};
use super::super::{Flow, Login, LoginError, SignIn, Stage, place};
use super::profile::{apply, link_to, profession};
use super::{Arrival, Arrived, ArrivedIdentity, Door};

impl Login {
    /// Lets a proven person in, or says at which door they wait.
    pub(super) async fn let_in(
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
            .change(id, |account, _| {
                let chosen = account.place.is_some();
                apply(account, &identity);
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
        let given = Given::Provider {
            name: identity.proven.identity_provider.clone(),
            acr: identity.proven.acr.clone(),
            amr: identity.proven.amr.clone(),
            auth_time: identity.auth_time,
            tokens: identity.tokens,
        };
        let mut opening = Opening::new(account, given, return_to, false);
        opening.notice = notice.or_else(|| place_left.then(|| "place-changed".to_owned()));
        Ok(Arrived::SignedIn(Box::new(self.open_once(flow, opening, browser).await?)))
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
        Ok(self.directory.by_link(&proven.identity_provider, proven.identifier.as_str()).await?)
    }
}
