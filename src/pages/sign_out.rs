//! Signing out: here first, then at the identity provider through the browser (screens.md 6.3, decision 23).

use http::StatusCode;

use crate::login::Flow;
use crate::login::provider::Arrival;
use crate::observe::Fact;
use crate::rp::Grant;
use crate::session::{EndCause, Session};

use super::address::Address;
use super::sentences::trouble;
use super::view::{SignedOut, StillOpen};
use super::{Answer, Notice, Page, Pages, Posted, Reply, SafeReturn, Visit, cookies, notices, paths};

/// Where signing out leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// To the page that says it is done.
    SignedOut,
    /// To the sign-in page: the person went back.
    SignIn,
}

/// What was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// This session.
    Here,
    /// Every session of the account.
    Everywhere,
}

/// The word that says so in an address.
const EVERYWHERE: &str = "partout";

/// 6.3 by GET: a link or a prefetch never signs out. After the provider's own page, the browser comes back here.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    if visit.signed().is_none() {
        let page = pages.page(visit, paths::SIGN_OUT);
        // The provider gives the word back that it was sent with.
        let said = visit.parameter("state").or_else(|| visit.parameter(notices::PARAMETER));
        let left = SignedOut { everywhere: said.as_deref() == Some(EVERYWHERE), still_open: None };
        let reply = pages.html(StatusCode::OK, pages.views.signed_out(&page, left))?;
        return Ok(reply.cookie(cookies::clear(cookies::SESSION)));
    }
    let page = pages.page(visit, paths::SIGN_OUT);
    pages.html(StatusCode::OK, pages.views.sign_out(&page, stay(visit)))
}

/// 6.3, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    if !posted.fits() && visit.signed().is_some() {
        let mut page = pages.page(visit, paths::SIGN_OUT);
        page.notice = Some(Notice::warning(pages.stale_line(visit, posted, trouble::STALE)));
        return pages.html(StatusCode::CONFLICT, pages.views.sign_out(&page, stay(visit)));
    }
    end(pages, visit, Then::SignedOut).await
}

/// Where "Rester connecté" leads.
fn stay(visit: &Visit) -> &str {
    visit.asked.as_ref().map_or("/", SafeReturn::as_str)
}

/// Ends this session, then goes on to the provider's `end_session` when it opened it.
pub(super) async fn end(pages: &Pages, visit: &Visit, then: Then) -> Answer {
    let after = match then {
        Then::SignedOut => paths::SIGN_OUT,
        Then::SignIn => paths::SIGN_IN,
    };
    // On another host the way leads over the one where people sign in, whose cookie goes too.
    let public_url = &pages.login.settings.public_url;
    let after = visit.elsewhere.as_ref().map_or_else(|| after.to_owned(), |_| public_url.at(after));
    let Some(signed) = visit.signed() else {
        return Ok(Reply::see_other(after).cookie(cookies::clear(cookies::SESSION)));
    };
    let login = &pages.login;
    let fact = visit.origin.event(login.now(), Fact::SessionEnded, Some(signed.session.account));
    login.directory.record(&[fact.with("cause", "person")]).await?;
    login.directory.revoke_session(&signed.session.sid, login.now()).await?;
    login.sessions.end(signed.key, EndCause::SignedOut).await?;
    left(pages, signed.session, after, Scope::Here).await
}

/// After an act of "Mon compte" that ended this session too: on to the provider's end, as after any sign-out.
pub(super) async fn ended(pages: &Pages, visit: &Visit, scope: Scope) -> Answer {
    let after = match scope {
        Scope::Here => Address::of(paths::SIGN_OUT),
        Scope::Everywhere => Address::of(paths::SIGN_OUT).notice(EVERYWHERE),
    };
    match visit.signed() {
        Some(signed) => left(pages, signed.session, after.into(), scope).await,
        None => Ok(Reply::see_other(after)),
    }
}

/// From a session that has ended to what is left to do: at the provider, if it opened the session, else here.
async fn left(pages: &Pages, session: &Session, after: String, scope: Scope) -> Answer {
    let reply = if session.granted {
        // Our session has ended already: a store that fails now changes nothing of that.
        let taken = pages.login.grants.take(&session.sid).await.unwrap_or_else(|error| {
            let cause: &dyn std::error::Error = error.0.as_ref();
            tracing::warn!(%error, cause, "what an identity provider gave could not be read at sign-out");
            None
        });
        match &taken {
            Some((name, grant)) => at_provider(pages, name, Some(grant), scope).await?,
            None => at_provider(pages, &session.identity_provider, None, scope).await?,
        }
    } else {
        Reply::see_other(after)
    };
    // The flow cookie goes too: the next person at this desk starts from nothing (attack S07).
    Ok(reply.cookie(cookies::clear(cookies::SESSION)).cookie(cookies::clear(cookies::FLOW)))
}

/// Leaves an arrival that was not let in: its record goes, then the provider's own session ends.
pub(super) async fn leave_provider(pages: &Pages, flow: &Flow, arrival: &Arrival) -> Answer {
    pages.login.drop_sign_in(flow).await?;
    let name = &arrival.identity.proven.identity_provider;
    let grant = pages.login.grants.open(&arrival.identity.grant);
    at_provider(pages, name, grant.as_ref(), Scope::Here).await
}

/// What is left to do at the provider: on to its end of the session, or, where nobody could be sent there, a page that says so.
async fn at_provider(pages: &Pages, name: &str, grant: Option<&Grant>, scope: Scope) -> Answer {
    let login = &pages.login;
    let back = login.settings.public_url.at(paths::SIGN_OUT);
    let provider = login.providers.get(name);
    if let (Some(provider), Some(grant)) = (&provider, grant)
        && provider.end_session_answers(login.now()).await
    {
        let state = (scope == Scope::Everywhere).then_some(EVERYWHERE);
        if let Some(address) = provider.end_session_url(Some(grant.id_token()), &back, state) {
            return Ok(Reply::see_other(address.to_string()));
        }
    }
    // The ID token stays out of a page that waits on the screen: without it the provider asks first.
    let address = provider.and_then(|provider| provider.end_session_url(None, &back, None));
    let open = StillOpen {
        provider: login.label(name),
        is_psc: login.is_psc(name),
        address: address.map(|address| address.to_string()),
    };
    let left = SignedOut { everywhere: scope == Scope::Everywhere, still_open: Some(open) };
    pages.html(StatusCode::OK, pages.views.signed_out(&Page::default(), left))
}
