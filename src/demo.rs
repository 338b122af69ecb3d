//! Simulator, sample portal and outbox page.
