//! The page that waits for the person to confirm elsewhere. A GET asks nobody: the button does, and the script in its place.

use http::StatusCode;

use crate::login::Flow;
use crate::login::ciba::{AfterPress, CibaStage, Ending, Look};
use crate::login::flow::Read;

use super::super::address::Address;
use super::super::sentences::{ciba as words, trouble};
use super::super::view::{Answers, CibaOver, CibaWaitingView};
use super::super::{Answer, Page, Pages, Posted, Reply, SafeReturn, Visit, landing, notices, paths, provider, sign_in};

/// The page, or how it ended.
pub(in crate::pages) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let flow = visit.parameter("f").and_then(|id| pages.flow(visit, &id));
    let Some(flow) = flow else { return gone(pages, visit).await };
    let Some((read, stage)) = pages.login.ciba_stage(&flow).await? else { return gone(pages, visit).await };
    drawn(pages, visit, &flow, (&read, &stage), StatusCode::OK, Answers::new()).await
}

/// The button, or the script that looks.
pub(in crate::pages) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let Some(flow) = pages.flow(visit, posted.fields.get("flow")) else { return gone(pages, visit).await };
    let browser = visit.browser();
    if !posted.fits() {
        let answers = Answers::new().refused([trouble::STALE]);
        return again(pages, visit, &flow, StatusCode::CONFLICT, answers).await;
    }
    if posted.fields.action() == "retour" {
        pages.login.cancel_ciba(&flow, browser).await?;
        return Ok(sign_in::to_sign_in(visit, Some("demande-annulee")));
    }
    if posted.fields.is_ticked("script") {
        // Only whether the form is worth sending: what follows a sign-in, cookies and pages, comes with the form itself.
        let news = !matches!(pages.login.look_ciba(&flow, browser).await?, Look::Waiting { .. });
        return Ok(Reply::empty(if news { StatusCode::OK } else { StatusCode::NO_CONTENT }));
    }
    let here = || Address::in_tab(paths::CIBA_WAITING, &flow, visit);
    match pages.login.press_ciba(&flow, browser).await? {
        AfterPress::Waiting { away: false } => Ok(Reply::see_other(here().notice("pas-encore"))),
        AfterPress::Waiting { away: true } => {
            let provider = pages.login.ciba_stage(&flow).await?.map(|(_, stage)| stage.provider).unwrap_or_default();
            let answers = Answers::new().trouble([words::away(pages.login.label(&provider))]);
            Ok(again(pages, visit, &flow, StatusCode::SERVICE_UNAVAILABLE, answers).await?.retry_after(10))
        }
        AfterPress::Over(_) => Ok(Reply::see_other(here())),
        AfterPress::Arrived { provider: name, arrived } => provider::arrived(pages, visit, &name, *arrived).await,
        AfterPress::Again(opened) => landing::signed_in(pages, visit, *opened).await,
        AfterPress::Gone => gone(pages, visit).await,
    }
}

async fn again(pages: &Pages, visit: &Visit, flow: &Flow, status: StatusCode, answers: Answers) -> Answer {
    let Some((read, stage)) = pages.login.ciba_stage(flow).await? else { return gone(pages, visit).await };
    drawn(pages, visit, flow, (&read, &stage), status, answers).await
}

async fn drawn(
    pages: &Pages,
    visit: &Visit,
    flow: &Flow,
    (read, stage): (&Read, &CibaStage),
    status: StatusCode,
    answers: Answers,
) -> Answer {
    let now = pages.login.now();
    let mut page = Page { tokens: pages.tokens_of_tab(visit, paths::CIBA_WAITING, flow), ..Page::default() };
    page.tokens.return_to = page.tokens.return_to.or_else(|| read.sign_in.return_to.clone());
    let Some(end) = stage.end(now) else {
        page.notice = notices::of_query(pages, visit);
        let left = now.duration_until(stage.until).as_secs();
        let view = CibaWaitingView {
            channel: stage.channel,
            digits: stage.digits.clone(),
            seconds_left: u64::try_from(left).unwrap_or(0),
            answers,
        };
        return pages.html(status, pages.views.ciba_waiting(&page, &view));
    };
    let target = page.tokens.return_to.as_deref().and_then(SafeReturn::parse);
    let form = format!("{}?fournisseur={}&f={}", paths::CIBA, stage.provider, flow.id());
    let form: String = Address::of(&form).back_to(target.as_ref()).into();
    let over = |over| pages.views.ciba_over(&page, over, &form);
    match end {
        Ending::Denied => pages.html(StatusCode::OK, over(CibaOver::Denied)),
        Ending::Expired => pages.html(StatusCode::OK, over(CibaOver::Expired)),
        Ending::Misconfigured | Ending::NotBelieved => {
            let (label, reference) = (pages.login.label(&stage.provider), visit.reference());
            let drawn = over(CibaOver::Failed { provider: label, reference: &reference });
            Ok(pages.html(StatusCode::BAD_GATEWAY, drawn)?.retry_after(60))
        }
        Ending::Cancelled => Ok(sign_in::to_sign_in(visit, Some("demande-annulee"))),
        Ending::Used => gone(pages, visit).await,
    }
}

/// Nothing waits here: whoever is signed in meanwhile goes on.
async fn gone(pages: &Pages, visit: &Visit) -> Answer {
    match visit.signed() {
        Some(signed) => landing::go_on(pages, visit, signed.session.account, signed.session.return_to.as_deref()).await,
        None => Ok(sign_in::to_sign_in(visit, Some("delai"))),
    }
}
