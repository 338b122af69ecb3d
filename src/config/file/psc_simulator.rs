//! The file of `guichet psc-simulator` as serde sees it: where the simulator stands, how strict it is, and who its clients are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::{DurationText, SecretText};

/// The configuration of the simulator of Pro Santé Connect.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PscSimulatorFile {
    /// Where it listens, `address:port`.
    pub(crate) listen: String,
    /// Origin of the pages people see. Absent: `127.0.0.1` and the port of `listen`, https beside `[tls]`.
    pub(crate) wallet_url: Option<String>,
    /// The issuer; the back channel stands below it. Absent: `localhost` and the port of `listen`, with the realm of the real one.
    pub(crate) issuer: Option<String>,
    /// Keeps the signing key, and makes it if there is none. Absent: a new key at each start.
    pub(crate) key_file: Option<String>,
    /// Control page and control API; only where `listen` is loopback.
    pub(crate) control: bool,
    /// Whether the callback carries `iss`.
    pub(crate) iss_on_callback: bool,
    /// How many seconds the clock of tokens is ahead; behind when negative.
    #[schemars(range(min = -3600, max = 3600))]
    pub(crate) clock_skew_seconds: i32,
    /// Whether a refresh token serves only once.
    pub(crate) refresh_rotation: bool,
    /// Whether the back channel asks for client certificates.
    pub(crate) mtls: MtlsFile,
    /// Authorities (PEM) trusted besides the system's when the simulator calls a client (back-channel sign-out).
    pub(crate) ca_file: Option<String>,
    /// TLS of the listener. Absent: in the clear.
    pub(crate) tls: Option<SimulatorTlsFile>,
    /// How long things last.
    pub(crate) lifetimes: LifetimesFile,
    /// Levels of assurance.
    pub(crate) levels: LevelsFile,
    /// Registered clients. At least one.
    pub(crate) client: Vec<SimulatorClientFile>,
}

impl Default for PscSimulatorFile {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8081".to_owned(),
            wallet_url: None,
            issuer: None,
            key_file: None,
            control: true,
            iss_on_callback: true,
            clock_skew_seconds: 0,
            refresh_rotation: true,
            mtls: MtlsFile::Off,
            ca_file: None,
            tls: None,
            lifetimes: LifetimesFile::default(),
            levels: LevelsFile::default(),
            client: Vec::new(),
        }
    }
}

/// Whether calls of the back channel show a client certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MtlsFile {
    /// Nobody is asked.
    Off,
    /// Asked, and checked when given.
    Optional,
    /// A call without one is refused.
    Required,
}

/// TLS of the listener.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SimulatorTlsFile {
    /// The certificate and those between it and its root, PEM; it names both hosts. Required.
    pub(crate) certificate_file: Option<String>,
    /// Its private key, PEM. Required.
    pub(crate) key_file: Option<String>,
    /// Authorities (PEM) of client certificates. Required beside `mtls`.
    pub(crate) client_ca_file: Option<String>,
}

/// How long things last.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LifetimesFile {
    /// Authorization code, from "1 s" to "10 min".
    pub(crate) code: DurationText,
    /// Access token and ID token, from "1 s" to "1 h".
    pub(crate) access_token: DurationText,
    /// Refresh token, from "1 s" to "24 h".
    pub(crate) refresh_token: DurationText,
    /// Session, whatever is done in it, from "1 s" to "24 h".
    pub(crate) session: DurationText,
    /// Session in which nothing is done, from "1 s" to "24 h".
    pub(crate) session_idle: DurationText,
    /// Answer on the phone, from "1 s" to "10 min".
    pub(crate) push: DurationText,
    /// Answer to a CIBA request, from "1 s" to "10 min".
    pub(crate) ciba_request: DurationText,
    /// Shortest time between two questions about a CIBA request, from "1 s" to "60 s".
    pub(crate) ciba_interval: DurationText,
}

impl Default for LifetimesFile {
    fn default() -> Self {
        Self {
            code: "60 s".into(),
            access_token: "2 min".into(),
            refresh_token: "30 min".into(),
            session: "4 h".into(),
            session_idle: "30 min".into(),
            push: "64 s".into(),
            ciba_request: "2 min".into(),
            ciba_interval: "1 s".into(),
        }
    }
}

/// Levels of assurance.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LevelsFile {
    /// `acr` of who signs in with the e-CPS application.
    pub(crate) ecps: LevelFile,
    /// `acr` of who signs in with a card.
    pub(crate) card: LevelFile,
    /// Values of `acr_values` that are taken in a request.
    pub(crate) accepted: Vec<LevelFile>,
}

impl Default for LevelsFile {
    fn default() -> Self {
        Self { ecps: LevelFile::Eidas1, card: LevelFile::Eidas2, accepted: vec![LevelFile::Eidas1] }
    }
}

/// A level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LevelFile {
    /// Low.
    Eidas1,
    /// Substantial.
    Eidas2,
    /// High.
    Eidas3,
}

/// A registered client.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SimulatorClientFile {
    /// Its identifier. Required, each once.
    pub(crate) id: Option<String>,
    /// Its secret; nothing is protected here, so it may stand in this file.
    pub(crate) secret: Option<SecretText>,
    /// File that holds the secret.
    pub(crate) secret_file: Option<String>,
    /// Environment variable that holds the secret.
    pub(crate) secret_env: Option<String>,
    /// Ways of authentication that are taken; any other is `invalid_client`.
    pub(crate) auth: Vec<SimulatorAuthFile>,
    /// Public key (PEM) of `private_key_jwt`: RSA, or ECDSA on P-256.
    pub(crate) public_key_file: Option<String>,
    /// Subject (RFC 4514) of the certificate of `tls_client_auth`. Absent: any subject with `CN=` and the identifier.
    pub(crate) certificate_subject: Option<String>,
    /// Addresses to return to, compared byte for byte. At least one.
    pub(crate) redirect_uris: Vec<String>,
    /// Addresses after sign-out, compared byte for byte.
    pub(crate) post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens are posted. Absent: nowhere.
    pub(crate) backchannel_logout_uri: Option<String>,
    /// Whether it may introspect tokens.
    pub(crate) introspection: bool,
    /// Whether it may sign people in by CIBA.
    pub(crate) ciba: bool,
}

impl Default for SimulatorClientFile {
    fn default() -> Self {
        Self {
            id: None,
            secret: None,
            secret_file: None,
            secret_env: None,
            auth: vec![SimulatorAuthFile::Basic, SimulatorAuthFile::Post],
            public_key_file: None,
            certificate_subject: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            introspection: true,
            ciba: true,
        }
    }
}

/// A way of client authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SimulatorAuthFile {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
    /// `private_key_jwt`.
    PrivateKeyJwt,
    /// `tls_client_auth`.
    TlsClientAuth,
}
