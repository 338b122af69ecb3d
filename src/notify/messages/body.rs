//! An e-mail as a list of blocks, rendered twice: plain text and HTML say the same words in the same order.

use serde::Serialize;

use crate::config::settings::Brand;

use super::Rendered;

/// A piece of an e-mail's body.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Block {
    /// A paragraph: text and links in the order they are read.
    Paragraph {
        /// Its pieces.
        pieces: Vec<Piece>,
    },
    /// A code, shown large: `123 456`.
    Code {
        /// Already spaced.
        digits: String,
    },
}

/// A piece of a paragraph.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", content = "text", rename_all = "lowercase")]
pub(super) enum Piece {
    /// Words.
    Words(String),
    /// An address of ours, shown whole.
    Link(String),
}

/// An e-mail before its frame.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    /// After "{brand} : ".
    pub(super) subject: String,
    /// What the frame surrounds.
    pub(super) blocks: Vec<Block>,
}

/// A paragraph of words only.
pub(super) fn paragraph(words: impl Into<String>) -> Block {
    Block::Paragraph { pieces: vec![Piece::Words(words.into())] }
}

/// A paragraph with an address in it.
pub(super) fn paragraph_with_link(before: impl Into<String>, link: String, after: &str) -> Block {
    let mut pieces = vec![Piece::Words(before.into()), Piece::Link(link)];
    if !after.is_empty() {
        pieces.push(Piece::Words(after.to_owned()));
    }
    Block::Paragraph { pieces }
}

impl Letter {
    /// Puts the frame of 0.13 around the blocks.
    pub(super) fn render(self, brand: &Brand) -> Rendered {
        let name = &brand.name;
        let mut blocks = vec![paragraph("Bonjour,")];
        blocks.extend(self.blocks);
        let warning = format!(
            "Ne communiquez jamais vos codes ni votre mot de passe : {name} ne vous les demandera jamais, \
             ni par téléphone ni par e-mail."
        );
        let signature =
            format!("{name} – Besoin d'aide ? {} ({}) – {}", brand.help_phone, brand.help_cost, brand.help_email);
        // A line break here would begin another header further on.
        let subject = format!("{name} : {}", self.subject).replace(char::is_control, " ");
        let mut text = String::new();
        for block in &blocks {
            text.push_str(&plain(block));
            text.push_str("\n\n");
        }
        text.push_str(&format!("{warning}\n\n{signature}\n"));
        let html = html(&Page { subject: &subject, blocks: &blocks, warning: &warning, signature: &signature });
        Rendered::Email { subject, text, html }
    }
}

#[derive(Serialize)]
struct Page<'a> {
    subject: &'a str,
    blocks: &'a [Block],
    warning: &'a str,
    signature: &'a str,
}

fn plain(block: &Block) -> String {
    match block {
        Block::Paragraph { pieces } => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Words(text) | Piece::Link(text) => text.as_str(),
            })
            .collect(),
        Block::Code { digits } => format!("    {digits}"),
    }
}

fn html(page: &Page<'_>) -> String {
    let mut templates = minijinja::Environment::new();
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    // The name ends in `.html`, which is what turns escaping on.
    let rendered = templates
        .add_template("email.html", include_str!("../templates/email.html"))
        .and_then(|()| templates.get_template("email.html"))
        .and_then(|template| template.render(minijinja::value::Serde(page)));
    rendered.unwrap_or_else(|error| {
        // The template is part of the program and every message is rendered by a test.
        tracing::error!(%error, "an e-mail could not be rendered as HTML");
        String::new()
    })
}
