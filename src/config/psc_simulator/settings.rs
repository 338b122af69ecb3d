//! The simulator's checked settings. Plain values: what is wrong with them was told before.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::config::certificates::CertificateFiles;
use crate::config::secret::Secret;

/// Everything the simulator was told.
#[derive(Debug, Clone)]
pub struct SimulatorSettings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// TLS of the listener; `None` in the clear.
    pub tls: Option<SimulatorTls>,
    /// Origin of the pages people see, such as `http://127.0.0.1:8081`; no trailing slash.
    pub wallet_origin: String,
    /// The issuer, such as `http://localhost:8081/auth/realms/esante-wallet`; no trailing slash.
    pub issuer: String,
    /// Where the signing key is kept.
    pub key_file: Option<PathBuf>,
    /// Whether the control page and API are served; only ever on loopback.
    pub control: bool,
    /// Whether the callback carries `iss`.
    pub iss_on_callback: bool,
    /// How far the clock of tokens is ahead, in seconds; behind when negative.
    pub clock_skew_seconds: i32,
    /// Whether a refresh token serves only once.
    pub refresh_rotation: bool,
    /// Client certificates of the back channel.
    pub mtls: Mtls,
    /// Authorities trusted besides the system's when a client is called.
    pub ca_file: Option<PathBuf>,
    /// How long things last.
    pub lifetimes: SimulatorLifetimes,
    /// Levels of assurance.
    pub levels: SimulatorLevels,
    /// Registered clients, each identifier once.
    pub clients: Vec<SimulatorClient>,
}

impl SimulatorSettings {
    /// A simulator with every default, on these two addresses, that knows these clients.
    #[must_use]
    pub fn with_clients(wallet_origin: String, issuer: String, clients: Vec<SimulatorClient>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
            tls: None,
            wallet_origin,
            issuer,
            key_file: None,
            control: true,
            iss_on_callback: true,
            clock_skew_seconds: 0,
            refresh_rotation: true,
            mtls: Mtls::Off,
            ca_file: None,
            lifetimes: SimulatorLifetimes::default(),
            levels: SimulatorLevels::default(),
            clients,
        }
    }
}

/// TLS of the listener.
#[derive(Debug, Clone)]
pub struct SimulatorTls {
    /// The certificate of both hosts.
    pub certificate: CertificateFiles,
    /// Authorities of client certificates, when they are asked for.
    pub client_ca_file: Option<PathBuf>,
}

/// Whether calls of the back channel show a client certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mtls {
    /// Nobody is asked.
    Off,
    /// Asked, and checked when given.
    Optional,
    /// A call without one is refused.
    Required,
}

/// How long things last; the defaults are those of Pro Santé Connect as far as they are known.
#[derive(Debug, Clone, Copy)]
pub struct SimulatorLifetimes {
    /// Authorization code.
    pub code: SignedDuration,
    /// Access token and ID token.
    pub access_token: SignedDuration,
    /// Refresh token.
    pub refresh_token: SignedDuration,
    /// Session, whatever is done in it.
    pub session: SignedDuration,
    /// Session in which nothing is done.
    pub session_idle: SignedDuration,
    /// Answer on the phone.
    pub push: SignedDuration,
    /// Answer to a CIBA request.
    pub ciba_request: SignedDuration,
    /// Shortest time between two questions about a CIBA request.
    pub ciba_interval: SignedDuration,
}

impl Default for SimulatorLifetimes {
    fn default() -> Self {
        Self {
            code: SignedDuration::from_secs(60),
            access_token: SignedDuration::from_mins(2),
            refresh_token: SignedDuration::from_mins(30),
            session: SignedDuration::from_hours(4),
            session_idle: SignedDuration::from_mins(30),
            push: SignedDuration::from_secs(64),
            ciba_request: SignedDuration::from_mins(2),
            ciba_interval: SignedDuration::from_secs(1),
        }
    }
}

/// Levels of assurance.
#[derive(Debug, Clone)]
pub struct SimulatorLevels {
    /// `acr` of the e-CPS application.
    pub ecps: Level,
    /// `acr` of a card.
    pub card: Level,
    /// Values of `acr_values` that are taken.
    pub accepted: Vec<Level>,
}

impl Default for SimulatorLevels {
    fn default() -> Self {
        Self { ecps: Level::Eidas1, card: Level::Eidas2, accepted: vec![Level::Eidas1] }
    }
}

/// A level, as `acr` writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Low.
    Eidas1,
    /// Substantial.
    Eidas2,
    /// High.
    Eidas3,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 3] = [Self::Eidas1, Self::Eidas2, Self::Eidas3];

    /// The value of `acr`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eidas1 => "eidas1",
            Self::Eidas2 => "eidas2",
            Self::Eidas3 => "eidas3",
        }
    }
}

/// A registered client.
#[derive(Debug, Clone)]
pub struct SimulatorClient {
    /// Its identifier.
    pub id: String,
    /// Its secret; there whenever `auth` names a way that needs one.
    pub secret: Option<Secret>,
    /// Ways of authentication that are taken.
    pub auth: Vec<SimulatorAuth>,
    /// Public key in PEM; there whenever `auth` names `private_key_jwt`.
    pub public_key: Option<String>,
    /// Subject of its certificate; `None`: any with `CN=` and the identifier.
    pub certificate_subject: Option<String>,
    /// Redirect addresses, compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Addresses after sign-out, compared byte for byte.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens are posted.
    pub backchannel_logout_uri: Option<Url>,
    /// Whether it may introspect tokens.
    pub introspection: bool,
    /// Whether it may sign people in by CIBA.
    pub ciba: bool,
}

impl SimulatorClient {
    /// A client that shows its secret (basic or post), without addresses yet.
    #[must_use]
    pub fn with_secret(id: String, secret: Secret) -> Self {
        Self {
            id,
            secret: Some(secret),
            auth: vec![SimulatorAuth::Basic, SimulatorAuth::Post],
            public_key: None,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatorAuth {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
    /// `private_key_jwt`.
    PrivateKeyJwt,
    /// `tls_client_auth`.
    TlsClientAuth,
}
