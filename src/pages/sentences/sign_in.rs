//! The sign-in page: its words, the one failure sentence, the waits (screens.md 2.1–2.3, 6.4, 7.3).

use super::minutes;
use crate::config::settings::Brand;

pub const H1: &str = "Connexion à votre espace";
pub const IDENTIFIER: &str = "Identifiant";
pub const IDENTIFIER_EMPTY: &str =
    "Saisissez votre identifiant : identifiant CPAM à la première connexion, adresse e-mail ensuite.";
pub const PASSWORD: &str = "Mot de passe";
pub const PASSWORD_EMPTY: &str = "Saisissez votre mot de passe.";
pub const REMEMBER: &str = "Se souvenir de moi";
pub const REMEMBER_IDENTIFIER: &str =
    "Votre identifiant sera prérempli la prochaine fois sur ce poste. À éviter sur un poste partagé.";
pub const OR: &str = "ou";
pub const FAILURE: &str = "L'identifiant et le mot de passe ne correspondent pas. Vérifiez-les, puis réessayez. Une fois votre compte activé, votre identifiant est votre adresse e-mail.";
pub const STALE: &str = "Cette page était ouverte depuis longtemps. Saisissez à nouveau votre mot de passe.";
pub const RECORD_EXPIRED: &str = "Votre connexion a pris trop de temps. Recommencez : cela prend une minute.";
pub const DRAFT_KEPT: &str = "Ce que vous aviez validé est conservé.";
pub const RESUMED: &str = "Vous aviez commencé l'activation de votre compte. Reprenez où vous en étiez.";

/// The sentence under the heading.
#[must_use]
pub fn text(brand: &Brand) -> String {
    format!(
        "Pour votre première connexion au {portal}, indiquez votre identifiant CPAM et votre mot de passe {legacy}, sinon votre adresse e-mail du {portal}.",
        portal = brand.portal,
        legacy = brand.legacy
    )
}

/// Hint of the box when it makes the session outlive the browser.
#[must_use]
pub fn remember_session(hours: u64) -> String {
    let hours = if hours <= 1 { "une heure".to_owned() } else { format!("{hours} heures") };
    format!("Vous resterez connecté en fermant le navigateur, {hours} au plus.")
}

/// Added under the failure from the third one in this browser.
#[must_use]
pub fn failure_help(brand: &Brand) -> String {
    format!("Besoin d'aide ? Appelez le {} ({}).", brand.help_phone, brand.help_cost)
}

/// The account's budget is used up; `left` in minutes, rounded up.
#[must_use]
pub fn throttled_account(left: u64) -> String {
    format!(
        "Trop d'essais ont échoué pour cet identifiant. Par sécurité, patientez {} avant de réessayer.",
        minutes(left)
    )
}

/// The network's budget is used up; `left` in minutes, rounded up.
#[must_use]
pub fn throttled_network(left: u64) -> String {
    format!("Trop d'essais ont échoué depuis votre réseau. Patientez {} avant de réessayer.", minutes(left))
}

/// The day's budget of the account is used up.
#[must_use]
pub fn throttled_day(brand: &Brand) -> String {
    format!(
        "Trop d'essais ont échoué pour cet identifiant. Patientez jusqu'à demain, ou appelez le {} : nous pourrons débloquer votre accès.",
        brand.help_phone
    )
}

/// The other way in, under every wait.
#[must_use]
pub fn throttled_otherwise(brand: &Brand) -> String {
    format!("Vous pouvez aussi vous identifier avec Pro Santé Connect, ou appeler le {}.", brand.help_phone)
}

/// The session was silent too long; `minutes` is the configured limit.
#[must_use]
pub fn idle(limit: u64) -> String {
    format!(
        "Votre session s'est fermée après {} sans activité. Connectez-vous pour reprendre où vous en étiez.",
        minutes(limit)
    )
}

/// The session reached its longest life; `hours` is the configured limit.
#[must_use]
pub fn absolute(hours: u64) -> String {
    let hours = if hours <= 1 { "une heure".to_owned() } else { format!("{hours} heures") };
    format!("Votre session a duré {hours} : par sécurité, connectez-vous à nouveau.")
}

/// The session was ended elsewhere, or nothing is known of it (decision 58).
pub const CLOSED: &str = "Votre session a été fermée. Connectez-vous à nouveau.";
