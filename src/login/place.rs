//! The place of work of a person who has several: a question of the sign-in, remembered and changeable.

use sha2::{Digest as _, Sha256};

use crate::account::{Account, Organisation, Source};
use crate::identity::AccountId;
use crate::notify::Message;
use crate::observe::Fact;

use super::local::Browser;
use super::{Login, LoginError};

/// What is kept when the person answers "none of these".
pub const NONE: &str = "";

/// A place's name in forms and in the account: the same place keeps it from one sign-in to the next.
#[must_use]
pub fn fingerprint(place: &Organisation) -> String {
    let parts = [
        &place.siret,
        &place.finess,
        &place.name,
        &place.trade_name,
        &place.address.line1,
        &place.address.postal_code,
        &place.profession,
    ];
    let mut digest = Sha256::new();
    for part in parts {
        let part = part.as_deref().unwrap_or_default();
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the person must be asked: two places or more, and no answer that still fits.
#[must_use]
pub fn is_due(account: &Account) -> bool {
    account.places.len() > 1 && account.place.is_none()
}

/// Brings the organisation in line with what the provider says today: one place is taken silently, a remembered one is kept, one that left the directory is forgotten.
pub fn settle(account: &mut Account) {
    let from_provider = account.organisation.as_ref().is_some_and(|held| held.source == Source::Psc);
    if account.places.is_empty() {
        account.place = None;
        if from_provider {
            account.organisation = None;
        }
        return;
    }
    if account.place.as_deref() == Some(NONE) && account.places.len() > 1 {
        return;
    }
    let chosen = match (account.places.as_slice(), &account.place) {
        ([only], _) => Some(only.clone()),
        (places, Some(remembered)) => places.iter().find(|place| fingerprint(place) == *remembered).cloned(),
        (_, None) => None,
    };
    account.place = chosen.as_ref().map(fingerprint);
    match chosen {
        Some(place) => account.organisation = Some(place),
        None if from_provider => account.organisation = None,
        None => {}
    }
}

impl Login {
    /// Another place, chosen in "Mon compte": the person is told of it by e-mail. `false` as [`Login::choose_place`].
    pub async fn change_place(&self, id: AccountId, answer: &str, browser: Browser<'_>) -> Result<bool, LoginError> {
        let before = self.directory.account(id).await?.and_then(|account| account.place);
        if !self.choose_place(id, answer, browser).await? {
            return Ok(false);
        }
        if before.as_deref() != Some(answer)
            && let Some(account) = self.directory.account(id).await?
        {
            self.tell_by_email(&account, &Message::PlaceChosen);
        }
        Ok(true)
    }

    /// Keeps the person's answer; `false` when the place is not in the list any more.
    pub async fn choose_place(&self, id: AccountId, answer: &str, browser: Browser<'_>) -> Result<bool, LoginError> {
        let now = self.now();
        let changed = self
            .change(id, |account, facts| {
                let place = account.places.iter().find(|place| fingerprint(place) == answer).cloned();
                if place.is_none() && answer != NONE {
                    return false;
                }
                account.place = Some(answer.to_owned());
                account.organisation = place;
                facts.push(browser.origin.event(now, Fact::OrganisationChosen, Some(account.id)).with("source", "psc"));
                true
            })
            .await?;
        Ok(matches!(changed, Some((_, true))))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::account::{Address, State};

    fn place(siret: &str) -> Organisation {
        Organisation {
            source: Source::Psc,
            name: Some(format!("Cabinet {siret}")),
            trade_name: None,
            siret: Some(siret.to_owned()),
            cpam: None,
            finess: None,
            address: Address::default(),
            email: None,
            phone: None,
            fax: None,
            profession: None,
        }
    }

    fn account(places: &[&str]) -> Account {
        let id = AccountId::new(uuid::Uuid::nil());
        let mut account = Account::new(id, State::Active, Timestamp::UNIX_EPOCH);
        account.places = places.iter().map(|siret| place(siret)).collect();
        account
    }

    #[test]
    fn one_place_is_taken_silently() {
        let mut account = account(&["1"]);
        settle(&mut account);
        assert_eq!(account.organisation, Some(place("1")));
        assert!(!is_due(&account));
    }

    #[test]
    fn several_places_leave_the_organisation_absent_until_one_is_chosen() {
        let mut account = account(&["1", "2"]);
        settle(&mut account);
        assert_eq!(account.organisation, None);
        assert!(is_due(&account));
    }

    #[test]
    fn a_remembered_place_that_left_the_directory_is_asked_again() {
        let mut account = account(&["1", "2"]);
        account.place = Some(fingerprint(&place("2")));
        settle(&mut account);
        assert_eq!(account.organisation, Some(place("2")));
        account.places = vec![place("1"), place("3")];
        settle(&mut account);
        assert_eq!(account.organisation, None);
        assert!(is_due(&account));
    }

    #[test]
    fn none_of_these_is_an_answer_that_is_kept() {
        let mut account = account(&["1", "2"]);
        account.place = Some(NONE.to_owned());
        settle(&mut account);
        assert_eq!(account.organisation, None);
        assert!(!is_due(&account));
    }
}
