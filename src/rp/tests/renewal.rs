//! A grant renewed: what it brings, what ends it, and what changes nothing.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::provider::{ACCESS_TOKEN, Scene, now};
use crate::entropy::SystemEntropy;
use crate::rp::{Grant, RenewalError};

const LATER: SignedDuration = SignedDuration::from_mins(10);

/// A scene after a sign-in, whose clock goes on; what the provider signs next is of ten minutes later.
async fn signed_in() -> (Scene, Grant) {
    let scene = Scene::new();
    let grant = scene.sign_in().await.unwrap().grant;
    scene.bend(|provider| {
        for name in ["iat", "exp"] {
            provider.claims[name] = json!(provider.claims[name].as_i64().unwrap() + LATER.as_secs());
        }
    });
    (scene, grant)
}

async fn renewed(scene: &Scene, grant: &Grant) -> Result<Grant, RenewalError> {
    scene.party.renew(grant, &SystemEntropy, later()).await
}

fn later() -> Timestamp {
    now() + LATER
}

/// The provider's token endpoint gives these members instead of its own; null takes one away.
fn answers(scene: &Scene, members: Value) {
    let mut answer = json!({"access_token": "next", "token_type": "Bearer", "expires_in": 60});
    answer.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    answer.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    scene.reply("/token", 200, "application/json", answer.to_string());
}

#[tokio::test]
async fn a_grant_says_how_long_it_is_good_and_never_prints() {
    let (_, grant) = signed_in().await;
    let obtained = now() + SignedDuration::from_secs(5);
    assert_eq!((grant.obtained_at(), grant.access_token()), (obtained, ACCESS_TOKEN));
    assert_eq!(grant.access_expires_at(), obtained + SignedDuration::from_mins(2));
    assert!(grant.is_renewable() && !grant.is_over(obtained + SignedDuration::from_mins(29)));
    assert!(grant.is_over(obtained + SignedDuration::from_mins(30)));
    let printed = format!("{grant:?}");
    assert!(!printed.contains(ACCESS_TOKEN) && !printed.contains("ey"), "{printed}");
}

#[tokio::test]
async fn the_latest_refresh_token_is_sent_with_our_proof_and_what_comes_is_kept() {
    let (scene, grant) = signed_in().await;
    answers(&scene, json!({"refresh_token": "second", "refresh_expires_in": 600}));
    let renewed_once = renewed(&scene, &grant).await.unwrap();
    let call = scene.calls_to("/token").pop().unwrap();
    let sent: HashMap<_, _> = url::form_urlencoded::parse(call.body.as_bytes()).into_owned().collect();
    assert_eq!((sent["grant_type"].as_str(), sent["refresh_token"].as_str()), ("refresh_token", "r"));
    assert!(call.authorization.unwrap().starts_with("Basic "));
    assert_eq!(renewed_once.access_token(), "next");
    assert_eq!(renewed_once.id_token(), grant.id_token(), "no new ID token is owed");
    assert!(renewed_once.is_over(later() + SignedDuration::from_mins(10)));
    // One that does not rotate says nothing of it, and the one held stays good.
    answers(&scene, json!({"refresh_token": null}));
    let again = renewed(&scene, &renewed_once).await.unwrap();
    let sent = scene.calls_to("/token").pop().unwrap().body;
    assert!(sent.contains("refresh_token=second"), "{sent}");
    assert!(again.is_renewable() && again.is_over(later() + SignedDuration::from_mins(10)));
}

#[tokio::test]
async fn c22_a_new_id_token_must_be_of_the_same_person_issuer_and_party() {
    let (scene, grant) = signed_in().await;
    let fresh = renewed(&scene, &grant).await.unwrap();
    assert_ne!(fresh.id_token(), grant.id_token());
    for (name, value) in [
        ("sub", json!("another")),
        ("iss", json!("https://other.test")),
        ("aud", json!("other")),
        ("aud", json!(["portail-demo", "other"])),
        ("azp", json!("other")),
        ("nonce", json!("of another sign-in")),
        ("acr", json!("eidas0")),
        ("exp", json!(1_790_000_130)),
    ] {
        let (scene, grant) = signed_in().await;
        scene.bend(|provider| provider.claims[name] = value.clone());
        let outcome = renewed(&scene, &grant).await;
        assert!(matches!(outcome, Err(RenewalError::Over(Some(_)))), "{name} = {value}: {outcome:?}");
    }
    let (scene, grant) = signed_in().await;
    scene.bend(|provider| drop(provider.claims.as_object_mut().unwrap().remove("nonce")));
    assert!(renewed(&scene, &grant).await.is_ok(), "none is owed");
}

#[tokio::test]
async fn c22_a_refused_refresh_token_is_the_end_and_an_outage_is_not() {
    let (scene, grant) = signed_in().await;
    for (status, body, over) in [
        (400, json!({"error": "invalid_grant", "error_description": "Session not active"}), true),
        (400, json!({"error": "invalid_request"}), false),
        (401, json!({"error": "invalid_client"}), false),
        (500, json!({}), false),
        (200, json!({"access_token": "x", "token_type": "MAC"}), false),
        (200, json!({"access_token": "x".repeat(20_000), "token_type": "Bearer"}), false),
    ] {
        scene.reply("/token", status, "application/json", body.to_string());
        let outcome = renewed(&scene, &grant).await;
        assert_eq!(matches!(outcome, Err(RenewalError::Over(None))), over, "{status}: {outcome:?}");
        assert!(outcome.is_err());
    }
    let (scene, grant) = signed_in().await;
    scene.bend(|provider| provider.breaks = ("/token", 1));
    assert!(matches!(renewed(&scene, &grant).await, Err(RenewalError::Away(_))));
    assert_eq!(scene.calls_to("/token").len(), 2, "the code's and one: a refresh token is never sent twice");
}
