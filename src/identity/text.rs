//! Text typed by a person: what is kept of it, and what is refused (screens 0.11).

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Why a text cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// A control, bidirectional, invisible or lost character.
    #[error("the text holds a character that cannot be kept")]
    Character,
    /// More than `max` characters.
    #[error("the text has more than {max} characters")]
    TooLong {
        /// The bound that was exceeded.
        max: usize,
    },
}

/// NFC, trimmed, inner spaces collapsed; `None` when nothing is left. `max` counts characters.
///
/// # Errors
/// When a character is refused, or the cleaned text is longer than `max`.
pub fn clean_text(typed: &str, max: usize) -> Result<Option<String>, TextFault> {
    if typed.chars().any(is_refused) {
        return Err(TextFault::Character);
    }
    let words: Vec<String> = typed.split_whitespace().map(|word| word.nfc().collect()).collect();
    let text = words.join(" ");
    if text.chars().count() > max {
        return Err(TextFault::TooLong { max });
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Lower case without accents and ligatures, to compare loosely. Never an identity (fact sheet 9.5).
#[must_use]
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            'ß' => out.push_str("ss"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            _ => out.push(c),
        }
    }
    out
}

/// Characters that hide, reorder or break text. A tab is a space pasted from a spreadsheet, and let through.
pub(super) fn is_refused(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{fdd0}'..='\u{fdef}' | '\u{e000}'..='\u{f8ff}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_composed_trimmed_and_collapsed() {
        let cases = [
            ("  Jean \u{a0}\t Paul ", Some("Jean Paul")),
            ("He\u{301}le\u{300}ne", Some("Hélène")),
            (" \u{a0} ", None),
            ("", None),
        ];
        for (typed, kept) in cases {
            assert_eq!(clean_text(typed, 100), Ok(kept.map(str::to_owned)), "{typed:?}");
        }
    }

    #[test]
    fn p12_control_and_bidi_characters_are_refused() {
        for typed in
            ["a\0b", "a\r\nb", "a\u{202e}b", "a\u{2066}b", "a\u{200b}b", "\u{feff}a", "a\u{fffd}", "a\u{1fffe}"]
        {
            assert_eq!(clean_text(typed, 100), Err(TextFault::Character), "{typed:?}");
        }
    }

    #[test]
    fn length_counts_characters_once_cleaned() {
        assert_eq!(clean_text("  éé  ", 2), Ok(Some("éé".to_owned())));
        assert_eq!(clean_text("ééé", 2), Err(TextFault::TooLong { max: 2 }));
    }

    #[test]
    fn folding_forgets_case_accents_and_ligatures() {
        assert_eq!(folded("ŒUVRE Hélène Straße"), "oeuvre helene strasse");
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(typed in "\\PC{0,40}") {
            if let Ok(Some(once)) = clean_text(&typed, 200) {
                prop_assert_eq!(clean_text(&once, 200), Ok(Some(once)));
            }
        }
    }
}
