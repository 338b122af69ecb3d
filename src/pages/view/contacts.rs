//! Contacts of the Pro Santé Connect journey, the reminder, new terms (screens.md 4.1, 4.3, 6.1, 6.2).

use serde::Serialize;

use super::answers::{Answers, Link};
use super::fields::{Terms, email, phone};
use super::form::{Actions, Button, Field, Form};
use super::frame::Stage;
use super::sign_in::Task;
use super::{Page, Rendered, Views};
use crate::account::Channel;
use crate::account::model::Journey;
use crate::pages::paths;
use crate::pages::sentences::{buttons, details};

/// 4.1. Fields: `email`, `terms`.
#[derive(Debug, Clone, Default)]
pub struct PscEmailView {
    /// What people call the provider.
    pub provider: String,
    /// Given name, as the provider gave it.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Profession's label (`sentences::details::profession_unknown` for an unknown code).
    pub profession: Option<String>,
    /// Values and what was said of them.
    pub answers: Answers,
}

/// 4.3. Fields: `dial_code`, `phone`.
#[derive(Debug, Clone, Default)]
pub struct PscPhoneView {
    /// Values and what was said of them.
    pub answers: Answers,
}

/// 4.1 or 4.3 for a route that asks for the contact ("Ajouter un numéro de portable" of 6.6), or added in "Mon compte": not to be skipped.
/// Fields: `email`, or `dial_code` and `phone`.
#[derive(Debug, Clone)]
pub struct WantedView<'a> {
    /// Where the form goes.
    pub path: &'a str,
    /// The person adds it of their own will; no page asks.
    pub own: bool,
    /// Which contact.
    pub channel: Channel,
    /// The person can go back; otherwise only "Me déconnecter" (`quitter`) leads away.
    pub back: bool,
    /// Values and what was said of them.
    pub answers: Answers,
}

/// 6.1. Fields: `email` and/or `dial_code`, `phone`.
#[derive(Debug, Clone, Default)]
pub struct ReminderView {
    /// No e-mail is verified.
    pub email: bool,
    /// No phone is verified.
    pub phone: bool,
    /// What people call the provider that opens the account, if one does.
    pub provider: Option<String>,
    /// Values and what was said of them.
    pub answers: Answers,
}

#[derive(Debug, Serialize)]
struct PscEmailFields {
    email: Field,
    terms: Terms,
    psc_terms: Option<PscTerms>,
}

#[derive(Debug, Serialize)]
struct PscTerms {
    text: &'static str,
    link: Link,
}

#[derive(Debug, Serialize)]
struct ContactFields {
    email: Option<Field>,
    dial_code: Option<Field>,
    phone: Option<Field>,
}

#[derive(Debug, Serialize)]
struct TermsFields {
    terms: Terms,
}

impl Views {
    /// 4.1, terms and contact e-mail.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn psc_email(&self, page: &Page, view: &PscEmailView) -> Rendered {
        let answers = &view.answers;
        let mut email = contact_email(answers, Some(&view.provider));
        let mut terms = self.terms(answers);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SEND)
            .back()
            .skip(details::email_skip(self.activation.reminder_days));
        let form =
            Form::new(paths::PSC_EMAIL, page, actions).settle(page, answers, &mut [&mut email, &mut terms.field]);
        let psc_terms =
            self.providers.iter().filter(|look| look.is_psc).find_map(|look| look.terms.clone()).map(|href| PscTerms {
                text: details::PSC_TERMS_TEXT,
                link: Link::to(href, details::PSC_TERMS_LINK).in_new_window(),
            });
        let identified = details::identified(
            &view.provider,
            view.given_name.as_deref(),
            view.family_name.as_deref(),
            view.profession.as_deref(),
        );
        let lines = [identified, details::CONTACT_TEXT.to_owned()];
        let task = Task::new(lines, form, PscEmailFields { email, terms, psc_terms });
        self.task("psc_email.html", page, details::CONTACT_H1, Stage::At(Journey::Psc, 2), answers, task)
    }

    /// 4.3, mobile number.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn psc_phone(&self, page: &Page, view: &PscPhoneView) -> Rendered {
        let answers = &view.answers;
        let mut dial_code = self.dial_code("dial_code", "tel-country-code", answers);
        let mut phone = contact_phone(answers);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SEND)
            .back()
            .skip(details::phone_skip(self.activation.reminder_days));
        let form = Form::new(paths::PSC_PHONE, page, actions).settle(page, answers, &mut [&mut dial_code, &mut phone]);
        let fields = ContactFields { email: None, dial_code: Some(dial_code), phone: Some(phone) };
        let task = Task::new([details::CONTACT_TEXT], form, fields);
        self.task("psc_phone.html", page, details::CONTACT_H1, Stage::At(Journey::Psc, 2), answers, task)
    }

    /// 4.1 or 4.3 without skip: a route asks for a verified contact.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn wanted(&self, page: &Page, view: &WantedView<'_>) -> Rendered {
        let answers = &view.answers;
        let (text, mut fields) = match view.channel {
            Channel::Email => {
                let email = email("email", details::CONTACT_EMAIL, "email").required().answered(answers);
                let fields = ContactFields { email: Some(email), dial_code: None, phone: None };
                (if view.own { details::ADDED_EMAIL } else { details::WANTED_EMAIL }, fields)
            }
            Channel::Sms => {
                let dial_code = self.dial_code("dial_code", "tel-country-code", answers);
                let phone = contact_phone(answers).required();
                let fields = ContactFields { email: None, dial_code: Some(dial_code), phone: Some(phone) };
                (if view.own { details::ADDED_PHONE } else { details::WANTED_PHONE }, fields)
            }
        };
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SEND);
        let actions =
            if view.back { actions.back() } else { actions.back_as(Button::new("quitter", buttons::SIGN_OUT)) };
        let ContactFields { email, dial_code, phone } = &mut fields;
        let mut drawn: Vec<&mut Field> = [email, dial_code, phone].into_iter().filter_map(Option::as_mut).collect();
        let form = Form::new(view.path, page, actions).settle(page, answers, &mut drawn);
        let task = Task::new([text], form, fields);
        self.task("psc_phone.html", page, details::CONTACT_H1, Stage::None, answers, task)
    }

    /// 6.1, contacts skipped long ago.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn reminder(&self, page: &Page, view: &ReminderView) -> Rendered {
        let answers = &view.answers;
        let mut email = view.email.then(|| contact_email(answers, view.provider.as_deref()));
        let mut dial_code = view.phone.then(|| self.dial_code("dial_code", "tel-country-code", answers));
        let mut phone = view.phone.then(|| contact_phone(answers));
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SEND)
            .skip(details::reminder_skip(self.activation.reminder_days));
        let mut fields: Vec<&mut Field> =
            [&mut email, &mut dial_code, &mut phone].into_iter().filter_map(Option::as_mut).collect();
        let form = Form::new(paths::REMINDER, page, actions).settle(page, answers, &mut fields);
        let task = Task::new([details::REMINDER_TEXT], form, ContactFields { email, dial_code, phone });
        self.task("reminder.html", page, details::REMINDER_H1, Stage::None, answers, task)
    }

    /// 6.2, new terms. Field: `terms`; "Me déconnecter" is `quitter`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn new_terms(&self, page: &Page, answers: &Answers) -> Rendered {
        let mut terms = self.terms(answers);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SAVE)
            .back_as(Button::new("quitter", buttons::SIGN_OUT));
        let form = Form::new(paths::TERMS, page, actions).settle(page, answers, &mut [&mut terms.field]);
        let task = Task::new([details::new_terms(&self.brand)], form, TermsFields { terms });
        self.task("new_terms.html", page, details::NEW_TERMS_H1, Stage::None, answers, task)
    }
}

fn contact_email(answers: &Answers, provider: Option<&str>) -> Field {
    email("email", details::CONTACT_EMAIL, "email").hint(details::contact_email_hint(provider)).answered(answers)
}

fn contact_phone(answers: &Answers) -> Field {
    phone("phone", details::CONTACT_PHONE, "tel-national").hint(details::PHONE_HINT).answered(answers)
}
