//! Things that are away: maintenance, stores, upstreams, senders, stale forms (screens.md 7.2–7.4).

use crate::config::settings::Brand;

pub const AWAY_H1: &str = "Service momentanément indisponible";
pub const STORES_AWAY: &str = "Nous ne pouvons pas vérifier votre accès pour le moment. Réessayez dans une minute : vous n'aurez pas à vous reconnecter.";
pub const INTERNAL_TEXT: &str = "Quelque chose n'a pas fonctionné chez nous. Réessayez dans une minute ; si cela se répète, appelez-nous en indiquant la référence.";

pub const STALE: &str = "Cette page était ouverte depuis longtemps. Vérifiez vos réponses, puis validez à nouveau.";
pub const OTHER_TAB: &str = "Cette page a été modifiée dans un autre onglet. Vérifiez, puis validez à nouveau.";
pub const STEP_DONE: &str = "Cette étape est déjà terminée.";

pub const EMAIL_DOWN: &str = "Nous ne pouvons pas envoyer d'e-mail pour le moment. Réessayez dans quelques minutes.";
pub const SMS_DOWN: &str = "Nous ne pouvons pas envoyer de SMS pour le moment. Réessayez dans quelques minutes.";
pub const OTHERWISE: &str = "Vous pouvez recevoir le code autrement.";
pub const MAY_SKIP: &str = "Vous pouvez aussi ignorer cette étape.";
pub const MAY_PSC: &str = "Vous pouvez aussi vous connecter avec Pro Santé Connect.";

/// "Le portail est en maintenance".
#[must_use]
pub fn maintenance_h1(brand: &Brand) -> String {
    format!("Le {} est en maintenance", brand.portal)
}

/// When the service comes back: an hour as people say it ("14 h 30"), or soon.
#[must_use]
pub fn maintenance(until: Option<&str>) -> String {
    let when = until.map_or_else(|| "dans quelques minutes".to_owned(), |hour| format!("vers {hour}"));
    format!("Nous serons de retour {when}. Ce que vous avez validé est conservé.")
}

/// The portal behind the gateway does not answer.
#[must_use]
pub fn upstream_away(brand: &Brand) -> String {
    format!(
        "Le {} ne répond pas pour le moment. Votre connexion, elle, fonctionne. Réessayez dans une minute.",
        brand.portal
    )
}

/// The browser keeps no cookie.
#[must_use]
pub fn cookies_refused(host: &str) -> String {
    format!("Votre navigateur refuse les cookies. Autorisez-les pour {host}, puis rechargez la page.")
}

/// The reset page when mail is known to be down, for everyone.
#[must_use]
pub fn email_down_reset(brand: &Brand) -> String {
    format!(
        "Nous ne pouvons pas envoyer d'e-mail pour le moment. Réessayez dans quelques minutes, ou appelez le {}.",
        brand.help_phone
    )
}

/// A permanent refusal of an address typed in this step.
#[must_use]
pub fn address_refused(mask: &str) -> String {
    format!("Le message n'a pas pu être remis à {mask}. Vérifiez l'adresse ou choisissez-en une autre.")
}

/// A permanent refusal of a number typed in this step.
#[must_use]
pub fn number_refused(mask: &str) -> String {
    format!("Le message n'a pas pu être remis à {mask}. Vérifiez le numéro ou choisissez-en un autre.")
}
