//! Signing keys and their publication; what we sign of ourselves at identity providers; sealing of secrets at rest. The only room
//! that signs.

pub mod client_assertion;
pub mod jwks;
pub mod ring;
pub mod rotation;
pub mod sealing;
pub mod signing;

pub use client_assertion::client_assertion;
pub use ring::{HeldKey, KeyRing};
pub use rotation::{KeyRecord, Purpose};
pub use sealing::Sealer;
pub use signing::{KeyFault, PublicJwk, SigningKey};
