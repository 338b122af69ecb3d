//! Linking one's account to an identity provider from "Mon compte": its button, then a look at whom it has proven, then the link.

use http::StatusCode;
use jiff::SignedDuration;

use crate::login::account::linking::{AfterOwnLink, Consent, LinkProof};
use crate::login::provider::{Confirming, Departure};
use crate::pages::activation::{self, Walker};
use crate::pages::address::Address;
use crate::pages::sentences::{psc, trouble};
use crate::pages::view::{Answers, LinkReview, Linked};
use crate::pages::{
    Answer, Notice, Page, Pages, Posted, Reply, SafeReturn, Trouble, Visit, landing, notices, paths, refusals,
};
use crate::rp::CallbackError;

use super::{done, fresh_walker, refused_for_now, to_confirm, walker};

/// Behind the proof in a form's token: the person was told that another account will be closed.
const MOVES: &str = "+deplace";

/// The button; or whom the provider has proven, while that waits to be confirmed.
pub(in crate::pages) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let name = named(pages, visit).await?;
    unlinked(&walker(pages, visit, &visit.path).await?, name)?;
    let walker = fresh_walker(pages, visit, &visit.path).await?;
    drawn(pages, visit, (&walker, name), StatusCode::OK, None).await
}

/// Either form, sent. Which one it was stands in its token: what the confirmation saw.
pub(in crate::pages) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let name = named(pages, visit).await?;
    let walker = walker(pages, visit, &visit.path).await?;
    unlinked(&walker, name)?;
    if activation::stale(pages, visit, posted, Answers::new())?.is_some() {
        let notice = Notice::warning(pages.stale_line(visit, posted, trouble::STALE));
        return drawn(pages, visit, (&walker, name), StatusCode::CONFLICT, Some(notice)).await;
    }
    if posted.fields.action() == "retour" {
        pages.login.drop_link_proof(walker.signed, name).await?;
        return Ok(Reply::see_other(paths::ACCOUNT));
    }
    let seen = posted.seen().unwrap_or_default();
    if seen.is_empty() {
        return start(pages, visit, posted, (&walker, name)).await;
    }
    let (id, consent) = match seen.strip_suffix(MOVES) {
        Some(id) => (id, Consent::Move),
        None => (seen, Consent::Link),
    };
    match pages.login.link_own(walker.signed, name, id, consent).await? {
        AfterOwnLink::Moved(token) => {
            let linked = done(&notices::about(notices::LINKED, name));
            Ok(landing::with_token(pages, visit, linked, token.as_ref()))
        }
        AfterOwnLink::Linked => Ok(done(&notices::about(notices::LINKED, name))),
        AfterOwnLink::Confirm => Ok(refused_for_now(pages, &walker, &visit.path)),
        AfterOwnLink::Gone => Ok(told(name, notices::STALE)),
        AfterOwnLink::Conflict => {
            let (page, label) = (Page::default(), pages.login.label(name));
            pages.html(StatusCode::CONFLICT, pages.views.account_conflict(&page, label, &visit.reference()))
        }
    }
}

/// The way back from the provider to the session that asked; in any other it leads nowhere.
pub(in crate::pages) fn proven(visit: &Visit, name: &str, sid: &str) -> Reply {
    if visit.signed().is_some_and(|signed| signed.session.sid == sid) {
        return Reply::see_other(paths::of_provider(paths::ACCOUNT_LINK, name));
    }
    Reply::see_other(Address::of(paths::SIGN_IN).back_to(SafeReturn::page(paths::ACCOUNT).as_ref()))
}

/// Nothing came of the way to the provider: its page again, with why.
pub(in crate::pages) fn failed(name: &str, error: &CallbackError) -> Reply {
    let why = match error {
        CallbackError::Cancelled => notices::CANCELLED_STEP_UP,
        CallbackError::Unavailable(_) | CallbackError::Misconfigured(_) => notices::AWAY,
        CallbackError::Malformed
        | CallbackError::StateMismatch(_)
        | CallbackError::Expired
        | CallbackError::Restart
        | CallbackError::Refused(_) => notices::STALE,
    };
    told(name, why)
}

/// Its page, with a sentence about the provider.
fn told(name: &str, why: &str) -> Reply {
    let page = paths::of_provider(paths::ACCOUNT_LINK, name);
    Reply::see_other(Address::of(&page).notice(&notices::about(why, name)))
}

async fn start(pages: &Pages, visit: &Visit, posted: &Posted, (walker, name): (&Walker<'_>, &str)) -> Answer {
    let session = walker.signed.session;
    if let Some(asked) = to_confirm(pages, walker, SignedDuration::ZERO, &visit.path) {
        return Ok(asked);
    }
    let Some(flow) = pages.flow(visit, posted.fields.get("flow")) else {
        return Ok(Reply::see_other(visit.path.as_str()));
    };
    let asking = Confirming { sid: session.sid.clone(), account: session.account, need: None, linking: true };
    match pages.login.start_provider(name, &flow, None, Some(asking), visit.browser()).await? {
        Departure::To(address) => Ok(Reply::see_other(address)),
        Departure::Unavailable => {
            let notice = Notice::warning(psc::unavailable_step_up(pages.login.label(name)));
            let away = drawn(pages, visit, (walker, name), StatusCode::SERVICE_UNAVAILABLE, Some(notice)).await?;
            Ok(away.retry_after(60))
        }
        Departure::Unknown => refusals::not_found(pages, visit).await,
    }
}

/// The provider that the address names. One that is configured no more has no page.
async fn named<'a>(pages: &Pages, visit: &'a Visit) -> Result<&'a str, Trouble> {
    let name = visit.path.rsplit('/').next().unwrap_or_default();
    match pages.login.providers.get(name) {
        Some(_) => Ok(name),
        None => Err(refusals::not_found(pages, visit).await?.into()),
    }
}

/// Only an account without a link to the provider comes here.
fn unlinked(walker: &Walker<'_>, name: &str) -> Result<(), Trouble> {
    match walker.account.link(name) {
        Some(_) => Err(Reply::see_other(paths::ACCOUNT).into()),
        None => Ok(()),
    }
}

async fn drawn(
    pages: &Pages,
    visit: &Visit,
    (walker, name): (&Walker<'_>, &str),
    status: StatusCode,
    notice: Option<Notice>,
) -> Answer {
    let proof = pages.login.link_proof_of(walker.signed, name).await?;
    let moves = match &proof {
        Some(proof) => pages.login.would_move(&walker.account, &proof.identity).await?,
        None => false,
    };
    let mut seen = proof.as_ref().map(|proof| proof.id.clone()).unwrap_or_default();
    if moves {
        seen.push_str(MOVES);
    }
    let mut page = activation::page(pages, visit, walker, &visit.path, &seen);
    page.idle = None;
    page.notice = notice.or(page.notice);
    page.psc = Some(page.tokens.clone());
    page.providers = vec![name.to_owned()];
    let review = proof.map(|LinkProof { identity, .. }| LinkReview {
        name: identity.name(),
        rpps: identity.proven.rpps.as_ref().map(|rpps| rpps.as_str().to_owned()),
        moves,
    });
    pages
        .html(status, pages.views.account_link(&page, Linked { name, label: pages.login.label(name) }, review.as_ref()))
}
