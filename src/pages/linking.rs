//! Linking an account, and the pages of a proven person who is not let in (screens.md 5.5–5.8).

use http::StatusCode;

use crate::account::Channel;
use crate::config::settings::FirstSignIn;
use crate::login::Flow;
use crate::login::codes::{Issued, Purpose};
use crate::login::factor::contact;
use crate::login::link::{AfterProof, LinkStage};
use crate::login::local::Credentials;
use crate::login::provider::{Arrival, Door};

use super::codes::{self, Ways};
use super::sentences::{code as code_words, sign_in as sign_in_words, trouble};
use super::sign_in::throttled;
use super::view::{Answers, CodePurpose, CodeView, FactorView, NotAdmitted};
use super::{Answer, Notice, Page, Pages, Posted, Reply, Trouble, Visit, notices, paths, provider, sign_in, sign_out};

/// 5.6, or 5.5.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let Some((flow, arrival)) = arrived(pages, visit, None).await? else { return Ok(gone(visit)) };
    drawn(pages, visit, &flow, &arrival, None)
}

/// 5.5, 5.6 and 5.8, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let Some((flow, arrival)) = arrived(pages, visit, Some(posted)).await? else { return Ok(gone(visit)) };
    if !posted.fits() {
        return drawn(pages, visit, &flow, &arrival, Some(trouble::STALE));
    }
    match posted.fields.action() {
        "retour" | "quitter" => sign_out::leave_provider(pages, &flow, &arrival).await,
        "ignorer" => match pages.login.decline_link(&flow, visit.browser()).await? {
            Some(arrived) => provider::arrived(pages, visit, &arrival.identity.proven.identity_provider, arrived).await,
            None => Ok(gone(visit)),
        },
        _ if arrival.door.is_closed() => drawn(pages, visit, &flow, &arrival, None),
        _ => Ok(Reply::see_other(at(paths::LINKING_PROOF, &flow))),
    }
}

/// 5.7, proof.
pub(super) async fn show_proof(pages: &Pages, visit: &Visit) -> Answer {
    let Some((flow, arrival)) = arrived(pages, visit, None).await? else { return Ok(gone(visit)) };
    let answers = match &visit.remembered {
        Some(identifier) => Answers::new().with("identifier", identifier.clone()),
        None => Answers::new(),
    };
    proof_drawn(pages, visit, (&flow, &arrival), StatusCode::OK, &answers)
}

/// 5.7, proof, sent.
pub(super) async fn send_proof(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let Some((flow, arrival)) = arrived(pages, visit, Some(posted)).await? else { return Ok(gone(visit)) };
    let fields = &posted.fields;
    let (identifier, password) = (fields.get("identifier"), fields.get("password"));
    let mut answers = Answers::new().with("identifier", identifier);
    let again = |status, answers: &Answers| proof_drawn(pages, visit, (&flow, &arrival), status, answers);
    if !posted.fits() {
        return again(StatusCode::CONFLICT, &answers.refused([sign_in_words::STALE]));
    }
    if fields.action() == "retour" {
        return Ok(Reply::see_other(at(paths::LINKING, &flow)));
    }
    if identifier.trim().is_empty() || password.is_empty() {
        if identifier.trim().is_empty() {
            answers = answers.error("identifier", sign_in_words::IDENTIFIER_EMPTY);
        }
        if password.is_empty() {
            answers = answers.error("password", sign_in_words::PASSWORD_EMPTY);
        }
        return again(StatusCode::UNPROCESSABLE_ENTITY, &answers);
    }
    match pages.login.link_proof(&flow, &Credentials { identifier, password }, visit.browser()).await? {
        AfterProof::Refused => {
            let answers = answers.refused([sign_in_words::FAILURE]).link(pages.views.forgotten_link(None));
            again(StatusCode::UNPROCESSABLE_ENTITY, &answers)
        }
        AfterProof::Throttled { scope, minutes, day_cap } => {
            let answers = answers.refused(throttled(pages, scope, minutes, day_cap));
            Ok(again(StatusCode::TOO_MANY_REQUESTS, &answers)?.retry_after(minutes * 60))
        }
        after @ (AfterProof::Linked(_)
        | AfterProof::Code(_)
        | AfterProof::ChooseChannel
        | AfterProof::WrongCode(_)
        | AfterProof::Conflict
        | AfterProof::Gone) => settled(pages, visit, &flow, &arrival, after).await,
    }
}

/// 5.7, code; or the choice of its channel.
pub(super) async fn show_code(pages: &Pages, visit: &Visit) -> Answer {
    let Some((flow, arrival)) = arrived(pages, visit, None).await? else { return Ok(gone(visit)) };
    match &arrival.link {
        Some(LinkStage { chosen: None, .. }) => {
            choice_drawn(pages, visit, &flow, &arrival, StatusCode::OK, false).await
        }
        Some(_) => code_drawn(pages, visit, &flow, &arrival, StatusCode::OK, Answers::new(), false).await,
        None => Ok(Reply::see_other(at(paths::LINKING_PROOF, &flow))),
    }
}

/// 5.7, code or choice, sent.
pub(super) async fn send_code(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let Some((flow, arrival)) = arrived(pages, visit, Some(posted)).await? else { return Ok(gone(visit)) };
    let Some(link) = arrival.link.clone() else { return Ok(Reply::see_other(at(paths::LINKING_PROOF, &flow))) };
    let fields = &posted.fields;
    if !posted.fits() {
        return show_code_again(pages, visit, &flow, &arrival).await;
    }
    match fields.action() {
        "retour" => return Ok(Reply::see_other(at(paths::LINKING_PROOF, &flow))),
        "renvoyer" => {
            return match pages.login.resend_link(&flow, visit.browser()).await? {
                Some(Issued::Sent) => {
                    Ok(Reply::see_other(format!("{}&{}=renvoye", at(paths::LINKING_CODE, &flow), notices::PARAMETER)))
                }
                Some(issued) => told(pages, visit, &flow, &issued).await,
                None => Ok(gone(visit)),
            };
        }
        _ => {}
    }
    if link.chosen.is_none() {
        let channel = match fields.get("channel") {
            "email" => Channel::Email,
            "sms" => Channel::Sms,
            _ => {
                return choice_drawn(pages, visit, &flow, &arrival, StatusCode::UNPROCESSABLE_ENTITY, true).await;
            }
        };
        return match pages.login.link_channel(&flow, channel, visit.browser()).await? {
            Some(issued) => told(pages, visit, &flow, &issued).await,
            None => Ok(gone(visit)),
        };
    }
    let code = match codes::read(fields.get("code")) {
        Ok(code) => code,
        Err(sentence) => {
            let answers = Answers::new().error("code", sentence);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return code_drawn(pages, visit, &flow, &arrival, status, answers, false).await;
        }
    };
    let after = pages.login.link_code(&flow, &code, visit.browser()).await?;
    settled(pages, visit, &flow, &arrival, after).await
}

/// What a proof or a code led to.
async fn settled(pages: &Pages, visit: &Visit, flow: &Flow, arrival: &Arrival, after: AfterProof) -> Answer {
    match after {
        AfterProof::Linked(arrived) => {
            provider::arrived(pages, visit, &arrival.identity.proven.identity_provider, *arrived).await
        }
        AfterProof::Code(issued) => told(pages, visit, flow, &issued).await,
        AfterProof::ChooseChannel => Ok(Reply::see_other(at(paths::LINKING_CODE, flow))),
        AfterProof::WrongCode(checked) => {
            let (status, answers) = codes::refused(pages, checked);
            code_drawn(pages, visit, flow, arrival, status, answers, false).await
        }
        AfterProof::Conflict => {
            let page = page(pages, visit, paths::LINKING, flow);
            let drawn =
                pages.views.linking_conflict(&page, label(pages, arrival), mode(pages, arrival), &visit.reference());
            pages.html(StatusCode::CONFLICT, drawn)
        }
        AfterProof::Refused | AfterProof::Throttled { .. } | AfterProof::Gone => Ok(gone(visit)),
    }
}

async fn told(pages: &Pages, visit: &Visit, flow: &Flow, issued: &Issued) -> Answer {
    let location = at(paths::LINKING_CODE, flow);
    let Some((_, arrival)) = pages.login.arrival(flow).await? else { return Ok(gone(visit)) };
    let channel = arrival.link.as_ref().and_then(|link| link.chosen).unwrap_or(Channel::Email);
    if matches!(issued, Issued::Sent) {
        return Ok(Reply::see_other(location));
    }
    match codes::told(pages, issued, channel, "", Ways::default()) {
        None => Ok(Reply::see_other(location)),
        Some(told) => {
            let draw = |status, answers, retry| code_drawn(pages, visit, flow, &arrival, status, answers, retry);
            told.page(draw).await
        }
    }
}

async fn show_code_again(pages: &Pages, visit: &Visit, flow: &Flow, arrival: &Arrival) -> Answer {
    let answers = Answers::new().refused([trouble::STALE]);
    match &arrival.link {
        Some(LinkStage { chosen: Some(_), .. }) => {
            code_drawn(pages, visit, flow, arrival, StatusCode::CONFLICT, answers, false).await
        }
        Some(_) | None => Ok(Reply::see_other(at(paths::LINKING_PROOF, flow))),
    }
}

/// 5.6 for an offer, 5.5 for a closed door.
fn drawn(pages: &Pages, visit: &Visit, flow: &Flow, arrival: &Arrival, stale: Option<&str>) -> Answer {
    let mut page = page(pages, visit, paths::LINKING, flow);
    page.notice = stale.map(Notice::warning);
    let status = if stale.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let provider = label(pages, arrival);
    match &arrival.door {
        Door::Offer => pages.html(status, pages.views.linking_offer(&page, provider)),
        Door::Unknown => {
            pages.html(StatusCode::FORBIDDEN, pages.views.not_admitted(&page, provider, NotAdmitted::Unknown))
        }
        Door::Profession { label } => {
            pages.html(StatusCode::FORBIDDEN, pages.views.not_admitted(&page, provider, NotAdmitted::Profession(label)))
        }
        Door::Kind { kind } => {
            pages.html(StatusCode::FORBIDDEN, pages.views.not_admitted(&page, provider, NotAdmitted::Kind(*kind)))
        }
    }
}

fn proof_drawn(
    pages: &Pages,
    visit: &Visit,
    (flow, arrival): (&Flow, &Arrival),
    status: StatusCode,
    answers: &Answers,
) -> Answer {
    let page = page(pages, visit, paths::LINKING_PROOF, flow);
    pages.html(status, pages.views.linking_proof(&page, label(pages, arrival), answers))
}

async fn choice_drawn(
    pages: &Pages,
    visit: &Visit,
    flow: &Flow,
    arrival: &Arrival,
    status: StatusCode,
    none: bool,
) -> Answer {
    let Some(link) = &arrival.link else { return Ok(gone(visit)) };
    let Some(account) = pages.login.directory.account(link.account).await? else { return Ok(gone(visit)) };
    let mask = |channel| contact(&account, channel).filter(|_| link.channels.contains(&channel)).map(|to| to.masked());
    let answers = if none {
        Answers::new().error("channel", code_words::CHOICE_NONE)
    } else {
        Answers::new().with("channel", "email")
    };
    let view = FactorView {
        email: mask(Channel::Email),
        phone: mask(Channel::Sms),
        email_down: pages.login.notifier.email_down(),
        sms_down: pages.login.notifier.sms_down(),
        answers,
    };
    pages.html(status, pages.views.linking_factor(&page(pages, visit, paths::LINKING_CODE, flow), &view))
}

async fn code_drawn(
    pages: &Pages,
    visit: &Visit,
    flow: &Flow,
    arrival: &Arrival,
    status: StatusCode,
    answers: Answers,
    retry: bool,
) -> Answer {
    let Some(LinkStage { account, chosen: Some(channel), .. }) = &arrival.link else { return Ok(gone(visit)) };
    let Some(account) = pages.login.directory.account(*account).await? else { return Ok(gone(visit)) };
    let Some(to) = contact(&account, *channel) else { return Ok(gone(visit)) };
    let pending = pages.login.pending_code(Purpose::Link, &flow.binding()).await?;
    let view = CodeView {
        purpose: CodePurpose::Linking,
        destination: codes::destination(*channel, to.masked()),
        answers,
        seconds_left: codes::seconds_left(pages, pending.as_ref()),
        retry,
        otherwise: false,
    };
    let mut page = page(pages, visit, paths::LINKING_CODE, flow);
    page.notice = notices::of_query(pages, visit);
    codes::drawn(pages, &page, status, &view, pending.as_ref())
}

async fn arrived(pages: &Pages, visit: &Visit, posted: Option<&Posted>) -> Result<Option<(Flow, Arrival)>, Trouble> {
    let id = match posted {
        Some(posted) => posted.fields.get("flow").to_owned(),
        None => visit.parameter("f").unwrap_or_default(),
    };
    let Some(flow) = pages.flow(visit, &id) else { return Ok(None) };
    Ok(pages.login.arrival(&flow).await?.map(|(_, arrival)| (flow, arrival)))
}

/// What people call the provider that has proven who they are.
fn label<'a>(pages: &'a Pages, arrival: &'a Arrival) -> &'a str {
    pages.login.label(&arrival.identity.proven.identity_provider)
}

fn mode(pages: &Pages, arrival: &Arrival) -> FirstSignIn {
    pages.login.first_sign_in(&arrival.identity.proven.identity_provider)
}

fn page(pages: &Pages, visit: &Visit, path: &str, flow: &Flow) -> Page {
    Page { tokens: pages.tokens(visit, path, Some(flow.id()), ""), ..Page::default() }
}

/// A screen of this flow.
pub(super) fn at(path: &str, flow: &Flow) -> String {
    format!("{path}?f={}", flow.id())
}

fn gone(visit: &Visit) -> Reply {
    sign_in::to_sign_in(visit, Some("delai"))
}
