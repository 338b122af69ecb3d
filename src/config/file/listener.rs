//! `[[listener]]` and `[tls]`: where the gateway is reached, and how.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One public listener.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ListenerFile {
    /// `address:port`, `unix:/path/of/socket`, or `systemd:NAME` for a socket that systemd hands over. Required.
    pub(crate) address: Option<String>,
    /// Certificates and their keys: TLS is spoken when there is one. The first answers clients that name no known host.
    pub(crate) certificates: Vec<CertificateFile>,
    /// Authorities (PEM) whose client certificates are accepted. Required when they are asked for.
    pub(crate) client_ca_file: Option<String>,
    /// Whether clients are asked for a certificate.
    pub(crate) client_certificate: ClientCertificateFile,
    /// Every connection starts with a PROXY protocol header (v1 or v2) of a trusted proxy; any other is closed.
    pub(crate) proxy_protocol: bool,
    /// Serves nothing: every request for a host that is served is answered 308 to its https address.
    pub(crate) redirect_to_https: bool,
    /// Permissions of the Unix socket: `0600`, `0660` or `0666`. Absent: `0660`.
    pub(crate) unix_mode: Option<String>,
}

/// A certificate and its key.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CertificateFile {
    /// The certificate and those between it and its root, PEM, in that order. Required.
    pub(crate) certificate_file: Option<String>,
    /// Its private key, PEM, mode 0600. Required.
    pub(crate) key_file: Option<String>,
}

/// Whether clients are asked for a certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClientCertificateFile {
    /// Not asked.
    #[default]
    Off,
    /// Asked, and checked when given; a route may need it.
    Request,
    /// No connection without one.
    Require,
}

/// What is told to browsers about TLS.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TlsFile {
    /// Value of `Strict-Transport-Security`, or `off`. Never sent in development.
    pub(crate) hsts: String,
}

impl Default for TlsFile {
    fn default() -> Self {
        Self { hsts: "max-age=63072000".to_owned() }
    }
}
