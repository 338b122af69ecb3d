//! The changes of "Mon compte", each on a screen of its own.

use serde::Serialize;

use super::answers::{Answers, Link};
use super::fields::number;
use super::form::{Actions, Field, Form};
use super::frame::Stage;
use super::message::Message;
use super::sign_in::Task;
use super::{Page, Rendered, Views};
use crate::notify::WaysLeft;
use crate::pages::paths;
use crate::pages::sentences::{account as words, buttons, details, password, psc};

/// An identity provider, on the pages of its link.
#[derive(Debug, Clone, Copy)]
pub struct Linked<'a> {
    /// Its name, in the addresses of the pages.
    pub name: &'a str,
    /// What people call it.
    pub label: &'a str,
}

/// Whom the provider has proven, before the link.
#[derive(Debug, Clone)]
pub struct LinkReview {
    /// Given name and family name; empty when unknown.
    pub name: String,
    /// RPPS.
    pub rpps: Option<String>,
    /// The identity opens an account that the provider made: it will be closed.
    pub moves: bool,
}

/// Whether the link can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlinking<'a> {
    /// The person is asked.
    Ask {
        /// What they will sign in with.
        left: &'a WaysLeft,
        /// The identifier, where that is a password.
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
    /// The first password; `username` is the verified e-mail, `providers` what opens the account now. Fields: `new_password`,
    /// `confirm_password`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn account_password(&self, page: &Page, username: &str, providers: &[String], answers: &Answers) -> Rendered {
        let (form, fields) = self.password_form(paths::ACCOUNT_PASSWORD, page, username, answers);
        let task = Task::new([words::password_text(providers), words::identifier(username)], form, fields);
        self.task("account_password.html", page, password::H1, Stage::None, answers, task)
    }

    /// The declared RPPS; `optional` where the profession goes without, `providers` are those that could prove it. Field: `rpps`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn account_rpps(&self, page: &Page, optional: bool, providers: &[String], answers: &Answers) -> Rendered {
        let hint = if optional { details::RPPS_FREED } else { details::RPPS_HINT };
        let mut rpps = number("rpps", details::RPPS, "20").required_if(!optional).hint(hint).answered(answers);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SAVE).back();
        let form = Form::new(paths::ACCOUNT_RPPS, page, actions).settle(page, answers, &mut [&mut rpps]);
        let task = Task::new([words::rpps_text(providers)], form, RppsFields { rpps });
        self.task("account_rpps.html", page, words::RPPS, Stage::None, answers, task)
    }

    /// The way to a provider; with `review`, whom it has proven and the question whether to link (`valider`, `retour`).
    ///
    /// # Errors
    /// The template is wrong.
    pub fn account_link(&self, page: &Page, to: Linked<'_>, review: Option<&LinkReview>) -> Rendered {
        let path = paths::of_provider(paths::ACCOUNT_LINK, to.name);
        let Some(review) = review else {
            let button = self.psc_button(page).map(|button| button.posting_to(path));
            let message = Message::new("link", [words::link_text(to.label), words::LINK_NEXT.to_owned()])
                .psc(button)
                .link(Link::to(paths::ACCOUNT, buttons::BACK));
            return self.message("account_link.html", page, words::link(to.label), message);
        };
        let mut lines = vec![words::review(to.label, &review.name, review.rpps.as_deref())];
        lines.extend(review.moves.then(|| words::review_moves(to.label)));
        lines.push(words::REVIEW_TEXT.to_owned());
        let actions = Actions::primary(words::REVIEW_LINK, buttons::waiting::SAVE).back();
        let message = Message::new("person", lines).form(path, page, actions);
        self.message("account_link.html", page, words::REVIEW_H1, message)
    }

    /// The two cannot be linked (409).
    ///
    /// # Errors
    /// The template is wrong.
    pub fn account_conflict(&self, page: &Page, provider: &str, reference: &str) -> Rendered {
        let message = Message::new("link", [words::conflict(provider, &self.brand, reference)])
            .primary(Link::to(paths::ACCOUNT, words::CONFLICT_BACK));
        self.message("account_conflict.html", page, psc::CONFLICT_H1, message)
    }

    /// The link is taken away (`valider`, `retour`), or must stay.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn account_unlink(&self, page: &Page, from: Linked<'_>, unlinking: Unlinking<'_>) -> Rendered {
        let message = match unlinking {
            Unlinking::Ask { left, email, signs_out } => {
                let then = if signs_out { words::unlink_signs_out(left) } else { words::UNLINK_SESSIONS.to_owned() };
                let actions = Actions::primary(words::unlink(from.label), buttons::waiting::SAVE).back();
                Message::new("link", [words::unlink_text(from.label, left, email), then]).form(
                    paths::of_provider(paths::ACCOUNT_UNLINK, from.name),
                    page,
                    actions,
                )
            }
            Unlinking::LastWayIn => Message::new("lock", [words::LAST_WAY_IN])
                .primary(Link::to(paths::ACCOUNT_PASSWORD, words::MAKE_PASSWORD))
                .link(Link::to(paths::ACCOUNT, buttons::BACK)),
        };
        self.message("account_unlink.html", page, words::unlink(from.label), message)
    }
}
