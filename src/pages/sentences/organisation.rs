//! The structure, its billing address, the end of the activation, its freezing (screens.md 3.7–3.10).

use crate::config::settings::Brand;

pub const H1: &str = "Coordonnées de votre structure";
pub const IDENTITY: &str = "Identité";
pub const ADDRESS_GROUP: &str = "Adresse";
pub const CONTACT_GROUP: &str = "Contact";
pub const NAME: &str = "Raison sociale";
pub const NAME_EMPTY: &str =
    "Saisissez la raison sociale de votre structure. En exercice individuel, indiquez votre nom.";
pub const TRADE_NAME: &str = "Dénomination commerciale";
pub const SIRET: &str = "Numéro SIRET";
pub const SIRET_HINT: &str = "14 chiffres, sur votre avis de situation INSEE.";
pub const SIRET_EMPTY: &str = "Saisissez le numéro SIRET.";
pub const SIRET_IS_SIREN: &str =
    "Ceci est un numéro SIREN. Ajoutez les 5 chiffres de l'établissement pour obtenir le SIRET.";
pub const SIRET_KEY: &str = "Ce numéro SIRET ne semble pas exact. Vérifiez chaque chiffre.";
pub const CPAM: &str = "Numéro CPAM";
pub const CPAM_HINT: &str = "Numéro Assurance Maladie de la structure : 9 chiffres.";
pub const CPAM_EMPTY: &str = "Saisissez le numéro CPAM.";
pub const CPAM_DOUBTFUL: &str =
    "Vérifiez ce numéro CPAM : le dernier chiffre semble inhabituel. S'il est juste, validez à nouveau.";
pub const FINESS: &str = "Numéro FINESS";
pub const FINESS_HINT: &str = "9 caractères. Les deux premiers indiquent le département (2A ou 2B en Corse).";
pub const FINESS_FREED: &str = "Laissez vide si votre structure n'a pas de numéro FINESS.";
pub const FINESS_EMPTY: &str = "Saisissez le numéro FINESS.";
pub const FINESS_KEY: &str = "Ce numéro FINESS ne semble pas exact. Vérifiez chaque caractère.";
pub const ADDRESS_1: &str = "Adresse structure";
pub const ADDRESS_1_EMPTY: &str = "Saisissez le numéro et la rue.";
pub const ADDRESS_2: &str = "Complément d'adresse";
pub const POSTAL_CODE: &str = "Code postal";
pub const POSTAL_CODE_EMPTY: &str = "Saisissez le code postal.";
pub const POSTAL_CODE_SHAPE: &str = "Un code postal français compte 5 chiffres, par exemple 75015.";
pub const CITY: &str = "Ville";
pub const CITY_EMPTY: &str = "Saisissez la ville.";
pub const COUNTRY: &str = "Pays";
pub const COUNTRY_EMPTY: &str = "Choisissez le pays.";
pub const EMAIL: &str = "Email de l'établissement";
pub const PHONE: &str = "Téléphone structure";
pub const FAX: &str = "Numéro fax structure";
pub const OF_PHONE: &str = "du téléphone";
pub const OF_FAX: &str = "du fax";
pub const BILLING_LINE: &str = "Coordonnées de facturation";
pub const BILLING_SAME: &str = "Identiques à celles de la structure";
pub const BILLING_CHANGE_HIDDEN: &str = "les coordonnées de facturation";
pub const ONE_STEP_LEFT: &str = "Il reste une étape à terminer.";

pub const BILLING_H1: &str = "Coordonnées de facturation";
pub const SAME: &str = "Identiques aux coordonnées de la structure";
pub const SAME_WITHOUT_SCRIPT: &str = "Remplissez ces champs seulement si la case est décochée.";
pub const BILLING_ADDRESS: &str = "Adresse";
pub const BILLING_EMAIL: &str = "Email de facturation";
pub const BILLING_SAVED: &str = "Coordonnées de facturation enregistrées.";

pub const DONE_H1: &str = "Finalisation de l'activation de compte";
pub const DONE_TEXT: &str = "Votre demande d'activation de compte est maintenant finalisée. Vous pouvez dès à présent accéder à votre espace client.";

pub const FREEZE_H1: &str = "Bloquer cette activation ?";
pub const FROZEN_H1: &str = "L'activation est bloquée";
// "Rien n'a changé. L'activation peut continuer.", as heading and text.
pub const NOT_FROZEN_H1: &str = "Rien n'a changé";
pub const NOT_FROZEN: &str = "L'activation peut continuer.";
// "Ce lien ne peut plus servir. Si vous avez un doute, …", as heading and text.
pub const FREEZE_LINK_DEAD_H1: &str = "Ce lien ne peut plus servir";

/// A SIRET of another length than fourteen.
#[must_use]
pub fn siret_length(typed: usize) -> String {
    format!("Le numéro SIRET compte 14 chiffres. Vous en avez saisi {typed}.")
}

/// A CPAM number of another length than nine.
#[must_use]
pub fn cpam_length(typed: usize) -> String {
    format!("Le numéro CPAM compte 9 chiffres. Vous en avez saisi {typed}.")
}

/// A FINESS of another length than nine.
#[must_use]
pub fn finess_length(typed: usize) -> String {
    format!("Le numéro FINESS compte 9 caractères. Vous en avez saisi {typed}.")
}

/// The identifier from now on, in full.
#[must_use]
pub fn done_identifier(email: &str) -> String {
    format!("À la prochaine connexion, votre identifiant sera votre adresse e-mail : {email}.")
}

/// What freezing does.
#[must_use]
pub fn freeze_text(brand: &Brand) -> String {
    format!(
        "Si vous n'êtes pas à l'origine de cette activation, bloquez-la. Plus personne ne pourra la continuer, vous compris, avant un appel au {}.",
        brand.help_phone
    )
}

/// Whom to call to go on.
#[must_use]
pub fn frozen_text(brand: &Brand) -> String {
    format!("Appelez le {} pour reprendre.", brand.help_phone)
}

/// The link of the notice was used or is too old.
#[must_use]
pub fn freeze_link_dead(brand: &Brand) -> String {
    format!("Si vous avez un doute, appelez le {}.", brand.help_phone)
}
