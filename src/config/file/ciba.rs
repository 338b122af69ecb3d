//! `[identity_provider.NAME.ciba]`: signing in without leaving the page (OpenID Connect CIBA).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::DurationText;

/// Sign-in by typing the national identifier and confirming elsewhere.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CibaFile {
    /// Offers it; the provider must have switched it on for this client.
    pub(crate) enabled: bool,
    /// Where people may confirm.
    pub(crate) channels: Vec<CibaChannelFile>,
    /// How long a request waits for an answer, from "30 s" to "10 min".
    pub(crate) wait: DurationText,
    /// Requests an hour for one person, 1 to 10.
    pub(crate) per_person_hour: u32,
    /// Requests an hour of one browser, 1 to 100.
    pub(crate) per_browser_hour: u32,
    /// Requests an hour of one network, 1 to 10000.
    pub(crate) per_network_hour: u32,
}

impl Default for CibaFile {
    fn default() -> Self {
        Self {
            enabled: false,
            channels: vec![CibaChannelFile::Mobile, CibaChannelFile::Card],
            wait: "2 min".into(),
            per_person_hour: 3,
            per_browser_hour: 10,
            per_network_hour: 100,
        }
    }
}

/// Where a person confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CibaChannelFile {
    /// The e-CPS application on the phone.
    Mobile,
    /// The CPS card, through the CPS-Gestion tool of the workstation.
    Card,
}
