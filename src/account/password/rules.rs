//! What a new password must be (decision 12, screens 3.4). Pure: it judges, and says no sentence.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::{Score, zxcvbn};

use crate::config::settings::PasswordProfile;
use crate::identity::folded;

use super::common;

/// Most characters of a password.
const MAX: usize = 128;
/// Shortest piece of the person's own data that counts.
const OWN_PIECE: usize = 4;
/// Mail domains so common that they tell nothing about a person.
const PUBLIC_DOMAINS: &[&str] =
    &["gmail", "hotmail", "orange", "wanadoo", "yahoo", "outlook", "laposte", "free", "icloud", "live", "neuf", "bbox"];

/// What is missing or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Nothing was typed.
    Empty,
    /// Fewer characters than the profile asks for.
    TooShort {
        /// How many were typed.
        typed: usize,
    },
    /// No upper-case letter.
    NoUpper,
    /// No lower-case letter.
    NoLower,
    /// No digit and no special character.
    NoDigitOrSpecial,
    /// More than 128 characters.
    TooLong,
    /// Everybody's password, or guessed in no time.
    Common,
    /// It holds the person's name, e-mail or one of their numbers.
    OwnData,
}

/// Judges a password; `own` is the person's data as it stands (names, e-mail address, telephone in E.164, RPPS, legacy identifier…).
/// Letters of any script and spaces are allowed; length counts characters of the NFC form; a space counts as a special character.
///
/// # Errors
/// Every criterion that fails, in the order of the screen; else the one reason why it is too easy.
pub fn judge(password: &str, profile: PasswordProfile, own: &[&str]) -> Result<(), Vec<PasswordFault>> {
    if password.is_empty() {
        return Err(vec![PasswordFault::Empty]);
    }
    // A character is at most four bytes, and composing shrinks; far beyond, nothing more is looked at.
    if password.len() > MAX * 16 {
        return Err(vec![PasswordFault::TooLong]);
    }
    let password: String = password.nfc().collect();
    let typed = password.chars().count();
    if typed > MAX {
        return Err(vec![PasswordFault::TooLong]);
    }
    let faults = criteria(&password, typed, profile);
    if !faults.is_empty() {
        return Err(faults);
    }
    if holds_own_data(&password, own) {
        return Err(vec![PasswordFault::OwnData]);
    }
    if is_common(&password) {
        return Err(vec![PasswordFault::Common]);
    }
    Ok(())
}

fn criteria(password: &str, typed: usize, profile: PasswordProfile) -> Vec<PasswordFault> {
    let (least, composed) = match profile {
        PasswordProfile::Guide => (12, true),
        PasswordProfile::Nist => (15, false),
    };
    let missing = |wanted: fn(char) -> bool| composed && !password.chars().any(wanted);
    let mut faults = Vec::new();
    if typed < least {
        faults.push(PasswordFault::TooShort { typed });
    }
    if missing(char::is_uppercase) {
        faults.push(PasswordFault::NoUpper);
    }
    if missing(char::is_lowercase) {
        faults.push(PasswordFault::NoLower);
    }
    if missing(|c| !c.is_alphabetic()) {
        faults.push(PasswordFault::NoDigitOrSpecial);
    }
    faults
}

fn is_common(password: &str) -> bool {
    // zxcvbn is quadratic in what it reads; a hundred characters say enough.
    let read: String = password.chars().take(100).collect();
    common::is_common(password) || zxcvbn(&read, &[]).score() < Score::Three
}

/// Looks for the person's data, case, accents, separators and digits written for letters aside.
fn holds_own_data(password: &str, own: &[&str]) -> bool {
    let plain = folded(password);
    let joined = letters_and_digits(&plain);
    let read = common::unleet(&joined);
    own_pieces(own).iter().any(|piece| plain.contains(piece) || joined.contains(piece) || read.contains(piece))
}

fn own_pieces(own: &[&str]) -> BTreeSet<String> {
    let mut pieces = BTreeSet::new();
    for datum in own {
        let datum = folded(datum);
        let (datum, domain) = datum.split_once('@').unwrap_or((&datum, ""));
        pieces.insert(letters_and_digits(datum));
        pieces.extend(datum.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        let labels: Vec<&str> = domain.split('.').collect();
        let names = labels.iter().take(labels.len().saturating_sub(1)).filter(|label| !PUBLIC_DOMAINS.contains(label));
        pieces.extend(names.flat_map(|label| label.split('-')).map(str::to_owned));
        // +33612345678 is dialled 0612345678: the end is what both share.
        let digits = letters_and_digits(datum);
        if digits.len() > 8 && digits.bytes().all(|b| b.is_ascii_digit()) {
            pieces.extend(digits.get(digits.len() - 8..).map(str::to_owned));
        }
    }
    pieces.retain(|piece| piece.chars().count() >= OWN_PIECE);
    pieces
}

fn letters_and_digits(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::PasswordFault::*;
    use super::*;

    const GUIDE: PasswordProfile = PasswordProfile::Guide;

    #[test]
    fn the_four_criteria_of_the_guide_are_told_together() {
        let cases: &[(&str, &[PasswordFault])] = &[
            ("", &[Empty]),
            ("abc", &[TooShort { typed: 3 }, NoUpper, NoDigitOrSpecial]),
            ("ABC", &[TooShort { typed: 3 }, NoLower, NoDigitOrSpecial]),
            ("Vif-poney42", &[TooShort { typed: 11 }]),
            ("vif-poney-4217", &[NoUpper]),
            ("VIF-PONEY-4217", &[NoLower]),
            ("VifPoneyTendreAzur", &[NoDigitOrSpecial]),
        ];
        for (password, faults) in cases {
            assert_eq!(judge(password, GUIDE, &[]), Err(faults.to_vec()), "{password}");
        }
    }

    #[test]
    fn p09_every_script_spaces_and_emoji_are_welcome() {
        for password in [
            "Poney tendre azur",
            "Été poivré 🔑 brume",
            "Быстрый-пони-лазурь7",
            "Vif-poney-4217",
            "E\u{301}pine de velours 7",
        ] {
            assert_eq!(judge(password, GUIDE, &[]), Ok(()), "{password}");
        }
    }

    #[test]
    fn length_counts_characters_once_composed() {
        assert_eq!(judge("Éàùéèêëïôöû", GUIDE, &[]), Err(vec![TooShort { typed: 11 }, NoDigitOrSpecial]));
        assert_eq!(judge("e\u{301}E\u{301}2", GUIDE, &[]), Err(vec![TooShort { typed: 3 }]));
        let long: String = ('a'..='z').chain('A'..='Z').chain('0'..='9').cycle().step_by(7).take(128).collect();
        assert_eq!(judge(&long, GUIDE, &[]), Ok(()));
        assert_eq!(judge(&format!("{long}x"), GUIDE, &[]), Err(vec![TooLong]));
        assert_eq!(judge(&"a".repeat(1_000_000), GUIDE, &[]), Err(vec![TooLong]));
    }

    #[test]
    fn p10_the_nist_profile_asks_for_length_only() {
        assert_eq!(judge("vif poney azur", PasswordProfile::Nist, &[]), Err(vec![TooShort { typed: 14 }]));
        assert_eq!(judge("vif poney tendre", PasswordProfile::Nist, &[]), Ok(()));
        assert_eq!(judge("motdepassemotdepasse", PasswordProfile::Nist, &[]), Err(vec![Common]));
    }

    #[test]
    fn p10_common_passwords_are_refused_in_their_disguises() {
        for password in [
            "Motdepasse2024!",
            "M0tD3P@sse2024",
            "Azertyuiop123!",
            "Azerty123456!",
            "AzertyAzerty1!",
            "Bonjour-1234567",
            "123456789Soleil!",
            "Password1234!",
            "P@ssw0rd12345",
            "Qwertyuiop1234",
            "Infirmiere2024!",
            "Pharmacie-2025!!",
            "Aaaaaaaaaaaa1!",
            "Abcdefgh1234!",
            "Doudou Chouchou 1",
            "Wxcvbn123456?",
        ] {
            assert_eq!(judge(password, GUIDE, &[]), Err(vec![Common]), "{password}");
        }
    }

    #[test]
    fn p10_the_persons_own_data_is_refused_in_its_disguises() {
        let own = [
            "Lefèvre",
            "Jean-Baptiste",
            "jb.lefevre75@cabinet-tilleuls.fr",
            "+33612349876",
            "99700999909",
            "751001231",
            "Ng",
        ];
        for password in [
            "Lefevre-brume-42",
            "xxLEFÈVRExx brume",
            "L3f3vr3 brume azur",
            "l.e.f.e.v.r.e Brume",
            "Brume-Baptiste-42",
            "Brume tilleuls 42",
            "Brume 06 12 34 98 76 x",
            "Brume-0612349876",
            "99700999909-Brume",
            "Brume 751001231",
        ] {
            assert_eq!(judge(password, GUIDE, &own), Err(vec![OwnData]), "{password}");
        }
        assert_eq!(judge("Poney tendre ng azur", GUIDE, &own), Ok(()), "pieces under four characters do not count");
        assert_eq!(judge("Orange brume azur", GUIDE, &["a.b@orange.fr"]), Ok(()), "everybody's provider tells nothing");
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_panic(password in "\\PC{0,40}", own in "\\PC{0,20}") {
            let _ = judge(&password, GUIDE, &[&own]);
        }
    }
}
