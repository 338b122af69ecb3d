//! The administrator's file as serde sees it: names, shapes and defaults, one file per section.
//!
//! Doc comments here are the descriptions of `guichet schema`. Nothing is judged here, and no other room may see these types.

pub(super) mod activation;
pub(super) mod assertion;
pub(super) mod brand;
pub(super) mod ciba;
pub(super) mod codes;
pub(super) mod cors;
pub(super) mod email;
pub(super) mod forward_auth;
pub(super) mod identity_provider;
pub(super) mod limits;
pub(super) mod listener;
pub(super) mod operation;
pub(super) mod password;
#[cfg(feature = "demo")]
pub(super) mod psc_simulator;
pub(super) mod route;
pub(super) mod session;
pub(super) mod sms;
pub(super) mod texts;
pub(super) mod throttle;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The configuration of guichet.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    /// Address people see: `https://host` or `https://host:port`. Required.
    pub(super) public_url: Option<String>,
    /// Where people go who named no page, when no route serves `/` of `public_url`: an address of a host that is served.
    pub(super) home_url: Option<String>,
    /// Development: allows `http` and weaker secrets, on loopback only, and shows a banner on every page.
    pub(super) development: bool,
    /// Public listeners in the clear, `address:port`. Absent: `127.0.0.1:8080` when there is no `[[listener]]` either.
    pub(super) listen: Option<Vec<String>>,
    /// Public listeners of every kind.
    pub(super) listener: Vec<listener::ListenerFile>,
    /// Folder of `directory.db` and `state.db`.
    pub(super) state_dir: String,
    /// Networks whose `X-Forwarded-For` is believed. Empty: nobody's.
    pub(super) trusted_proxies: Vec<String>,
    /// File of keys that seal secrets at rest: one base64 or hexadecimal key of 32 bytes per line, the first seals, all open. Required outside development.
    pub(super) sealing_keys_file: Option<String>,
    /// What browsers are told about TLS.
    pub(super) tls: listener::TlsFile,
    /// Where requests go. At least one.
    pub(super) route: Vec<route::RouteFile>,
    /// The signed assertion put on forwarded requests.
    pub(super) assertion: assertion::AssertionFile,
    /// Sessions.
    pub(super) session: session::SessionFile,
    /// Passwords and their hashing.
    pub(super) password: password::PasswordFile,
    /// One-time codes.
    pub(super) codes: codes::CodesFile,
    /// Guessing budgets.
    pub(super) throttle: throttle::ThrottleFile,
    /// Activation of accounts.
    pub(super) activation: activation::ActivationFile,
    /// Names, help line and colours of the portal.
    pub(super) brand: brand::BrandFile,
    /// How e-mails leave.
    pub(super) email: email::EmailFile,
    /// How SMS leave.
    pub(super) sms: sms::SmsFile,
    /// Identity providers, by name (`psc`).
    pub(super) identity_provider: BTreeMap<String, identity_provider::IdentityProviderFile>,
    /// Bounds on requests.
    pub(super) limits: limits::LimitsFile,
    /// The listener of other proxies.
    pub(super) forward_auth: forward_auth::ForwardAuthFile,
    /// Health and metrics listener.
    pub(super) admin: operation::AdminFile,
    /// Log lines.
    pub(super) log: operation::LogFile,
}

impl Default for File {
    fn default() -> Self {
        Self {
            public_url: None,
            home_url: None,
            development: false,
            listen: None,
            listener: Vec::new(),
            tls: listener::TlsFile::default(),
            state_dir: "/var/lib/guichet".to_owned(),
            trusted_proxies: Vec::new(),
            sealing_keys_file: None,
            route: Vec::new(),
            assertion: assertion::AssertionFile::default(),
            session: session::SessionFile::default(),
            password: password::PasswordFile::default(),
            codes: codes::CodesFile::default(),
            throttle: throttle::ThrottleFile::default(),
            activation: activation::ActivationFile::default(),
            brand: brand::BrandFile::default(),
            email: email::EmailFile::default(),
            sms: sms::SmsFile::default(),
            identity_provider: BTreeMap::new(),
            limits: limits::LimitsFile::default(),
            forward_auth: forward_auth::ForwardAuthFile::default(),
            admin: operation::AdminFile::default(),
            log: operation::LogFile::default(),
        }
    }
}
