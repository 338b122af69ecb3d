//! Taking the link to Pro Santé Connect away, from "Mon compte".

use http::StatusCode;

use crate::login::account::has_other_way_in;
use crate::login::account::unlinking::AfterUnlink;
use crate::pages::activation::{self, Walker};
use crate::pages::provider::PSC;
use crate::pages::sentences::trouble;
use crate::pages::view::{Answers, Unlinking};
use crate::pages::{Answer, Notice, Pages, Posted, Reply, Visit, landing, paths, sign_out};

use super::{done, fresh_walker, to_confirm, walker};

/// What it means, and its button.
pub(in crate::pages) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    if walker(pages, visit, paths::ACCOUNT_UNLINK).await?.account.link(PSC).is_none() {
        return Ok(Reply::see_other(paths::ACCOUNT));
    }
    let walker = fresh_walker(pages, visit, paths::ACCOUNT_UNLINK).await?;
    drawn(pages, visit, &walker, StatusCode::OK, None)
}

/// The button.
pub(in crate::pages) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit, paths::ACCOUNT_UNLINK).await?;
    if activation::stale(pages, visit, posted, Answers::new())?.is_some() {
        let notice = Notice::warning(pages.stale_line(visit, posted, trouble::STALE));
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, Some(notice));
    }
    if posted.fields.action() == "retour" {
        return Ok(Reply::see_other(paths::ACCOUNT));
    }
    match pages.login.unlink_own(walker.signed, PSC).await? {
        AfterUnlink::Done(token) => Ok(landing::with_token(pages, visit, done("detache"), token.as_ref())),
        AfterUnlink::SignedOut => sign_out::ended(pages, visit, sign_out::Scope::Here).await,
        AfterUnlink::LastWayIn => drawn(pages, visit, &walker, StatusCode::CONFLICT, None),
        AfterUnlink::Confirm => Ok(to_confirm(&walker, paths::ACCOUNT_UNLINK)),
        AfterUnlink::Gone => Ok(Reply::see_other(paths::ACCOUNT)),
    }
}

fn drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, notice: Option<Notice>) -> Answer {
    let account = &walker.account;
    let unlinking = match &account.sign_in_email {
        Some(email) if has_other_way_in(account, PSC) => {
            Unlinking::Ask { email: email.as_str(), signs_out: walker.signed.session.identity_provider == PSC }
        }
        Some(_) | None => Unlinking::LastWayIn,
    };
    let mut page = activation::page(pages, visit, walker, paths::ACCOUNT_UNLINK, "");
    page.idle = None;
    page.notice = notice.or(page.notice);
    pages.html(status, pages.views.account_unlink(&page, unlinking))
}
