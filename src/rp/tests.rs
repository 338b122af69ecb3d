//! The relying party against a provider that misbehaves, and one that does not.

mod back_channel;
mod callback;
mod ciba;
mod discovery;
mod journey;
mod logout;
mod provider;
mod renewal;
mod token;
