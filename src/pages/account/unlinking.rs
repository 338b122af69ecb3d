//! Taking the link to an identity provider away, from "Mon compte": also to one that the configuration names no more.

use http::StatusCode;

use crate::login::account::unlinking::AfterUnlink;
use crate::pages::activation::{self, Walker};
use crate::pages::sentences::trouble;
use crate::pages::view::{Answers, Linked, Unlinking};
use crate::pages::{Answer, Notice, Pages, Posted, Reply, Trouble, Visit, landing, notices, paths, refusals, sign_out};

use super::{done, fresh_walker, refused_for_now, walker};

/// What it means, and its button.
pub(in crate::pages) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let name = linked(pages, visit, &walker(pages, visit, &visit.path).await?).await?;
    let walker = fresh_walker(pages, visit, &visit.path).await?;
    drawn(pages, visit, (&walker, name), StatusCode::OK, None)
}

/// The button.
pub(in crate::pages) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit, &visit.path).await?;
    let name = linked(pages, visit, &walker).await?;
    if activation::stale(pages, visit, posted, Answers::new())?.is_some() {
        let notice = Notice::warning(pages.stale_line(visit, posted, trouble::STALE));
        return drawn(pages, visit, (&walker, name), StatusCode::CONFLICT, Some(notice));
    }
    if posted.fields.action() == "retour" {
        return Ok(Reply::see_other(paths::ACCOUNT));
    }
    match pages.login.unlink_own(walker.signed, name).await? {
        AfterUnlink::Done(token) => {
            let gone = done(&notices::about(notices::UNLINKED, name));
            Ok(landing::with_token(pages, visit, gone, token.as_ref()))
        }
        AfterUnlink::SignedOut => sign_out::ended(pages, visit, sign_out::Scope::Here).await,
        AfterUnlink::LastWayIn => drawn(pages, visit, (&walker, name), StatusCode::CONFLICT, None),
        AfterUnlink::Confirm => Ok(refused_for_now(pages, &walker, &visit.path)),
        AfterUnlink::Gone => Ok(Reply::see_other(paths::ACCOUNT)),
    }
}

/// The provider that the address names. Without a link to it there is nothing to take away, and no page where there can be none.
async fn linked<'a>(pages: &Pages, visit: &'a Visit, walker: &Walker<'_>) -> Result<&'a str, Trouble> {
    let name = visit.path.rsplit('/').next().unwrap_or_default();
    match walker.account.link(name) {
        Some(_) => Ok(name),
        None if pages.login.providers.get(name).is_some() => Err(Reply::see_other(paths::ACCOUNT).into()),
        None => Err(refusals::not_found(pages, visit).await?.into()),
    }
}

fn drawn(
    pages: &Pages,
    visit: &Visit,
    (walker, name): (&Walker<'_>, &str),
    status: StatusCode,
    notice: Option<Notice>,
) -> Answer {
    let account = &walker.account;
    let left = pages.login.ways_without(account, name);
    let unlinking = if pages.login.has_other_way_in(account, name) {
        let email = account.sign_in_email.as_ref().map(|email| email.as_str()).unwrap_or_default();
        Unlinking::Ask { left: &left, email, signs_out: walker.signed.session.identity_provider == name }
    } else {
        Unlinking::LastWayIn
    };
    let mut page = activation::page(pages, visit, walker, &visit.path, "");
    page.idle = None;
    page.notice = notice.or(page.notice);
    let from = Linked { name, label: pages.login.label(name) };
    pages.html(status, pages.views.account_unlink(&page, from, unlinking))
}
