//! Sentences told once above the next page: kept as a key in the session, or named in the address by a word of a closed set.

use crate::config::Settings;
use crate::session::EndCause;

use super::sentences::{account, ciba, code, organisation, psc, reset, session, sign_in, trouble};
use super::visit::Signedness;
use super::{Notice, Pages, Visit};

/// The query parameter that names a notice.
pub const PARAMETER: &str = "avis";

/// Linked; with the provider's name behind it, as those that follow ([`about`]).
pub const LINKED: &str = crate::login::link::LINKED;
/// The link is taken away.
pub const UNLINKED: &str = "detache";
/// The provider does not answer.
pub const AWAY: &str = "absent";
/// A return from the provider that fits nothing.
pub const STALE: &str = "reprendre";
/// The provider was left without an answer.
pub const CANCELLED: &str = "quitte";
/// The same, inside a session.
pub const CANCELLED_STEP_UP: &str = "quitte-confirmation";

/// The word that adds to the end of a session that what was validated is kept.
pub const KEPT: &str = "conserve";

/// The key of a notice about an identity provider.
#[must_use]
pub fn about(word: &str, provider: &str) -> String {
    format!("{word}:{provider}")
}

/// The notice of a key; unknown words say nothing.
#[must_use]
pub fn of_key(pages: &Pages, key: &str) -> Option<Notice> {
    if let Some((word, provider)) = key.split_once(':') {
        let known = pages.login.settings.identity_providers.get(provider).map(|provider| provider.label.as_str());
        return of_provider(word, known);
    }
    let text = match key {
        "resent" | "renvoye" => return Some(Notice::success(code::RESENT)),
        "mot-de-passe-cree" => return Some(Notice::success(account::PASSWORD_MADE)),
        "rpps-corrige" => return Some(Notice::success(account::RPPS_CORRECTED)),
        "lieu-choisi" => return Some(Notice::success(account::PLACE_CHOSEN)),
        "connexion-fermee" => return Some(Notice::success(account::SESSION_ENDED)),
        "connexion-deja-fermee" => account::SESSION_GONE,
        "password-changed" => return Some(Notice::success(reset::DONE)),
        "password-changed-mailbox" => {
            return Some(Notice::success(format!("{} {}", reset::DONE, reset::DONE_MAILBOX)));
        }
        "billing-saved" => return Some(Notice::success(organisation::BILLING_SAVED)),
        "confirmed" => return Some(Notice::success(session::STEP_UP_DONE)),
        "one-step-left" => organisation::ONE_STEP_LEFT,
        "resumed" => sign_in::RESUMED,
        "step-done" | "terminee" => trouble::STEP_DONE,
        "place-changed" => psc::PLACE_CHANGED,
        "delai" => sign_in::RECORD_EXPIRED,
        "demande-expiree" => reset::EXPIRED,
        "demande-annulee" => ciba::CANCELLED,
        "pas-encore" => ciba::NOT_YET,
        _ => return None,
    };
    Some(Notice::neutral(text))
}

/// The notice about a provider that is configured. Of any other only its end is told, and not its name: an address can say anything.
fn of_provider(word: &str, label: Option<&str>) -> Option<Notice> {
    let Some(label) = label else {
        return (word == UNLINKED).then(|| Notice::success(account::UNLINKED_UNKNOWN));
    };
    match word {
        LINKED => Some(Notice::success(psc::linked(label))),
        UNLINKED => Some(Notice::success(account::unlinked(label))),
        AWAY => Some(Notice::neutral(psc::unavailable_step_up(label))),
        STALE => Some(Notice::neutral(psc::return_stale(label))),
        CANCELLED => Some(Notice::neutral(psc::cancelled(label))),
        CANCELLED_STEP_UP => Some(Notice::neutral(psc::cancelled_step_up(label))),
        _ => None,
    }
}

/// The notice named in the address.
#[must_use]
pub fn of_query(pages: &Pages, visit: &Visit) -> Option<Notice> {
    of_key(pages, &visit.parameter(PARAMETER)?)
}

/// Why the session this browser had is over (6.4).
#[must_use]
pub fn of_ended(visit: &Visit, settings: &Settings) -> Option<Notice> {
    let cause = match &visit.session {
        Signedness::Over(cause) => *cause,
        Signedness::In { .. } | Signedness::Out => return None,
    };
    let text = match cause {
        Some(EndCause::Idle) => sign_in::idle(settings.session.idle.as_secs() / 60),
        Some(EndCause::Absolute) => sign_in::absolute(settings.session.absolute.as_secs() / 3_600),
        Some(EndCause::SignedOut) => return None,
        Some(EndCause::Revoked | EndCause::Provider | EndCause::Renewed) | None => sign_in::CLOSED.to_owned(),
    };
    let kept = visit.parameter(PARAMETER).is_some_and(|key| key == KEPT);
    Some(Notice::neutral(if kept { format!("{text} {}", sign_in::DRAFT_KEPT) } else { text }))
}
