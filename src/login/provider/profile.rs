//! What a provider says of a person, written into their account.

use jiff::Timestamp;

use crate::account::{Account, Address, Link, Organisation, Profession, Source, SourcedRpps};
use crate::identity::Email;
use crate::observe::audit::Origin;
use crate::observe::{AuditEvent, Fact};
use crate::rp::{Place, ProvenProfession};

use super::super::place;
use super::ArrivedIdentity;

/// Longest former value kept in the audit log (characters).
const KEPT: usize = 300;

/// Writes what the provider says today over what it said before. Answers with the former value of all that differs, by name.
pub(in crate::login) fn apply(account: &mut Account, identity: &ArrivedIdentity) -> Former {
    let before = said(account);
    write(account, identity);
    let after = said(account);
    let differs = before.into_iter().zip(after).filter(|(before, after)| before != after && !before.1.is_empty());
    Former(differs.map(|((name, value), _)| (name, value.chars().take(KEPT).collect())).collect())
}

/// What a provider said of the person until now, for the audit log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::login) struct Former(Vec<(&'static str, String)>);

impl Former {
    /// The fact that keeps it; none where nothing was lost.
    pub(in crate::login) fn fact(&self, origin: &Origin, account: &Account, now: Timestamp) -> Option<AuditEvent> {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| *name).collect();
        let event = origin.event(now, Fact::DirectoryDataChanged, Some(account.id)).with("changed", names.join(" "));
        let told =
            self.0.iter().fold(event, |event, (name, value)| event.with(&format!("former.{name}"), value.as_str()));
        (!names.is_empty()).then_some(told)
    }
}

/// The register's data as the account holds them. An e-mail is masked, as everywhere in the audit log.
fn said(account: &Account) -> [(&'static str, String); 7] {
    let person = &account.person;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let codes = account.professions.iter().map(|held| format!("{}^{}", held.code, held.system));
    let places = account.places.iter().map(|place| {
        let number = place.siret.as_ref().or(place.finess.as_ref());
        [place.name.as_ref(), number].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
    });
    [
        ("family_name", text(&person.family_name)),
        ("given_name", text(&person.given_name)),
        ("civility", text(&person.civility)),
        ("professions", codes.collect::<Vec<_>>().join(" ")),
        ("places", places.collect::<Vec<_>>().join(", ")),
        ("place", account.organisation.as_ref().map(|held| text(&held.name)).unwrap_or_default()),
        ("email", account.suggested_email.as_ref().map(Email::masked).unwrap_or_default()),
    ]
}

fn write(account: &mut Account, identity: &ArrivedIdentity) {
    let proven = &identity.proven;
    // A provider without a register says nothing of work: what another's said stands.
    let speaks = !proven.professions.is_empty() || !proven.places.is_empty();
    if speaks || account.register.as_ref().is_none_or(|held| *held == proven.identity_provider) {
        account.professions = proven.professions.iter().map(profession).collect();
        account.places = proven.places.iter().map(organisation).collect();
        account.register = speaks.then(|| proven.identity_provider.clone());
    }
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
        link.rpps.clone_from(&proven.rpps);
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
        rpps: proven.rpps.clone(),
    });
    if let Some(rpps) = &proven.rpps {
        account.keep_imported_rpps();
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
