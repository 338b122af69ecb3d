//! Decoupled sign-ins: what a client may ask, how it polls, and how a person answers.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::world::{Answer, WALLET, World, claims};

const NURSE: &str = "899700999909";

async fn ask(world: &mut World, changes: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("scope", "openid scope_all"),
        ("login_hint", NURSE),
        ("binding_message", "58"),
        ("acr_values", "eidas1"),
        ("channel", "MOBILE"),
    ];
    form.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    world.call("ext/ciba/auth", &form).await
}

async fn poll(world: &mut World, asked: &Value) -> Answer {
    let id = asked["auth_req_id"].as_str().unwrap();
    world.token(&[("grant_type", "urn:openid:params:grant-type:ciba"), ("auth_req_id", id)]).await
}

/// Opens the person's application and answers the request that shows these digits.
async fn decide(world: &mut World, who: &str, digits: &str, act: &str) {
    let page = world.get(&format!("{WALLET}/application/{who}")).await.body;
    assert!(page.contains(&format!("<strong>{digits}</strong>")), "{page}");
    let (_, rest) = page.split_once(&format!("action=\"/application/{who}/")).unwrap();
    let (request, _) = rest.split_once('/').unwrap();
    let done = world.post(&format!("{WALLET}/application/{who}/{request}/{act}"), &[]).await;
    assert_eq!(done.location, format!("{WALLET}/application/{who}"));
    let again = world.post(&format!("{WALLET}/application/{who}/{request}/{act}"), &[]).await;
    assert_eq!(again.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_person_accepts_and_the_client_gets_tokens_once() {
    let mut world = World::new();
    let asked = ask(&mut world, &[]).await.json();
    assert_eq!((&asked["expires_in"], &asked["interval"]), (&json!(120), &json!(1)));
    assert_eq!(poll(&mut world, &asked).await.json()["error"], "authorization_pending");
    decide(&mut world, "infirmiere", "58", "accepter").await;
    world.clock.forward(1);
    let tokens = poll(&mut world, &asked).await.json();
    let told = claims(&tokens);
    assert_eq!((&told["SubjectNameID"], &told["acr"]), (&json!(NURSE), &json!("eidas1")));
    assert!(told.get("nonce").is_none() && told["sid"] == tokens["session_state"]);
    assert_eq!(world.userinfo(tokens["access_token"].as_str().unwrap()).await.json()["authMode"], "MOBILE");
    assert!(world.refresh(&tokens).await.json()["access_token"].is_string());
    assert_eq!(poll(&mut world, &asked).await.json()["error"], "invalid_grant");
    assert!(world.authorize(&[]).await.location.contains("/connexion/"), "no browser is signed in by it");
}

#[tokio::test]
async fn a_person_refuses_or_is_too_late() {
    let mut world = World::new();
    let asked = ask(&mut world, &[("channel", "CARD")]).await.json();
    decide(&mut world, "infirmiere", "58", "refuser").await;
    assert_eq!(poll(&mut world, &asked).await.json()["error"], "access_denied");
    let asked = ask(&mut world, &[("requested_expiry", "30")]).await.json();
    assert_eq!(asked["expires_in"], 30);
    world.clock.forward(30);
    assert!(world.get(&format!("{WALLET}/application/infirmiere")).await.body.contains("Aucune demande"));
    assert_eq!(poll(&mut world, &asked).await.json()["error"], "expired_token");
}

#[tokio::test]
async fn who_polls_too_fast_is_slowed_down_by_five_seconds_each_time() {
    let mut world = World::new();
    let asked = ask(&mut world, &[]).await.json();
    let mut errors = Vec::new();
    for wait in [0, 0, 5, 6, 10, 11] {
        world.clock.forward(wait);
        errors.push(poll(&mut world, &asked).await.json()["error"].as_str().unwrap().to_owned());
    }
    let (pending, slow) = ("authorization_pending", "slow_down");
    assert_eq!(errors, [pending, slow, slow, slow, slow, slow].map(str::to_owned), "6, 11, 16… seconds are asked");
    world.clock.forward(26);
    assert_eq!(poll(&mut world, &asked).await.json()["error"], pending);
}

#[tokio::test]
async fn a_person_is_named_by_every_form_of_the_national_identifier() {
    let mut world = World::new();
    for hint in [NURSE, "99700999909", "599900003700013/AGT00045", "0759900014", "ANS20231103145901"] {
        let answer = ask(&mut world, &[("login_hint", hint)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{hint}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_request_that_does_not_hold_is_refused() {
    let mut world = World::new();
    for (change, error, description) in [
        (("login_hint", ""), "invalid_request", "missing parameter : login_hint"),
        (("login_hint", "899900999999"), "invalid_request", "invalid_user"),
        (("binding_message", "5"), "invalid_binding_message", "binding_message must be two digits"),
        (("binding_message", "5a"), "invalid_binding_message", "binding_message must be two digits"),
        (("channel", "SMS"), "invalid_request", "channel must be MOBILE or CARD"),
        (("acr_values", "eidas3"), "invalid_request", "acr_values is not a level that is accepted"),
        (("scope", "scope_all"), "invalid_scope", "the scope openid is missing"),
        (("requested_expiry", "0"), "invalid_request", "requested_expiry must be a positive number of seconds"),
    ] {
        let answer = ask(&mut world, &[change]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{change:?}");
        let told = answer.json();
        assert_eq!((told["error"].as_str(), told["error_description"].as_str()), (Some(error), Some(description)));
    }
    let mut world = World::with(|settings| settings.clients[0].ciba = false);
    let off = ask(&mut world, &[]).await;
    assert_eq!((off.status, off.json()["error"].as_str()), (StatusCode::UNAUTHORIZED, Some("invalid_grant")));
}

#[tokio::test]
async fn a_test_answers_through_the_control_api() {
    let mut world = World::new();
    let asked = ask(&mut world, &[]).await.json();
    let waiting = world.control(Method::GET, "ciba", None).await.json();
    assert_eq!((&waiting[0]["person"], &waiting[0]["binding_message"]), (&json!("infirmiere"), &json!("58")));
    let path = format!("ciba/{}", waiting[0]["request"].as_str().unwrap());
    let wrong = world.control(Method::POST, &path, Some(json!({ "answer": "yes" }))).await;
    assert!(wrong.status == StatusCode::BAD_REQUEST && wrong.body.contains("expected `accept` or `refuse`"));
    let done = world.control(Method::POST, &path, Some(json!({ "answer": "accept" }))).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    let again = world.control(Method::POST, &path, Some(json!({ "answer": "accept" }))).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert!(poll(&mut world, &asked).await.json()["id_token"].is_string());
}
