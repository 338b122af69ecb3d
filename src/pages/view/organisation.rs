//! Structure, billing, the end of the activation, its freezing (screens.md 3.7–3.10).

use serde::Serialize;

use super::answers::{Answers, Link};
use super::fields::{country, email, number, phone};
use super::form::{Actions, Button, Field, Form};
use super::frame::Stage;
use super::message::Message;
use super::sign_in::Task;
use super::{Page, Rendered, Views};
use crate::account::model::Journey;
use crate::pages::paths;
use crate::pages::sentences::{buttons, organisation as words};

/// 3.7. Fields: `name`, `trade_name`, `siret`, `cpam`, `finess`, `address_1`, `address_2`, `postal_code`, `city`,
/// `country`, `email`, `dial_code`, `phone`, `fax_dial_code`, `fax`.
#[derive(Debug, Clone)]
pub struct OrganisationView {
    /// The profession frees the SIRET.
    pub siret_optional: bool,
    /// The profession frees the CPAM number.
    pub cpam_optional: bool,
    /// The profession frees the FINESS.
    pub finess_optional: bool,
    /// Where bills go.
    pub billing: BillingLine,
    /// Values and what was said of them.
    pub answers: Answers,
}

/// The line "Coordonnées de facturation".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BillingLine {
    /// As the structure.
    Same,
    /// Another address, in one line.
    Other(String),
}

/// 3.10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreezeState<'a> {
    /// The question; the token of the link goes back in the hidden field `jeton`.
    Ask {
        /// The link's token.
        token: &'a str,
    },
    /// Done.
    Frozen,
    /// "C'est bien moi".
    Kept,
    /// Used or too old.
    Dead,
}

#[derive(Debug, Serialize)]
struct OrganisationFields {
    legends: Legends,
    name: Field,
    trade_name: Field,
    siret: Field,
    cpam: Field,
    finess: Field,
    address_1: Field,
    address_2: Field,
    postal_code: Field,
    city: Field,
    country: Field,
    email: Field,
    dial_code: Field,
    phone: Field,
    fax_dial_code: Field,
    fax: Field,
    billing: Billing,
}

#[derive(Debug, Serialize)]
struct Legends {
    identity: &'static str,
    address: &'static str,
    contact: &'static str,
}

#[derive(Debug, Serialize)]
struct Billing {
    label: &'static str,
    text: String,
    change: Button,
    change_hidden: &'static str,
}

#[derive(Debug, Serialize)]
struct BillingFields {
    same: Field,
    without_script: &'static str,
    name: Field,
    address_1: Field,
    address_2: Field,
    postal_code: Field,
    city: Field,
    country: Field,
    email: Field,
}

#[derive(Debug, Serialize)]
struct Finished {
    paragraphs: [String; 2],
    primary: Link,
}

impl Views {
    /// 3.7, the structure.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn organisation(&self, page: &Page, view: &OrganisationView) -> Rendered {
        let answers = &view.answers;
        let mut name = long("name", words::NAME, "organization").required().answered(answers);
        let mut trade_name = long("trade_name", words::TRADE_NAME, "off").answered(answers);
        let mut siret = number("siret", words::SIRET, "30")
            .required_if(!view.siret_optional)
            .hint(words::SIRET_HINT)
            .answered(answers);
        let mut cpam =
            number("cpam", words::CPAM, "30").required_if(!view.cpam_optional).hint(words::CPAM_HINT).answered(answers);
        let mut finess = finess(view.finess_optional, answers);
        let mut address_1 = long("address_1", words::ADDRESS_1, "address-line1").required().answered(answers);
        let mut address_2 = long("address_2", words::ADDRESS_2, "address-line2").answered(answers);
        let mut postal_code = postal_code("postal-code", answers);
        let mut city = long("city", words::CITY, "address-level2").required().answered(answers);
        let mut country = country("country", answers);
        let mut email = email("email", words::EMAIL, "work email").answered(answers);
        let mut dial_code = self.dial_code("dial_code", "work tel-country-code", answers).hidden_label(words::OF_PHONE);
        let mut phone_field = phone("phone", words::PHONE, "work tel-national").answered(answers);
        let mut fax_dial_code =
            self.dial_code("fax_dial_code", "fax tel-country-code", answers).hidden_label(words::OF_FAX);
        let mut fax = phone("fax", words::FAX, "fax tel-national").answered(answers);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SAVE).back();
        let form = Form::new(paths::ORGANISATION, page, actions).settle(
            page,
            answers,
            &mut [
                &mut name,
                &mut trade_name,
                &mut siret,
                &mut cpam,
                &mut finess,
                &mut address_1,
                &mut address_2,
                &mut postal_code,
                &mut city,
                &mut country,
                &mut email,
                &mut dial_code,
                &mut phone_field,
                &mut fax_dial_code,
                &mut fax,
            ],
        );
        let fields = OrganisationFields {
            legends: Legends {
                identity: words::IDENTITY,
                address: words::ADDRESS_GROUP,
                contact: words::CONTACT_GROUP,
            },
            name,
            trade_name,
            siret,
            cpam,
            finess,
            address_1,
            address_2,
            postal_code,
            city,
            country,
            email,
            dial_code,
            phone: phone_field,
            fax_dial_code,
            fax,
            billing: Billing {
                label: words::BILLING_LINE,
                text: match &view.billing {
                    BillingLine::Same => words::BILLING_SAME.to_owned(),
                    BillingLine::Other(line) => line.clone(),
                },
                change: Button::new("facturation", buttons::CHANGE),
                change_hidden: words::BILLING_CHANGE_HIDDEN,
            },
        };
        let task = Task::new(Vec::<String>::new(), form, fields);
        self.task("organisation.html", page, words::H1, Stage::At(Journey::Local, 4), answers, task)
    }

    /// 3.8, billing. Fields: `same`, `name`, `address_1`, `address_2`, `postal_code`, `city`, `country`, `email`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn billing(&self, page: &Page, answers: &Answers) -> Rendered {
        let same = Field::input("checkbox", "same", words::SAME).answered(answers);
        let mut name = long("name", words::NAME, "billing organization").required().answered(answers);
        let mut address_1 =
            long("address_1", words::BILLING_ADDRESS, "billing address-line1").required().answered(answers);
        let mut address_2 = long("address_2", words::ADDRESS_2, "billing address-line2").answered(answers);
        let mut postal_code = postal_code("billing postal-code", answers);
        let mut city = long("city", words::CITY, "billing address-level2").required().answered(answers);
        let mut country = country("billing country", answers);
        let mut email = email("email", words::BILLING_EMAIL, "billing email").answered(answers);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SAVE).back();
        let form = Form::new(paths::BILLING, page, actions).settle(
            page,
            answers,
            &mut [&mut name, &mut address_1, &mut address_2, &mut postal_code, &mut city, &mut country, &mut email],
        );
        let fields = BillingFields {
            same,
            without_script: words::SAME_WITHOUT_SCRIPT,
            name,
            address_1,
            address_2,
            postal_code,
            city,
            country,
            email,
        };
        let task = Task::new(Vec::<String>::new(), form, fields);
        self.task("billing.html", page, words::BILLING_H1, Stage::At(Journey::Local, 4), answers, task)
    }

    /// 3.9, activated; `email` in full, `target` where the person goes next.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn finished(&self, page: &Page, email: &str, target: &str) -> Rendered {
        let frame = self.frame(page, words::DONE_H1, Stage::Finished(Journey::Local), false);
        let screen = Finished {
            paragraphs: [words::DONE_TEXT.to_owned(), words::done_identifier(email)],
            primary: Link::to(target, buttons::OPEN_SPACE),
        };
        self.show("finished.html", frame, screen)
    }

    /// 3.10, freezing an activation from the notice. "C'est bien moi" is `ignorer` of the same form.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn freeze(&self, page: &Page, state: FreezeState<'_>) -> Rendered {
        let (h1, message) = match state {
            FreezeState::Ask { token } => {
                let actions =
                    Actions::primary(buttons::FREEZE, buttons::waiting::MOMENT).skip_as(buttons::DO_NOT_FREEZE, None);
                let message = Message::new("shield", [words::freeze_text(&self.brand)])
                    .form(paths::FREEZE, page, actions)
                    .hidden("jeton", token);
                (words::FREEZE_H1, message)
            }
            FreezeState::Frozen => (words::FROZEN_H1, Message::new("shield", [words::frozen_text(&self.brand)])),
            FreezeState::Kept => (words::NOT_FROZEN_H1, Message::new("check", [words::NOT_FROZEN])),
            FreezeState::Dead => {
                (words::FREEZE_LINK_DEAD_H1, Message::new("clock", [words::freeze_link_dead(&self.brand)]))
            }
        };
        self.message("freeze.html", page, h1, message)
    }
}

fn long(name: &'static str, label: &'static str, autocomplete: &'static str) -> Field {
    Field::text(name, label).attr("autocomplete", autocomplete).attr("maxlength", "400")
}

fn postal_code(autocomplete: &'static str, answers: &Answers) -> Field {
    Field::text("postal_code", words::POSTAL_CODE)
        .required()
        .attr("autocomplete", autocomplete)
        .attr("inputmode", "numeric")
        .attr("maxlength", "12")
        .answered(answers)
}

fn finess(optional: bool, answers: &Answers) -> Field {
    let field = Field::text("finess", words::FINESS)
        .required_if(!optional)
        .attr("inputmode", "text")
        .attr("autocapitalize", "characters")
        .attr("autocomplete", "off")
        .attr("maxlength", "20")
        .hint(words::FINESS_HINT);
    let field = if optional { field.hint(words::FINESS_FREED) } else { field };
    field.answered(answers)
}
