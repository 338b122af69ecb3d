//! What Pro Santé Connect says of a person, read leniently: every leaf may be missing or empty, unknown names are ignored,
//! sizes are bounded. Only the national identifier is required.

mod place;
mod profession;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::identity::{NationalId, Rpps};

use super::id_token::{Believed, Refusal};
use super::json::Object;
use super::leaf::{code, email, national_id, text};
use super::proven::{Identifier, OtherId, ProvenClaims, ProvenIdentity};

pub use place::Place;
pub use profession::ProvenProfession;

/// Most exercises read.
const MOST_EXERCISES: usize = 64;
/// Most places of work read, over all exercises.
const MOST_ACTIVITIES: usize = 256;
/// Most other identifiers read.
const MOST_OTHER_IDS: usize = 32;

/// Joins a believed ID token and its userinfo, which wins where both speak.
pub(super) fn prove(
    identity_provider: &str,
    issuer: &str,
    believed: Believed,
    userinfo: &Object,
) -> Result<ProvenIdentity, Refusal> {
    let token = &believed.claims;
    let national_id = national_id(token, userinfo, &["SubjectNameID", "preferred_username"])?;
    let either = |name: &str| text(userinfo, name).or_else(|| text(token, name));
    let professional = object(userinfo, "SubjectRefPro").or_else(|| object(token, "SubjectRefPro"));
    let other_ids = other_ids(&[Some(userinfo), professional, Some(token)]);
    let (email, email_verified) = email(userinfo).or_else(|| email(token)).unzip();
    let exercises = professional.map(exercises).unwrap_or_default();
    let roles = if userinfo.contains_key("SubjectRole") { userinfo } else { token };
    let civility = either("codeCivilite").or_else(|| text(professional?, "codeCivilite"));
    Ok(ProvenIdentity::of(ProvenClaims {
        identity_provider: identity_provider.to_owned(),
        issuer: issuer.to_owned(),
        rpps: national_id.rpps().or_else(|| other_rpps(&other_ids)),
        identifier: Identifier::National(national_id),
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
