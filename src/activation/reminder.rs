//! Skipped steps are offered again after some days, one page, skippable again (decision 9).

use jiff::{SignedDuration, Timestamp};

use super::{Step, Steps};

/// Which contacts to offer again at this sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The e-mail was skipped.
    pub email: bool,
    /// The phone was skipped.
    pub phone: bool,
}

/// What to offer at `now`, if anything: skipped steps older than `days`, not asked about since.
#[must_use]
pub fn due(steps: &Steps, reminded_at: Option<Timestamp>, days: u32, now: Timestamp) -> Option<Due> {
    let wait = SignedDuration::from_hours(24 * i64::from(days));
    if reminded_at.is_some_and(|at| now < at + wait) {
        return None;
    }
    let old = |wanted: Step| steps.skipped().any(|(step, at)| step == wanted && at + wait <= now);
    let due = Due { email: old(Step::Email), phone: old(Step::Phone) };
    (due.email || due.phone).then_some(due)
}

#[cfg(test)]
mod tests {
    use super::super::Journey;
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day)
    }

    #[test]
    fn a_skipped_phone_is_offered_again_after_thirty_days_and_not_twice() {
        let mut steps = Steps::default();
        steps.done(Journey::Psc, Step::Terms, day(0)).unwrap();
        steps.done(Journey::Psc, Step::Email, day(0)).unwrap();
        steps.skip(Journey::Psc, Step::Phone, day(0)).unwrap();
        assert_eq!(due(&steps, None, 30, day(29)), None);
        assert_eq!(due(&steps, None, 30, day(30)), Some(Due { email: false, phone: true }));
        assert_eq!(due(&steps, Some(day(30)), 30, day(59)), None);
        assert_eq!(due(&steps, Some(day(30)), 30, day(60)), Some(Due { email: false, phone: true }));
    }
}
