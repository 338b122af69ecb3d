//! SMS characters: an SMS keeps to the GSM 7-bit alphabet, or it would cost twice and be cut at 70 characters.

/// The basic table of GSM 03.38, without the escape; one septet each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Longest single SMS, in septets.
pub(super) const SINGLE: usize = 160;
/// Stands where the rest of a name was.
const CUT: &str = "...";

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

/// One SMS, in the alphabet: a name between two texts that stand whole. A name that is too long for it is cut.
#[must_use]
pub(super) fn around(before: &str, name: &str, after: &str) -> String {
    let (before, name, after) = (text(before), text(name), text(after));
    let room = SINGLE.saturating_sub(before.chars().count() + after.chars().count());
    if name.chars().count() <= room {
        return format!("{before}{name}{after}");
    }
    let kept: String = name.chars().take(room.saturating_sub(CUT.len())).collect();
    format!("{before}{}{CUT}{after}", kept.trim_end())
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

    #[test]
    fn a_name_is_cut_where_the_sms_would_become_two() {
        let (before, after) = ("b".repeat(70), "a".repeat(70));
        assert_eq!(around(&before, &"n".repeat(20), &after), format!("{before}{}{after}", "n".repeat(20)));
        assert_eq!(around(&before, &format!("{} nnn", "n".repeat(16)), &after).len(), 160);
        let cut = around(&before, "Annuaire du groupement hospitalier", &after);
        assert_eq!(cut, format!("{before}Annuaire du group...{after}"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_leaves_the_alphabet(written in "\\PC*") {
            proptest::prop_assert!(text(&written).chars().all(fits));
        }
    }
}
