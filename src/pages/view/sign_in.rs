//! Sign-in page and the choice of the second factor (screens.md 2.1–2.4).

use serde::Serialize;

use super::answers::{Answers, Link};
use super::code::Destination;
use super::fields::{current_password, identifier, mask_words};
use super::form::{Actions, Choice, Field, Form};
use super::frame::{Frame, Stage};
use super::message::PscButton;
use super::{Page, Rendered, Views};
use crate::config::settings::RememberMe;
use crate::pages::address::Address;
use crate::pages::sentences::{buttons, code, psc, sign_in};
use crate::pages::{SafeReturn, paths};

/// The choice of 2.4; an address or number that is absent is not offered.
#[derive(Debug, Clone)]
pub struct FactorView {
    /// Masked address.
    pub email: Option<String>,
    /// Masked number.
    pub phone: Option<String>,
    /// The mail sender is known to be down.
    pub email_down: bool,
    /// The SMS sender is known to be down.
    pub sms_down: bool,
    /// `channel` is `email` or `sms`.
    pub answers: Answers,
}

/// A screen made of sentences and one form; `fields` is each screen's own.
#[derive(Debug, Serialize)]
pub(super) struct Task<F> {
    paragraphs: Vec<String>,
    form: Form,
    fields: F,
    psc: Option<PscButton>,
}

impl<F: Serialize> Task<F> {
    pub(super) fn new<L: Into<String>>(paragraphs: impl IntoIterator<Item = L>, form: Form, fields: F) -> Self {
        Self { paragraphs: paragraphs.into_iter().map(Into::into).collect(), form, fields, psc: None }
    }

    /// The button is the page's only way on: nothing stands before it.
    pub(super) fn psc_alone(mut self, psc: Option<PscButton>) -> Self {
        self.psc = psc;
        self
    }

    pub(super) fn psc(mut self, psc: Option<PscButton>) -> Self {
        self.psc = psc.map(|button| button.after_form(sign_in::OR));
        self
    }
}

#[derive(Debug, Serialize)]
struct SignInFields {
    identifier: Field,
    password: Field,
    remember: Option<Field>,
    forgotten: Link,
    contact: Link,
    ciba: Vec<Link>,
}

#[derive(Debug, Serialize)]
struct FactorFields {
    channel: Field,
}

impl Views {
    /// 2.1 in all its states. Fields: `identifier`, `password`, `remember`; failures and waits are
    /// `answers.refused([sentences::sign_in::FAILURE])` with the link of [`Views::forgotten_link`].
    ///
    /// # Errors
    /// The template is wrong.
    pub fn sign_in(&self, page: &Page, answers: &Answers) -> Rendered {
        let mut identifier = identifier(answers);
        let mut password = current_password(answers);
        let form = Form::new(paths::SIGN_IN, page, Actions::primary(buttons::SIGN_IN, buttons::waiting::SIGN_IN))
            .settle(page, answers, &mut [&mut identifier, &mut password]);
        let hint = match self.remember_me {
            RememberMe::Identifier => Some(sign_in::REMEMBER_IDENTIFIER.to_owned()),
            RememberMe::Session => Some(sign_in::remember_session(self.absolute_hours)),
            RememberMe::Off => None,
        };
        let remember =
            hint.map(|hint| Field::input("checkbox", "remember", sign_in::REMEMBER).hint(hint).answered(answers));
        let fields = SignInFields {
            identifier,
            password,
            remember,
            forgotten: self.forgotten_link(page.tokens.return_to.as_deref()),
            contact: self.contact(),
            ciba: self.ciba_links(page),
        };
        let task = Task::new([sign_in::text(&self.brand)], form, fields).psc(self.psc_button(page));
        self.task("sign_in.html", page, sign_in::H1, Stage::None, answers, task)
    }

    /// The link "Mot de passe oublié ?", on the way to the page asked for.
    #[must_use]
    pub fn forgotten_link(&self, return_to: Option<&str>) -> Link {
        Link::to(on_the_way(paths::RESET, return_to), buttons::FORGOTTEN)
    }

    /// 2.4, where to receive the code.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn factor(&self, page: &Page, view: &FactorView) -> Rendered {
        self.channel_choice(paths::FACTOR, code::SECOND_FACTOR_H1, page, view)
    }

    /// The same choice while an account is linked (5.7).
    ///
    /// # Errors
    /// The template is wrong.
    pub fn linking_factor(&self, page: &Page, view: &FactorView) -> Rendered {
        self.channel_choice(paths::LINKING_CODE, psc::PROOF_H1, page, view)
    }

    fn channel_choice(&self, action: &'static str, h1: &'static str, page: &Page, view: &FactorView) -> Rendered {
        let mut choices = Vec::new();
        for (value, destination, down) in [
            ("email", view.email.clone().map(Destination::Email), view.email_down),
            ("sms", view.phone.clone().map(Destination::Sms), view.sms_down),
        ] {
            choices.extend(destination.map(|destination| factor_choice(value, destination, down)));
        }
        let mut channel =
            Field::input("radio", "channel", code::CHOICE_LEGEND).required().choices(choices).answered(&view.answers);
        let actions = Actions::primary(buttons::RECEIVE, buttons::waiting::SEND).back();
        let form = Form::new(action, page, actions).settle(page, &view.answers, &mut [&mut channel]);
        let task = Task::new([code::CHOICE_TEXT], form, FactorFields { channel });
        self.task("factor.html", page, h1, Stage::None, &view.answers, task)
    }

    /// Frame and focus of a screen with one form.
    pub(super) fn task<F: Serialize>(
        &self,
        template: &str,
        page: &Page,
        h1: impl Into<String>,
        stage: Stage,
        answers: &Answers,
        task: Task<F>,
    ) -> Rendered {
        let mut frame: Frame = self.frame(page, h1, stage, answers.is_refused());
        if let Some(notice) = &mut frame.notice {
            notice.autofocus = !task.form.takes_focus(answers);
        }
        self.show(template, frame, task)
    }
}

/// A page of ours that leads to the page asked for.
pub(super) fn on_the_way(path: &str, return_to: Option<&str>) -> String {
    Address::of(path).back_to(return_to.and_then(SafeReturn::parse).as_ref()).into()
}

fn factor_choice(value: &str, destination: Destination, down: bool) -> Choice {
    let (label, hidden, sentence) = match destination {
        Destination::Email(mask) => (format!("{} {mask}", code::BY_EMAIL), mask_words(false), code::EMAIL_DOWN),
        Destination::Sms(mask) => (format!("{} {mask}", code::BY_SMS), mask_words(true), code::SMS_DOWN),
    };
    let mut choice = Choice::new(value, label);
    choice.hidden = Some(hidden);
    choice.disabled = down;
    choice.detail = down.then(|| sentence.to_owned());
    choice
}
