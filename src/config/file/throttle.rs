//! `[throttle]`: how many wrong guesses are borne.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Guessing budgets.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ThrottleFile {
    /// Failures of an account before the first wait, 1 to 10.
    pub(crate) free_failures: u32,
    /// Failures of an account per day, 5 to 25 (RIE, EXI 25).
    pub(crate) failures_per_day: u32,
    /// Failures of a /24 or /64 network per hour.
    pub(crate) failures_per_network_hour: u32,
    /// Codes sent for a /24 or /64 network per hour, resets and sign-ins counted apart; recognised browsers are outside it.
    pub(crate) sends_per_network_hour: u32,
    /// Tries of everyone per minute, right or wrong, that raise an alarm.
    pub(crate) global_alarm_per_minute: u32,
}

impl Default for ThrottleFile {
    fn default() -> Self {
        Self {
            free_failures: 5,
            failures_per_day: 25,
            failures_per_network_hour: 100,
            sends_per_network_hour: 200,
            global_alarm_per_minute: 1000,
        }
    }
}
