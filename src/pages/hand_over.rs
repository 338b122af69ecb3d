//! People sign in on one host. On another, a page of ours leads there and a one-time code leads back (decisions 15 and 21); signing out is
//! possible on each.

use http::{Method, StatusCode};

use crate::observe::Elsewhere;
use crate::session::SessionToken;

use super::address::Address;
use super::view::HandOverFailed;
use super::way_back::WayBack;
use super::{Answer, Page, Pages, Reply, SafeReturn, Visit, cookies, landing, paths, refusals};

/// The way from another host to the page of the same name on ours, and from there back; `None` where the request is answered here.
pub(super) fn leave(pages: &Pages, visit: &Visit) -> Option<Reply> {
    let elsewhere = visit.elsewhere.as_ref()?;
    // Who is not signed in here may be so where people sign in: that host's page tells the truth.
    let here = matches!(visit.path.as_str(), paths::SIGN_OUT | paths::RESUMED) && visit.signed().is_some();
    if visit.path == paths::HAND_OVER_END || here {
        return None;
    }
    let page = visit.asked.as_ref().and_then(|asked| SafeReturn::page(asked.as_str()));
    if visit.path == paths::SIGN_IN && visit.signed().is_some() {
        return Some(Reply::see_other(page.as_ref().map_or("/", SafeReturn::as_str)));
    }
    let mark = pages.login.hand_over_mark(&elsewhere.host, visit.cookie());
    let back = page.or_else(|| SafeReturn::page("/")).zip(mark);
    let back = back.and_then(|(page, mark)| WayBack::of(&elsewhere.host, &mark, page));
    let back = back.and_then(|back| SafeReturn::parse(&back.address()));
    let to = Address::of(&visit.path).asking(visit.need());
    let to: String = to.back_to(back.as_ref()).into();
    Some(Reply::see_other(pages.login.settings.public_url.at(&to)))
}

/// `GET /_guichet/relais`, on the host where people sign in: a code for who is signed in, the sign-in for anybody else.
pub(super) async fn hand_out(pages: &Pages, visit: &Visit) -> Answer {
    let settings = &pages.login.settings;
    let named = visit.parameter(WayBack::HOST).zip(visit.parameter(WayBack::MARK));
    let page = visit.asked.as_ref().and_then(|asked| SafeReturn::page(asked.as_str()));
    let back = named.zip(page).and_then(|((host, mark), page)| WayBack::of(&host, &mark, page));
    let Some(back) = back.filter(|back| is_other(pages, &back.host)) else {
        return refusals::not_found(pages, visit).await;
    };
    let Some(signed) = visit.signed() else {
        let asked = SafeReturn::parse(&back.address());
        return Ok(Reply::see_other(Address::of(paths::SIGN_IN).back_to(asked.as_ref())));
    };
    if visit.method != Method::GET {
        return refusals::method_not_allowed(pages, visit).await;
    }
    let code = pages.login.hand_out(signed, &back.host, &back.mark).await?;
    let origin = settings.public_url.origin_of(&back.host);
    let to = format!("{origin}{}?code={code}&{}={}", paths::HAND_OVER_END, super::address::RETURN, back.page.encoded());
    Ok(Reply::see_other(to))
}

/// `GET /_guichet/relais/fin`, on another host: the code opens the session there, once, in the browser that left.
pub(super) async fn take(pages: &Pages, visit: &Visit) -> Answer {
    let Some(elsewhere) = &visit.elsewhere else { return refusals::not_found(pages, visit).await };
    if visit.method != Method::GET {
        return refusals::method_not_allowed(pages, visit).await;
    }
    let page = visit.asked.as_ref().and_then(|asked| SafeReturn::page(asked.as_str()));
    // Without the one nothing could be told of this browser, and beside a planted one a session's cookie is none: the next way round
    // would end here too.
    let Some(cookie) = visit.flow_cookie.as_ref().filter(|_| !visit.planted) else {
        let reply = failed(pages, page.as_ref(), Some(elsewhere))?;
        return Ok(if visit.planted { reply.cookie(cookies::clear(cookies::SESSION)) } else { reply });
    };
    let code = visit.parameter("code").unwrap_or_default();
    let to = page.as_ref().map_or("/", SafeReturn::as_str);
    let Some(handed) = pages.login.take_over_at(&elsewhere.host, &code, cookie, visit.browser()).await? else {
        // Back button or reload after a success: the person is where they wanted to be.
        return match visit.signed() {
            Some(_) => Ok(Reply::see_other(to)),
            None => failed(pages, page.as_ref(), None),
        };
    };
    if let Some(former) = visit.signed().filter(|former| former.session.sid != handed.session.sid) {
        pages.login.end_former(former).await?;
    }
    if let Some(token) = cookies::read(&visit.headers, cookies::SESSION).and_then(|value| SessionToken::parse(&value)) {
        pages.login.sessions.forget_on_host(&token).await?;
    }
    Ok(Reply::see_other(to).cookie(landing::session_cookie(pages, &handed.session, &handed.token)))
}

/// Origins that forms of this request's page may lead to on the way to the page asked for (decision 21).
pub(super) fn origins(pages: &Pages, visit: &Visit) -> Vec<String> {
    let settings = &pages.login.settings;
    let home = pages.login.served.home();
    let back = visit.return_to().and_then(WayBack::read).filter(|back| is_other(pages, &back.host));
    let back = back.map(|back| settings.public_url.origin_of(&back.host));
    let sign_in = visit.elsewhere.as_ref().map(|_| settings.public_url.origin.clone());
    home.into_iter().chain(back).chain(sign_in).collect()
}

fn is_other(pages: &Pages, host: &str) -> bool {
    pages.login.served.is_other(host)
}

/// A page, and nothing that goes on by itself: what failed once would fail again, round and round.
fn failed(pages: &Pages, page: Option<&SafeReturn>, without_cookie: Option<&Elsewhere>) -> Answer {
    let why = match without_cookie {
        Some(elsewhere) => HandOverFailed::Cookies { host: &elsewhere.host },
        None => HandOverFailed::Code,
    };
    let again: String = Address::of(paths::SIGN_IN).back_to(page).into();
    pages.html(StatusCode::BAD_REQUEST, pages.views.hand_over_failed(&Page::default(), why, &again))
}
