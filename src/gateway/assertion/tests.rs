//! The claims as an upstream reads them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::*;
use crate::config::settings::SigningAlgorithm;
use crate::entropy::SystemEntropy;
use crate::gateway::policy::tests::{facts, visitor};
use crate::keys::{HeldKey, KeyRecord, SigningKey};
use crate::session::Facts;

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn assertions(max_bytes: usize) -> Assertions {
    let (key, _) = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
    let record = KeyRecord {
        id: key.public().kid.clone(),
        purpose: Purpose::Assertion,
        algorithm: SigningAlgorithm::Es256,
        created_at: now(),
        signs_from: now(),
        retired_at: None,
    };
    let held = HeldKey { record, public: key.public().clone(), key: Some(Arc::new(key)) };
    let settings = AssertionSettings {
        algorithm: SigningAlgorithm::Es256,
        lifetime: Duration::from_secs(60),
        reuse: Duration::from_secs(30),
        max_bytes,
    };
    let ring = Arc::new(KeyRing::new(vec![held], SignedDuration::from_mins(1), now()));
    Assertions::new(ring, Arc::new(SystemEntropy), "https://portail.example".to_owned(), &settings)
}

fn part(token: &[u8], place: usize) -> Value {
    let part = std::str::from_utf8(token).unwrap().split('.').nth(place).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn the_claims_are_those_of_the_decisions_and_absent_is_absent() {
    let token = assertions(8_192).of(&visitor(facts()), &"https://app.example".into(), now()).unwrap();
    assert_eq!(part(token.as_bytes(), 0)["typ"], TYP);
    assert_eq!(part(token.as_bytes(), 0)["alg"], "ES256");
    let mut claims = part(token.as_bytes(), 1);
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(jti.as_str().unwrap().len(), 22);
    let expected = serde_json::json!({
        "iss": "https://portail.example",
        "aud": "https://app.example",
        "sub": "00000000-0000-0000-0000-000000000000",
        "iat": 1_800_000_000,
        "exp": 1_800_000_060,
        "sid": "sid-1",
        "auth_time": 1_800_000_000,
        "acr": "urn:guichet:acr:email",
        "amr": ["pwd", "otp"],
        "identity_provider": "local",
        "activation": "active",
        "name": "Zoë Martin",
        "email": "zoe@exemple.fr",
        "email_verified": true,
        "professions": [{"code": "60", "system": "1.2.250.1.71.1.2.7", "label": "Infirmier"}],
    });
    assert_eq!(claims, expected);
}

#[test]
fn unverified_contacts_and_empty_texts_leave_no_claim() {
    let mut bare = facts();
    bare.email_verified = false;
    bare.claims.phone_number = Some("+33600000000".to_owned());
    bare.claims.rpps = Some(String::new());
    bare.claims.declared = Some(Box::default());
    let token = assertions(8_192).of(&visitor(bare), &"urn:a".into(), now()).unwrap();
    for claim in
        ["email", "email_verified", "phone_number", "phone_number_verified", "rpps", "declared", "organisation"]
    {
        assert!(part(token.as_bytes(), 1).get(claim).is_none(), "{claim}");
    }
}

#[test]
fn i15_an_assertion_is_reused_for_half_its_life_and_for_its_audience_only() {
    let (assertions, visitor) = (assertions(8_192), visitor(facts()));
    let first = assertions.of(&visitor, &"urn:a".into(), now()).unwrap();
    assert_eq!(assertions.of(&visitor, &"urn:a".into(), now() + SignedDuration::from_secs(29)).unwrap(), first);
    assert_ne!(assertions.of(&visitor, &"urn:b".into(), now()).unwrap(), first);
    assert_ne!(assertions.of(&visitor, &"urn:a".into(), now() + SignedDuration::from_secs(30)).unwrap(), first);
}

#[test]
fn i08_what_is_too_long_is_refused_and_never_trimmed() {
    let with = |change: fn(&mut Facts)| {
        let mut facts = facts();
        change(&mut facts);
        assertions(65_536).of(&visitor(facts), &"urn:a".into(), now())
    };
    assert_eq!(with(|facts| facts.claims.name = Some("x".repeat(65_536))).unwrap_err(), Unsigned::TooLong("name"));
    assert_eq!(with(|facts| facts.claims.rpps = Some("\u{1}".repeat(10))).unwrap_err(), Unsigned::TooLong("rpps"));
    let many = |facts: &mut Facts| {
        let one = facts.claims.professions[0].clone();
        facts.claims.professions = vec![one; 5_000];
    };
    assert_eq!(with(many).unwrap_err(), Unsigned::TooLong("professions"));
    assert_eq!(assertions(100).of(&visitor(facts()), &"urn:a".into(), now()).unwrap_err(), Unsigned::TooLarge);
}

#[test]
fn the_largest_size_is_that_of_the_longest_claims() {
    let largest = largest("https://portail.example", "https://app.example").unwrap();
    assert!((3_000..8_192).contains(&largest), "{largest}");
    let mut full = facts();
    full.claims.name = Some("x".repeat(super::caps::NAME));
    assert!(assertions(65_536).of(&visitor(full), &"https://app.example".into(), now()).unwrap().len() < largest);
}

#[test]
fn i04_i06_i07_plain_headers_are_encoded_or_absent() {
    let mut someone = facts();
    someone.claims.name = Some("Zoë, \"admin\";\r\nX: y 🩺".to_owned());
    let someone = visitor(someone);
    let name = plain(&someone, PlainClaim::Name).unwrap();
    assert_eq!(name, "Zo%C3%AB%2C%20%22admin%22%3B%0D%0AX:%20y%20%F0%9F%A9%BA");
    assert_eq!(plain(&someone, PlainClaim::Email).unwrap(), "zoe@exemple.fr");
    assert_eq!(plain(&someone, PlainClaim::Rpps), None);
    assert_eq!(plain(&someone, PlainClaim::LegacyId), None);
}

#[test]
fn without_a_key_nothing_is_signed() {
    let ring = Arc::new(KeyRing::new(Vec::new(), SignedDuration::from_mins(1), now()));
    let settings = AssertionSettings {
        algorithm: SigningAlgorithm::Es256,
        lifetime: Duration::from_secs(60),
        reuse: Duration::from_secs(30),
        max_bytes: 8_192,
    };
    let assertions = Assertions::new(ring, Arc::new(SystemEntropy), "https://a".to_owned(), &settings);
    assert_eq!(assertions.of(&visitor(facts()), &"urn:a".into(), now()).unwrap_err(), Unsigned::NoKey);
}

#[test]
fn while_new_terms_wait_the_person_passes_as_not_activated() {
    let waiting = Facts { terms_current: false, ..facts() };
    let token = assertions(8_192).of(&visitor(waiting), &"https://app.example".into(), now()).unwrap();
    assert_eq!(part(token.as_bytes(), 1)["activation"], "activating");
}
