//! `[identity_provider.NAME]`: an OpenID provider we rely on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::{DurationText, SecretText};

/// An identity provider.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IdentityProviderFile {
    /// Issuer, compared byte for byte. Required.
    pub(crate) issuer: Option<String>,
    /// Discovery document. Absent: `ISSUER/.well-known/openid-configuration`.
    pub(crate) discovery_url: Option<String>,
    /// Our client id there. Required.
    pub(crate) client_id: Option<String>,
    /// Our secret there, in development only; prefer `client_secret_file` or `client_secret_env`.
    pub(crate) client_secret: Option<SecretText>,
    /// File that holds the secret.
    pub(crate) client_secret_file: Option<String>,
    /// Environment variable that holds the secret.
    pub(crate) client_secret_env: Option<String>,
    /// How the secret travels.
    pub(crate) client_auth: ClientAuthFile,
    /// Scopes asked.
    pub(crate) scopes: Vec<String>,
    /// Levels asked (`acr_values`).
    pub(crate) acr_values: Vec<String>,
    /// Lowest level accepted; one of `acr_ranks`.
    pub(crate) acr_minimum: String,
    /// Levels known, lowest first; a level not named here is refused.
    pub(crate) acr_ranks: Vec<String>,
    /// What the first sign-in of an unknown person does. Absent: `create` in development, refused otherwise.
    pub(crate) first_sign_in: Option<FirstSignInFile>,
    /// Profession codes admitted. Empty: all.
    pub(crate) professions: Vec<String>,
    /// Kinds of people admitted. Empty: all.
    pub(crate) people: Vec<PersonKindFile>,
    /// The provider's official picture for the button, SVG or PNG.
    pub(crate) button_image: Option<String>,
    /// "En savoir plus".
    pub(crate) about_url: Option<String>,
    /// The provider's own terms of use.
    pub(crate) terms_url: Option<String>,
    /// Time to connect, from "500 ms" to "10 s".
    pub(crate) connect_timeout: DurationText,
    /// Time of a whole call, from "1 s" to "30 s".
    pub(crate) timeout: DurationText,
    /// Accepted signature algorithms of ID tokens; never a symmetric one.
    pub(crate) algorithms: Vec<String>,
    /// Root certificates of one's own (PEM), instead of the system's.
    pub(crate) ca_file: Option<String>,
}

impl Default for IdentityProviderFile {
    fn default() -> Self {
        Self {
            issuer: None,
            discovery_url: None,
            client_id: None,
            client_secret: None,
            client_secret_file: None,
            client_secret_env: None,
            client_auth: ClientAuthFile::Basic,
            scopes: vec!["openid".to_owned(), "scope_all".to_owned()],
            acr_values: vec!["eidas1".to_owned()],
            acr_minimum: "eidas1".to_owned(),
            acr_ranks: ["eidas1", "eidas2", "eidas3"].map(str::to_owned).to_vec(),
            first_sign_in: None,
            professions: Vec::new(),
            people: Vec::new(),
            button_image: None,
            about_url: None,
            terms_url: None,
            connect_timeout: "3 s".into(),
            timeout: "5 s".into(),
            algorithms: vec!["RS256".to_owned()],
            ca_file: None,
        }
    }
}

/// How our secret travels to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClientAuthFile {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
}

/// What the first sign-in of an unknown person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FirstSignInFile {
    /// An account is made.
    Create,
    /// Only people with a linked account, or who link one now.
    KnownOnly,
}

/// What a provider's register says of how a person works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PersonKindFile {
    /// Exercises a profession somewhere.
    Practising,
    /// Has a profession, and no place of work.
    WithoutActivity,
    /// Is still learning it.
    Student,
    /// Holds a structure's card, without a profession of their own.
    StructureStaff,
}
