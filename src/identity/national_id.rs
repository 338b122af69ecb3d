//! The identifier an identity provider gives a professional (fact sheet 3.3), in one form per person.

use serde::{Deserialize, Serialize};

use super::digits::is_digits;
use super::rpps::Rpps;
use super::value::text_value;

/// A national identifier in canonical form: upper case, an RPPS always with its prefix `8`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NationalId(String);

text_value!(NationalId, NationalId::parse, NationalIdFault);

impl std::fmt::Debug for NationalId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NationalId(…)")
    }
}

/// Why a text is no national identifier. The text itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NationalIdFault {
    /// Nothing.
    #[error("the national identifier is empty")]
    Empty,
    /// More than 64 characters.
    #[error("the national identifier is too long")]
    TooLong,
    /// Something else than letters, digits, `/`, `-`, `_` and `.`.
    #[error("the national identifier holds a strange character")]
    Character,
}

/// What an identifier is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NationalIdKind {
    /// A professional of the RPPS (`8` + 11 digits).
    Rpps,
    /// A professional who is only in ADELI (`0` + 9 digits).
    Adeli,
    /// Staff of a structure known by its FINESS (`3…/…`).
    FinessStaff,
    /// Staff of a structure known by its SIRET (`5…/…`).
    SiretStaff,
    /// Staff of a structure known otherwise (`1`, `4`, `6`).
    StructureStaff,
    /// A test identity (`ANS…`).
    Sandbox,
    /// A form this version does not know.
    Unknown,
}

impl NationalId {
    /// Most characters of an identifier.
    pub const MAX: usize = 64;

    /// Reads an identifier as received: trimmed, upper case, a bare RPPS gets its `8`.
    ///
    /// # Errors
    /// One of [`NationalIdFault`]; an unknown form is no error.
    pub fn parse(received: &str) -> Result<Self, NationalIdFault> {
        let text = received.trim();
        if text.is_empty() {
            return Err(NationalIdFault::Empty);
        }
        if text.len() > Self::MAX {
            return Err(NationalIdFault::TooLong);
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.')) {
            return Err(NationalIdFault::Character);
        }
        // One team saw bare RPPS in the sandbox; both forms must open the same account.
        if is_digits(text, 11) { Ok(Self(format!("8{text}"))) } else { Ok(Self(text.to_ascii_uppercase())) }
    }

    /// What it is made from.
    #[must_use]
    pub fn kind(&self) -> NationalIdKind {
        let text = self.0.as_str();
        let staff = text.contains('/');
        match text.as_bytes().first() {
            Some(b'8') if is_digits(text, 12) => NationalIdKind::Rpps,
            Some(b'0') if is_digits(text, 10) => NationalIdKind::Adeli,
            Some(b'3') if staff => NationalIdKind::FinessStaff,
            Some(b'5') if staff => NationalIdKind::SiretStaff,
            Some(b'1' | b'4' | b'6') => NationalIdKind::StructureStaff,
            Some(b'A') if text.starts_with("ANS") => NationalIdKind::Sandbox,
            _ => NationalIdKind::Unknown,
        }
    }

    /// The RPPS it holds; its key is not judged (fact sheet 9.1).
    #[must_use]
    pub fn rpps(&self) -> Option<Rpps> {
        self.0.strip_prefix('8').and_then(|rest| Rpps::trusted(rest).ok())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_the_fact_sheet_has_one_canonical_form() {
        let cases = [
            ("899700999909", "899700999909", NationalIdKind::Rpps),
            ("99700999909", "899700999909", NationalIdKind::Rpps),
            (" 899700999909 ", "899700999909", NationalIdKind::Rpps),
            ("0759301237", "0759301237", NationalIdKind::Adeli),
            ("599900001100018/AGT00045", "599900001100018/AGT00045", NationalIdKind::SiretStaff),
            ("599900001100018/agt00045", "599900001100018/AGT00045", NationalIdKind::SiretStaff),
            ("3750099996/0042", "3750099996/0042", NationalIdKind::FinessStaff),
            ("1750099996", "1750099996", NationalIdKind::StructureStaff),
            ("ANS20240101120000", "ANS20240101120000", NationalIdKind::Sandbox),
            ("ans20240101120000", "ANS20240101120000", NationalIdKind::Sandbox),
            ("PSI-7", "PSI-7", NationalIdKind::Unknown),
        ];
        for (received, canonical, kind) in cases {
            let id = NationalId::parse(received).unwrap();
            assert_eq!((id.as_str(), id.kind()), (canonical, kind), "{received}");
        }
    }

    #[test]
    fn only_an_rpps_gives_an_rpps() {
        assert_eq!(NationalId::parse("899700999909").unwrap().rpps(), Rpps::trusted("99700999909").ok());
        for received in ["0759301237", "ANS20240101120000", "89970099990", "8997009999091"] {
            let id = NationalId::parse(received).unwrap();
            assert_eq!(id.rpps().is_some(), received.len() == 11, "{received}");
        }
    }

    #[test]
    fn strange_identifiers_are_refused() {
        let cases = [
            ("", NationalIdFault::Empty),
            ("  ", NationalIdFault::Empty),
            ("8997\u{0}00999909", NationalIdFault::Character),
            ("８99700999909", NationalIdFault::Character),
            ("' OR 1=1--", NationalIdFault::Character),
        ];
        for (received, fault) in cases {
            assert_eq!(NationalId::parse(received), Err(fault), "{received:?}");
        }
        assert_eq!(NationalId::parse(&"1".repeat(65)), Err(NationalIdFault::TooLong));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_canonical_is_stable(received in "\\PC{0,70}") {
            if let Ok(id) = NationalId::parse(&received) {
                let _ = (id.kind(), id.rpps());
                prop_assert_eq!(NationalId::parse(id.as_str()), Ok(id));
            }
        }
    }
}
