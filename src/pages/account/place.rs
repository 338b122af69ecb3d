//! "Changer de lieu": another of the places that Pro Santé Connect gave (screens.md 5.9).

use http::StatusCode;

use crate::account::Account;
use crate::login::place::NONE;
use crate::pages::activation::{self, Walker};
use crate::pages::place::{answer, choice, choices};
use crate::pages::sentences::{account as sentences, psc as words};
use crate::pages::view::{Answers, Asked, NO_PLACE, PlaceLine, PlaceView};
use crate::pages::{Answer, Pages, Posted, Reply, Visit, paths};

use super::{done, walker};

/// The form.
pub(in crate::pages) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit, paths::ACCOUNT_PLACE).await?;
    if walker.account.places.len() < 2 {
        return Ok(Reply::see_other(paths::ACCOUNT));
    }
    let chosen = match walker.account.place.as_deref() {
        Some(NONE) => NO_PLACE,
        Some(place) => place,
        None => "",
    };
    drawn(pages, visit, &walker, StatusCode::OK, Answers::new().with("place", chosen))
}

/// The form, sent.
pub(in crate::pages) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit, paths::ACCOUNT_PLACE).await?;
    let typed = Answers::new().with("place", posted.fields.get("place"));
    if let Some(answers) = activation::stale(pages, visit, posted, typed)? {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, answers);
    }
    if posted.fields.action() == "retour" || walker.account.places.len() < 2 {
        return Ok(Reply::see_other(paths::ACCOUNT));
    }
    let refuse = |sentence: &str| {
        drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, Answers::new().error("place", sentence))
    };
    let Some(answer) = answer(posted) else { return refuse(words::PLACE_EMPTY) };
    if !pages.login.change_place(walker.account.id, answer, visit.browser()).await? {
        return refuse(words::PLACE_GONE);
    }
    Ok(done("lieu-choisi"))
}

fn drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: Answers) -> Answer {
    let mut page = activation::page(pages, visit, walker, paths::ACCOUNT_PLACE, "");
    page.idle = None;
    let provider =
        walker.account.register.as_deref().or(walker.account.links.first().map(|link| link.identity_provider.as_str()));
    let provider = pages.login.label(provider.unwrap_or_default()).to_owned();
    let view = PlaceView { places: choices(&walker.account), asked: Asked::InAccount { provider }, answers };
    pages.html(status, pages.views.place(&page, &view))
}

/// The place of work as the account page shows it.
pub(super) fn line(account: &Account) -> Option<PlaceLine> {
    if let Some(held) = &account.organisation {
        let choice = choice(held);
        return Some(PlaceLine { label: choice.label, detail: choice.detail });
    }
    let none = account.place.as_deref() == Some(NONE);
    none.then(|| PlaceLine { label: sentences::PLACE_NONE.to_owned(), detail: None })
}
