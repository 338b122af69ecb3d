//! The national identifier of a health professional, in one spelling (fact sheet 3.3). Pure.
//! Stands in for `identity::NationalId`, with the same canonical form and names, until that one is merged.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identity::Rpps;

/// Longest identifier kept.
const LONGEST: usize = 64;

/// A national identifier as links are keyed: upper case, and an RPPS always with its prefix `8`. It never prints.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NationalId(String);

/// Empty, too long, or a strange character. The text itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a national identifier")]
pub struct NationalIdFault;

/// What kind of identifier it is, for the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NationalIdKind {
    /// Professional in RPPS.
    Rpps,
    /// Professional still only in ADELI.
    Adeli,
    /// Sandbox identity (`ANS…`).
    Sandbox,
    /// Structure-based, or a form not known.
    Unknown,
}

impl NationalId {
    /// Reads an identifier the provider sent.
    ///
    /// # Errors
    /// When there is none or it cannot be one; an unknown form is no error.
    pub fn parse(received: &str) -> Result<Self, NationalIdFault> {
        let received = received.trim();
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
        if !(1..=LONGEST).contains(&received.len()) || !received.bytes().all(known) {
            return Err(NationalIdFault);
        }
        // The sandbox was seen to give the bare number; both forms must open one account.
        Ok(if is_digits(received, 11) { Self(format!("8{received}")) } else { Self(received.to_ascii_uppercase()) })
    }

    /// The canonical text, key of links.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> NationalIdKind {
        if self.0.starts_with('8') && is_digits(&self.0, 12) {
            NationalIdKind::Rpps
        } else if self.0.starts_with('0') && is_digits(&self.0, 10) {
            NationalIdKind::Adeli
        } else if self.0.starts_with("ANS") {
            NationalIdKind::Sandbox
        } else {
            NationalIdKind::Unknown
        }
    }

    /// The RPPS it is, if it is one.
    #[must_use]
    pub fn rpps(&self) -> Option<Rpps> {
        match self.kind() {
            NationalIdKind::Rpps => Rpps::parse(self.0.strip_prefix('8')?).ok(),
            NationalIdKind::Adeli | NationalIdKind::Sandbox | NationalIdKind::Unknown => None,
        }
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NationalId(…)")
    }
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rpps_has_one_spelling_whether_prefixed_or_not() {
        let prefixed = NationalId::parse("899700999909").unwrap();
        assert_eq!(prefixed, NationalId::parse(" 99700999909 ").unwrap());
        assert_eq!((prefixed.as_str(), prefixed.kind()), ("899700999909", NationalIdKind::Rpps));
        assert_eq!(prefixed.rpps().unwrap().as_str(), "99700999909");
        // Eleven digits that begin with 8 are an RPPS of their own.
        assert_eq!(NationalId::parse("80012345678").unwrap().as_str(), "880012345678");
    }

    #[test]
    fn other_kinds_are_kept_in_upper_case_and_are_no_rpps() {
        for (received, canonical, kind) in [
            ("0759301237", "0759301237", NationalIdKind::Adeli),
            ("ans20231114093012", "ANS20231114093012", NationalIdKind::Sandbox),
            ("599900001100018/AGT00045", "599900001100018/AGT00045", NationalIdKind::Unknown),
            ("8ABC", "8ABC", NationalIdKind::Unknown),
        ] {
            let id = NationalId::parse(received).unwrap();
            assert_eq!((id.as_str(), id.kind(), id.rpps()), (canonical, kind, None));
        }
    }

    #[test]
    fn what_cannot_be_one_is_refused_and_nothing_prints() {
        for received in ["", "  ", "a b", "é", "\u{ff11}", "a<b", &"9".repeat(65)] {
            assert_eq!(NationalId::parse(received), Err(NationalIdFault));
        }
        assert_eq!(format!("{:?}", NationalId::parse("899700999909")), "Ok(NationalId(…))");
    }
}
