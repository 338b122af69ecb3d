//! "Mon compte": what is known of a person, and the changes they make there.

use crate::config::settings::Brand;

pub const H1: &str = "Mon compte";
pub const IDENTITY: &str = "Mon identité";
pub const NAME: &str = "Nom";
pub const PROFESSION: &str = "Profession";
pub const PROFESSIONS: &str = "Professions";
pub const RPPS: &str = "Numéro RPPS";
pub const RPPS_PROVEN: &str = "Confirmé par Pro Santé Connect.";
pub const RPPS_IMPORTED: &str = "Repris de votre dossier.";
pub const RPPS_DECLARED: &str = "Déclaré par vous, non vérifié.";
pub const CORRECT_RPPS: &str = "Corriger mon numéro RPPS";
pub const ADD_RPPS: &str = "Ajouter mon numéro RPPS";
pub const MISSING: &str = "Non renseigné";

pub const CONTACTS: &str = "Mes coordonnées";
pub const EMAIL: &str = "Adresse e-mail";
pub const PHONE: &str = "Téléphone portable";
pub const VERIFIED: &str = "Vérifié par un code.";
pub const VERIFIED_EMAIL: &str = "Vérifiée par un code.";
pub const ADD_EMAIL: &str = "Ajouter une adresse e-mail";

pub const WAYS_IN: &str = "Mes moyens de connexion";
pub const PSC: &str = "Pro Santé Connect";
pub const NOT_LINKED: &str = "Votre compte n'y est pas rattaché.";
pub const LINK: &str = "Rattacher à Pro Santé Connect";
pub const UNLINK: &str = "Ne plus utiliser Pro Santé Connect";
pub const LAST_WAY_IN: &str =
    "C'est votre seul moyen de connexion. Créez d'abord un mot de passe si vous ne voulez plus l'utiliser.";
pub const PASSWORD: &str = "Mot de passe";
pub const NO_PASSWORD: &str = "Aucun : votre compte s'ouvre uniquement avec Pro Santé Connect.";
pub const PASSWORD_SET: &str = "Créé";
pub const MAKE_PASSWORD: &str = "Créer un mot de passe";

pub const PLACE: &str = "Mon lieu d'exercice";
pub const PLACE_NONE: &str = "Aucun des lieux de l'annuaire";
pub const CHANGE_PLACE: &str = "Changer de lieu";
pub const PLACE_TEXT: &str = "Choisissez parmi les lieux que Pro Santé Connect a donnés à votre dernière connexion.";

pub const SESSIONS: &str = "Mes connexions en cours";
pub const SESSIONS_TEXT: &str = "Si vous ne reconnaissez pas une connexion, fermez-la.";
pub const THIS_SESSION: &str = "Cette connexion";
pub const UNKNOWN_DEVICE: &str = "Appareil inconnu";
pub const END_SESSION: &str = "Fermer";
pub const END_EVERYWHERE: &str = "Se déconnecter partout";
pub const END_EVERYWHERE_TEXT: &str = "Ferme toutes vos connexions, celle-ci comprise, sur tous vos appareils.";
pub const BY_PSC: &str = "avec Pro Santé Connect";
pub const BY_PASSWORD: &str = "avec votre mot de passe";
pub const BY_PASSWORD_EMAIL: &str = "avec votre mot de passe et un code par e-mail";
pub const BY_PASSWORD_SMS: &str = "avec votre mot de passe et un code par SMS";

pub const PASSWORD_TEXT: &str = "Avec ce mot de passe, vous pourrez vous connecter aussi sans Pro Santé Connect.";
pub const PASSWORD_MADE: &str = "Votre mot de passe est créé.";

pub const RPPS_TEXT: &str =
    "Ce numéro reste une déclaration de votre part tant que Pro Santé Connect ne l'a pas confirmé.";
pub const RPPS_CORRECTED: &str = "Votre numéro RPPS est enregistré.";

pub const LINK_TEXT: &str =
    "Identifiez-vous avec Pro Santé Connect : votre compte pourra ensuite s'ouvrir de cette façon, sans mot de passe.";
pub const LINK_NEXT: &str = "Nous vous montrerons l'identité reçue avant de la rattacher à votre compte.";
pub const REVIEW_H1: &str = "Est-ce bien vous ?";
pub const REVIEW_TEXT: &str =
    "Si vous continuez, cette identité ouvrira votre compte. Si ce n'est pas la vôtre, choisissez « Retour ».";
pub const REVIEW_LINK: &str = "Rattacher cette identité";
pub const CONFLICT_BACK: &str = "Revenir à mon compte";

pub const UNLINK_SESSIONS: &str = "Vos autres connexions seront fermées.";
pub const UNLINK_SIGNS_OUT: &str = "Toutes vos connexions seront fermées, celle-ci comprise : vous vous connecterez à nouveau avec votre mot de passe.";
pub const UNLINKED: &str = "Votre compte n'est plus rattaché à Pro Santé Connect.";
pub const PLACE_CHOSEN: &str = "Votre lieu d'exercice est enregistré.";
pub const SESSION_ENDED: &str = "La connexion est fermée.";
pub const SESSION_GONE: &str = "Cette connexion était déjà fermée.";

/// "Rattaché depuis le 23 novembre 2026."
#[must_use]
pub fn linked_since(date: &str) -> String {
    format!("Rattaché depuis le {date}.")
}

/// "Votre identifiant est nom@exemple.fr."
#[must_use]
pub fn identifier(email: &str) -> String {
    format!("Votre identifiant est {email}.")
}

/// "Depuis le 23 novembre 2026 à 14 h 05, avec Pro Santé Connect".
#[must_use]
pub fn since(when: &str, how: &str) -> String {
    format!("Depuis le {when}, {how}")
}

/// What a screen reader says after "Fermer": which one.
#[must_use]
pub fn end_hidden(device: &str, since: &str) -> String {
    let mut since = since.chars();
    let since: String = since.next().into_iter().flat_map(char::to_lowercase).chain(since).collect();
    format!("la connexion « {device} » ouverte {since}")
}

/// The verified e-mail is the identifier of another account.
#[must_use]
pub fn email_taken(brand: &Brand) -> String {
    format!(
        "Votre adresse e-mail est déjà l'identifiant d'un autre compte : elle ne peut pas être aussi celui de ce compte. Pour la changer, appelez le {}.",
        brand.help_phone
    )
}

/// Whom Pro Santé Connect has proven.
#[must_use]
pub fn review(name: &str, rpps: Option<&str>) -> String {
    let name = if name.is_empty() { "une personne dont le nom n'est pas connu" } else { name };
    match rpps {
        Some(rpps) => format!("Pro Santé Connect a confirmé l'identité de {name}, numéro RPPS {rpps}."),
        None => format!("Pro Santé Connect a confirmé l'identité de {name}."),
    }
}

/// The two cannot be linked; one text for every cause (screens.md 5.8).
#[must_use]
pub fn conflict(brand: &Brand, reference: &str) -> String {
    format!(
        "Les informations de votre compte et celles de Pro Santé Connect ne permettent pas ce rattachement. Rien n'a changé. Appelez le {} en indiquant la référence {reference}.",
        brand.help_phone
    )
}

/// What taking the link away means.
#[must_use]
pub fn unlink(email: &str) -> String {
    format!(
        "Votre compte ne s'ouvrira plus avec Pro Santé Connect. Vous vous connecterez avec votre adresse e-mail {email} et votre mot de passe."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_that_ends_a_session_says_which_one() {
        let hidden = end_hidden("Firefox, Windows", &since("1er mars 2027 à 8 h 00", BY_PSC));
        assert_eq!(
            hidden,
            "la connexion « Firefox, Windows » ouverte depuis le 1er mars 2027 à 8 h 00, avec Pro Santé Connect"
        );
    }
}
