//! The vocabulary of the tests: a gate, people, an upstream that remembers, a client that writes bytes, a browser.

pub(crate) mod browser;
mod browser_selftest;
pub(crate) mod chrome;
pub(crate) mod gate;
pub(crate) mod raw;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod store;
pub(crate) mod upstream;
#[cfg(feature = "demo")]
pub(crate) mod world;
