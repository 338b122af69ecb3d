//! Information, personal details, another phone number (screens.md 3.1, 3.2, 3.6).

use serde::Serialize;

use super::answers::Answers;
use super::fields::{Terms, email, number, phone};
use super::form::{Actions, Choice, Field, Form};
use super::frame::Stage;
use super::sign_in::Task;
use super::{Page, Rendered, Views};
use crate::account::model::Journey;
use crate::pages::paths;
use crate::pages::sentences::{buttons, code, details};

/// 3.2. Fields: `civility` (`MME`, `M`), `family_name`, `given_name`, `profession` (code), `rpps`, `email`,
/// `dial_code`, `phone`, `terms`.
#[derive(Debug, Clone, Default)]
pub struct DetailsView {
    /// Values and what was said of them; [`Answers::read_only`] on `rpps` when the import proves it.
    pub answers: Answers,
}

#[derive(Debug, Serialize)]
struct DetailsFields {
    civility: Field,
    family_name: Field,
    given_name: Field,
    profession: Field,
    rpps: Field,
    email: Field,
    dial_code: Field,
    phone: Field,
    terms: Terms,
}

#[derive(Debug, Serialize)]
struct PhoneFields {
    dial_code: Field,
    phone: Field,
}

#[derive(Debug, Serialize)]
struct NoFields {}

impl Views {
    /// 3.1, what comes.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn information(&self, page: &Page) -> Rendered {
        let answers = Answers::new();
        let actions = Actions::primary(buttons::configure(&self.brand.portal), buttons::waiting::MOMENT).back();
        let form = Form::new(paths::INFORMATION, page, actions);
        let lines = [
            details::welcome(&self.brand),
            details::INFORMATION_AFTER.to_owned(),
            details::INFORMATION_PREPARE.to_owned(),
        ];
        let task = Task::new(lines, form, NoFields {});
        self.task("information.html", page, details::INFORMATION_H1, Stage::At(Journey::Local, 1), &answers, task)
    }

    /// 3.2, who the person is.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn details(&self, page: &Page, view: &DetailsView) -> Rendered {
        let answers = &view.answers;
        let mut civility = civility(answers);
        let mut family_name = name("family_name", details::FAMILY_NAME, "family-name", answers);
        let mut given_name = name("given_name", details::GIVEN_NAME, "given-name", answers);
        let mut profession = self.profession(answers);
        let mut rpps = self.rpps(answers);
        let mut email = email("email", details::EMAIL, "email").required().hint(details::EMAIL_HINT).answered(answers);
        let mut dial_code = self.dial_code("dial_code", "tel-country-code", answers);
        let mut phone = phone("phone", details::PHONE, "tel-national").hint(details::PHONE_HINT).answered(answers);
        let mut terms = self.terms(answers);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SAVE).back();
        let form = Form::new(paths::DETAILS, page, actions).settle(
            page,
            answers,
            &mut [
                &mut civility,
                &mut family_name,
                &mut given_name,
                &mut profession,
                &mut rpps,
                &mut email,
                &mut dial_code,
                &mut phone,
                &mut terms.field,
            ],
        );
        let fields =
            DetailsFields { civility, family_name, given_name, profession, rpps, email, dial_code, phone, terms };
        let task = Task::new(Vec::<String>::new(), form, fields);
        self.task("details.html", page, details::H1, Stage::At(Journey::Local, 2), answers, task)
    }

    /// 3.6, another number; `first` when none was given yet. Fields: `dial_code`, `phone`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn change_phone(&self, page: &Page, first: bool, answers: &Answers) -> Rendered {
        let mut dial_code = self.dial_code("dial_code", "tel-country-code", answers);
        let mut phone =
            phone("phone", details::PHONE, "tel-national").required().hint(details::PHONE_HINT).answered(answers);
        let actions = Actions::primary(buttons::RECEIVE, buttons::waiting::SEND)
            .back()
            .skip(code::phone_skip(self.activation.reminder_days));
        let form =
            Form::new(paths::CHANGE_PHONE, page, actions).settle(page, answers, &mut [&mut dial_code, &mut phone]);
        let h1 = if first { code::FIRST_PHONE_H1 } else { code::CHANGE_PHONE_H1 };
        let task = Task::new(Vec::<String>::new(), form, PhoneFields { dial_code, phone });
        self.task("change_phone.html", page, h1, Stage::At(Journey::Local, 3), answers, task)
    }

    fn profession(&self, answers: &Answers) -> Field {
        let choices = std::iter::once(Choice::new("", details::CHOOSE))
            .chain(self.activation.professions.iter().map(|one| Choice::new(one.code.clone(), one.label.clone())))
            .collect();
        Field::input("select", "profession", details::PROFESSION).required().choices(choices).answered(answers)
    }

    /// Freed for professions without a number (decision 13); before one is chosen the hint says so.
    fn rpps(&self, answers: &Answers) -> Field {
        let chosen = answers.value("profession");
        let freed = self.activation.professions.iter().any(|one| one.code == chosen && one.rpps_optional);
        let some_are_freed = self.activation.professions.iter().any(|one| one.rpps_optional);
        let field = number("rpps", details::RPPS, "20").required_if(!freed).hint(details::RPPS_HINT);
        let field =
            if freed || (chosen.is_empty() && some_are_freed) { field.hint(details::RPPS_FREED) } else { field };
        field.answered(answers)
    }
}

fn civility(answers: &Answers) -> Field {
    let choices =
        vec![Choice::new("", details::CHOOSE), Choice::new("MME", details::MADAM), Choice::new("M", details::SIR)];
    Field::input("select", "civility", details::CIVILITY)
        .required()
        .attr("autocomplete", "honorific-prefix")
        .choices(choices)
        .answered(answers)
}

fn name(id: &'static str, label: &'static str, autocomplete: &'static str, answers: &Answers) -> Field {
    Field::text(id, label)
        .required()
        .attr("autocomplete", autocomplete)
        .attr("maxlength", "200")
        .attr("spellcheck", "false")
        .answered(answers)
}
