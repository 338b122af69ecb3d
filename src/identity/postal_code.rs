//! Postal codes: strict for France, lenient elsewhere (fact sheet 9.5).

use serde::{Deserialize, Serialize};

use super::digits::ascii_digit;
use super::text::is_refused;
use super::value::text_value;

/// A postal code without spaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PostalCode(String);

text_value!(PostalCode, PostalCode::any, PostalCodeFault);

/// Why a text is no postal code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostalCodeFault {
    /// Nothing was typed.
    #[error("no postal code was typed")]
    Empty,
    /// Not a code of that country.
    #[error("this is no postal code of that country")]
    Shape,
}

impl PostalCode {
    /// Reads a typed code for a country (ISO alpha-2): five digits `01000` to `98999` in France, else 1 to 12 characters.
    ///
    /// # Errors
    /// When nothing is typed, or the country has no such code.
    pub fn parse(typed: &str, country: &str) -> Result<Self, PostalCodeFault> {
        let code = Self::any(typed)?;
        let french = code.0.len() == 5
            && code.0.parse::<u32>().is_ok_and(|number| (1_000..=98_999).contains(&number))
            && code.0.bytes().all(|b| b.is_ascii_digit());
        if country.eq_ignore_ascii_case("FR") && !french { Err(PostalCodeFault::Shape) } else { Ok(code) }
    }

    fn any(typed: &str) -> Result<Self, PostalCodeFault> {
        let code: String =
            typed.chars().filter(|c| !c.is_whitespace()).map(ascii_digit).flat_map(char::to_uppercase).collect();
        if code.is_empty() {
            return Err(PostalCodeFault::Empty);
        }
        let allowed = |c: char| (c.is_alphanumeric() || c == '-') && !is_refused(c);
        if code.chars().count() > 12 || !code.chars().all(allowed) {
            return Err(PostalCodeFault::Shape);
        }
        Ok(Self(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_codes_have_five_digits_of_a_department() {
        for typed in ["75015", "97 420", "01000", "98999", "20000", "７５０１５"] {
            assert!(PostalCode::parse(typed, "FR").is_ok(), "{typed}");
        }
        for typed in ["00100", "7501", "99000", "750155", "+7501", "7501A"] {
            assert_eq!(PostalCode::parse(typed, "FR"), Err(PostalCodeFault::Shape), "{typed}");
        }
        assert_eq!(PostalCode::parse(" ", "FR"), Err(PostalCodeFault::Empty));
    }

    #[test]
    fn other_countries_have_their_own() {
        assert_eq!(PostalCode::parse("sw1a 1aa", "GB").unwrap().as_str(), "SW1A1AA");
        assert!(PostalCode::parse("L-1111", "LU").is_ok());
        assert_eq!(PostalCode::parse("1234567890123", "BE"), Err(PostalCodeFault::Shape));
        assert_eq!(PostalCode::parse("10<b>", "BE"), Err(PostalCodeFault::Shape));
    }
}
