//! What handlers give a form: hidden fields, links, values and what the server said of them (screens.md 0.5).

use std::collections::BTreeMap;

use serde::Serialize;

/// Hidden fields of a form (decision 18).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tokens {
    /// This tab's flow.
    pub flow: String,
    /// Form token.
    pub token: String,
    /// Validated return target.
    pub return_to: Option<String>,
    /// What the page asked for needs once more (6.6).
    pub need: Option<String>,
}

/// A link drawn as text or as a quiet button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    href: String,
    label: String,
    new_window: bool,
}

impl Link {
    /// A link to `href`.
    #[must_use]
    pub fn to(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { href: href.into(), label: label.into(), new_window: false }
    }

    pub(super) fn in_new_window(mut self) -> Self {
        self.new_window = true;
        self
    }
}

/// What a form holds when it is shown: values, and what the server said of them, by field name.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    values: BTreeMap<String, String>,
    pub(super) errors: BTreeMap<String, String>,
    pub(super) warnings: BTreeMap<String, String>,
    pub(super) hints: BTreeMap<String, Vec<String>>,
    pub(super) read_only: Vec<String>,
    pub(super) lines: Vec<String>,
    pub(super) link: Option<Link>,
    to_correct: bool,
}

impl Answers {
    /// Nothing typed, nothing refused.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A value to show again; a ticked box is any non-empty value.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<String>) -> Self {
        self.values.insert(field.to_owned(), value.into());
        self
    }

    /// A field is refused.
    #[must_use]
    pub fn error(mut self, field: &str, sentence: impl Into<String>) -> Self {
        self.errors.insert(field.to_owned(), sentence.into());
        self
    }

    /// A field is doubtful; the same answer passes the next time.
    #[must_use]
    pub fn warning(mut self, field: &str, sentence: impl Into<String>) -> Self {
        self.warnings.insert(field.to_owned(), sentence.into());
        self
    }

    /// One more hint under a field ("Repris de votre compte …", "Enregistré dans l'autre onglet : …").
    #[must_use]
    pub fn hint(mut self, field: &str, sentence: impl Into<String>) -> Self {
        self.hints.entry(field.to_owned()).or_default().push(sentence.into());
        self
    }

    /// A field that shows its value and takes no other (the imported RPPS).
    #[must_use]
    pub fn read_only(mut self, field: &str) -> Self {
        self.read_only.push(field.to_owned());
        self
    }

    /// The whole form is refused: one sentence per paragraph. The title says "À corriger".
    #[must_use]
    pub fn refused<L: Into<String>>(mut self, lines: impl IntoIterator<Item = L>) -> Self {
        self.lines = lines.into_iter().map(Into::into).collect();
        self.to_correct = true;
        self
    }

    /// The form is fine, something else is not (a sender is down). The title stays.
    #[must_use]
    pub fn trouble<L: Into<String>>(mut self, lines: impl IntoIterator<Item = L>) -> Self {
        self.lines = lines.into_iter().map(Into::into).collect();
        self
    }

    /// A link at the end of the box.
    #[must_use]
    pub fn link(mut self, link: Link) -> Self {
        self.link = Some(link);
        self
    }

    /// Whether a field is refused.
    #[must_use]
    pub fn has_error(&self, field: &str) -> bool {
        self.errors.contains_key(field)
    }

    /// Whether the title must say "À corriger".
    pub(super) fn is_refused(&self) -> bool {
        self.to_correct || !self.errors.is_empty() || !self.warnings.is_empty()
    }

    pub(super) fn value(&self, field: &str) -> &str {
        self.values.get(field).map_or("", String::as_str)
    }
}
