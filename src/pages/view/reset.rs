//! Forgotten password and the making of a password (screens.md 2.6, 2.9, 3.4).

use serde::Serialize;

use super::answers::Answers;
use super::fields::{Criteria, confirm_password, identifier};
use super::form::{Actions, Field, Form};
use super::frame::Stage;
use super::sign_in::Task;
use super::{Page, Rendered, Views};
use crate::account::model::Journey;
use crate::pages::paths;
use crate::pages::sentences::{buttons, password, reset};

#[derive(Debug, Serialize)]
struct ResetFields {
    identifier: Field,
    help: String,
}

#[derive(Debug, Serialize)]
pub(super) struct PasswordFields {
    username: String,
    username_label: &'static str,
    new_password: Field,
    confirm_password: Field,
    criteria: Criteria,
}

impl Views {
    /// 2.6, whose password is it. Field: `identifier`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn reset(&self, page: &Page, answers: &Answers) -> Rendered {
        let mut identifier = identifier(answers).hint(reset::ASK_HINT);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::MOMENT).back();
        let form = Form::new(paths::RESET, page, actions).settle(page, answers, &mut [&mut identifier]);
        let fields = ResetFields { identifier, help: reset::ask_help(&self.brand) };
        self.task("reset.html", page, reset::ASK_H1, Stage::None, answers, Task::new([reset::ASK_TEXT], form, fields))
    }

    /// 2.9, the new password; `username` is what was typed at 2.6. Fields: `new_password`, `confirm_password`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn reset_password(&self, page: &Page, username: &str, answers: &Answers) -> Rendered {
        let (form, fields) = self.password_form(paths::RESET_NEW, page, username, answers);
        let task = Task::new([reset::NEW_TEXT], form, fields);
        self.task("reset_password.html", page, reset::CODE_H1, Stage::None, answers, task)
    }

    /// 3.4, the first password of the activation; `username` is the verified e-mail.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn password(&self, page: &Page, username: &str, answers: &Answers) -> Rendered {
        let (form, fields) = self.password_form(paths::PASSWORD, page, username, answers);
        let task = Task::new([password::TEXT, password::IDENTIFIER_MEANWHILE], form, fields);
        self.task("password.html", page, password::H1, Stage::At(Journey::Local, 3), answers, task)
    }

    pub(super) fn password_form(
        &self,
        action: &'static str,
        page: &Page,
        username: &str,
        answers: &Answers,
    ) -> (Form, PasswordFields) {
        let mut new_password = self.new_password(answers);
        let mut confirm_password = confirm_password(answers);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SAVE).back();
        let form =
            Form::new(action, page, actions).settle(page, answers, &mut [&mut new_password, &mut confirm_password]);
        let fields = PasswordFields {
            username: username.to_owned(),
            username_label: password::USERNAME_LABEL,
            new_password,
            confirm_password,
            criteria: self.criteria(),
        };
        (form, fields)
    }
}
