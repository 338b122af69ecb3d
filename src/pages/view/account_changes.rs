//! The changes of "Mon compte", each on a screen of its own.

use serde::Serialize;

use super::answers::{Answers, Link};
use super::fields::number;
use super::form::{Actions, Field, Form};
use super::frame::Stage;
use super::message::Message;
use super::sign_in::Task;
use super::{Page, Rendered, Views};
use crate::pages::paths;
use crate::pages::sentences::{account as words, buttons, details, password, psc};

/// Whom Pro Santé Connect has proven, before the link.
#[derive(Debug, Clone)]
pub struct LinkReview {
    /// Given name and family name; empty when unknown.
    pub name: String,
    /// RPPS.
    pub rpps: Option<String>,
}

/// Whether the link can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlinking<'a> {
    /// The person is asked.
    Ask {
        /// What they will sign in with.
        email: &'a str,
        /// This session came by that link, and ends with it.
        signs_out: bool,
    },
    /// It is the only way in.
    LastWayIn,
}

#[derive(Debug, Serialize)]
struct RppsFields {
    rpps: Field,
}

impl Views {
    /// The first password; `username` is the verified e-mail. Fields: `new_password`, `confirm_password`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn account_password(&self, page: &Page, username: &str, answers: &Answers) -> Rendered {
        let (form, fields) = self.password_form(paths::ACCOUNT_PASSWORD, page, username, answers);
        let task = Task::new([words::PASSWORD_TEXT.to_owned(), words::identifier(username)], form, fields);
        self.task("account_password.html", page, password::H1, Stage::None, answers, task)
    }

    /// The declared RPPS; `optional` where the profession goes without. Field: `rpps`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn account_rpps(&self, page: &Page, optional: bool, answers: &Answers) -> Rendered {
        let hint = if optional { details::RPPS_FREED } else { details::RPPS_HINT };
        let mut rpps = number("rpps", details::RPPS, "20").required_if(!optional).hint(hint).answered(answers);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SAVE).back();
        let form = Form::new(paths::ACCOUNT_RPPS, page, actions).settle(page, answers, &mut [&mut rpps]);
        let task = Task::new([words::RPPS_TEXT], form, RppsFields { rpps });
        self.task("account_rpps.html", page, words::RPPS, Stage::None, answers, task)
    }

    /// The way to Pro Santé Connect; with `review`, whom it has proven and the question whether to link (`valider`, `retour`).
    ///
    /// # Errors
    /// The template is wrong.
    pub fn account_link(&self, page: &Page, review: Option<&LinkReview>) -> Rendered {
        let Some(review) = review else {
            let button = self.psc_button(page).map(|button| button.posting_to(paths::ACCOUNT_LINK));
            let message = Message::new("link", [words::LINK_TEXT, words::LINK_NEXT])
                .psc(button)
                .link(Link::to(paths::ACCOUNT, buttons::BACK));
            return self.message("account_link.html", page, words::LINK, message);
        };
        let lines = [words::review(&review.name, review.rpps.as_deref()), words::REVIEW_TEXT.to_owned()];
        let actions = Actions::primary(words::REVIEW_LINK, buttons::waiting::SAVE).back();
        let message = Message::new("person", lines).form(paths::ACCOUNT_LINK, page, actions);
        self.message("account_link.html", page, words::REVIEW_H1, message)
    }

    /// The two cannot be linked (409).
    ///
    /// # Errors
    /// The template is wrong.
    pub fn account_conflict(&self, page: &Page, reference: &str) -> Rendered {
        let message = Message::new("link", [words::conflict(&self.brand, reference)])
            .primary(Link::to(paths::ACCOUNT, words::CONFLICT_BACK));
        self.message("account_conflict.html", page, psc::CONFLICT_H1, message)
    }

    /// The link is taken away (`valider`, `retour`), or must stay.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn account_unlink(&self, page: &Page, unlinking: Unlinking<'_>) -> Rendered {
        let message = match unlinking {
            Unlinking::Ask { email, signs_out } => {
                let then = if signs_out { words::UNLINK_SIGNS_OUT } else { words::UNLINK_SESSIONS };
                let actions = Actions::primary(words::UNLINK, buttons::waiting::SAVE).back();
                Message::new("link", [words::unlink(email), then.to_owned()]).form(paths::ACCOUNT_UNLINK, page, actions)
            }
            Unlinking::LastWayIn => Message::new("lock", [words::LAST_WAY_IN])
                .primary(Link::to(paths::ACCOUNT_PASSWORD, words::MAKE_PASSWORD))
                .link(Link::to(paths::ACCOUNT, buttons::BACK)),
        };
        self.message("account_unlink.html", page, words::UNLINK, message)
    }
}
