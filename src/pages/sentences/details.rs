//! Who the person is, and their contacts (screens.md 3.1, 3.2, 3.6, 4.1, 4.3, 6.1, 6.2).

use super::digits;
use crate::config::settings::Brand;

pub const INFORMATION_H1: &str = "Information";
pub const INFORMATION_AFTER: &str =
    "Après avoir configuré votre compte, vous pourrez accéder à vos données d'activités et gérer votre espace client.";
pub const INFORMATION_PREPARE: &str = "Comptez cinq minutes. Préparez votre numéro RPPS, votre téléphone et les numéros SIRET, CPAM et FINESS de votre structure. Vous pouvez vous arrêter à tout moment : ce que vous avez saisi est conservé.";

pub const H1: &str = "Coordonnées personnelles";
pub const CHOOSE: &str = "Choisissez";
pub const CIVILITY: &str = "Civilité";
pub const CIVILITY_EMPTY: &str = "Choisissez votre civilité.";
pub const MADAM: &str = "Madame";
pub const SIR: &str = "Monsieur";
pub const FAMILY_NAME: &str = "Nom";
pub const FAMILY_NAME_EMPTY: &str = "Saisissez votre nom.";
pub const FAMILY_NAME_SHAPE: &str =
    "Un nom s'écrit avec des lettres, des espaces, des traits d'union ou des apostrophes.";
pub const GIVEN_NAME: &str = "Prénom";
pub const GIVEN_NAME_EMPTY: &str = "Saisissez votre prénom.";
pub const GIVEN_NAME_SHAPE: &str =
    "Un prénom s'écrit avec des lettres, des espaces, des traits d'union ou des apostrophes.";
pub const PROFESSION: &str = "Type de professionnel de santé";
pub const PROFESSION_EMPTY: &str = "Choisissez votre profession.";
pub const RPPS: &str = "Numéro RPPS";
pub const RPPS_HINT: &str = "11 chiffres, inscrits sur votre carte CPS ou dans l'application e-CPS.";
pub const RPPS_FREED: &str = "Laissez vide si votre profession n'a pas de numéro RPPS.";
pub const RPPS_EMPTY: &str = "Saisissez votre numéro RPPS.";
pub const RPPS_KEY: &str = "Ce numéro RPPS ne semble pas exact. Vérifiez chaque chiffre sur votre carte CPS.";
pub const EMAIL: &str = "Email personnel pour la connexion";
pub const EMAIL_HINT: &str = "Cette adresse devient votre identifiant. Choisissez-en une que vous seul consultez, plutôt que celle du secrétariat.";
pub const EMAIL_EMPTY: &str = "Saisissez votre adresse e-mail.";
pub const EMAIL_SHAPE: &str = "Cette adresse e-mail semble incomplète. Exemple : nom@exemple.fr";
pub const EMAIL_TWO: &str = "Saisissez une seule adresse e-mail.";
pub const DIAL_CODE: &str = "Indicatif";
pub const PHONE: &str = "Numéro de téléphone portable";
pub const PHONE_HINT: &str = "Par exemple 06 12 34 56 78. Il sert à recevoir des codes par SMS.";
pub const PHONE_SHAPE: &str = "Un numéro de portable s'écrit avec des chiffres, par exemple 06 12 34 56 78.";
pub const PHONE_NOT_MOBILE: &str =
    "Ce numéro ne peut pas recevoir de SMS. Saisissez un numéro de portable, ou laissez le champ vide.";
pub const TERMS_EMPTY: &str =
    "Cochez la case pour accepter les conditions générales d'utilisation : elles sont nécessaires pour continuer.";
pub const TERMS_BEFORE: &str = "J'accepte les";
pub const TERMS_LINK: &str = "conditions générales";
pub const TERMS_AFTER: &str = "d'utilisation.";

pub const CONTACT_H1: &str = "Validation des coordonnées";
pub const CONTACT_TEXT: &str = "Veuillez valider vos coordonnées de contact pour finaliser votre inscription.";
pub const CONTACT_EMAIL: &str = "Adresse email personnelle";
pub const CONTACT_EMAIL_EMPTY: &str = "Saisissez votre adresse e-mail, ou choisissez « Ignorer cette étape ».";
pub const CONTACT_PHONE: &str = "Numéro de portable";
pub const CONTACT_PHONE_EMPTY: &str = "Saisissez votre numéro de portable, ou choisissez « Ignorer cette étape ».";
pub const WANTED_EMAIL: &str =
    "Cette page demande une adresse e-mail vérifiée. Saisissez la vôtre : un code la confirmera.";
pub const WANTED_PHONE: &str =
    "Cette page demande un numéro de portable vérifié. Saisissez le vôtre : un code le confirmera.";
pub const ADDED_EMAIL: &str = "Saisissez votre adresse e-mail : un code la confirmera.";
pub const ADDED_PHONE: &str = "Saisissez votre numéro de portable : un code le confirmera.";
pub const WANTED_PHONE_EMPTY: &str = "Saisissez votre numéro de portable.";
pub const PSC_TERMS_TEXT: &str = "Pro Santé Connect est un service de l'Agence du Numérique en Santé.";
pub const PSC_TERMS_LINK: &str = "Ses conditions d'utilisation";

pub const REMINDER_H1: &str = "Complétez vos coordonnées";
pub const REMINDER_TEXT: &str =
    "La dernière fois, vous aviez ignoré cette étape. Elle vous aide à retrouver votre accès et à être prévenu.";
pub const REMINDER_EMPTY: &str = "Saisissez au moins une coordonnée, ou choisissez « Ignorer cette étape ».";
pub const NEW_TERMS_H1: &str = "Nos conditions générales ont changé";

/// Dialling codes always offered, the mainland first (screens.md 3.2).
pub const DIAL_CODES: [(&str, &str); 9] = [
    ("+33", "France"),
    ("+262", "La Réunion, Mayotte"),
    ("+508", "Saint-Pierre-et-Miquelon"),
    ("+590", "Guadeloupe, Saint-Martin, Saint-Barthélemy"),
    ("+594", "Guyane"),
    ("+596", "Martinique"),
    ("+681", "Wallis-et-Futuna"),
    ("+687", "Nouvelle-Calédonie"),
    ("+689", "Polynésie française"),
];

/// "Bienvenue sur votre portail RPLUS SANTÉ."
#[must_use]
pub fn welcome(brand: &Brand) -> String {
    format!("Bienvenue sur votre {} {}.", brand.portal, brand.name)
}

/// Hint of a field pre-filled from the import.
#[must_use]
pub fn from_import(brand: &Brand) -> String {
    format!("Repris de votre compte {}. Vérifiez et corrigez si besoin.", brand.legacy)
}

/// Hint of the read-only RPPS of the import.
#[must_use]
pub fn rpps_from_file(brand: &Brand) -> String {
    format!("Ce numéro vient de votre dossier. S'il n'est pas le vôtre, appelez le {}.", brand.help_phone)
}

/// Letters in the RPPS, or another length than eleven.
#[must_use]
pub fn rpps_length(typed: usize) -> String {
    format!("Le numéro RPPS compte 11 chiffres. Vous en avez saisi {typed}.")
}

/// A common domain seems misspelt; the address is accepted the second time.
#[must_use]
pub fn email_suggestion(suggestion: &str) -> String {
    format!("Vouliez-vous dire {suggestion} ? Corrigez, ou validez à nouveau si l'adresse est juste.")
}

/// A French number of the wrong length.
#[must_use]
pub fn phone_length(typed: usize) -> String {
    format!("Ce numéro compte {} ; il en faut 10, par exemple 06 12 34 56 78.", digits(typed))
}

/// A number that does not fit its dialling code.
#[must_use]
pub fn phone_dial_code(code: &str) -> String {
    format!("Ce numéro ne correspond pas à l'indicatif {code}. Vérifiez l'un et l'autre.")
}

/// What a contact e-mail is for, and of what it does not take the place: a provider, if one opens the account.
#[must_use]
pub fn contact_email_hint(provider: Option<&str>) -> String {
    let text = "Elle sert à vous prévenir et à vous envoyer des codes.";
    match provider {
        Some(provider) => format!("{text} Elle ne remplace pas {provider} pour vous connecter."),
        None => text.to_owned(),
    }
}

/// Where a number that nobody typed comes from.
#[must_use]
pub fn taken_from(provider: &str) -> String {
    format!("Repris de {provider}. Vérifiez et corrigez si besoin.")
}

/// The line above the first screen of a provider's journey; shrinks to what the provider gave.
#[must_use]
pub fn identified(
    provider: &str,
    given_name: Option<&str>,
    family_name: Option<&str>,
    profession: Option<&str>,
) -> String {
    let name = [given_name, family_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let who = [name.as_str(), profession.unwrap_or_default()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    if who.is_empty() {
        format!("Vous êtes identifié par {provider}.")
    } else {
        format!("Vous êtes identifié par {provider} : {who}.")
    }
}

/// Label of a profession the configuration does not know.
#[must_use]
pub fn profession_unknown(code: &str) -> String {
    format!("Profession {code}")
}

/// What is lost by skipping the e-mail of the PSC journey.
#[must_use]
pub fn email_skip(days: u32) -> String {
    format!(
        "Sans adresse e-mail, nous ne pourrons pas vous prévenir d'une connexion inhabituelle. Nous vous proposerons à nouveau cette étape dans {}.",
        super::code::days_in_words(days)
    )
}

/// What is lost by skipping the phone of the PSC journey.
#[must_use]
pub fn phone_skip(days: u32) -> String {
    format!(
        "Sans numéro de portable, certaines pages pourront vous demander une vérification par e-mail. Nous vous le proposerons à nouveau dans {}.",
        super::code::days_in_words(days)
    )
}

/// Under the skip button of the reminder.
#[must_use]
pub fn reminder_skip(days: u32) -> String {
    format!("Nous vous le proposerons à nouveau dans {}.", super::code::days_in_words(days))
}

/// The text of the new-terms page.
#[must_use]
pub fn new_terms(brand: &Brand) -> String {
    format!("Pour continuer, lisez et acceptez la nouvelle version du {}.", brand.terms_date)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PSC: &str = "Pro Santé Connect";

    #[test]
    fn the_identified_line_shrinks_to_what_was_given() {
        assert_eq!(
            identified(PSC, Some("Camille"), Some("Durand"), Some("Infirmier")),
            "Vous êtes identifié par Pro Santé Connect : Camille Durand, Infirmier."
        );
        assert_eq!(
            identified(PSC, None, None, Some("Infirmier")),
            "Vous êtes identifié par Pro Santé Connect : Infirmier."
        );
        assert_eq!(identified(PSC, None, None, None), "Vous êtes identifié par Pro Santé Connect.");
    }

    #[test]
    fn a_single_digit_is_singular() {
        assert!(phone_length(1).starts_with("Ce numéro compte 1 chiffre ;"));
        assert!(phone_length(9).starts_with("Ce numéro compte 9 chiffres ;"));
    }
}
