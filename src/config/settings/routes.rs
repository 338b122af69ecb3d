//! Where requests go, who may pass, and the assertions they carry.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Host + path prefix → upstream, with a policy.
#[derive(Debug, Clone)]
pub struct Route {
    /// Name in logs and metrics.
    pub name: String,
    /// Exact host, lower case, without port; `None` serves every configured host.
    pub host: Option<String>,
    /// Path prefix, `/`-started; matches whole segments.
    pub path: String,
    /// `http://host:port` of the upstream.
    pub upstream: Upstream,
    /// Who may pass.
    pub policy: Policy,
    /// Audience (`aud`) of assertions for this route: a URI.
    pub audience: String,
    /// Where the assertion goes.
    pub assertion_header: AssertionHeader,
    /// Send the upstream's own host instead of the one the client named.
    pub rewrite_host: bool,
    /// Let the upstream register a service worker (decisions 22).
    pub service_worker: bool,
    /// Overrides `limits.body_bytes` for this route.
    pub body_bytes: Option<u64>,
    /// Overrides `limits.response_timeout` for this route.
    pub response_timeout: Option<Duration>,
    /// Opt-in plain headers: name → claim.
    pub plain_headers: BTreeMap<String, PlainClaim>,
}

/// An upstream address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
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
    /// The connection must have shown a client certificate.
    pub client_certificate: bool,
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
#[derive(Debug, Clone)]
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
