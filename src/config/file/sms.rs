//! `[sms]`: an HTTP call that sends an SMS.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::{DurationText, SecretText};

/// SMS.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SmsFile {
    /// The way out. Absent: `outbox` in development, `off` otherwise.
    pub(crate) transport: Option<SmsTransportFile>,
    /// Address of the call: https, or http towards loopback. Required with `http`.
    pub(crate) url: Option<String>,
    /// Headers of the call; values may hold `{secret}`.
    pub(crate) headers: BTreeMap<String, String>,
    /// Body of the call, with `{to}`, `{text}`, and where wanted `{id}` and `{secret}`. Required with `http`.
    pub(crate) body: Option<String>,
    /// What the body is; decides how placeholders are escaped.
    pub(crate) format: SmsBodyFile,
    /// Secret of the call, in development only; prefer `secret_file` or `secret_env`.
    pub(crate) secret: Option<SecretText>,
    /// File that holds the secret.
    pub(crate) secret_file: Option<String>,
    /// Environment variable that holds the secret.
    pub(crate) secret_env: Option<String>,
    /// Deadline of one send, from "1 s" to "30 s".
    pub(crate) timeout: DurationText,
    /// Root certificates of one's own (PEM), instead of the system's.
    pub(crate) ca_file: Option<String>,
}

impl Default for SmsFile {
    fn default() -> Self {
        Self {
            transport: None,
            url: None,
            headers: BTreeMap::new(),
            body: None,
            format: SmsBodyFile::Json,
            secret: None,
            secret_file: None,
            secret_env: None,
            timeout: "5 s".into(),
            ca_file: None,
        }
    }
}

/// Ways out for SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SmsTransportFile {
    /// An HTTP call.
    Http,
    /// Kept for the demo's outbox page; development only.
    Outbox,
    /// No SMS: phone steps are not offered.
    Off,
}

/// Form of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SmsBodyFile {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}
