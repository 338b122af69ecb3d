//! Signing out and confirming who one is (screens.md 6.3, 6.6).

pub const SIGN_OUT_H1: &str = "Se déconnecter ?";
pub const SIGNED_OUT_H1: &str = "Vous êtes déconnecté";
pub const SIGNED_OUT_SHARED: &str = "Sur un poste partagé, fermez aussi le navigateur.";
pub const SIGNED_OUT_EVERYWHERE: &str = "Toutes vos connexions sont fermées, sur tous vos appareils.";

pub const RESUMED_H1: &str = "Vous êtes connecté";
pub const RESUMED_TEXT: &str = "Fermez cet onglet et reprenez la page que vous aviez laissée ouverte.";

pub const HAND_OVER_H1: &str = "Reprenez votre connexion";
pub const HAND_OVER_TEXT: &str =
    "Ce lien de retour a déjà servi, ou il a attendu trop longtemps. Recommencez pour revenir à votre page.";

pub const STEP_UP_H1: &str = "Confirmez que c'est bien vous";
pub const STEP_UP_PAGE: &str = "Cette page contient des données sensibles. Confirmez votre identité pour continuer.";
pub const STEP_UP_CREDENTIALS: &str =
    "Cette page contient des données sensibles. Confirmez votre identité pour changer vos moyens de connexion.";
pub const STEP_UP_WRONG: &str = "Ce mot de passe ne correspond pas. Vérifiez-le, puis réessayez.";
pub const STEP_UP_DONE: &str = "Identité confirmée. Validez à nouveau.";
pub const OTHER_PERSON_H1: &str = "Ce n'est pas la même personne";
pub const INSUFFICIENT_H1: &str = "Confirmation insuffisante";
pub const INSUFFICIENT_SMS: &str =
    "Cette page demande un code par SMS, mais votre compte n'a pas encore de numéro vérifié.";
const MAY_USE_THE_CARD: &str = "Si vous avez une carte CPS, recommencez avec elle.";

/// The provider's session could not be ended; the e-CPS application ends that of Pro Santé Connect too.
#[must_use]
pub fn still_open(provider: &str, is_psc: bool) -> String {
    let otherwise = if is_psc { ", ou déconnectez-vous dans l'application e-CPS" } else { "" };
    format!("Votre session {provider} est peut-être encore ouverte. Fermez le navigateur{otherwise}.")
}

/// The link that tries once more.
#[must_use]
pub fn close_provider(provider: &str) -> String {
    format!("Fermer ma session {provider}")
}

/// The provider returned someone else.
#[must_use]
pub fn other_person(provider: &str) -> String {
    format!("L'identité donnée par {provider} n'est pas celle de votre compte. Rien n'a changé.")
}

/// The account is not linked to the provider.
#[must_use]
pub fn insufficient_link(provider: &str) -> String {
    format!("Cette page demande une connexion avec {provider}, mais votre compte n'y est pas encore rattaché.")
}

/// The provider has proven less than the page asks; only Pro Santé Connect knows cards.
#[must_use]
pub fn insufficient_level(provider: &str, is_psc: bool) -> String {
    let text = format!("Cette page demande une preuve d'identité plus forte que celle que {provider} vient de donner.");
    if is_psc { format!("{text} {MAY_USE_THE_CARD}") } else { text }
}

/// A reset by e-mail alone is less than a day old; `tomorrow` and the hour as people say it ("14 h 30"), and what opens the page at once.
#[must_use]
pub fn insufficient_mailbox(tomorrow: bool, hour: &str, providers: &[String]) -> String {
    let day = if tomorrow { "demain" } else { "aujourd'hui" };
    let at_once = if providers.is_empty() {
        String::new()
    } else {
        format!(", ou tout de suite avec {}", providers.join(" ou "))
    };
    format!(
        "Votre mot de passe a été changé récemment à l'aide d'un code reçu par e-mail. Cette page sera accessible {day} à {hour}{at_once}."
    )
}
