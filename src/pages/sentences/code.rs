//! The one-time code: its field, its refusals, its resending (screens.md 0.20, 2.5, 2.7, 2.8, 3.3, 3.5, 4.2, 4.4, 5.7).

use super::{minutes, seconds};
use crate::config::settings::Brand;

pub const LABEL: &str = "Code de vérification";
pub const HINT: &str = "6 chiffres, par exemple 123 456.";
pub const EMPTY: &str = "Saisissez le code à 6 chiffres que vous avez reçu.";
pub const SHAPE: &str = "Le code compte 6 chiffres. Vérifiez votre saisie.";
pub const EXHAUSTED: &str =
    "Ce code ne peut plus servir après 5 essais. Demandez-en un nouveau, il arrive en moins d'une minute.";
pub const EXPIRED: &str = "Ce code a expiré. Demandez-en un nouveau, il arrive en moins d'une minute.";
pub const VALIDITY: &str = "Ce code est valable 10 minutes.";
pub const LEFT: &str = "Temps restant : {n} min";
pub const EXPIRES_SOON: &str = "Votre code expire dans une minute.";
pub const RESENT: &str = "Un nouveau code vient de partir. Seul ce dernier code fonctionne.";
pub const NOT_ARRIVED: &str = "Vous ne recevez rien ?";
pub const NOT_ARRIVED_SMS: &str = "Vérifiez que votre téléphone capte le réseau. Le message peut prendre une minute.";

pub const TO_EMAIL: &str = "Saisissez le code de vérification envoyé à l'adresse e-mail";
pub const TO_PHONE: &str = "Saisissez le code de vérification envoyé au";
pub const TO_PHONE_FIRST: &str =
    "Afin de garantir la sécurité d'accès à vos données, veuillez entrer le code à 6 chiffres envoyé au :";
pub const RESET_TO_EMAIL: &str = "Nous avons envoyé le code de vérification par e-mail à";
pub const RESET_TO_PHONE: &str =
    "Votre compte a un numéro de portable vérifié. Saisissez aussi le code de vérification envoyé au";

/// Before any code has left: the page does not say that one was sent.
pub const WILL_EMAIL: &str = "Nous allons envoyer un code de vérification à l'adresse e-mail";
/// The same by SMS.
pub const WILL_TEXT: &str = "Nous allons envoyer un code de vérification par SMS au";

pub const SECOND_FACTOR_H1: &str = "Identification à deux facteurs";
pub const CHOICE_TEXT: &str =
    "Pour protéger vos données, confirmez que c'est bien vous. Où voulez-vous recevoir votre code ?";
pub const CHOICE_LEGEND: &str = "Recevoir mon code";
pub const CHOICE_NONE: &str = "Choisissez où recevoir votre code.";
pub const BY_EMAIL: &str = "Par e-mail à";
pub const BY_SMS: &str = "Par SMS au";
pub const SMS_DOWN: &str = "L'envoi par SMS est momentanément indisponible.";
pub const EMAIL_DOWN: &str = "L'envoi par e-mail est momentanément indisponible.";

pub const EMAIL_H1: &str = "Vérification de votre email";
pub const EMAIL_MISTAKE: &str = "Une erreur ? Modifier mon adresse e-mail";
pub const PHONE_H1: &str = "Validation du numéro de téléphone";
pub const PHONE_MISTAKE: &str = "(Une erreur ? Modifier mon numéro de téléphone)";
pub const CHANGE_PHONE_H1: &str = "Modifier mon numéro de téléphone";
pub const FIRST_PHONE_H1: &str = "Votre numéro de téléphone portable";
pub const PHONE_EMPTY: &str = "Saisissez votre numéro de portable, ou choisissez « Ignorer cette étape ».";
pub const PHONE_SKIP: &str = "Sans numéro vérifié, vos codes arriveront par e-mail seulement, et le changement d'un mot de passe oublié sera moins bien protégé. Nous vous le proposerons à nouveau dans 30 jours.";

/// A wrong code; `left` tries remain (at least one).
#[must_use]
pub fn wrong(left: u32) -> String {
    let left = if left <= 1 { "un essai".to_owned() } else { format!("{left} essais") };
    format!("Ce code ne correspond pas. Vérifiez le dernier message reçu : il vous reste {left}.")
}

/// Another code was asked for too early.
#[must_use]
pub fn resend_wait(left: u64) -> String {
    format!("Un code vient de partir. Patientez {} avant d'en demander un autre.", seconds(left))
}

/// Too many codes were asked for.
#[must_use]
pub fn resend_cap(brand: &Brand, left: u64) -> String {
    format!(
        "Trop de codes ont été demandés. Réessayez dans {}, ou contactez-nous au {}.",
        minutes(left),
        brand.help_phone
    )
}

/// Where an e-mail that did not arrive may be.
#[must_use]
pub fn not_arrived_email(from: &str) -> String {
    format!("Regardez dans les courriers indésirables. L'expéditeur est {from}.")
}

/// Three SMS an hour to one number, during activation (screens.md 3.6).
#[must_use]
pub fn sms_cap(left: u64) -> String {
    format!("Trop de SMS ont été demandés pour ce numéro. Réessayez dans {}, ou ignorez cette étape.", minutes(left))
}

/// The skip sentence of the phone step, with the configured number of days.
#[must_use]
pub fn phone_skip(days: u32) -> String {
    PHONE_SKIP.replace("30 jours", &days_in_words(days))
}

/// "30 jours", "un jour".
#[must_use]
pub fn days_in_words(days: u32) -> String {
    if days <= 1 { "un jour".to_owned() } else { format!("{days} jours") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_try_is_told_in_the_singular() {
        assert!(wrong(1).ends_with("il vous reste un essai."));
        assert!(wrong(4).ends_with("il vous reste 4 essais."));
        assert_eq!(resend_wait(1), "Un code vient de partir. Patientez une seconde avant d'en demander un autre.");
    }
}
