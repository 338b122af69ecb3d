//! `[password]`: rules and hashing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::DurationText;

/// Passwords.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PasswordFile {
    /// Which rules a new password must meet.
    pub(crate) profile: ProfileFile,
    /// Argon2id memory in KiB, at least 19456 outside development.
    pub(crate) memory_kib: u32,
    /// Argon2id passes, at least 2 outside development.
    pub(crate) passes: u32,
    /// Argon2id lanes.
    pub(crate) lanes: u32,
    /// Hashes computed at once; each takes one core and `memory_kib`.
    pub(crate) workers: usize,
    /// Hashes waiting before further ones are refused (503).
    pub(crate) queue: usize,
    /// A failed sign-in takes at least this long; at or above the slowest imported kind of hash.
    pub(crate) failure_floor: DurationText,
    /// Import takes unsalted MD5 and SHA-1 hashes.
    pub(crate) allow_unsalted: bool,
}

impl Default for PasswordFile {
    fn default() -> Self {
        Self {
            profile: ProfileFile::Guide,
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
            workers: 2,
            queue: 64,
            failure_floor: "300 ms".into(),
            allow_unsalted: false,
        }
    }
}

/// Password rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProfileFile {
    /// The guide's four criteria: 12 characters, upper case, lower case, digit or special.
    Guide,
    /// 15 characters, no composition rule.
    Nist,
}
