//! Digits as people type them, and the Luhn key that French numbers share.

/// What was typed once the separators are gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Typed {
    /// The ASCII digits, in order.
    pub(super) digits: String,
    /// Something else than digits and separators was typed.
    pub(super) other: bool,
}

impl Typed {
    /// Nothing at all was typed.
    pub(super) fn is_empty(&self) -> bool {
        self.digits.is_empty() && !self.other
    }
}

/// Drops spaces of every kind, dots and hyphens; full-width digits become ASCII.
pub(super) fn typed_digits(typed: &str) -> Typed {
    let mut read = Typed { digits: String::new(), other: false };
    for c in typed.chars().filter(|c| !is_separator(*c)).map(ascii_digit) {
        if c.is_ascii_digit() {
            read.digits.push(c);
        } else {
            read.other = true;
        }
    }
    read
}

/// Spaces, dots and hyphens: what people put between groups of digits.
pub(super) fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '.' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// A full-width digit as ASCII; anything else unchanged.
pub(super) fn ascii_digit(c: char) -> char {
    match c {
        '\u{ff10}'..='\u{ff19}' => {
            char::from_u32(u32::from(c) - 0xff10).and_then(|d| char::from_digit(u32::from(d), 10)).unwrap_or(c)
        }
        _ => c,
    }
}

/// Whether the text is made of exactly `length` ASCII digits.
pub(super) fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit())
}

/// Luhn: every second digit from the right doubled, minus 9 above 9, total divisible by 10. Callers pass digits only.
pub(super) fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|b| u32::from(b.saturating_sub(b'0')))
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit } else { digit * 2 - if digit > 4 { 9 } else { 0 } })
        .sum();
    sum.is_multiple_of(10)
}

/// The plain sum of the digits.
pub(super) fn digit_sum(digits: &str) -> u32 {
    digits.bytes().map(|b| u32::from(b.saturating_sub(b'0'))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_go_and_full_width_digits_are_folded() {
        let read = typed_digits(" 12.3-4\u{a0}５\u{2011}6 ");
        assert_eq!(read, Typed { digits: "123456".to_owned(), other: false });
        assert!(typed_digits("12a").other);
        assert!(typed_digits(" . ").is_empty());
    }

    #[test]
    fn luhn_sees_one_wrong_digit_but_not_the_swap_of_0_and_9() {
        assert!(luhn("99700999909"));
        assert!(!luhn("99700999900"));
        assert!(luhn("99709099909"));
    }
}
