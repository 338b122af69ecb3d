//! How we prove who we are behind the browser's back, what is asked twice, and when nobody is asked.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::provider::{ISSUER, Scene, now, settings};
use crate::config::certificates::CertificateFiles;
use crate::config::client_key::ClientKey;
use crate::config::settings::{ClientAuth, IdentityProvider, Profile};
use crate::entropy::SystemEntropy;
use crate::rp::{CallbackError, Outage, StartOptions};

const CONFIGURATION: &str = "wallet-openid-configuration";

fn sent(scene: &Scene, place: usize) -> HashMap<String, String> {
    let call = &scene.calls_to("/token")[place];
    assert!(call.authorization.is_none());
    let pairs: Vec<_> = url::form_urlencoded::parse(call.body.as_bytes()).into_owned().collect();
    let map: HashMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "no parameter is sent twice");
    map
}

/// A party with a client certificate; the files are the client's business, not this room's.
fn with_certificate(client_auth: ClientAuth) -> IdentityProvider {
    let certificate = CertificateFiles { certificate: "c".into(), key: "k".into(), development: true };
    IdentityProvider { client_auth, client_certificate: Some(certificate), ..settings() }
}

fn hospital() -> IdentityProvider {
    IdentityProvider {
        name: "hopital".into(),
        profile: Profile::Oidc { national_identifier_claim: None },
        acr_values: Vec::new(),
        acr_minimum: None,
        acr_ranks: Vec::new(),
        ..settings()
    }
}

#[tokio::test]
async fn c24_a_signed_assertion_of_its_own_goes_with_each_code_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("client.key");
    std::fs::write(&file, rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let key = ClientKey::read(&file, None, true).unwrap();
    let scene = Scene::with(IdentityProvider { client_auth: ClientAuth::PrivateKeyJwt(key), ..settings() });
    let mut names = Vec::new();
    for place in 0..2 {
        scene.sign_in().await.unwrap();
        let sent = sent(&scene, place);
        assert_eq!(sent["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assert_eq!((sent["client_id"].as_str(), sent.contains_key("client_secret")), ("portail-demo", false));
        let claims = URL_SAFE_NO_PAD.decode(sent["client_assertion"].split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["aud"], ISSUER, "the issuer alone, whatever discovery says");
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!("portail-demo"), &json!("portail-demo")));
        assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 300);
        names.push(claims["jti"].clone());
    }
    assert_ne!(names[0], names[1]);
}

#[tokio::test]
async fn tls_client_auth_names_the_client_and_goes_to_the_addresses_for_certificates() {
    let scene = Scene::with(with_certificate(ClientAuth::Tls));
    scene.bend(|provider| {
        provider.discovery["mtls_endpoint_aliases"] =
            json!({"token_endpoint": "https://mtls.psc.test/by-certificate/token"});
    });
    scene.sign_in().await.unwrap();
    let sent = sent(&scene, 0);
    assert_eq!(sent["client_id"], "portail-demo");
    assert!(!sent.contains_key("client_secret") && !sent.contains_key("client_assertion"));
    assert_eq!(scene.calls_to("/by-certificate/token").len(), 1);

    // Without a certificate they are somebody else's addresses.
    let scene = Scene::new();
    scene.bend(|provider| {
        provider.discovery["mtls_endpoint_aliases"] = json!({"token_endpoint": "https://mtls.psc.test/by-certificate"});
    });
    scene.sign_in().await.unwrap();
}

#[tokio::test]
async fn c18_an_alias_for_certificates_that_is_not_https_is_refused() {
    let scene = Scene::with(with_certificate(ClientAuth::Tls));
    scene.bend(|provider| {
        provider.discovery["mtls_endpoint_aliases"] = json!({"token_endpoint": "http://mtls.psc.test/token"});
    });
    assert!(matches!(scene.party.refresh(now()).await, Err(Outage::UnsafeEndpoint("token_endpoint"))));
}

#[tokio::test]
async fn f11_documents_and_userinfo_are_asked_twice_and_a_code_is_redeemed_once() {
    for path in [CONFIGURATION, "/certs", "/userinfo"] {
        let scene = Scene::new();
        scene.bend(|provider| provider.breaks = (path, 1));
        scene.sign_in().await.unwrap();
        assert_eq!(scene.calls_to(path).len(), 2, "{path}");
    }
    let scene = Scene::new();
    scene.bend(|provider| provider.breaks = ("/token", 1));
    assert!(matches!(scene.sign_in().await, Err(CallbackError::Unavailable(_))));
    assert_eq!(scene.calls_to("/token").len(), 1);
    // A silence has cost a whole deadline: nobody waits for another.
    let scene = Scene::new();
    scene.bend(|provider| provider.down = true);
    assert!(scene.party.refresh(now()).await.is_err());
    assert_eq!(scene.calls_to(CONFIGURATION).len(), 1);
}

#[tokio::test]
async fn a_provider_that_fails_again_and_again_is_left_alone_then_asked_before_anybody_is_sent_there() {
    let scene = Scene::new();
    scene.party.refresh(now()).await.unwrap();
    scene.reply("/token", 503, "text/html", "");
    for _ in 0..3 {
        assert!(!scene.party.is_away(now()));
        assert!(scene.sign_in().await.is_err());
    }
    // Sign-ins end five seconds after they began, and the rest is ten more.
    let (resting, due) = (now() + SignedDuration::from_secs(14), now() + SignedDuration::from_secs(15));
    let asked = scene.calls_to("").len();
    for _ in 0..5 {
        let start = scene.party.start(StartOptions::default(), &SystemEntropy, resting).await;
        assert!(matches!(start, Err(Outage::Resting)));
    }
    assert!(scene.party.is_away(resting));
    assert_eq!(scene.calls_to("").len(), asked, "nobody was asked");

    scene.bend(|provider| provider.down = true);
    assert!(scene.party.start(StartOptions::default(), &SystemEntropy, due).await.is_err());
    assert_eq!(scene.calls_to("").len(), asked + 1, "one question, and nobody sent on a way without end");

    scene.bend(|provider| provider.down = false);
    let back = due + SignedDuration::from_secs(20);
    assert!(scene.party.is_away(back), "nothing says yet that it is back");
    assert!(scene.party.start(StartOptions::default(), &SystemEntropy, back).await.is_ok());
    assert!(!scene.party.is_away(back));
}

#[tokio::test]
async fn refusals_of_a_provider_that_answers_do_not_make_it_away() {
    let scene = Scene::new();
    for _ in 0..10 {
        scene.reply("/token", 400, "application/json", r#"{"error":"invalid_grant"}"#);
        assert!(matches!(scene.sign_in().await, Err(CallbackError::Restart)));
    }
    assert!(!scene.party.is_away(now()));
}

#[tokio::test]
async fn an_eidas2_answer_to_an_eidas1_request_passes_and_a_minimum_of_eidas2_refuses_eidas1() {
    let scene = Scene::new();
    let (url, pending) = scene.begin_with(StartOptions::default()).await;
    assert!(url.query_pairs().any(|pair| pair == ("acr_values".into(), "eidas1".into())));
    scene.bend(|provider| provider.claims["acr"] = json!("eidas2"));
    assert_eq!(scene.come_back(pending).await.unwrap().identity.acr, "eidas2");
    for (level, passes) in [("eidas1", false), ("eidas2", true), ("eidas3", true)] {
        let scene = Scene::with(IdentityProvider { acr_minimum: Some("eidas2".into()), ..settings() });
        scene.bend(|provider| provider.claims["acr"] = json!(level));
        assert_eq!(scene.sign_in().await.is_ok(), passes, "{level}");
    }
}

#[tokio::test]
async fn a_plain_provider_proves_its_own_people_by_issuer_and_sub() {
    let scene = Scene::with(hospital());
    scene.bend(|provider| {
        provider.claims["acr"] = json!(null);
        provider.discovery["userinfo_endpoint"] = json!(null);
        provider.discovery.as_object_mut().unwrap().remove("userinfo_endpoint");
    });
    let identity = scene.sign_in().await.unwrap().identity;
    assert_eq!(identity.identifier.as_str(), format!("{ISSUER}#2f0c9a52"));
    assert_eq!((identity.acr.as_str(), &identity.rpps), ("urn:guichet:acr:provider", &None));
    assert!(scene.calls_to("/userinfo").is_empty());

    let psc = Scene::new();
    psc.bend(|provider| drop(provider.discovery.as_object_mut().unwrap().remove("userinfo_endpoint")));
    assert!(psc.party.refresh(now()).await.is_err(), "Pro Santé Connect says who people are there");
}

#[tokio::test]
async fn a_plain_provider_cannot_say_a_level_of_the_gateways_own() {
    for (level, passes) in [("urn:guichet:acr:sms", false), ("urn:hopital:fort", true)] {
        let scene = Scene::with(hospital());
        scene.bend(|provider| provider.claims["acr"] = json!(level));
        assert_eq!(scene.sign_in().await.is_ok(), passes, "{level}");
    }
}

#[tokio::test]
async fn a_plain_provider_is_asked_when_the_person_proved_who_they_are() {
    let again = StartOptions { prompt_login: true, max_age: None };
    for (settings, expected) in [(hospital(), Some("0".to_owned())), (settings(), None)] {
        let (url, _) = Scene::with(settings).begin_with(again).await;
        let max_age = url.query_pairs().find(|(name, _)| name == "max_age").map(|(_, value)| value.into_owned());
        assert_eq!(max_age, expected);
    }
}
