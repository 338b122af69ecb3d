//! The one place that turns causes into answers: what a person reads, and what the log keeps.

use http::StatusCode;

use crate::login::LoginError;
use crate::templates::TemplateError;

use super::view::Away;
use super::{Page, Pages, Reply, Visit};

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A room below could not do its part.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// A page could not be drawn.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// Nothing is wrong: another page is due instead.
    #[error("another page is due")]
    Instead(Box<Reply>),
}

impl From<Reply> for Trouble {
    fn from(reply: Reply) -> Self {
        Self::Instead(Box::new(reply))
    }
}

impl From<crate::account::DirectoryError> for Trouble {
    fn from(error: crate::account::DirectoryError) -> Self {
        Self::Login(error.into())
    }
}

impl From<crate::session::StoreError> for Trouble {
    fn from(error: crate::session::StoreError) -> Self {
        Self::Login(error.into())
    }
}

/// What the person gets: a page that says what to do, never a cause; the log gets the cause, once.
pub(super) fn reply(pages: &Pages, visit: &Visit, trouble: Trouble) -> Reply {
    let trouble = match trouble {
        Trouble::Instead(reply) => return *reply,
        trouble @ (Trouble::Login(_) | Trouble::Template(_)) => trouble,
    };
    let error: &dyn std::error::Error = &trouble;
    if matches!(trouble, Trouble::Login(LoginError::Overtaken)) {
        tracing::info!(request.id = visit.origin.request_id, error, "a sign-in begins anew");
        return super::sign_in::to_sign_in(visit, None);
    }
    tracing::error!(request.id = visit.origin.request_id, error, "a page of ours could not answer");
    let again = "/";
    match &trouble {
        Trouble::Instead(reply) => (**reply).clone(),
        Trouble::Login(
            LoginError::Store(_)
            | LoginError::Directory(_)
            | LoginError::Contended
            | LoginError::Taken(_)
            | LoginError::Overtaken,
        ) => pages.stores_away(again),
        Trouble::Login(LoginError::Busy) => pages.stores_away(again).retry_after(5),
        Trouble::Login(LoginError::Hash | LoginError::Record(_) | LoginError::Sealing(_)) | Trouble::Template(_) => {
            let reference = visit.reference();
            match pages.views.away(&Page::default(), Away::Internal { reference: &reference }, again) {
                Ok(html) => Reply::page(StatusCode::INTERNAL_SERVER_ERROR, html),
                Err(error) => error.into(),
            }
        }
    }
}
