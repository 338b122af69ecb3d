//! How a person is called.

use serde::{Deserialize, Serialize};

use super::text::{TextFault, clean_text, folded};
use super::value::text_value;

/// The two civilities the forms offer (screens 8.20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Civility {
    /// Madame.
    #[serde(rename = "MME")]
    Madame,
    /// Monsieur.
    #[serde(rename = "M")]
    Monsieur,
}

impl Civility {
    /// Reads a form's value, a provider's code (`MLLE` too) or a directory's word ("Mme", "M.", "Monsieur").
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match folded(text.trim().trim_end_matches('.')).as_str() {
            "mme" | "madame" | "mlle" | "mademoiselle" => Some(Self::Madame),
            "m" | "mr" | "monsieur" => Some(Self::Monsieur),
            _ => None,
        }
    }

    /// TRE_R81 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Madame => "MME",
            Self::Monsieur => "M",
        }
    }

    /// The word itself.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Madame => "Madame",
            Self::Monsieur => "Monsieur",
        }
    }
}

/// A family or given name: 1 to 100 characters, at least one letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonName(String);

text_value!(PersonName, PersonName::parse, NameFault);

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Nothing was typed.
    #[error("no name was typed")]
    Empty,
    /// A character that cannot be kept (screens 0.11).
    #[error("the name holds a character that cannot be kept")]
    Character,
    /// Digits, a sign that no name has, or no letter at all.
    #[error("this is not written like a name")]
    NotAName,
    /// More than 100 characters, or more than 200 bytes.
    #[error("the name has more than {} characters", PersonName::MAX)]
    TooLong,
}

impl PersonName {
    /// Most characters of a name.
    pub const MAX: usize = 100;
    /// Most bytes of a name in UTF-8, so that it fits in an assertion whatever its script.
    pub const MAX_BYTES: usize = 200;

    /// Reads a typed name after the rules of every text.
    ///
    /// # Errors
    /// One of [`NameFault`].
    pub fn parse(typed: &str) -> Result<Self, NameFault> {
        let text = clean_text(typed, Self::MAX)
            .map_err(|fault| match fault {
                TextFault::Character => NameFault::Character,
                TextFault::TooLong { .. } => NameFault::TooLong,
            })?
            .ok_or(NameFault::Empty)?;
        let strange = |c: char| c.is_numeric() || matches!(c, '<' | '>' | '@' | '/' | '\\' | '{' | '}');
        if text.chars().any(strange) || !text.chars().any(char::is_alphabetic) {
            return Err(NameFault::NotAName);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(NameFault::TooLong);
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_are_kept() {
        for (typed, kept) in [
            (" d'Arc ", "d'Arc"),
            ("Jean-  Paul", "Jean- Paul"),
            ("L’Héritier", "L’Héritier"),
            ("NGUYỄN", "NGUYỄN"),
            ("Иванова", "Иванова"),
            ("O", "O"),
        ] {
            assert_eq!(PersonName::parse(typed).map(String::from), Ok(kept.to_owned()));
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for typed in ["Dupont2", "a@b.fr", "<b>", "a/b", "a\\b", "{{x}}", "---", "."] {
            assert_eq!(PersonName::parse(typed), Err(NameFault::NotAName), "{typed}");
        }
        assert_eq!(PersonName::parse("\u{a0}"), Err(NameFault::Empty));
        assert_eq!(PersonName::parse("Du\u{202e}pont"), Err(NameFault::Character));
        assert_eq!(PersonName::parse(&"é".repeat(101)), Err(NameFault::TooLong));
        assert!(PersonName::parse(&"é".repeat(100)).is_ok());
    }

    #[test]
    fn civilities_are_read_from_forms_providers_and_directories() {
        for text in ["MME", "Mme", "Madame", "MLLE", "mme."] {
            assert_eq!(Civility::parse(text), Some(Civility::Madame), "{text}");
        }
        for text in ["M", "M.", "Mr", "monsieur "] {
            assert_eq!(Civility::parse(text), Some(Civility::Monsieur), "{text}");
        }
        assert_eq!(Civility::parse("Docteur"), None);
        assert_eq!(Civility::Madame.code(), "MME");
    }
}
