//! New terms, at the next sign-in of an activated person (screens.md 6.2).

use http::StatusCode;

use crate::login::returning::{landing as landing_of, terms_are_current};

use super::activation::{self, Walker, walker};
use super::sentences::details as words;
use super::view::Answers;
use super::{Answer, Pages, Posted, Reply, Visit, landing, paths, sign_out};

/// 6.2.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit).await?;
    if terms_are_current(&walker.account, &pages.login.settings) {
        return Ok(activation::to_next(pages, &walker, None));
    }
    drawn(pages, visit, &walker, StatusCode::OK, &Answers::new())
}

/// 6.2, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit).await?;
    if let Some(answers) =
        activation::stale(pages, visit, posted, Answers::new().with("terms", posted.fields.get("terms")))?
    {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, &answers);
    }
    if posted.fields.action() == "quitter" {
        return sign_out::end(pages, visit, sign_out::Then::SignedOut).await;
    }
    if !posted.fields.is_ticked("terms") {
        let answers = Answers::new().error("terms", words::TERMS_EMPTY);
        return drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, &answers);
    }
    pages.login.accept_terms(walker.signed).await?;
    // This still belongs to the sign-in: a reminder that is due comes now (6.1).
    let Some(account) = pages.login.directory.account(walker.account.id).await? else {
        return activation::onward(pages, visit).await;
    };
    let due = landing_of(&account, &pages.login.settings, pages.login.now());
    landing::remind(pages, visit, account.id, due).await?;
    Ok(Reply::see_other(landing::location(due, walker.return_to)))
}

fn drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: &Answers) -> Answer {
    let mut page = activation::page(pages, visit, walker, paths::TERMS, "");
    page.idle = None;
    pages.html(status, pages.views.new_terms(&page, answers))
}
