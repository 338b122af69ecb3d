//! The health-insurance number of a professional or structure ("numéro Assurance Maladie", fact sheet 9.5).

use serde::{Deserialize, Serialize};

use super::digits::{luhn, typed_digits};
use super::value::text_value;

/// Nine digits. Its key is only believed to be Luhn, so it warns and never refuses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CpamNumber(String);

text_value!(CpamNumber, CpamNumber::parse, CpamFault);

/// Why a text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CpamFault {
    /// Nothing was typed.
    #[error("no CPAM number was typed")]
    Empty,
    /// Another number of digits than nine, or letters.
    #[error("a CPAM number has 9 digits, not {digits}")]
    Length {
        /// How many were typed, never nine.
        digits: usize,
    },
    /// Letters stand among nine digits.
    #[error("a CPAM number has digits only")]
    Letters,
}

impl CpamNumber {
    /// Reads a typed number; spaces, dots and hyphens are dropped.
    ///
    /// # Errors
    /// One of [`CpamFault`].
    pub fn parse(typed: &str) -> Result<Self, CpamFault> {
        let read = typed_digits(typed);
        if read.is_empty() {
            Err(CpamFault::Empty)
        } else if read.digits.len() != 9 {
            Err(CpamFault::Length { digits: read.digits.len() })
        } else if read.other {
            Err(CpamFault::Letters)
        } else {
            Ok(Self(read.digits))
        }
    }

    /// The last digit is not the one Luhn would give: worth one question, not a refusal (screens 3.7).
    #[must_use]
    pub fn key_looks_unusual(&self) -> bool {
        !luhn(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubtful_key_only_warns() {
        assert!(!CpamNumber::parse("75 100 123 1").unwrap().key_looks_unusual());
        assert!(!CpamNumber::parse("970409991").unwrap().key_looks_unusual());
        assert!(CpamNumber::parse("751001232").unwrap().key_looks_unusual());
    }

    #[test]
    fn nine_digits_are_needed() {
        assert_eq!(CpamNumber::parse("75100123"), Err(CpamFault::Length { digits: 8 }));
        assert_eq!(CpamNumber::parse("75100123A"), Err(CpamFault::Length { digits: 8 }));
        assert_eq!(CpamNumber::parse("751001231A"), Err(CpamFault::Letters));
        assert_eq!(CpamNumber::parse(" "), Err(CpamFault::Empty));
    }
}
