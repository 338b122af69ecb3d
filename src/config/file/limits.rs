//! `[limits]`: bounds on requests.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::DurationText;

/// Bounds on what a client may send, and for how long.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LimitsFile {
    /// Largest request head in bytes, 8192 to 262144.
    pub(crate) head_bytes: usize,
    /// Most header lines, 20 to 1000.
    pub(crate) headers: usize,
    /// Largest forwarded body in bytes; 0 is unlimited.
    pub(crate) body_bytes: u64,
    /// Time to receive a request head; also the idle limit of a connection.
    pub(crate) head_timeout: DurationText,
    /// Time to reach an upstream.
    pub(crate) connect_timeout: DurationText,
    /// Time until an upstream's response head.
    pub(crate) response_timeout: DurationText,
    /// Longest silence inside a body, either way.
    pub(crate) body_idle_timeout: DurationText,
    /// Time given to what comes before HTTP: the PROXY protocol's header and the TLS handshake.
    pub(crate) handshake_timeout: DurationText,
    /// Most connections at once, on all listeners together.
    pub(crate) connections: usize,
    /// Most connections of one client address (IPv6: of one /64); behind a trusted proxy, most requests at once.
    pub(crate) connections_per_address: usize,
    /// Most requests at once on one HTTP/2 connection.
    pub(crate) http2_streams: u32,
    /// Time given to requests under way when stopping.
    pub(crate) drain_timeout: DurationText,
}

impl Default for LimitsFile {
    fn default() -> Self {
        Self {
            head_bytes: 32_768,
            headers: 100,
            body_bytes: 16_777_216,
            head_timeout: "15 s".into(),
            connect_timeout: "3 s".into(),
            response_timeout: "60 s".into(),
            body_idle_timeout: "60 s".into(),
            handshake_timeout: "10 s".into(),
            connections: 10_000,
            connections_per_address: 1_000,
            http2_streams: 100,
            drain_timeout: "30 s".into(),
        }
    }
}
