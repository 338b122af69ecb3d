//! Making a password: the criteria and what is missing (screens.md 3.4, 2.9).

use crate::config::settings::Brand;

pub const H1: &str = "Créer votre mot de passe";
pub const TEXT: &str = "Veuillez créer un mot de passe. Celui-ci sera demandé à chaque connexion.";
pub const IDENTIFIER_MEANWHILE: &str = "Tant que l'activation n'est pas terminée, votre identifiant reste votre identifiant CPAM ; ensuite, ce sera votre adresse e-mail.";
pub const LABEL: &str = "Mot de passe";
pub const CONFIRM_LABEL: &str = "Confirmation mot de passe";
pub const USERNAME_LABEL: &str = "Identifiant";
pub const CRITERIA: &str = "Le mot de passe doit respecter les critères suivants :";
pub const LENGTH: &str = "12 caractères ou plus";
pub const LENGTH_NIST: &str = "15 caractères ou plus";
pub const UPPER: &str = "1 lettre majuscule";
pub const LOWER: &str = "1 lettre minuscule";
pub const DIGIT: &str = "1 chiffre ou 1 caractère spécial (!\"#$%&'()*+,-./:;...)";
pub const TO_DO: &str = "à faire";
pub const DONE: &str = "fait";
pub const EMPTY: &str = "Saisissez un mot de passe.";
pub const COMMON: &str = "Ce mot de passe est trop courant, il serait vite deviné. Choisissez-en un autre, par exemple plusieurs mots sans lien.";
pub const OWN_DATA: &str =
    "Ce mot de passe contient votre nom, votre e-mail ou un de vos numéros. Choisissez-en un autre.";
pub const TOO_LONG: &str = "128 caractères au plus.";
pub const CONFIRM_EMPTY: &str = "Saisissez une seconde fois le mot de passe.";
pub const DIFFERENT: &str = "Les deux mots de passe sont différents. Saisissez à nouveau le second.";
pub const DIFFERENT_BOTH: &str = "Les deux mots de passe sont différents. Saisissez à nouveau les deux.";

/// The legacy password was typed again.
#[must_use]
pub fn same_as_legacy(brand: &Brand) -> String {
    format!("Choisissez un mot de passe différent de celui de {}.", brand.legacy)
}

/// What a password lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Characters: how many are needed, how many there are.
    Length {
        /// Needed.
        needed: usize,
        /// Typed.
        typed: usize,
    },
    /// A capital.
    Upper,
    /// A small letter.
    Lower,
    /// A digit or a special character.
    DigitOrSpecial,
}

/// "Il manque : …, …." for the criteria not met, in their order on the page.
#[must_use]
pub fn missing(parts: &[Missing]) -> String {
    let words: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Missing::Length { needed, typed } => format!("{needed} caractères ou plus (vous en avez {typed})"),
            Missing::Upper => UPPER.to_owned(),
            Missing::Lower => LOWER.to_owned(),
            Missing::DigitOrSpecial => "1 chiffre ou 1 caractère spécial".to_owned(),
        })
        .collect();
    format!("Il manque : {}.", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_one_sentence() {
        let sentence = missing(&[Missing::Length { needed: 12, typed: 9 }, Missing::Upper]);
        assert_eq!(sentence, "Il manque : 12 caractères ou plus (vous en avez 9), 1 lettre majuscule.");
    }
}
