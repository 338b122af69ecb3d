//! The three kinds of stored text a password is verified against, told apart by their prefix.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::account::legacy::{LegacyHash, Scheme};

use super::argon::{self, ArgonHash, Cost};

/// Prefix of a wrapped hash: argon2id over the digest that the former system kept (decision 38).
const WRAP: &str = "$guichet-wrap$v=1$";

/// A stored text that was understood.
#[derive(Debug)]
pub(super) enum Stored {
    /// Made here, or written exactly like ours.
    Own(ArgonHash),
    /// A former system's fast hash inside one of ours.
    Wrapped(Scheme, ArgonHash),
    /// A former system's slow hash, as it was.
    Legacy(LegacyHash),
}

impl Stored {
    /// Reads a stored text; `None` when it is malformed or dearer than `cap`.
    pub(super) fn parse(text: &str, cap: Cost) -> Option<Self> {
        if let Some(rest) = text.strip_prefix(WRAP) {
            let (scheme, outer) = rest.split_at_checked(rest.find('$')?)?;
            return Some(Self::Wrapped(Scheme::read(scheme)?, ArgonHash::parse(outer, cap)?));
        }
        if text.starts_with("$argon2id$") {
            return ArgonHash::parse(text, cap).map(Self::Own);
        }
        // Whether unsalted hashes are accepted was asked at import; what stands in the directory passed.
        LegacyHash::parse(text, true).ok().map(Self::Legacy)
    }

    /// Whether the password is right, and whether its hash should be made anew at `cost`.
    fn verify(&self, password: &str, cost: Cost) -> Option<bool> {
        match self {
            Self::Own(hash) if hash.is_current(cost) => hash.matches(canonical(password).as_bytes()).then_some(false),
            // Of another cost: made here once, or by a former system that had argon2id too.
            Self::Own(hash) => forms(password).iter().any(|form| hash.matches(form)).then_some(true),
            Self::Wrapped(scheme, outer) => {
                forms(password).iter().any(|form| outer.matches(&scheme.digest(form))).then_some(true)
            }
            Self::Legacy(hash) => forms(password).iter().any(|form| hash.matches(form)).then_some(true),
        }
    }

    /// Made here at today's cost, of the one form that is hashed here.
    fn is_tried_once(&self, cost: Cost) -> bool {
        matches!(self, Self::Own(hash) if hash.is_current(cost))
    }
}

/// Judges a password. A failure spends one hash for each form of the password, whatever the text and whether there is one, so that
/// its time does not tell (attack P01). Also gives how many were spent.
pub(super) fn judge(stored: Option<&Stored>, password: &str, cost: Cost) -> (Option<bool>, usize) {
    let forms = forms(password).len();
    let (right, spent) = match stored {
        Some(stored) if stored.is_tried_once(cost) => (stored.verify(password, cost), 1),
        Some(stored) => (stored.verify(password, cost), forms),
        None => (None, 0),
    };
    if right.is_some() {
        return (right, spent);
    }
    for _ in spent..forms {
        argon::pretend(b"", cost);
    }
    (None, forms.max(spent))
}

/// Puts one of our hashes around a former system's.
pub(super) fn wrap(legacy: &LegacyHash, salt: &[u8], cost: Cost) -> Option<String> {
    let scheme = legacy.scheme().write();
    argon::make(legacy.digest(), salt, cost).map(|outer| format!("{WRAP}{scheme}{outer}"))
}

/// NFC, so that the same keys pressed on another system give the same bytes.
pub(super) fn canonical(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfc().collect())
}

/// The bytes a former system may have hashed: NFC, as typed, ISO-8859-15 (crates.md P22). Each once.
pub(super) fn forms(password: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let composed = canonical(password);
    let mut forms = vec![Zeroizing::new(composed.as_bytes().to_vec())];
    if password != composed.as_str() {
        forms.push(Zeroizing::new(password.as_bytes().to_vec()));
    }
    if !composed.is_ascii()
        && let Some(bytes) = composed.chars().map(latin9).collect::<Option<Vec<u8>>>()
    {
        forms.push(Zeroizing::new(bytes));
    }
    forms
}

/// ISO-8859-15: Latin-1 with eight places given to €, Š, š, Ž, ž, Œ, œ, Ÿ.
fn latin9(c: char) -> Option<u8> {
    match c {
        '€' => Some(0xa4),
        'Š' => Some(0xa6),
        'š' => Some(0xa8),
        'Ž' => Some(0xb4),
        'ž' => Some(0xb8),
        'Œ' => Some(0xbc),
        'œ' => Some(0xbd),
        'Ÿ' => Some(0xbe),
        '\u{a4}' | '\u{a6}' | '\u{a8}' | '\u{b4}' | '\u{b8}' | '\u{bc}' | '\u{bd}' | '\u{be}' => None,
        _ => u8::try_from(u32::from(c)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accented_password_has_the_forms_old_systems_hashed() {
        let forms: Vec<Vec<u8>> = super::forms("e\u{301}œ").iter().map(|form| form.to_vec()).collect();
        assert_eq!(forms, ["éœ".as_bytes().to_vec(), "e\u{301}œ".as_bytes().to_vec(), vec![0xe9, 0xbd]]);
        assert_eq!(super::forms("abc").len(), 1);
        assert_eq!(super::forms("é日").len(), 1);
    }

    #[test]
    fn p01_a_failure_spends_as_many_hashes_whoever_is_there() {
        let cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
        let own = argon::make("autre".as_bytes(), b"0123456789abcdef", cost).unwrap();
        let older = argon::make("autre".as_bytes(), b"0123456789abcdef", Cost { passes: 2, ..cost }).unwrap();
        let ssha = LegacyHash::parse("{SSHA}5/WutroVOeYsadYP42c2fjPoxzQMwVgLQSjlvA==", false).unwrap();
        let wrapped = wrap(&ssha, b"0123456789abcdef", cost).unwrap();
        for (password, expected) in [("Resoflux", 1), ("Résoflux", 2), ("Re\u{301}soflux", 3)] {
            assert_eq!(judge(None, password, cost), (None, expected), "nobody");
            for text in [&own, &older, &wrapped, ssha.text()] {
                let stored = Stored::parse(text, Cost::CAP).unwrap();
                assert_eq!(judge(Some(&stored), password, cost), (None, expected), "{text}");
            }
        }
    }

    #[test]
    fn p11_texts_of_no_known_kind_are_not_read() {
        for text in [
            "",
            "$",
            "plain",
            "$guichet-wrap$v=1$",
            "$guichet-wrap$v=1$ssha1:AAAA",
            "$guichet-wrap$v=2$x$argon2id$",
            "é",
        ] {
            assert!(Stored::parse(text, Cost::CAP).is_none(), "{text}");
        }
    }
}
