//! Pages that nothing on them can change: not found, not accepted, suspended, frozen, another account (screens.md 6.5, 7.1, 7.3).

use http::StatusCode;

use super::{Answer, Page, Pages, Visit, paths};

/// 7.1, an own page that does not exist.
pub(super) async fn not_found(pages: &Pages, _visit: &Visit) -> Answer {
    pages.html(StatusCode::NOT_FOUND, pages.views.not_found(&Page::default()))
}

/// An own page asked with a method it does not have (attack P13).
pub(super) async fn method_not_allowed(pages: &Pages, _visit: &Visit) -> Answer {
    pages.html(StatusCode::METHOD_NOT_ALLOWED, pages.views.not_found(&Page::default()))
}

/// 6.5, a form of another site.
pub(super) fn not_accepted(pages: &Pages, _visit: &Visit) -> Answer {
    pages.html(StatusCode::FORBIDDEN, pages.views.not_accepted(&Page::default()))
}

/// 6.5, the account is closed; told only after every factor.
pub(super) fn suspended(pages: &Pages, _visit: &Visit) -> Answer {
    pages.html(StatusCode::FORBIDDEN, pages.views.suspended(&Page::default()))
}

/// 6.5, the activation is frozen.
pub(super) fn frozen(pages: &Pages, _visit: &Visit) -> Answer {
    pages.html(StatusCode::FORBIDDEN, pages.views.frozen(&Page::default()))
}

/// 7.3, another account signed in meanwhile.
pub(super) fn other_account(pages: &Pages, visit: &Visit) -> Answer {
    let page = pages.page(visit, paths::SIGN_OUT);
    pages.html(StatusCode::CONFLICT, pages.views.other_account(&page, paths::ACTIVATION))
}
