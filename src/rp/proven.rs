//! What comes of a sign-in at a provider: who it is, and what was said of them. Only this room makes a [`ProvenIdentity`].

use std::fmt;
use std::ops::Deref;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::identity::{Email, NationalId, Rpps};

use super::grant::Grant;
use super::psc::{Place, ProvenProfession};

/// The outcome of a sign-in at the provider.
#[derive(Debug)]
pub struct Proven {
    /// Who it is.
    pub identity: ProvenIdentity,
    /// What it gave beside.
    pub grant: Grant,
}

/// An identity a provider has just proven. It cannot be made outside this room; it is read from a stored sign-in record
/// only because we wrote it there.
///
/// ```compile_fail
/// fn forge(claims: guichet::rp::ProvenClaims) -> guichet::rp::ProvenIdentity {
///     guichet::rp::ProvenIdentity(claims)
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProvenIdentity(ProvenClaims);

impl Deref for ProvenIdentity {
    type Target = ProvenClaims;

    fn deref(&self) -> &ProvenClaims {
        &self.0
    }
}

impl fmt::Debug for ProvenIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProvenIdentity(…)")
    }
}

impl ProvenIdentity {
    /// Only a profile that has judged every claim makes one.
    pub(super) fn of(claims: ProvenClaims) -> Self {
        Self(claims)
    }

    /// For tests of other rooms.
    #[cfg(test)]
    pub fn assumed(claims: ProvenClaims) -> Self {
        Self(claims)
    }
}

/// What is proven. Absent is `None` or empty, never an empty text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenClaims {
    /// The provider's name in the configuration.
    pub identity_provider: String,
    /// Its issuer.
    pub issuer: String,
    /// Its technical name for the person; for the audit, never a key.
    pub subject: String,
    /// Who it is at this provider: the key of links.
    pub identifier: Identifier,
    /// RPPS, from the national identifier or else from the other identifiers.
    pub rpps: Option<Rpps>,
    /// Other identifiers of the same person.
    pub other_ids: Vec<OtherId>,
    /// Family name.
    pub family_name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// `M` or `MME`.
    pub civility: Option<String>,
    /// E-mail, usually absent.
    pub email: Option<Email>,
    /// The provider says it verified it (JSON `true`, nothing else; attack C15).
    pub email_verified: bool,
    /// Every profession, over all exercises.
    pub professions: Vec<ProvenProfession>,
    /// Every distinct place of work.
    pub places: Vec<Place>,
    /// Level as received, at or above the configured minimum; [`acr::PROVIDER`](crate::identity::acr::PROVIDER) when none was
    /// said and none is asked.
    pub acr: String,
    /// Means used, as received.
    pub amr: Vec<String>,
    /// When the person proved who they are, if said.
    pub auth_time: Option<Timestamp>,
    /// The provider's session (`sid`).
    pub provider_session: Option<String>,
}

impl fmt::Debug for ProvenClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvenClaims").field("identity_provider", &self.identity_provider).finish_non_exhaustive()
    }
}

/// Who a person is at one provider, in one form per person: the key of links.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identifier {
    /// A national identifier, the same at every provider that says it.
    National(NationalId),
    /// `ISSUER#SUB`, byte for byte: a `sub` means nothing at another issuer (OpenID Connect Core 5.7). An issuer has no `#`, and a
    /// national identifier none either, so that no key of one kind reads as one of the other.
    Subject(String),
}

impl Identifier {
    /// The key of links.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::National(id) => id.as_str(),
            Self::Subject(key) => key,
        }
    }

    /// The national identifier, where it is one.
    #[must_use]
    pub fn national(&self) -> Option<&NationalId> {
        match self {
            Self::National(id) => Some(id),
            Self::Subject(_) => None,
        }
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identifier(…)")
    }
}

/// Another identifier of the person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherId {
    /// Register it comes from (`RPPS`, `ADELI`, `EDIT`).
    pub origin: String,
    /// The identifier, canonical.
    pub value: NationalId,
}

impl fmt::Debug for OtherId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtherId").field("origin", &self.origin).finish_non_exhaustive()
    }
}
