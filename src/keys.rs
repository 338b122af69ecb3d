//! Signing keys and their publication; sealing of secrets at rest. The only room that holds private keys.

pub mod sealing;

pub use sealing::Sealer;
