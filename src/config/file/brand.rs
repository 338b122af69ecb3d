//! `[brand]`: what the portal is called and looks like.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names, help line and colours.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BrandFile {
    /// Name of the house. Required.
    pub(crate) name: Option<String>,
    /// Name in SMS: at most 20 characters of the GSM alphabet. Absent: `name`.
    pub(crate) sms_name: Option<String>,
    /// What the sentences call the portal ("votre portail").
    pub(crate) portal: String,
    /// Name of the former system, whose password the first sign-in asks. Required.
    pub(crate) legacy: Option<String>,
    /// Line under the heading of the help panel.
    pub(crate) tagline: String,
    /// Telephone number of the help line. Required.
    pub(crate) help_phone: Option<String>,
    /// What a call costs.
    pub(crate) help_cost: String,
    /// Opening hours. Empty: not shown.
    pub(crate) help_hours: String,
    /// E-mail of the help desk. Required.
    pub(crate) help_email: Option<String>,
    /// Contact page: an address, or a path of the portal. Absent: `mailto:`.
    pub(crate) help_url: Option<String>,
    /// Terms of use: an address, or a path of the portal on a public route. Required.
    pub(crate) terms_url: Option<String>,
    /// Version of the terms; a change asks everyone again. Required.
    pub(crate) terms_version: Option<String>,
    /// Date of that version as shown. Required.
    pub(crate) terms_date: Option<String>,
    /// Legal notice: an address, or a path of the portal.
    pub(crate) legal_url: Option<String>,
    /// Accessibility statement: an address, or a path of the portal.
    pub(crate) accessibility_url: Option<String>,
    /// Logo file, SVG or PNG. Absent: the name in letters.
    pub(crate) logo: Option<String>,
    /// Folder whose templates replace the shipped ones.
    pub(crate) templates: Option<String>,
    /// Colours of the light scheme: token to `#rrggbb`. What is absent keeps the shipped colour.
    pub(crate) colours: BTreeMap<String, String>,
}

impl Default for BrandFile {
    fn default() -> Self {
        Self {
            name: None,
            sms_name: None,
            portal: "portail".to_owned(),
            legacy: None,
            tagline:
                "La plateforme pour un suivi simple, fiable et sécurisé de vos télétransmissions et services associés"
                    .to_owned(),
            help_phone: None,
            help_cost: "appel non surtaxé".to_owned(),
            help_hours: String::new(),
            help_email: None,
            help_url: None,
            terms_url: None,
            terms_version: None,
            terms_date: None,
            legal_url: None,
            accessibility_url: None,
            logo: None,
            templates: None,
            colours: BTreeMap::new(),
        }
    }
}
