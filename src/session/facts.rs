//! What the hot path is told of an account: where it stands, what is proven of it, what its assertions say.

use serde::Serialize;

/// What the directory says of an account, as read at one version.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The account's version.
    pub account_version: i64,
    /// The account's epoch: sessions opened under a lower one are over (decision 35).
    pub epoch: i64,
    /// The session that raised it to this by its own act, and lives on.
    pub spared: Option<String>,
    /// Where the account stands.
    pub standing: Standing,
    /// The version of the terms in force was accepted; until then the session passes as not activated (screens 6.2).
    pub terms_current: bool,
    /// A verified e-mail.
    pub email_verified: bool,
    /// A verified phone.
    pub phone_verified: bool,
    /// Proven or imported professions, for policies, each as its code and as `code^OID`; what was typed never stands here.
    pub professions: Vec<String>,
    /// Identity providers the account is linked to: what the person can confirm who they are with.
    pub identity_providers: Vec<String>,
    /// What an assertion says.
    pub claims: Claims,
}

/// Where an account stands, for policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Signed in; steps are pending.
    Activating,
    /// Every step done or skipped.
    Active,
    /// Closed by the help desk.
    Disabled,
    /// The person froze the activation.
    Frozen,
}

/// The part of an assertion that comes from the account (decision 27). Absent is absent: `None` or empty leaves no claim.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Verified e-mail; the gateway adds `email_verified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Verified phone, E.164; the gateway adds `phone_number_verified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Identifier in the former system, from import only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legacy_id: Option<String>,
    /// RPPS whose source is `psc` or `import`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpps: Option<String>,
    /// Professions given by an identity provider or import.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub professions: Vec<ProfessionClaim>,
    /// Place of work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Box<OrganisationClaim>>,
    /// What the person typed; policies never read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<Box<DeclaredClaim>>,
}

impl Claims {
    /// How a sentence names the person's profession: the first that has a label.
    #[must_use]
    pub fn profession_label(&self) -> Option<String> {
        self.professions.iter().map(|profession| &profession.label).find(|label| !label.is_empty()).cloned()
    }
}

/// One profession.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProfessionClaim {
    /// Code (`60`).
    pub code: String,
    /// Code system (OID).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// Label.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
}

/// A place of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrganisationClaim {
    /// Raison sociale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// SIRET.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub siret: Option<String>,
    /// FINESS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finess: Option<String>,
    /// `psc`, `import` or `declared`.
    pub source: String,
}

/// What the person typed and nobody checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeclaredClaim {
    /// RPPS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpps: Option<String>,
    /// Profession code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profession: Option<String>,
}
