//! Answers on an HTTP/2 connection that their client does not take: it may open no window for one stream and keep the connection busy with
//! others, so that the connection's own watch sees nothing (attack D02).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The answers under way on one connection.
#[derive(Debug, Default)]
pub(super) struct Streams(Mutex<Vec<Arc<Taken>>>);

/// Since when an answer waits for its client: milliseconds after the connection was opened, plus one; 0 while it waits for us.
#[derive(Debug, Default)]
pub(super) struct Taken(AtomicU64);

impl Taken {
    /// There is something for the client to take since `now`.
    pub(super) fn offered(&self, now: u64) {
        self.0.store(now.saturating_add(1), Ordering::Release);
    }

    /// The client has taken all that there was.
    pub(super) fn awaited(&self) {
        self.0.store(0, Ordering::Release);
    }

    fn since(&self) -> Option<u64> {
        self.0.load(Ordering::Acquire).checked_sub(1)
    }
}

impl Streams {
    /// One answer more, with something to take since `now`.
    pub(super) fn add(&self, now: u64) -> Arc<Taken> {
        let taken = Arc::new(Taken::default());
        taken.offered(now);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&taken));
        taken
    }

    /// It has ended.
    pub(super) fn remove(&self, ended: &Arc<Taken>) {
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = streams.iter().position(|taken| Arc::ptr_eq(taken, ended)) {
            streams.swap_remove(place);
        }
    }

    /// Since when the first of the answers that nobody takes waits.
    pub(super) fn first(&self) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(|taken| taken.since()).min()
    }

    /// Since when nobody takes any of the answers, where `count` of them are under way.
    pub(super) fn all(&self, count: usize) -> Option<u64> {
        let streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = streams.iter().map(|taken| taken.since()).collect::<Option<Vec<u64>>>()?;
        since.into_iter().max().filter(|_| streams.len() == count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_answer_waits_for_is_told_from_what_all_wait_for() {
        let streams = Streams::default();
        assert_eq!((streams.first(), streams.all(0)), (None, None));
        let (one, other) = (streams.add(10), streams.add(20));
        assert_eq!((streams.first(), streams.all(2)), (Some(10), Some(20)));
        assert_eq!(streams.all(3), None, "a third has no answer yet");
        other.awaited();
        assert_eq!((streams.first(), streams.all(2)), (Some(10), None));
        one.offered(30);
        streams.remove(&other);
        assert_eq!((streams.first(), streams.all(1)), (Some(30), Some(30)));
    }
}
