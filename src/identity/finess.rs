//! Numbers of health establishments (fact sheet 9.3).

use serde::{Deserialize, Serialize};

use super::digits::{ascii_digit, is_digits, is_separator, luhn};
use super::value::text_value;

/// A FINESS, legal entity or site: department, number, Luhn key; nine characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Finess(String);

text_value!(Finess, Finess::parse, FinessFault);

/// Why a text is no FINESS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FinessFault {
    /// Nothing was typed.
    #[error("no FINESS was typed")]
    Empty,
    /// Another number of characters than nine.
    #[error("a FINESS has 9 characters, not {characters}")]
    Length {
        /// How many were typed.
        characters: usize,
    },
    /// The first two characters name no department.
    #[error("the FINESS names no department")]
    Department,
    /// The key is wrong, or a letter stands after the department.
    #[error("the key of the FINESS is wrong")]
    Key,
}

impl Finess {
    /// Reads a typed number: separators dropped, upper case; `2A` and `2B` count as 21 and 22 in the key.
    ///
    /// # Errors
    /// One of [`FinessFault`].
    pub fn parse(typed: &str) -> Result<Self, FinessFault> {
        let text: String =
            typed.chars().filter(|c| !is_separator(*c)).map(|c| ascii_digit(c).to_ascii_uppercase()).collect();
        if text.is_empty() {
            return Err(FinessFault::Empty);
        }
        let characters = text.chars().count();
        if characters != 9 {
            return Err(FinessFault::Length { characters });
        }
        let (Some(department), Some(number)) = (text.get(..2), text.get(2..)) else {
            return Err(FinessFault::Department);
        };
        let department = match department {
            "2A" => "21",
            "2B" => "22",
            "00" | "96" | "99" => return Err(FinessFault::Department),
            _ if is_digits(department, 2) => department,
            _ => return Err(FinessFault::Department),
        };
        if !is_digits(number, 7) || !luhn(&format!("{department}{number}")) {
            return Err(FinessFault::Key);
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn establishments_of_every_department_are_read() {
        for typed in ["750099996", "75 009 999 6", "970409991", "2A0099990", "2a0099990", "2B0099998"] {
            assert!(Finess::parse(typed).is_ok(), "{typed}");
        }
        assert_eq!(Finess::parse(" 2a 009 999 0").unwrap().as_str(), "2A0099990");
    }

    #[test]
    fn wrong_numbers_say_what_is_wrong() {
        let cases = [
            ("", FinessFault::Empty),
            ("750099997", FinessFault::Key),
            ("2A0099991", FinessFault::Key),
            ("75009999O", FinessFault::Key),
            ("2C0099990", FinessFault::Department),
            ("000000000", FinessFault::Department),
            ("éé0099990", FinessFault::Department),
            ("75009999", FinessFault::Length { characters: 8 }),
            ("7500999966", FinessFault::Length { characters: 10 }),
        ];
        for (typed, fault) in cases {
            assert_eq!(Finess::parse(typed), Err(fault), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(typed in "\\PC{0,12}") {
            if let Ok(finess) = Finess::parse(&typed) {
                prop_assert_eq!(Finess::parse(finess.as_str()), Ok(finess));
            }
        }
    }
}
