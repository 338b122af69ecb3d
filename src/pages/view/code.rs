//! Screens that ask a one-time code, all alike (screens.md 0.20, 2.5, 2.7, 2.8, 3.3, 3.5, 4.2, 4.4, 5.7, 6.6).

use serde::Serialize;

use super::answers::{Answers, Link};
use super::fields::{code_field, mask_words};
use super::form::{Actions, Button, Field, Form};
use super::frame::Stage;
use super::message::PscButton;
use super::sign_in::Task;
use super::{Page, Rendered, StepUpReason, Views};
use crate::account::model::Journey;
use crate::pages::paths;
use crate::pages::sentences::{buttons, code, details, psc, reset, session, sign_in};

/// Why a code is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    /// 2.5, second factor.
    SignIn,
    /// 2.7, reset by e-mail.
    Reset,
    /// 2.8, reset, the phone too.
    ResetSms,
    /// 3.3, activation's e-mail.
    ActivationEmail,
    /// 3.5, activation's phone.
    ActivationPhone,
    /// 4.2, contact e-mail of the PSC journey.
    PscEmail,
    /// 4.4, phone of the PSC journey.
    PscPhone,
    /// 4.2 opened from the reminder: no stepper.
    ReminderEmail,
    /// 4.4 opened from the reminder: no stepper.
    ReminderPhone,
    /// 4.2 for a route that asks for an e-mail: no stepper, not to be skipped.
    WantedEmail,
    /// 4.4 for a route that asks for a phone: no stepper, not to be skipped.
    WantedPhone,
    /// 5.7, linking.
    Linking,
    /// 6.6, step-up.
    StepUp(StepUpReason),
}

/// Where the code went: channel and mask (`identity::…::masked`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A masked address.
    Email(String),
    /// A masked number.
    Sms(String),
}

/// A code screen.
#[derive(Debug, Clone)]
pub struct CodeView {
    /// Which one.
    pub purpose: CodePurpose,
    /// Where the code went.
    pub destination: Destination,
    /// What was refused; the code itself never comes back.
    pub answers: Answers,
    /// Seconds the code still has; script counts them down.
    pub seconds_left: Option<u64>,
    /// The last sending failed: the button says "Réessayer l'envoi".
    pub retry: bool,
    /// Two contacts: "Recevoir le code autrement" (2.5 and 6.6).
    pub otherwise: bool,
}

/// What a code template is given.
#[derive(Debug, Serialize)]
struct CodeScreen {
    before: &'static str,
    mask: String,
    mask_words: &'static str,
    full_stop: bool,
    paragraphs: Vec<String>,
    mistake: Option<Link>,
    form: Form,
    code: Field,
    validity: &'static str,
    seconds_left: Option<u64>,
    left: &'static str,
    expires_soon: &'static str,
    resend: Button,
    not_arrived: &'static str,
    not_arrived_text: String,
    lost: Option<Lost>,
    psc: Option<PscButton>,
}

#[derive(Debug, Serialize)]
struct Lost {
    summary: &'static str,
    text: String,
}

/// What sets one code screen apart from another.
struct Shape {
    template: &'static str,
    h1: &'static str,
    stage: Stage,
    action: &'static str,
}

impl Views {
    /// Any code screen. The resend button is `renvoyer`, "Recevoir le code autrement" is `autrement`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn code(&self, page: &Page, view: &CodeView) -> Rendered {
        let shape = shape(view.purpose);
        let mut field = code_field(&view.answers);
        let form = Form::new(shape.action, page, self.code_actions(view, judge_button(view.purpose))).settle(
            page,
            &view.answers,
            &mut [&mut field],
        );
        let (before, phone, mask) = match &view.destination {
            Destination::Email(mask) => (email_words(view.purpose), false, mask.clone()),
            Destination::Sms(mask) => (sms_words(view.purpose), true, mask.clone()),
        };
        let mut frame = self.frame(page, shape.h1, shape.stage, view.answers.is_refused());
        if let Some(notice) = &mut frame.notice {
            notice.autofocus = !form.takes_focus(&view.answers);
        }
        let resend = if view.retry { buttons::RETRY_SEND } else { buttons::RESEND };
        let screen = CodeScreen {
            before,
            mask,
            mask_words: mask_words(phone),
            full_stop: matches!(
                view.purpose,
                CodePurpose::Reset | CodePurpose::ResetSms | CodePurpose::ActivationEmail
            ),
            paragraphs: self.code_paragraphs(view.purpose),
            mistake: mistake(view.purpose),
            form,
            code: field,
            validity: code::VALIDITY,
            seconds_left: view.seconds_left,
            left: code::LEFT,
            expires_soon: code::EXPIRES_SOON,
            resend: Button::new("renvoyer", resend).waiting(buttons::waiting::SEND_LONG),
            not_arrived: code::NOT_ARRIVED,
            not_arrived_text: if phone {
                code::NOT_ARRIVED_SMS.to_owned()
            } else {
                code::not_arrived_email(&self.mail_from)
            },
            lost: (view.purpose == CodePurpose::ResetSms)
                .then(|| Lost { summary: reset::LOST_NUMBER, text: reset::lost_number(&self.brand) }),
            psc: matches!(view.purpose, CodePurpose::StepUp(_))
                .then(|| self.psc_button(page))
                .flatten()
                .map(|button| button.after_form(sign_in::OR)),
        };
        self.show(shape.template, frame, screen)
    }

    /// A code screen while no code waits: none left yet, such as on another day, or none could leave. A button sends one (`renvoyer`).
    ///
    /// # Errors
    /// The template is wrong.
    pub fn code_unsent(&self, page: &Page, view: &CodeView) -> Rendered {
        let shape = shape(view.purpose);
        let label = if view.retry { buttons::RETRY_SEND } else { buttons::SEND_CODE };
        let send = Button::new("renvoyer", label).waiting(buttons::waiting::SEND);
        let form = Form::new(shape.action, page, self.code_actions(view, send)).settle(page, &view.answers, &mut []);
        let (before, phone, mask) = match &view.destination {
            Destination::Email(mask) => (code::WILL_EMAIL, false, mask.clone()),
            Destination::Sms(mask) => (code::WILL_TEXT, true, mask.clone()),
        };
        let fields = Unsent { before, mask, mask_words: mask_words(phone), mistake: mistake(view.purpose) };
        let task = Task::new(self.code_paragraphs(view.purpose), form, fields);
        let step_up = matches!(view.purpose, CodePurpose::StepUp(_));
        let task = if step_up { task.psc(self.psc_button(page)) } else { task };
        self.task("code_unsent.html", page, shape.h1, shape.stage, &view.answers, task)
    }

    fn code_actions(&self, view: &CodeView, primary: Button) -> Actions {
        let mut actions = Actions::with(Some(primary)).back();
        if view.otherwise {
            actions = actions.other(Button::new("autrement", buttons::OTHERWISE));
        }
        let days = self.activation.reminder_days;
        match view.purpose {
            CodePurpose::ActivationPhone => actions.skip(code::phone_skip(days)),
            CodePurpose::PscEmail => actions.skip(details::email_skip(days)),
            CodePurpose::PscPhone => actions.skip(details::phone_skip(days)),
            CodePurpose::ReminderEmail | CodePurpose::ReminderPhone => actions.skip(details::reminder_skip(days)),
            CodePurpose::SignIn
            | CodePurpose::Reset
            | CodePurpose::ResetSms
            | CodePurpose::ActivationEmail
            | CodePurpose::WantedEmail
            | CodePurpose::WantedPhone
            | CodePurpose::Linking
            | CodePurpose::StepUp(_) => actions,
        }
    }

    fn code_paragraphs(&self, purpose: CodePurpose) -> Vec<String> {
        match purpose {
            CodePurpose::Reset => vec![reset::code_for_everyone(&self.brand)],
            CodePurpose::SignIn
            | CodePurpose::ResetSms
            | CodePurpose::ActivationEmail
            | CodePurpose::ActivationPhone
            | CodePurpose::PscEmail
            | CodePurpose::PscPhone
            | CodePurpose::ReminderEmail
            | CodePurpose::ReminderPhone
            | CodePurpose::WantedEmail
            | CodePurpose::WantedPhone
            | CodePurpose::Linking => Vec::new(),
            CodePurpose::StepUp(reason) => vec![reason.text().to_owned()],
        }
    }
}

fn judge_button(purpose: CodePurpose) -> Button {
    let label = match purpose {
        CodePurpose::ActivationPhone => buttons::SEND,
        CodePurpose::StepUp(_) => buttons::CONFIRM,
        CodePurpose::SignIn
        | CodePurpose::Reset
        | CodePurpose::ResetSms
        | CodePurpose::ActivationEmail
        | CodePurpose::PscEmail
        | CodePurpose::PscPhone
        | CodePurpose::ReminderEmail
        | CodePurpose::ReminderPhone
        | CodePurpose::WantedEmail
        | CodePurpose::WantedPhone
        | CodePurpose::Linking => buttons::VALIDATE,
    };
    Button::new("valider", label).waiting(buttons::waiting::CHECK)
}

/// A code screen before anything was sent.
#[derive(Debug, Serialize)]
struct Unsent {
    mask: String,
    mask_words: &'static str,
    before: &'static str,
    mistake: Option<Link>,
}

fn shape(purpose: CodePurpose) -> Shape {
    let at = Stage::At;
    let (template, h1, stage, action) = match purpose {
        CodePurpose::SignIn => ("sign_in_code.html", code::SECOND_FACTOR_H1, Stage::None, paths::SIGN_IN_CODE),
        CodePurpose::Reset => ("reset_code.html", reset::CODE_H1, Stage::None, paths::RESET_CODE),
        CodePurpose::ResetSms => ("reset_sms.html", reset::SMS_H1, Stage::None, paths::RESET_SMS),
        CodePurpose::ActivationEmail => ("email_code.html", code::EMAIL_H1, at(Journey::Local, 2), paths::EMAIL),
        CodePurpose::ActivationPhone => ("phone_code.html", code::PHONE_H1, at(Journey::Local, 3), paths::PHONE),
        CodePurpose::PscEmail => {
            ("psc_email_code.html", code::SECOND_FACTOR_H1, at(Journey::Psc, 2), paths::PSC_EMAIL_CODE)
        }
        CodePurpose::PscPhone => {
            ("psc_phone_code.html", code::SECOND_FACTOR_H1, at(Journey::Psc, 2), paths::PSC_PHONE_CODE)
        }
        CodePurpose::ReminderEmail | CodePurpose::WantedEmail => {
            ("psc_email_code.html", code::SECOND_FACTOR_H1, Stage::None, paths::PSC_EMAIL_CODE)
        }
        CodePurpose::ReminderPhone | CodePurpose::WantedPhone => {
            ("psc_phone_code.html", code::SECOND_FACTOR_H1, Stage::None, paths::PSC_PHONE_CODE)
        }
        CodePurpose::Linking => ("linking_code.html", psc::PROOF_H1, Stage::None, paths::LINKING_CODE),
        CodePurpose::StepUp(_) => ("step_up_code.html", session::STEP_UP_H1, Stage::None, paths::STEP_UP),
    };
    Shape { template, h1, stage, action }
}

fn email_words(purpose: CodePurpose) -> &'static str {
    if purpose == CodePurpose::Reset { code::RESET_TO_EMAIL } else { code::TO_EMAIL }
}

fn sms_words(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::ResetSms => code::RESET_TO_PHONE,
        CodePurpose::ActivationPhone => code::TO_PHONE_FIRST,
        CodePurpose::SignIn
        | CodePurpose::Reset
        | CodePurpose::ActivationEmail
        | CodePurpose::PscEmail
        | CodePurpose::PscPhone
        | CodePurpose::ReminderEmail
        | CodePurpose::ReminderPhone
        | CodePurpose::WantedEmail
        | CodePurpose::WantedPhone
        | CodePurpose::Linking
        | CodePurpose::StepUp(_) => code::TO_PHONE,
    }
}

fn mistake(purpose: CodePurpose) -> Option<Link> {
    match purpose {
        CodePurpose::ActivationEmail => Some(Link::to(format!("{}#email", paths::DETAILS), code::EMAIL_MISTAKE)),
        CodePurpose::ActivationPhone => Some(Link::to(paths::CHANGE_PHONE, code::PHONE_MISTAKE)),
        CodePurpose::SignIn
        | CodePurpose::Reset
        | CodePurpose::ResetSms
        | CodePurpose::PscEmail
        | CodePurpose::PscPhone
        | CodePurpose::ReminderEmail
        | CodePurpose::ReminderPhone
        | CodePurpose::WantedEmail
        | CodePurpose::WantedPhone
        | CodePurpose::Linking
        | CodePurpose::StepUp(_) => None,
    }
}
