//! The place of work (screens.md 5.9).

use http::StatusCode;

use crate::account::{Account, Organisation};
use crate::login::place::{NONE, fingerprint, is_due};

use super::activation::{self, Walker, walker};
use super::sentences::psc as words;
use super::sign_out::{self, Then};
use super::view::{Answers, Asked, NO_PLACE, PlaceChoice, PlaceView};
use super::{Answer, Pages, Posted, Visit, paths};

/// 5.9.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit).await?;
    if !is_due(&walker.account) {
        return Ok(activation::to_next(pages, &walker, None));
    }
    drawn(pages, visit, &walker, StatusCode::OK, Answers::new())
}

/// 5.9, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit).await?;
    let typed = posted.fields.get("place");
    if let Some(answers) = activation::stale(pages, visit, posted, Answers::new().with("place", typed))? {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, answers);
    }
    if posted.fields.action() == "retour" {
        return sign_out::end(pages, visit, Then::SignIn).await;
    }
    if !is_due(&walker.account) {
        return Ok(activation::to_next(pages, &walker, None));
    }
    let refuse = |sentence: &str| {
        drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, Answers::new().error("place", sentence))
    };
    let Some(answer) = answer(posted) else { return refuse(words::PLACE_EMPTY) };
    if !pages.login.choose_place(walker.account.id, answer, visit.browser()).await? {
        return refuse(words::PLACE_GONE);
    }
    activation::onward(pages, visit).await
}

fn drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: Answers) -> Answer {
    let mut page = activation::page(pages, visit, walker, paths::PLACE, "");
    page.idle = None;
    pages.html(
        status,
        pages.views.place(&page, &PlaceView { places: choices(&walker.account), asked: Asked::AtSignIn, answers }),
    )
}

/// The answer of the form, as it is kept; `None` where nothing was chosen.
pub(super) fn answer(posted: &Posted) -> Option<&str> {
    match posted.fields.get("place") {
        "" => None,
        NO_PLACE => Some(NONE),
        place => Some(place),
    }
}

pub(super) fn choices(account: &Account) -> Vec<PlaceChoice> {
    account.places.iter().map(choice).collect()
}

pub(super) fn choice(place: &Organisation) -> PlaceChoice {
    let address = &place.address;
    let town: Vec<&str> = [&address.postal_code, &address.city].into_iter().flatten().map(String::as_str).collect();
    let city = address.city.clone().unwrap_or_default();
    let name = place.name.clone().or_else(|| place.trade_name.clone()).unwrap_or_else(|| words::place_unnamed(&city));
    let rest: Vec<String> = [address.line1.clone().unwrap_or_default(), town.join(" ")]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let label = if rest.is_empty() { name } else { format!("{name} – {}", rest.join(", ")) };
    let number = match (&place.siret, &place.finess) {
        (Some(siret), _) => Some(format!("SIRET {siret}")),
        (None, Some(finess)) => Some(format!("FINESS {finess}")),
        (None, None) => None,
    };
    let detail: Vec<String> = [place.profession.clone(), number].into_iter().flatten().collect();
    PlaceChoice {
        value: fingerprint(place),
        label,
        detail: (!detail.is_empty()).then(|| detail.join(", ")),
        city: address.city.clone(),
    }
}
