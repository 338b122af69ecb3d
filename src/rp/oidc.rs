//! What any other provider says of a person: the standard claims of OpenID Connect Core 5.1, and a national identifier only where
//! the configuration names the claim. Pure.

use crate::identity::NationalId;

use super::id_token::{Believed, Refusal};
use super::json::Object;
use super::leaf::{email, national_id, text};
use super::proven::{Identifier, ProvenClaims, ProvenIdentity};

/// Joins a believed ID token and its userinfo, which wins where both speak. Without a claim for it no national identifier is read,
/// whatever the provider says, and no RPPS with it.
pub(super) fn prove(
    identity_provider: &str,
    issuer: &str,
    national_identifier_claim: Option<&str>,
    believed: Believed,
    userinfo: &Object,
) -> Result<ProvenIdentity, Refusal> {
    let token = &believed.claims;
    let identifier = match national_identifier_claim {
        Some(claim) => Identifier::National(national_id(token, userinfo, &[claim])?),
        None => Identifier::Subject(format!("{issuer}#{}", believed.subject)),
    };
    let either = |name: &str| text(userinfo, name).or_else(|| text(token, name));
    let (email, email_verified) = email(userinfo).or_else(|| email(token)).unzip();
    Ok(ProvenIdentity::of(ProvenClaims {
        identity_provider: identity_provider.to_owned(),
        issuer: issuer.to_owned(),
        rpps: identifier.national().and_then(NationalId::rpps),
        identifier,
        other_ids: Vec::new(),
        family_name: either("family_name"),
        given_name: either("given_name"),
        civility: None,
        email,
        email_verified: email_verified.unwrap_or(false),
        professions: Vec::new(),
        places: Vec::new(),
        subject: believed.subject,
        acr: believed.acr,
        amr: believed.amr,
        auth_time: believed.authenticated_at,
        provider_session: believed.provider_session,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn proven(claim: Option<&str>, subject: &str, userinfo: &Value) -> Result<ProvenIdentity, Refusal> {
        let believed = Believed {
            subject: subject.to_owned(),
            acr: "1".to_owned(),
            amr: Vec::new(),
            authenticated_at: None,
            provider_session: None,
            claims: Object::new(),
        };
        prove("hospital", "https://op.test", claim, believed, userinfo.as_object().unwrap())
    }

    #[test]
    fn a_sub_is_the_issuers_own_and_keeps_its_case() {
        let says = json!({"sub": "Ab1", "SubjectNameID": "899700999909", "rpps": "99700999909"});
        let person = proven(None, "Ab1", &says).unwrap();
        assert_eq!(person.identifier.as_str(), "https://op.test#Ab1");
        assert!(
            person.rpps.is_none() && person.identifier.national().is_none(),
            "nothing says that claim is to be believed"
        );
        assert_ne!(person.identifier, proven(None, "aB1", &says).unwrap().identifier);
        // Somebody whose `sub` is written like a professional's identifier is not that professional.
        let national = proven(Some("rpps"), "x", &says).unwrap();
        assert_eq!(national.identifier.as_str(), "899700999909");
        assert_ne!(proven(None, "899700999909", &says).unwrap().identifier, national.identifier);
    }

    #[test]
    fn a_claim_that_is_configured_and_missing_refuses_the_person() {
        for says in [json!({}), json!({"rpps": ""}), json!({"rpps": null}), json!({"rpps": 7}), json!({"rpps": "a b"})]
        {
            assert_eq!(proven(Some("rpps"), "x", &says).unwrap_err(), Refusal::NationalId, "{says}");
        }
    }

    #[test]
    fn standard_claims_are_read_and_absent_ones_are_absent() {
        let says = json!({"given_name": "Ada", "family_name": " ", "email": "ada@op.test", "email_verified": "true"});
        let person = proven(None, "x", &says).unwrap();
        assert_eq!((person.given_name.as_deref(), person.family_name.as_deref()), (Some("Ada"), None));
        assert_eq!(person.email.as_ref().unwrap().as_str(), "ada@op.test");
        assert!(!person.email_verified && person.professions.is_empty() && person.places.is_empty());
    }
}
