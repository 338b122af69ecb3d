//! SMS characters: an SMS keeps to the GSM 7-bit alphabet, or it would cost twice and be cut at 70 characters.

/// The basic table of GSM 03.38, without the escape; one septet each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Longest single SMS, in septets.
pub(super) const SINGLE: usize = 160;

/// Whether one SMS character stands for this one.
#[must_use]
pub(super) fn fits(character: char) -> bool {
    BASIC.contains(character)
}

/// The nearest text in the GSM alphabet: `ê` becomes `e`, a no-break space a space, the unknown a question mark.
#[must_use]
pub(super) fn text(written: &str) -> String {
    let mut plain = String::with_capacity(written.len());
    for character in written.chars() {
        if fits(character) {
            plain.push(character);
        } else {
            plain.push_str(nearest(character));
        }
    }
    plain
}

fn nearest(character: char) -> &'static str {
    match character {
        '\u{a0}' | '\u{202f}' | '\u{2009}' | '\t' => " ",
        '’' | '‘' | '`' => "'",
        '«' | '»' | '“' | '”' => "\"",
        '–' | '—' | '‐' | '‑' => "-",
        '…' => "...",
        'â' | 'á' | 'ã' => "a",
        'Â' | 'À' | 'Á' => "A",
        'ç' => "c",
        'ê' | 'ë' => "e",
        'Ê' | 'Ë' | 'È' => "E",
        'î' | 'ï' | 'í' => "i",
        'Î' | 'Ï' | 'Í' => "I",
        'ô' | 'ó' | 'õ' => "o",
        'Ô' | 'Ó' => "O",
        'û' | 'ú' => "u",
        'Û' | 'Ù' | 'Ú' => "U",
        'ÿ' => "y",
        'œ' => "oe",
        'Œ' => "OE",
        '[' | '{' => "(",
        ']' | '}' => ")",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_alphabet_lacks_is_replaced_and_the_rest_kept() {
        assert_eq!(text("RPLUS SANTÉ : 01\u{a0}02 à é"), "RPLUS SANTÉ : 01 02 à é");
        assert_eq!(text("l’être reçu, tôt, sûr, l’œil…"), "l'etre recu, tot, sur, l'oeil...");
        assert_eq!(text("日本"), "??");
    }

    proptest::proptest! {
        #[test]
        fn no_text_leaves_the_alphabet(written in "\\PC*") {
            proptest::prop_assert!(text(&written).chars().all(fits));
        }
    }
}
