//! `[[route]]`: host and path prefix, upstream, policy.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::DurationText;

/// Host and path prefix to upstream, with who may pass.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RouteFile {
    /// Name in logs and metrics. Absent: made from host and path.
    pub(crate) name: Option<String>,
    /// Host name, lower case, without port; `*.` before it stands for exactly one label. Absent: every host.
    pub(crate) host: Option<String>,
    /// Path prefix; matches whole segments. Required.
    pub(crate) path: Option<String>,
    /// Methods that this route takes, in capitals; `HEAD` goes with `GET`. Empty: all.
    pub(crate) methods: Vec<String>,
    /// `http://host:port` or `https://host:port` of the upstream. Required, unless `forward_auth.listen` is there and another proxy forwards this route.
    pub(crate) upstream: Option<String>,
    /// Further servers that stand for the same, written likewise: every request goes to the one with the fewest under way.
    pub(crate) more_upstreams: Vec<String>,
    /// How the upstream is spoken to.
    pub(crate) upstream_protocol: UpstreamProtocolFile,
    /// Asks the servers of the upstream how they are. Absent: a server is left out only while it cannot be reached.
    pub(crate) health_check: Option<HealthCheckFile>,
    /// Authorities (PEM) that sign the certificates of an `https` upstream; no other is believed. Absent: those of the system.
    pub(crate) upstream_ca_file: Option<String>,
    /// Certificate (PEM) shown to an `https` upstream that asks for one, with `upstream_key_file`.
    pub(crate) upstream_certificate_file: Option<String>,
    /// Private key of that certificate, PEM, mode 0600.
    pub(crate) upstream_key_file: Option<String>,
    /// Name that the certificates of an `https` upstream must be for. Absent: the host of each server.
    pub(crate) upstream_server_name: Option<String>,
    /// Who may pass.
    pub(crate) access: AccessFile,
    /// Accepted identity providers (`local` or a name of this file). Empty: all.
    pub(crate) identity_provider: Vec<String>,
    /// Accepted profession codes (TRE_G15). Empty: all.
    pub(crate) professions: Vec<String>,
    /// A verified e-mail is needed.
    pub(crate) verified_email: bool,
    /// A verified phone is needed.
    pub(crate) verified_phone: bool,
    /// Lowest accepted level on each scale: `local` or the name of an identity provider to a level; an unlisted scale is refused. Empty: all.
    pub(crate) acr_minimum: BTreeMap<String, String>,
    /// Accepted means (`amr`), one of which the session must have: `sms`, `otp`, or what an identity provider says. Empty: all.
    pub(crate) amr: Vec<String>,
    /// Longest time since the person proved who they are. Absent: any.
    pub(crate) max_age: Option<DurationText>,
    /// Networks of which the client's address must be; may stand on a public route. Empty: all.
    pub(crate) client_addresses: Vec<String>,
    /// The connection must have shown a client certificate that its listener's authorities signed; may stand on a public route.
    pub(crate) client_certificate: bool,
    /// Switched off: everybody is answered 503 with a page that says so.
    pub(crate) maintenance: bool,
    /// When it is expected back, with its offset (RFC 3339); told on the page and in `Retry-After`.
    pub(crate) maintenance_until: Option<String>,
    /// Audience (`aud`) of the assertion: a URI. Absent: the route's public origin with a final slash.
    pub(crate) audience: Option<String>,
    /// Header the assertion travels in: a header name, or `Authorization: Bearer`. Absent: `X-Guichet-Assertion`.
    pub(crate) assertion_header: Option<String>,
    /// Takes the route's path off before the request is sent on: `/api/x` arrives as `/x`, with `X-Forwarded-Prefix: /api`.
    pub(crate) strip_prefix: bool,
    /// Sends the upstream's own host instead of the one the browser named.
    pub(crate) rewrite_host: bool,
    /// Lets the upstream register a service worker, which can then read what is typed on the gateway's pages of the same host.
    pub(crate) service_worker: bool,
    /// Largest request body in bytes; 0 is unlimited. Absent: `limits.body_bytes`.
    pub(crate) body_bytes: Option<u64>,
    /// Time until the upstream answers. Absent: `limits.response_timeout`.
    pub(crate) response_timeout: Option<DurationText>,
    /// What is changed in the headers of the upstream's answers.
    pub(crate) response_headers: ResponseHeadersFile,
    /// Plain headers, opt-in: header name to claim.
    pub(crate) plain_headers: BTreeMap<String, PlainClaimFile>,
    /// Header for the access token of the identity provider that signed the person in. Absent: it is forwarded to nobody.
    pub(crate) provider_token_header: Option<String>,
    /// Scripts of other origins.
    pub(crate) cors: super::cors::CorsFile,
}

/// How the servers of an upstream are asked how they are.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HealthCheckFile {
    /// Path that is asked for with GET; 200 to 399 is a good answer. Required.
    pub(crate) path: Option<String>,
    /// Time between two questions.
    pub(crate) interval: DurationText,
    /// Time until the answer.
    pub(crate) timeout: DurationText,
    /// As many bad answers in a row, and the server is left out.
    pub(crate) failures: u32,
    /// As many good answers in a row, and it is back.
    pub(crate) successes: u32,
}

impl Default for HealthCheckFile {
    fn default() -> Self {
        Self { path: None, interval: "5 s".into(), timeout: "2 s".into(), failures: 3, successes: 2 }
    }
}

/// Changes to the headers of an upstream's answers.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ResponseHeadersFile {
    /// Name to value: replaces whatever the upstream said.
    pub(crate) set: BTreeMap<String, String>,
    /// Name to value: one more line beside what the upstream said.
    pub(crate) add: BTreeMap<String, String>,
    /// Names that are taken out.
    pub(crate) remove: Vec<String>,
}

/// The standing a route asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AccessFile {
    /// Anyone.
    Public,
    /// Every factor given.
    SignedIn,
    /// Signed in, and the account is activated.
    #[default]
    Activated,
}

/// The protocol of an upstream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UpstreamProtocolFile {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2, for gRPC: by ALPN over TLS, with prior knowledge in the clear.
    Http2,
}

/// A claim that may be copied into a plain header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PlainClaimFile {
    /// Account id.
    Subject,
    /// Verified e-mail.
    Email,
    /// Display name.
    Name,
    /// Proven or imported RPPS.
    Rpps,
    /// Identifier in the former system.
    LegacyId,
}
