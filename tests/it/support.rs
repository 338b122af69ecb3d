//! The vocabulary of the tests: a gate, people, an upstream that remembers, a client that writes bytes, a browser.

#[cfg(feature = "demo")]
pub(crate) mod account;
pub(crate) mod browser;
mod browser_selftest;
pub(crate) mod chrome;
#[cfg(feature = "demo")]
pub(crate) mod ciba;
pub(crate) mod doubt;
pub(crate) mod facts;
pub(crate) mod frames;
pub(crate) mod gate;
#[cfg(feature = "demo")]
pub(crate) mod log;
#[cfg(feature = "demo")]
pub(crate) mod person;
#[cfg(feature = "demo")]
pub(crate) mod psc;
pub(crate) mod raw;
pub(crate) mod serve;
pub(crate) mod settings;
#[cfg(feature = "demo")]
pub(crate) mod site;
pub(crate) mod tls;
pub(crate) mod tools;
pub(crate) mod upstream;
#[cfg(feature = "demo")]
pub(crate) mod world;
