//! Confirming who one is (screens.md 6.6): by e-mail code before a credential changes; for a route that asks for more, by what is
//! missing of the account's own or with Pro Santé Connect. A GET sends nothing.

mod local;

use http::StatusCode;

use crate::account::{Channel, State};
use crate::activation::{Journey, Step};
use crate::login::codes::{Issued, Purpose};
use crate::login::journey::{AfterStepCode, journey_of};
use crate::login::provider::{Attempt, Confirmation};
use crate::session::Need;

use super::activation::{self, Walker, walker};
use super::address::{Address, NEED};
use super::codes::{self, Ways};
use super::view::{Answers, CodePurpose, CodeView, Insufficient, NoAccess, StepUpReason, StepUpView, StepUpWay};
use super::{Answer, Page, Pages, Posted, Reply, Tokens, Visit, landing, paths, sign_out};

/// What is to be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// The password step: who is there.
    Credentials,
    /// A route: what is missing, by what the account itself has or else with the provider.
    Local(Need),
    /// A route: the same person, as the provider knows them.
    Provider(Option<Need>),
}

/// Sends the code and goes to its page.
pub(super) async fn ask(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit).await?;
    match pages.login.send_confirmation(walker.signed).await? {
        Some(Issued::Sent | Issued::Wait { .. }) => Ok(Reply::see_other(paths::STEP_UP)),
        Some(issued) => told(pages, visit, &walker, &issued).await,
        None => Ok(activation::to_next(pages, &walker, None)),
    }
}

/// 6.6.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit).await?;
    let wanted = wanted(&walker, visit.need());
    let target = walker.return_to.unwrap_or("/");
    if pages.login.is_second_round(&walker.signed.session.sid, target, visit.need()).await? {
        return no_access(pages, visit, &walker);
    }
    match wanted {
        Wanted::Credentials => drawn(pages, visit, &walker, StatusCode::OK, Answers::new(), false).await,
        Wanted::Local(need) => local::show(pages, visit, &walker, need).await,
        Wanted::Provider(need) => provider_drawn(pages, visit, &walker, need, StatusCode::OK, Answers::new()),
    }
}

/// 6.6, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit).await?;
    match wanted(&walker, need_of(posted)) {
        Wanted::Credentials => {}
        Wanted::Local(need) => return local::send(pages, visit, posted, &walker, need).await,
        Wanted::Provider(need) => return send_provider(pages, visit, posted, &walker, need).await,
    }
    if let Some(answers) = activation::stale(pages, visit, posted, Answers::new())? {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, answers, false).await;
    }
    match posted.fields.action() {
        "retour" => return Ok(Reply::see_other(paths::DETAILS)),
        "renvoyer" => {
            return match pages.login.send_confirmation(walker.signed).await? {
                Some(Issued::Sent) => Ok(Reply::see_other(Address::of(paths::STEP_UP).notice("renvoye"))),
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
            let location = Address::of(paths::PASSWORD).notice("confirmed");
            Ok(landing::with_token(pages, visit, Reply::see_other(location), renewed.as_ref()))
        }
        AfterStepCode::Refused(checked) => {
            let (status, answers) = codes::refused(pages, checked);
            drawn(pages, visit, &walker, status, answers, false).await
        }
    }
}

/// The button of 6.6 led nowhere: its page once more, with why.
pub(super) async fn again(
    pages: &Pages,
    visit: &Visit,
    posted: &Posted,
    status: StatusCode,
    answers: Answers,
) -> Answer {
    let walker = walker(pages, visit).await?;
    provider_drawn(pages, visit, &walker, need_of(posted), status, answers)
}

/// A provider answered a confirmation. One round only: what is still not enough is said.
pub(super) async fn confirmed(
    pages: &Pages,
    visit: &Visit,
    (name, sid): (&str, &str),
    (return_to, need): (Option<&str>, Option<Need>),
    confirmation: Confirmation,
) -> Answer {
    let back = return_to.unwrap_or("/");
    let provider = pages.login.label(name);
    let Some(signed) = visit.signed().filter(|signed| signed.session.sid == sid) else {
        return Ok(Reply::see_other(Address::of(paths::SIGN_IN).back_to(super::SafeReturn::parse(back).as_ref())));
    };
    let identity = match confirmation {
        Confirmation::Own(identity) => identity,
        Confirmation::OtherPerson => {
            let page = confirming_page(pages, visit, Some(back), need);
            return pages.html(StatusCode::FORBIDDEN, pages.views.other_person(&page, provider, away(back)));
        }
        Confirmation::NotLinked => {
            let why = Insufficient::NeedsLink { provider, reference: &visit.reference() };
            let page = pages.page(visit, paths::STEP_UP);
            return pages.html(StatusCode::FORBIDDEN, pages.views.insufficient(&page, why, away(back)));
        }
        Confirmation::TooLow => {
            let page = confirming_page(pages, visit, Some(back), need);
            let is_psc = pages.login.is_psc(name);
            let why = Insufficient::Level { provider, is_psc, reference: &visit.reference() };
            return pages.html(StatusCode::FORBIDDEN, pages.views.insufficient(&page, why, away(back)));
        }
    };
    match pages.login.step_up(signed, &identity).await? {
        Some(token) => {
            pages.login.round_ended(sid, back, need).await?;
            Ok(landing::with_token(pages, visit, Reply::see_other(back), Some(&token)))
        }
        // The account changed while the person was away: whatever is due says so.
        None => Ok(Reply::see_other(back)),
    }
}

/// The provider was left without an answer (5.3): the page of the confirmation, on the way to the same page.
pub(super) fn cancelled(attempt: &Attempt, notice: &str) -> Reply {
    let target = attempt.return_to.as_deref().and_then(super::SafeReturn::parse);
    let page = Address::of(paths::STEP_UP).asking(attempt.need);
    Reply::see_other(page.notice(notice).back_to(target.as_ref()))
}

/// A page whose providers' buttons confirm who is signed in.
pub(super) fn confirming_page(pages: &Pages, visit: &Visit, return_to: Option<&str>, need: Option<Need>) -> Page {
    let psc = button(pages, visit, return_to, need);
    Page { psc, providers: pages.provider_names(), confirming: true, ..Page::default() }
}

/// What a form of 6.6 says that the page asked for needs.
pub(super) fn need_of(posted: &Posted) -> Option<Need> {
    Need::parse(posted.fields.get(NEED))
}

fn wanted(walker: &Walker<'_>, need: Option<Need>) -> Wanted {
    let account = &walker.account;
    let making_a_password = account.state != State::Active
        && journey_of(account) == Journey::Local
        && account.steps.is_reached(Journey::Local, Step::Password)
        && !account.steps.is_closed(Step::Password);
    match need {
        None if making_a_password => Wanted::Credentials,
        Some(need) if need.is_local() => Wanted::Local(need),
        need => Wanted::Provider(need),
    }
}

/// Tokens of the button, which carry what is missing along.
fn button(pages: &Pages, visit: &Visit, return_to: Option<&str>, need: Option<Need>) -> Option<Tokens> {
    let tokens = pages.psc_tokens(visit, return_to)?;
    Some(Tokens { need: need.map(|need| need.to_string()), ..tokens })
}

async fn send_provider(
    pages: &Pages,
    visit: &Visit,
    posted: &Posted,
    walker: &Walker<'_>,
    need: Option<Need>,
) -> Answer {
    if let Some(answers) = activation::stale(pages, visit, posted, Answers::new())? {
        return provider_drawn(pages, visit, walker, need, StatusCode::CONFLICT, answers);
    }
    match posted.fields.action() {
        "quitter" => sign_out::end(pages, visit, sign_out::Then::SignedOut).await,
        _ => Ok(Reply::see_other(out(walker))),
    }
}

fn provider_drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    need: Option<Need>,
    status: StatusCode,
    answers: Answers,
) -> Answer {
    let target = walker.return_to.unwrap_or("/");
    let names = pages.provider_names();
    let is_there = names.contains(&walker.signed.session.identity_provider) && need.is_none();
    if is_there || names.is_empty() {
        // Who is signed in with a provider has nothing to confirm with it; the page that asked refuses for good.
        return no_access(pages, visit, walker);
    }
    let mut page = page(pages, visit, walker, need);
    page.psc = button(pages, visit, Some(target), need);
    let way = StepUpWay::Psc { back: target != "/" };
    pages.html(status, pages.views.step_up(&page, &StepUpView { reason: reason(walker), way, answers }))
}

/// What the page that asks is about.
fn reason(walker: &Walker<'_>) -> StepUpReason {
    if is_own(walker) { StepUpReason::Credentials } else { StepUpReason::Page }
}

/// Where "Retour" leads: not to the page that asked, which would ask again.
fn out(walker: &Walker<'_>) -> &'static str {
    if is_own(walker) { paths::ACCOUNT } else { "/" }
}

/// A page of "Mon compte" asks.
fn is_own(walker: &Walker<'_>) -> bool {
    walker.return_to.is_some_and(|target| target.starts_with(paths::ACCOUNT))
}

/// A page of 6.6 for a route: its forms carry what is missing along.
fn page(pages: &Pages, visit: &Visit, walker: &Walker<'_>, need: Option<Need>) -> Page {
    let mut page = activation::page(pages, visit, walker, paths::STEP_UP, "");
    page.idle = None;
    page.confirming = true;
    page.providers = linked(pages, walker);
    page.tokens.need = need.map(|need| need.to_string());
    page
}

/// Providers that the account is linked to; all of them where it is linked to none, as each says so in its own way.
fn linked(pages: &Pages, walker: &Walker<'_>) -> Vec<String> {
    let names = pages.provider_names();
    let linked: Vec<String> = names.iter().filter(|name| walker.account.link(name).is_some()).cloned().collect();
    if linked.is_empty() { names } else { linked }
}

fn no_access(pages: &Pages, visit: &Visit, walker: &Walker<'_>) -> Answer {
    let page = pages.page(visit, paths::STEP_UP);
    let home = walker.return_to.is_some_and(|target| target != "/");
    pages.html(StatusCode::FORBIDDEN, pages.views.no_access(&page, NoAccess::Other, home, &visit.reference()))
}

/// Where "Retour" leads from a page that says no: never to the page that asked.
fn away(asked: &str) -> &'static str {
    if asked == "/" { paths::SIGN_OUT } else { "/" }
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
