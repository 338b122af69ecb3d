//! The whole gate, tested from outside: real sockets, real browsers. One binary.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code fails loudly"
)]

mod attacks;
mod forward_auth;
mod gateway;
mod imports;
#[cfg(feature = "demo")]
mod journeys;
#[cfg(feature = "demo")]
mod killed;
#[cfg(feature = "demo")]
mod pages;
mod peers;
#[cfg(feature = "demo")]
mod provider_sessions;
#[cfg(feature = "demo")]
mod provider_soak;
#[cfg(feature = "demo")]
mod psc_quirks;
#[cfg(feature = "demo")]
mod psc_simulator;
#[cfg(feature = "demo")]
mod relying_party;
#[cfg(feature = "demo")]
mod screens;

mod support;
mod verifiers;
