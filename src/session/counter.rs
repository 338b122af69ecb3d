//! Budgets of guesses and sends: one pure rule, the same on every store.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What a counter remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Taken since `since` and not given back.
    pub taken: u32,
    /// Start of the window.
    pub since: Timestamp,
    /// Nothing is granted before this instant.
    pub blocked_until: Timestamp,
}

/// How much a counter grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// `limit` in each window of `per`.
    Window {
        /// Grants per window.
        limit: u32,
        /// Length of the window.
        per: Duration,
    },
    /// `free` at once, then a wait of 1, 2, 4 … 60 minutes after each, `per_day` at most in 24 hours.
    Ladder {
        /// Grants before the first wait.
        free: u32,
        /// Grants in 24 hours.
        per_day: u32,
    },
}

/// What a counter answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// One was taken.
    Granted {
        /// How many are taken now, this one included.
        taken: u32,
    },
    /// Nothing was taken.
    Refused {
        /// When the next may be granted.
        until: Timestamp,
        /// The cap of the day is reached, not just a wait.
        day_cap: bool,
    },
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Rule {
    /// The state before anything was taken.
    #[must_use]
    pub fn fresh(now: Timestamp) -> Tally {
        Tally { taken: 0, since: now, blocked_until: Timestamp::UNIX_EPOCH }
    }

    /// How long a tally must be kept after its last change.
    #[must_use]
    pub fn memory(&self) -> SignedDuration {
        match self {
            Self::Window { per, .. } => signed(*per),
            Self::Ladder { .. } => DAY,
        }
    }

    /// Takes one, if the budget has one. A clock that went back never makes the wait longer than the rule's own.
    #[must_use]
    pub fn take(&self, tally: Option<Tally>, now: Timestamp) -> (Tally, Verdict) {
        let mut tally = tally.filter(|tally| self.counts(tally, now)).unwrap_or_else(|| Self::fresh(now));
        let (limit, window_end) = match self {
            Self::Window { limit, .. } => (*limit, tally.since + self.memory()),
            Self::Ladder { per_day, .. } => (*per_day, tally.since + DAY),
        };
        if tally.taken >= limit {
            let day_cap = matches!(self, Self::Ladder { .. });
            return (tally, Verdict::Refused { until: window_end, day_cap });
        }
        if now < tally.blocked_until {
            return (tally, Verdict::Refused { until: tally.blocked_until, day_cap: false });
        }
        tally.taken += 1;
        if let Self::Ladder { free, .. } = self
            && tally.taken >= *free
        {
            tally.blocked_until = now + SignedDuration::from_mins(wait_minutes(tally.taken - free));
        }
        (tally, Verdict::Granted { taken: tally.taken })
    }

    /// Gives back the one that [`Rule::take`] granted, and the wait it started.
    #[must_use]
    pub fn give_back(&self, tally: Tally) -> Tally {
        Tally { taken: tally.taken.saturating_sub(1), blocked_until: Timestamp::UNIX_EPOCH, ..tally }
    }

    fn counts(&self, tally: &Tally, now: Timestamp) -> bool {
        // `since` in the future means that the clock went back: start over from what `now` says.
        tally.since <= now && now < tally.since + self.memory()
    }
}

fn wait_minutes(step: u32) -> i64 {
    1_i64.checked_shl(step).map_or(60, |minutes| minutes.min(60))
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LADDER: Rule = Rule::Ladder { free: 5, per_day: 25 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn five_are_free_then_the_wait_doubles_up_to_an_hour() {
        let mut tally = None;
        let mut now = at(0);
        let mut waits = Vec::new();
        for _ in 0..25 {
            let (after, verdict) = LADDER.take(tally, now);
            assert!(matches!(verdict, Verdict::Granted { .. }));
            tally = Some(after);
            if let (_, Verdict::Refused { until, day_cap: false }) = LADDER.take(tally, now) {
                waits.push((until.as_second() - now.as_second()) / 60);
                now = until;
            }
        }
        assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert!(matches!(LADDER.take(tally, now), (_, Verdict::Refused { day_cap: true, .. })));
    }

    #[test]
    fn a_right_password_gives_back_its_own_try_only() {
        let mut tally = None;
        for _ in 0..4 {
            tally = Some(LADDER.take(tally, at(0)).0);
        }
        let (fifth, _) = LADDER.take(tally, at(0));
        let back = LADDER.give_back(fifth);
        assert_eq!(back.taken, 4);
        assert!(matches!(LADDER.take(Some(back), at(1)).1, Verdict::Granted { taken: 5 }));
    }

    #[test]
    fn a_window_starts_over_when_it_has_passed() {
        let rule = Rule::Window { limit: 2, per: Duration::from_secs(3_600) };
        let (one, _) = rule.take(None, at(0));
        let (two, _) = rule.take(Some(one), at(10));
        assert_eq!(rule.take(Some(two), at(20)).1, Verdict::Refused { until: at(3_600), day_cap: false });
        assert!(matches!(rule.take(Some(two), at(3_600)).1, Verdict::Granted { taken: 1 }));
    }
}
