//! Confirming who one is before a credential changes (screens.md 6.6): by e-mail code, or Pro Santé Connect.

use http::StatusCode;
use jiff::Timestamp;

use crate::account::Channel;
use crate::login::codes::{Issued, Purpose};
use crate::login::journey::AfterStepCode;

use super::activation::{self, Walker, walker};
use super::codes::{self, Ways};
use super::view::{Answers, CodePurpose, CodeView, StepUpReason};
use super::{Answer, Pages, Posted, Reply, Visit, landing, notices, paths};

/// Sends the code and goes to its page.
pub(super) async fn ask(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit).await?;
    match pages.login.send_confirmation(walker.signed, false).await? {
        Some(Issued::Sent | Issued::Wait { .. }) => Ok(Reply::see_other(paths::STEP_UP)),
        Some(issued) => told(pages, visit, &walker, &issued).await,
        None => Ok(activation::to_next(pages, &walker, None)),
    }
}

/// 6.6.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit).await?;
    drawn(pages, visit, &walker, StatusCode::OK, Answers::new(), false).await
}

/// 6.6, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit).await?;
    if let Some(answers) = activation::stale(pages, visit, posted, Answers::new())? {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, answers, false).await;
    }
    match posted.fields.action() {
        "retour" => return Ok(Reply::see_other(paths::DETAILS)),
        "renvoyer" => {
            return match pages.login.send_confirmation(walker.signed, false).await? {
                Some(Issued::Sent) => {
                    Ok(Reply::see_other(format!("{}?{}=renvoye", paths::STEP_UP, notices::PARAMETER)))
                }
                Some(issued) => told(pages, visit, &walker, &issued).await,
                None => Ok(activation::to_next(pages, &walker, None)),
            };
        }
        _ => {}
    }
    let code = match codes::read(posted.fields.get("code")) {
        Ok(code) => code,
        Err(sentence) => {
            let answers = Answers::new().error("code", sentence);
            return drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, answers, false).await;
        }
    };
    match pages.login.confirm_code(walker.signed, &code).await? {
        AfterStepCode::Proven { renewed } => {
            let location = format!("{}?{}=confirmed", paths::PASSWORD, notices::PARAMETER);
            Ok(landing::with_token(Reply::see_other(location), renewed.as_ref()))
        }
        AfterStepCode::Refused(checked) => {
            let (status, answers) = codes::refused(pages, checked);
            drawn(pages, visit, &walker, status, answers, false).await
        }
    }
}

/// Pro Santé Connect answered a confirmation.
pub(super) async fn confirmed(
    pages: &Pages,
    visit: &Visit,
    sid: &str,
    return_to: Option<String>,
    same_person: bool,
    auth_time: Timestamp,
) -> Answer {
    let back = return_to.unwrap_or_else(|| "/".to_owned());
    let Some(signed) = visit.signed().filter(|signed| signed.session.sid == sid) else {
        return Ok(Reply::see_other(paths::SIGN_IN));
    };
    if !same_person {
        let page = super::Page { psc: pages.psc_tokens(visit, Some(&back)), ..super::Page::default() };
        return pages.html(StatusCode::FORBIDDEN, pages.views.other_person(&page, &back));
    }
    let token = crate::session::SessionToken::draw(&*pages.login.entropy);
    let renewed = pages.login.sessions.renew_as(signed.key, &token, |session| session.auth_time = auth_time).await?;
    Ok(landing::with_token(Reply::see_other(back), renewed.map(|_| token).as_ref()))
}

async fn told(pages: &Pages, visit: &Visit, walker: &Walker<'_>, issued: &Issued) -> Answer {
    let told = codes::told(pages, issued, Channel::Email, "", Ways::default());
    let draw = |status, answers, retry| drawn(pages, visit, walker, status, answers, retry);
    codes::answered(told, paths::STEP_UP, draw).await
}

async fn drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    status: StatusCode,
    answers: Answers,
    retry: bool,
) -> Answer {
    let Some(email) = &walker.account.contact_email else { return Ok(activation::to_next(pages, walker, None)) };
    let pending = pages.login.pending_code(Purpose::Confirm, &walker.signed.session.sid).await?;
    let view = CodeView {
        purpose: CodePurpose::StepUp(StepUpReason::Credentials),
        destination: codes::destination(Channel::Email, email.value.masked()),
        answers,
        seconds_left: codes::seconds_left(pages, pending.as_ref()),
        retry,
        otherwise: false,
    };
    let page = activation::page(pages, visit, walker, paths::STEP_UP, "");
    codes::drawn(pages, &page, status, &view, pending.as_ref())
}
