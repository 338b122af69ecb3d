//! Documents that are late, false or gone.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use url::Url;

use super::provider::{ISSUER, Scene, b64, ec_jwk, now, refusal, rsa_jwk, rsa_numbers, settings};
use crate::entropy::SystemEntropy;
use crate::rp::{Outage, Refusal};

const CONFIGURATION: &str = "wallet-openid-configuration";

fn later(minutes: i64) -> jiff::Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

#[tokio::test]
async fn c17_no_redirect_is_followed_for_documents() {
    for path in [CONFIGURATION, "/certs"] {
        for status in [301, 302, 303, 307, 308] {
            let scene = Scene::new();
            scene.reply(path, status, "application/json", "{}");
            let outcome = scene.party.refresh(now()).await;
            assert!(matches!(outcome, Err(Outage::Redirected(named)) if named == status));
            assert_eq!(scene.calls_to(path).len(), 1);
            assert!(!scene.party.ready(now()));
        }
    }
}

#[tokio::test]
async fn c18_a_document_of_another_issuer_or_with_unsafe_endpoints_is_refused_and_the_last_kept() {
    type Bend = fn(&mut Value);
    let bends: [Bend; 9] = [
        |document| document["issuer"] = json!(format!("{ISSUER}/")),
        |document| document["issuer"] = json!(ISSUER.to_uppercase()),
        |document| document["issuer"] = json!(null),
        |document| document["token_endpoint"] = json!("http://auth.psc.test/token"),
        |document| document["jwks_uri"] = json!("http://127.0.0.1/certs"),
        |document| document["authorization_endpoint"] = json!("javascript:alert(1)"),
        |document| document["userinfo_endpoint"] = json!("https://user:pass@auth.psc.test/userinfo"),
        |document| document["end_session_endpoint"] = json!("http://auth.psc.test/logout"),
        |document| document["token_endpoint"] = json!(null),
    ];
    for (index, bend) in bends.into_iter().enumerate() {
        let scene = Scene::new();
        scene.party.refresh(now()).await.unwrap();
        scene.bend(|provider| bend(&mut provider.discovery));
        assert!(scene.party.refresh(later(61)).await.is_err(), "{index}");
        assert!(scene.party.ready(later(61)), "the last good document serves on");
        assert_eq!(scene.party.form_action_origins(), ["https://wallet.psc.test", "https://auth.psc.test"]);
        let fresh = Scene::new();
        fresh.bend(|provider| bend(&mut provider.discovery));
        assert!(fresh.party.refresh(now()).await.is_err() && !fresh.party.ready(now()), "{index}");
    }
}

#[tokio::test]
async fn development_may_use_cleartext_on_this_machine_only() {
    let issuer = "http://localhost:8081/auth/realms/esante-wallet";
    for (wallet, passes) in [("http://127.0.0.1:8081/auth", true), ("http://wallet.test/auth", false)] {
        let mut settings = settings();
        settings.issuer = issuer.into();
        settings.discovery_url = Url::parse(&format!("{issuer}/.well-known/{CONFIGURATION}")).unwrap();
        let scene = Scene::with(settings);
        scene.bend(|provider| {
            let text = provider.discovery.to_string().replace(ISSUER, issuer);
            provider.discovery = serde_json::from_str(&text).unwrap();
            provider.discovery["authorization_endpoint"] = json!(wallet);
        });
        assert_eq!(scene.party.refresh(now()).await.is_ok(), passes, "{wallet}");
    }
}

#[tokio::test]
async fn documents_are_renewed_after_an_hour_and_a_failure_is_not_remembered() {
    let scene = Scene::new();
    assert!(scene.party.form_action_origins().is_empty() && !scene.party.ready(now()));
    scene.bend(|provider| provider.down = true);
    assert!(scene.party.refresh(now()).await.is_err());
    scene.bend(|provider| provider.down = false);
    assert!(scene.party.refresh(now()).await.is_ok());
    assert!(scene.party.refresh(later(59)).await.is_ok());
    assert_eq!(scene.calls_to(CONFIGURATION).len(), 2);
    assert!(scene.party.refresh(later(60)).await.is_ok());
    assert_eq!(scene.calls_to(CONFIGURATION).len(), 3);
}

#[tokio::test]
async fn t07_a_key_set_that_is_none_leaves_the_last_one_for_a_day() {
    let many: Vec<Value> = (0..10_000).map(|index| json!({"kty": "oct", "kid": index.to_string()})).collect();
    for (status, media, body) in [
        (200, "application/json", json!({"keys": []}).to_string()),
        (200, "text/html", "<html>".to_owned()),
        (500, "application/json", "{}".to_owned()),
        (200, "application/json", "x".repeat(10_000_000)),
        (200, "application/json", json!({"keys": many}).to_string()),
        (200, "application/json", "[]".to_owned()),
    ] {
        let scene = Scene::new();
        scene.party.refresh(now()).await.unwrap();
        scene.reply("/certs", status, media, body);
        assert!(scene.party.refresh(later(60)).await.is_err());
        assert!(scene.party.ready(later(24 * 60 - 1)));
        assert!(!scene.party.ready(later(24 * 60)));
        assert!(scene.sign_in().await.is_ok(), "the last good keys serve on");
    }
}

#[tokio::test]
async fn t07_the_first_token_of_a_new_key_is_accepted_after_one_fetch() {
    let scene = Scene::new();
    let pending = scene.begin().await;
    scene.bend(|provider| {
        provider.jwks = json!({"keys": [rsa_jwk("second"), ec_jwk("other")]});
        provider.header["kid"] = json!("second");
    });
    assert!(scene.come_back(pending).await.is_ok());
    assert_eq!(scene.calls_to("/certs").len(), 2);
}

#[tokio::test]
async fn t05_a_flood_of_unknown_keys_asks_for_keys_once_a_minute() {
    let scene = Scene::new();
    scene.party.refresh(now()).await.unwrap();
    for index in 0..20 {
        scene.bend(|provider| provider.header["kid"] = json!(format!("unknown-{index}")));
        assert_eq!(refusal(scene.sign_in().await), Refusal::UnknownKey);
    }
    assert_eq!(scene.calls_to("/certs").len(), 2, "one at first, one for all of them");

    let pending = scene.begin().await;
    let state = pending.state().to_owned();
    scene.bend(|provider| {
        provider.jwks = json!({"keys": [rsa_jwk("unknown-19")]});
        for name in ["iat", "exp"] {
            provider.claims[name] = json!(provider.claims[name].as_i64().unwrap() + 66);
        }
    });
    let params = crate::rp::CallbackParams::parse(&format!("code=a&state={state}")).unwrap();
    let outcome = scene.party.finish(params, pending, &SystemEntropy, now() + SignedDuration::from_secs(66)).await;
    assert!(outcome.is_ok(), "a minute later they are asked for again");
    assert_eq!(scene.calls_to("/certs").len(), 3);
}

#[tokio::test]
async fn who_waits_for_a_fetch_starts_no_other() {
    let scene = Scene::new();
    let outcomes = join_all((0..10).map(|_| scene.party.refresh(now()))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(scene.calls_to(CONFIGURATION).len(), 1);

    let scene = Scene::new();
    scene.bend(|provider| provider.down = true);
    let outcomes = join_all((0..10).map(|_| scene.party.refresh(now()))).await;
    assert!(outcomes.iter().all(Result::is_err));
    assert_eq!(scene.calls_to(CONFIGURATION).len(), 1);
}

#[tokio::test]
async fn t06_keys_that_prove_nothing_are_left_out() {
    let (modulus, _) = rsa_numbers();
    let bent = |name: &str, value: Value| {
        let mut key = rsa_jwk("first");
        key[name] = value;
        key
    };
    let bent_curve = |name: &str, value: Value| {
        let mut key = ec_jwk("first");
        key[name] = value;
        key
    };
    let even = [&modulus[..modulus.len() - 1], &[2]].concat();
    for key in [
        bent("n", json!(b64(&modulus[modulus.len() - 128..]))),
        bent("n", json!(b64(&modulus[2..]))),
        bent("n", json!(b64(even))),
        bent("n", json!("not base64!")),
        bent("n", json!(b64(vec![0xff; 1024]))),
        bent("e", json!(b64([1]))),
        bent("e", json!(b64([1, 0, 0]))),
        bent("e", json!(b64([0, 0]))),
        bent("use", json!("enc")),
        bent("key_ops", json!(["encrypt"])),
        bent("alg", json!("RSA-OAEP")),
        bent("alg", json!("HS256")),
        bent("alg", json!("ES256")),
        bent("d", json!("AQAB")),
        bent("kty", json!("oct")),
        bent("kid", json!(7)),
        bent_curve("x", json!(b64([1; 32]))),
        bent_curve("y", json!(b64([0; 31]))),
        bent_curve("crv", json!("P-521")),
        bent_curve("d", json!(b64([1; 32]))),
        json!({"kty": "oct", "kid": "first", "k": b64("a secret of thirty-two bytes....")}),
        json!({"kty": "OKP", "crv": "X25519", "kid": "first", "x": b64([9; 32])}),
        json!("a text"),
    ] {
        let scene = Scene::new();
        scene.bend(|provider| provider.jwks = json!({"keys": [key.clone()]}));
        assert!(matches!(scene.party.refresh(now()).await, Err(Outage::NoUsableKey)), "{key}");
        scene.bend(|provider| provider.jwks = json!({"keys": [key.clone(), rsa_jwk("good")]}));
        assert!(scene.party.refresh(now()).await.is_ok());
    }
    let scene = Scene::new();
    scene.bend(|provider| provider.jwks = json!({"keys": [bent("n", json!(b64([&[0, 0], &modulus[..]].concat())))]}));
    assert!(scene.sign_in().await.is_ok(), "leading zeros are only a slip");
}
