//! The discovery document: the endpoints of the configured issuer, or a refusal. Pure.

use url::{Host, Url};

use super::http::Outage;
use super::json::{self, Object};

/// What we need of a discovery document beyond what every provider has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs {
    /// The profile lives on userinfo.
    pub(super) userinfo: bool,
    /// We show a client certificate, which some providers take at addresses of its own (RFC 8705 section 5).
    pub(super) certificate: bool,
}

/// What discovery says and we use.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    pub(super) authorization: Url,
    pub(super) token: Url,
    /// Always there where the profile needs it.
    pub(super) userinfo: Option<Url>,
    pub(super) jwks: Url,
    pub(super) end_session: Option<Url>,
    /// Where a sign-in without a browser begins (CIBA Core 4).
    pub(super) ciba: Option<Url>,
    /// The provider promises `iss` on every callback (RFC 9207).
    pub(super) names_issuer: bool,
}

impl Metadata {
    /// Reads a document that must name `issuer` byte for byte (attack C18).
    pub(super) fn read(document: &[u8], issuer: &str, needs: Needs) -> Result<Self, Outage> {
        let document =
            json::object(document).map_err(|_| Outage::Nonsense("a discovery document that is no object"))?;
        if document.get("issuer").and_then(|named| named.as_str()) != Some(issuer) {
            return Err(Outage::OtherIssuer);
        }
        let cleartext = is_loopback_http(issuer);
        const MISSING: Outage = Outage::Nonsense("a discovery document without an endpoint");
        let endpoint = |name: &'static str| optional(&document, name, cleartext)?.ok_or(MISSING);
        let aliases = document.get("mtls_endpoint_aliases").and_then(|aliases| aliases.as_object());
        let aliases = aliases.filter(|_| needs.certificate);
        let by_certificate = |name: &'static str| -> Result<Option<Url>, Outage> {
            let alias = aliases.map(|aliases| optional(aliases, name, cleartext)).transpose()?.flatten();
            if alias.is_some() { Ok(alias) } else { optional(&document, name, cleartext) }
        };
        let userinfo = by_certificate("userinfo_endpoint")?;
        if needs.userinfo && userinfo.is_none() {
            return Err(MISSING);
        }
        Ok(Self {
            authorization: endpoint("authorization_endpoint")?,
            token: by_certificate("token_endpoint")?.ok_or(MISSING)?,
            userinfo,
            jwks: endpoint("jwks_uri")?,
            end_session: optional(&document, "end_session_endpoint", cleartext)?,
            ciba: by_certificate("backchannel_authentication_endpoint")?,
            names_issuer: document.get("authorization_response_iss_parameter_supported")
                == Some(&serde_json::Value::Bool(true)),
        })
    }

    /// Origins the browser is sent to, for `form-action` (decision 21).
    pub(super) fn browser_origins(&self) -> Vec<String> {
        let mut origins = vec![self.authorization.origin().ascii_serialization()];
        if let Some(end_session) = &self.end_session {
            let origin = end_session.origin().ascii_serialization();
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        origins
    }
}

fn optional(document: &Object, name: &'static str, cleartext: bool) -> Result<Option<Url>, Outage> {
    let text = match document.get(name) {
        None => return Ok(None),
        Some(value) => value.as_str().ok_or(Outage::UnsafeEndpoint(name))?,
    };
    let url = Url::parse(text).map_err(|_| Outage::UnsafeEndpoint(name))?;
    let secure = url.scheme() == "https" || (cleartext && url.scheme() == "http" && is_loopback(&url));
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if secure && plain && url.has_host() { Ok(Some(url)) } else { Err(Outage::UnsafeEndpoint(name)) }
}

/// Development only: the configured issuer itself is http on this machine.
fn is_loopback_http(issuer: &str) -> bool {
    Url::parse(issuer).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
