//! The end of the activation (screens.md 3.9): the last act, then the page first asked for.

use http::StatusCode;

use crate::account::State;
use crate::activation::Journey;
use crate::login::journey::finish::Finished;
use crate::login::journey::journey_of;

use super::activation::{self, Walker};
use super::{Answer, Page, Pages, Reply, Visit, landing, paths, sign_in};

/// 3.9.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = activation::walker(pages, visit).await?;
    if walker.account.state != State::Active {
        return Ok(activation::to_next(pages, &walker, None));
    }
    let email = walker.account.sign_in_email.as_ref().map(crate::identity::Email::display);
    let target = walker.return_to.unwrap_or("/");
    match email {
        Some(email) if journey_of(&walker.account) == Journey::Local => {
            pages.html(StatusCode::OK, pages.views.finished(&Page::default(), &email, target))
        }
        Some(_) | None => Ok(Reply::see_other(target)),
    }
}

/// Runs the last act: the end page, the portal at once for the PSC journey, or the step that is still open.
pub(super) async fn finish(pages: &Pages, visit: &Visit, walker: &Walker<'_>) -> Answer {
    let journey = journey_of(&walker.account);
    let done = || match journey {
        Journey::Local => paths::FINISHED.to_owned(),
        Journey::Psc => walker.return_to.unwrap_or("/").to_owned(),
    };
    Ok(match pages.login.finish(walker.signed).await? {
        Finished::Active { token } => landing::with_token(pages, visit, Reply::see_other(done()), Some(&token)),
        Finished::Already => Reply::see_other(done()),
        Finished::Open(step) => {
            pages.login.sessions.set_notice(walker.signed.key, Some("one-step-left")).await?;
            Reply::see_other(landing::of_step(journey, step))
        }
        Finished::Gone => sign_in::to_sign_in(visit, None),
    })
}
