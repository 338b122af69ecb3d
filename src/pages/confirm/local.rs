//! What is missing, given by what the account itself has (screens.md 6.6): the password, then the code; below them, where it would do as
//! well, the provider's button.

use http::StatusCode;

use crate::account::Channel;
use crate::login::codes::{Issued, Purpose};
use crate::login::factor::contact;
use crate::login::step_up::{AfterStepUp, StepUpStage, username};
use crate::notify::french;
use crate::pages::activation::{self, Walker};
use crate::pages::address::Address;
use crate::pages::codes::{self, Ways};
use crate::pages::sentences::{session as words, sign_in as sign_in_words};
use crate::pages::sign_in::throttled;
use crate::pages::view::{Answers, CodePurpose, CodeView, Insufficient, StepUpView, StepUpWay};
use crate::pages::{Answer, Page, Pages, Posted, Reply, Visit, landing, paths};
use crate::session::Need;

/// What is asked next.
pub(super) async fn show(pages: &Pages, visit: &Visit, walker: &Walker<'_>, need: Need) -> Answer {
    drawn(pages, visit, walker, need, StatusCode::OK, Answers::new()).await
}

/// The form, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted, walker: &Walker<'_>, need: Need) -> Answer {
    if let Some(answers) = activation::stale(pages, visit, posted, Answers::new())? {
        return drawn(pages, visit, walker, need, StatusCode::CONFLICT, answers).await;
    }
    if posted.fields.action() == "retour" {
        return Ok(Reply::see_other(super::out(walker)));
    }
    let (signed, account) = (walker.signed, &walker.account);
    let after = match pages.login.step_up_stage(signed, account, need).await? {
        StepUpStage::Password => {
            let password = posted.fields.get("password");
            if password.is_empty() {
                let answers = Answers::new().error("password", sign_in_words::PASSWORD_EMPTY);
                return drawn(pages, visit, walker, need, StatusCode::UNPROCESSABLE_ENTITY, answers).await;
            }
            pages.login.step_up_password(signed, account, need, password).await?
        }
        StepUpStage::Code(channel) if posted.fields.action() == "renvoyer" => {
            return match pages.login.send_step_up(signed, account, channel).await? {
                Issued::Sent => Ok(to_code(walker, need, Some("renvoye"))),
                issued @ (Issued::Wait { .. } | Issued::Capped { .. } | Issued::Down | Issued::Undeliverable) => {
                    unsent(pages, visit, walker, (need, channel), &issued).await
                }
            };
        }
        StepUpStage::Code(channel) => {
            let code = match codes::read(posted.fields.get("code")) {
                Ok(code) => code,
                Err(sentence) => {
                    let answers = Answers::new().error("code", sentence);
                    return drawn(pages, visit, walker, need, StatusCode::UNPROCESSABLE_ENTITY, answers).await;
                }
            };
            pages.login.step_up_code(signed, account, (need, channel), &code).await?
        }
        StepUpStage::NoPhone | StepUpStage::Mailbox { .. } | StepUpStage::Foreign => {
            return show(pages, visit, walker, need).await;
        }
    };
    settled(pages, visit, walker, need, after).await
}

async fn settled(pages: &Pages, visit: &Visit, walker: &Walker<'_>, need: Need, after: AfterStepUp) -> Answer {
    let refused = |status, answers| drawn(pages, visit, walker, need, status, answers);
    match after {
        AfterStepUp::Raised(token) => {
            let target = walker.return_to.unwrap_or("/");
            pages.login.round_ended(&walker.signed.session.sid, target, Some(need)).await?;
            Ok(landing::with_token(pages, visit, Reply::see_other(target), token.as_ref()))
        }
        AfterStepUp::Code(Issued::Sent | Issued::Wait { .. }) => Ok(to_code(walker, need, None)),
        AfterStepUp::Code(issued) => match pages.login.step_up_stage(walker.signed, &walker.account, need).await? {
            StepUpStage::Code(channel) => unsent(pages, visit, walker, (need, channel), &issued).await,
            StepUpStage::Password | StepUpStage::NoPhone | StepUpStage::Mailbox { .. } | StepUpStage::Foreign => {
                show(pages, visit, walker, need).await
            }
        },
        AfterStepUp::WrongPassword => {
            let answers = Answers::new().error("password", words::STEP_UP_WRONG);
            refused(StatusCode::UNPROCESSABLE_ENTITY, answers).await
        }
        AfterStepUp::WrongCode(checked) => {
            let (status, answers) = codes::refused(pages, checked);
            refused(status, answers).await
        }
        AfterStepUp::Throttled { scope, minutes, day_cap } => {
            let answers = Answers::new().refused(throttled(pages, scope, minutes, day_cap));
            Ok(refused(StatusCode::TOO_MANY_REQUESTS, answers).await?.retry_after(minutes * 60))
        }
    }
}

/// The page again, where the code is asked now.
fn to_code(walker: &Walker<'_>, need: Need, notice: Option<&str>) -> Reply {
    let page = Address::of(paths::STEP_UP).asking(Some(need));
    let page = notice.into_iter().fold(page, Address::notice);
    let target = walker.return_to.and_then(crate::pages::SafeReturn::parse);
    Reply::see_other(page.back_to(target.as_ref()))
}

async fn unsent(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    (need, channel): (Need, Channel),
    issued: &Issued,
) -> Answer {
    let ways = Ways { provider: need.provider, ..Ways::default() };
    match codes::told(pages, issued, channel, "", ways) {
        None => Ok(to_code(walker, need, None)),
        Some(told) => {
            let draw =
                |status, answers, retry| code_drawn(pages, visit, walker, (need, channel), (status, answers, retry));
            told.page(draw).await
        }
    }
}

async fn drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    need: Need,
    status: StatusCode,
    answers: Answers,
) -> Answer {
    match pages.login.step_up_stage(walker.signed, &walker.account, need).await? {
        StepUpStage::Code(channel) => code_drawn(pages, visit, walker, (need, channel), (status, answers, false)).await,
        StepUpStage::Password => {
            let way = StepUpWay::Password { username: username(&walker.account) };
            let view = StepUpView { reason: super::reason(walker), way, answers };
            pages.html(status, pages.views.step_up(&page(pages, visit, walker, need), &view))
        }
        StepUpStage::NoPhone | StepUpStage::Foreign if need.provider => {
            super::provider_drawn(pages, visit, walker, Some(need), status, answers)
        }
        StepUpStage::NoPhone => insufficient(pages, visit, walker, need, Insufficient::NeedsPhone),
        StepUpStage::Mailbox { until } => {
            let (now, hour) = (pages.login.now(), french::hour(until));
            let tomorrow = french::date(now) != french::date(until);
            let providers = pages.login.ways_in(&walker.account).providers;
            insufficient(
                pages,
                visit,
                walker,
                need,
                Insufficient::Mailbox { tomorrow, hour: &hour, providers: &providers },
            )
        }
        StepUpStage::Foreign => super::no_access(pages, visit, walker),
    }
}

fn insufficient(pages: &Pages, visit: &Visit, walker: &Walker<'_>, need: Need, why: Insufficient<'_>) -> Answer {
    let back = super::away(walker.return_to.unwrap_or("/"));
    pages.html(StatusCode::FORBIDDEN, pages.views.insufficient(&page(pages, visit, walker, need), why, back))
}

/// A code screen. The button of the provider stands below where it would do as well.
async fn code_drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    (need, channel): (Need, Channel),
    (status, answers, retry): (StatusCode, Answers, bool),
) -> Answer {
    let Some(to) = contact(&walker.account, channel) else { return super::no_access(pages, visit, walker) };
    let pending = pages.login.pending_code(Purpose::Confirm, &walker.signed.session.sid).await?;
    // One that waits in another mailbox is not this one.
    let pending = pending.filter(|pending| pending.channel == channel);
    let view = CodeView {
        purpose: CodePurpose::StepUp(super::reason(walker)),
        destination: codes::destination(channel, to.masked()),
        answers,
        seconds_left: codes::seconds_left(pages, pending.as_ref()),
        retry,
        otherwise: false,
    };
    codes::drawn(pages, &page(pages, visit, walker, need), status, &view, pending.as_ref())
}

fn page(pages: &Pages, visit: &Visit, walker: &Walker<'_>, need: Need) -> Page {
    let mut page = super::page(pages, visit, walker, Some(need));
    if need.provider {
        page.psc = super::button(pages, visit, Some(walker.return_to.unwrap_or("/")), Some(need));
    }
    page
}
