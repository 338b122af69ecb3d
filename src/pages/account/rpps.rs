//! Correcting a declared RPPS.

use http::StatusCode;

use crate::login::account::rpps::may_be_corrected;
use crate::login::journey::finish::choice_of;
use crate::pages::activation::{self, Walker};
use crate::pages::view::Answers;
use crate::pages::{Answer, Pages, Posted, Reply, Visit, field, paths};

use super::{done, walker};

/// The form.
pub(in crate::pages) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit, paths::ACCOUNT_RPPS).await?;
    if !may_be_corrected(&walker.account) {
        return Ok(Reply::see_other(paths::ACCOUNT));
    }
    let held = walker.account.rpps.as_ref().map(|held| held.value.as_str()).unwrap_or_default();
    drawn(pages, visit, &walker, StatusCode::OK, &Answers::new().with("rpps", held))
}

/// The form, sent.
pub(in crate::pages) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit, paths::ACCOUNT_RPPS).await?;
    let typed = Answers::new().with("rpps", posted.fields.get("rpps"));
    if let Some(answers) = activation::stale(pages, visit, posted, typed.clone())? {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, &answers);
    }
    if posted.fields.action() == "retour" {
        return Ok(Reply::see_other(paths::ACCOUNT));
    }
    let settings = &pages.login.settings.activation;
    match field::rpps(posted.fields.get("rpps"), is_optional(pages, &walker), settings.check_rpps_key) {
        Ok(rpps) if pages.login.correct_rpps(walker.signed, rpps.as_ref()).await? => Ok(done("rpps-corrige")),
        // Proven meanwhile: the page says which number stands.
        Ok(_) => Ok(Reply::see_other(paths::ACCOUNT)),
        Err(sentence) => drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, &typed.error("rpps", sentence)),
    }
}

/// Whether the person's profession goes without the number (decision 13).
fn is_optional(pages: &Pages, walker: &Walker<'_>) -> bool {
    choice_of(&walker.account, &pages.login.settings.activation).is_some_and(|choice| choice.rpps_optional)
}

fn drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: &Answers) -> Answer {
    let mut page = activation::page(pages, visit, walker, paths::ACCOUNT_RPPS, "");
    page.idle = None;
    let providers = pages.login.provers_of_rpps();
    pages.html(status, pages.views.account_rpps(&page, is_optional(pages, walker), &providers, answers))
}
