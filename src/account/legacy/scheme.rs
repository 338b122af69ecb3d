//! How a former system made a digest from a password: algorithm, cost and salt, without the digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as B64;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use super::md5crypt::md5_crypt;

/// Most rounds of sha-crypt; the usual number is 5 000.
pub(super) const SHA_CRYPT_CAP: u32 = 1_000_000;
/// Most rounds of PBKDF2; Django 6 writes 1 200 000.
pub(super) const PBKDF2_CAP: u32 = 2_500_000;
/// Highest cost of bcrypt; each step doubles, and 12 is usual.
pub(super) const BCRYPT_CAP: u32 = 15;
/// Longest salt.
pub(super) const SALT_CAP: usize = 64;

/// An algorithm with its cost and salt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// One pass of a hash over password and salt (`{SSHA}`), or over the password alone when the salt is empty.
    Plain(Hash, Vec<u8>),
    /// bcrypt: cost and 16 bytes of salt.
    Bcrypt(u32, [u8; 16]),
    /// SHA-crypt, `$5$` or `$6$`: hash, rounds, salt as written.
    ShaCrypt(Hash, u32, Vec<u8>),
    /// MD5-crypt, `$1$`: salt as written.
    Md5Crypt(Vec<u8>),
    /// PBKDF2-HMAC: hash, rounds, salt, length of the digest.
    Pbkdf2(Hash, u32, Vec<u8>, usize),
    /// Nothing gives its digest.
    Never,
}

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// Bytes of its digest.
    pub(super) fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512].into_iter().find(|hash| hash.name() == name)
    }

    fn over(self, password: &[u8], salt: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => Md5::new().chain_update(password).chain_update(salt).finalize().to_vec(),
            Self::Sha1 => Sha1::new().chain_update(password).chain_update(salt).finalize().to_vec(),
            Self::Sha256 => Sha256::new().chain_update(password).chain_update(salt).finalize().to_vec(),
            Self::Sha512 => Sha512::new().chain_update(password).chain_update(salt).finalize().to_vec(),
        }
    }
}

impl Scheme {
    /// The digest of a password; empty when the scheme cannot give one, which equals no stored digest.
    #[must_use]
    pub fn digest(&self, password: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain(hash, salt) => hash.over(password, salt),
            // The crate cuts at 72 bytes, as the former systems did.
            Self::Bcrypt(cost, salt) => bcrypt::hash_with_salt(password, *cost, *salt)
                .ok()
                .and_then(|parts| super::parse::bcrypt_digest(&parts.to_string()))
                .unwrap_or_default(),
            Self::ShaCrypt(hash, rounds, salt) => match (hash, sha_crypt::Params::new(*rounds)) {
                (Hash::Sha256, Ok(params)) => sha_crypt::sha256_crypt(password, salt, params).to_vec(),
                (Hash::Sha512, Ok(params)) => sha_crypt::sha512_crypt(password, salt, params).to_vec(),
                (Hash::Md5 | Hash::Sha1, _) | (_, Err(_)) => Vec::new(),
            },
            Self::Md5Crypt(salt) => md5_crypt(password, salt).to_vec(),
            Self::Pbkdf2(hash, rounds, salt, length) => {
                let mut digest = vec![0; *length];
                match hash {
                    Hash::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, *rounds, &mut digest),
                    Hash::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, *rounds, &mut digest),
                    Hash::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, *rounds, &mut digest),
                    Hash::Md5 => return Vec::new(),
                }
                digest
            }
            Self::Never => Vec::new(),
        }
    }

    /// The salt, empty when there is none.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        match self {
            Self::Plain(_, salt) | Self::ShaCrypt(_, _, salt) | Self::Md5Crypt(salt) | Self::Pbkdf2(_, _, salt, _) => {
                salt
            }
            Self::Bcrypt(_, salt) => salt,
            Self::Never => &[],
        }
    }

    /// Whether equal passwords give equal digests everywhere.
    #[must_use]
    pub fn is_unsalted(&self) -> bool {
        matches!(self, Self::Plain(_, salt) if salt.is_empty())
    }

    /// Whether one guess costs an attacker far less than one of ours.
    #[must_use]
    pub fn is_fast(&self) -> bool {
        match self {
            Self::Plain(..) | Self::Md5Crypt(_) => true,
            Self::Bcrypt(cost, _) => *cost < 10,
            Self::ShaCrypt(_, rounds, _) | Self::Pbkdf2(_, rounds, _, _) => *rounds < 100_000,
            Self::Never => false,
        }
    }

    /// Algorithm and cost, without the salt.
    pub(super) fn kind(&self) -> String {
        match self {
            Self::Plain(hash, _) => hash.name().to_owned(),
            Self::Bcrypt(cost, _) => format!("bcrypt {cost}"),
            Self::ShaCrypt(hash, rounds, _) => format!("{}-crypt {rounds}", hash.name()),
            Self::Md5Crypt(_) => "md5-crypt".to_owned(),
            Self::Pbkdf2(hash, rounds, ..) => format!("pbkdf2-{} {rounds}", hash.name()),
            Self::Never => "none".to_owned(),
        }
    }

    /// The form that stands in a wrap: words and base64 between colons, no `$`.
    pub(in crate::account) fn write(&self) -> String {
        match self {
            Self::Plain(hash, salt) if salt.is_empty() => hash.name().to_owned(),
            Self::Plain(hash, salt) => format!("s{}:{}", hash.name(), B64.encode(salt)),
            Self::Bcrypt(cost, salt) => format!("bcrypt:{cost}:{}", B64.encode(salt)),
            Self::ShaCrypt(hash, rounds, salt) => format!("crypt-{}:{rounds}:{}", hash.name(), B64.encode(salt)),
            Self::Md5Crypt(salt) => format!("crypt-md5:{}", B64.encode(salt)),
            Self::Pbkdf2(hash, rounds, salt, length) => {
                format!("pbkdf2-{}:{rounds}:{length}:{}", hash.name(), B64.encode(salt))
            }
            Self::Never => "never".to_owned(),
        }
    }

    /// Reads back what [`Scheme::write`] gave; the caps hold here too.
    pub(in crate::account) fn read(text: &str) -> Option<Self> {
        let mut fields = text.split(':');
        let name = fields.next()?;
        let rest: Vec<&str> = fields.collect();
        let scheme = match (name, rest.as_slice()) {
            ("bcrypt", [cost, salt]) => {
                Self::Bcrypt(read_cost(cost, 4, BCRYPT_CAP)?, read_salt(salt)?.try_into().ok()?)
            }
            ("crypt-md5", [salt]) => Self::Md5Crypt(read_salt(salt)?),
            ("crypt-sha256", [rounds, salt]) => {
                Self::ShaCrypt(Hash::Sha256, read_cost(rounds, 1_000, SHA_CRYPT_CAP)?, read_salt(salt)?)
            }
            ("crypt-sha512", [rounds, salt]) => {
                Self::ShaCrypt(Hash::Sha512, read_cost(rounds, 1_000, SHA_CRYPT_CAP)?, read_salt(salt)?)
            }
            (name, [rounds, length, salt]) => {
                let hash = Hash::named(name.strip_prefix("pbkdf2-")?)?;
                let length = length.parse().ok().filter(|length| (16..=64).contains(length))?;
                Self::Pbkdf2(hash, read_cost(rounds, 1, PBKDF2_CAP)?, read_salt(salt)?, length)
            }
            (name, [salt]) => {
                let hash = [Hash::Md5, Hash::Sha1, Hash::Sha256, Hash::Sha512]
                    .into_iter()
                    .find(|hash| name.strip_prefix('s') == Some(hash.name()))?;
                Self::Plain(hash, read_salt(salt)?)
            }
            (name, []) => Self::Plain(Hash::named(name)?, Vec::new()),
            _ => return None,
        };
        Some(scheme)
    }
}

fn read_cost(text: &str, floor: u32, cap: u32) -> Option<u32> {
    text.parse().ok().filter(|cost| (floor..=cap).contains(cost))
}

fn read_salt(text: &str) -> Option<Vec<u8>> {
    B64.decode(text).ok().filter(|salt| salt.len() <= SALT_CAP)
}
