//! The way to Pro Santé Connect, or another identity provider, and back (screens.md 5.1–5.4).

use http::StatusCode;

use crate::login::provider::{Arrived, Attempt, Confirming, Departure};
use crate::rp::{CallbackError, Refusal};

use super::sentences::psc as words;
use super::view::Answers;
use super::{
    Answer, Page, Pages, Posted, Reply, SafeReturn, Tokens, Visit, account, confirm, landing, linking, notices, paths,
    refusals,
};

/// The field that a pressed button fills with its provider's name.
const CHOSEN: &str = "fournisseur";
/// The name that is meant by a button that says none, where several are configured.
const PSC: &str = "psc";

/// Providers that do not answer, each in a sentence for the sign-in page.
pub(super) fn away(pages: &Pages) -> Vec<String> {
    let (providers, now) = (pages.login.providers.all(), pages.login.now());
    let away = providers.iter().filter(|provider| provider.is_away(now));
    away.map(|provider| words::unavailable(pages.login.label(provider.name()))).collect()
}

/// A button.
pub(super) async fn start(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let name = chosen(pages, posted);
    let label = pages.login.label(&name);
    let return_to = SafeReturn::parse(posted.fields.get("return_to")).map(|target| target.as_str().to_owned());
    let flow = pages.flow(visit, posted.fields.get("flow"));
    let confirming = visit.signed().filter(|_| posted.fields.get("confirming") == "oui");
    let (true, Some(flow)) = (posted.fits(), flow) else {
        let answers = Answers::new().refused([pages.stale_line(visit, posted, super::sentences::trouble::STALE)]);
        if confirming.is_some() {
            return confirm::again(pages, visit, posted, StatusCode::CONFLICT, answers).await;
        }
        let page = sign_in_page(pages, visit, return_to.as_deref());
        return pages.html(StatusCode::CONFLICT, pages.views.sign_in(&page, &answers));
    };
    let need = confirm::need_of(posted);
    let session = confirming.map(|signed| Confirming {
        sid: signed.session.sid.clone(),
        account: signed.session.account,
        need,
        linking: false,
    });
    match pages.login.start_provider(&name, &flow, return_to.clone(), session, visit.browser()).await? {
        Departure::To(address) => Ok(Reply::see_other(address)),
        Departure::Unavailable if confirming.is_some() => {
            let answers = Answers::new().trouble([words::unavailable_step_up(label)]);
            Ok(confirm::again(pages, visit, posted, StatusCode::SERVICE_UNAVAILABLE, answers).await?.retry_after(60))
        }
        Departure::Unavailable => {
            let page = sign_in_page(pages, visit, return_to.as_deref());
            let answers = Answers::new().trouble([words::unavailable(label)]);
            Ok(pages.html(StatusCode::SERVICE_UNAVAILABLE, pages.views.sign_in(&page, &answers))?.retry_after(60))
        }
        Departure::Unknown => refusals::not_found(pages, visit).await,
    }
}

/// The way back, to the address of one provider. Read from a top-level navigation; the flow cookie tells which browser began.
pub(super) async fn callback(pages: &Pages, visit: &Visit) -> Answer {
    let cookie = visit.flow_cookie.as_deref();
    // Names are plain: one that is written otherwise is nobody's.
    let name = visit.path.rsplit('/').next().unwrap_or_default();
    if !pages.login.settings.identity_providers.contains_key(name) {
        return refusals::not_found(pages, visit).await;
    }
    let arrived = pages.login.provider_callback(name, &visit.query, cookie, visit.browser()).await?;
    self::arrived(pages, visit, name, arrived).await
}

/// The provider whose button was pressed.
fn chosen(pages: &Pages, posted: &Posted) -> String {
    let named = posted.fields.get(CHOSEN);
    let all = pages.provider_names();
    match (named, all.as_slice()) {
        ("", [alone]) => alone.clone(),
        ("", _) => PSC.to_owned(),
        (named, _) => named.to_owned(),
    }
}

/// Where an arrival from a provider leads.
pub(super) async fn arrived(pages: &Pages, visit: &Visit, name: &str, arrived: Arrived) -> Answer {
    match arrived {
        Arrived::SignedIn(opened) => landing::signed_in(pages, visit, *opened).await,
        Arrived::Waiting { flow, .. } => Ok(Reply::see_other(linking::at(paths::LINKING, &flow))),
        Arrived::Suspended => refusals::suspended(pages, visit),
        Arrived::Frozen => refusals::frozen(pages, visit),
        Arrived::Confirmed { sid, return_to, need, confirmation } => {
            confirm::confirmed(pages, visit, (name, &sid), (return_to.as_deref(), need), confirmation).await
        }
        Arrived::ToLink { sid } => Ok(account::linking::proven(visit, name, &sid)),
        Arrived::Failed { error, attempt } => failed(pages, visit, name, &error, attempt).await,
    }
}

async fn failed(pages: &Pages, visit: &Visit, name: &str, error: &CallbackError, attempt: Option<Attempt>) -> Answer {
    if attempt.as_ref().is_some_and(|attempt| attempt.linking) && visit.signed().is_some() {
        return Ok(account::linking::failed(name, error));
    }
    let label = pages.login.label(name);
    let return_to = attempt.as_ref().and_then(|attempt| attempt.return_to.clone());
    let confirming = attempt.filter(|attempt| attempt.confirming.is_some() && visit.signed().is_some());
    let button_page = |pages, visit, return_to| {
        let page = match &confirming {
            Some(attempt) => confirm::confirming_page(pages, visit, return_to, attempt.need),
            None => button_page(pages, visit, return_to),
        };
        Page { providers: vec![name.to_owned()], ..page }
    };
    match error {
        // A return that is not of this sign-in (5.2), whoever is signed in.
        CallbackError::Refused(Refusal::CallbackIssuer | Refusal::Issuer | Refusal::Nonce) => {
            let page = button_page(pages, visit, return_to.as_deref());
            pages.html(StatusCode::BAD_REQUEST, pages.views.psc_return_stale(&page, label))
        }
        CallbackError::Cancelled => {
            if let Some(attempt) = &confirming {
                return Ok(confirm::cancelled(attempt, &notices::about(notices::CANCELLED_STEP_UP, name)));
            }
            let here = notices::about(notices::CANCELLED, name);
            let target = return_to.as_deref().and_then(SafeReturn::parse);
            let back = target.map_or_else(String::new, |target| format!("&retour={}", target.encoded()));
            Ok(Reply::see_other(format!("{}?{}={here}{back}", paths::SIGN_IN, notices::PARAMETER)))
        }
        CallbackError::Unavailable(_) | CallbackError::Misconfigured(_) | CallbackError::Refused(_) => {
            let page = button_page(pages, visit, return_to.as_deref());
            let drawn = pages.views.psc_return_failed(&page, label, &visit.reference());
            Ok(pages.html(StatusCode::BAD_GATEWAY, drawn)?.retry_after(60))
        }
        CallbackError::Malformed
        | CallbackError::StateMismatch(_)
        | CallbackError::Expired
        | CallbackError::Restart => {
            // Back button or reload after a success: the person is where they wanted to be.
            if let Some(signed) = visit.signed()
                && !matches!(error, CallbackError::Malformed)
            {
                return landing::go_on(pages, visit, signed.session.account, signed.session.return_to.as_deref()).await;
            }
            let page = button_page(pages, visit, return_to.as_deref());
            pages.html(StatusCode::BAD_REQUEST, pages.views.psc_return_stale(&page, label))
        }
    }
}

fn button_page(pages: &Pages, visit: &Visit, return_to: Option<&str>) -> Page {
    Page { psc: pages.psc_tokens(visit, return_to), providers: pages.provider_names(), ..Page::default() }
}

fn sign_in_page(pages: &Pages, visit: &Visit, return_to: Option<&str>) -> Page {
    let tokens = pages.tokens(visit, paths::SIGN_IN, None, "");
    let tokens = Tokens { return_to: return_to.map(str::to_owned), ..tokens };
    Page { tokens, ..button_page(pages, visit, return_to) }
}
