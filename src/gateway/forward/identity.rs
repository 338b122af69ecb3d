//! What an upstream is told of the visitor: the headers of a route, their names read once.

use http::HeaderValue;
use http::header::{self, HeaderMap, HeaderName};

use crate::config::settings::{AssertionHeader, PlainClaim, Route};
use crate::gateway::assertion;
use crate::gateway::policy::Permitted;
use crate::gateway::refuse::Cause;

/// The headers of one route that say who is there.
#[derive(Debug)]
pub struct IdentityHeaders {
    assertion: HeaderName,
    bearer: bool,
    plain: Vec<(HeaderName, PlainClaim)>,
    provider_token: Option<HeaderName>,
}

/// What was made or fetched for one request; nothing for an anonymous one.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The assertion, for a known visitor.
    pub assertion: Option<HeaderValue>,
    /// The access token of the provider that signed the visitor in, where the route forwards it and there is one.
    pub provider_token: Option<HeaderValue>,
}

/// A name of the configuration is none of a header; its check has made sure.
#[derive(Debug, thiserror::Error)]
#[error("not the name of a header")]
pub struct NoName;

impl IdentityHeaders {
    /// Those of a route.
    ///
    /// # Errors
    /// When a name is none; the configuration's check has made sure.
    pub fn of(route: &Route) -> Result<Self, NoName> {
        let read = |name: &str| HeaderName::from_bytes(name.as_bytes()).map_err(|_| NoName);
        let (assertion, bearer) = match &route.assertion_header {
            AssertionHeader::Named(name) => (read(name)?, false),
            AssertionHeader::Bearer => (header::AUTHORIZATION, true),
        };
        let plain = route.plain_headers.iter().map(|(name, claim)| Ok((read(name)?, *claim)));
        let plain = plain.collect::<Result<_, NoName>>()?;
        let provider_token = route.provider_token_header.as_deref().map(read).transpose()?;
        Ok(Self { assertion, bearer, plain, provider_token })
    }

    /// Whether the route forwards the provider's token.
    #[must_use]
    pub fn wants_provider_token(&self) -> bool {
        self.provider_token.is_some()
    }

    /// Their names, the assertion's first.
    pub fn names(&self) -> impl Iterator<Item = &HeaderName> {
        std::iter::once(&self.assertion).chain(self.plain.iter().map(|(name, _)| name)).chain(&self.provider_token)
    }

    /// Adds what is told of the visitor. Nothing for an anonymous request.
    ///
    /// # Errors
    /// When a value fits into no header; the request must not go on without it.
    pub fn add(&self, headers: &mut HeaderMap, permitted: &Permitted, said: &Said) -> Result<(), Cause> {
        if let (Some(name), Some(token)) = (&self.provider_token, &said.provider_token) {
            headers.insert(name.clone(), token.clone());
        }
        if let Some(assertion) = &said.assertion {
            let value = if self.bearer { bearer(assertion)? } else { assertion.clone() };
            headers.insert(self.assertion.clone(), value);
        }
        if let Some(visitor) = permitted.visitor() {
            for (name, claim) in &self.plain {
                if let Some(text) = assertion::plain(visitor, *claim) {
                    headers.insert(name.clone(), HeaderValue::from_str(&text).map_err(|_| Cause::Broken)?);
                }
            }
        }
        Ok(())
    }
}

fn bearer(assertion: &HeaderValue) -> Result<HeaderValue, Cause> {
    let mut value = b"Bearer ".to_vec();
    value.extend_from_slice(assertion.as_bytes());
    HeaderValue::try_from(value).map_err(|_| Cause::Broken)
}
