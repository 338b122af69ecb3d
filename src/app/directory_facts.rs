//! What the hot path is told of an account: standing, contacts, claims. Read from the directory when a session is not cached.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::account::{Account, Directory, State};
use crate::config::Settings;
use crate::identity::AccountId;
use crate::identity::professions::{G15_OID, TRAINING_OID};
use crate::login::returning::terms_are_current;
use crate::observe::Fact;
use crate::observe::audit::Origin;
use crate::session::{EndCause, Facts, FactsError, FactsSource, Session, Standing};

mod claims;

use claims::claims;

/// Facts from the directory.
#[derive(Debug)]
pub struct DirectoryFacts {
    directory: Arc<dyn Directory>,
    settings: Arc<Settings>,
}

impl DirectoryFacts {
    /// Facts of this directory, judged by these settings (the terms in force).
    #[must_use]
    pub fn new(directory: Arc<dyn Directory>, settings: Arc<Settings>) -> Self {
        Self { directory, settings }
    }
}

#[async_trait]
impl FactsSource for DirectoryFacts {
    async fn facts(&self, account: AccountId) -> Result<Option<Facts>, FactsError> {
        let account = self.directory.account(account).await.map_err(|error| FactsError(Box::new(error)))?;
        Ok(account.map(|account| facts(&account, terms_are_current(&account, &self.settings))))
    }

    async fn is_revoked(&self, sid: &str) -> Result<bool, FactsError> {
        self.directory.is_revoked(sid).await.map_err(|error| FactsError(Box::new(error)))
    }

    async fn ended(&self, session: &Session, cause: EndCause, at: Timestamp) -> Result<(), FactsError> {
        let cause = match cause {
            EndCause::Idle => "idle",
            EndCause::Absolute => "absolute",
            EndCause::Provider => "provider",
            // Somebody's act, who tells of it.
            EndCause::SignedOut | EndCause::Revoked | EndCause::Renewed => return Ok(()),
        };
        let origin =
            Origin { sid: Some(session.sid.clone()), device: Some(session.device.clone()), ..Origin::default() };
        let event = origin.event(at, Fact::SessionEnded, Some(session.account)).with("cause", cause);
        self.directory.record(&[event]).await.map_err(|error| FactsError(Box::new(error)))
    }
}

/// The facts of an account.
fn facts(account: &Account, terms_current: bool) -> Facts {
    let standing = match account.state {
        State::Disabled => Standing::Disabled,
        State::Imported | State::Activating | State::Active if account.frozen => Standing::Frozen,
        State::Imported | State::Activating => Standing::Activating,
        State::Active => Standing::Active,
    };
    let exercised = account.professions.iter().filter(|held| held.system != TRAINING_OID);
    Facts {
        account_version: account.version,
        epoch: account.epoch,
        spared: account.spared.as_ref().filter(|spared| spared.epoch == account.epoch).map(|spared| spared.sid.clone()),
        standing,
        terms_current,
        email_verified: account.contact_email.is_some(),
        phone_verified: account.phone.is_some(),
        professions: exercised
            .map(|held| (held.code.clone(), held.system.as_str()))
            .chain(imported_profession(account).map(|code| (code, G15_OID)))
            .flat_map(|(code, system)| [format!("{code}^{system}"), code])
            .collect(),
        identity_providers: account.links.iter().map(|link| link.identity_provider.clone()).collect(),
        claims: claims(account),
    }
}

/// The profession import knew, while no provider has given one and the person has not typed another.
fn imported_profession(account: &Account) -> Option<String> {
    let imported = account.imported.person.profession.clone()?;
    let stands = account.professions.is_empty()
        && account.person.profession.as_ref().is_none_or(|declared| *declared == imported);
    stands.then_some(imported)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::account::{Source, SourcedRpps};
    use crate::identity::Rpps;

    fn account() -> Account {
        Account::new(AccountId::new(uuid::Uuid::nil()), State::Active, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_declared_rpps_stands_under_declared_only() {
        let mut account = account();
        let value = Rpps::parse("99700999909").unwrap();
        account.rpps = Some(SourcedRpps { value: value.clone(), source: Source::Declared });
        let typed = claims(&account);
        assert_eq!(typed.rpps, None);
        assert_eq!(typed.declared.unwrap().rpps.as_deref(), Some("99700999909"));
        account.rpps = Some(SourcedRpps { value, source: Source::Psc });
        let proven = claims(&account);
        assert_eq!(proven.rpps.as_deref(), Some("99700999909"));
        assert_eq!(proven.declared, None);
    }

    #[test]
    fn s08_a_session_is_spared_in_the_epoch_it_made_and_in_no_later_one() {
        let mut account = account();
        account.epoch = 4;
        account.spared = Some(crate::account::Spared { sid: "own".to_owned(), epoch: 4 });
        assert_eq!(facts(&account, true).spared.as_deref(), Some("own"));
        account.epoch = 5;
        assert_eq!(facts(&account, true).spared, None);
    }

    #[test]
    fn a_student_has_no_profession_that_policies_read() {
        let mut account = account();
        account.professions.push(crate::account::Profession {
            code: "10".to_owned(),
            system: TRAINING_OID.to_owned(),
            label: "Médecin en formation".to_owned(),
        });
        let facts = facts(&account, true);
        assert!(facts.professions.is_empty());
        assert_eq!(facts.claims.professions.len(), 1);
    }

    #[test]
    fn a_frozen_or_closed_account_never_stands_as_active() {
        let mut account = account();
        assert_eq!(facts(&account, true).standing, Standing::Active);
        account.frozen = true;
        assert_eq!(facts(&account, true).standing, Standing::Frozen);
        account.state = State::Disabled;
        assert_eq!(facts(&account, true).standing, Standing::Disabled);
    }
}
