//! The national identifier of a health professional, in one spelling (fact sheet 3.3). Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identity::Rpps;

/// Longest identifier kept.
const LONGEST: usize = 64;

/// A national identifier as links are keyed: an RPPS is its eleven digits whether it came with its `8` or not, anything
/// else is kept as received. It never prints.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NationalId(String);

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
    Other,
}

impl NationalId {
    /// Reads an identifier the provider sent; `None` when there is none or it cannot be one.
    #[must_use]
    pub fn parse(received: &str) -> Option<Self> {
        let received = received.trim();
        let fits = (1..=LONGEST).contains(&received.len()) && received.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits {
            return None;
        }
        match received.strip_prefix('8') {
            Some(rest) if is_rpps(rest) => Some(Self(rest.to_owned())),
            Some(_) | None => Some(Self(received.to_owned())),
        }
    }

    /// The canonical text, key of links.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> NationalIdKind {
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_rpps(&self.0) {
            NationalIdKind::Rpps
        } else if self.0.starts_with('0') && digits(&self.0, 10) {
            NationalIdKind::Adeli
        } else if self.0.starts_with("ANS") {
            NationalIdKind::Sandbox
        } else {
            NationalIdKind::Other
        }
    }

    /// The RPPS it is, if it is one.
    #[must_use]
    pub fn rpps(&self) -> Option<Rpps> {
        match self.kind() {
            NationalIdKind::Rpps => Rpps::parse(&self.0).ok(),
            NationalIdKind::Adeli | NationalIdKind::Sandbox | NationalIdKind::Other => None,
        }
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NationalId(…)")
    }
}

fn is_rpps(text: &str) -> bool {
    text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rpps_has_one_spelling_whether_prefixed_or_not() {
        let prefixed = NationalId::parse("899700999909").unwrap();
        assert_eq!(prefixed, NationalId::parse(" 99700999909 ").unwrap());
        assert_eq!((prefixed.as_str(), prefixed.kind()), ("99700999909", NationalIdKind::Rpps));
        assert_eq!(prefixed.rpps().unwrap().as_str(), "99700999909");
        // Eleven digits that begin with 8 are an RPPS of their own.
        assert_eq!(NationalId::parse("80012345678").unwrap().as_str(), "80012345678");
    }

    #[test]
    fn other_kinds_are_kept_as_received_and_are_no_rpps() {
        for (received, kind) in [
            ("0759301237", NationalIdKind::Adeli),
            ("ANS20231114093012", NationalIdKind::Sandbox),
            ("599900001100018/AGT00045", NationalIdKind::Other),
            ("8ABC", NationalIdKind::Other),
        ] {
            let id = NationalId::parse(received).unwrap();
            assert_eq!((id.as_str(), id.kind(), id.rpps()), (received, kind, None));
        }
    }

    #[test]
    fn what_cannot_be_one_is_refused_and_nothing_prints() {
        for received in ["", "  ", "a b", "é", "\u{ff11}", &"9".repeat(65)] {
            assert_eq!(NationalId::parse(received), None);
        }
        assert_eq!(format!("{:?}", NationalId::parse("899700999909")), "Some(NationalId(…))");
    }
}
