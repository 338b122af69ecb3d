//! The checked settings: what every room is given. Plain values, no serde, no doubt left.

mod ciba;
mod cors;
mod delivery;
mod forward_auth;
mod identity_provider;
mod listeners;
mod matching;
mod portal;
mod routes;
mod sign_in;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

pub use ciba::{CibaChannel, CibaSettings};
pub use cors::{Cors, CorsAnswer};
pub use delivery::{EmailSettings, SmsBody, SmsHttpSettings, SmsSettings, SmtpSecurity, SmtpSettings};
pub use forward_auth::{ForwardAuthListen, ForwardAuthSettings};
pub use identity_provider::{CallbackIssuer, ClientAuth, FirstSignIn, IdentityProvider, PersonKind, Profile};
pub use listeners::{ClientCertificates, ListenAddress, Listener, Speaks, TlsSettings};
pub use matching::{Methods, RouteHost, suffix_of};
pub use portal::{ActivationSettings, Brand, ProfessionChoice};
pub use routes::{
    Access, AcrMinimum, AssertionHeader, AssertionSettings, HealthCheck, Maintenance, PlainClaim, Policy,
    ResponseHeaders, Route, Server, SigningAlgorithm, Upstream, UpstreamProtocol, UpstreamTls,
};
pub use sign_in::{CodeSettings, PasswordProfile, PasswordSettings, RememberMe, SessionSettings, ThrottleSettings};

/// Everything the gateway was told, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://host[:port]` people see; `http://localhost…` only in development.
    pub public_url: PublicUrl,
    /// Where `/` of the public address leads when no route serves it; an address of a host that is served.
    pub home_url: Option<Url>,
    /// Development: `http` on loopback, a banner on every page.
    pub development: bool,
    /// Public listeners, at least one.
    pub listeners: Vec<Listener>,
    /// `Strict-Transport-Security` of answers that came, or seem to come, over https.
    pub hsts: Option<String>,
    /// Where `directory.db` and `state.db` live.
    pub state_dir: PathBuf,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Bounds on what a client may send, and for how long.
    pub limits: Limits,
    /// Where requests go, most specific first.
    pub routes: Vec<Route>,
    /// Assertions put on forwarded requests.
    pub assertion: AssertionSettings,
    /// Sessions and what "Se souvenir de moi" does.
    pub session: SessionSettings,
    /// Password rules and hashing.
    pub password: PasswordSettings,
    /// One-time codes.
    pub codes: CodeSettings,
    /// Guessing budgets.
    pub throttle: ThrottleSettings,
    /// The activation journeys.
    pub activation: ActivationSettings,
    /// Names, colours, telephone numbers of the portal.
    pub brand: Brand,
    /// How e-mails leave.
    pub email: EmailSettings,
    /// How SMS leave.
    pub sms: SmsSettings,
    /// Identity providers by name (`psc`).
    pub identity_providers: BTreeMap<String, IdentityProvider>,
    /// Keys that seal secrets at rest; the first seals, all open.
    pub sealing_keys: Vec<SealingKey>,
    /// The listener of other proxies; `None` is off.
    pub forward_auth: Option<ForwardAuthSettings>,
    /// Health and metrics listener.
    pub admin_listen: Option<SocketAddr>,
    /// Log lines.
    pub log: LogSettings,
}

impl Settings {
    /// Whether people reach something under this host, in lower case: it is that of the public address, or a route names or covers it.
    #[must_use]
    pub fn serves(&self, host: &str) -> bool {
        let of_route = || self.routes.iter().any(|route| route.host.as_ref().is_some_and(|of| of.covers(host)));
        host == self.public_url.host || of_route()
    }
}

/// The gateway's public address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    /// `https://portail.example` or with a port; no path, no trailing slash.
    pub origin: String,
    /// Host with its port when not the default one, as a browser sends it in `Host`.
    pub authority: String,
    /// Host alone.
    pub host: String,
}

impl PublicUrl {
    /// An address under the public origin; `path` starts with `/`.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The origin of a host that is served, as people reach it: with the scheme and the port of the public address.
    #[must_use]
    pub fn origin_of(&self, host: &str) -> String {
        let port = self.authority.strip_prefix(self.host.as_str()).unwrap_or_default();
        let scheme = self.origin.split("://").next().unwrap_or("https");
        format!("{scheme}://{host}{port}")
    }
}

/// Bounds on requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Largest request head (bytes).
    pub head_bytes: usize,
    /// Most header lines.
    pub headers: usize,
    /// Largest forwarded body (bytes); `None` is unlimited.
    pub body_bytes: Option<u64>,
    /// Time to receive a request head; also the idle limit of a connection.
    pub head_timeout: Duration,
    /// Time to reach an upstream.
    pub connect_timeout: Duration,
    /// Time until an upstream's response head.
    pub response_timeout: Duration,
    /// Longest silence inside a body, either way.
    pub body_idle_timeout: Duration,
    /// Time given to what comes before HTTP: the PROXY protocol's header and the TLS handshake.
    pub handshake_timeout: Duration,
    /// Most connections at once, on all listeners together.
    pub connections: usize,
    /// Most connections of one client address (IPv6: of one /64); behind a trusted proxy, most requests at once.
    pub connections_per_address: usize,
    /// Most requests at once on one HTTP/2 connection.
    pub http2_streams: u32,
    /// Time given to requests under way when stopping.
    pub drain_timeout: Duration,
}

/// A sealing key: 32 bytes and the id written beside what it sealed.
#[derive(Clone)]
pub struct SealingKey {
    /// First eight hexadecimal digits of the key's SHA-256.
    pub id: String,
    /// The key.
    pub key: std::sync::Arc<secrecy::SecretBox<[u8; 32]>>,
}

/// The id is made of the key.
impl PartialEq for SealingKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealingKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Log lines.
#[derive(Debug, Clone, PartialEq)]
pub struct LogSettings {
    /// JSON lines, or text for a person.
    pub json: bool,
    /// Filter (`info`, `guichet=debug`).
    pub level: String,
    /// One line per forwarded request.
    pub access: bool,
}
