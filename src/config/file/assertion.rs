//! `[assertion]`: how the signed header is made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::DurationText;

/// The signed assertion.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AssertionFile {
    /// Signing algorithm.
    pub(crate) algorithm: AlgorithmFile,
    /// Life of an assertion, from "10 s" to "5 min".
    pub(crate) lifetime: DurationText,
    /// How long one assertion is used again; at most half its life.
    pub(crate) reuse: DurationText,
    /// Largest header value, in bytes, that every upstream takes; the largest possible assertion must fit.
    pub(crate) max_bytes: usize,
}

impl Default for AssertionFile {
    fn default() -> Self {
        Self { algorithm: AlgorithmFile::Es256, lifetime: "60 s".into(), reuse: "30 s".into(), max_bytes: 7168 }
    }
}

/// Algorithms for our own signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(crate) enum AlgorithmFile {
    /// ECDSA on P-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}
