//! The identity providers we rely on.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::config::Secret;

/// An identity provider we rely on.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityProvider {
    /// Its name in the file (`psc`), also in `identity_provider` claims and the callback path.
    pub name: String,
    /// Issuer, compared byte for byte.
    pub issuer: String,
    /// Discovery document.
    pub discovery_url: Url,
    /// Our client id there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Secret,
    /// How the secret travels.
    pub client_auth: ClientAuth,
    /// Scopes asked.
    pub scopes: Vec<String>,
    /// `acr_values` asked.
    pub acr_values: Vec<String>,
    /// Lowest accepted `acr`, by rank of `acr_ranks`.
    pub acr_minimum: String,
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
    /// Time to connect (3 s).
    pub connect_timeout: Duration,
    /// Time of a whole call (5 s).
    pub timeout: Duration,
    /// Accepted ID-token algorithms (`RS256`); HS* is never accepted.
    pub algorithms: Vec<String>,
    /// A root certificate of one's own (PEM file).
    pub ca_file: Option<PathBuf>,
}

/// How our secret travels to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
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
