//! What a provider says of a person, written into their account.

use jiff::Timestamp;

use crate::account::{Account, Address, Link, Organisation, Profession, Source, SourcedRpps};
use crate::rp::{Place, ProvenProfession};

use super::super::place;
use super::ArrivedIdentity;

/// Writes what the provider says today over what it said before.
pub(super) fn apply(account: &mut Account, identity: &ArrivedIdentity) {
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
    place::settle(account);
}

/// Links an account to a proven identity, whose RPPS wins over a declared one.
pub(in crate::login) fn link_to(account: &mut Account, identity: &ArrivedIdentity, now: Timestamp) {
    let proven = &identity.proven;
    account.links.push(Link {
        identity_provider: proven.identity_provider.clone(),
        national_id: proven.identifier.as_str().to_owned(),
        linked_at: now,
        last_sub: proven.subject.clone(),
    });
    if let Some(rpps) = &proven.rpps {
        account.rpps = Some(SourcedRpps { value: rpps.clone(), source: Source::Psc });
    }
}

pub(super) fn profession(proven: &ProvenProfession) -> Profession {
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
