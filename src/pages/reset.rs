//! Forgotten password, four screens (screens.md 2.6–2.9). Nothing here tells whether anybody is there.

use http::StatusCode;

use crate::account::Channel;
use crate::identity::Email;
use crate::login::Flow;
use crate::login::codes::{Issued, Purpose};
use crate::login::factor::contact;
use crate::login::reset::{AfterNewPassword, AfterResetCode, Asked, Proof, Reset};

use super::address::Address;
use super::codes::{self, Ways};
use super::sentences::{details, reset as words, trouble};
use super::view::{Answers, CodePurpose, CodeView};
use super::{Answer, Page, Pages, Posted, Reply, Tokens, Visit, landing, notices, password, paths, refusals, sign_in};

/// 2.6.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let mut page = first_page(pages, visit, None);
    page.notice = notices::of_query(pages, visit);
    let mut answers = Answers::new();
    if let Some(flow) = visit.parameter("f").and_then(|id| pages.flow(visit, &id))
        && let Some((_, _, reset)) = pages.login.reset(&flow).await?
    {
        answers = answers.with("identifier", reset.typed);
    }
    pages.html(StatusCode::OK, pages.views.reset(&page, &answers))
}

/// 2.6, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let fields = &posted.fields;
    let typed = fields.get("identifier");
    let again = |status, answers: Answers| {
        let page = first_page(pages, visit, Some(fields.get("flow")));
        pages.html(status, pages.views.reset(&page, &answers))
    };
    let answers = Answers::new().with("identifier", typed);
    let (true, Some(flow)) = (posted.fits(), pages.flow(visit, fields.get("flow"))) else {
        return again(StatusCode::CONFLICT, answers.refused([pages.stale_line(visit, posted, trouble::STALE)]));
    };
    if fields.action() == "retour" {
        return sign_in::back(pages, visit, &flow, typed).await;
    }
    if typed.trim().is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, answers.error("identifier", words::ASK_EMPTY));
    }
    if typed.contains('@') && Email::parse(typed).is_err() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, answers.error("identifier", details::EMAIL_SHAPE));
    }
    let return_to = visit.asked.as_ref().map(|asked| asked.as_str().to_owned());
    match pages.login.ask_reset(&flow, typed, return_to, visit.browser()).await? {
        Asked::Code => Ok(Reply::see_other(Address::in_tab(paths::RESET_CODE, &flow, visit))),
        Asked::Capped { minutes } => {
            let left = u64::try_from(minutes).unwrap_or(1);
            let reply = again(StatusCode::TOO_MANY_REQUESTS, answers.refused([words::throttled(pages.brand(), left)]))?;
            Ok(reply.retry_after(minutes * 60))
        }
        Asked::Down => {
            let reply =
                again(StatusCode::SERVICE_UNAVAILABLE, answers.trouble([trouble::email_down_reset(pages.brand())]))?;
            Ok(reply.retry_after(120))
        }
    }
}

/// 2.7.
pub(super) async fn show_code(pages: &Pages, visit: &Visit) -> Answer {
    show_step(pages, visit, Screen::Email).await
}

/// 2.8.
pub(super) async fn show_sms(pages: &Pages, visit: &Visit) -> Answer {
    show_step(pages, visit, Screen::Sms).await
}

/// 2.7 and 2.8, sent.
pub(super) async fn send_code(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let Some((flow, reset)) = asked(pages, visit, posted.fields.get("flow")).await? else { return Ok(expired(visit)) };
    if !posted.fits() {
        let answers = Answers::new().refused([trouble::STALE]);
        return code_page(pages, visit, &flow, &reset, StatusCode::CONFLICT, answers, false).await;
    }
    match posted.fields.action() {
        "retour" => return Ok(Reply::see_other(Address::in_tab(paths::RESET, &flow, visit))),
        "renvoyer" => return resend(pages, visit, &flow, &reset).await,
        _ => {}
    }
    let code = match codes::read(posted.fields.get("code")) {
        Ok(code) => code,
        Err(sentence) => {
            let answers = Answers::new().error("code", sentence);
            return code_page(pages, visit, &flow, &reset, StatusCode::UNPROCESSABLE_ENTITY, answers, false).await;
        }
    };
    match pages.login.reset_code(&flow, &code, visit.browser()).await? {
        AfterResetCode::NewPassword => Ok(Reply::see_other(at(Screen::New, &flow, visit))),
        AfterResetCode::Sms(issued) => after_send(pages, visit, &flow, &issued, false).await,
        AfterResetCode::Refused(checked) => {
            let (status, answers) = codes::refused(pages, checked);
            code_page(pages, visit, &flow, &reset, status, answers, false).await
        }
        AfterResetCode::Gone => Ok(expired(visit)),
    }
}

/// 2.9.
pub(super) async fn show_new(pages: &Pages, visit: &Visit) -> Answer {
    show_step(pages, visit, Screen::New).await
}

/// 2.9, sent.
pub(super) async fn send_new(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let fields = &posted.fields;
    let Some(flow) = pages.flow(visit, fields.get("flow")) else { return Ok(expired(visit)) };
    let asked = pages.login.reset(&flow).await?;
    let again = |status, answers: Answers| {
        let username = asked.as_ref().map(|(_, _, reset)| reset.typed.clone()).unwrap_or_default();
        let page = page(pages, visit, paths::RESET_NEW, &flow);
        pages.html(status, pages.views.reset_password(&page, &username, &answers))
    };
    if !posted.fits() {
        return match asked {
            Some(_) => again(StatusCode::CONFLICT, Answers::new().refused([trouble::STALE])),
            None => Ok(expired(visit)),
        };
    }
    if fields.action() == "retour" {
        let typed = asked.map(|(_, _, reset)| reset.typed).unwrap_or_default();
        return sign_in::back(pages, visit, &flow, &typed).await;
    }
    let typed = fields.get("new_password");
    if let Err(answers) = password::same_twice(typed, fields.get("confirm_password")) {
        return again(StatusCode::UNPROCESSABLE_ENTITY, *answers);
    }
    match pages.login.reset_password(&flow, typed, visit.browser()).await? {
        AfterNewPassword::SignedIn(opened) => landing::signed_in(pages, visit, *opened).await,
        AfterNewPassword::Refused(faults) => {
            let sentence = password::sentence(pages, &faults);
            again(StatusCode::UNPROCESSABLE_ENTITY, Answers::new().error("new_password", sentence))
        }
        AfterNewPassword::Suspended => refusals::suspended(pages, visit),
        AfterNewPassword::Frozen => refusals::frozen(pages, visit),
        AfterNewPassword::Gone => Ok(expired(visit)),
    }
}

/// The screens after the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Screen {
    Email,
    Sms,
    New,
}

fn screen_of(reset: &Reset) -> Screen {
    match reset.proof {
        Proof::None => Screen::Email,
        Proof::Email => Screen::Sms,
        Proof::Complete { .. } => Screen::New,
    }
}

fn at(screen: Screen, flow: &Flow, visit: &Visit) -> Address {
    let path = match screen {
        Screen::Email => paths::RESET_CODE,
        Screen::Sms => paths::RESET_SMS,
        Screen::New => paths::RESET_NEW,
    };
    Address::in_tab(path, flow, visit)
}

/// Shows the screen the request stands at; another one's address leads there (attack P18).
async fn show_step(pages: &Pages, visit: &Visit, wanted: Screen) -> Answer {
    let id = visit.parameter("f").unwrap_or_default();
    let Some((flow, reset)) = asked(pages, visit, &id).await? else { return Ok(expired(visit)) };
    let due = screen_of(&reset);
    if due != wanted {
        return Ok(Reply::see_other(at(due, &flow, visit)));
    }
    match wanted {
        Screen::Email | Screen::Sms => {
            code_page(pages, visit, &flow, &reset, StatusCode::OK, Answers::new(), false).await
        }
        Screen::New => {
            let page = page(pages, visit, paths::RESET_NEW, &flow);
            pages.html(StatusCode::OK, pages.views.reset_password(&page, &reset.typed, &Answers::new()))
        }
    }
}

async fn resend(pages: &Pages, visit: &Visit, flow: &Flow, reset: &Reset) -> Answer {
    let Some(issued) = pages.login.resend_reset(flow, visit.browser()).await? else { return Ok(expired(visit)) };
    if issued == Issued::Sent {
        return Ok(Reply::see_other(at(screen_of(reset), flow, visit).notice("renvoye")));
    }
    after_send(pages, visit, flow, &issued, true).await
}

/// The code page of the request as it stands now, with what became of a sending.
async fn after_send(pages: &Pages, visit: &Visit, flow: &Flow, issued: &Issued, resent: bool) -> Answer {
    let Some((_, _, reset)) = pages.login.reset(flow).await? else { return Ok(expired(visit)) };
    let channel = if reset.proof == Proof::Email { Channel::Sms } else { Channel::Email };
    let told = match issued {
        Issued::Wait { .. } if !resent => None,
        Issued::Sent | Issued::Wait { .. } | Issued::Capped { .. } | Issued::Down | Issued::Undeliverable => {
            codes::told(pages, issued, channel, &reset.masked, Ways::default())
        }
    };
    match told {
        None => Ok(Reply::see_other(at(screen_of(&reset), flow, visit))),
        Some(told) => {
            let draw = |status, answers, retry| code_page(pages, visit, flow, &reset, status, answers, retry);
            told.page(draw).await
        }
    }
}

async fn code_page(
    pages: &Pages,
    visit: &Visit,
    flow: &Flow,
    reset: &Reset,
    status: StatusCode,
    answers: Answers,
    retry: bool,
) -> Answer {
    let (purpose, kind, path) = match reset.proof {
        Proof::Email => (CodePurpose::ResetSms, Purpose::ResetSms, paths::RESET_SMS),
        Proof::None | Proof::Complete { .. } => (CodePurpose::Reset, Purpose::Reset, paths::RESET_CODE),
    };
    let destination = match (reset.proof, reset.account) {
        (Proof::Email, Some(id)) => {
            let account = pages.login.directory.account(id).await?;
            let to = account.and_then(|account| contact(&account, Channel::Sms));
            codes::destination(Channel::Sms, to.map(|to| to.masked()).unwrap_or_default())
        }
        _ => codes::destination(Channel::Email, reset.masked.clone()),
    };
    let pending = pages.login.pending_code(kind, &flow.binding()).await?;
    let seconds_left = codes::seconds_left(pages, pending.as_ref());
    let view = CodeView { purpose, destination, answers, seconds_left, retry, otherwise: false };
    let mut page = page(pages, visit, path, flow);
    page.notice = notices::of_query(pages, visit);
    pages.html(status, pages.views.code(&page, &view))
}

async fn asked(pages: &Pages, visit: &Visit, id: &str) -> Result<Option<(Flow, Reset)>, super::Trouble> {
    let Some(flow) = pages.flow(visit, id) else { return Ok(None) };
    Ok(pages.login.reset(&flow).await?.map(|(_, _, reset)| (flow, reset)))
}

fn first_page(pages: &Pages, visit: &Visit, flow: Option<&str>) -> Page {
    let flow = flow.filter(|flow| Flow::is_shaped(flow));
    let tokens = pages.tokens(visit, paths::RESET, flow, "");
    let return_to = visit.asked.as_ref().map(|asked| asked.as_str().to_owned());
    Page { tokens: Tokens { return_to, ..tokens }, ..Page::default() }
}

fn page(pages: &Pages, visit: &Visit, path: &str, flow: &Flow) -> Page {
    Page { tokens: pages.tokens_of_tab(visit, path, flow), ..Page::default() }
}

fn expired(visit: &Visit) -> Reply {
    Reply::see_other(Address::of(paths::RESET).notice("demande-expiree").back_to(visit.asked.as_ref()))
}
