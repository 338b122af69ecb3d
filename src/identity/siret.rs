//! Numbers of companies and of their establishments (fact sheet 9.4).

use serde::{Deserialize, Serialize};

use super::digits::{digit_sum, luhn, typed_digits};
use super::value::text_value;

/// La Poste, whose establishments follow a rule of their own.
const LA_POSTE: &str = "356000000";

/// A company: nine digits with a Luhn key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Siren(String);

text_value!(Siren, Siren::parse, SirenFault);

/// Why a text is no SIREN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SirenFault {
    /// Nothing was typed.
    #[error("no SIREN was typed")]
    Empty,
    /// Another number of digits than nine.
    #[error("a SIREN has 9 digits, not {digits}")]
    Length {
        /// How many were typed.
        digits: usize,
    },
    /// The key is wrong, or all digits are zeros.
    #[error("the key of the SIREN is wrong")]
    Key,
}

impl Siren {
    /// Reads a typed number; spaces, dots and hyphens are dropped.
    ///
    /// # Errors
    /// One of [`SirenFault`].
    pub fn parse(typed: &str) -> Result<Self, SirenFault> {
        let read = typed_digits(typed);
        if read.is_empty() {
            Err(SirenFault::Empty)
        } else if read.digits.len() != 9 {
            Err(SirenFault::Length { digits: read.digits.len() })
        } else if read.other || !luhn(&read.digits) || is_zeros(&read.digits) {
            Err(SirenFault::Key)
        } else {
            Ok(Self(read.digits))
        }
    }
}

/// An establishment: the company's SIREN and five digits, with a key over all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Siret(String);

text_value!(Siret, Siret::parse, SiretFault);

/// Why a text is no SIRET.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SiretFault {
    /// Nothing was typed.
    #[error("no SIRET was typed")]
    Empty,
    /// Another number of digits than fourteen.
    #[error("a SIRET has 14 digits, not {digits}")]
    Length {
        /// How many were typed.
        digits: usize,
    },
    /// Nine digits: the company, without the establishment.
    #[error("this is a SIREN")]
    IsSiren,
    /// A key is wrong, or the company is all zeros.
    #[error("the key of the SIRET is wrong")]
    Key,
}

impl Siret {
    /// Reads a typed number; spaces, dots and hyphens are dropped. The first nine digits must be a SIREN; La Poste's rule is known.
    ///
    /// # Errors
    /// One of [`SiretFault`].
    pub fn parse(typed: &str) -> Result<Self, SiretFault> {
        let read = typed_digits(typed);
        if read.is_empty() {
            return Err(SiretFault::Empty);
        }
        match read.digits.len() {
            14 => {}
            9 if !read.other => return Err(SiretFault::IsSiren),
            digits => return Err(SiretFault::Length { digits }),
        }
        let siren = read.digits.get(..9).unwrap_or_default();
        let key = luhn(&read.digits) || (siren == LA_POSTE && digit_sum(&read.digits).is_multiple_of(5));
        if read.other || !key || !luhn(siren) || is_zeros(siren) {
            return Err(SiretFault::Key);
        }
        Ok(Self(read.digits))
    }

    /// The company.
    #[must_use]
    pub fn siren(&self) -> Siren {
        Siren(self.0.chars().take(9).collect())
    }
}

fn is_zeros(digits: &str) -> bool {
    digits.bytes().all(|b| b == b'0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn companies_are_checked_by_their_key() {
        for typed in ["999000011", "123 456 782", "356000000"] {
            assert!(Siren::parse(typed).is_ok(), "{typed}");
        }
        for typed in ["999000012", "123456789", "000000000", "99900001l1"] {
            assert_eq!(Siren::parse(typed), Err(SirenFault::Key), "{typed}");
        }
        assert_eq!(Siren::parse("12345678"), Err(SirenFault::Length { digits: 8 }));
        assert_eq!(Siren::parse(" "), Err(SirenFault::Empty));
    }

    #[test]
    fn establishments_are_checked_by_both_keys() {
        for typed in ["99900001100018", "123 456 782 00028", "123.456.782.00028", "35600000000048", "35600000012346"] {
            assert!(Siret::parse(typed).is_ok(), "{typed}");
        }
        let cases = [
            ("99900001100019", SiretFault::Key),
            ("12345678900015", SiretFault::Key),
            ("35600000012345", SiretFault::Key),
            ("35600000000011", SiretFault::Key),
            ("00000000000000", SiretFault::Key),
            ("00000000016972", SiretFault::Key),
            ("99900001100018A", SiretFault::Key),
            ("999 000 011", SiretFault::IsSiren),
            ("9990000110001", SiretFault::Length { digits: 13 }),
            ("99900001A", SiretFault::Length { digits: 8 }),
            ("", SiretFault::Empty),
        ];
        for (typed, fault) in cases {
            assert_eq!(Siret::parse(typed), Err(fault), "{typed}");
        }
    }

    #[test]
    fn an_establishment_knows_its_company() {
        assert_eq!(Siret::parse("99900001100018").unwrap().siren(), Siren::parse("999000011").unwrap());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(typed in "\\PC{0,20}") {
            if let Ok(siret) = Siret::parse(&typed) {
                prop_assert_eq!(Siret::parse(siret.as_str()), Ok(siret));
            }
        }
    }
}
