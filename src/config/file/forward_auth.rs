//! `[forward_auth]`: the listener that other proxies ask.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::SecretText;

/// The listener of other proxies: nginx `auth_request`, Traefik and Caddy forward-auth, Envoy ext_authz.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ForwardAuthFile {
    /// `address:port` or `unix:/path`, never a public listener. Absent: off.
    pub(crate) listen: Option<String>,
    /// Secret that the asking proxy sends, in development only; prefer `secret_file` or `secret_env`.
    pub(crate) secret: Option<SecretText>,
    /// File that holds the secret.
    pub(crate) secret_file: Option<String>,
    /// Environment variable that holds the secret.
    pub(crate) secret_env: Option<String>,
}
