//! How e-mails and SMS leave.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::config::Secret;

/// How e-mails leave.
#[derive(Debug, Clone, PartialEq)]
pub enum EmailSettings {
    /// Through a mail relay.
    Smtp(SmtpSettings),
    /// Kept for the demo's outbox page.
    Outbox {
        /// Sender shown.
        from: String,
    },
}

/// A mail relay.
#[derive(Debug, Clone, PartialEq)]
pub struct SmtpSettings {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// TLS from the first byte, or STARTTLS required, or none (loopback only).
    pub security: SmtpSecurity,
    /// User and password.
    pub credentials: Option<(String, Secret)>,
    /// Sender address.
    pub from: String,
    /// Deadline of a send (5 s).
    pub timeout: Duration,
    /// A root certificate of one's own (PEM file).
    pub ca_file: Option<PathBuf>,
}

/// TLS of a mail relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// `smtps`.
    Tls,
    /// STARTTLS, required.
    StartTls,
    /// Cleartext, loopback only.
    None,
}

/// How SMS leave.
#[derive(Debug, Clone, PartialEq)]
pub enum SmsSettings {
    /// By a configured HTTP call.
    Http(SmsHttpSettings),
    /// Kept for the demo's outbox page.
    Outbox,
    /// No SMS: phone steps are not offered.
    Off,
}

/// An HTTP call that sends an SMS.
#[derive(Debug, Clone, PartialEq)]
pub struct SmsHttpSettings {
    /// Address (https, or http on loopback).
    pub url: Url,
    /// Headers; values may hold `{secret}`.
    pub headers: Vec<(String, String)>,
    /// Body with `{to}`, `{text}`, `{id}`, `{secret}`.
    pub body: String,
    /// What the body is, which decides how placeholders are escaped.
    pub format: SmsBody,
    /// The secret.
    pub secret: Option<Secret>,
    /// Deadline (5 s).
    pub timeout: Duration,
    /// A root certificate of one's own (PEM file).
    pub ca_file: Option<PathBuf>,
}

/// Form of an SMS call's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsBody {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}
