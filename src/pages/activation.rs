//! Entry of the activation, the information page, and what its screens share (screens.md §1, 3.1, 7.3).

use http::StatusCode;

use crate::account::{Account, State};
use crate::activation::{Journey, Step};
use crate::login::journey::{Signed, journey_of, next_step};
use crate::login::returning::{Landing, landing as due};

use super::guard::Token;
use super::sentences::trouble;
use super::view::{Answers, Idle};
use super::{Answer, Page, Pages, Posted, Reply, Trouble, Visit, landing, notices, paths, refusals, sign_in, sign_out};

/// `GET /_guichet/activation`: the first thing that is due.
pub(super) async fn index(pages: &Pages, visit: &Visit) -> Answer {
    let walker = match walker(pages, visit).await? {
        Ok(walker) => walker,
        Err(reply) => return Ok(reply),
    };
    Ok(to_next(pages, &walker, None))
}

/// 3.1.
pub(super) async fn show_information(pages: &Pages, visit: &Visit) -> Answer {
    let walker = match at_step(pages, visit, Journey::Local, Step::Information).await? {
        Ok(walker) => walker,
        Err(reply) => return Ok(reply),
    };
    let page = page(pages, visit, &walker, paths::INFORMATION, "");
    pages.html(StatusCode::OK, pages.views.information(&page))
}

/// 3.1, sent.
pub(super) async fn send_information(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = match at_step(pages, visit, Journey::Local, Step::Information).await? {
        Ok(walker) => walker,
        Err(reply) => return Ok(reply),
    };
    match &posted.token {
        Token::OtherAccount => return refusals::other_account(pages, visit),
        Token::Stale => {
            let page = page(pages, visit, &walker, paths::INFORMATION, "");
            return pages.html(StatusCode::CONFLICT, pages.views.information(&page));
        }
        Token::Fits { .. } => {}
    }
    if posted.fields.action() == "retour" {
        return sign_out::end(pages, visit, sign_out::Then::SignIn).await;
    }
    pages.login.begin_activation(walker.signed).await?;
    Ok(Reply::see_other(paths::DETAILS))
}

/// `POST /_guichet/session/garder`: a press on "Rester connecté" counts as activity. The look-up of the session has already noted it.
pub(super) async fn keep(_pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let alive = visit.signed().is_some() && posted.fits().is_ok();
    Ok(Reply::empty(if alive { StatusCode::NO_CONTENT } else { StatusCode::UNAUTHORIZED }))
}

/// A signed-in person on a journey.
#[derive(Debug)]
pub(super) struct Walker<'a> {
    /// The session.
    pub(super) signed: Signed<'a>,
    /// The account, read anew.
    pub(super) account: Account,
}

/// The person behind a request to a screen of the activation, or where to send them: out, to what is due first, or on.
pub(super) async fn walker<'a>(pages: &Pages, visit: &'a Visit) -> Result<Result<Walker<'a>, Reply>, Trouble> {
    let Some(signed) = visit.signed() else { return Ok(Err(sign_in::to_sign_in(visit, None))) };
    let Some(account) = pages.login.directory.account(signed.session.account).await? else {
        return Ok(Err(sign_in::to_sign_in(visit, None)));
    };
    if account.frozen {
        return Ok(Err(refusals::frozen(pages, visit)?));
    }
    if account.state == State::Disabled {
        return Ok(Err(refusals::suspended(pages, visit)?));
    }
    Ok(Ok(Walker { signed, account }))
}

/// The same, for the screen of one step: one that is not reached yet leads to the first pending one (attack A01).
pub(super) async fn at_step<'a>(
    pages: &Pages,
    visit: &'a Visit,
    journey: Journey,
    step: Step,
) -> Result<Result<Walker<'a>, Reply>, Trouble> {
    let walker = match walker(pages, visit).await? {
        Ok(walker) => walker,
        Err(reply) => return Ok(Err(reply)),
    };
    let account = &walker.account;
    let here =
        account.state != State::Active && journey_of(account) == journey && account.steps.is_reached(journey, step);
    if here { Ok(Ok(walker)) } else { Ok(Err(to_next(pages, &walker, None))) }
}

/// To the first thing that is due.
pub(super) fn to_next(pages: &Pages, walker: &Walker<'_>, notice: Option<&str>) -> Reply {
    let due = match due(&walker.account, &pages.login.settings, pages.login.now()) {
        Landing::Reminder(_) => Landing::Page,
        due @ (Landing::Place | Landing::Step(..) | Landing::Finish | Landing::Terms | Landing::Page) => due,
    };
    let location = landing::location(due, walker.signed.session.return_to.as_deref());
    match notice {
        Some(notice) if location.starts_with("/_guichet/") => {
            Reply::see_other(format!("{location}?{}={notice}", notices::PARAMETER))
        }
        Some(_) | None => Reply::see_other(location),
    }
}

/// To the first pending step after one was stored; the account is read anew.
pub(super) async fn onward(pages: &Pages, visit: &Visit) -> Answer {
    match walker(pages, visit).await? {
        Ok(walker) => {
            if next_step(&walker.account).is_none() && walker.account.state != State::Active {
                return super::finish::finish(pages, visit, &walker).await;
            }
            Ok(to_next(pages, &walker, None))
        }
        Err(reply) => Ok(reply),
    }
}

/// The page of a screen of the activation: tokens, notice, idle warning.
pub(super) fn page(pages: &Pages, visit: &Visit, walker: &Walker<'_>, path: &str, seen: &str) -> Page {
    let settings = &pages.login.settings;
    let keep = pages.tokens(visit, paths::KEEP, None, "");
    let notice = walker.signed.session.notice.as_deref().and_then(notices::of_key);
    Page {
        tokens: pages.tokens(visit, path, None, seen),
        notice: notices::of_query(visit).or(notice),
        idle: Some(Idle { seconds: settings.session.idle.as_secs(), token: keep.token }),
        ..Page::default()
    }
}

/// The answer to a form whose token does not fit: the page of another account, or the same form once more.
pub(super) fn stale(posted: &Posted, typed: Answers) -> Option<Result<Answers, OtherAccount>> {
    match &posted.token {
        Token::Fits { .. } => None,
        Token::OtherAccount => Some(Err(OtherAccount)),
        Token::Stale => Some(Ok(typed.refused([trouble::STALE]))),
    }
}

/// The form was drawn for another account of the same browser.
#[derive(Debug, Clone, Copy)]
pub(super) struct OtherAccount;
