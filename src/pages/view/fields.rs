//! Controls that several screens share, with the attributes of screens.md's tables.

use serde::Serialize;

use super::Views;
use super::answers::{Answers, Link};
use super::form::{Choice, Field};
use crate::config::settings::PasswordProfile;
use crate::identity::countries::{COUNTRIES, name_of};
use crate::pages::sentences::{code, details, frame, organisation, password, sign_in};

/// The box "J'accepte les conditions générales d'utilisation."
#[derive(Debug, Serialize)]
pub(super) struct Terms {
    pub(super) field: Field,
    before: &'static str,
    link: Link,
    after: &'static str,
}

/// The list of what a password needs.
#[derive(Debug, Serialize)]
pub(super) struct Criteria {
    title: &'static str,
    to_do: &'static str,
    done: &'static str,
    items: Vec<Criterion>,
}

#[derive(Debug, Serialize)]
struct Criterion {
    rule: &'static str,
    least: usize,
    label: &'static str,
}

pub(super) fn identifier(answers: &Answers) -> Field {
    Field::text("identifier", sign_in::IDENTIFIER)
        .required()
        .attr("autocomplete", "username")
        .attr("autocapitalize", "none")
        .attr("spellcheck", "false")
        .attr("inputmode", "email")
        .attr("maxlength", "320")
        .answered(answers)
}

pub(super) fn current_password(answers: &Answers) -> Field {
    Field::input("password", "password", sign_in::PASSWORD)
        .required()
        .attr("autocomplete", "current-password")
        .answered(answers)
}

pub(super) fn code_field(answers: &Answers) -> Field {
    Field::text("code", code::LABEL)
        .required()
        .attr("inputmode", "numeric")
        .attr("autocomplete", "one-time-code")
        .attr("maxlength", "16")
        .attr("spellcheck", "false")
        .hint(code::HINT)
        .answered(answers)
}

pub(super) fn email(name: &'static str, label: &'static str, autocomplete: &'static str) -> Field {
    Field::text(name, label)
        .attr("inputmode", "email")
        .attr("autocomplete", autocomplete)
        .attr("autocapitalize", "none")
        .attr("spellcheck", "false")
        .attr("maxlength", "320")
}

pub(super) fn phone(name: &'static str, label: &'static str, autocomplete: &'static str) -> Field {
    Field::input("tel", name, label).attr("inputmode", "tel").attr("autocomplete", autocomplete).attr("maxlength", "30")
}

/// A number of a register: digits, never completed by the browser.
pub(super) fn number(name: &'static str, label: &'static str, maxlength: &'static str) -> Field {
    Field::text(name, label).attr("inputmode", "numeric").attr("autocomplete", "off").attr("maxlength", maxlength)
}

pub(super) fn country(autocomplete: &'static str, answers: &Answers) -> Field {
    let unlisted = !answers.value("country").is_empty() && name_of(answers.value("country")).is_none();
    // A country of another register than ours is asked for, never shown as the first of the list.
    let choose = unlisted.then(|| Choice::new("", details::CHOOSE));
    let listed = COUNTRIES.iter().map(|(value, label)| Choice::new(*value, *label));
    let choices = choose.into_iter().chain(listed).collect();
    Field::input("select", "country", organisation::COUNTRY)
        .required()
        .attr("autocomplete", autocomplete)
        .choices(choices)
        .answered(answers)
}

impl Views {
    pub(super) fn dial_code(&self, name: &'static str, autocomplete: &'static str, answers: &Answers) -> Field {
        let ours = details::DIAL_CODES.iter().map(|(value, place)| ((*value).to_owned(), (*place).to_owned()));
        let mut choices: Vec<Choice> = ours
            .chain(self.activation.dial_codes.iter().cloned())
            .map(|(value, place)| Choice::new(value.clone(), format!("{value} {place}")))
            .collect();
        let held = answers.value(name);
        if !held.is_empty() && choices.iter().all(|choice| choice.value != held) {
            choices.push(Choice::new(held, held));
        }
        Field::input("select", name, details::DIAL_CODE)
            .attr("autocomplete", autocomplete)
            .choices(choices)
            .answered(answers)
    }

    pub(super) fn terms(&self, answers: &Answers) -> Terms {
        Terms {
            field: Field::input("checkbox", "terms", "").required().answered(answers),
            before: details::TERMS_BEFORE,
            link: Link::to(self.brand.terms_url.to_string(), details::TERMS_LINK).in_new_window(),
            after: details::TERMS_AFTER,
        }
    }

    pub(super) fn new_password(&self, answers: &Answers) -> Field {
        let field = Field::input("password", "new_password", password::LABEL)
            .required()
            .attr("autocomplete", "new-password")
            .described_by("criteria")
            .answered(answers);
        match self.password_profile {
            PasswordProfile::Guide => field
                .attr("passwordrules", "minlength: 12; required: lower; required: upper; required: digit, special;"),
            PasswordProfile::Nist => field.attr("passwordrules", "minlength: 15;"),
        }
    }

    pub(super) fn criteria(&self) -> Criteria {
        let items = match self.password_profile {
            PasswordProfile::Guide => vec![
                Criterion { rule: "length", least: 12, label: password::LENGTH },
                Criterion { rule: "upper", least: 1, label: password::UPPER },
                Criterion { rule: "lower", least: 1, label: password::LOWER },
                Criterion { rule: "digit", least: 1, label: password::DIGIT },
            ],
            PasswordProfile::Nist => vec![Criterion { rule: "length", least: 15, label: password::LENGTH_NIST }],
        };
        Criteria { title: password::CRITERIA, to_do: password::TO_DO, done: password::DONE, items }
    }
}

pub(super) fn confirm_password(answers: &Answers) -> Field {
    Field::input("password", "confirm_password", password::CONFIRM_LABEL)
        .required()
        .attr("autocomplete", "new-password")
        .answered(answers)
}

/// Text that only a screen reader says after a masked address or number.
pub(super) const fn mask_words(phone: bool) -> &'static str {
    if phone { frame::MASKED_NUMBER } else { frame::MASKED_ADDRESS }
}
