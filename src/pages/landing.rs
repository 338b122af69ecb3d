//! After a sign-in: cookies, and the first page that is due.

use http::StatusCode;

use crate::activation::{Journey, Step};
use crate::identity::AccountId;
use crate::login::Opened;
use crate::login::journey::Signed;
use crate::login::returning::{Landing, landing};
use crate::observe::Fact;
use crate::session::{Session, SessionToken};

use super::address::Address;
use super::{Answer, Page, Pages, Reply, SafeReturn, Trouble, Visit, activation, cookies, paths};

/// The reply that opens a session in the browser and goes to the first page that is due. The session that the browser had before
/// is over: its cookie is replaced, and a copy of it must open nothing (attack S01).
pub(super) async fn signed_in(pages: &Pages, visit: &Visit, opened: Opened) -> Answer {
    let login = &pages.login;
    if let Some(former) = visit.signed().filter(|former| former.key != opened.token.key()) {
        login.end_former(former).await?;
    }
    let signed = Signed { key: opened.token.key(), session: &opened.session, browser: visit.browser() };
    let passed = activation::pass_phone(pages, signed, &opened.account).await?;
    let again = if passed { login.directory.account(opened.account.id).await? } else { None };
    let due = landing(again.as_ref().unwrap_or(&opened.account), &login.settings, login.now());
    remind(pages, visit, opened.account.id, due).await?;
    let reply = Reply::see_other(location(due, opened.session.return_to.as_deref()));
    Ok(with_session(pages, reply, &opened))
}

/// The end of a sign-in that a page of the portal opened in a tab of its own: that page goes on where it was.
pub(super) async fn resumed(pages: &Pages, visit: &Visit) -> Answer {
    if visit.signed().is_none() {
        let back = SafeReturn::page(paths::RESUMED);
        return Ok(Reply::see_other(Address::of(paths::SIGN_IN).back_to(back.as_ref())));
    }
    pages.html(StatusCode::OK, pages.views.resumed(&Page::default()))
}

/// The reminder is due at this sign-in: a fact of the form that leads to it, since opening a page stores nothing.
pub(super) async fn remind(pages: &Pages, visit: &Visit, id: AccountId, due: Landing) -> Result<(), Trouble> {
    if matches!(due, Landing::Reminder(_)) {
        let event = visit.origin.event(pages.login.now(), Fact::ReminderShown, Some(id));
        pages.login.directory.record(&[event]).await?;
    }
    Ok(())
}

/// Where a person who is already signed in goes from the sign-in page.
pub(super) async fn go_on(pages: &Pages, _visit: &Visit, id: AccountId, return_to: Option<&str>) -> Answer {
    let Some(account) = pages.login.directory.account(id).await? else { return Ok(Reply::see_other("/")) };
    let due = match landing(&account, &pages.login.settings, pages.login.now()) {
        // A live session is never interrupted by a reminder (decision 9).
        Landing::Reminder(_) => Landing::Page,
        due @ (Landing::Place | Landing::Step(..) | Landing::Finish(_) | Landing::Terms | Landing::Page) => due,
    };
    Ok(Reply::see_other(location(due, return_to)))
}

/// The address of what is due.
pub(super) fn location(due: Landing, return_to: Option<&str>) -> String {
    match due {
        Landing::Place => paths::PLACE.to_owned(),
        Landing::Step(journey, step) => of_step(journey, step).to_owned(),
        // The last form once more: its POST runs the last act, which no GET does.
        Landing::Finish(Journey::Local) => paths::ORGANISATION.to_owned(),
        Landing::Finish(Journey::Psc) => paths::PSC_PHONE.to_owned(),
        Landing::Terms => paths::TERMS.to_owned(),
        Landing::Reminder(_) => paths::REMINDER.to_owned(),
        Landing::Page => return_to.unwrap_or("/").to_owned(),
    }
}

/// The screen of a step.
pub(super) fn of_step(journey: Journey, step: Step) -> &'static str {
    match (journey, step) {
        (Journey::Local, Step::Information) => paths::INFORMATION,
        (Journey::Local, Step::Details | Step::Terms) => paths::DETAILS,
        (Journey::Local, Step::Email) => paths::EMAIL,
        (Journey::Local, Step::Password) => paths::PASSWORD,
        (Journey::Local, Step::Phone) => paths::PHONE,
        (Journey::Local, Step::Organisation) => paths::ORGANISATION,
        (Journey::Psc, Step::Phone) => paths::PSC_PHONE,
        (Journey::Psc, _) => paths::PSC_EMAIL,
    }
}

/// The cookies of an opened session.
pub(super) fn with_session(pages: &Pages, reply: Reply, opened: &Opened) -> Reply {
    let reply = reply.cookie(session_cookie(pages, &opened.session, &opened.token));
    let device = &opened.device.0;
    match pages.login.sealer.seal(super::visit::DEVICE_PURPOSE, device.as_bytes(), &*pages.login.entropy) {
        Ok(sealed) => reply.cookie(cookies::set(cookies::DEVICE, &sealed, Some(365 * 86_400))),
        Err(_) => reply,
    }
}

/// A session that goes on under a new token: its cookie lives as long as the one before would have.
pub(super) fn with_token(pages: &Pages, visit: &Visit, reply: Reply, token: Option<&SessionToken>) -> Reply {
    match (token, visit.signed()) {
        (Some(token), Some(signed)) => reply.cookie(session_cookie(pages, signed.session, token)),
        (Some(_), None) | (None, _) => reply,
    }
}

/// Until the browser closes, or until the session's own end (decision 10).
pub(super) fn session_cookie(pages: &Pages, session: &Session, token: &SessionToken) -> String {
    let left = session.expires_at.as_second() - pages.login.now().as_second();
    let life = session.lasting.then(|| u64::try_from(left).unwrap_or(0));
    cookies::set(cookies::SESSION, token.expose(), life)
}
