//! What a browser may bring back.

use jiff::SignedDuration;
use serde_json::json;

use super::provider::{ISSUER, Scene, now, refusal, settings};
use crate::config::settings::{CallbackIssuer, IdentityProvider};
use crate::entropy::SystemEntropy;
use crate::rp::{CallbackError, CallbackParams, Fault, Outage, Refusal};

const STATE: &str = "sssssssssssssssssssssssssssssssssssssssssss";

fn parses(query: &str) -> bool {
    match CallbackParams::parse(query) {
        Ok(_) => true,
        Err(CallbackError::Malformed) => false,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn c01_missing_empty_or_repeated_parameters_are_malformed() {
    assert!(parses(&format!("code=a&state={STATE}")));
    assert!(parses(&format!("session_state=x&session_state=y&code=a&state={STATE}&iss={ISSUER}")));
    assert!(parses(&format!("error=access_denied&error_description=%3Cscript%3E&state={STATE}")));
    for query in [
        "".to_owned(),
        "&".to_owned(),
        "code=a".to_owned(),
        format!("state={STATE}"),
        format!("code=&state={STATE}"),
        "code=a&state=".to_owned(),
        "code=a&state=short".to_owned(),
        format!("code=a&code=b&state={STATE}"),
        format!("code=a&state={STATE}&state={STATE}"),
        format!("code=a&c%6Fde=b&state={STATE}"),
        format!("code=a&state={STATE}&iss=x&iss=x"),
        format!("error=a&error=a&state={STATE}"),
        format!("error=a&code=b&state={STATE}"),
        format!("error=&state={STATE}"),
        format!("code=a&iss=&state={STATE}"),
        format!("code=a%00&state={STATE}"),
        format!("code=a%0d%0ab&state={STATE}"),
        format!("code=%ff&state={STATE}"),
        format!("code={}&state={STATE}", "a".repeat(2049)),
        format!("error={}&state={STATE}", "a".repeat(65)),
        format!("code=a&state={STATE}&pad={}", "a".repeat(9000)),
    ] {
        assert!(!parses(&query), "{query}");
    }
}

#[test]
fn c05_tokens_on_the_callback_are_malformed() {
    for name in ["access_token", "id_token", "refresh_token", "response"] {
        assert!(!parses(&format!("code=a&state={STATE}&{name}=x")));
        assert!(!parses(&format!("{name}=x&state={STATE}")));
    }
}

#[tokio::test]
async fn c02_another_state_changes_nothing_and_gives_the_sign_in_back() {
    let scene = Scene::new();
    let pending = scene.begin().await;
    let other = scene.begin().await;
    let params = CallbackParams::parse(&format!("code=a&state={}", other.state())).unwrap();
    let Err(CallbackError::StateMismatch(pending)) = scene.party.finish(params, pending, &SystemEntropy, now()).await
    else {
        panic!("another sign-in's state passed");
    };
    assert!(scene.calls_to("/token").is_empty());
    scene.bend(|provider| provider.claims["nonce"] = json!(pending.nonce));
    assert!(scene.come_back(*pending).await.is_ok());
}

#[tokio::test]
async fn c02_a_sign_in_of_fifteen_minutes_ago_has_expired() {
    let scene = Scene::new();
    for (age, expired) in [(899, false), (900, true), (86_400, true), (-30, false), (-61, true)] {
        let pending = scene.begin().await;
        let params = CallbackParams::parse(&format!("error=access_denied&state={}", pending.state())).unwrap();
        let outcome = scene
            .party
            .finish(params, pending, &SystemEntropy, now() + SignedDuration::from_secs(age))
            .await
            .unwrap_err();
        assert_eq!(matches!(outcome, CallbackError::Expired), expired, "{age} s");
    }
}

#[tokio::test]
async fn c03_a_code_used_twice_asks_to_begin_again() {
    let scene = Scene::new();
    scene.reply("/token", 400, "application/json", r#"{"error":"invalid_grant","error_description":"Code not valid"}"#);
    assert!(matches!(scene.sign_in().await, Err(CallbackError::Restart)));
    assert_eq!(scene.calls_to("/token").len(), 1);
}

#[tokio::test]
async fn c04_errors_of_the_provider_are_named_and_their_text_dropped() {
    let outcome = |query: &'static str| async move {
        let scene = Scene::new();
        let pending = scene.begin().await;
        let error = scene.come_back_with(query, pending).await.unwrap_err();
        assert!(scene.calls_to("/token").is_empty(), "{query}");
        assert!(!format!("{error} {error:?}").contains("script"));
        error
    };
    let text = "error=access_denied&error_description=%3Cscript%3Ealert(1)%3C/script%3E";
    assert!(matches!(outcome(text).await, CallbackError::Cancelled));
    for query in [
        "error=login_required",
        "error=interaction_required",
        "error=temporarily_unavailable&error_description=authentication_expired",
    ] {
        assert!(matches!(outcome(query).await, CallbackError::Restart), "{query}");
    }
    for query in ["error=temporarily_unavailable", "error=server_error", "error=%3Cscript%3E"] {
        assert!(matches!(outcome(query).await, CallbackError::Unavailable(Outage::Reported)), "{query}");
    }
    for (query, fault) in [
        ("error=invalid_request", Fault::InvalidRequest),
        ("error=invalid_scope", Fault::InvalidScope),
        ("error=unauthorized_client", Fault::UnauthorizedClient),
        ("error=unsupported_response_type", Fault::UnsupportedResponseType),
    ] {
        let error = outcome(query).await;
        assert!(matches!(error, CallbackError::Misconfigured(named) if named == fault), "{query}");
    }
}

#[tokio::test]
async fn c06_the_issuer_of_the_callback_is_compared_and_required_when_promised() {
    let scene = Scene::new();
    let own = format!("code=a&iss={ISSUER}");
    for query in ["code=a&iss=https://evil.test", "code=a&iss=https://AUTH.psc.test/auth/realms/esante-wallet"] {
        let pending = scene.begin().await;
        assert_eq!(refusal(scene.come_back_with(query, pending).await), Refusal::CallbackIssuer);
    }
    let pending = scene.begin().await;
    assert_eq!(refusal(scene.come_back_with(&format!("{own}/"), pending).await), Refusal::CallbackIssuer);
    let pending = scene.begin().await;
    assert!(scene.come_back_with(&own, pending).await.is_ok());

    let scene = Scene::new();
    scene.bend(|provider| provider.discovery["authorization_response_iss_parameter_supported"] = json!(true));
    let pending = scene.begin().await;
    assert_eq!(refusal(scene.come_back(pending).await), Refusal::CallbackIssuer);
    let pending = scene.begin().await;
    assert!(scene.come_back_with(&own, pending).await.is_ok());
    assert_eq!(scene.calls_to("/token").len(), 1);

    // The gateway restarted while the person was away: the promise holds all the same.
    let restarted = Scene::new();
    restarted.bend(|provider| provider.discovery["authorization_response_iss_parameter_supported"] = json!(true));
    let pending = scene.begin().await;
    assert_eq!(refusal(restarted.come_back(pending).await), Refusal::CallbackIssuer);
}

#[tokio::test]
async fn c06_an_issuer_that_may_be_left_out_is_still_compared_when_it_is_said() {
    let settings = || IdentityProvider { callback_issuer: CallbackIssuer::Optional, ..settings() };
    let scene = Scene::with(settings());
    scene.bend(|provider| provider.discovery["authorization_response_iss_parameter_supported"] = json!(true));
    let pending = scene.begin().await;
    assert!(scene.come_back(pending).await.is_ok());
    let pending = scene.begin().await;
    assert!(scene.come_back_with(&format!("code=a&iss={ISSUER}"), pending).await.is_ok());
    let pending = scene.begin().await;
    assert_eq!(refusal(scene.come_back_with("code=a&iss=https://evil.test", pending).await), Refusal::CallbackIssuer);
}

#[tokio::test]
async fn c07_a_sign_in_begun_at_another_provider_reaches_neither() {
    let (scene, mut other) = (Scene::new(), settings());
    other.name = "other".into();
    let other = Scene::with(other);
    let pending = other.begin().await;
    assert_eq!(pending.identity_provider(), "other");
    let params = CallbackParams::parse(&format!("code=a&state={}", pending.state())).unwrap();
    let outcome = scene.party.finish(params, pending, &SystemEntropy, now()).await;
    assert!(matches!(outcome, Err(CallbackError::StateMismatch(_))));
    assert!(scene.calls_to("/token").is_empty() && other.calls_to("/token").is_empty());
}

#[tokio::test]
async fn c16_token_answers_that_are_none_make_the_provider_unavailable() {
    let json = "application/json";
    for (status, media, body) in [
        (200, "text/html", "<html>".to_owned()),
        (200, json, r#"{"error":"invalid_grant"}"#.to_owned()),
        (200, json, r#"{"access_token":"a","token_type":"Bearer"}"#.to_owned()),
        (200, json, r#"{"access_token":"a","token_type":"Bearer","id_token":null}"#.to_owned()),
        (200, json, r#"{"access_token":"a","token_type":"Bearer","id_token":7}"#.to_owned()),
        (200, json, r#"{"access_token":"a","token_type":"mac","id_token":"a.b.c"}"#.to_owned()),
        (200, json, r#"{"access_token":"a","token_type":"DPoP","id_token":"a.b.c"}"#.to_owned()),
        (200, json, format!("{{\"a\":\"{}\"}}", "x".repeat(3_000_000))),
        (200, json, String::new()),
        (302, json, "{}".to_owned()),
        (307, json, "{}".to_owned()),
        (400, json, "<html>".to_owned()),
        (400, json, r#"{"error":"slow_down"}"#.to_owned()),
        (502, "text/html", "Bad gateway".to_owned()),
        (503, json, r#"{"error":"invalid_grant"}"#.to_owned()),
    ] {
        let scene = Scene::new();
        scene.reply("/token", status, media, body.clone());
        let outcome = scene.sign_in().await;
        assert!(matches!(outcome, Err(CallbackError::Unavailable(_))), "{status} {:.60}: {outcome:?}", body);
        assert!(scene.calls_to("/userinfo").is_empty());
        assert_eq!(scene.calls_to("/token").len(), 1, "nothing is tried again");
    }
}

#[tokio::test]
async fn a_wrong_registration_is_told_apart_from_an_outage() {
    for (status, media, body, fault) in [
        (401, "application/json", r#"{"error":"invalid_client"}"#, Fault::InvalidClient),
        (400, "application/json", r#"{"error":"unauthorized_client"}"#, Fault::UnauthorizedClient),
        (401, "text/html", "<html>", Fault::InvalidClient),
    ] {
        let scene = Scene::new();
        scene.reply("/token", status, media, body);
        let outcome = scene.sign_in().await;
        assert!(matches!(outcome, Err(CallbackError::Misconfigured(named)) if named == fault), "{body}");
    }
}
