//! The second factor: choice of the channel, then the code (screens.md 2.4 and 2.5).

use http::StatusCode;

use crate::account::Channel;
use crate::login::Flow;
use crate::login::codes::{Issued, Purpose};
use crate::login::factor::{AfterCode, AskedFactor, contact};

use super::address::Address;
use super::codes::{self, Ways};
use super::sentences::{code as words, trouble};
use super::view::{Answers, CodePurpose, CodeView, FactorView};
use super::{Answer, Page, Pages, Posted, Reply, Visit, landing, notices, paths, refusals, sign_in};

/// 2.4.
pub(super) async fn show_choice(pages: &Pages, visit: &Visit) -> Answer {
    let Some((flow, asked)) = asked(pages, visit, None).await? else { return Ok(gone(visit)) };
    choice_page(pages, visit, &flow, &asked, StatusCode::OK, preselected(&asked))
}

/// 2.4, sent.
pub(super) async fn send_choice(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let Some((flow, asked)) = asked(pages, visit, Some(posted)).await? else { return Ok(gone(visit)) };
    let answers = Answers::new().with("channel", posted.fields.get("channel"));
    if !posted.fits() {
        return choice_page(pages, visit, &flow, &asked, StatusCode::CONFLICT, answers.refused([trouble::STALE]));
    }
    if posted.fields.action() == "retour" {
        return sign_in::back(pages, visit, &flow, &asked.read.sign_in.typed).await;
    }
    let channel = match posted.fields.get("channel") {
        "email" => Channel::Email,
        "sms" => Channel::Sms,
        _ => {
            let answers = answers.error("channel", words::CHOICE_NONE);
            return choice_page(pages, visit, &flow, &asked, StatusCode::UNPROCESSABLE_ENTITY, answers);
        }
    };
    match pages.login.choose_channel(&flow, channel, visit.browser()).await? {
        Some(issued) => codes::after_sign_in_send(pages, visit, &flow, &issued).await,
        None => Ok(gone(visit)),
    }
}

/// 2.5.
pub(super) async fn show_code(pages: &Pages, visit: &Visit) -> Answer {
    let Some((flow, _)) = asked(pages, visit, None).await? else {
        if visit.signed().is_some() {
            return Ok(sign_in::to_sign_in(visit, None));
        }
        return Ok(gone(visit));
    };
    code_page(pages, visit, &flow, None).await
}

/// 2.5, sent.
pub(super) async fn send_code(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let Some(flow) = pages.flow(visit, posted.fields.get("flow")) else { return Ok(gone(visit)) };
    if !posted.fits() {
        let answers = Answers::new().refused([trouble::STALE]);
        return drawn(pages, visit, &flow, StatusCode::CONFLICT, answers, false).await;
    }
    match posted.fields.action() {
        "retour" => return back(pages, visit, &flow).await,
        "autrement" => return Ok(to_choice(visit, &flow)),
        "renvoyer" => return resend(pages, visit, &flow).await,
        _ => {}
    }
    let code = match codes::read(posted.fields.get("code")) {
        Ok(code) => code,
        Err(sentence) => {
            let answers = Answers::new().error("code", sentence);
            return drawn(pages, visit, &flow, StatusCode::UNPROCESSABLE_ENTITY, answers, false).await;
        }
    };
    match pages.login.factor_code(&flow, &code, visit.browser()).await? {
        AfterCode::SignedIn(opened) => landing::signed_in(pages, visit, *opened).await,
        AfterCode::Refused(checked) => {
            let (status, answers) = codes::refused(pages, checked);
            drawn(pages, visit, &flow, status, answers, false).await
        }
        AfterCode::Suspended => refusals::suspended(pages, visit),
        AfterCode::Frozen => refusals::frozen(pages, visit),
        AfterCode::Gone => Ok(gone(visit)),
    }
}

/// The code page, with what became of a sending.
pub(super) async fn code_page(pages: &Pages, visit: &Visit, flow: &Flow, issued: Option<&Issued>) -> Answer {
    let Some(asked) = pages.login.asked_factor(flow).await? else { return Ok(gone(visit)) };
    let Some(channel) = asked.stage.chosen else {
        return Ok(to_choice(visit, flow));
    };
    let masked = contact(&asked.account, channel).map(|to| to.masked()).unwrap_or_default();
    let provider = asked.account.links.iter().any(|link| pages.login.is_psc(&link.identity_provider));
    let ways = Ways { otherwise: asked.stage.channels.len() > 1, provider, ..Ways::default() };
    let told = issued.and_then(|issued| codes::told(pages, issued, channel, &masked, ways));
    let draw = |status, answers, retry| drawn(pages, visit, flow, status, answers, retry);
    match told {
        None => draw(StatusCode::OK, Answers::new(), false).await,
        Some(told) => told.page(draw).await,
    }
}

async fn resend(pages: &Pages, visit: &Visit, flow: &Flow) -> Answer {
    match pages.login.resend_factor(flow, visit.browser()).await? {
        Some(Issued::Sent) => Ok(Reply::see_other(Address::in_tab(paths::SIGN_IN_CODE, flow, visit).notice("renvoye"))),
        Some(issued) => code_page(pages, visit, flow, Some(&issued)).await,
        None => Ok(gone(visit)),
    }
}

async fn back(pages: &Pages, visit: &Visit, flow: &Flow) -> Answer {
    let Some(asked) = pages.login.asked_factor(flow).await? else { return Ok(gone(visit)) };
    if asked.stage.channels.len() > 1 {
        return Ok(to_choice(visit, flow));
    }
    sign_in::back(pages, visit, flow, &asked.read.sign_in.typed).await
}

async fn drawn(pages: &Pages, visit: &Visit, flow: &Flow, status: StatusCode, answers: Answers, retry: bool) -> Answer {
    let Some(asked) = pages.login.asked_factor(flow).await? else { return Ok(gone(visit)) };
    let Some(channel) = asked.stage.chosen else { return Ok(gone(visit)) };
    let Some(to) = contact(&asked.account, channel) else { return Ok(gone(visit)) };
    let pending = pages.login.pending_code(Purpose::SignIn, &flow.binding()).await?;
    let view = CodeView {
        purpose: CodePurpose::SignIn,
        destination: codes::destination(channel, to.masked()),
        answers,
        seconds_left: codes::seconds_left(pages, pending.as_ref()),
        retry,
        otherwise: asked.stage.channels.len() > 1,
    };
    let mut page = page(pages, visit, paths::SIGN_IN_CODE, flow);
    page.notice = notices::of_query(pages, visit);
    codes::drawn(pages, &page, status, &view, pending.as_ref())
}

fn choice_page(
    pages: &Pages,
    visit: &Visit,
    flow: &Flow,
    asked: &AskedFactor,
    status: StatusCode,
    answers: Answers,
) -> Answer {
    let mask = |channel| contact(&asked.account, channel).filter(|_| asked.stage.channels.contains(&channel));
    let view = FactorView {
        email: mask(Channel::Email).map(|to| to.masked()),
        phone: mask(Channel::Sms).map(|to| to.masked()),
        email_down: pages.login.notifier.email_down(),
        sms_down: pages.login.notifier.sms_down(),
        answers,
    };
    pages.html(status, pages.views.factor(&page(pages, visit, paths::FACTOR, flow), &view))
}

fn preselected(asked: &AskedFactor) -> Answers {
    let last = asked.stage.chosen.or(asked.account.last_channel).unwrap_or(Channel::Email);
    Answers::new().with("channel", crate::login::factor::channel_name(last))
}

/// The second factor of the tab that the form or the address names.
async fn asked(
    pages: &Pages,
    visit: &Visit,
    posted: Option<&Posted>,
) -> Result<Option<(Flow, AskedFactor)>, super::Trouble> {
    let id = match posted {
        Some(posted) => posted.fields.get("flow").to_owned(),
        None => visit.parameter("f").unwrap_or_default(),
    };
    let Some(flow) = pages.flow(visit, &id) else { return Ok(None) };
    Ok(pages.login.asked_factor(&flow).await?.map(|asked| (flow, asked)))
}

fn to_choice(visit: &Visit, flow: &Flow) -> Reply {
    Reply::see_other(Address::in_tab(paths::FACTOR, flow, visit))
}

fn page(pages: &Pages, visit: &Visit, path: &str, flow: &Flow) -> Page {
    Page { tokens: pages.tokens_of_tab(visit, path, flow), ..Page::default() }
}

fn gone(visit: &Visit) -> Reply {
    sign_in::to_sign_in(visit, Some("delai"))
}
