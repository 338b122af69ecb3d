//! The professional's national number (fact sheet 9.1).

use serde::{Deserialize, Serialize};

use super::digits::{is_digits, luhn, typed_digits};
use super::value::text_value;

/// An RPPS: eleven digits, the last one a Luhn key (unless it came from a trusted source).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rpps(String);

text_value!(Rpps, Rpps::trusted, RppsFault);

/// Why a text is no RPPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RppsFault {
    /// Nothing was typed.
    #[error("no RPPS was typed")]
    Empty,
    /// Another number of digits than eleven.
    #[error("an RPPS has 11 digits, not {digits}")]
    Length {
        /// How many were typed.
        digits: usize,
    },
    /// Letters among the digits, and not eleven digits.
    #[error("an RPPS has digits only, {digits} were found")]
    Letters {
        /// How many digits were typed.
        digits: usize,
    },
    /// The key is wrong, or letters stand among eleven digits.
    #[error("the key of the RPPS is wrong")]
    Key,
}

impl Rpps {
    /// Reads a typed number: separators dropped, the `8` of the twelve-digit form dropped, key checked.
    ///
    /// # Errors
    /// One of [`RppsFault`].
    pub fn parse(typed: &str) -> Result<Self, RppsFault> {
        let rpps = Self::parse_relaxed(typed)?;
        if rpps.key_is_right() { Ok(rpps) } else { Err(RppsFault::Key) }
    }

    /// As [`Rpps::parse`] without the key (sandboxes, `activation.check_rpps_key = false`). Zeros alone are still refused.
    ///
    /// # Errors
    /// One of [`RppsFault`].
    pub fn parse_relaxed(typed: &str) -> Result<Self, RppsFault> {
        let read = typed_digits(typed);
        if read.is_empty() {
            return Err(RppsFault::Empty);
        }
        let digits = match read.digits.strip_prefix('8') {
            Some(rest) if rest.len() == 11 => rest,
            _ => read.digits.as_str(),
        };
        match (digits.len(), read.other) {
            (11, false) if digits.bytes().any(|b| b != b'0') => Ok(Self(digits.to_owned())),
            (11, _) => Err(RppsFault::Key),
            (_, true) => Err(RppsFault::Letters { digits: read.digits.len() }),
            (_, false) => Err(RppsFault::Length { digits: read.digits.len() }),
        }
    }

    /// A number received from Pro Santé Connect, an import or our own store: eleven digits, no key (fact sheet 9.1).
    ///
    /// # Errors
    /// When it is not exactly eleven ASCII digits.
    pub fn trusted(text: &str) -> Result<Self, RppsFault> {
        if is_digits(text, 11) {
            return Ok(Self(text.to_owned()));
        }
        Err(if text.is_empty() {
            RppsFault::Empty
        } else {
            RppsFault::Length { digits: typed_digits(text).digits.len() }
        })
    }

    /// Whether the Luhn key is right.
    #[must_use]
    pub fn key_is_right(&self) -> bool {
        luhn(&self.0)
    }

    /// The four last digits behind seven `x`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("xxxxxxx{}", self.0.get(7..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_the_ways_people_type_them() {
        for typed in
            ["99700999909", " 997 0099 9909 ", "997.009.999.09", "997-00999909", "899700999909", "8 99700999909"]
        {
            assert_eq!(Rpps::parse(typed).map(|rpps| rpps.to_string()), Ok("99700999909".to_owned()), "{typed:?}");
        }
        assert!(Rpps::parse("99900123458").is_ok());
    }

    #[test]
    fn wrong_numbers_say_what_is_wrong() {
        let cases = [
            ("", RppsFault::Empty),
            ("  ", RppsFault::Empty),
            ("99700999900", RppsFault::Key),
            ("00000000000", RppsFault::Key),
            ("9970099990", RppsFault::Length { digits: 10 }),
            ("799700999909", RppsFault::Length { digits: 12 }),
            ("9970O999909", RppsFault::Letters { digits: 10 }),
            ("RPPS 99700999909", RppsFault::Key),
            ("９970099990９x1", RppsFault::Letters { digits: 12 }),
        ];
        for (typed, fault) in cases {
            assert_eq!(Rpps::parse(typed), Err(fault), "{typed:?}");
        }
    }

    #[test]
    fn the_key_of_a_received_number_is_not_judged() {
        assert!(Rpps::trusted("99700999900").is_ok_and(|rpps| !rpps.key_is_right()));
        assert!(Rpps::parse_relaxed("8 99700999900").is_ok());
        assert_eq!(Rpps::trusted("899700999909"), Err(RppsFault::Length { digits: 12 }));
        assert!(serde_json::from_str::<Rpps>("\"9970099990a\"").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_what_is_printed_reads_back(typed in "\\PC{0,20}", digits in "[1-9][0-9]{10}") {
            let _ = (Rpps::parse(&typed), Rpps::trusted(&typed));
            let rpps = Rpps::parse_relaxed(&digits).unwrap();
            prop_assert_eq!(Rpps::parse_relaxed(rpps.as_str()), Ok(rpps.clone()));
            prop_assert_eq!(Rpps::trusted(rpps.as_str()), Ok(rpps));
        }
    }
}
