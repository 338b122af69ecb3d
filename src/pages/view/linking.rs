//! Return of Pro Santé Connect and the linking of an account (screens.md 5.2, 5.4–5.8).

use serde::Serialize;

use super::answers::{Answers, Link};
use super::fields::{current_password, identifier};
use super::form::{Actions, Button, Field, Form};
use super::frame::Stage;
use super::message::Message;
use super::sign_in::{Task, on_the_way};
use super::{Page, Rendered, Views};
use crate::config::settings::{FirstSignIn, PersonKind};
use crate::pages::paths;
use crate::pages::sentences::{buttons, psc as words};

/// Why a proven person is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdmitted<'a> {
    /// Nobody's account is linked to them.
    Unknown,
    /// The portal is for other professions than this one.
    Profession(&'a str),
    /// The portal is not for people who work so.
    Kind(PersonKind),
}

#[derive(Debug, Serialize)]
struct ProofFields {
    identifier: Field,
    password: Field,
    forgotten: Link,
}

impl Views {
    /// 5.2, the return fits nothing (400). `provider` is what people call it, here and below.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn psc_return_stale(&self, page: &Page, provider: &str) -> Rendered {
        let button = self.psc_button(page).map(|button| button.saying(buttons::RESTART));
        let message = Message::new("clock", [words::return_stale(provider)]).psc(button).link(to_sign_in(page));
        self.message("psc_return_stale.html", page, words::RETURN_STALE_H1, message)
    }

    /// 5.4, the provider failed at the return.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn psc_return_failed(&self, page: &Page, provider: &str, reference: &str) -> Rendered {
        let button = self.psc_button(page).map(|button| button.saying(buttons::RETRY));
        let message =
            Message::new("cloud", [words::RETURN_FAILED_TEXT]).psc(button).link(to_sign_in(page)).reference(reference);
        self.message("psc_return_failed.html", page, words::return_failed_h1(provider), message)
    }

    /// 5.5, proven and not admitted (403).
    /// The form posts to the linking offer: `valider` links, `quitter` signs out.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn not_admitted(&self, page: &Page, provider: &str, why: NotAdmitted<'_>) -> Rendered {
        let leave = Button::new("quitter", buttons::BACK_TO_SIGN_IN);
        let contact = words::not_admitted_contact(&self.brand);
        let ask = || words::not_admitted_ask(&self.brand);
        let (lines, actions) = match why {
            NotAdmitted::Profession(label) => {
                (vec![words::profession_refused(&self.brand, label)], Actions::none().back_as(leave))
            }
            NotAdmitted::Kind(kind) => {
                (vec![words::kind_refused(provider, &self.brand, kind), ask()], Actions::none().back_as(leave))
            }
            NotAdmitted::Unknown => (
                vec![words::not_admitted(provider, &self.brand), words::NOT_ADMITTED_LINK.to_owned(), contact],
                Actions::primary(buttons::LINK_ACCOUNT, buttons::waiting::MOMENT).back_as(leave),
            ),
        };
        let message = Message::new("lock", lines).form(paths::LINKING, page, actions);
        self.message("not_admitted.html", page, words::NOT_ADMITTED_H1, message)
    }

    /// 5.6, the offer to link: `valider`, `ignorer`, `retour`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn linking_offer(&self, page: &Page, provider: &str) -> Rendered {
        let actions = Actions::primary(buttons::LINK_ACCOUNT, buttons::waiting::MOMENT)
            .back()
            .skip_as(buttons::WITHOUT_LINK, None);
        let message = Message::new("link", [words::offer(provider)]).form(paths::LINKING, page, actions);
        self.message("linking_offer.html", page, words::offer_h1(&self.brand), message)
    }

    /// 5.7, proof. Fields: `identifier`, `password`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn linking_proof(&self, page: &Page, provider: &str, answers: &Answers) -> Rendered {
        let mut identifier = identifier(answers);
        let mut password = current_password(answers);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::CHECK).back();
        let form =
            Form::new(paths::LINKING_PROOF, page, actions).settle(page, answers, &mut [&mut identifier, &mut password]);
        let fields =
            ProofFields { identifier, password, forgotten: self.forgotten_link(page.tokens.return_to.as_deref()) };
        let task = Task::new([words::proof(provider)], form, fields);
        self.task("linking_proof.html", page, words::PROOF_H1, Stage::None, answers, task)
    }

    /// 5.8, the account cannot be linked (409). The form posts to the linking offer: `ignorer` goes on without,
    /// `valider` tries another account, `quitter` signs out.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn linking_conflict(&self, page: &Page, provider: &str, mode: FirstSignIn, reference: &str) -> Rendered {
        let other = Button::new("valider", buttons::OTHER_ACCOUNT);
        let actions = Actions::with(Some(other)).back_as(Button::new("quitter", buttons::TO_SIGN_IN));
        let actions = match mode {
            FirstSignIn::Create => actions.skip_as(buttons::WITHOUT_LINK, None),
            FirstSignIn::KnownOnly => actions,
        };
        let message = Message::new("link", [words::conflict(provider, &self.brand, reference)]).form(
            paths::LINKING,
            page,
            actions,
        );
        self.message("linking_conflict.html", page, words::CONFLICT_H1, message)
    }
}

/// "Retour à la connexion", on the way to the page that the button leads to.
fn to_sign_in(page: &Page) -> Link {
    let target = page.psc.as_ref().and_then(|button| button.return_to.as_deref());
    Link::to(on_the_way(paths::SIGN_IN, target), buttons::TO_SIGN_IN)
}
