//! The sign-in page (screens.md 2.1–2.3, 6.4): the only door, both ways in. A GET stores nothing.

use http::StatusCode;

use crate::login::Flow;
use crate::login::local::{AfterPassword, Credentials};
use crate::login::throttle::Scope;

use super::address::Address;
use super::sentences::sign_in as words;
use super::view::Answers;
use super::{
    Answer, Page, Pages, Posted, Reply, SafeReturn, Tokens, Visit, ciba, codes, cookies, landing, notices, paths,
    provider, refusals,
};

/// The page.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let return_to = visit.asked.as_ref().map(SafeReturn::as_str);
    if let Some(signed) = visit.signed() {
        return landing::go_on(pages, visit, signed.session.account, return_to).await;
    }
    let flow = visit.parameter("f").and_then(|id| pages.flow(visit, &id));
    let typed = match &flow {
        Some(flow) => pages.login.typed_before(flow).await?,
        None => None,
    };
    let mut page = page(pages, visit, flow.as_ref().map(Flow::id), return_to);
    page.notice = notices::of_query(pages, visit).or_else(|| notices::of_ended(visit, &pages.login.settings));
    let mut answers = match typed {
        Some(typed) => prefilled(visit).with("identifier", typed),
        None => prefilled(visit),
    };
    let away = provider::away(pages);
    if !away.is_empty() && page.notice.is_none() {
        answers = answers.trouble(away);
    }
    let reply = pages.html(StatusCode::OK, pages.views.sign_in(&page, &answers))?;
    // An ended session's cookie has said what it had to say.
    Ok(if page.notice.is_some() { reply.cookie(cookies::clear(cookies::SESSION)) } else { reply })
}

/// The form.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let fields = &posted.fields;
    let return_to = visit.asked.as_ref().map(SafeReturn::as_str);
    let flow_id = fields.get("flow");
    let again = |status, answers: Answers| {
        let page = page(pages, visit, Some(flow_id), return_to);
        pages.html(status, pages.views.sign_in(&page, &answers))
    };
    let typed = typed(posted);
    let flow = pages.flow(visit, flow_id);
    let (true, Some(flow)) = (posted.fits(), flow) else {
        return again(StatusCode::CONFLICT, typed.refused([pages.stale_line(visit, posted, words::STALE)]));
    };
    let (identifier, password) = (fields.get("identifier"), fields.get("password"));
    if identifier.trim().is_empty() || password.is_empty() {
        let mut answers = typed;
        if identifier.trim().is_empty() {
            answers = answers.error("identifier", words::IDENTIFIER_EMPTY);
        }
        if password.is_empty() {
            answers = answers.error("password", words::PASSWORD_EMPTY);
        }
        return again(StatusCode::UNPROCESSABLE_ENTITY, answers);
    }
    let remember = fields.is_ticked("remember");
    let credentials = Credentials { identifier, password };
    let target = return_to.map(str::to_owned);
    let after = pages.login.password(&flow, &credentials, remember, target, visit.browser()).await?;
    let reply = match after {
        AfterPassword::Refused => {
            let failures = pages.login.count_failure(&flow).await?;
            let mut lines = vec![words::FAILURE.to_owned()];
            if failures >= 3 {
                lines.push(words::failure_help(pages.brand()));
            }
            return again(
                StatusCode::UNPROCESSABLE_ENTITY,
                typed.refused(lines).link(pages.views.forgotten_link(return_to)),
            );
        }
        AfterPassword::Throttled { scope, minutes, day_cap } => {
            let answers = typed.refused(throttled(pages, scope, minutes, day_cap));
            return Ok(again(StatusCode::TOO_MANY_REQUESTS, answers)?.retry_after(minutes * 60));
        }
        AfterPassword::ChooseChannel => Reply::see_other(Address::in_tab(paths::FACTOR, &flow, visit)),
        AfterPassword::Code(issued) => codes::after_sign_in_send(pages, visit, &flow, &issued).await?,
        AfterPassword::SignedIn(opened) => landing::signed_in(pages, visit, *opened).await?,
        AfterPassword::Frozen => refusals::frozen(pages, visit)?,
    };
    Ok(remembering(pages, reply, remember, identifier))
}

/// The box of a budget used up (2.3).
pub(super) fn throttled(pages: &Pages, scope: Scope, minutes: i64, day_cap: bool) -> Vec<String> {
    let left = u64::try_from(minutes).unwrap_or(1);
    let first = match (scope, day_cap) {
        (Scope::Network, _) => words::throttled_network(left),
        (Scope::Account, false) => words::throttled_account(left),
        (Scope::Account, true) => words::throttled_day(pages.brand()),
    };
    vec![first, words::throttled_otherwise(pages.brand())]
}

/// A redirect to the sign-in page, with a notice of the closed set.
pub(super) fn to_sign_in(visit: &Visit, notice: Option<&str>) -> Reply {
    let address = Address::of(paths::SIGN_IN);
    let address = match notice {
        Some(notice) => address.notice(notice),
        None => address,
    };
    Reply::see_other(address.back_to(visit.asked.as_ref()))
}

/// Back to the sign-in page of this tab, with the identifier that was typed.
pub(super) async fn back(pages: &Pages, visit: &Visit, flow: &Flow, typed: &str) -> Answer {
    pages.login.type_again(flow, typed).await?;
    Ok(Reply::see_other(Address::in_tab(paths::SIGN_IN, flow, visit)))
}

fn page(pages: &Pages, visit: &Visit, flow: Option<&str>, return_to: Option<&str>) -> Page {
    let flow = flow.filter(|flow| Flow::is_shaped(flow));
    let tokens = pages.tokens(visit, paths::SIGN_IN, flow, "");
    Page {
        tokens: Tokens { return_to: return_to.map(str::to_owned), ..tokens },
        psc: pages.psc_tokens(visit, return_to),
        providers: pages.provider_names(),
        ciba: ciba::offered(pages, visit),
        ..Page::default()
    }
}

fn prefilled(visit: &Visit) -> Answers {
    match &visit.remembered {
        Some(identifier) => Answers::new().with("identifier", identifier.clone()).with("remember", "oui"),
        None => Answers::new(),
    }
}

fn typed(posted: &Posted) -> Answers {
    let answers = Answers::new().with("identifier", posted.fields.get("identifier"));
    if posted.fields.is_ticked("remember") { answers.with("remember", "oui") } else { answers }
}

/// "Se souvenir de moi" (decision 10): unticking deletes.
fn remembering(pages: &Pages, reply: Reply, remember: bool, identifier: &str) -> Reply {
    use crate::config::settings::RememberMe;
    if pages.login.settings.session.remember_me != RememberMe::Identifier {
        return reply;
    }
    if !remember {
        return reply.cookie(cookies::clear(cookies::IDENTIFIER));
    }
    let sealed =
        pages.login.sealer.seal(super::visit::IDENTIFIER_PURPOSE, identifier.trim().as_bytes(), &*pages.login.entropy);
    match sealed {
        Ok(value) => reply.cookie(cookies::set(cookies::IDENTIFIER, &value, Some(90 * 86_400))),
        Err(_) => reply,
    }
}
