//! The e-mail's code in the local journey (screens.md 3.3).

use http::StatusCode;

use crate::account::Channel;
use crate::activation::{Journey, Step};
use crate::login::codes::{Issued, Purpose};
use crate::login::journey::AfterStepCode;

use super::activation::{self, Walker, at_step};
use super::codes::{self, Ways};
use super::view::{Answers, CodePurpose, CodeView};
use super::{Answer, Pages, Posted, Reply, Visit, landing, notices, paths};

/// 3.3.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Email).await?;
    if walker.account.steps.is_closed(Step::Email) {
        return Ok(activation::to_next(pages, &walker, None));
    }
    drawn(pages, visit, &walker, StatusCode::OK, Answers::new(), false).await
}

/// 3.3, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Email).await?;
    if let Some(answers) = activation::stale(pages, visit, posted, Answers::new())? {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, answers, false).await;
    }
    match posted.fields.action() {
        "retour" => return Ok(Reply::see_other(paths::DETAILS)),
        "renvoyer" => {
            let Some(issued) = pages.login.resend_email_code(walker.signed).await? else {
                return Ok(Reply::see_other(paths::DETAILS));
            };
            if issued == Issued::Sent {
                return Ok(Reply::see_other(format!("{}?{}=renvoye", paths::EMAIL, notices::PARAMETER)));
            }
            return after_resend(pages, visit, &issued).await;
        }
        _ => {}
    }
    if walker.account.steps.is_closed(Step::Email) {
        return Ok(activation::to_next(pages, &walker, Some("terminee")));
    }
    let code = match codes::read(posted.fields.get("code")) {
        Ok(code) => code,
        Err(sentence) => {
            let answers = Answers::new().error("code", sentence);
            return drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, answers, false).await;
        }
    };
    match pages.login.email_code(walker.signed, &code).await? {
        AfterStepCode::Proven { renewed } => {
            let reply = activation::onward(pages, visit).await?;
            Ok(landing::with_token(pages, visit, reply, renewed.as_ref()))
        }
        AfterStepCode::Refused(checked) => {
            let (status, answers) = codes::refused(pages, checked);
            drawn(pages, visit, &walker, status, answers, false).await
        }
    }
}

/// From the details to the code: the code page when one left, or the same page with what went wrong.
pub(super) async fn after_send(pages: &Pages, visit: &Visit, issued: &Issued, masked: &str) -> Answer {
    if matches!(issued, Issued::Sent | Issued::Wait { .. }) {
        return Ok(Reply::see_other(paths::EMAIL));
    }
    told(pages, visit, issued, masked).await
}

async fn after_resend(pages: &Pages, visit: &Visit, issued: &Issued) -> Answer {
    told(pages, visit, issued, "").await
}

async fn told(pages: &Pages, visit: &Visit, issued: &Issued, masked: &str) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Email).await?;
    let pending = pages.login.pending_email(&walker.account).map(|email| email.masked());
    let masked = if masked.is_empty() { pending.unwrap_or_default() } else { masked.to_owned() };
    let ways = Ways { change: Some(paths::DETAILS_EMAIL), ..Ways::default() };
    let told = codes::told(pages, issued, Channel::Email, &masked, ways);
    let draw = |status, answers, retry| drawn(pages, visit, &walker, status, answers, retry);
    codes::answered(told, paths::EMAIL, draw).await
}

async fn drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    status: StatusCode,
    answers: Answers,
    retry: bool,
) -> Answer {
    let Some(email) = pages.login.pending_email(&walker.account) else {
        return Ok(Reply::see_other(paths::DETAILS));
    };
    let pending = pages.login.pending_code(Purpose::ActivationEmail, &walker.signed.session.sid).await?;
    let view = CodeView {
        purpose: CodePurpose::ActivationEmail,
        destination: codes::destination(Channel::Email, email.masked()),
        answers,
        seconds_left: codes::seconds_left(pages, pending.as_ref()),
        retry,
        otherwise: false,
    };
    let page = activation::page(pages, visit, walker, paths::EMAIL, "");
    codes::drawn(pages, &page, status, &view, pending.as_ref())
}
