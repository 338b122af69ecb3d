//! `[identity_provider.NAME]`: an OpenID provider we rely on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ciba::CibaFile;
use super::texts::{DurationText, SecretText};

/// An identity provider.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IdentityProviderFile {
    /// What the provider says of people. Absent: `psc` under the name "psc", `oidc` under any other.
    pub(crate) kind: Option<KindFile>,
    /// Addresses of Pro Santé Connect; each key below still replaces its part.
    pub(crate) environment: Option<EnvironmentFile>,
    /// What the button and the sentences call it. Required of kind "oidc".
    pub(crate) label: Option<String>,
    /// Issuer, compared byte for byte. Required without `environment`.
    pub(crate) issuer: Option<String>,
    /// Discovery document. Absent: the usual place under the issuer, for Pro Santé Connect its own.
    pub(crate) discovery_url: Option<String>,
    /// Our client id there. Required.
    pub(crate) client_id: Option<String>,
    /// Our secret there, in development only; prefer `client_secret_file` or `client_secret_env`.
    pub(crate) client_secret: Option<SecretText>,
    /// File that holds the secret.
    pub(crate) client_secret_file: Option<String>,
    /// Environment variable that holds the secret.
    pub(crate) client_secret_env: Option<String>,
    /// How we prove who we are.
    pub(crate) client_auth: ClientAuthFile,
    /// Private key of `private_key_jwt` (PEM).
    pub(crate) client_key_file: Option<String>,
    /// `kid` under which the provider knows that key. Absent: none is sent.
    pub(crate) client_key_id: Option<String>,
    /// Certificate shown on every call to the provider (PEM).
    pub(crate) client_certificate_file: Option<String>,
    /// Its private key (PEM).
    pub(crate) client_certificate_key_file: Option<String>,
    /// Claim that holds the national identifier, for kind "oidc". Absent: people are known by the provider's `sub`.
    pub(crate) national_identifier_claim: Option<String>,
    /// Scopes asked. Absent: those of the kind.
    pub(crate) scopes: Option<Vec<String>>,
    /// Levels asked (`acr_values`). Absent: those of the kind.
    pub(crate) acr_values: Option<Vec<String>>,
    /// Lowest level accepted; one of `acr_ranks`. Absent: the first of them.
    pub(crate) acr_minimum: Option<String>,
    /// Levels known, lowest first; a level not named here is refused. Absent: those of the kind.
    pub(crate) acr_ranks: Option<Vec<String>>,
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
    /// Longest session at the provider, from "5 min" to "24 h": ours end with it. Absent: that of the kind.
    pub(crate) session_max: Option<DurationText>,
    /// Longest silence of a session at the provider, from "1 min" to "24 h": `session.idle` may not be longer. Absent: that of the kind.
    pub(crate) session_idle: Option<DurationText>,
    /// Time to connect, from "500 ms" to "10 s".
    pub(crate) connect_timeout: DurationText,
    /// Time of a whole call, from "1 s" to "30 s".
    pub(crate) timeout: DurationText,
    /// Whether a callback may leave out who sends it (`iss`) though the provider promises to say it.
    pub(crate) callback_issuer: CallbackIssuerFile,
    /// Accepted signature algorithms of ID tokens; never a symmetric one.
    pub(crate) algorithms: Vec<String>,
    /// Authorities that sign the provider's certificates (PEM), instead of the system's.
    pub(crate) ca_file: Option<String>,
    /// Signing in without leaving the page.
    pub(crate) ciba: CibaFile,
}

impl Default for IdentityProviderFile {
    fn default() -> Self {
        Self {
            kind: None,
            environment: None,
            label: None,
            issuer: None,
            discovery_url: None,
            client_id: None,
            client_secret: None,
            client_secret_file: None,
            client_secret_env: None,
            client_auth: ClientAuthFile::Basic,
            client_key_file: None,
            client_key_id: None,
            client_certificate_file: None,
            client_certificate_key_file: None,
            national_identifier_claim: None,
            scopes: None,
            acr_values: None,
            acr_minimum: None,
            acr_ranks: None,
            first_sign_in: None,
            professions: Vec::new(),
            people: Vec::new(),
            button_image: None,
            about_url: None,
            terms_url: None,
            session_max: None,
            session_idle: None,
            connect_timeout: "3 s".into(),
            timeout: "5 s".into(),
            callback_issuer: CallbackIssuerFile::Promised,
            algorithms: vec!["RS256".to_owned()],
            ca_file: None,
            ciba: CibaFile::default(),
        }
    }
}

/// What a provider says of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KindFile {
    /// Pro Santé Connect.
    Psc,
    /// OpenID Connect's own claims.
    Oidc,
}

/// An environment of Pro Santé Connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EnvironmentFile {
    /// Real people.
    Production,
    /// "Bac à sable": made-up identities.
    Sandbox,
}

/// How we prove to the token endpoint who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientAuthFile {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
    /// A short JWT signed with our own key (RFC 7523).
    PrivateKeyJwt,
    /// The certificate of the connection (RFC 8705).
    Tls,
}

/// When a callback must say who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CallbackIssuerFile {
    /// Where discovery promises it.
    Promised,
    /// Never; it is compared where it is said.
    Optional,
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
