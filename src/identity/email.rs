//! E-mail addresses: one canonical form, compared as text (decision 6).

use std::borrow::Cow;

use idna::AsciiDenyList;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::text::is_refused;
use super::value::text_value;

mod suggestion;

/// An address in canonical form: NFC, lower case, domain in ASCII (IDNA). At most 254 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

text_value!(Email, Email::parse, EmailFault);

/// Why a text is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailFault {
    /// Nothing was typed.
    #[error("no e-mail address was typed")]
    Empty,
    /// Not `local@domain.tld`.
    #[error("this is not written like an e-mail address")]
    Shape,
    /// More than one address.
    #[error("there is more than one e-mail address")]
    TwoAddresses,
    /// A control, bidirectional or invisible character.
    #[error("the e-mail address holds a character that cannot be kept")]
    Character,
    /// More than 254 bytes, or a local part of more than 64.
    #[error("the e-mail address is too long")]
    TooLong,
}

impl Email {
    /// Reads a typed address.
    ///
    /// # Errors
    /// One of [`EmailFault`].
    pub fn parse(typed: &str) -> Result<Self, EmailFault> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(EmailFault::Empty);
        }
        // Far above any address, so that what follows is cheap whatever was sent.
        if typed.len() > 1_024 {
            return Err(EmailFault::TooLong);
        }
        if typed.chars().any(is_refused) {
            return Err(EmailFault::Character);
        }
        if typed.matches('@').count() > 1 {
            return Err(EmailFault::TwoAddresses);
        }
        let (local, domain) = typed.split_once('@').ok_or(EmailFault::Shape)?;
        let local = canonical_local(local)?;
        let domain = canonical_domain(domain)?;
        let address = format!("{local}@{domain}");
        if address.len() > 254 || local.len() > 64 { Err(EmailFault::TooLong) } else { Ok(Self(address)) }
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.parts().0
    }

    /// The domain, in ASCII.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.parts().1
    }

    /// The address as people write it: the domain in Unicode. Reads back to the same address.
    #[must_use]
    pub fn display(&self) -> String {
        let (local, domain) = self.parts();
        format!("{local}@{}", shown_domain(domain))
    }

    /// `jdxxxxx@exemple.fr`: two characters and five `x`, whatever the length (screens 0.12).
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, domain) = self.parts();
        let mut seen: String = local.chars().take(2).collect();
        if local.chars().count() == 1 {
            seen.push('x');
        }
        format!("{seen}xxxxx@{}", shown_domain(domain))
    }

    /// The form that counts: without its plus-tag, so that tags do not multiply a budget (decision 6).
    #[must_use]
    pub fn counter_form(&self) -> String {
        let (local, domain) = self.parts();
        match local.split_once('+') {
            Some((name, _)) if !name.is_empty() => format!("{name}@{domain}"),
            _ => self.0.clone(),
        }
    }

    /// The address meant, when the domain is one slip away from a common one (`gmial.com`).
    #[must_use]
    pub fn suggestion(&self) -> Option<String> {
        let (local, domain) = self.parts();
        suggestion::common_domain(domain).map(|meant| format!("{local}@{meant}"))
    }

    fn parts(&self) -> (&str, &str) {
        self.0.split_once('@').unwrap_or((&self.0, ""))
    }
}

/// A dot-atom of RFC 5321, letters of any script allowed (RFC 6531). No quoted form.
fn canonical_local(local: &str) -> Result<String, EmailFault> {
    // Lower-casing may leave a sequence that composes, so it is composed last.
    let local: String = local.nfc().flat_map(char::to_lowercase).nfc().collect();
    let allowed = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || is_mark(c);
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    if local.is_empty() || dots || !local.chars().all(allowed) { Err(EmailFault::Shape) } else { Ok(local) }
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// Letters, digits and hyphens in at least two labels, the last one not a number (so no IP address).
fn canonical_domain(domain: &str) -> Result<String, EmailFault> {
    let ascii = idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::STD3).map_err(|_| EmailFault::Shape)?;
    let labels: Vec<&str> = ascii.split('.').collect();
    let sound = |label: &&str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    let last = labels.last().copied().unwrap_or_default();
    let named = last.len() >= 2 && last.bytes().any(|b| b.is_ascii_alphabetic());
    if labels.len() < 2 || !named || !labels.iter().all(sound) {
        return Err(EmailFault::Shape);
    }
    // What cannot be shown and read back would be a second name for one address.
    match idna::domain_to_unicode(&ascii) {
        (_, Ok(())) => Ok(ascii.into_owned()),
        (_, Err(_)) => Err(EmailFault::Shape),
    }
}

fn shown_domain(domain: &str) -> Cow<'_, str> {
    match idna::domain_to_unicode(domain) {
        (shown, Ok(())) => Cow::Owned(shown),
        (_, Err(_)) => Cow::Borrowed(domain),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn email(typed: &str) -> Email {
        Email::parse(typed).unwrap()
    }

    #[test]
    fn one_address_has_one_form() {
        for (typed, kept) in [
            ("  Jean.Dupont@Exemple.FR ", "jean.dupont@exemple.fr"),
            ("jean+tri@exemple.fr", "jean+tri@exemple.fr"),
            ("a@santé.fr", "a@xn--sant-epa.fr"),
            ("a@SANTE\u{301}.fr", "a@xn--sant-epa.fr"),
            ("a@xn--sant-epa.fr", "a@xn--sant-epa.fr"),
            ("He\u{301}lene@exemple.fr", "hélene@exemple.fr"),
            ("o'neil_x-y@sous.exemple.museum", "o'neil_x-y@sous.exemple.museum"),
        ] {
            assert_eq!(email(typed).as_str(), kept, "{typed}");
        }
        assert_eq!(email("a@santé.fr").display(), "a@santé.fr");
    }

    #[test]
    fn what_is_no_address_says_why() {
        let cases = [
            ("", EmailFault::Empty),
            (" \u{a0} ", EmailFault::Empty),
            ("jean", EmailFault::Shape),
            ("jean@", EmailFault::Shape),
            ("@exemple.fr", EmailFault::Shape),
            ("jean@exemple", EmailFault::Shape),
            ("jean@exemple.", EmailFault::Shape),
            ("jean@exemple.fr.", EmailFault::Shape),
            ("jean@.fr", EmailFault::Shape),
            ("jean@ex emple.fr", EmailFault::Shape),
            ("jean dupont@exemple.fr", EmailFault::Shape),
            ("jean..d@exemple.fr", EmailFault::Shape),
            (".jean@exemple.fr", EmailFault::Shape),
            ("\"a b\"@exemple.fr", EmailFault::Shape),
            ("jean@[192.0.2.1]", EmailFault::Shape),
            ("jean@192.0.2.1", EmailFault::Shape),
            ("jean@exe_mple.fr", EmailFault::Shape),
            ("jean@-exemple.fr", EmailFault::Shape),
            ("<jean@exemple.fr>", EmailFault::Shape),
            ("jean@xn--a.fr", EmailFault::Shape),
            ("a@exemple.fr, b@exemple.fr", EmailFault::TwoAddresses),
            ("a@exemple.fr;b@exemple.fr", EmailFault::TwoAddresses),
            ("a@b@exemple.fr", EmailFault::TwoAddresses),
        ];
        for (typed, fault) in cases {
            assert_eq!(Email::parse(typed), Err(fault), "{typed:?}");
        }
    }

    #[test]
    fn p12_hidden_and_control_characters_are_refused() {
        for typed in [
            "je\u{200b}an@exemple.fr",
            "jean@exem\u{202e}ple.fr",
            "a@exemple.fr\r\nBcc: b@exemple.fr",
            "a\0@exemple.fr",
        ] {
            assert_eq!(Email::parse(typed), Err(EmailFault::Character), "{typed:?}");
        }
    }

    #[test]
    fn length_has_bounds() {
        assert!(Email::parse(&format!("{}@exemple.fr", "a".repeat(64))).is_ok());
        assert_eq!(Email::parse(&format!("{}@exemple.fr", "a".repeat(65))), Err(EmailFault::TooLong));
        let domain = format!("{}.fr", ["a".repeat(60), "b".repeat(60), "c".repeat(60)].join("."));
        assert!(Email::parse(&format!("{}@{domain}", "a".repeat(64))).is_ok());
        assert_eq!(Email::parse(&format!("{}@dddd{domain}", "a".repeat(64))), Err(EmailFault::Shape));
        assert_eq!(Email::parse(&format!("{}@dddd.{domain}", "a".repeat(64))), Err(EmailFault::TooLong));
        assert_eq!(Email::parse(&format!("a@{}", "a".repeat(2_000))), Err(EmailFault::TooLong));
    }

    #[test]
    fn masks_have_a_constant_length() {
        assert_eq!(email("jdupont@exemple.fr").masked(), "jdxxxxx@exemple.fr");
        assert_eq!(email("jd@exemple.fr").masked(), "jdxxxxx@exemple.fr");
        assert_eq!(email("j@exemple.fr").masked(), "jxxxxxx@exemple.fr");
        assert_eq!(email("éa@santé.fr").masked(), "éaxxxxx@santé.fr");
    }

    #[test]
    fn tags_do_not_count() {
        assert_eq!(email("jean+1@exemple.fr").counter_form(), "jean@exemple.fr");
        assert_eq!(email("+1@exemple.fr").counter_form(), "+1@exemple.fr");
        assert_eq!(email("jean@exemple.fr").counter_form(), "jean@exemple.fr");
    }

    #[test]
    fn a_slip_in_a_common_domain_is_noticed() {
        assert_eq!(email("jean@gmial.com").suggestion().as_deref(), Some("jean@gmail.com"));
        assert_eq!(email("jean@gmail.com").suggestion(), None);
        assert_eq!(email("jean@exemple.fr").suggestion(), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(typed in "\\PC{0,20}@?\\PC{0,20}") {
            if let Ok(email) = Email::parse(&typed) {
                let _ = (email.masked(), email.counter_form(), email.suggestion());
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert_eq!(Email::parse(&email.display()), Ok(email));
            }
        }

        #[test]
        fn what_is_shown_reads_back(local in "[a-zé][a-z0-9+._é]{0,8}[a-z]", domain in "[a-zéèç0-9]{1,12}\\.(fr|com|re)") {
            let email = Email::parse(&format!("{local}@{domain}"));
            if let Ok(email) = email {
                prop_assert_eq!(Email::parse(&email.display()), Ok(email));
            } else {
                prop_assert!(local.contains(".."));
            }
        }
    }
}
