//! What people see of the portal: its name and colours, and what the activation asks.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

/// Activation.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivationSettings {
    /// Professions offered: code → label, in the order shown.
    pub professions: Vec<ProfessionChoice>,
    /// Days before a skipped step is offered again (30).
    pub reminder_days: u32,
    /// More dialling codes than the French ones: code (`+32`) → label.
    pub dial_codes: Vec<(String, String)>,
    /// Refuses RPPS whose Luhn key is wrong (relaxed for sandboxes).
    pub check_rpps_key: bool,
}

/// One profession of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfessionChoice {
    /// TRE_G15 code (`60`).
    pub code: String,
    /// Label (`Infirmier`).
    pub label: String,
    /// RPPS may be left empty.
    pub rpps_optional: bool,
    /// SIRET may be left empty.
    pub siret_optional: bool,
    /// CPAM number may be left empty.
    pub cpam_optional: bool,
    /// FINESS may be left empty.
    pub finess_optional: bool,
}

/// The portal's name, colours and help line.
#[derive(Debug, Clone, PartialEq)]
pub struct Brand {
    /// "RPLUS SANTÉ".
    pub name: String,
    /// ≤ 20 GSM-7 characters.
    pub sms_name: String,
    /// "portail".
    pub portal: String,
    /// Name of the former system ("Résoflux").
    pub legacy: String,
    /// Line under the help heading.
    pub tagline: String,
    /// Help line.
    pub help_phone: String,
    /// What a call costs.
    pub help_cost: String,
    /// Opening hours.
    pub help_hours: String,
    /// Help e-mail.
    pub help_email: String,
    /// Contact page; absent: `mailto:`.
    pub help_url: Option<Url>,
    /// Terms of use.
    pub terms_url: Url,
    /// Version accepted today; a change asks everyone again.
    pub terms_version: String,
    /// Date of that version, as shown ("1er septembre 2026").
    pub terms_date: String,
    /// Legal notice.
    pub legal_url: Option<Url>,
    /// Accessibility statement.
    pub accessibility_url: Option<Url>,
    /// Logo file (SVG or PNG), served by us.
    pub logo: Option<PathBuf>,
    /// Colours: token name (`brand`, `ink`…) → `#rrggbb`.
    pub colours: BTreeMap<String, String>,
    /// Folder whose templates replace ours.
    pub templates: Option<PathBuf>,
}
