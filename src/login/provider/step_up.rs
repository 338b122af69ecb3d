//! A confirmation through a provider, inside a session: it counts only for the account's own linked identity (decision 33).

use crate::account::State;
use crate::observe::Fact;
use crate::session::{Need, Session, SessionToken};

use super::super::journey::Signed;
use super::super::{Login, LoginError};
use super::profile::apply;
use super::{ArrivedIdentity, Attempt, Confirmation};

impl Login {
    /// Whose identity came back.
    pub(super) async fn confirmation(
        &self,
        attempt: &Attempt,
        identity: ArrivedIdentity,
    ) -> Result<Confirmation, LoginError> {
        let account = match attempt.account {
            Some(id) => self.directory.account(id).await?,
            None => None,
        };
        let proven = &identity.proven;
        let linked =
            account.and_then(|account| account.link(&proven.identity_provider).map(|link| link.national_id.clone()));
        Ok(match linked {
            Some(national_id) if national_id == proven.identifier.as_str() => {
                if self.is_below(&proven.identity_provider, &proven.acr, attempt.need) {
                    return Ok(Confirmation::TooLow);
                }
                Confirmation::Own(Box::new(identity))
            }
            Some(_) => Confirmation::OtherPerson,
            None => Confirmation::NotLinked,
        })
    }

    /// Whether a level is below what a page asks: Pro Santé Connect is not asked for one, its means decide.
    fn is_below(&self, provider: &str, acr: &str, need: Option<Need>) -> bool {
        let Some(level) = need.and_then(|need| need.level) else { return false };
        let ranks = self.settings.identity_providers.get(provider).map(|provider| provider.acr_ranks.as_slice());
        let place = ranks.unwrap_or_default().iter().position(|rank| rank == acr);
        place.is_none_or(|place| place < usize::from(level))
    }

    /// Raises a session to what the provider has just proven of the same person; it goes on under a new token.
    /// `None` when it ended, or the account is no longer the one that asked.
    pub async fn step_up(
        &self,
        signed: Signed<'_>,
        identity: &ArrivedIdentity,
    ) -> Result<Option<SessionToken>, LoginError> {
        let now = self.now();
        let browser = signed.browser;
        let proven = &identity.proven;
        let changed = self
            .change(signed.session.account, |account, facts| {
                let link = account.link(&proven.identity_provider);
                let own = link.is_some_and(|link| link.national_id == proven.identifier.as_str());
                let open = account.state != State::Disabled && !account.frozen;
                if !own || !open || account.epoch != signed.session.epoch {
                    return false;
                }
                facts.extend(apply(account, identity).fact(browser.origin, account, now));
                let fact = browser.origin.event(now, Fact::StepUpPassed, Some(account.id));
                facts.push(fact.with("wanted", proven.identity_provider.clone()).with("got", proven.acr.clone()));
                true
            })
            .await?;
        if !matches!(changed, Some((_, true))) {
            return Ok(None);
        }
        let token = SessionToken::draw(&*self.entropy);
        let end = self.provider_end(&proven.identity_provider, identity.auth_time);
        let until = end.map_or(signed.session.expires_at, |end| end.min(signed.session.expires_at));
        let bound = Session { expires_at: until, ..signed.session.clone() };
        self.grants.put(&bound, identity).await?;
        let renewed = self
            .sessions
            .renew_as(signed.key, &token, |session| {
                session.auth_time = identity.auth_time;
                session.acr.clone_from(&proven.acr);
                session.amr.clone_from(&proven.amr);
                session.identity_provider.clone_from(&proven.identity_provider);
                session.granted = true;
                session.expires_at = until;
            })
            .await?;
        Ok(renewed.map(|_| token))
    }
}
