//! Where requests go, who may pass, and the assertions they carry.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue};
use ipnet::IpNet;
use jiff::Timestamp;

use super::super::certificates::CertificateFiles;
use super::{Cors, Methods, RouteHost};

/// Host + path prefix → upstream, with a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Name in logs and metrics.
    pub name: String,
    /// The hosts it names; `None` serves every configured host.
    pub host: Option<RouteHost>,
    /// Path prefix, `/`-started; matches whole segments.
    pub path: String,
    /// The methods it takes; routes of one host and path share them out.
    pub methods: Methods,
    /// The servers it goes to; `None` when only another proxy forwards this route.
    pub upstream: Option<Upstream>,
    /// Who may pass.
    pub policy: Policy,
    /// Switched off: nobody passes, whoever they are.
    pub maintenance: Option<Maintenance>,
    /// Audience (`aud`) of assertions for this route: a URI.
    pub audience: String,
    /// Where the assertion goes.
    pub assertion_header: AssertionHeader,
    /// Take the route's path off before the request is sent on; what is judged stays the whole path.
    pub strip_prefix: bool,
    /// Send the upstream's own host instead of the one the client named.
    pub rewrite_host: bool,
    /// Let the upstream register a service worker (decisions 22).
    pub service_worker: bool,
    /// Overrides `limits.body_bytes` for this route.
    pub body_bytes: Option<u64>,
    /// Overrides `limits.response_timeout` for this route.
    pub response_timeout: Option<Duration>,
    /// What is changed in the headers of the upstream's answers.
    pub response_headers: ResponseHeaders,
    /// Opt-in plain headers: name → claim.
    pub plain_headers: BTreeMap<String, PlainClaim>,
    /// Header for the access token of the provider that signed the person in; `None` forwards none.
    pub provider_token_header: Option<String>,
    /// Scripts of other origins.
    pub cors: Cors,
}

impl Route {
    /// The order in which routes are tried, smallest first: an exact host before a wildcard, a wildcard before every host, then
    /// the longer path. One host's routes never give way to a route that names it less exactly, however long its path.
    #[must_use]
    pub fn precedence(&self) -> (u8, Reverse<usize>) {
        let host = match &self.host {
            Some(RouteHost::Exact(_)) => 0,
            Some(RouteHost::Wildcard(_)) => 1,
            None => 2,
        };
        (host, Reverse(self.path.trim_end_matches('/').len()))
    }
}

/// Changes to the headers of an upstream's answers; each name stands in one list at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseHeaders {
    /// Taken out.
    pub remove: Vec<HeaderName>,
    /// Put in place of whatever the upstream said.
    pub set: Vec<(HeaderName, HeaderValue)>,
    /// Put beside what the upstream said.
    pub add: Vec<(HeaderName, HeaderValue)>,
}

/// Where the requests of a route go: one server, or several that stand for one another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Upstream {
    /// At least one.
    pub servers: Vec<Server>,
    /// How they are spoken to.
    pub protocol: UpstreamProtocol,
    /// TLS; `None` in the clear.
    pub tls: Option<UpstreamTls>,
    /// How they are asked how they are; `None` never.
    pub health_check: Option<HealthCheck>,
}

impl Upstream {
    /// One server that speaks HTTP/1.1 in the clear.
    #[must_use]
    pub fn at(host: impl Into<String>, port: u16) -> Self {
        Self {
            servers: vec![Server { host: host.into(), port }],
            protocol: UpstreamProtocol::Http1,
            tls: None,
            health_check: None,
        }
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls.is_some() { "https://" } else { "" };
        for (place, server) in self.servers.iter().enumerate() {
            let between = if place == 0 { "" } else { " or " };
            write!(f, "{between}{scheme}{}:{}", server.host, server.port)?;
        }
        Ok(())
    }
}

/// How the servers of an upstream are asked how they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HealthCheck {
    /// Asked for with GET; 200 to 399 is a good answer.
    pub path: PathAndQuery,
    /// Between two questions.
    pub interval: Duration,
    /// Until the answer.
    pub timeout: Duration,
    /// Bad answers in a row after which a server is left out; at least 1.
    pub failures: u32,
    /// Good answers in a row after which it is back; at least 1.
    pub successes: u32,
}

/// How TLS is spoken to the servers of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct UpstreamTls {
    /// The only authorities believed (PEM); `None` believes those of the system.
    pub ca_file: Option<PathBuf>,
    /// The certificate shown to servers that ask for one.
    pub certificate: Option<CertificateFiles>,
    /// The name that the servers' certificates must be for; `None` is each server's host.
    pub server_name: Option<String>,
}

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Server {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// The protocol of an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UpstreamProtocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2, for gRPC: agreed on by ALPN over TLS, with prior knowledge in the clear (RFC 9113 §3.3).
    Http2,
}

/// Who may pass a route.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// The standing asked for.
    pub access: Access,
    /// Accepted identity providers; empty accepts all.
    pub identity_providers: BTreeSet<String>,
    /// Accepted profession codes; empty accepts all.
    pub professions: BTreeSet<String>,
    /// A verified e-mail is needed.
    pub verified_email: bool,
    /// A verified phone is needed.
    pub verified_phone: bool,
    /// Lowest accepted level on each scale, by identity provider (decision 29); empty accepts all, an unlisted scale is refused.
    pub acr_minimum: BTreeMap<String, AcrMinimum>,
    /// Accepted means, one of which the session must have; empty accepts all.
    pub amr: BTreeSet<String>,
    /// The person has proven who they are within this time.
    pub max_age: Option<Duration>,
    /// The connection must have shown a client certificate.
    pub client_certificate: bool,
    /// The client's address must be in one of these networks; empty accepts all.
    pub client_addresses: Vec<IpNet>,
}

/// A minimum on one scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcrMinimum {
    /// Its place among the levels of the scale.
    pub rank: u8,
    /// It and the levels above it.
    pub accepted: Vec<String>,
}

/// A route that is switched off for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maintenance {
    /// When it is expected back.
    pub until: Option<Timestamp>,
}

/// The standing a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Anyone; a signed-in and activated person's assertion is added.
    Public,
    /// Every factor given.
    SignedIn,
    /// Signed in, and every activation step done or skipped.
    #[default]
    Activated,
}

/// The header an assertion travels in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssertionHeader {
    /// A header of its own, `X-Guichet-Assertion` by default (lower case).
    Named(String),
    /// `Authorization: Bearer …`.
    Bearer,
}

/// A claim that may be copied into a plain header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainClaim {
    /// Account id.
    Subject,
    /// Verified e-mail.
    Email,
    /// Display name.
    Name,
    /// Proven or imported RPPS.
    Rpps,
    /// Legacy identifier.
    LegacyId,
}

/// Assertions.
#[derive(Debug, Clone, PartialEq)]
pub struct AssertionSettings {
    /// Signing algorithm.
    pub algorithm: SigningAlgorithm,
    /// Life (60 s).
    pub lifetime: Duration,
    /// An assertion is used again for this long (30 s).
    pub reuse: Duration,
    /// Largest header value (bytes) an upstream takes; checked at load.
    pub max_bytes: usize,
}

/// Algorithms for our own signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256, the default.
    Es256,
    /// Ed25519.
    EdDsa,
}
