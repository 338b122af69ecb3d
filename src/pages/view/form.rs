//! Forms: fields, buttons, the box above, and where the focus goes (screens.md 0.4–0.6, 0.10).

use std::collections::BTreeMap;

use serde::Serialize;

use super::Page;
use super::answers::{Answers, Link, Tokens};
use crate::pages::sentences::{self, buttons, frame as words};

/// One choice of a select or of a group of radio buttons.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) hidden: Option<&'static str>,
    pub(super) detail: Option<String>,
    pub(super) selected: bool,
    pub(super) disabled: bool,
}

impl Choice {
    pub(super) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hidden: None, detail: None, selected: false, disabled: false }
    }
}

/// One control with its label, hints and sentence.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) id: &'static str,
    label: String,
    label_hidden: Option<&'static str>,
    required: bool,
    input: &'static str,
    value: String,
    attributes: BTreeMap<&'static str, &'static str>,
    hints: Vec<String>,
    described_by: Option<&'static str>,
    error: Option<String>,
    warning: Option<String>,
    choices: Vec<Choice>,
    checked: bool,
    read_only: bool,
    autofocus: bool,
}

impl Field {
    pub(super) fn input(input: &'static str, name: &'static str, label: impl Into<String>) -> Self {
        Self {
            name,
            id: name,
            label: label.into(),
            label_hidden: None,
            required: false,
            input,
            value: String::new(),
            attributes: BTreeMap::new(),
            hints: Vec::new(),
            described_by: None,
            error: None,
            warning: None,
            choices: Vec::new(),
            checked: false,
            read_only: false,
            autofocus: false,
        }
    }

    pub(super) fn text(name: &'static str, label: impl Into<String>) -> Self {
        Self::input("text", name, label)
    }

    pub(super) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) fn required_if(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    pub(super) fn attr(mut self, name: &'static str, value: &'static str) -> Self {
        self.attributes.insert(name, value);
        self
    }

    pub(super) fn hint(mut self, sentence: impl Into<String>) -> Self {
        self.hints.push(sentence.into());
        self
    }

    pub(super) fn hidden_label(mut self, words: &'static str) -> Self {
        self.label_hidden = Some(words);
        self
    }

    pub(super) fn described_by(mut self, id: &'static str) -> Self {
        self.described_by = Some(id);
        self
    }

    /// Choices of a select or radio group, the answered one selected.
    pub(super) fn choices(mut self, choices: Vec<Choice>) -> Self {
        self.choices = choices;
        self
    }

    /// Value and sentences of this field; passwords and codes never come back.
    pub(super) fn answered(mut self, answers: &Answers) -> Self {
        let secret = self.input == "password" || self.name == "code";
        let value = if secret { "" } else { answers.value(self.name) };
        value.clone_into(&mut self.value);
        self.checked = !value.is_empty();
        for choice in &mut self.choices {
            choice.selected = choice.value == value;
        }
        self.error = answers.errors.get(self.name).cloned();
        self.warning = answers.warnings.get(self.name).cloned();
        self.hints.extend(answers.hints.get(self.name).into_iter().flatten().cloned());
        self.read_only = answers.read_only.iter().any(|name| name == self.name);
        self
    }

    fn sentence(&self) -> Option<&String> {
        self.error.as_ref().or(self.warning.as_ref())
    }
}

/// A submit button.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Button {
    value: &'static str,
    label: String,
    waiting: Option<&'static str>,
}

impl Button {
    pub(super) fn new(value: &'static str, label: impl Into<String>) -> Self {
        Self { value, label: label.into(), waiting: None }
    }

    pub(super) fn waiting(mut self, words: &'static str) -> Self {
        self.waiting = Some(words);
        self
    }
}

/// The buttons of a form: one primary, the rest quiet (screens.md 0.10).
#[derive(Debug, Clone, Serialize)]
pub(super) struct Actions {
    primary: Option<Button>,
    others: Vec<Button>,
    back: Option<Button>,
    back_link: Option<Link>,
    skip: Option<Button>,
    skip_sentence: Option<String>,
}

impl Actions {
    pub(super) fn primary(label: impl Into<String>, waiting: &'static str) -> Self {
        Self::with(Some(Button::new("valider", label).waiting(waiting)))
    }

    pub(super) fn none() -> Self {
        Self::with(None)
    }

    pub(super) fn with(primary: Option<Button>) -> Self {
        Self { primary, others: Vec::new(), back: None, back_link: None, skip: None, skip_sentence: None }
    }

    pub(super) fn back(self) -> Self {
        self.back_as(Button::new("retour", buttons::BACK))
    }

    pub(super) fn back_as(mut self, button: Button) -> Self {
        self.back = Some(button);
        self
    }

    pub(super) fn back_link(mut self, link: Link) -> Self {
        self.back_link = Some(link);
        self
    }

    pub(super) fn skip(self, sentence: impl Into<String>) -> Self {
        self.skip_as(buttons::SKIP, Some(sentence.into()))
    }

    pub(super) fn skip_as(mut self, label: &'static str, sentence: Option<String>) -> Self {
        self.skip = Some(Button::new("ignorer", label));
        self.skip_sentence = sentence;
        self
    }

    pub(super) fn other(mut self, button: Button) -> Self {
        self.others.push(button);
        self
    }
}

/// The box above a form.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Alert {
    heading: Option<String>,
    entries: Vec<Entry>,
    lines: Vec<String>,
    link: Option<Link>,
    autofocus: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Entry {
    href: String,
    text: String,
}

/// A form without its fields, which each screen names.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Form {
    action: String,
    tokens: Tokens,
    hidden: BTreeMap<&'static str, String>,
    required_note: Option<&'static str>,
    pub(super) alert: Option<Alert>,
    actions: Actions,
}

impl Form {
    pub(super) fn new(action: impl Into<String>, page: &Page, actions: Actions) -> Self {
        Self {
            action: action.into(),
            tokens: page.tokens.clone(),
            hidden: BTreeMap::new(),
            required_note: None,
            alert: None,
            actions,
        }
    }

    pub(super) fn hidden(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.insert(name, value.into());
        self
    }

    /// Settles the note, the box and the focus of a form whose fields stand in this order.
    pub(super) fn settle(mut self, page: &Page, answers: &Answers, fields: &mut [&mut Field]) -> Self {
        if fields.iter().any(|field| field.required) {
            self.required_note = Some(words::REQUIRED_NOTE);
        }
        let entries: Vec<Entry> = fields
            .iter()
            .filter_map(|field| {
                field.sentence().map(|text| Entry { href: format!("#{}", target(field)), text: text.clone() })
            })
            .collect();
        let single = fields.len() == 1;
        if !answers.lines.is_empty() {
            self.alert = Some(Alert {
                heading: None,
                entries: Vec::new(),
                lines: answers.lines.clone(),
                link: answers.link.clone(),
                autofocus: true,
            });
        } else if !single && !entries.is_empty() {
            self.alert = Some(Alert {
                heading: Some(sentences::fields_to_review(entries.len())),
                entries,
                lines: Vec::new(),
                link: None,
                autofocus: true,
            });
        } else if let [field] = fields {
            let told = page.notice.is_some() && field.sentence().is_none();
            field.autofocus = !told && !field.read_only && field.input != "radio";
        }
        self
    }

    /// Whether the box or a refused field takes the focus, so that the notice must not.
    pub(super) fn takes_focus(&self, answers: &Answers) -> bool {
        self.alert.is_some() || answers.is_refused()
    }
}

/// Where a link of the box leads: a group of choices has no control of its own name.
fn target(field: &Field) -> String {
    if field.input == "radio" { format!("{}-1", field.id) } else { field.id.to_owned() }
}
