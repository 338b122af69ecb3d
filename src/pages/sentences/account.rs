//! "Mon compte": what is known of a person, and the changes they make there.

use crate::config::settings::Brand;
use crate::notify::WaysLeft;

pub const H1: &str = "Mon compte";
pub const IDENTITY: &str = "Mon identité";
pub const NAME: &str = "Nom";
pub const PROFESSION: &str = "Profession";
pub const PROFESSIONS: &str = "Professions";
pub const RPPS: &str = "Numéro RPPS";
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
pub const NOT_LINKED: &str = "Votre compte n'y est pas rattaché.";
pub const NOT_OFFERED: &str = "Ce moyen de connexion n'est plus proposé.";
pub const LAST_WAY_IN: &str =
    "C'est votre seul moyen de connexion. Créez d'abord un mot de passe si vous ne voulez plus l'utiliser.";
pub const PASSWORD: &str = "Mot de passe";
pub const PASSWORD_SET: &str = "Créé";
pub const MAKE_PASSWORD: &str = "Créer un mot de passe";

pub const PLACE: &str = "Mon lieu d'exercice";
pub const PLACE_NONE: &str = "Aucun des lieux de l'annuaire";
pub const CHANGE_PLACE: &str = "Changer de lieu";

pub const SESSIONS: &str = "Mes connexions en cours";
pub const SESSIONS_TEXT: &str = "Si vous ne reconnaissez pas une connexion, fermez-la.";
pub const THIS_SESSION: &str = "Cette connexion";
pub const UNKNOWN_DEVICE: &str = "Appareil inconnu";
pub const END_SESSION: &str = "Fermer";
pub const END_EVERYWHERE: &str = "Se déconnecter partout";
pub const END_EVERYWHERE_TEXT: &str = "Ferme toutes vos connexions, celle-ci comprise, sur tous vos appareils.";
pub const BY_PASSWORD: &str = "avec votre mot de passe";
pub const BY_PASSWORD_EMAIL: &str = "avec votre mot de passe et un code par e-mail";
pub const BY_PASSWORD_SMS: &str = "avec votre mot de passe et un code par SMS";

pub const PASSWORD_MADE: &str = "Votre mot de passe est créé.";

pub const RPPS_CORRECTED: &str = "Votre numéro RPPS est enregistré.";

pub const LINK_NEXT: &str = "Nous vous montrerons l'identité reçue avant de la rattacher à votre compte.";
pub const REVIEW_H1: &str = "Est-ce bien vous ?";
pub const REVIEW_TEXT: &str =
    "Si vous continuez, cette identité ouvrira votre compte. Si ce n'est pas la vôtre, choisissez « Retour ».";
pub const REVIEW_LINK: &str = "Rattacher cette identité";
pub const CONFLICT_BACK: &str = "Revenir à mon compte";

pub const UNLINK_SESSIONS: &str = "Vos autres connexions seront fermées.";
pub const UNLINKED_UNKNOWN: &str = "Ce moyen de connexion est supprimé de votre compte.";
pub const PLACE_CHOSEN: &str = "Votre lieu d'exercice est enregistré.";
pub const SESSION_ENDED: &str = "La connexion est fermée.";
pub const SESSION_GONE: &str = "Cette connexion était déjà fermée.";

/// Who proved the RPPS, where that is known.
#[must_use]
pub fn rpps_proven(providers: &[&str]) -> String {
    if providers.is_empty() {
        return "Confirmé par votre fournisseur d'identité.".to_owned();
    }
    format!("Confirmé par {}.", providers.join(" et "))
}

/// The way to a provider.
#[must_use]
pub fn link(provider: &str) -> String {
    format!("Rattacher à {provider}")
}

/// The way to take its link away.
#[must_use]
pub fn unlink(provider: &str) -> String {
    format!("Ne plus utiliser {provider}")
}

/// No password: what opens the account instead.
#[must_use]
pub fn no_password(providers: &[String]) -> String {
    if providers.is_empty() {
        return "Aucun.".to_owned();
    }
    format!("Aucun : votre compte s'ouvre uniquement avec {}.", providers.join(" ou "))
}

/// Where the places to choose from come from.
#[must_use]
pub fn place_text(provider: &str) -> String {
    format!("Choisissez parmi les lieux que {provider} a donnés à votre dernière connexion.")
}

/// By what a session was opened.
#[must_use]
pub fn by(provider: &str) -> String {
    format!("avec {provider}")
}

/// What the first password is for.
#[must_use]
pub fn password_text(providers: &[String]) -> String {
    if providers.is_empty() {
        return "Avec ce mot de passe, vous pourrez vous connecter.".to_owned();
    }
    format!("Avec ce mot de passe, vous pourrez vous connecter aussi sans {}.", providers.join(" ni "))
}

/// What a declared number is worth, until one of these has proven it.
#[must_use]
pub fn rpps_text(providers: &[String]) -> String {
    if providers.is_empty() {
        return "Ce numéro reste une déclaration de votre part.".to_owned();
    }
    let providers = providers.join(" ou ");
    format!("Ce numéro reste une déclaration de votre part tant que {providers} ne l'a pas confirmé.")
}

/// What the link is for.
#[must_use]
pub fn link_text(provider: &str) -> String {
    format!("Identifiez-vous avec {provider} : votre compte pourra ensuite s'ouvrir de cette façon, sans mot de passe.")
}

/// The link is taken away.
#[must_use]
pub fn unlinked(provider: &str) -> String {
    format!("Votre compte n'est plus rattaché à {provider}.")
}

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

/// Whom a provider has proven.
#[must_use]
pub fn review(provider: &str, name: &str, rpps: Option<&str>) -> String {
    let name = if name.is_empty() { "une personne dont le nom n'est pas connu" } else { name };
    match rpps {
        Some(rpps) => format!("{provider} a confirmé l'identité de {name}, numéro RPPS {rpps}."),
        None => format!("{provider} a confirmé l'identité de {name}."),
    }
}

/// The identity opens another account already, which the provider made.
#[must_use]
pub fn review_moves(provider: &str) -> String {
    format!(
        "Cette identité ouvre déjà un autre compte, créé à votre première connexion avec {provider}. Si vous continuez, cet autre compte sera fermé et ce qui y est enregistré ne sera pas repris."
    )
}

/// The two cannot be linked; one text for every cause (screens.md 5.8).
#[must_use]
pub fn conflict(provider: &str, brand: &Brand, reference: &str) -> String {
    format!(
        "Les informations de votre compte et celles de {provider} ne permettent pas ce rattachement. Rien n'a changé. Appelez le {} en indiquant la référence {reference}.",
        brand.help_phone
    )
}

/// What taking the link away means: by what the account opens then.
#[must_use]
pub fn unlink_text(provider: &str, left: &WaysLeft, email: &str) -> String {
    let left = if left.password {
        format!("votre adresse e-mail {email} et votre mot de passe")
    } else {
        left.providers.join(" ou ")
    };
    format!("Votre compte ne s'ouvrira plus avec {provider}. Vous vous connecterez avec {left}.")
}

/// It ends this session too.
#[must_use]
pub fn unlink_signs_out(left: &WaysLeft) -> String {
    let left = if left.password { "votre mot de passe".to_owned() } else { left.providers.join(" ou ") };
    format!("Toutes vos connexions seront fermées, celle-ci comprise : vous vous connecterez à nouveau avec {left}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_that_ends_a_session_says_which_one() {
        let hidden = end_hidden("Firefox, Windows", &since("1er mars 2027 à 8 h 00", &by("Pro Santé Connect")));
        assert_eq!(
            hidden,
            "la connexion « Firefox, Windows » ouverte depuis le 1er mars 2027 à 8 h 00, avec Pro Santé Connect"
        );
    }
}
