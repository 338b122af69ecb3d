//! Pages that say something and offer a way on: a heading, sentences, links, perhaps one small form.

use serde::Serialize;

use super::answers::{Link, Tokens};
use super::form::{Actions, Form};
use super::frame::Stage;
use super::{Page, ProviderLook, Rendered, Views};
use crate::pages::assets::Asset;
use crate::pages::paths;
use crate::pages::sentences::{frame, psc};

/// The form of Pro Santé Connect and other providers, a button for each (screens.md 5.1).
#[derive(Debug, Clone, Serialize)]
pub(super) struct PscButton {
    action: String,
    tokens: Tokens,
    ways: Vec<ProviderWay>,
    restart: Option<&'static str>,
    or: Option<&'static str>,
    confirming: bool,
}

/// One provider's button and what stands under it.
#[derive(Debug, Clone, Serialize)]
struct ProviderWay {
    provider: String,
    image: Option<String>,
    label: String,
    before: &'static str,
    name: String,
    ministry: Option<&'static str>,
    about: Option<Link>,
    waiting: String,
}

impl PscButton {
    /// Separates it from the form above by "ou".
    pub(super) fn after_form(mut self, or: &'static str) -> Self {
        self.or = Some(or);
        self
    }

    /// For another form than the one that signs in or confirms.
    pub(super) fn posting_to(mut self, action: impl Into<String>) -> Self {
        self.action = action.into();
        self
    }

    /// A word of its own instead of the official one ("Recommencer"), where there is nothing to choose.
    pub(super) fn saying(mut self, words: &'static str) -> Self {
        self.restart = (self.ways.len() == 1).then_some(words);
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

    pub(super) fn form(mut self, action: impl Into<String>, page: &Page, actions: Actions) -> Self {
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

    /// The buttons, where the page was given tokens for them and providers are configured.
    pub(super) fn psc_button(&self, page: &Page) -> Option<PscButton> {
        let tokens = page.psc.clone()?;
        let offered = |name: &str| page.providers.is_empty() || page.providers.iter().any(|offered| offered == name);
        let ways: Vec<ProviderWay> =
            self.providers.iter().filter(|look| offered(&look.name)).map(|look| self.way(look)).collect();
        if ways.is_empty() {
            return None;
        }
        let action = paths::PSC_START.to_owned();
        Some(PscButton { action, tokens, ways, restart: None, or: None, confirming: page.confirming })
    }

    fn way(&self, look: &ProviderLook) -> ProviderWay {
        ProviderWay {
            provider: look.name.clone(),
            image: self.assets.provider_buttons.get(&look.name).map(Asset::path),
            label: psc::button(&look.label),
            before: psc::BUTTON_BEFORE,
            name: look.label.clone(),
            ministry: look.is_psc.then_some(psc::MINISTRY),
            about: look.about.clone().map(|href| Link::to(href, psc::learn_more(&look.label)).in_new_window()),
            waiting: psc::opening(&look.label),
        }
    }
}
