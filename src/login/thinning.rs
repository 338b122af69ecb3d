//! Facts that anybody can cause without end: a line of the audit log each would fill the disk, and wait for it each time.

use std::time::Duration;

use crate::observe::AuditEvent;
use crate::session::{Rule, Verdict};

use super::{Login, LoginError};

/// Counted by the hour.
const EACH: Rule = Rule::Window { limit: u32::MAX, per: Duration::from_secs(3_600) };

impl Login {
    /// Records the first of an hour, the tenth, the hundredth… of facts that share `key`; those after the first say how many they were.
    pub(super) async fn record_thinned(&self, event: AuditEvent, key: &str) -> Result<(), LoginError> {
        let counter = format!("fact:{}:{key}", event.fact.as_str());
        let Verdict::Granted { taken } = self.store.take(&counter, EACH, event.at).await? else { return Ok(()) };
        if !is_told(taken) {
            return Ok(());
        }
        let event = if taken == 1 { event } else { event.with("times", taken.to_string()) };
        Ok(self.directory.record(&[event]).await?)
    }
}

/// Powers of ten.
fn is_told(taken: u32) -> bool {
    taken.checked_ilog10().is_some_and(|exponent| 10_u32.pow(exponent) == taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x03_a_million_facts_are_seven_lines() {
        let told: Vec<u32> = (0..=1_000_000).filter(|taken| is_told(*taken)).collect();
        assert_eq!(told, [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]);
    }
}
