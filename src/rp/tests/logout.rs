//! Logout tokens: one that counts, and those that change nothing.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::provider::{Behaviour, ISSUER, Scene, Signer, now, rsa_public_der};
use crate::rp::{LoggedOut, LogoutError, Refusal};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "portail-demo", "iat": 1_790_000_010, "exp": 1_790_000_130, "jti": "one-time",
        "sub": "2f0c9a52", "sid": "6a1d4c1e", "events": {EVENT: {}},
    })
}

fn header() -> Value {
    json!({"alg": "RS256", "typ": "logout+jwt", "kid": "first"})
}

async fn judged(token: &str) -> Result<LoggedOut, LogoutError> {
    Scene::new().party.logged_out(token, now()).await
}

async fn of_claims(change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Result<LoggedOut, LogoutError> {
    let mut claims = claims();
    change(claims.as_object_mut().unwrap());
    judged(&Signer::Rsa.sign(&header().to_string(), &claims.to_string())).await
}

async fn of_header(header: Value, signer: Signer) -> Result<LoggedOut, LogoutError> {
    judged(&signer.sign(&header.to_string(), &claims().to_string())).await
}

#[tokio::test]
async fn a_logout_token_names_the_session_that_is_over() {
    let over = of_claims(|_| {}).await.unwrap();
    assert_eq!((over.session.as_deref(), over.subject.as_deref()), (Some("6a1d4c1e"), Some("2f0c9a52")));
    assert_eq!((over.id.as_str(), over.issued_at), ("one-time", now() - SignedDuration::from_secs(10)));
    assert!(of_claims(|claims| drop(claims.remove("sid"))).await.unwrap().session.is_none());
    assert!(of_claims(|claims| drop(claims.remove("sub"))).await.unwrap().subject.is_none());
    // Keycloak's own claim, and headers that say less.
    assert!(of_claims(|claims| drop(claims.insert("typ".into(), json!("Logout")))).await.is_ok());
    assert!(of_header(json!({"alg": "RS256", "kid": "first"}), Signer::Rsa).await.is_ok());
    assert!(of_header(json!({"alg": "RS256", "typ": "JWT", "kid": "first"}), Signer::Rsa).await.is_ok());
}

#[tokio::test]
async fn c23_a_logout_token_of_another_kind_issuer_party_or_time_is_refused() {
    for (name, value) in [
        ("iss", json!("https://other.test")),
        ("iss", json!(null)),
        ("aud", json!("other")),
        ("aud", json!(["portail-demo", "other"])),
        ("aud", json!(null)),
        ("nonce", json!("n")),
        ("events", json!(null)),
        ("events", json!({})),
        ("events", json!([EVENT])),
        ("events", json!({EVENT: "yes"})),
        ("events", json!({"http://schemas.openid.net/event/other": {}})),
        ("iat", json!(null)),
        ("iat", json!("1790000010")),
        ("iat", json!(1_790_000_200)),
        ("iat", json!(1_789_999_000)),
        ("jti", json!(null)),
        ("jti", json!("")),
        ("jti", json!("x".repeat(256))),
        ("exp", json!(null)),
        ("exp", json!(1_790_000_020)),
        ("typ", json!("ID")),
        ("sid", json!(7)),
        ("sub", json!("")),
    ] {
        let outcome = of_claims(|claims| {
            if value.is_null() {
                drop(claims.remove(name))
            } else {
                drop(claims.insert(name.to_owned(), value.clone()))
            }
        });
        let outcome = outcome.await;
        assert!(matches!(outcome, Err(LogoutError::Refused(_))), "{name} = {value}: {outcome:?}");
    }
    let nobody = of_claims(|claims| claims.retain(|name, _| name != "sub" && name != "sid")).await;
    assert!(matches!(nobody, Err(LogoutError::Refused(Refusal::Subject))), "{nobody:?}");
}

#[tokio::test]
async fn c23_a_logout_token_of_another_key_or_type_is_refused() {
    for (header, signer) in [
        (json!({"alg": "none", "typ": "logout+jwt"}), Signer::Nothing),
        (json!({"alg": "HS256", "typ": "logout+jwt", "kid": "first"}), Signer::Hmac(rsa_public_der())),
        (json!({"alg": "RS256", "typ": "logout+jwt", "kid": "first"}), Signer::Bytes(vec![7; 256])),
        (json!({"alg": "RS256", "typ": "logout+jwt", "kid": "unknown"}), Signer::Rsa),
        (json!({"alg": "RS256", "typ": "at+jwt", "kid": "first"}), Signer::Rsa),
        (json!({"alg": "RS256", "typ": 7, "kid": "first"}), Signer::Rsa),
        (json!({"alg": "RS256", "typ": "logout+jwt", "kid": "first", "crit": ["b64"]}), Signer::Rsa),
    ] {
        let outcome = of_header(header.clone(), signer).await;
        assert!(matches!(outcome, Err(LogoutError::Refused(_))), "{header}: {outcome:?}");
    }
    // An ID token of the same provider, and what is no token at all.
    let scene = Scene::new();
    let id_token = scene.sign_in().await.unwrap().grant.id_token().to_owned();
    for text in [id_token.as_str(), "", ".", "..", "a.b.c", &"a".repeat(70_000)] {
        assert!(matches!(scene.party.logged_out(text, now()).await, Err(LogoutError::Refused(_))), "{text}");
    }
}

#[tokio::test]
async fn t05_logout_tokens_of_unknown_keys_make_one_fetch_and_a_silent_provider_is_no_verdict() {
    let scene = Scene::new();
    for _ in 0..50 {
        let header = json!({"alg": "RS256", "kid": "unknown", "typ": "logout+jwt"});
        let token = Signer::Rsa.sign(&header.to_string(), &claims().to_string());
        assert!(scene.party.logged_out(&token, now()).await.is_err());
    }
    assert_eq!(scene.calls_to("/certs").len(), 2);
    let scene = Scene::new();
    scene.bend(|provider: &mut Behaviour| provider.down = true);
    let token = Signer::Rsa.sign(&header().to_string(), &claims().to_string());
    assert!(matches!(scene.party.logged_out(&token, now()).await, Err(LogoutError::Unavailable(_))));
}
