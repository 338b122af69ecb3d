//! A secret from the configuration: it never prints, and it is wiped when dropped.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

/// A secret text (password, client secret, API key).
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a secret; the caller has removed the trailing newline of a file.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The secret itself, to hand to the one who needs it and to nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// For settings that are compared with those of before; a secret that somebody typed is compared elsewhere, in constant time.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
