//! What the tests act with.

pub(crate) mod browser;
mod browser_selftest;
pub(crate) mod chrome;
pub(crate) mod serve;
