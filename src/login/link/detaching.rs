//! Taking a link away: what goes with it, and that no proof of the identity from before is worth anything after (attack L03).

use jiff::Timestamp;

use crate::account::{Account, Journey, Link, Source, SourcedRpps, State};
use crate::keys::Sealer;
use crate::session::{Store, StoreError};

use super::super::flow::LIFETIME;
use super::super::provider::ArrivedIdentity;
use super::super::{Login, LoginError};

/// Takes the link to a provider from an account, with all that only this provider vouched for, and raises the epoch. `None` when there is
/// none.
pub fn take_link(account: &mut Account, provider: &str) -> Option<Link> {
    let place = account.links.iter().position(|link| link.identity_provider == provider)?;
    let link = account.links.remove(place);
    account.epoch += 1;
    let held = account.rpps.as_ref().filter(|held| held.source == Source::Psc);
    let proven = held.is_some_and(|held| account.links.is_empty() || link.rpps.as_ref() == Some(&held.value));
    if proven && account.rpps_proven_by().next().is_none() {
        let imported = account.imported.rpps.take().map(|value| SourcedRpps { value, source: Source::Import });
        let proven = account.rpps.take().map(|held| SourcedRpps { source: Source::Declared, ..held });
        account.rpps = imported.or(proven);
    }
    if account.links.is_empty() || account.register.as_deref() == Some(provider) {
        account.professions.clear();
        account.places.clear();
        account.register = None;
        account.place = None;
        account.organisation = account.organisation.take().filter(|held| held.source != Source::Psc);
    }
    account.suggested_email = None;
    if !account.links.is_empty() {
        return Some(link);
    }
    let local = account.legacy_id.is_some() && (account.password.is_some() || account.legacy_password.is_some());
    if account.state == State::Activating && local {
        // The journey through the provider could never be finished.
        account.journey = Some(Journey::Local);
    }
    Some(link)
}

/// Notes that a link is being taken away at `now`: proofs of its identity that wait somewhere to be used are worth nothing, as long as they live.
///
/// # Errors
/// When the store did not answer: the link stays.
pub async fn burn_proofs(store: &dyn Store, sealer: &Sealer, link: &Link, now: Timestamp) -> Result<(), StoreError> {
    let key = burnt_key(sealer, &link.identity_provider, &link.national_id);
    loop {
        let over = store.record(&key, now).await?.map(|stored| stored.version);
        if store.put_record(&key, over, now.to_string().as_bytes(), now + LIFETIME, now).await? {
            return Ok(());
        }
    }
}

impl Login {
    /// Whether a link of this identity was taken away after its proof came in.
    pub(in crate::login) async fn is_burnt(
        &self,
        identity: &ArrivedIdentity,
        proven_at: Timestamp,
    ) -> Result<bool, LoginError> {
        let proven = &identity.proven;
        let key = burnt_key(&self.sealer, &proven.identity_provider, proven.identifier.as_str());
        let Some(stored) = self.store.record(&key, self.now()).await? else { return Ok(false) };
        let at = std::str::from_utf8(&stored.value).ok().and_then(|at| at.parse::<Timestamp>().ok());
        Ok(at.is_none_or(|at| proven_at <= at))
    }
}

fn burnt_key(sealer: &Sealer, provider: &str, national_id: &str) -> String {
    format!("unlinked:{}", sealer.lasting_mac("unlinked", &[provider.as_bytes(), national_id.as_bytes()]))
}
