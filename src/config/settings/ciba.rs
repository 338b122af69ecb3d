//! Signing in without leaving the page (OpenID Connect CIBA, poll mode), where a provider offers it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How it is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CibaSettings {
    /// Where people may confirm; at least one, the first is chosen beforehand.
    pub channels: Vec<CibaChannel>,
    /// How long a request waits for an answer (2 min).
    pub wait: Duration,
    /// Requests an hour for one person (3).
    pub per_person_hour: u32,
    /// Requests an hour of one browser (10).
    pub per_browser_hour: u32,
    /// Requests an hour of one network (100).
    pub per_network_hour: u32,
}

/// Where a person confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CibaChannel {
    /// The e-CPS application on the phone.
    Mobile,
    /// The CPS card, through the CPS-Gestion tool of the workstation.
    Card,
}

impl CibaChannel {
    /// As the file, the forms and the audit log write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Card => "card",
        }
    }
}
