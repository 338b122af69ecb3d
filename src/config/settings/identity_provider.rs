//! The identity providers we rely on.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::CibaSettings;
use crate::config::Secret;
use crate::config::certificates::CertificateFiles;
use crate::config::client_key::ClientKey;

/// An identity provider we rely on.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityProvider {
    /// Its name in the file (`psc`), also in `identity_provider` claims and the callback path.
    pub name: String,
    /// What it says of people.
    pub profile: Profile,
    /// What people call it ("Pro Santé Connect").
    pub label: String,
    /// Issuer, compared byte for byte.
    pub issuer: String,
    /// Discovery document.
    pub discovery_url: Url,
    /// Our client id there.
    pub client_id: String,
    /// How we prove to its token endpoint who we are.
    pub client_auth: ClientAuth,
    /// Our certificate for the connections of every call.
    pub client_certificate: Option<CertificateFiles>,
    /// Scopes asked.
    pub scopes: Vec<String>,
    /// `acr_values` asked.
    pub acr_values: Vec<String>,
    /// Lowest accepted `acr`, by rank of `acr_ranks`; `None` accepts an answer without level.
    pub acr_minimum: Option<String>,
    /// Levels from lowest to highest.
    pub acr_ranks: Vec<String>,
    /// What an unknown person's first sign-in does.
    pub first_sign_in: FirstSignIn,
    /// Professions admitted (codes); empty admits all.
    pub professions: BTreeSet<String>,
    /// Kinds of people admitted; empty admits all.
    pub people: BTreeSet<PersonKind>,
    /// Official picture of the button.
    pub button_image: Option<PathBuf>,
    /// "En savoir plus".
    pub about_url: Option<Url>,
    /// The provider's own terms.
    pub terms_url: Option<Url>,
    /// How long its own sessions last (4 h): ours end with them. `None` where that is not known.
    pub session_max: Option<Duration>,
    /// Time to connect (3 s).
    pub connect_timeout: Duration,
    /// Time of a whole call (5 s).
    pub timeout: Duration,
    /// When a callback must say who sends it.
    pub callback_issuer: CallbackIssuer,
    /// Accepted ID-token algorithms (`RS256`); HS* is never accepted.
    pub algorithms: Vec<String>,
    /// The only authorities believed (PEM file), instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Signing in without leaving the page; `None` is off.
    pub ciba: Option<CibaSettings>,
}

impl IdentityProvider {
    /// The secret that we share with it, where we have one.
    #[must_use]
    pub fn client_secret(&self) -> Option<&Secret> {
        match &self.client_auth {
            ClientAuth::Basic(secret) | ClientAuth::Post(secret) => Some(secret),
            ClientAuth::PrivateKeyJwt(_) | ClientAuth::Tls => None,
        }
    }
}

/// What a provider says of people, and who they are by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profile {
    /// Pro Santé Connect: the national identifier, professions and places of work.
    Psc,
    /// Any other: the standard claims. People are known by this claim as by a national identifier; without it by issuer and `sub`.
    Oidc {
        /// Its name.
        national_identifier_claim: Option<String>,
    },
}

/// How we prove to the token endpoint who we are.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientAuth {
    /// `client_secret_basic`.
    Basic(Secret),
    /// `client_secret_post`.
    Post(Secret),
    /// `private_key_jwt` (RFC 7523).
    PrivateKeyJwt(ClientKey),
    /// `tls_client_auth` (RFC 8705), with the client certificate.
    Tls,
}

/// As the file writes it.
impl fmt::Display for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic(_) => f.write_str("basic"),
            Self::Post(_) => f.write_str("post"),
            Self::PrivateKeyJwt(key) => write!(f, "private_key_jwt ({})", key.algorithm()),
            Self::Tls => f.write_str("tls"),
        }
    }
}

/// When a callback must carry `iss` (RFC 9207); what it carries is always compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackIssuer {
    /// Where the discovery document promises it.
    Promised,
    /// Never: a front end between the provider and the browser may drop it.
    Optional,
}

/// Decision 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstSignIn {
    /// An account is made.
    Create,
    /// Only linked accounts, or those that link now.
    KnownOnly,
}

/// What a provider's register says of how a person works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonKind {
    /// Exercises a profession somewhere.
    Practising,
    /// Has a profession, and no place of work.
    WithoutActivity,
    /// Is still learning it.
    Student,
    /// Holds a structure's card, without a profession of their own.
    StructureStaff,
}

impl PersonKind {
    /// As the file writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Practising => "practising",
            Self::WithoutActivity => "without-activity",
            Self::Student => "student",
            Self::StructureStaff => "structure-staff",
        }
    }
}
