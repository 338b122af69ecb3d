//! Making the password (screens.md 3.4), and the sentences of the new-password forms.

use http::StatusCode;

use crate::account::password::PasswordFault;
use crate::activation::{Journey, Step};
use crate::config::settings::PasswordProfile;
use crate::login::journey::password::{AfterPasswordStep, FRESH};

use super::activation::{self, Walker, at_step};
use super::sentences::password as words;
use super::sign_in::throttled;
use super::view::Answers;
use super::{Answer, Pages, Posted, Reply, Visit, confirm, paths, phone};

/// Time that must be left of a fresh authentication when the form is drawn, so that it can be filled in.
pub(super) const ROOM: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);

/// 3.4.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Password).await?;
    if walker.account.steps.is_closed(Step::Password) {
        return Ok(activation::to_next(pages, &walker, None));
    }
    if pages.login.now() + ROOM >= walker.signed.session.auth_time + FRESH {
        // A GET sends nothing: the page it leads to has the button that asks for the code.
        return Ok(Reply::see_other(paths::STEP_UP));
    }
    drawn(pages, visit, &walker, StatusCode::OK, Answers::new())
}

/// 3.4, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Password).await?;
    if let Some(answers) = activation::stale(pages, visit, posted, Answers::new())? {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, answers);
    }
    if posted.fields.action() == "retour" {
        return Ok(Reply::see_other(paths::DETAILS));
    }
    if walker.account.steps.is_closed(Step::Password) {
        return Ok(activation::to_next(pages, &walker, Some("terminee")));
    }
    let refuse = |answers| drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, answers);
    let typed = posted.fields.get("new_password");
    if let Err(answers) = same_twice(typed, posted.fields.get("confirm_password")) {
        return refuse(*answers);
    }
    match pages.login.set_password(walker.signed, typed).await? {
        AfterPasswordStep::Set { token } => phone::arrive(pages, visit, &token).await,
        AfterPasswordStep::Refused(faults) => refuse(Answers::new().error("new_password", sentence(pages, &faults))),
        AfterPasswordStep::SameAsLegacy => {
            refuse(Answers::new().error("new_password", words::same_as_legacy(pages.brand())))
        }
        AfterPasswordStep::Throttled { scope, minutes, day_cap } => {
            let answers = Answers::new().refused(throttled(pages, scope, minutes, day_cap));
            Ok(drawn(pages, visit, &walker, StatusCode::TOO_MANY_REQUESTS, answers)?.retry_after(minutes * 60))
        }
        AfterPasswordStep::Confirm => confirm::ask(pages, visit).await,
        AfterPasswordStep::Gone => activation::onward(pages, visit).await,
    }
}

/// Both fields are there and alike, or the form with its sentences.
pub(super) fn same_twice(new: &str, confirmed: &str) -> Result<(), Box<Answers>> {
    let mut answers = Answers::new();
    if new.is_empty() {
        answers = answers.error("new_password", words::EMPTY);
    }
    if confirmed.is_empty() {
        answers = answers.error("confirm_password", words::CONFIRM_EMPTY);
    } else if !new.is_empty() && new != confirmed {
        answers = answers.error("confirm_password", words::DIFFERENT_BOTH);
    } else if !new.is_empty() {
        return Ok(());
    }
    Err(Box::new(answers))
}

/// One sentence for what a password lacks.
pub(super) fn sentence(pages: &Pages, faults: &[PasswordFault]) -> String {
    let needed = match pages.login.settings.password.profile {
        PasswordProfile::Guide => 12,
        PasswordProfile::Nist => 15,
    };
    let mut missing = Vec::new();
    for fault in faults {
        match fault {
            PasswordFault::Empty => return words::EMPTY.to_owned(),
            PasswordFault::TooLong => return words::TOO_LONG.to_owned(),
            PasswordFault::TooShort { typed } => missing.push(words::Missing::Length { needed, typed: *typed }),
            PasswordFault::NoUpper => missing.push(words::Missing::Upper),
            PasswordFault::NoLower => missing.push(words::Missing::Lower),
            PasswordFault::NoDigitOrSpecial => missing.push(words::Missing::DigitOrSpecial),
            PasswordFault::Common | PasswordFault::OwnData => {}
        }
    }
    if !missing.is_empty() {
        return words::missing(&missing);
    }
    if faults.contains(&PasswordFault::OwnData) { words::OWN_DATA.to_owned() } else { words::COMMON.to_owned() }
}

fn drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: Answers) -> Answer {
    let page = activation::page(pages, visit, walker, paths::PASSWORD, "");
    let username = walker.account.contact_email.as_ref().map(|email| email.value.as_str()).unwrap_or_default();
    pages.html(status, pages.views.password(&page, username, &answers))
}
