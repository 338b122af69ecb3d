//! `[codes]`: one-time codes by e-mail and SMS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::DurationText;

/// One-time codes.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CodesFile {
    /// Life of a code, from "1 min" to "15 min".
    pub(crate) lifetime: DurationText,
    /// Tries per code, 1 to 10.
    pub(crate) tries: u32,
    /// Wait before another code may be asked, from "10 s" to "10 min".
    pub(crate) resend_wait: DurationText,
    /// SMS per number and hour.
    pub(crate) sms_per_number_hour: u32,
    /// Codes per account and day.
    pub(crate) per_account_day: u32,
    /// SMS of the whole house per hour; then none leaves and an alarm is raised.
    pub(crate) sms_per_hour: u32,
    /// E-mails per address and hour.
    pub(crate) email_per_address_hour: u32,
}

impl Default for CodesFile {
    fn default() -> Self {
        Self {
            lifetime: "10 min".into(),
            tries: 5,
            resend_wait: "60 s".into(),
            sms_per_number_hour: 3,
            per_account_day: 10,
            sms_per_hour: 200,
            email_per_address_hour: 6,
        }
    }
}
