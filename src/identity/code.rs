//! The six digits of a one-time code, as typed (screens 0.20).

use super::digits::typed_digits;

/// Why what was typed is no code; no try is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeFault {
    /// Nothing was typed.
    #[error("no code was typed")]
    Empty,
    /// Not six digits.
    #[error("a code has six digits")]
    Shape,
}

/// Drops spaces, no-break spaces, hyphens and dots, folds full-width digits, and gives six ASCII digits.
///
/// # Errors
/// When nothing, or something else than six digits, is left.
pub fn code_digits(typed: &str) -> Result<String, CodeFault> {
    let read = typed_digits(typed);
    if read.is_empty() {
        return Err(CodeFault::Empty);
    }
    if read.other || read.digits.len() != 6 {
        return Err(CodeFault::Shape);
    }
    Ok(read.digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_the_ways_people_type_them() {
        for typed in ["123456", " 123 456 ", "123\u{a0}456", "123\u{202f}456", "123-456", "12.34.56", "１２３４５６"]
        {
            assert_eq!(code_digits(typed), Ok("123456".to_owned()), "{typed:?}");
        }
        assert_eq!(code_digits("000000"), Ok("000000".to_owned()));
    }

    #[test]
    fn o07_what_is_not_six_digits_is_no_code() {
        for typed in ["12345", "1234567", "12345a", "١٢٣٤٥٦", "1e5", "+12345", "\u{202e}123456"] {
            assert_eq!(code_digits(typed), Err(CodeFault::Shape), "{typed:?}");
        }
        for typed in ["", "  ", " - "] {
            assert_eq!(code_digits(typed), Err(CodeFault::Empty), "{typed:?}");
        }
    }
}
