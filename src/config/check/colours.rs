//! Colours of the brand: tokens that exist, `#rrggbb`, and contrast that everyone can read (WCAG 2.1, 1.4.3 and 1.4.11).

use std::collections::BTreeMap;

use super::Check;
use crate::config::fault::KeyPath;

/// The shipped colours: deep teal on warm white, ink near black.
pub(in crate::config) const SHIPPED: [(&str, &str); 11] = [
    ("brand", "#0b5c5f"),
    ("brand-strong", "#083f42"),
    ("on-brand", "#ffffff"),
    ("ink", "#1b1f1f"),
    ("muted", "#55605f"),
    ("surface", "#ffffff"),
    ("page", "#faf7f2"),
    ("line", "#7d8684"),
    ("danger", "#a3221a"),
    ("success", "#1d6b3c"),
    ("focus", "#1a4fc4"),
];

/// Texts on what they stand on.
const TEXTS: [(&str, &str); 14] = [
    ("ink", "surface"),
    ("ink", "page"),
    ("muted", "surface"),
    ("muted", "page"),
    ("brand", "surface"),
    ("brand", "page"),
    ("brand-strong", "surface"),
    ("brand-strong", "page"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("danger", "surface"),
    ("danger", "page"),
    ("success", "surface"),
    ("success", "page"),
];

/// Edges of controls and the ring of focus, on what they stand on.
const CONTROLS: [(&str, &str); 4] = [("line", "surface"), ("line", "page"), ("focus", "surface"), ("focus", "page")];

impl Check<'_> {
    /// All tokens, the shipped colour where the file names none.
    pub(super) fn colours(&mut self, table: &KeyPath, file: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let table = table.key("colours");
        let mut colours: BTreeMap<String, String> =
            SHIPPED.iter().map(|(token, colour)| ((*token).to_owned(), (*colour).to_owned())).collect();
        let mut sound = true;
        for (token, colour) in file {
            if !colours.contains_key(token) {
                let tokens = SHIPPED.map(|(token, _)| token).join(", ");
                self.fault(&table.key(token), "is not a colour of the pages", tokens);
            } else if channels(colour).is_none() {
                sound = false;
                self.fault(&table.key(token), format!("{colour:?} is not a colour"), "\"#rrggbb\"");
            } else {
                colours.insert(token.clone(), colour.to_ascii_lowercase());
            }
        }
        if sound {
            for (pairs, least) in [(TEXTS.as_slice(), 4.5), (CONTROLS.as_slice(), 3.0)] {
                for (front, back) in pairs {
                    self.contrast(&table, file, &colours, (front, back), least);
                }
            }
        }
        colours
    }

    fn contrast(
        &mut self,
        table: &KeyPath,
        file: &BTreeMap<String, String>,
        colours: &BTreeMap<String, String>,
        (front, back): (&str, &str),
        least: f64,
    ) {
        let colour = |token: &str| colours.get(token).map(String::as_str).unwrap_or_default();
        let ratio = ratio(colour(front), colour(back)).unwrap_or(0.0);
        if ratio < least {
            // The one the administrator wrote is the one to change.
            let named = if file.contains_key(front) { front } else { back };
            // Rounded down, so that 4.499 does not read as 4.50.
            let shown = (ratio * 100.0).floor() / 100.0;
            self.fault(
                &table.key(named),
                format!("{front} {} on {back} {} has a contrast of {shown:.2}", colour(front), colour(back)),
                format!("at least {least}"),
            );
        }
    }
}

/// Contrast of two colours, 1 to 21 (WCAG 2.1, "contrast ratio").
fn ratio(one: &str, other: &str) -> Option<f64> {
    let (one, other) = (luminance(channels(one)?), luminance(channels(other)?));
    Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

fn luminance([red, green, blue]: [u8; 3]) -> f64 {
    let linear = |channel: u8| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

fn channels(colour: &str) -> Option<[u8; 3]> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([red, green, blue])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((ratio("#000000", "#ffffff").unwrap() - 21.0).abs() < 0.001);
        assert!((ratio("#777777", "#ffffff").unwrap() - 4.48).abs() < 0.01);
        assert!((ratio("#767676", "#ffffff").unwrap() - 4.54).abs() < 0.01);
    }

    #[test]
    fn only_six_hexadecimal_digits_are_a_colour() {
        for colour in ["", "#fff", "red", "#gggggg", "#+12345", "#1234567", "123456"] {
            assert_eq!(channels(colour), None, "{colour}");
        }
    }
}
