//! Linking one's account to Pro Santé Connect from "Mon compte": its button, then a look at whom it has proven, then the link.

use http::StatusCode;

use crate::login::account::linking::{AfterOwnLink, LinkProof};
use crate::login::provider::{Confirming, Departure};
use crate::pages::activation::{self, Walker};
use crate::pages::address::Address;
use crate::pages::provider::PSC;
use crate::pages::sentences::{psc, trouble};
use crate::pages::view::{Answers, LinkReview};
use crate::pages::{Answer, Notice, Page, Pages, Posted, Reply, SafeReturn, Trouble, Visit, paths, refusals};
use crate::rp::CallbackError;

use super::{done, fresh_walker, to_confirm, walker};

/// The button; or whom Pro Santé Connect has proven, while that waits to be confirmed.
pub(in crate::pages) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    unlinked(pages, visit, &walker(pages, visit, paths::ACCOUNT_LINK).await?).await?;
    let walker = fresh_walker(pages, visit, paths::ACCOUNT_LINK).await?;
    drawn(pages, visit, &walker, StatusCode::OK, None).await
}

/// Either form, sent. Which one it was stands in its token: what the confirmation saw.
pub(in crate::pages) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit, paths::ACCOUNT_LINK).await?;
    unlinked(pages, visit, &walker).await?;
    if activation::stale(pages, visit, posted, Answers::new())?.is_some() {
        let notice = Notice::warning(pages.stale_line(visit, posted, trouble::STALE));
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, Some(notice)).await;
    }
    if posted.fields.action() == "retour" {
        pages.login.drop_link_proof(walker.signed).await?;
        return Ok(Reply::see_other(paths::ACCOUNT));
    }
    let seen = posted.seen().unwrap_or_default();
    if seen.is_empty() {
        return start(pages, visit, posted, &walker).await;
    }
    match pages.login.link_own(walker.signed, seen).await? {
        AfterOwnLink::Linked => Ok(done("linked")),
        AfterOwnLink::Confirm => Ok(to_confirm(&walker, paths::ACCOUNT_LINK)),
        AfterOwnLink::Gone => Ok(Reply::see_other(Address::of(paths::ACCOUNT_LINK).notice("psc-reprendre"))),
        AfterOwnLink::Conflict => {
            pages.html(StatusCode::CONFLICT, pages.views.account_conflict(&Page::default(), &visit.reference()))
        }
    }
}

/// The way back from Pro Santé Connect to the session that asked; in any other it leads nowhere.
pub(in crate::pages) fn proven(visit: &Visit, sid: &str) -> Reply {
    if visit.signed().is_some_and(|signed| signed.session.sid == sid) {
        return Reply::see_other(paths::ACCOUNT_LINK);
    }
    Reply::see_other(Address::of(paths::SIGN_IN).back_to(SafeReturn::page(paths::ACCOUNT).as_ref()))
}

/// Nothing came of the way to Pro Santé Connect: its page again, with why.
pub(in crate::pages) fn failed(error: &CallbackError) -> Reply {
    let notice = match error {
        CallbackError::Cancelled => "psc-quitte-confirmation",
        CallbackError::Unavailable(_) | CallbackError::Misconfigured(_) => "psc-absent",
        CallbackError::Malformed
        | CallbackError::StateMismatch(_)
        | CallbackError::Expired
        | CallbackError::Restart
        | CallbackError::Refused(_) => "psc-reprendre",
    };
    Reply::see_other(Address::of(paths::ACCOUNT_LINK).notice(notice))
}

async fn start(pages: &Pages, visit: &Visit, posted: &Posted, walker: &Walker<'_>) -> Answer {
    let session = walker.signed.session;
    if !pages.login.is_fresh(session) {
        return Ok(to_confirm(walker, paths::ACCOUNT_LINK));
    }
    let Some(flow) = pages.flow(visit, posted.fields.get("flow")) else {
        return Ok(Reply::see_other(paths::ACCOUNT_LINK));
    };
    let asking = Confirming { sid: session.sid.clone(), account: session.account, need: None, linking: true };
    match pages.login.start_provider(PSC, &flow, None, Some(asking), visit.browser()).await? {
        Departure::To(address) => Ok(Reply::see_other(address)),
        Departure::Unavailable => {
            let notice = Notice::warning(psc::unavailable_step_up(pages.login.label(PSC)));
            let away = drawn(pages, visit, walker, StatusCode::SERVICE_UNAVAILABLE, Some(notice)).await?;
            Ok(away.retry_after(60))
        }
        Departure::Unknown => refusals::not_found(pages, visit).await,
    }
}

/// Only an account without a link comes here, where there is a provider to link it to.
async fn unlinked(pages: &Pages, visit: &Visit, walker: &Walker<'_>) -> Result<(), Trouble> {
    if pages.login.providers.get(PSC).is_none() {
        return Err(refusals::not_found(pages, visit).await?.into());
    }
    match walker.account.link(PSC) {
        Some(_) => Err(Reply::see_other(paths::ACCOUNT).into()),
        None => Ok(()),
    }
}

async fn drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    status: StatusCode,
    notice: Option<Notice>,
) -> Answer {
    let proof = pages.login.link_proof_of(walker.signed).await?;
    let seen = proof.as_ref().map(|proof| proof.id.as_str()).unwrap_or_default();
    let mut page = activation::page(pages, visit, walker, paths::ACCOUNT_LINK, seen);
    page.idle = None;
    page.notice = notice.or(page.notice);
    page.psc = Some(page.tokens.clone());
    page.providers = vec![PSC.to_owned()];
    let review = proof.map(|LinkProof { identity, .. }| LinkReview {
        name: identity.name(),
        rpps: identity.proven.rpps.as_ref().map(|rpps| rpps.as_str().to_owned()),
    });
    pages.html(status, pages.views.account_link(&page, review.as_ref()))
}
