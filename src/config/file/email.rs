//! `[email]` and `[email.smtp]`: how e-mails leave.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::{DurationText, SecretText};

/// E-mails.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EmailFile {
    /// The way out. Absent: `outbox` in development, refused otherwise.
    pub(crate) transport: Option<EmailTransportFile>,
    /// Sender address; the sender's name is the brand's. Required.
    pub(crate) from: Option<String>,
    /// The mail relay of `transport = "smtp"`.
    pub(crate) smtp: SmtpFile,
}

/// Ways out for e-mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EmailTransportFile {
    /// Through a mail relay.
    Smtp,
    /// Kept for the demo's outbox page; development only.
    Outbox,
}

/// A mail relay.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SmtpFile {
    /// Host name of the relay. Required.
    pub(crate) host: Option<String>,
    /// Port. Absent: 465 for `tls`, 587 for `starttls`, 25 for `none`.
    pub(crate) port: Option<u16>,
    /// Encryption; `none` only towards loopback.
    pub(crate) security: SmtpSecurityFile,
    /// User name. Absent: no authentication.
    pub(crate) user: Option<String>,
    /// Password, in development only; prefer `password_file` or `password_env`.
    pub(crate) password: Option<SecretText>,
    /// File that holds the password.
    pub(crate) password_file: Option<String>,
    /// Environment variable that holds the password.
    pub(crate) password_env: Option<String>,
    /// Deadline of one send, from "1 s" to "30 s".
    pub(crate) timeout: DurationText,
    /// Root certificates of one's own (PEM), instead of the system's.
    pub(crate) ca_file: Option<String>,
}

impl Default for SmtpFile {
    fn default() -> Self {
        Self {
            host: None,
            port: None,
            security: SmtpSecurityFile::Tls,
            user: None,
            password: None,
            password_file: None,
            password_env: None,
            timeout: "5 s".into(),
            ca_file: None,
        }
    }
}

/// Encryption towards a mail relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SmtpSecurityFile {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS, required.
    StartTls,
    /// Cleartext, loopback only.
    None,
}
