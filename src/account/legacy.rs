//! Password hashes of former systems, told apart by their prefix. CPU only: the password pool runs what is here.
//! Costs are read from a text that others wrote, so each has a cap, checked before anything is computed (attack P11).

use subtle::ConstantTimeEq as _;

use crate::account::password::argon::{ArgonHash, Cost};

mod md5crypt;
mod parse;
mod scheme;

pub use scheme::Scheme;

/// Why a stored hash cannot be used. Never repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LegacyFault {
    /// No known prefix.
    #[error("the hash is of no known kind")]
    Unknown,
    /// The prefix is known, the rest makes no sense.
    #[error("the hash is malformed")]
    Malformed,
    /// Verifying it once would take too much memory or time.
    #[error("the hash asks for too much memory or time")]
    TooCostly,
    /// MD5 or SHA without salt, which must be allowed by `password.allow_unsalted`.
    #[error("the hash has no salt; allow it with password.allow_unsalted")]
    Unsalted,
}

/// A former system's hash that was understood.
#[derive(Clone, PartialEq, Eq)]
pub struct LegacyHash {
    text: String,
    kind: Kind,
}

/// Argon2 keeps its own form: it is slow already, and is never wrapped.
#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Digest(Scheme, Vec<u8>),
    Argon(ArgonHash),
}

impl std::fmt::Debug for LegacyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LegacyHash(…)")
    }
}

impl LegacyHash {
    /// Reads a hash as the former system stored it: bcrypt, `{SSHA…}`, `{SMD5}`, crypt's `$1$ $5$ $6$` bare or behind `{CRYPT}`, PBKDF2
    /// (PHC, passlib, Django, `{PBKDF2…}`), argon2; and, when `allow_unsalted`, `{SHA…}`, `{MD5}` and bare hexadecimal.
    ///
    /// # Errors
    /// One of [`LegacyFault`].
    pub fn parse(text: &str, allow_unsalted: bool) -> Result<Self, LegacyFault> {
        let text = text.trim();
        if text.len() > 1_024 {
            return Err(LegacyFault::Malformed);
        }
        if text.starts_with("$argon2") {
            let argon = ArgonHash::parse(text, Cost::CAP).ok_or(LegacyFault::Malformed)?;
            return Ok(Self { text: text.to_owned(), kind: Kind::Argon(argon) });
        }
        let (scheme, digest) = parse::scheme_and_digest(text)?;
        if scheme.is_unsalted() && !allow_unsalted {
            return Err(LegacyFault::Unsalted);
        }
        Ok(Self { text: text.to_owned(), kind: Kind::Digest(scheme, digest) })
    }

    /// Whether these bytes are the password. Takes as long as the hash was made to.
    #[must_use]
    pub fn matches(&self, password: &[u8]) -> bool {
        match &self.kind {
            Kind::Digest(scheme, digest) => scheme.digest(password).ct_eq(digest).into(),
            Kind::Argon(argon) => argon.matches(password),
        }
    }

    /// Whether it is so quick to guess that it must be wrapped at import (decision 38).
    #[must_use]
    pub fn is_fast(&self) -> bool {
        match &self.kind {
            Kind::Digest(scheme, _) => scheme.is_fast(),
            Kind::Argon(_) => false,
        }
    }

    /// Its algorithm and cost, as a person reads it: `bcrypt 12`. Hashes of one kind take the same time.
    #[must_use]
    pub fn kind(&self) -> String {
        match &self.kind {
            Kind::Digest(scheme, _) => scheme.kind(),
            Kind::Argon(argon) => {
                let Cost { memory_kib, passes, lanes } = argon.cost;
                format!("argon2 m={memory_kib},t={passes},p={lanes}")
            }
        }
    }

    /// Whether its salt is made of these bytes: a salt that names the account does not change with the password.
    #[must_use]
    pub fn salt_is(&self, bytes: &[u8]) -> bool {
        matches!(&self.kind, Kind::Digest(scheme, _) if scheme.salt() == bytes)
    }

    /// The text as the former system stored it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How the digest is made; of no use for argon2, which is never wrapped.
    pub(in crate::account) fn scheme(&self) -> &Scheme {
        match &self.kind {
            Kind::Digest(scheme, _) => scheme,
            Kind::Argon(_) => &Scheme::Never,
        }
    }

    /// The digest, to be wrapped.
    pub(in crate::account) fn digest(&self) -> &[u8] {
        match &self.kind {
            Kind::Digest(_, digest) => digest,
            Kind::Argon(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests;
