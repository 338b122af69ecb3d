//! Whether a provider is asked at all: after failures in a row its calls fail at once, until one that was let through as a probe
//! finds it well. Pure: `now` is given, and nothing is called from here.

use jiff::{SignedDuration, Timestamp};

/// Failures in a row after which nobody is asked.
const FAILURES: u32 = 3;
/// First rest; each probe that fails doubles it.
const FIRST_REST: SignedDuration = SignedDuration::from_secs(10);
/// Longest rest.
const LONGEST_REST: SignedDuration = SignedDuration::from_secs(60);
/// A probe that says nothing for so long was given up by its caller.
const PROBE: SignedDuration = SignedDuration::from_secs(60);

/// What is known of a provider's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Breaker(State);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Timestamp, rest: SignedDuration },
    Probing { until: Timestamp, rest: SignedDuration },
}

/// Whether a call may be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It answers.
    Well,
    /// It failed; the next call finds out whether it still does.
    Due,
    /// It failed, and is left alone.
    Resting,
}

impl Breaker {
    /// Nothing has failed yet.
    pub(super) fn new() -> Self {
        Self(State::Closed { failures: 0 })
    }

    /// How it stands, asking nobody.
    pub(super) fn standing(&self, now: Timestamp) -> Standing {
        match self.0 {
            State::Closed { .. } => Standing::Well,
            State::Open { until, .. } | State::Probing { until, .. } if now >= until => Standing::Due,
            State::Open { .. } | State::Probing { .. } => Standing::Resting,
        }
    }

    /// Whether this call may be made; after a rest, one at a time.
    pub(super) fn admit(&mut self, now: Timestamp) -> bool {
        let standing = self.standing(now);
        if let (Standing::Due, State::Open { rest, .. } | State::Probing { rest, .. }) = (standing, self.0) {
            self.0 = State::Probing { until: now + PROBE, rest };
        }
        standing != Standing::Resting
    }

    /// An admitted call was answered. True when the provider is back.
    pub(super) fn succeeded(&mut self) -> bool {
        let back = match self.0 {
            // Begun before the failures: it tells nothing of now.
            State::Open { .. } => return false,
            State::Probing { .. } => true,
            State::Closed { .. } => false,
        };
        self.0 = State::Closed { failures: 0 };
        back
    }

    /// An admitted call was not answered. True when the provider is left alone from now on.
    pub(super) fn failed(&mut self, now: Timestamp) -> bool {
        let (next, opens) = match self.0 {
            State::Closed { failures } if failures + 1 < FAILURES => (State::Closed { failures: failures + 1 }, false),
            State::Closed { .. } => (State::Open { until: now + FIRST_REST, rest: FIRST_REST }, true),
            State::Probing { rest, .. } => {
                let rest = (rest * 2).min(LONGEST_REST);
                (State::Open { until: now + rest, rest }, false)
            }
            State::Open { .. } => (self.0, false),
        };
        self.0 = next;
        opens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    /// One that has just failed for the third time, at second 0.
    fn open() -> Breaker {
        let mut breaker = Breaker::new();
        assert_eq!([1, 2, 3].map(|_| breaker.failed(at(0))), [false, false, true]);
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let mut breaker = Breaker::new();
        for _ in 0..5 {
            breaker.failed(at(0));
            breaker.failed(at(0));
            breaker.succeeded();
        }
        assert_eq!(breaker.standing(at(0)), Standing::Well);
        assert_eq!(open().standing(at(0)), Standing::Resting);
    }

    #[test]
    fn after_its_rest_one_call_is_let_through_and_a_success_closes_it() {
        let mut breaker = open();
        assert!(!breaker.admit(at(9)));
        assert!(!breaker.succeeded(), "a call begun before the failures says nothing");
        assert_eq!(breaker.standing(at(10)), Standing::Due);
        assert!(breaker.admit(at(10)));
        assert!(!breaker.admit(at(10)) && !breaker.admit(at(20)), "one probe at a time");
        assert!(breaker.succeeded());
        assert!(breaker.admit(at(20)) && breaker.admit(at(20)));
    }

    #[test]
    fn each_probe_that_fails_doubles_the_rest_up_to_a_minute() {
        let mut breaker = open();
        let mut now = 10;
        for rest in [20, 40, 60, 60] {
            assert!(breaker.admit(at(now)));
            assert!(!breaker.failed(at(now)), "it was told before");
            assert!(!breaker.admit(at(now + rest - 1)));
            now += rest;
        }
        assert!(breaker.admit(at(now)));
    }

    #[test]
    fn a_probe_that_nobody_heard_of_again_does_not_keep_it_open_for_ever() {
        let mut breaker = open();
        assert!(breaker.admit(at(10)));
        assert!(!breaker.admit(at(69)));
        assert!(breaker.admit(at(70)));
    }
}
