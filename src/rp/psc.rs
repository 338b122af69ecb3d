//! What Pro Santé Connect says of a person, read leniently: every leaf may be missing or empty, unknown names are ignored,
//! sizes are bounded. Only the national identifier is required, and only this room makes a [`ProvenIdentity`].

mod leaf;
mod place;
mod profession;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Deref;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::Secret;
use crate::identity::{Email, NationalId, Rpps};

use super::id_token::{Believed, Refusal};
use super::json::Object;
use leaf::{code, text};

pub use place::Place;
pub use profession::ProvenProfession;

/// Most exercises read.
const MOST_EXERCISES: usize = 64;
/// Most places of work read, over all exercises.
const MOST_ACTIVITIES: usize = 256;
/// Most other identifiers read.
const MOST_OTHER_IDS: usize = 32;

/// The outcome of a sign-in at the provider.
#[derive(Debug)]
pub struct Proven {
    /// Who it is.
    pub identity: ProvenIdentity,
    /// The ID token, for sign-out at the provider only.
    pub id_token: Secret,
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

#[cfg(test)]
impl ProvenIdentity {
    /// For tests of other rooms.
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
    /// The national identifier: the key of links.
    pub national_id: NationalId,
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
    /// Level as received; at or above the configured minimum.
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

/// Joins a believed ID token and its userinfo, which wins where both speak.
pub(super) fn prove(
    identity_provider: &str,
    issuer: &str,
    believed: Believed,
    userinfo: &Object,
) -> Result<ProvenIdentity, Refusal> {
    let token = &believed.claims;
    let national_id = national_id(token, userinfo)?;
    let either = |name: &str| text(userinfo, name).or_else(|| text(token, name));
    let professional = object(userinfo, "SubjectRefPro").or_else(|| object(token, "SubjectRefPro"));
    let other_ids = other_ids(&[Some(userinfo), professional, Some(token)]);
    let (email, email_verified) = email(userinfo).or_else(|| email(token)).unzip();
    let exercises = professional.map(exercises).unwrap_or_default();
    let roles = if userinfo.contains_key("SubjectRole") { userinfo } else { token };
    let civility = either("codeCivilite").or_else(|| text(professional?, "codeCivilite"));
    Ok(ProvenIdentity(ProvenClaims {
        identity_provider: identity_provider.to_owned(),
        issuer: issuer.to_owned(),
        rpps: national_id.rpps().or_else(|| other_rpps(&other_ids)),
        national_id,
        other_ids,
        family_name: either("family_name"),
        given_name: either("given_name"),
        civility: civility.and_then(|code| title(&code)),
        email,
        email_verified: email_verified.unwrap_or(false),
        professions: profession::all(&exercises, roles),
        places: place::all(&exercises, either("SubjectOrganization"), MOST_ACTIVITIES),
        subject: believed.subject,
        acr: believed.acr,
        amr: believed.amr,
        auth_time: believed.authenticated_at,
        provider_session: believed.provider_session,
    }))
}

/// `SubjectNameID`, else `preferred_username`. Two documents that name two people are refused.
fn national_id(token: &Object, userinfo: &Object) -> Result<NationalId, Refusal> {
    let named = |claims: &Object| -> Result<Option<NationalId>, Refusal> {
        for name in ["SubjectNameID", "preferred_username"] {
            match claims.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::String(received)) if received.trim().is_empty() => {}
                Some(Value::String(received)) => {
                    return NationalId::parse(received).map(Some).map_err(|_| Refusal::NationalId);
                }
                Some(_) => return Err(Refusal::NationalId),
            }
        }
        Ok(None)
    };
    match (named(userinfo)?, named(token)?) {
        (Some(left), Some(right)) if left != right => Err(Refusal::NationalIdDiffers),
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Err(Refusal::NationalId),
    }
}

/// Address and proof come from the same document, or the proof of one would vouch for the other.
fn email(claims: &Object) -> Option<(Email, bool)> {
    let email = Email::parse(&text(claims, "email")?).ok()?;
    Some((email, claims.get("email_verified") == Some(&Value::Bool(true))))
}

/// `otherIds`, or `otherIDs` in one model, at the top or inside `SubjectRefPro`.
fn other_ids(places: &[Option<&Object>]) -> Vec<OtherId> {
    let mut found: Vec<OtherId> = Vec::new();
    for claims in places.iter().copied().flatten() {
        for entry in ["otherIds", "otherIDs"].iter().flat_map(|name| array(claims, name)).take(MOST_OTHER_IDS) {
            let Some(entry) = entry.as_object() else { continue };
            let value = text(entry, "identifiant").and_then(|received| NationalId::parse(&received).ok());
            let (Some(origin), Some(value)) = (code(entry, "origine"), value) else { continue };
            let other = OtherId { origin, value };
            if !found.contains(&other) && found.len() < MOST_OTHER_IDS {
                found.push(other);
            }
        }
    }
    found
}

/// An RPPS among the other identifiers, if they agree on one.
fn other_rpps(other_ids: &[OtherId]) -> Option<Rpps> {
    let mut numbers = other_ids.iter().filter(|other| other.origin == "RPPS").filter_map(|other| other.value.rpps());
    let first = numbers.next()?;
    numbers.all(|other| other == first).then_some(first)
}

fn exercises(professional: &Object) -> Vec<&Object> {
    array(professional, "exercices").filter_map(Value::as_object).take(MOST_EXERCISES).collect()
}

fn title(code: &str) -> Option<String> {
    match code {
        "M" | "MR" => Some("M".to_owned()),
        "MME" | "MLLE" => Some("MME".to_owned()),
        _ => None,
    }
}

fn object<'a>(claims: &'a Object, name: &str) -> Option<&'a Object> {
    claims.get(name)?.as_object()
}

fn array<'a>(claims: &'a Object, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    claims.get(name).and_then(Value::as_array).into_iter().flatten()
}
