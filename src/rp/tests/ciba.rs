//! Signing in without a browser that travels: what is asked, which answers are believed, what each error means.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::provider::{Behaviour, ISSUER, Scene, b64, now, settings};
use crate::config::certificates::CertificateFiles;
use crate::config::client_key::ClientKey;
use crate::config::settings::{CibaChannel, ClientAuth, IdentityProvider};
use crate::entropy::SystemEntropy;
use crate::identity::NationalId;
use crate::rp::{CibaAnswer, CibaAsked, CibaFault, CibaRequest, Outage, Refusal};

const ASK: &str = "/ext/ciba/auth";
const JSON: &str = "application/json";
const TAKEN: &str = r#"{"auth_req_id":"a-request","expires_in":120,"interval":1}"#;

fn scene(settings: IdentityProvider) -> Scene {
    let scene = Scene::with(settings);
    scene.bend(|provider| {
        provider.discovery["backchannel_authentication_endpoint"] =
            json!(format!("{ISSUER}/protocol/openid-connect{ASK}"));
        provider.claims["iat"] = json!(now().as_second());
    });
    scene.reply(ASK, 200, JSON, TAKEN);
    scene
}

async fn ask(scene: &Scene) -> Result<CibaAsked, CibaFault> {
    let who = NationalId::parse("99700999909").unwrap();
    scene.party.ask_person(&who, CibaChannel::Mobile, "07", &SystemEntropy, now()).await
}

async fn asked(scene: &Scene) -> CibaRequest {
    match ask(scene).await {
        Ok(CibaAsked::Waiting(request)) => request,
        other => panic!("not taken: {other:?}"),
    }
}

async fn poll(scene: &Scene, request: &CibaRequest) -> Result<CibaAnswer, CibaFault> {
    scene.party.poll_person(request, &SystemEntropy, later(5)).await
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn form(scene: &Scene, ending: &str) -> HashMap<String, String> {
    let call = scene.calls_to(ending).pop().unwrap();
    let pairs: Vec<_> = url::form_urlencoded::parse(call.body.as_bytes()).into_owned().collect();
    let map: HashMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "no parameter is sent twice");
    map
}

#[tokio::test]
async fn c24_a_person_is_asked_with_the_parameters_of_the_fact_sheet_and_each_proof_of_who_we_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("client.key");
    std::fs::write(&file, rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let key = ClientKey::read(&file, None, true).unwrap();
    let certificate = || CertificateFiles { certificate: "c".into(), key: "k".into(), development: true };
    let secret = super::provider::secret;
    for (client_auth, proof) in [
        (ClientAuth::Basic(secret()), None),
        (ClientAuth::Post(secret()), Some(("client_secret", "s+e:c%r é"))),
        (
            ClientAuth::PrivateKeyJwt(key),
            Some(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")),
        ),
        (ClientAuth::Tls, Some(("client_id", "portail-demo"))),
    ] {
        let client_certificate = matches!(client_auth, ClientAuth::Tls).then(certificate);
        let scene = scene(IdentityProvider { client_auth, client_certificate, ..settings() });
        let request = asked(&scene).await;
        assert_eq!((request.expires_at(), request.interval().as_secs()), (later(120), 1));
        assert!(matches!(poll(&scene, &request).await, Ok(CibaAnswer::Proven(_))));
        let sent = form(&scene, ASK);
        for (name, value) in [
            ("scope", "openid scope_all"),
            ("login_hint", "899700999909"),
            ("binding_message", "07"),
            ("acr_values", "eidas1"),
            ("channel", "MOBILE"),
        ] {
            assert_eq!(sent[name], value);
        }
        let polled = form(&scene, "/token");
        assert_eq!(polled["grant_type"], "urn:openid:params:grant-type:ciba");
        assert_eq!(polled["auth_req_id"], "a-request");
        for (ending, sent) in [(ASK, &sent), ("/token", &polled)] {
            let authorization = scene.calls_to(ending).pop().unwrap().authorization;
            match proof {
                Some((name, value)) => assert_eq!((sent[name].as_str(), authorization), (value, None)),
                None => {
                    let pair = format!("Basic {}", STANDARD.encode("portail-demo:s%2Be%3Ac%25r+%C3%A9"));
                    assert_eq!(authorization, Some(pair), "form-encoded before Base64");
                    assert!(!sent.contains_key("client_id") && !sent.contains_key("client_secret"));
                }
            }
        }
    }
}

#[tokio::test]
async fn the_addresses_for_certificates_are_asked_where_we_show_one() {
    let certificate = CertificateFiles { certificate: "c".into(), key: "k".into(), development: true };
    let scene =
        scene(IdentityProvider { client_auth: ClientAuth::Tls, client_certificate: Some(certificate), ..settings() });
    let alias = "https://mtls.psc.test/by-certificate/ext/ciba/auth";
    scene.bend(|provider| {
        provider.discovery["mtls_endpoint_aliases"] = json!({"backchannel_authentication_endpoint": alias});
    });
    asked(&scene).await;
    assert_eq!(scene.calls_to("/by-certificate/ext/ciba/auth").len(), 1);
}

/// Which rule refuses the tokens of a provider that is bent.
async fn refused(change: impl FnOnce(&mut Behaviour)) -> Option<Refusal> {
    let scene = scene(settings());
    let request = asked(&scene).await;
    scene.bend(change);
    match poll(&scene, &request).await {
        Ok(CibaAnswer::Proven(_)) => None,
        Err(CibaFault::Refused(refusal)) => Some(refusal),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn c09_c10_c11_c12_c13_tokens_are_judged_as_a_callback_s_are() {
    assert_eq!(refused(|_| {}).await, None);
    for (claim, value, rule) in [
        ("iss", json!(format!("{ISSUER}/")), Refusal::Issuer),
        ("aud", json!("other"), Refusal::Audience),
        ("azp", json!("other"), Refusal::Party),
        ("exp", json!(now().as_second()), Refusal::Expired),
        ("iat", json!(now().as_second() - 700), Refusal::IssuedAt),
        ("acr", json!("eidas0"), Refusal::Level),
        ("at_hash", json!("bm90IHRoaXMgb25l"), Refusal::AccessToken),
        // Made for a browser, whose callback it belongs to.
        ("nonce", json!("of-another-sign-in"), Refusal::Nonce),
        ("sub", json!("another"), Refusal::UserinfoSubject),
    ] {
        assert_eq!(refused(|provider| provider.claims[claim] = value).await, Some(rule), "{claim}");
    }
    let digest = <sha2::Sha256 as sha2::Digest>::digest(super::provider::ACCESS_TOKEN.as_bytes());
    assert_eq!(refused(|provider| provider.claims["at_hash"] = json!(b64(&digest[..16]))).await, None);
    // The answer of somebody else than was asked.
    let other = |provider: &mut Behaviour| {
        provider.claims["SubjectNameID"] = json!("899900123458");
        provider.userinfo["SubjectNameID"] = json!("899900123458");
    };
    assert_eq!(refused(other).await, Some(Refusal::OtherPerson));
}

#[tokio::test]
async fn every_answer_to_asking_has_its_meaning() {
    let meaning = async |status, body: &str| {
        let scene = scene(settings());
        scene.reply(ASK, status, JSON, body);
        match ask(&scene).await {
            Ok(CibaAsked::Waiting(_)) => "waiting".to_owned(),
            Ok(CibaAsked::Nobody) => "nobody".to_owned(),
            Ok(CibaAsked::Denied) => "denied".to_owned(),
            Err(fault) => format!("{}, {}", fault.asked_nobody(), fault),
        }
    };
    let registration = "true, the provider does not accept our registration";
    for (status, body, expected) in [
        (200, TAKEN, "waiting".to_owned()),
        (200, r#"{"auth_req_id":"a","expires_in":99999}"#, "waiting".to_owned()),
        (400, r#"{"error":"unknown_user_id"}"#, "nobody".to_owned()),
        (400, r#"{"error":"invalid_request","error_description":"invalid_user"}"#, "nobody".to_owned()),
        (403, r#"{"error":"access_denied"}"#, "denied".to_owned()),
        (503, r#"{"error":"server_error"}"#, "true, the provider could not reach the person".to_owned()),
        (401, r#"{"error":"invalid_grant"}"#, format!("{registration}: unauthorized_client")),
        (401, r#"{"error":"invalid_client"}"#, format!("{registration}: invalid_client")),
        (400, r#"{"error":"invalid_scope"}"#, format!("{registration}: invalid_scope")),
        (400, r#"{"error":"invalid_binding_message"}"#, format!("{registration}: invalid_request")),
        (
            400,
            r#"{"error":"invalid_request","error_description":"missing parameter : login_hint"}"#,
            format!("{registration}: invalid_request"),
        ),
        (400, r#"{"error":"?"}"#, "false, the provider is not available".to_owned()),
        (503, r#"{"error":"unknown_error"}"#, "true, the provider is not available".to_owned()),
        (302, "{}", "true, the provider is not available".to_owned()),
        // Something was taken, nobody knows what: the person may well be asked.
        (200, "{}", "false, the provider is not available".to_owned()),
        (200, r#"{"auth_req_id":"","expires_in":120}"#, "false, the provider is not available".to_owned()),
        (200, r#"{"auth_req_id":"a","expires_in":-1}"#, "false, the provider is not available".to_owned()),
    ] {
        assert_eq!(meaning(status, body).await, expected, "{status} {body}");
    }
    let scene = scene(settings());
    scene.bend(|provider| provider.discovery["backchannel_authentication_endpoint"] = Value::Null);
    assert!(ask(&scene).await.is_err());
}

#[tokio::test]
async fn every_answer_to_a_poll_has_its_meaning() {
    let meaning = async |status, body: &str| {
        let scene = scene(settings());
        let request = asked(&scene).await;
        scene.reply("/token", status, JSON, body);
        let answer = poll(&scene, &request).await;
        assert_eq!(scene.calls_to("/token").len(), 1, "a poll is one call");
        match answer {
            Ok(CibaAnswer::Proven(_)) => panic!("{body}"),
            Ok(answer) => format!("{answer:?}"),
            Err(fault) => fault.to_string(),
        }
    };
    for (status, body, expected) in [
        (400, r#"{"error":"authorization_pending"}"#, "Pending"),
        (400, r#"{"error":"slow_down"}"#, "SlowDown"),
        (400, r#"{"error":"access_denied"}"#, "Denied"),
        (400, r#"{"error":"expired_token"}"#, "Expired"),
        (400, r#"{"error":"invalid_grant"}"#, "Expired"),
        (
            401,
            r#"{"error":"unauthorized_client"}"#,
            "the provider does not accept our registration: unauthorized_client",
        ),
        (503, r#"{"error":"server_error"}"#, "the provider is not available"),
        (200, r#"{"access_token":"a","token_type":"Bearer"}"#, "the provider is not available"),
        (200, r#"{"access_token":"a","token_type":"mac","id_token":"a.b.c"}"#, "the provider is not available"),
        (200, r#"{"access_token":"a","token_type":"bearer","id_token":"a.b"}"#, "what the provider sent is refused"),
    ] {
        assert_eq!(meaning(status, body).await, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn telephones_that_are_off_do_not_make_the_provider_away_and_its_own_silence_does() {
    for (body, away) in [(r#"{"error":"server_error"}"#, false), (r#"{"error":"unknown_error"}"#, true)] {
        let scene = scene(settings());
        scene.party.refresh(now()).await.unwrap();
        scene.reply(ASK, 503, JSON, body);
        for _ in 0..3 {
            assert!(ask(&scene).await.is_err());
        }
        assert_eq!(scene.party.is_away(now()), away, "{body}");
        assert!(!away || matches!(ask(&scene).await, Err(CibaFault::Unavailable(Outage::Resting))));
    }
}

#[tokio::test]
async fn a_request_prints_no_secret_and_is_asked_more_rarely_up_to_a_minute() {
    let mut request = asked(&scene(settings())).await;
    assert!(!format!("{request:?}").contains("a-request"));
    assert_eq!(request.clone().slower().interval().as_secs(), 6);
    for _ in 0..20 {
        request = request.slower();
    }
    assert_eq!(request.interval().as_secs(), 60);
}
