//! Refusals: no access, suspended, frozen, not accepted, not found, another account (screens.md 6.5, 7.1, 7.3).

use crate::config::settings::Brand;

pub const NO_ACCESS_H1: &str = "Vous n'avez pas accès à cette page";
pub const NEEDS_OTHER_WAY: &str = "Cette page demande de se connecter d'une autre façon.";
pub const OTHER_WAY: &str = "Se connecter autrement";
pub const NEEDS_CERTIFICATE: &str = "Cette page demande un certificat que cet appareil n'a pas présenté.";
pub const NEEDS_NETWORK: &str = "Cette page n'est pas ouverte au réseau depuis lequel vous êtes connecté.";
pub const NO_ACCESS_OTHER: &str = "Votre compte ne donne pas accès à cette page.";
pub const SUSPENDED_H1: &str = "Votre accès est suspendu";
pub const NOT_ACCEPTED_H1: &str = "Cette demande n'a pas été acceptée";
pub const NOT_ACCEPTED_TEXT: &str = "Revenez à la page précédente et réessayez.";
pub const NOT_FOUND_H1: &str = "Cette page n'existe pas";
pub const NOT_FOUND_TEXT: &str = "L'adresse a peut-être changé ou contient une faute de frappe.";
pub const NOT_SERVED: &str = "Cette adresse n'est pas servie ici.";
pub const OTHER_ACCOUNT_H1: &str = "Un autre compte est connecté";
pub const OTHER_ACCOUNT_TEXT: &str =
    "Ce navigateur est maintenant connecté avec un autre compte. Rien n'a été enregistré.";

/// The route is for other professions.
#[must_use]
pub fn other_profession(label: &str) -> String {
    format!("Cette page est réservée à d'autres professions que la vôtre ({label}).")
}

/// Whom to ask for access.
#[must_use]
pub fn ask_access(brand: &Brand, reference: &str) -> String {
    format!(
        "Pour demander un accès : {} ({}), {}. Référence : {reference}.",
        brand.help_phone, brand.help_cost, brand.help_email
    )
}

/// Whom to call about a suspended account.
#[must_use]
pub fn suspended(brand: &Brand) -> String {
    format!("Appelez le {} pour en connaître la raison.", brand.help_phone)
}

/// A page that one identity provider alone opens; `provider` is what people call it.
#[must_use]
pub fn needs_provider(provider: &str) -> String {
    format!("Cette page demande de se connecter avec {provider}.")
}
