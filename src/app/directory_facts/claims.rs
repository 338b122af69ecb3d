//! An account's claims (decision 27). What a provider says beyond a cap is left out and logged, so that the person still gets in
//! with fewer rights and never with more (attack I08).

use crate::account::{Account, Organisation, Profession, Source};
use crate::config::claim_caps::{self as caps, weight};
use crate::identity::professions::{G15_OID, label_of};
use crate::session::Claims;
use crate::session::facts::{DeclaredClaim, OrganisationClaim, ProfessionClaim};

use super::imported_profession;

/// What an assertion says (decision 27): proven and imported data as such, what the person typed under `declared` only.
pub(super) fn claims(account: &Account) -> Claims {
    let person = &account.person;
    let name: Vec<&str> = [&person.given_name, &person.family_name].into_iter().flatten().map(String::as_str).collect();
    let trusted = account.rpps.as_ref().filter(|held| held.source != Source::Declared);
    Claims {
        name: fitting(account, "name", (!name.is_empty()).then(|| name.join(" ")), caps::NAME),
        given_name: fitting(account, "given_name", person.given_name.clone(), caps::NAME_PART),
        family_name: fitting(account, "family_name", person.family_name.clone(), caps::NAME_PART),
        email: account.contact_email.as_ref().map(|email| email.value.as_str().to_owned()),
        phone_number: account.phone.as_ref().map(|phone| phone.value.as_str().to_owned()),
        legacy_id: account.legacy_id.clone(),
        rpps: trusted.map(|held| held.value.as_str().to_owned()),
        professions: professions(account),
        organisation: account.organisation.as_ref().map(|held| Box::new(organisation(account, held))),
        declared: declared(account).map(Box::new),
    }
}

/// Every profession that can be said whole, up to as many as an assertion holds.
fn professions(account: &Account) -> Vec<ProfessionClaim> {
    let claim = |held: &Profession| {
        let code = fitting(account, "professions", Some(held.code.clone()), caps::PROFESSION_CODE)?;
        let system = fitting(account, "professions", Some(held.system.clone()), caps::PROFESSION_SYSTEM)?;
        let label = fitting(account, "professions", Some(held.label.clone()), caps::PROFESSION_LABEL);
        Some(ProfessionClaim { code, system, label: label.unwrap_or_default() })
    };
    let mut professions: Vec<ProfessionClaim> = account.professions.iter().filter_map(claim).collect();
    professions.extend(imported_profession(account).map(|code| ProfessionClaim {
        label: label_of(&code, G15_OID),
        system: G15_OID.to_owned(),
        code,
    }));
    if professions.len() > caps::PROFESSIONS {
        tracing::warn!(account.id = %account.id, claim = "professions", "more professions than an assertion holds: the first are kept");
        professions.truncate(caps::PROFESSIONS);
    }
    professions
}

/// The text, where the claim may be that long.
fn fitting(account: &Account, claim: &'static str, text: Option<String>, cap: usize) -> Option<String> {
    let fits = text.as_deref().is_none_or(|text| weight(text) <= cap);
    if !fits {
        tracing::warn!(account.id = %account.id, claim, "a claim is longer than an assertion holds, and left out");
    }
    text.filter(|_| fits)
}

fn organisation(account: &Account, held: &Organisation) -> OrganisationClaim {
    let source = match held.source {
        Source::Psc => "psc",
        Source::Import => "import",
        Source::Declared => "declared",
    };
    OrganisationClaim {
        name: fitting(account, "organisation", held.name.clone(), caps::ORGANISATION_NAME),
        siret: held.siret.clone(),
        finess: held.finess.clone(),
        source: source.to_owned(),
    }
}

fn declared(account: &Account) -> Option<DeclaredClaim> {
    let rpps = account.rpps.as_ref().filter(|held| held.source == Source::Declared);
    let profession = account.person.profession.clone().filter(|_| imported_profession(account).is_none());
    let declared = DeclaredClaim { rpps: rpps.map(|held| held.value.as_str().to_owned()), profession };
    (declared != DeclaredClaim::default()).then_some(declared)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::account::State;
    use crate::identity::AccountId;

    #[test]
    fn i08_what_a_provider_says_beyond_a_cap_is_left_out_and_never_cut() {
        let mut account = Account::new(AccountId::new(uuid::Uuid::nil()), State::Active, Timestamp::UNIX_EPOCH);
        account.person.given_name = Some("é".repeat(100));
        account.person.family_name = Some("é".repeat(101));
        let held = |code: &str, label: usize| Profession {
            code: code.to_owned(),
            system: G15_OID.to_owned(),
            label: "x".repeat(label),
        };
        account.professions = vec![held("60", 64), held("70", 65), held("123456789", 1)];
        let said = claims(&account);
        assert_eq!(said.given_name, Some("é".repeat(100)));
        assert_eq!((said.name, said.family_name), (Some(format!("{} {}", "é".repeat(100), "é".repeat(101))), None));
        let labels: Vec<usize> = said.professions.iter().map(|profession| profession.label.len()).collect();
        assert_eq!(labels, [64, 0]);
        account.professions = (10..22).map(|code| held(&code.to_string(), 1)).collect();
        assert_eq!(claims(&account).professions.len(), caps::PROFESSIONS);
    }
}
