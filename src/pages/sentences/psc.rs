//! Pro Santé Connect and other identity providers: the button, its return, linking, the place of work (screens.md 5).
//! `provider` is what people call one.

use crate::config::settings::{Brand, PersonKind};

pub const BUTTON_BEFORE: &str = "S'identifier avec";
pub const MINISTRY: &str = "Un service du ministère chargé de la Santé";
pub const RETURN_STALE_H1: &str = "Reprenez votre connexion";
pub const RETURN_FAILED_TEXT: &str = "Votre identité n'a pas pu être confirmée. Réessayez dans quelques minutes.";

pub const NOT_ADMITTED_H1: &str = "Votre accès n'est pas encore ouvert";
pub const NOT_ADMITTED_LINK: &str =
    "Vous avez déjà un compte ? Rattachez-le avec votre identifiant et votre mot de passe.";
pub const PROOF_H1: &str = "Rattacher votre compte";
pub const CONFLICT_H1: &str = "Ce compte ne peut pas être rattaché";

pub const PLACE_H1: &str = "Choisissez votre lieu d'exercice";
pub const PLACE_LEGEND: &str = "Lieu d'exercice";
pub const PLACE_NONE: &str = "Aucun de ces lieux";
pub const PLACE_EMPTY: &str = "Choisissez un lieu, ou « Aucun de ces lieux ».";
pub const PLACE_GONE: &str = "Ce lieu n'est plus proposé. Choisissez à nouveau.";
pub const PLACE_LATER: &str = "Vous pourrez changer de lieu dans « Mon compte ».";
pub const PLACE_CHANGED: &str = "Votre lieu d'exercice a changé dans l'annuaire. Choisissez à nouveau.";
pub const OTHER_TOWN: &str = "Autres lieux";

/// The words of a button.
#[must_use]
pub fn button(provider: &str) -> String {
    format!("{BUTTON_BEFORE} {provider}")
}

/// The link beside a button.
#[must_use]
pub fn learn_more(provider: &str) -> String {
    format!("En savoir plus sur {provider}")
}

/// While the provider's page opens.
#[must_use]
pub fn opening(provider: &str) -> String {
    format!("Ouverture de {provider}…")
}

/// The provider was left without an answer, on the way to the portal.
#[must_use]
pub fn cancelled(provider: &str) -> String {
    format!("{} Vous pouvez recommencer, ou vous connecter avec votre identifiant.", cancelled_step_up(provider))
}

/// The same inside a session.
#[must_use]
pub fn cancelled_step_up(provider: &str) -> String {
    format!("Vous avez quitté {provider}.")
}

/// Linked.
#[must_use]
pub fn linked(provider: &str) -> String {
    format!("Votre compte est rattaché à {provider}.")
}

/// The offer to link an account that may be the person's (5.6).
#[must_use]
pub fn offer(provider: &str) -> String {
    format!(
        "Si vous vous connectiez jusqu'ici avec un identifiant CPAM ou une adresse e-mail, rattachez ce compte à {provider} : vous garderez vos données."
    )
}

/// What is asked to prove the account (5.7).
#[must_use]
pub fn proof(provider: &str) -> String {
    format!(
        "Confirmez que ce compte est le vôtre : saisissez l'identifiant et le mot de passe que vous utilisez sans {provider}."
    )
}

/// The provider does not answer; the other way in does.
#[must_use]
pub fn unavailable(provider: &str) -> String {
    format!(
        "{provider} ne répond pas pour le moment. Réessayez dans quelques minutes, ou connectez-vous avec votre identifiant et votre mot de passe."
    )
}

/// The same inside a session.
#[must_use]
pub fn unavailable_step_up(provider: &str) -> String {
    format!("{provider} ne répond pas pour le moment. Réessayez dans quelques minutes.")
}

/// A return that fits nothing.
#[must_use]
pub fn return_stale(provider: &str) -> String {
    format!("Cette connexion avec {provider} a expiré ou a été commencée dans un autre onglet.")
}

/// The heading of a return that could not be judged.
#[must_use]
pub fn return_failed_h1(provider: &str) -> String {
    format!("{provider} ne répond pas")
}

/// Nobody's account is linked to this identity.
#[must_use]
pub fn not_admitted(provider: &str, brand: &Brand) -> String {
    format!("{provider} a bien confirmé votre identité, mais aucun compte du {} n'y est rattaché.", brand.portal)
}

/// Whom to ask for an account.
#[must_use]
pub fn not_admitted_contact(brand: &Brand) -> String {
    format!("Sinon, contactez-nous : {} ({}), {}.", brand.help_phone, brand.help_cost, brand.help_email)
}

/// The portal is not open to this profession.
#[must_use]
pub fn profession_refused(brand: &Brand, label: &str) -> String {
    format!("Le {} n'est pas ouvert à votre profession ({label}).", brand.portal)
}

/// The portal is not open to people who work so.
#[must_use]
pub fn kind_refused(provider: &str, brand: &Brand, kind: PersonKind) -> String {
    let portal = &brand.portal;
    match kind {
        PersonKind::WithoutActivity => format!(
            "Le {portal} est ouvert aux professionnels qui ont une activité enregistrée. {provider} n'en connaît pas pour vous : si la vôtre est récente, réessayez dans quelques jours."
        ),
        PersonKind::Student => format!("Le {portal} n'est pas ouvert aux professionnels en formation."),
        PersonKind::StructureStaff => format!(
            "Le {portal} n'est pas ouvert aux cartes de personnel d'établissement. Si vous avez une carte CPS ou une e-CPS de professionnel, identifiez-vous avec elle."
        ),
        PersonKind::Practising => format!("Le {portal} n'est pas ouvert aux professionnels en activité."),
    }
}

/// Whom a person who is not admitted may ask.
#[must_use]
pub fn not_admitted_ask(brand: &Brand) -> String {
    format!("Une question ? {} ({}), {}.", brand.help_phone, brand.help_cost, brand.help_email)
}

/// "Avez-vous déjà un compte sur le portail ?"
#[must_use]
pub fn offer_h1(brand: &Brand) -> String {
    format!("Avez-vous déjà un compte sur le {} ?", brand.portal)
}

/// One text for every cause of a refused linking.
#[must_use]
pub fn conflict(provider: &str, brand: &Brand, reference: &str) -> String {
    format!(
        "Les informations de ce compte et celles de {provider} ne permettent pas ce rattachement. Vos deux accès restent inchangés. Appelez le {} en indiquant la référence {reference}.",
        brand.help_phone
    )
}

/// The question of the place page.
#[must_use]
pub fn place_text(brand: &Brand) -> String {
    format!("Vous exercez dans plusieurs lieux. Pour lequel utilisez-vous le {} ?", brand.portal)
}

/// A place the directory gives without a name.
#[must_use]
pub fn place_unnamed(city: &str) -> String {
    format!("Lieu sans nom, {city}")
}
