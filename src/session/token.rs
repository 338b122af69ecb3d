//! The secret in a session's cookie, and the key it is stored under.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::entropy::{Draw as _, Entropy};

/// Length of a token's text: 256 bits in unpadded base64url.
pub const TOKEN_LENGTH: usize = 43;

/// The value of the session cookie: 256 random bits. Never stored, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// Draws a new one.
    #[must_use]
    pub fn draw(entropy: &dyn Entropy) -> Self {
        Self(entropy.token::<32>())
    }

    /// Reads a cookie's value; `None` when its shape is not ours, before any store is asked.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let mut bytes = [0_u8; 32];
        let shaped = value.len() == TOKEN_LENGTH
            && URL_SAFE_NO_PAD.decode_slice(value, &mut bytes).is_ok_and(|length| length == 32);
        shaped.then(|| Self(value.to_owned()))
    }

    /// What the store knows it by.
    #[must_use]
    pub fn key(&self) -> SessionKey {
        SessionKey(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The cookie's value.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// SHA-256 of a token: what stores and caches hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// The digest's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a stored digest.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(…)")
    }
}
