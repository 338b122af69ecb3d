//! `[admin]` and `[log]`: what those who run the gateway see.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Health and metrics listener.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AdminFile {
    /// `address:port` of `/livez`, `/readyz` and `/metrics`, never a public listener; or `off`.
    pub(crate) listen: String,
}

impl Default for AdminFile {
    fn default() -> Self {
        Self { listen: "127.0.0.1:9090".to_owned() }
    }
}

/// Log lines.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogFile {
    /// Form of a line.
    pub(crate) format: LogFormatFile,
    /// Filter: a level, or `target=level` parts separated by commas.
    pub(crate) level: String,
    /// One line per forwarded request.
    pub(crate) access: bool,
}

impl Default for LogFile {
    fn default() -> Self {
        Self { format: LogFormatFile::Json, level: "info".to_owned(), access: true }
    }
}

/// Form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormatFile {
    /// One JSON object per line.
    Json,
    /// Text for a person.
    Text,
}
