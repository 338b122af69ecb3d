//! Correcting the RPPS that the person declared. One that a provider proved or import vouched for is not theirs to change.

use crate::account::{Account, Source, SourcedRpps};
use crate::config::settings::Profile;
use crate::identity::Rpps;
use crate::notify::Message;
use crate::observe::Fact;

use super::super::journey::Signed;
use super::super::{Login, LoginError};
use super::may_change;

/// Whether the person may say which number is theirs: none is known, or only what they said themselves.
#[must_use]
pub fn may_be_corrected(account: &Account) -> bool {
    account.rpps.as_ref().is_none_or(|held| held.source == Source::Declared)
}

impl Login {
    /// What people call the configured providers that could prove the number.
    #[must_use]
    pub fn provers_of_rpps(&self) -> Vec<String> {
        let could = |profile: &Profile| match profile {
            Profile::Psc => true,
            Profile::Oidc { national_identifier_claim } => national_identifier_claim.is_some(),
        };
        let providers = self.settings.identity_providers.values().filter(|provider| could(&provider.profile));
        providers.map(|provider| provider.label.clone()).collect()
    }

    /// Stores the number as declared, whoever else holds it: nothing here tells (decision 7). `None` takes it away. `false` when the number
    /// is proven, or the account changed meanwhile.
    pub async fn correct_rpps(&self, signed: Signed<'_>, rpps: Option<&Rpps>) -> Result<bool, LoginError> {
        let now = self.now();
        let browser = signed.browser;
        let changed = self
            .change(signed.session.account, |account, facts| {
                if !may_change(account, signed.session) || !may_be_corrected(account) {
                    return None;
                }
                let corrected = rpps.map(|value| SourcedRpps { value: value.clone(), source: Source::Declared });
                if account.rpps == corrected {
                    return Some(false);
                }
                let former = if account.rpps.is_some() { "declared" } else { "none" };
                account.rpps = corrected;
                let fact = browser.origin.event(now, Fact::RppsCorrected, Some(account.id));
                facts.push(fact.with("former", former));
                Some(true)
            })
            .await?;
        let Some((account, Some(differs))) = changed else { return Ok(false) };
        if differs {
            self.tell_by_email(&account, &Message::RppsCorrected);
        }
        Ok(true)
    }
}
