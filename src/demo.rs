//! The demonstration: simulator of Pro Santé Connect, accounts of a made-up legacy directory, sample portal and outbox page.
//!
//! Left out of the production image; it must never be reachable from what serves real people.

pub mod accounts;
pub mod outbox;
pub mod portal;
pub mod simulator;
