//! The phone in the local journey: its code, or another number (screens.md 3.5 and 3.6).

use http::StatusCode;

use crate::account::Channel;
use crate::activation::{Journey, Step};
use crate::login::codes::{Issued, Purpose};
use crate::login::journey::{AfterStepCode, Saved};
use crate::session::SessionToken;

use super::activation::{self, Walker, at_step};
use super::codes::{self, Ways};
use super::sentences::code as words;
use super::view::{Answers, CodePurpose, CodeView};
use super::{Answer, Pages, Posted, Reply, Visit, field, landing, notices, paths};

/// What can be done where no SMS leaves.
const WAYS: Ways = Ways { otherwise: false, skip: true, change: Some(paths::CHANGE_PHONE), provider: false };

/// From the password to the phone: its code leaves now, with the POST that set the password.
pub(super) async fn arrive(pages: &Pages, visit: &Visit, token: &SessionToken) -> Answer {
    let walker = activation::walker(pages, visit).await?;
    let waits = pages.login.pending_phone(&walker.account).is_some() && !walker.account.steps.is_closed(Step::Phone);
    let reply = if waits && pages.login.notifier.has_sms() {
        // The page says what became of it: a GET sends nothing, and shows a button when nothing waits.
        pages.login.resend_phone_code(walker.signed).await?;
        Reply::see_other(paths::PHONE)
    } else {
        activation::onward(pages, visit).await?
    };
    Ok(landing::with_token(pages, visit, reply, Some(token)))
}

/// 3.5.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Phone).await?;
    if walker.account.steps.is_done(Step::Phone) {
        return Ok(activation::to_next(pages, &walker, None));
    }
    drawn(pages, visit, &walker, StatusCode::OK, activation::sms_or_skip(pages), false).await
}

/// 3.5, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Phone).await?;
    if let Some(answers) = activation::stale(pages, visit, posted, Answers::new())? {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, answers, false).await;
    }
    match posted.fields.action() {
        "retour" => return Ok(Reply::see_other(paths::DETAILS)),
        "ignorer" => return skip(pages, visit, &walker).await,
        "renvoyer" => {
            let Some(issued) = pages.login.resend_phone_code(walker.signed).await? else {
                return Ok(Reply::see_other(paths::CHANGE_PHONE));
            };
            if issued == Issued::Sent {
                return Ok(Reply::see_other(format!("{}?{}=renvoye", paths::PHONE, notices::PARAMETER)));
            }
            return told(pages, visit, &walker, &issued).await;
        }
        _ => {}
    }
    if walker.account.steps.is_done(Step::Phone) {
        return Ok(activation::to_next(pages, &walker, Some("terminee")));
    }
    let code = match codes::read(posted.fields.get("code")) {
        Ok(code) => code,
        Err(sentence) => {
            let answers = Answers::new().error("code", sentence);
            return drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, answers, false).await;
        }
    };
    match pages.login.phone_code(walker.signed, &code).await? {
        AfterStepCode::Proven { .. } => activation::onward(pages, visit).await,
        AfterStepCode::Refused(checked) => {
            let (status, answers) = codes::refused(pages, checked);
            drawn(pages, visit, &walker, status, answers, false).await
        }
    }
}

/// 3.6.
pub(super) async fn show_change(pages: &Pages, visit: &Visit) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Phone).await?;
    change_drawn(pages, visit, &walker, StatusCode::OK, prefilled(pages, &walker))
}

/// 3.6, sent.
pub(super) async fn send_change(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Phone).await?;
    let fields = &posted.fields;
    let typed = Answers::new().with("dial_code", fields.get("dial_code")).with("phone", fields.get("phone"));
    if let Some(answers) = activation::stale(pages, visit, posted, typed.clone())? {
        return change_drawn(pages, visit, &walker, StatusCode::CONFLICT, answers);
    }
    pages.login.keep_typed_phone(walker.account.id, fields.get("dial_code"), fields.get("phone")).await?;
    match fields.action() {
        "retour" if pages.login.pending_phone(&walker.account).is_some() => return Ok(Reply::see_other(paths::PHONE)),
        "retour" => return Ok(Reply::see_other(paths::DETAILS)),
        "ignorer" => return skip(pages, visit, &walker).await,
        _ => {}
    }
    let settings = &pages.login.settings.activation;
    let refuse = |sentence: String| {
        change_drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, typed.clone().error("phone", sentence))
    };
    let phone = match field::mobile(fields.get("phone"), fields.get("dial_code"), settings) {
        Ok(Some(phone)) => phone,
        Ok(None) => return refuse(words::PHONE_EMPTY.to_owned()),
        Err(sentence) => return refuse(sentence),
    };
    match pages.login.save_phone(walker.signed, &phone).await? {
        Saved::Done => activation::onward(pages, visit).await,
        Saved::Code(Issued::Sent | Issued::Wait { .. }) => Ok(Reply::see_other(paths::PHONE)),
        Saved::Code(issued) => {
            let walker = at_step(pages, visit, Journey::Local, Step::Phone).await?;
            told(pages, visit, &walker, &issued).await
        }
    }
}

async fn skip(pages: &Pages, visit: &Visit, walker: &Walker<'_>) -> Answer {
    pages.login.skip_step(walker.signed, Step::Phone).await?;
    activation::onward(pages, visit).await
}

async fn told(pages: &Pages, visit: &Visit, walker: &Walker<'_>, issued: &Issued) -> Answer {
    let masked = pages.login.pending_phone(&walker.account).map(|phone| phone.masked()).unwrap_or_default();
    let told = codes::told(pages, issued, Channel::Sms, &masked, WAYS);
    let draw = |status, answers, retry| drawn(pages, visit, walker, status, answers, retry);
    codes::answered(told, paths::PHONE, draw).await
}

/// The code page; the button that sends, when nothing waits; the number's own field, when none was given.
async fn drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    status: StatusCode,
    answers: Answers,
    retry: bool,
) -> Answer {
    let Some(phone) = pages.login.pending_phone(&walker.account) else {
        return change_drawn(pages, visit, walker, status, answers);
    };
    let pending = pages.login.pending_code(Purpose::ActivationPhone, &walker.signed.session.sid).await?;
    let view = CodeView {
        purpose: CodePurpose::ActivationPhone,
        destination: codes::destination(Channel::Sms, phone.masked()),
        answers,
        seconds_left: codes::seconds_left(pages, pending.as_ref()),
        retry,
        otherwise: false,
    };
    let page = activation::page(pages, visit, walker, paths::PHONE, "");
    codes::drawn(pages, &page, status, &view, pending.as_ref())
}

fn change_drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: Answers) -> Answer {
    let first = pages.login.pending_phone(&walker.account).is_none();
    let page = activation::page(pages, visit, walker, paths::CHANGE_PHONE, "");
    pages.html(status, pages.views.change_phone(&page, first, &answers))
}

fn prefilled(pages: &Pages, walker: &Walker<'_>) -> Answers {
    if let Some((dial_code, phone)) = pages.login.typed_phone(&walker.account) {
        return Answers::new().with("dial_code", dial_code).with("phone", phone);
    }
    match pages.login.pending_phone(&walker.account) {
        Some(phone) => Answers::new().with("dial_code", phone.dial_code()).with("phone", phone.national()),
        None => Answers::new(),
    }
}
