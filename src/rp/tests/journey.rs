//! From the click to the proven identity, and out again.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::provider::{ACCESS_TOKEN, ISSUER, Scene, b64, ec_jwk, now, secret, settings};
use crate::config::settings::ClientAuth;
use crate::entropy::SystemEntropy;
use crate::identity::NationalIdKind;
use crate::rp::{CallbackError, Outage, Pending, Refusal, StartOptions};

fn parameters(url: &url::Url) -> HashMap<String, String> {
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let map: HashMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "no parameter is sent twice");
    map
}

#[tokio::test]
async fn c19_the_authorization_request_carries_everything_that_protects_it() {
    let scene = Scene::new();
    let (url, pending) = scene.begin_with(StartOptions::default()).await;
    assert_eq!(url.as_str().split('?').next(), Some("https://wallet.psc.test/auth"));
    let sent = parameters(&url);
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["client_id"], "portail-demo");
    assert_eq!(sent["redirect_uri"], "https://portail.test/_guichet/callback/psc");
    assert_eq!(sent["scope"], "openid scope_all");
    assert_eq!(sent["acr_values"], "eidas1");
    assert_eq!((sent["state"].len(), sent["nonce"].len()), (43, 43));
    assert_eq!(sent["state"], pending.state());
    assert_eq!(sent["code_challenge_method"], "S256");
    assert_eq!(pending.pkce_verifier.len(), 43);
    let digest = <sha2::Sha256 as sha2::Digest>::digest(pending.pkce_verifier.as_bytes());
    assert_eq!(sent["code_challenge"], b64(digest));
    assert_eq!(sent.len(), 9, "and nothing else");
    let (other, _) = scene.begin_with(StartOptions::default()).await;
    let other = parameters(&other);
    assert!(["state", "nonce", "code_challenge"].iter().all(|name| sent[*name] != other[*name]));
}

#[tokio::test]
async fn a_proof_of_now_is_asked_when_wanted() {
    let (url, _) = Scene::new().begin_with(StartOptions { prompt_login: true, max_age: Some(300) }).await;
    let sent = parameters(&url);
    assert_eq!((sent["prompt"].as_str(), sent["max_age"].as_str()), ("login", "300"));
}

#[tokio::test]
async fn a_person_who_comes_back_is_proven() {
    let scene = Scene::new();
    let proven = scene.sign_in().await.unwrap();
    let identity = &proven.identity;
    assert_eq!(identity.identifier.as_str(), "899700999909");
    assert_eq!(identity.identifier.national().unwrap().kind(), NationalIdKind::Rpps);
    assert_eq!(identity.rpps.as_ref().unwrap().as_str(), "99700999909");
    assert_eq!((identity.identity_provider.as_str(), identity.issuer.as_str()), ("psc", ISSUER));
    assert_eq!((identity.subject.as_str(), identity.acr.as_str()), ("2f0c9a52", "eidas1"));
    assert_eq!(identity.auth_time.unwrap().as_second(), 1_790_000_000);
    assert_eq!(identity.provider_session.as_deref(), Some("6a1d4c1e"));
    assert!(identity.amr.is_empty());
    let userinfo = scene.calls_to("/userinfo");
    assert_eq!(userinfo[0].authorization.as_deref(), Some(format!("Bearer {ACCESS_TOKEN}").as_str()));
}

#[tokio::test]
async fn the_pending_sign_in_survives_a_restart_in_its_record() {
    let scene = Scene::new();
    let pending = scene.begin().await;
    let stored = serde_json::to_vec(&pending).unwrap();
    let restored: Pending = serde_json::from_slice(&stored).unwrap();
    assert!(scene.come_back(restored).await.is_ok());
}

#[tokio::test]
async fn c24_the_secret_is_form_encoded_before_base64() {
    let scene = Scene::new();
    let pending = scene.begin().await;
    let verifier = pending.pkce_verifier.clone();
    scene.come_back(pending).await.unwrap();
    let call = &scene.calls_to("/token")[0];
    let basic = call.authorization.as_deref().unwrap().strip_prefix("Basic ").unwrap();
    assert_eq!(STANDARD.decode(basic).unwrap(), b"portail-demo:s%2Be%3Ac%25r+%C3%A9");
    let sent: HashMap<_, _> = url::form_urlencoded::parse(call.body.as_bytes()).into_owned().collect();
    assert_eq!(sent["grant_type"], "authorization_code");
    assert_eq!(sent["code"], "a-code");
    assert_eq!(sent["code_verifier"], verifier);
    assert_eq!(sent["redirect_uri"], "https://portail.test/_guichet/callback/psc");
    assert!(!sent.contains_key("client_secret"));
}

#[tokio::test]
async fn the_secret_may_travel_in_the_body() {
    let scene = Scene::with(crate::config::settings::IdentityProvider {
        client_auth: ClientAuth::Post(secret()),
        ..settings()
    });
    scene.sign_in().await.unwrap();
    let call = &scene.calls_to("/token")[0];
    assert!(call.authorization.is_none());
    assert!(call.body.contains("client_secret=s%2Be%3Ac%25r+%C3%A9"));
}

#[tokio::test]
async fn es256_serves_when_the_configuration_says_so() {
    let mut settings = settings();
    settings.algorithms = vec!["ES256".into(), "HS256".into(), "none".into()];
    let scene = Scene::with(settings);
    scene.bend(|provider| {
        provider.jwks = json!({"keys": [ec_jwk("curve")]});
        provider.header = json!({"alg": "ES256", "kid": "curve"});
        provider.signer = super::provider::Signer::Ec;
    });
    assert!(scene.sign_in().await.is_ok());
}

#[tokio::test]
async fn c14_userinfo_of_another_subject_is_refused() {
    for sub in [json!("someone-else"), json!(""), json!(null), json!(7), json!("2F0C9A52")] {
        let outcome = super::provider::sign_in_bent(|provider| provider.userinfo["sub"] = sub).await;
        assert_eq!(super::provider::refusal(outcome), Refusal::UserinfoSubject);
    }
}

#[tokio::test]
async fn c17_userinfo_is_judged_like_every_other_answer() {
    for (status, media, body) in [
        (302, "application/json", "{}".to_owned()),
        (200, "application/jwt", "a.b.c".to_owned()),
        (200, "text/html", "<html>".to_owned()),
        (200, "application/json", "[]".to_owned()),
        (200, "application/json", format!("{{\"sub\":\"2f0c9a52\",\"pad\":\"{}\"}}", "x".repeat(300_000))),
        (503, "application/json", "{}".to_owned()),
    ] {
        let scene = Scene::new();
        scene.reply("/userinfo", status, media, body);
        assert!(matches!(scene.sign_in().await, Err(CallbackError::Unavailable(_))), "{status} {media}");
    }
    let scene = Scene::new();
    scene.reply("/userinfo", 401, "application/json", "{}");
    assert!(matches!(scene.sign_in().await, Err(CallbackError::Restart)));
}

#[tokio::test]
async fn sign_out_goes_through_the_browser() {
    let scene = Scene::new();
    assert!(scene.party.end_session_url(Some("x"), "https://portail.test/", None).is_none());
    scene.party.refresh(now()).await.unwrap();
    let url = scene.party.end_session_url(Some("the.id.token"), "https://portail.test/fin?a=b", Some("st")).unwrap();
    let sent = parameters(&url);
    assert!(url.as_str().starts_with(&format!("{ISSUER}/protocol/openid-connect/logout?")));
    assert_eq!(sent["id_token_hint"], "the.id.token");
    assert_eq!(
        (sent["post_logout_redirect_uri"].as_str(), sent["state"].as_str()),
        ("https://portail.test/fin?a=b", "st")
    );
    let url = scene.party.end_session_url(None, "https://portail.test/", None).unwrap();
    assert_eq!(parameters(&url)["client_id"], "portail-demo");
}

#[tokio::test]
async fn the_page_of_sign_out_is_asked_for_nobody_in_particular_and_only_on_a_host_that_is_called_anyway() {
    let scene = Scene::new();
    assert!(!scene.party.end_session_answers(now()).await, "nothing is known of the provider");
    scene.party.refresh(now()).await.unwrap();
    for (status, answers) in [(200, true), (302, true), (400, true), (405, true), (500, false), (503, false)] {
        scene.reply("/logout", status, "text/html", "<html>");
        assert_eq!(scene.party.end_session_answers(now()).await, answers, "{status}");
    }
    let asked = scene.calls_to("/logout");
    assert!(asked.iter().all(|call| call.authorization.is_none() && call.body.is_empty()));
    scene.bend(|provider| provider.down = true);
    for _ in 0..4 {
        assert!(!scene.party.end_session_answers(now()).await);
    }
    assert!(!scene.party.is_away(now()), "no sign-in suffers from it");

    let elsewhere = Scene::new();
    elsewhere.bend(|provider| provider.discovery["end_session_endpoint"] = json!("https://wallet.psc.test/logout"));
    elsewhere.party.refresh(now()).await.unwrap();
    assert!(elsewhere.party.end_session_answers(now()).await);
    assert!(elsewhere.calls_to("/logout").is_empty());
}

#[tokio::test]
async fn nothing_secret_prints() {
    let scene = Scene::new();
    let pending = scene.begin().await;
    let printed = format!("{pending:?} {:?}", scene.party);
    for secret in [&pending.state, &pending.nonce, &pending.pkce_verifier] {
        assert!(!printed.contains(secret.as_str()));
    }
    let proven = scene.come_back(pending).await.unwrap();
    let printed = format!("{proven:?} {printed}");
    for secret in ["99700999909", "MARTIN", "s+e:c%r", "eyJ"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[tokio::test]
async fn a_provider_that_is_down_stops_the_start_only() {
    let scene = Scene::new();
    scene.bend(|provider| provider.down = true);
    let outcome = scene.party.start(StartOptions::default(), &SystemEntropy, now()).await;
    assert!(matches!(outcome, Err(Outage::Unreachable(_))));
    scene.bend(|provider| provider.down = false);
    assert!(scene.sign_in().await.is_ok());
}

#[test]
fn the_calls_can_be_awaited_by_a_server_of_many_threads() {
    fn send<T: Send>(_: &T) {}
    let scene = Scene::new();
    let params = crate::rp::CallbackParams::parse(&format!("code=x&state={}", "s".repeat(43))).unwrap();
    let pending: Pending = serde_json::from_value(json!({"identity_provider": "psc", "state": "", "nonce": "",
        "pkce_verifier": "", "redirect_uri": "", "started_at": now().to_string(), "authenticated_since": null}))
    .unwrap();
    send(&scene.party.start(StartOptions::default(), &SystemEntropy, now()));
    send(&scene.party.finish(params, pending, &SystemEntropy, now()));
    send(&scene.party.refresh(now()));
}
