//! Ending one's sessions from "Mon compte": one of them, or all (decision 23).

use http::StatusCode;

use crate::pages::guard::Token;
use crate::pages::sentences::trouble;
use crate::pages::{Answer, Notice, Pages, Posted, Reply, Visit, paths, refusals, sign_out};

use super::{done, drawn, walker};

/// The address of the forms has no page of its own.
pub(in crate::pages) async fn show(_pages: &Pages, _visit: &Visit) -> Answer {
    Ok(Reply::see_other(paths::ACCOUNT))
}

/// One of the buttons. Whoever is signed in may always end what is theirs, however long ago they signed in.
pub(in crate::pages) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit, paths::ACCOUNT).await?;
    match &posted.token {
        Token::Fits { .. } => {}
        Token::OtherAccount => return refusals::other_account(pages, visit),
        Token::Stale => {
            let notice = Notice::warning(pages.stale_line(visit, posted, trouble::STALE));
            return drawn(pages, visit, &walker, StatusCode::CONFLICT, Some(notice)).await;
        }
    }
    if posted.fields.get("action") == "partout" {
        pages.login.end_everywhere(walker.signed).await?;
        return sign_out::ended(pages, visit, sign_out::Scope::Everywhere).await;
    }
    let sid = posted.fields.get("session");
    if sid == walker.signed.session.sid {
        return sign_out::end(pages, visit, sign_out::Then::SignedOut).await;
    }
    let ended = pages.login.end_own_session(walker.signed, sid).await?;
    Ok(done(if ended { "connexion-fermee" } else { "connexion-deja-fermee" }))
}
