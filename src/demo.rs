//! Simulator, sample portal and outbox page.

pub mod outbox;
pub mod portal;
