//! Sentences told once above the next page: kept as a key in the session, or named in the address by a word of a closed set.

use crate::config::Settings;
use crate::session::EndCause;

use super::sentences::{account, ciba, code, organisation, psc, reset, session, sign_in, trouble};
use super::visit::Signedness;
use super::{Notice, Visit};

/// The query parameter that names a notice.
pub const PARAMETER: &str = "avis";

/// The word that adds to the end of a session that what was validated is kept.
pub const KEPT: &str = "conserve";

/// The notice of a key; unknown words say nothing.
#[must_use]
pub fn of_key(key: &str) -> Option<Notice> {
    let text = match key {
        "resent" | "renvoye" => return Some(Notice::success(code::RESENT)),
        "linked" => return Some(Notice::success(psc::LINKED)),
        "mot-de-passe-cree" => return Some(Notice::success(account::PASSWORD_MADE)),
        "detache" => return Some(Notice::success(account::UNLINKED)),
        "rpps-corrige" => return Some(Notice::success(account::RPPS_CORRECTED)),
        "lieu-choisi" => return Some(Notice::success(account::PLACE_CHOSEN)),
        "connexion-fermee" => return Some(Notice::success(account::SESSION_ENDED)),
        "connexion-deja-fermee" => account::SESSION_GONE,
        "linked-other" => return Some(Notice::success(psc::OTHER_LINKED)),
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
        "psc-absent" => return Some(Notice::neutral(psc::unavailable_step_up(account::PSC))),
        "psc-reprendre" => return Some(Notice::neutral(psc::return_stale(account::PSC))),
        "demande-annulee" => ciba::CANCELLED,
        "pas-encore" => ciba::NOT_YET,
        "psc-quitte" => psc::CANCELLED,
        "psc-quitte-confirmation" => psc::CANCELLED_STEP_UP,
        "autre-quitte" => psc::OTHER_CANCELLED,
        "autre-quitte-confirmation" => psc::OTHER_CANCELLED_STEP_UP,
        _ => return None,
    };
    Some(Notice::neutral(text))
}

/// The notice named in the address.
#[must_use]
pub fn of_query(visit: &Visit) -> Option<Notice> {
    of_key(&visit.parameter(PARAMETER)?)
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
