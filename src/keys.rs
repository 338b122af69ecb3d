//! Signing keys and their publication; sealing of secrets at rest. The only room that holds private keys.

pub mod jwks;
pub mod ring;
pub mod rotation;
pub mod sealing;
pub mod signing;

pub use ring::{HeldKey, KeyRing};
pub use rotation::{KeyRecord, Purpose};
pub use sealing::Sealer;
pub use signing::{KeyFault, PublicJwk, SigningKey};
