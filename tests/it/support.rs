//! The vocabulary of the tests: a gate, people, an upstream that remembers, a client that writes bytes.

pub(crate) mod gate;
pub(crate) mod raw;
pub(crate) mod settings;
pub(crate) mod store;
pub(crate) mod upstream;
