//! Passwords: how they are judged when made, hashed, and verified. The only place that knows argon2.
//! Nothing here keeps a password or prints one.

pub(super) mod argon;
mod common;
mod hasher;
mod rules;
mod stored;

pub use hasher::{Check, HashError, Hasher};
pub use rules::{PasswordFault, judge};
