//! The one door to time. What decides takes `now` as an argument; only what performs asks a [`Clock`].

#[cfg(test)]
pub(crate) mod testing;

use std::sync::Arc;

pub use jiff::Timestamp;

/// Where `now` comes from. The gateway has one; tests move theirs by hand.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The current instant (UTC).
    fn now(&self) -> Timestamp;
}

/// A clock shared by the rooms of one gateway.
pub type SharedClock = Arc<dyn Clock>;

/// The wall clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the door the ban points to")]
        Timestamp::now()
    }
}
