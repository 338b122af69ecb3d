//! Forgotten password (screens.md 2.6–2.9).

use super::minutes;
use crate::config::settings::Brand;

pub const ASK_H1: &str = "Mot de passe oublié ?";
pub const ASK_TEXT: &str = "Saisissez l'identifiant associé à votre compte.";
pub const ASK_HINT: &str = "Pour la première connexion, indiquez votre identifiant CPAM, sinon votre adresse e-mail.";
pub const ASK_EMPTY: &str =
    "Saisissez votre identifiant : identifiant CPAM avant l'activation, adresse e-mail ensuite.";
pub const CODE_H1: &str = "Modifier mon mot de passe";
pub const SMS_H1: &str = "Confirmer votre identité";
pub const LOST_NUMBER: &str = "Vous n'avez plus ce numéro ?";
pub const NEW_TEXT: &str = "Choisissez un nouveau mot de passe. Celui-ci sera demandé à chaque connexion.";
pub const EXPIRED: &str = "Cette demande a expiré. Recommencez : un nouveau code arrive en moins d'une minute.";
pub const DONE: &str = "Votre mot de passe a été changé. Vos autres connexions ont été fermées.";
pub const DONE_MAILBOX: &str = "Pendant 24 heures, certaines pages pourront vous demander une vérification de plus.";

/// Under the field of the first page.
#[must_use]
pub fn ask_help(brand: &Brand) -> String {
    format!("Vous pouvez contacter l'assistance téléphonique au {}.", brand.help_phone)
}

/// Too many requests; `left` in minutes, rounded up.
#[must_use]
pub fn throttled(brand: &Brand, left: u64) -> String {
    format!("Trop de demandes. Réessayez dans {}, ou appelez le {}.", minutes(left), brand.help_phone)
}

/// Said to everyone, whether or not an account exists.
#[must_use]
pub fn code_for_everyone(brand: &Brand) -> String {
    format!(
        "Si aucun compte ne correspond, ou si le vôtre s'ouvre uniquement avec Pro Santé Connect, vous ne recevrez rien. Vérifiez alors votre saisie, ou appelez le {}.",
        brand.help_phone
    )
}

/// What to do when the verified number is gone.
#[must_use]
pub fn lost_number(brand: &Brand) -> String {
    format!(
        "Appelez le {}. Après vérification de votre identité, nous pourrons le retirer de votre compte.",
        brand.help_phone
    )
}
