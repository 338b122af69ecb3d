//! Freezing an activation from the notice (screens.md 3.10). Opening the link changes nothing: mail scanners follow links.

use http::StatusCode;

use super::sentences::trouble;
use super::view::FreezeState;
use super::{Answer, Notice, Pages, Posted, Visit, paths};

/// 3.10.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let token = visit.parameter("jeton").unwrap_or_default();
    let state =
        if pages.login.may_freeze(&token).await? { FreezeState::Ask { token: &token } } else { FreezeState::Dead };
    pages.html(StatusCode::OK, pages.views.freeze(&pages.page(visit, paths::FREEZE), state))
}

/// 3.10, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let token = posted.fields.get("jeton");
    let mut page = pages.page(visit, paths::FREEZE);
    if !posted.fits() {
        page.notice = Some(Notice::warning(pages.stale_line(visit, posted, trouble::STALE)));
        return pages.html(StatusCode::CONFLICT, pages.views.freeze(&page, FreezeState::Ask { token }));
    }
    let state = if posted.fields.action() == "ignorer" {
        FreezeState::Kept
    } else if pages.login.freeze(token, visit.browser()).await? {
        FreezeState::Frozen
    } else {
        FreezeState::Dead
    };
    pages.html(StatusCode::OK, pages.views.freeze(&page, state))
}
