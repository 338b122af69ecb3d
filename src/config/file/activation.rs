//! `[activation]`: professions offered, and which fields each may leave empty.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Activation of accounts.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ActivationFile {
    /// Professions offered (TRE_G15 codes); shown in this order.
    pub(crate) professions: Vec<ProfessionFile>,
    /// Profession code to fields it may leave empty: where the law gives the profession no such number.
    pub(crate) optional: BTreeMap<String, Vec<OptionalFieldFile>>,
    /// Days before a skipped step is offered again, 1 to 365.
    pub(crate) reminder_days: u32,
    /// Dialling codes besides the French ones.
    pub(crate) dial_codes: Vec<DialCodeFile>,
    /// Refuses an RPPS whose Luhn key is wrong; `false` only for sandboxes.
    pub(crate) check_rpps_key: bool,
}

/// A profession of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ProfessionFile {
    /// TRE_G15 code (`60`). Required.
    pub(crate) code: String,
    /// Label shown (`Infirmier`). Required.
    pub(crate) label: String,
}

/// A dialling code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DialCodeFile {
    /// `+` and digits. Required.
    pub(crate) code: String,
    /// Label shown. Required.
    pub(crate) label: String,
}

/// A field that a profession may leave empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OptionalFieldFile {
    /// National number of the professional.
    Rpps,
    /// Number of the establishment.
    Siret,
    /// Health-insurance number.
    Cpam,
    /// Number of the health structure.
    Finess,
}

/// Professions who send invoices to the health insurance, alphabetical.
const PROFESSIONS: [(&str, &str); 22] = [
    ("36", "Ambulancier"),
    ("26", "Audioprothésiste"),
    ("40", "Chirurgien-Dentiste"),
    ("95", "Diététicien"),
    ("85", "Épithésiste"),
    ("94", "Ergothérapeute"),
    ("60", "Infirmier"),
    ("98", "Manipulateur ERM"),
    ("70", "Masseur-Kinésithérapeute"),
    ("10", "Médecin"),
    ("84", "Oculariste"),
    ("28", "Opticien-Lunetier"),
    ("83", "Orthopédiste-Orthésiste"),
    ("91", "Orthophoniste"),
    ("81", "Orthoprothésiste"),
    ("92", "Orthoptiste"),
    ("80", "Pédicure-Podologue"),
    ("21", "Pharmacien"),
    ("82", "Podo-Orthésiste"),
    ("96", "Psychomotricien"),
    ("50", "Sage-Femme"),
    ("86", "Technicien de laboratoire médical"),
];

/// Those who practise without a structure of their own have no FINESS; those the insurance does not pay have no CPAM number.
const OPTIONAL: [(&str, &[OptionalFieldFile]); 14] = [
    ("10", &[OptionalFieldFile::Finess]),
    ("36", &[OptionalFieldFile::Rpps]),
    ("40", &[OptionalFieldFile::Finess]),
    ("50", &[OptionalFieldFile::Finess]),
    ("60", &[OptionalFieldFile::Finess]),
    ("70", &[OptionalFieldFile::Finess]),
    ("80", &[OptionalFieldFile::Finess]),
    ("86", &[OptionalFieldFile::Finess, OptionalFieldFile::Cpam]),
    ("91", &[OptionalFieldFile::Finess]),
    ("92", &[OptionalFieldFile::Finess]),
    ("94", &[OptionalFieldFile::Finess, OptionalFieldFile::Cpam]),
    ("95", &[OptionalFieldFile::Finess, OptionalFieldFile::Cpam]),
    ("96", &[OptionalFieldFile::Finess, OptionalFieldFile::Cpam]),
    ("98", &[OptionalFieldFile::Finess, OptionalFieldFile::Cpam]),
];

impl Default for ActivationFile {
    fn default() -> Self {
        Self {
            professions: PROFESSIONS
                .iter()
                .map(|(code, label)| ProfessionFile { code: (*code).to_owned(), label: (*label).to_owned() })
                .collect(),
            optional: OPTIONAL.iter().map(|(code, fields)| ((*code).to_owned(), fields.to_vec())).collect(),
            reminder_days: 30,
            dial_codes: Vec::new(),
            check_rpps_key: true,
        }
    }
}
