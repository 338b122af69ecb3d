//! A circuit breaker: after a few failures in a row nobody waits for a service that is away, and one message at a
//! time finds out whether it is back. Durations only: `now` is an instant of the runtime's clock, given by who tries.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row that open the circuit.
const THRESHOLD: u32 = 3;
/// How long nothing is tried.
pub const REST: Duration = Duration::from_secs(30);

/// The memory of one sender's failures.
#[derive(Debug)]
pub struct Breaker {
    rest: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// Until when nothing is tried; set while open.
    closed_to_all_until: Option<Instant>,
    probing: bool,
}

/// Leave to try once. Dropped without a verdict (a cancelled request), it only frees the way for the next.
#[derive(Debug)]
#[must_use]
pub struct Leave<'a> {
    breaker: &'a Breaker,
    probe: bool,
}

impl Breaker {
    /// A closed circuit that, once open, lets nothing through for `rest`.
    #[must_use]
    pub fn new(rest: Duration) -> Self {
        Self { rest, state: Mutex::default() }
    }

    /// Asks to try; `None` while the service is known to be down.
    pub fn enter(&self, now: Instant) -> Option<Leave<'_>> {
        let mut state = self.lock();
        let Some(until) = state.closed_to_all_until else {
            return Some(Leave { breaker: self, probe: false });
        };
        if now < until || state.probing {
            return None;
        }
        state.probing = true;
        Some(Leave { breaker: self, probe: true })
    }

    /// Whether a try would be turned away now.
    #[must_use]
    pub fn is_open(&self, now: Instant) -> bool {
        let state = self.lock();
        state.closed_to_all_until.is_some_and(|until| now < until || state.probing)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leave<'_> {
    /// The service answered.
    pub fn succeeded(self) {
        let mut state = self.breaker.lock();
        state.failures = 0;
        state.closed_to_all_until = None;
    }

    /// The service did not answer, or could not do its work.
    pub fn failed(self, now: Instant) {
        let mut state = self.breaker.lock();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= THRESHOLD {
            state.closed_to_all_until = Some(now + self.breaker.rest);
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.probe {
            self.breaker.lock().probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Breaker, times: usize, now: Instant) {
        for _ in 0..times {
            breaker.enter(now).unwrap().failed(now);
        }
    }

    #[test]
    fn three_failures_in_a_row_open_it_and_a_success_between_does_not() {
        let (breaker, now) = (Breaker::new(REST), Instant::now());
        fail(&breaker, 2, now);
        breaker.enter(now).unwrap().succeeded();
        fail(&breaker, 2, now);
        assert!(!breaker.is_open(now));
        fail(&breaker, 1, now);
        assert!(breaker.is_open(now) && breaker.enter(now).is_none());
    }

    #[test]
    fn after_its_rest_one_probe_at_a_time_goes_through() {
        let (breaker, start) = (Breaker::new(REST), Instant::now());
        fail(&breaker, 3, start);
        assert!(breaker.enter(start + REST - Duration::from_millis(1)).is_none());
        let later = start + REST;
        assert!(!breaker.is_open(later));
        let probe = breaker.enter(later).unwrap();
        assert!(breaker.is_open(later) && breaker.enter(later).is_none());
        probe.failed(later);
        assert!(breaker.is_open(later), "a failed probe starts another rest");
        let later = later + REST;
        breaker.enter(later).unwrap().succeeded();
        assert!(!breaker.is_open(later) && breaker.enter(later).is_some());
    }

    #[test]
    fn a_probe_that_was_given_up_does_not_bar_the_way() {
        let (breaker, start) = (Breaker::new(REST), Instant::now());
        fail(&breaker, 3, start);
        drop(breaker.enter(start + REST).unwrap());
        assert!(breaker.enter(start + REST).is_some());
    }
}
