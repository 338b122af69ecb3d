//! Entry of the activation, the information page, and what its screens share (screens.md §1, 3.1, 7.3).

use http::StatusCode;

use crate::account::{Account, State};
use crate::activation::{Journey, Step};
use crate::login::journey::{Signed, journey_of, next_step};
use crate::login::returning::{Landing, landing as due};

use super::address::Address;
use super::guard::Token;
use super::sentences::trouble;
use super::view::{Answers, Idle};
use super::visit::Signedness;
use super::{
    Answer, Notice, Page, Pages, Posted, Reply, Tokens, Trouble, Visit, landing, notices, paths, refusals, sign_in,
    sign_out,
};

/// `GET /_guichet/activation`: the first thing that is due; "Mon compte" once everything is done and no page is asked for.
pub(super) async fn index(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit).await?;
    if walker.account.state == State::Active && visit.asked.is_none() {
        return Ok(Reply::see_other(paths::ACCOUNT));
    }
    Ok(to_next(pages, &walker, None))
}

/// 3.1.
pub(super) async fn show_information(pages: &Pages, visit: &Visit) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Information).await?;
    let page = page(pages, visit, &walker, paths::INFORMATION, "");
    pages.html(StatusCode::OK, pages.views.information(&page))
}

/// 3.1, sent.
pub(super) async fn send_information(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Information).await?;
    match &posted.token {
        Token::OtherAccount => return refusals::other_account(pages, visit),
        Token::Stale => {
            let mut page = page(pages, visit, &walker, paths::INFORMATION, "");
            page.notice = Some(Notice::warning(pages.stale_line(visit, posted, trouble::STALE)));
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
    let alive = visit.signed().is_some() && posted.fits();
    Ok(Reply::empty(if alive { StatusCode::NO_CONTENT } else { StatusCode::UNAUTHORIZED }))
}

/// A signed-in person on a journey.
#[derive(Debug)]
pub(super) struct Walker<'a> {
    /// The session.
    pub(super) signed: Signed<'a>,
    /// The account, read anew.
    pub(super) account: Account,
    /// The page asked for.
    pub(super) return_to: Option<&'a str>,
}

/// The person behind a request to a screen of the activation; or the page that is due instead.
pub(super) async fn walker<'a>(pages: &Pages, visit: &'a Visit) -> Result<Walker<'a>, Trouble> {
    let signed = visit.signed().ok_or_else(|| Trouble::from(sign_in::to_sign_in(visit, kept(visit))))?;
    let account = pages.login.directory.account(signed.session.account).await?;
    let account = account.ok_or_else(|| Trouble::from(sign_in::to_sign_in(visit, None)))?;
    if account.frozen {
        return Err(refusals::frozen(pages, visit)?.into());
    }
    if account.state == State::Disabled {
        return Err(refusals::suspended(pages, visit)?.into());
    }
    Ok(Walker { signed, account, return_to: visit.return_to() })
}

/// A form of the activation whose session ended meanwhile: what was validated before it is kept, and the sign-in page says so (6.4).
fn kept(visit: &Visit) -> Option<&'static str> {
    let over = matches!(visit.session, Signedness::Over(_));
    let posted = visit.method == http::Method::POST && visit.path.starts_with(paths::ACTIVATION);
    (over && posted).then_some(notices::KEPT)
}

/// The same, for the screen of one step: one that is not reached yet leads to the first pending one (attack A01).
pub(super) async fn at_step<'a>(
    pages: &Pages,
    visit: &'a Visit,
    journey: Journey,
    step: Step,
) -> Result<Walker<'a>, Trouble> {
    let walker = walker(pages, visit).await?;
    let account = &walker.account;
    let here =
        account.state != State::Active && journey_of(account) == journey && account.steps.is_reached(journey, step);
    if here { Ok(walker) } else { Err(to_next(pages, &walker, None).into()) }
}

/// To the first thing that is due.
pub(super) fn to_next(pages: &Pages, walker: &Walker<'_>, notice: Option<&str>) -> Reply {
    let due = match due(&walker.account, &pages.login.settings, pages.login.now()) {
        Landing::Reminder(_) => Landing::Page,
        due @ (Landing::Place | Landing::Step(..) | Landing::Finish(_) | Landing::Terms | Landing::Page) => due,
    };
    let location = landing::location(due, walker.return_to);
    match notice {
        Some(notice) if location.starts_with("/_guichet/") => Reply::see_other(Address::of(&location).notice(notice)),
        Some(_) | None => Reply::see_other(location),
    }
}

/// To the first pending step after one was stored; the account is read anew.
pub(super) async fn onward(pages: &Pages, visit: &Visit) -> Answer {
    let mut walker = walker(pages, visit).await?;
    if pass_phone(pages, walker.signed, &walker.account).await? {
        walker = self::walker(pages, visit).await?;
    }
    if next_step(&walker.account).is_none() && walker.account.state != State::Active {
        return super::finish::finish(pages, visit, &walker).await;
    }
    Ok(to_next(pages, &walker, None))
}

/// Where no SMS leaves nobody can prove a number: the step is skipped by the POST that would lead to it. Whether it was.
pub(super) async fn pass_phone(pages: &Pages, signed: Signed<'_>, account: &Account) -> Result<bool, Trouble> {
    let waits = !pages.login.notifier.has_sms() && next_step(account) == Some(Step::Phone);
    Ok(waits && pages.login.skip_step(signed, Step::Phone).await?)
}

/// What stands above a phone's form where no SMS leaves any more: the step can be skipped.
pub(super) fn sms_or_skip(pages: &Pages) -> Answers {
    if pages.login.notifier.has_sms() {
        return Answers::new();
    }
    Answers::new().trouble([trouble::SMS_DOWN, trouble::MAY_SKIP])
}

/// The page of a screen of the activation: tokens, notice, idle warning.
pub(super) fn page(pages: &Pages, visit: &Visit, walker: &Walker<'_>, path: &str, seen: &str) -> Page {
    let settings = &pages.login.settings;
    let keep = pages.tokens(visit, paths::KEEP, None, "");
    let notice = walker.signed.session.notice.as_deref().and_then(|key| notices::of_key(pages, key));
    Page {
        tokens: Tokens {
            return_to: visit.asked.as_ref().map(|asked| asked.as_str().to_owned()),
            ..pages.tokens(visit, path, None, seen)
        },
        notice: notices::of_query(pages, visit).or(notice),
        idle: Some(Idle { seconds: settings.session.idle.as_secs(), token: keep.token }),
        ..Page::default()
    }
}

/// The form once more when its token does not fit; a form drawn for another account of the same browser has its own page.
pub(super) fn stale(pages: &Pages, visit: &Visit, posted: &Posted, typed: Answers) -> Result<Option<Answers>, Trouble> {
    match &posted.token {
        Token::Fits { .. } => Ok(None),
        Token::OtherAccount => Err(refusals::other_account(pages, visit)?.into()),
        Token::Stale => Ok(Some(typed.refused([pages.stale_line(visit, posted, trouble::STALE)]))),
    }
}
