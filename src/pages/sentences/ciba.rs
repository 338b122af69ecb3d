//! Signing in with one's national number, without leaving the page. `provider` is what people call one.

use super::minutes;
use crate::config::settings::CibaChannel;

pub const H1: &str = "Connexion avec votre numéro national";
pub const TEXT: &str = "Saisissez votre numéro, puis confirmez que c'est bien vous avec votre e-CPS ou votre carte. Vous restez sur ce site.";
pub const NUMBER: &str = "Numéro national";
pub const NUMBER_HINT: &str =
    "Votre numéro RPPS (11 chiffres), ou l'identifiant de votre carte ou de votre e-CPS (12 caractères).";
pub const NUMBER_EMPTY: &str = "Saisissez votre numéro RPPS.";
pub const NUMBER_SHAPE: &str =
    "Ce numéro n'a pas la forme attendue : 11 chiffres pour un RPPS, 12 caractères avec le 8 qui le précède.";
pub const CHANNEL: &str = "Comment voulez-vous confirmer ?";
pub const CHANNEL_NONE: &str = "Choisissez comment vous voulez confirmer.";
pub const MOBILE: &str = "Avec l'application e-CPS, sur mon téléphone";
pub const CARD: &str = "Avec ma carte CPS, sur cet ordinateur";
pub const CARD_DETAIL: &str = "L'outil CPS-Gestion doit être installé.";
pub const SEND: &str = "Continuer";
pub const ONLY_HERE: &str = "Cela fonctionne seulement dans un navigateur où vous vous êtes déjà connecté, avec un compte rattaché à Pro Santé Connect. Ailleurs, rien ne s'affichera sur votre téléphone : identifiez-vous d'abord par la page de connexion.";

pub const UNDER_WAY: &str = "Une demande est déjà en cours pour ce numéro. Répondez-y, ou patientez quelques minutes avant d'en faire une autre. Si elle ne vient pas de vous, refusez-la.";

pub const DIGITS: &str = "Nombre à retrouver :";
pub const DIFFERENT: &str = "Si vous voyez un autre nombre, ou si vous n'avez rien demandé, refusez.";
pub const WAITING: &str = "Nous attendons votre confirmation.";
pub const BY_ITSELF: &str = "La suite s'affichera d'elle-même.";
pub const BY_BUTTON: &str = "Une fois que vous avez confirmé, appuyez sur le bouton.";
pub const CONFIRMED: &str = "J'ai confirmé";
pub const CANCEL: &str = "Annuler la demande";
pub const EXPIRES_SOON: &str = "Votre demande expire dans une minute.";
pub const NOTHING: &str = "Rien ne s'affiche ?";
pub const NOTHING_TEXT: &str = "Vérifiez votre numéro, et ouvrez vous-même l'application ou l'outil. Une demande ne part que si vous vous êtes déjà connecté à votre compte dans ce navigateur ; sinon, annulez et identifiez-vous par la page de connexion.";
pub const NOT_YET: &str =
    "Nous n'avons pas encore reçu votre confirmation. Confirmez, puis appuyez à nouveau sur le bouton.";

pub const CANCELLED: &str =
    "Vous avez annulé la demande. Si elle s'affiche encore sur votre téléphone ou votre ordinateur, refusez-la.";
pub const DENIED_H1: &str = "Vous avez refusé la demande";
pub const DENIED_TEXT: &str =
    "Personne n'a été connecté. Si vous n'aviez rien demandé, vous avez bien fait. Sinon, recommencez.";
pub const EXPIRED_H1: &str = "La demande a expiré";
pub const EXPIRED_TEXT: &str = "Nous n'avons pas reçu de confirmation à temps. Vérifiez votre numéro et recommencez, ou identifiez-vous par la page de connexion.";
pub const FAILED_TEXT: &str =
    "Votre identité n'a pas pu être confirmée. Réessayez dans quelques minutes, ou identifiez-vous autrement.";

/// The link on the sign-in page.
#[must_use]
pub fn link(provider: &str) -> String {
    format!("{provider} sans quitter ce site, avec votre numéro RPPS")
}

/// The provider did not answer a question about a request, which stays open.
#[must_use]
pub fn away(provider: &str) -> String {
    format!("{provider} ne répond pas pour le moment. Votre demande reste ouverte : réessayez dans quelques secondes.")
}

/// The heading of the page that waits.
#[must_use]
pub fn waiting_h1(channel: CibaChannel) -> &'static str {
    match channel {
        CibaChannel::Mobile => "Confirmez sur votre téléphone",
        CibaChannel::Card => "Confirmez avec votre carte",
    }
}

/// What to do, and to compare.
#[must_use]
pub fn waiting_text(channel: CibaChannel) -> &'static str {
    match channel {
        CibaChannel::Mobile => {
            "Ouvrez l'application e-CPS. Vérifiez qu'elle affiche le nombre ci-dessous, puis confirmez."
        }
        CibaChannel::Card => {
            "Insérez votre carte CPS. Vérifiez que CPS-Gestion affiche le nombre ci-dessous, puis confirmez."
        }
    }
}

/// How long is left when the page is drawn; `left` in minutes, rounded up.
#[must_use]
pub fn valid_for(left: u64) -> String {
    format!("La demande attend encore {}.", minutes(left))
}

/// Too many requests for this person; `left` in minutes, rounded up.
#[must_use]
pub fn throttled_person(left: u64) -> String {
    format!(
        "Trop de demandes ont été faites pour ce numéro. Par sécurité, patientez {} avant la prochaine.",
        minutes(left)
    )
}

/// Too many from this browser; `left` in minutes, rounded up.
#[must_use]
pub fn throttled_browser(left: u64) -> String {
    format!("Trop de demandes ont été faites depuis ce navigateur. Patientez {} avant la prochaine.", minutes(left))
}

/// Too many from this network; `left` in minutes, rounded up.
#[must_use]
pub fn throttled_network(left: u64) -> String {
    format!("Trop de demandes ont été faites depuis votre réseau. Patientez {} avant la prochaine.", minutes(left))
}

/// The other ways in, under every wait.
pub const OTHERWISE: &str = "Vous pouvez vous identifier autrement, par la page de connexion.";
