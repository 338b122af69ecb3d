//! "Créer un mot de passe" of an account that only Pro Santé Connect opens (decisions 5 and 52).

use http::StatusCode;

use crate::login::account::password::AfterFirstPassword;
use crate::pages::activation::{self, Walker};
use crate::pages::address::Address;
use crate::pages::password::{same_twice, sentence};
use crate::pages::sentences::account as words;
use crate::pages::view::Answers;
use crate::pages::{Answer, Pages, Posted, Reply, SafeReturn, Trouble, Visit, landing, paths};

use super::{done, fresh_walker, refused_for_now, walker};

/// The form.
pub(in crate::pages) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    has_none(&walker(pages, visit, paths::ACCOUNT_PASSWORD).await?)?;
    let walker = fresh_walker(pages, visit, paths::ACCOUNT_PASSWORD).await?;
    has_identifier(&walker)?;
    drawn(pages, visit, &walker, StatusCode::OK, &Answers::new())
}

/// The form, sent.
pub(in crate::pages) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit, paths::ACCOUNT_PASSWORD).await?;
    has_none(&walker)?;
    has_identifier(&walker)?;
    let again = |status, answers: &Answers| drawn(pages, visit, &walker, status, answers);
    if let Some(answers) = activation::stale(pages, visit, posted, Answers::new())? {
        return again(StatusCode::CONFLICT, &answers);
    }
    if posted.fields.action() == "retour" {
        return Ok(Reply::see_other(paths::ACCOUNT));
    }
    let typed = posted.fields.get("new_password");
    if let Err(answers) = same_twice(typed, posted.fields.get("confirm_password")) {
        return again(StatusCode::UNPROCESSABLE_ENTITY, &answers);
    }
    match pages.login.make_password(walker.signed, typed).await? {
        AfterFirstPassword::Made(token) => {
            Ok(landing::with_token(pages, visit, done("mot-de-passe-cree"), token.as_ref()))
        }
        AfterFirstPassword::Refused(faults) => {
            let answers = Answers::new().error("new_password", sentence(pages, &faults));
            again(StatusCode::UNPROCESSABLE_ENTITY, &answers)
        }
        AfterFirstPassword::Taken => {
            again(StatusCode::CONFLICT, &Answers::new().refused([words::email_taken(pages.brand())]))
        }
        AfterFirstPassword::Confirm => Ok(refused_for_now(pages, &walker, paths::ACCOUNT_PASSWORD)),
        AfterFirstPassword::Gone => Ok(Reply::see_other(paths::ACCOUNT)),
    }
}

/// A password that is there is not made again.
fn has_none(walker: &Walker<'_>) -> Result<(), Trouble> {
    match walker.account.password {
        Some(_) => Err(Reply::see_other(paths::ACCOUNT).into()),
        None => Ok(()),
    }
}

/// Without a verified e-mail there is nothing to sign in with, and it is asked first.
fn has_identifier(walker: &Walker<'_>) -> Result<(), Trouble> {
    if walker.account.contact_email.is_some() {
        return Ok(());
    }
    let back = SafeReturn::page(paths::ACCOUNT_PASSWORD);
    Err(Reply::see_other(Address::of(paths::ACCOUNT_EMAIL).back_to(back.as_ref())).into())
}

fn drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: &Answers) -> Answer {
    let mut page = activation::page(pages, visit, walker, paths::ACCOUNT_PASSWORD, "");
    page.idle = None;
    let email = walker.account.contact_email.as_ref().map(|email| email.value.as_str()).unwrap_or_default();
    let providers = pages.login.ways_in(&walker.account).providers;
    pages.html(status, pages.views.account_password(&page, email, &providers, answers))
}
