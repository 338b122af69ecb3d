//! Pages that say something and offer a way on: a heading, sentences, links, perhaps one small form.

use serde::Serialize;

use super::answers::{Link, Tokens};
use super::form::{Actions, Form};
use super::frame::Stage;
use super::{Page, Rendered, Views};
use crate::pages::paths;
use crate::pages::sentences::{buttons, frame, psc};

/// The button of Pro Santé Connect (screens.md 5.1).
#[derive(Debug, Clone, Serialize)]
pub(super) struct PscButton {
    action: &'static str,
    tokens: Tokens,
    image: Option<String>,
    label: &'static str,
    before: &'static str,
    name: &'static str,
    restart: Option<&'static str>,
    ministry: &'static str,
    about: Option<Link>,
    waiting: &'static str,
    or: Option<&'static str>,
    confirming: bool,
}

impl PscButton {
    /// Separates it from the form above by "ou".
    pub(super) fn after_form(mut self, or: &'static str) -> Self {
        self.or = Some(or);
        self
    }

    /// For another form than the one that signs in or confirms.
    pub(super) fn posting_to(mut self, action: &'static str) -> Self {
        self.action = action;
        self
    }

    /// A word of its own instead of the official one ("Recommencer").
    pub(super) fn saying(mut self, words: &'static str) -> Self {
        self.restart = Some(words);
        self
    }
}

/// A page of sentences.
#[derive(Debug, Serialize)]
pub(super) struct Message {
    icon: &'static str,
    paragraphs: Vec<String>,
    reference: Option<String>,
    form: Option<Form>,
    psc: Option<PscButton>,
    primary: Option<Link>,
    links: Vec<Link>,
}

impl Message {
    pub(super) fn new<L: Into<String>>(icon: &'static str, paragraphs: impl IntoIterator<Item = L>) -> Self {
        Self {
            icon,
            paragraphs: paragraphs.into_iter().map(Into::into).collect(),
            reference: None,
            form: None,
            psc: None,
            primary: None,
            links: Vec::new(),
        }
    }

    pub(super) fn reference(mut self, reference: &str) -> Self {
        self.reference = Some(frame::reference(reference));
        self
    }

    pub(super) fn form(mut self, action: &'static str, page: &Page, actions: Actions) -> Self {
        self.form = Some(Form::new(action, page, actions));
        self
    }

    pub(super) fn hidden(mut self, name: &'static str, value: &str) -> Self {
        self.form = self.form.map(|form| form.hidden(name, value));
        self
    }

    pub(super) fn psc(mut self, psc: Option<PscButton>) -> Self {
        self.psc = psc;
        self
    }

    pub(super) fn primary(mut self, link: Link) -> Self {
        self.primary = Some(link);
        self
    }

    pub(super) fn link(mut self, link: Link) -> Self {
        self.links.push(link);
        self
    }
}

impl Views {
    pub(super) fn message(&self, template: &str, page: &Page, h1: impl Into<String>, message: Message) -> Rendered {
        self.show(template, self.frame(page, h1, Stage::None, false), message)
    }

    /// The button, where the page was given tokens for it and the provider is configured.
    pub(super) fn psc_button(&self, page: &Page) -> Option<PscButton> {
        let links = self.psc.as_ref()?;
        let tokens = page.psc.clone()?;
        Some(PscButton {
            action: paths::PSC_START,
            tokens,
            image: self.assets.psc_button.as_ref().map(|picture| picture.path()),
            label: psc::BUTTON,
            before: psc::BUTTON_BEFORE,
            name: psc::BUTTON_NAME,
            restart: None,
            ministry: psc::MINISTRY,
            about: links.about.clone().map(|href| Link::to(href, psc::LEARN_MORE).in_new_window()),
            waiting: buttons::waiting::PSC,
            or: None,
            confirming: page.confirming,
        })
    }
}
